//! Bounded searches for publications, withdrawals and freezes of policies.

use std::collections::{BTreeMap, BTreeSet};

use verifier::digest::PolicyHash;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::kind::Kind;
use verifier::payload::Payload;
use verifier::subject::Field;
use verifier::wpc::{Ban, FreezeEnd, Freezes, Withdrawals};

use super::publication::{PolicySearchResult, Publication};
use crate::QueryEngine;
use crate::intersect::INTERSECTION_STEPS_MAX;
use crate::lookup_rows::{key_of, next_common};
use ledger::error::ReadError;
use ledger::reader::{EntryRecord, is_of_subject, require};
use ledger::rows::RowKey;

/// Documents that are read for one answer. What a signer made that is not trusted is passed over unread, and is no part of it.
const DOCUMENTS_MAX: usize = 1_000;

/// One question about policies. All its lookups share what it may cost.
pub(super) struct PolicySearch<'r> {
    reader: &'r QueryEngine,
    as_of: TreeSize,
    /// Steps through rows that are left.
    steps: usize,
    /// Documents that may still be read.
    documents: usize,
}

impl<'r> PolicySearch<'r> {
    pub(super) fn new(reader: &'r QueryEngine, as_of: TreeSize) -> Result<Self, ReadError> {
        Ok(Self {
            reader,
            as_of: reader.checked_size("tree size", as_of)?,
            steps: INTERSECTION_STEPS_MAX,
            documents: DOCUMENTS_MAX,
        })
    }

    /// Whether nothing was left out so far.
    pub(super) const fn is_complete(&self) -> bool {
        self.steps > 0 && self.documents > 0
    }

    /// What was found; where nothing was, whether that is sure.
    pub(super) fn answer<T>(&self, found: Option<T>) -> PolicySearchResult<T> {
        found.map_or_else(
            || PolicySearchResult::ended(self.is_complete()),
            PolicySearchResult::Found,
        )
    }

    pub(super) fn publication(&mut self, hash: PolicyHash) -> Result<Option<Publication>, ReadError> {
        let (kind, to) = (Kind::PolicyPublished, self.as_of);
        self.first(Field::Policy, &hash.to_string(), kind, to, Publication::of)
    }

    pub(super) fn withdrawal(&mut self, hash: PolicyHash, at: TimestampMs) -> Result<Option<Ban>, ReadError> {
        let mut withdrawals = Withdrawals::default();
        let (kind, to) = (Kind::PolicyWithdrawn, self.as_of);
        self.first::<()>(Field::Policy, &hash.to_string(), kind, to, |record, payload| {
            match payload {
                // One that names the policy as the newer one withdraws another.
                Payload::PolicyWithdrawn(said) if said.policy_hash == hash => {
                    let ban = Ban::of_withdrawal(record.index, record.entry.logged_at, &said);
                    withdrawals.push(ban);
                }
                _ => {}
            }
            None
        })?;
        Ok(withdrawals.in_force(self.as_of.next_index(), at))
    }

    /// The freeze of an older version of a policy.
    pub(super) fn freeze(&mut self, policy: &Publication, at: TimestampMs) -> Result<Option<Ban>, ReadError> {
        let mut freezes = Freezes::default();
        for (index, (logged_at, end)) in self.freezes(policy)? {
            freezes.push(index, logged_at, end);
        }
        Ok(freezes.in_force(self.as_of.next_index(), at))
    }

    /// The freezes of older versions of a policy, each with when it was logged and when it ends. The versions lead to the
    /// freezes, so that freezes of other policies cost nothing.
    pub(super) fn freezes(
        &mut self,
        policy: &Publication,
    ) -> Result<BTreeMap<LeafIndex, (TimestampMs, FreezeEnd)>, ReadError> {
        let own = policy.said.policy_hash;
        let mut versions = BTreeSet::new();
        let before = TreeSize::new(policy.index.value());
        let id = policy.said.policy_id.as_str();
        self.first::<()>(
            Field::PolicyId,
            id,
            Kind::PolicyPublished,
            before,
            |record, payload| {
                let version = Publication::of(record, payload).map(|version| version.said);
                let version = version.filter(|said| said.policy_id == id && said.policy_hash != own);
                versions.extend(version.map(|said| said.policy_hash.to_string()));
                None
            },
        )?;
        let mut found = BTreeMap::new();
        for version in &versions {
            let (kind, to) = (Kind::PolicyFrozen, self.as_of);
            self.first::<()>(Field::Policy, version, kind, to, |record, payload| {
                match payload {
                    Payload::PolicyFrozen(said) if said.policy_hash.to_string() == *version => {
                        found.insert(record.index, (record.entry.logged_at, FreezeEnd::of(&said)));
                    }
                    _ => {}
                }
                None
            })?;
        }
        Ok(found)
    }

    /// The newest publication under a policy id: see [`QueryEngine::policy_parent`].
    pub(super) fn parent(
        &mut self,
        policy_id: &str,
        at: TimestampMs,
    ) -> Result<Option<Publication>, ReadError> {
        let mut newest: Option<Publication> = None;
        let (kind, to) = (Kind::PolicyPublished, self.as_of);
        let other_publisher = self.first(Field::PolicyId, policy_id, kind, to, |record, payload| {
            let version =
                Publication::of(record, payload).filter(|version| version.said.policy_id == policy_id)?;
            let known = newest.replace(version);
            let signer = newest.as_ref().map(|version| &version.signer);
            known
                .is_some_and(|known| Some(&known.signer) != signer)
                .then_some(())
        })?;
        let newest = newest.filter(|_| other_publisher.is_none());
        let Some(newest) = newest else {
            return Ok(None);
        };
        let withdrawn = self.withdrawal(newest.said.policy_hash, at)?;
        // Where not everything was looked at, there may be a newer version, another publisher or a withdrawal.
        Ok((withdrawn.is_none() && self.is_complete()).then_some(newest))
    }

    /// Gives `pick` each document of a kind below `to` that carries a subject and whose signer is trusted, in log order, until
    /// it answers.
    fn first<T>(
        &mut self,
        field: Field,
        value: &str,
        kind: Kind,
        to: TreeSize,
        mut pick: impl FnMut(EntryRecord, Payload) -> Option<T>,
    ) -> Result<Option<T>, ReadError> {
        let reader = self.reader;
        let subject = reader.subject_named(field, value);
        let (named, kinds) = (key_of(&subject), RowKey::of_kind(kind));
        let mut from = LeafIndex::ZERO;
        while let Some(met) = next_common(reader, (&named, &kinds), (from, to), &mut self.steps)? {
            let entry = reader.entry_of(met)?;
            require(entry.kind == kind, met)?;
            let is_held = is_of_subject(&entry, &subject, met)?;
            if is_held && !reader.is_distrusted(&entry.signer, met, self.as_of) {
                self.documents = self.documents.saturating_sub(1);
                if self.documents == 0 {
                    return Ok(None);
                }
                let statement = reader.statement(met)?;
                let picked = statement.and_then(|(record, payload)| pick(record, payload));
                if picked.is_some() {
                    return Ok(picked);
                }
            }
            let Some(next) = met.next() else {
                return Ok(None);
            };
            from = next;
        }
        Ok(None)
    }
}
