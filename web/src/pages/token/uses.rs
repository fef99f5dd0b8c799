//! What a page shows of the uses of a token, by entry and not by job. A few jobs a page: each may hold a job's whole
//! evidence.

use std::collections::BTreeSet;

use ledger_query::QueryEngine;
use ledger_query::token::{JobOfToken, TokenLife, TokenUsage, UseByJob};
use verifier::assess::CheckStatus;
use verifier::digest::TokenHash;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};

use crate::error::PageError;

/// Uses after which no further job is judged.
const USES_WANTED: usize = 60;

/// Jobs, uses and the rest, of one page.
pub(super) struct UseFindings {
    pub(super) jobs: Vec<JobOfToken>,
    /// By entry.
    pub(super) uses: Vec<UseByJob>,
    /// Entries that name the token and are no use of it by a job that they name. They decide nothing.
    pub(super) unbound: BTreeSet<LeafIndex>,
    /// Where to go on; `None` at the end.
    pub(super) next: Option<LeafIndex>,
}

impl UseFindings {
    /// Judges job after job, from `from` on, until the page is full.
    pub(super) fn of(
        engine: &QueryEngine,
        token: TokenHash,
        life: &TokenLife,
        (from, as_of): (Option<LeafIndex>, TreeSize),
    ) -> Result<Self, PageError> {
        let is_full = |usage: &TokenUsage| usage.uses.len() >= USES_WANTED;
        let mut usage = engine.token_usage(token, life, (from, as_of), is_full)?;
        usage.uses.sort_by_key(|used| used.found.at.index);
        Ok(Self {
            jobs: usage.jobs,
            uses: usage.uses,
            unbound: usage.unbound.iter().map(|used| used.index).collect(),
            next: usage.next,
        })
    }

    /// How many entries are such uses. An entry that two jobs claim is one.
    pub(super) fn count(&self, is_such: impl Fn(&UseByJob) -> bool) -> u64 {
        let such = self.uses.iter().filter(|used| is_such(used));
        let entries: BTreeSet<LeafIndex> = such.map(|used| used.found.at.index).collect();
        u64::try_from(entries.len()).unwrap_or(u64::MAX)
    }
}

/// How long after the revocation was logged a use was made, by its signer's word, where that is against it.
pub(super) fn after(used: &UseByJob, revoked_at: impl Fn(LeafIndex) -> Option<TimestampMs>) -> Option<u64> {
    let used = &used.found;
    if used.row.status() != CheckStatus::Fail {
        return None;
    }
    let revoked_at = revoked_at(used.revocation?)?;
    used.at.signed_at.value().checked_sub(revoked_at.value())
}
