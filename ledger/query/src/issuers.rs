//! The list of signers that the log registers.

use verifier::index::{LeafIndex, TreeSize};
use verifier::issuers::Issuer;
use verifier::kind::Role;

use crate::QueryEngine;

/// Which signers are wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct IssuerFilter<'a> {
    /// Only the one with this DID.
    pub did: Option<&'a str>,
    /// Only those that are registered for this role.
    pub role: Option<Role>,
}

/// A page of signers.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct IssuerPage {
    /// By first registration.
    pub issuers: Vec<Issuer>,
    /// The first registration of the signer to go on with; `None` at the end.
    pub next: Option<LeafIndex>,
    /// How many signers the filter wants, on all pages.
    pub total: usize,
}

impl IssuerFilter<'_> {
    fn wants(&self, issuer: &Issuer) -> bool {
        self.did.is_none_or(|did| issuer.did == did) && self.role.is_none_or(|role| has_role(issuer, role))
    }
}

/// Whether a signer is registered for a role, whatever the time.
pub fn has_role(issuer: &Issuer, role: Role) -> bool {
    let mut registrations = issuer.registrations.iter();
    registrations.any(|registration| registration.roles.contains(&role))
}

impl QueryEngine {
    /// Signers with what the log says about them below a size, from the one that was registered first in `from` on.
    pub fn issuer_list(
        &self,
        filter: IssuerFilter<'_>,
        (from, as_of): (Option<LeafIndex>, TreeSize),
        limit: usize,
    ) -> IssuerPage {
        let known = self.issuers().into_iter().map(|mut issuer| {
            issuer.registrations.retain(|one| as_of.contains(one.index));
            issuer.retirements.retain(|(index, ..)| as_of.contains(*index));
            issuer
        });
        let mut listed: Vec<(LeafIndex, Issuer)> = known
            .filter_map(|issuer| Some((issuer.registrations.first()?.index, issuer)))
            .filter(|(_, issuer)| filter.wants(issuer))
            .collect();
        let total = listed.len();
        listed.retain(|(first, _)| from.is_none_or(|from| *first >= from));
        listed.sort_by_key(|(first, _)| *first);
        let next = listed.get(limit).map(|(first, _)| *first);
        let issuers = listed.into_iter().take(limit).map(|(_, issuer)| issuer);
        IssuerPage {
            issuers: issuers.collect(),
            next,
            total,
        }
    }
}
