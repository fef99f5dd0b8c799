//! Policies as the log has them: where they were published, and what became of them.

use verifier::digest::PolicyHash;
use verifier::evidence::Evidence;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::kind::Kind;
use verifier::payload::{Payload, PolicyPublished};
use verifier::subject::Field;

use super::Reader;
use crate::erasure::remains::own_evidence;
use crate::error::ReadError;

/// Publications, or withdrawals, of one policy that are looked at.
const ACTS_MAX: usize = 100;

/// A publication.
#[derive(Clone, PartialEq, Debug)]
pub struct Publication {
    /// Where it stands.
    pub index: LeafIndex,
    /// When it was logged.
    pub logged_at: TimestampMs,
    /// The publisher's DID.
    pub signer: String,
    /// What it says.
    pub said: PolicyPublished,
}

/// What a bounded search came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sought<T> {
    /// This.
    Found(T),
    /// There is none.
    Nothing,
    /// The policy is cited so often that the search ended before: there may be one.
    Unsearched,
}

impl Reader {
    /// The first publication of a policy below `as_of`; nothing also where it was erased.
    pub fn policy_publication(
        &self,
        hash: PolicyHash,
        as_of: TreeSize,
    ) -> Result<Sought<Publication>, ReadError> {
        self.about_policy(hash, Kind::PolicyPublished, as_of, |index| {
            self.publication_at(index)
        })
    }

    /// The first entry of a kind about a policy that `pick` takes.
    fn about_policy<T>(
        &self,
        hash: PolicyHash,
        kind: Kind,
        as_of: TreeSize,
        pick: impl Fn(LeafIndex) -> Result<Option<T>, ReadError>,
    ) -> Result<Sought<T>, ReadError> {
        let found = self.subject_of_kind(Field::Policy, &hash.to_string(), kind, as_of, ACTS_MAX)?;
        for index in found.indices {
            if let Some(picked) = pick(index)? {
                return Ok(Sought::Found(picked));
            }
        }
        Ok(if found.complete {
            Sought::Nothing
        } else {
            Sought::Unsearched
        })
    }

    /// What an entry publishes; `None` for one that publishes no policy.
    pub fn publication_at(&self, index: LeafIndex) -> Result<Option<Publication>, ReadError> {
        if self.entry_of(index)?.kind != Kind::PolicyPublished {
            return Ok(None);
        }
        let Some(record) = self.entry(index)? else {
            return Ok(None);
        };
        let evidence = own_evidence(self, &record)?;
        let said = match evidence.as_ref().map(Evidence::payload) {
            Some(Payload::PolicyPublished(said)) => said.clone(),
            _ => return Ok(None),
        };
        Ok(Some(Publication {
            index,
            logged_at: record.entry.logged_at,
            signer: record.entry.signer,
            said,
        }))
    }

    /// The first withdrawal of a policy below `as_of`.
    pub fn policy_withdrawal(
        &self,
        hash: PolicyHash,
        as_of: TreeSize,
    ) -> Result<Sought<LeafIndex>, ReadError> {
        self.about_policy(hash, Kind::PolicyWithdrawn, as_of, |index| {
            let evidence = self
                .entry(index)?
                .map(|record| own_evidence(self, &record))
                .transpose()?;
            let withdrawn = match evidence.flatten().as_ref().map(Evidence::payload) {
                // One that names the policy as the newer one withdraws another.
                Some(Payload::PolicyWithdrawn(said)) => said.policy_hash == hash,
                _ => false,
            };
            Ok(withdrawn.then_some(index))
        })
    }
}
