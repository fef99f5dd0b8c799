//! The uses of a token, job by job, as the assessment of each job judges them, and what names the token and is no
//! use of it. A few jobs a page: each may hold a job's whole evidence.

use std::collections::BTreeSet;

use ledger_query::QueryEngine;
use ledger_query::token::{JobUses, TokenWalk};
use verifier::assess::CheckStatus;
use verifier::assess::token_table::{Row, Use};
use verifier::digest::TokenHash;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::kind::Kind;

use super::life::Life;
use crate::error::PageError;

/// Jobs judged for one page.
const JOBS_JUDGED: usize = 8;
/// Uses after which no further job is judged.
const USES_WANTED: usize = 60;

/// One use of the token by one job.
pub(super) struct TokenUse {
    /// The position of its job in the list of jobs.
    pub(super) job: usize,
    pub(super) at: Use,
    pub(super) kind: Kind,
    pub(super) run_id: Option<String>,
    /// What `token.valid` makes of it.
    pub(super) row: Row,
    /// The revocation that the row is about.
    pub(super) revocation: Option<LeafIndex>,
}

/// A job that the token leads to.
pub(super) struct JobOfToken {
    pub(super) id: String,
    pub(super) uses: u64,
    /// It has more evidence than is judged for a page, and its uses are not listed.
    pub(super) too_large: bool,
}

/// Jobs, uses and the rest, of one page.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) jobs: Vec<JobOfToken>,
    pub(super) uses: Vec<TokenUse>,
    /// Entries that name the token and are no use of it by a job that they name. They decide nothing.
    pub(super) unbound: BTreeSet<LeafIndex>,
    /// Where to go on; `None` at the end.
    pub(super) next: Option<LeafIndex>,
}

impl Findings {
    /// Judges job after job, from `from` on, until the page is full.
    pub(super) fn of(
        engine: &QueryEngine,
        token: TokenHash,
        life: &Life,
        from: Option<LeafIndex>,
        as_of: TreeSize,
    ) -> Result<Self, PageError> {
        let issued_for = life.issued_for.iter().map(String::as_str);
        let mut walk = TokenWalk::new(engine, token, &life.scopes, issued_for, from, as_of);
        let mut page = Self::default();
        loop {
            let met = walk.step()?;
            page.unbound.extend(met.jobless.iter().map(|record| record.index));
            for job in met.jobs {
                page.add(job);
            }
            let full = walk.judged() >= JOBS_JUDGED || page.uses.len() >= USES_WANTED;
            if full || !met.goes_on {
                break;
            }
        }
        page.next = walk.next();
        page.uses.sort_by_key(|used| used.at.index);
        Ok(page)
    }

    /// How many entries are such uses. An entry that two jobs claim is one.
    pub(super) fn count(&self, is_such: impl Fn(&TokenUse) -> bool) -> u64 {
        let such = self.uses.iter().filter(|used| is_such(used));
        let entries: BTreeSet<LeafIndex> = such.map(|used| used.at.index).collect();
        u64::try_from(entries.len()).unwrap_or(u64::MAX)
    }

    fn add(&mut self, found: JobUses) {
        let Some(closure) = found.closure else {
            self.jobs.push(JobOfToken {
                id: found.job_id,
                uses: 0,
                too_large: true,
            });
            return;
        };
        if found.uses.is_empty() && found.unbound.is_empty() && !found.names_both {
            return;
        }
        let job = self.jobs.len();
        self.jobs.push(JobOfToken {
            id: found.job_id,
            uses: u64::try_from(found.uses.len()).unwrap_or(u64::MAX),
            too_large: false,
        });
        self.unbound.extend(found.unbound);
        for used in found.uses {
            let Some(record) = closure.records.get(&used.at.index) else {
                continue;
            };
            self.uses.push(TokenUse {
                job,
                at: used.at,
                kind: record.entry.kind,
                run_id: used.run_id,
                row: used.row,
                revocation: used.revocation,
            });
        }
    }
}

impl TokenUse {
    /// How long after the revocation was logged it was made, by its signer's word, where that is against it.
    pub(super) fn after(&self, revoked_at: impl Fn(LeafIndex) -> Option<TimestampMs>) -> Option<u64> {
        if self.row.status() != CheckStatus::Fail {
            return None;
        }
        let revoked_at = revoked_at(self.revocation?)?;
        self.at.signed_at.value().checked_sub(revoked_at.value())
    }
}
