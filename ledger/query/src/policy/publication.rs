//! Policies as the log has them: where they were published, and what became of them.

use verifier::digest::PolicyHash;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::kind::Kind;
use verifier::payload::{Payload, PolicyPublished};
use verifier::wpc::Ban;

use super::search::PolicySearch;
use crate::QueryEngine;
use ledger::error::ReadError;
use ledger::reader::EntryRecord;

/// A publication.
#[derive(Clone, PartialEq, Debug)]
pub struct Publication {
    /// Where it stands.
    pub index: LeafIndex,
    /// When it was logged.
    pub logged_at: TimestampMs,
    /// The publisher's DID.
    pub signer: String,
    /// The published policy.
    pub said: PolicyPublished,
}

/// What a bounded search came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PolicySearchResult<T> {
    /// This.
    Found(T),
    /// There is none.
    Nothing,
    /// The policy is cited so often that the search ended before: there may be one.
    Unsearched,
}

impl<T> PolicySearchResult<T> {
    /// The same search for what `then` makes of what it found.
    pub fn map<U>(self, then: impl FnOnce(T) -> U) -> PolicySearchResult<U> {
        match self {
            Self::Found(found) => PolicySearchResult::Found(then(found)),
            Self::Nothing => PolicySearchResult::Nothing,
            Self::Unsearched => PolicySearchResult::Unsearched,
        }
    }

    /// Of a search that found nothing.
    pub(super) const fn ended(complete: bool) -> Self {
        if complete { Self::Nothing } else { Self::Unsearched }
    }
}

/// What keeps a published policy from being used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PolicyBan {
    /// It was withdrawn.
    Withdrawn(Ban),
    /// An older version of it is frozen.
    Frozen(Ban),
}

impl QueryEngine {
    /// The first publication of a policy below `as_of`; nothing also where it was erased.
    ///
    /// # Errors
    /// [`ReadError::Beyond`] where `as_of` is beyond the published size; otherwise as every question to a
    /// [`Reader`](ledger::reader::Reader).
    pub fn policy_publication(
        &self,
        hash: PolicyHash,
        as_of: TreeSize,
    ) -> Result<PolicySearchResult<Publication>, ReadError> {
        let mut search = PolicySearch::new(self, as_of)?;
        let found = search.publication(hash)?;
        Ok(search.answer(found))
    }

    /// What an entry publishes; `None` for one that publishes no policy.
    ///
    /// # Errors
    /// As every question to a [`Reader`](ledger::reader::Reader). The caller MUST NOT name an index beyond the published head: that
    /// is answered as [`ReadError::Corrupt`].
    pub fn publication_at(&self, index: LeafIndex) -> Result<Option<Publication>, ReadError> {
        if self.entry_of(index)?.kind != Kind::PolicyPublished {
            return Ok(None);
        }
        let statement = self.statement(index)?;
        Ok(statement.and_then(|(record, payload)| Publication::of(record, payload)))
    }

    /// The withdrawal of a policy that is in force at a time, as of a size.
    ///
    /// # Errors
    /// As [`policy_publication`](Self::policy_publication).
    pub fn policy_withdrawal(
        &self,
        hash: PolicyHash,
        at: TimestampMs,
        as_of: TreeSize,
    ) -> Result<PolicySearchResult<Ban>, ReadError> {
        let mut search = PolicySearch::new(self, as_of)?;
        let in_force = search.withdrawal(hash, at)?;
        Ok(search.answer(in_force))
    }

    /// What keeps a policy from being used at a time, as of a size: a withdrawal of it, or else a freeze of an older
    /// version under its id. The same rule as that of `policy.frozen` in a verdict.
    ///
    /// # Errors
    /// As [`policy_publication`](Self::policy_publication).
    pub fn policy_ban(
        &self,
        policy: &Publication,
        at: TimestampMs,
        as_of: TreeSize,
    ) -> Result<PolicySearchResult<PolicyBan>, ReadError> {
        let mut search = PolicySearch::new(self, as_of)?;
        let withdrawn = search.withdrawal(policy.said.policy_hash, at)?;
        let ban = match withdrawn.map(PolicyBan::Withdrawn) {
            // Where not all withdrawals were looked at, a freeze must not be told as all that there is.
            None if search.is_complete() => search.freeze(policy, at)?.map(PolicyBan::Frozen),
            found => found,
        };
        Ok(search.answer(ban))
    }

    /// The freezes of older versions under a policy's id that are in force at a time, as of a size, in log order.
    ///
    /// # Errors
    /// As [`policy_publication`](Self::policy_publication).
    pub fn policy_freezes(
        &self,
        policy: &Publication,
        at: TimestampMs,
        as_of: TreeSize,
    ) -> Result<Vec<LeafIndex>, ReadError> {
        let freezes = PolicySearch::new(self, as_of)?.freezes(policy)?;
        let in_force = freezes.into_iter().filter(|(_, (_, end))| end.lasts_at(at));
        Ok(in_force.map(|(index, _)| index).collect())
    }

    /// The newest publication under a policy id below `as_of`, from which other policies inherit. Nothing where it is withdrawn
    /// at the time, and where different publishers use the id: nobody can say which of them is meant.
    ///
    /// # Errors
    /// As [`policy_publication`](Self::policy_publication).
    pub fn policy_parent(
        &self,
        policy_id: &str,
        at: TimestampMs,
        as_of: TreeSize,
    ) -> Result<PolicySearchResult<Publication>, ReadError> {
        let mut search = PolicySearch::new(self, as_of)?;
        let parent = search.parent(policy_id, at)?;
        Ok(search.answer(parent))
    }

    /// Whether the operator said below `as_of` that what a signer signed from this position on is not to be trusted.
    pub fn is_distrusted(&self, did: &str, index: LeafIndex, as_of: TreeSize) -> bool {
        self.admission().issuers.is_distrusted(did, index, as_of)
    }

    /// What an entry states; `None` for one without evidence of its own.
    pub(super) fn statement(&self, index: LeafIndex) -> Result<Option<(EntryRecord, Payload)>, ReadError> {
        let Some(record) = self.entry(index)? else {
            return Ok(None);
        };
        let verified = self.evidence(&record)?;
        Ok(verified.map(|verified| (record, verified.evidence.payload().clone())))
    }
}

impl Publication {
    pub(super) fn of(record: EntryRecord, payload: Payload) -> Option<Self> {
        match payload {
            Payload::PolicyPublished(said) => Some(Self {
                index: record.index,
                logged_at: record.entry.logged_at,
                signer: record.entry.signer,
                said,
            }),
            _ => None,
        }
    }
}
