//! The list of published policies: all, or the versions of one id.

use ledger::error::ReadError;
use ledger::reader::{EntryRecord, LookupPage};
use serde::Serialize;
use utoipa::ToSchema;
use verifier::digest::PolicyHash;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::kind::Kind;
use verifier::payload::Payload;
use verifier::subject::Field;

use crate::QueryEngine;

/// One publication.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub struct PolicyRow {
    /// The policy's id.
    pub policy_id: String,
    /// 43 characters of base64url of SHA-256(JCS(policy)).
    #[schema(value_type = String)]
    pub policy_hash_b64u: PolicyHash,
    /// Where it was published.
    #[schema(value_type = u64)]
    pub index: LeafIndex,
    /// When, in milliseconds since the Unix epoch.
    #[schema(value_type = u64)]
    pub logged_at: TimestampMs,
    /// The publisher's DID.
    pub signer: String,
}

/// Which publications are listed, and in which order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PolicyList<'a> {
    /// Only the versions of this id.
    pub policy_id: Option<&'a str>,
    /// Whether the newest publication comes first, else the oldest.
    pub newest_first: bool,
}

impl QueryEngine {
    /// The entries that a list of publications is made of, as of a size; `from` is the cursor. What names a policy id may
    /// be another statement about it: see [`PolicyRow::of`].
    ///
    /// # Errors
    /// [`ReadError::Beyond`] where `as_of` is beyond the published size; otherwise as every question to a
    /// [`Reader`](ledger::reader::Reader).
    pub fn policy_entries(
        &self,
        list: PolicyList<'_>,
        (from, as_of): (Option<LeafIndex>, TreeSize),
        limit: usize,
    ) -> Result<LookupPage<LeafIndex>, ReadError> {
        match list.policy_id {
            Some(id) => self.subject(Field::PolicyId, id, from, as_of, list.newest_first, limit),
            None => self.by_kind(Kind::PolicyPublished, from, as_of, list.newest_first, limit),
        }
    }

    /// The publications of a list. Each document is read and verified, one at a time.
    ///
    /// # Errors
    /// As [`policy_entries`](Self::policy_entries).
    pub fn policy_list(
        &self,
        list: PolicyList<'_>,
        place: (Option<LeafIndex>, TreeSize),
        limit: usize,
    ) -> Result<LookupPage<PolicyRow>, ReadError> {
        let page = self.policy_entries(list, place, limit)?;
        let mut items = Vec::with_capacity(page.items.len());
        for index in page.items {
            let record = self.listed_entry(index)?;
            let verified = self.evidence(&record)?;
            let payload = verified.as_ref().map(|verified| verified.evidence.payload());
            items.extend(payload.and_then(|payload| PolicyRow::of(&record, payload)));
        }
        Ok(LookupPage {
            items,
            next: page.next,
            as_of: page.as_of,
        })
    }
}

impl PolicyRow {
    /// The publication that an entry is; `None` for one that publishes no policy.
    pub fn of(record: &EntryRecord, payload: &Payload) -> Option<Self> {
        let Payload::PolicyPublished(said) = payload else {
            return None;
        };
        Some(Self {
            policy_id: said.policy_id.clone(),
            policy_hash_b64u: said.policy_hash,
            index: record.index,
            logged_at: record.entry.logged_at,
            signer: record.entry.signer.clone(),
        })
    }
}
