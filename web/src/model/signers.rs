//! Who signed, by the names that the log's registrations give. A name is shown only together with its role and DID:
//! an agent may call itself anything, but it cannot register.

use std::collections::HashMap;

use ledger_query::QueryEngine;
use ledger_query::issuers::has_role;
use verifier::assess::{Reason, UncountedClaim};
use verifier::entry::Entry;
use verifier::index::{LeafIndex, TimestampMs};
use verifier::issuers::{Issuer, NotLinked, SignedEntry};
use verifier::kind::{Kind, Role};

use super::detail::roles;
use super::standing::EvidenceStanding;
use crate::text::segment;

/// Who signed one entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct EntrySigner {
    /// The registered name.
    pub(crate) name: Option<String>,
    /// What it is registered for, or that it is not.
    pub(crate) standing: String,
    /// Empty where nobody signed.
    pub(crate) did: String,
    /// Whose word it is.
    pub(crate) word: EvidenceStanding,
}

/// Every registered signer.
pub(crate) struct SignerTable {
    by_did: HashMap<String, Issuer>,
}

impl SignerTable {
    pub(crate) fn new(engine: &QueryEngine) -> Self {
        let by_did = engine
            .issuers()
            .into_iter()
            .map(|issuer| (issuer.did.clone(), issuer))
            .collect();
        Self { by_did }
    }

    /// The signer of an entry, as registered before it.
    pub(crate) fn of(&self, entry: &Entry, index: LeafIndex) -> EntrySigner {
        let did = entry.signer.clone();
        if entry.kind == Kind::IndexRoot {
            return EntrySigner {
                name: Some("this log".to_owned()),
                standing: "written by the ledger".to_owned(),
                did,
                word: EvidenceStanding::Attested,
            };
        }
        // Entry 0 registers its own signer.
        let known = |at: LeafIndex| at < index || at == LeafIndex::new(0);
        let registration = self.by_did.get(&did).and_then(|issuer| {
            issuer
                .registrations
                .iter()
                .rev()
                .find(|registration| known(registration.index))
        });
        match registration {
            Some(registration) => EntrySigner {
                name: Some(registration.name.clone()),
                standing: roles(&registration.roles),
                did,
                word: EvidenceStanding::of_roles(entry.kind, &registration.roles),
            },
            None => EntrySigner {
                name: None,
                standing: "not registered; its own word".to_owned(),
                did,
                word: EvidenceStanding::SelfReported,
            },
        }
    }

    /// Our own page about a signer; none about this log itself.
    pub(crate) fn href(&self, did: &str) -> Option<String> {
        let known = self.by_did.get(did).map(|issuer| has_role(issuer, Role::Gateway));
        let section = match known {
            Some(true) => "gateways/",
            Some(false) => "issuers?did=",
            None if did.starts_with("did:") => "agents/",
            None => return None,
        };
        Some(format!("/{section}{}", segment(did)))
    }

    /// Who says what stands in a context that has no document: its submitter, unsigned.
    pub(crate) fn of_word(&self, entry: &Entry, index: LeafIndex) -> EntrySigner {
        EntrySigner {
            name: entry.submitter.as_ref().map(|name| name.as_str().to_owned()),
            standing: "a submitter's statement, not signed".to_owned(),
            did: String::new(),
            word: if self.linked(entry, index).is_ok() {
                EvidenceStanding::Submitted
            } else {
                EvidenceStanding::Loose
            },
        }
    }

    /// Whether the operator linked the submitter of an entry to its signer, so that its word about the signer's evidence
    /// is operator-attested; and if not, why.
    pub(crate) fn linked(&self, entry: &Entry, index: LeafIndex) -> Result<(), NotLinked> {
        let issuer = self.by_did.get(&entry.signer);
        Issuer::linked(issuer, signed(entry, index), entry.submitter.as_ref())
    }

    /// Why the submitter's word on an entry does not count, where it does not. `now`: the time of the tree that is asked.
    pub(crate) fn unlinked(
        &self,
        entry: &Entry,
        index: LeafIndex,
        lost: UncountedClaim,
        now: TimestampMs,
    ) -> Option<Reason> {
        Some(Reason::NotLinked {
            why: self.linked(entry, index).err()?,
            lost,
            submitter: entry.submitter.clone(),
            signer: verifier::assess::SignerStatus::of(
                signed(entry, index),
                self.by_did.get(&entry.signer),
                now,
            ),
        })
    }
}

fn signed(entry: &Entry, index: LeafIndex) -> SignedEntry<'_> {
    SignedEntry {
        signer: &entry.signer,
        index,
        logged_at: entry.logged_at,
    }
}
