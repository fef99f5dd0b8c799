//! The uses of a token, job by job, as the assessment of each job judges them, and what names the token and is no
//! use of it. A few jobs a page: each may hold a job's whole evidence.

use std::collections::BTreeSet;

use ledger::reader::{CollectError, Reader};
use verifier::assess::token_table::{Row, Use};
use verifier::assess::{CheckStatus, Closure, ClosureError, token_uses};
use verifier::digest::TokenHash;
use verifier::entry::Entry;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::kind::Kind;
use verifier::subject::{Field, SubjectHash, subject_hash};

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
pub(super) struct Findings<'a> {
    reader: &'a Reader,
    token: TokenHash,
    named: SubjectHash,
    as_of: TreeSize,
    issued_for: BTreeSet<SubjectHash>,
    pub(super) jobs: Vec<JobOfToken>,
    pub(super) uses: Vec<TokenUse>,
    /// Entries that name the token and are no use of it by a job that they name. They decide nothing.
    pub(super) unbound: BTreeSet<LeafIndex>,
    /// Where to go on; `None` at the end.
    pub(super) next: Option<LeafIndex>,
}

impl<'a> Findings<'a> {
    /// Judges job after job, from `from` on, until the page is full.
    pub(super) fn of(
        reader: &'a Reader,
        token: TokenHash,
        life: &Life,
        from: Option<LeafIndex>,
        as_of: TreeSize,
    ) -> Result<Self, PageError> {
        let salt = reader.index_salt();
        let mut page = Self {
            reader,
            token,
            named: subject_hash(&salt, Field::Token, &token.to_string()),
            as_of,
            issued_for: life
                .issued_for
                .iter()
                .map(|job| subject_hash(&salt, Field::Job, job))
                .collect(),
            jobs: Vec::new(),
            uses: Vec::new(),
            unbound: BTreeSet::new(),
            next: from,
        };
        page.walk(life)?;
        page.uses.sort_by_key(|used| used.at.index);
        Ok(page)
    }

    fn walk(&mut self, life: &Life) -> Result<(), PageError> {
        let mut judged: BTreeSet<String> = BTreeSet::new();
        loop {
            let met = self
                .reader
                .token_jobs(self.token, &life.scopes, self.next, self.as_of, 1)?;
            // Where an issuance names a job, what names none is looked at together with that job.
            if self.issued_for.is_empty() {
                for index in met.jobless {
                    let record = self.reader.entry(index)?;
                    let names_a_use = record.is_some_and(|record| is_use(record.entry.kind));
                    self.unbound.extend(Some(index).filter(|_| names_a_use));
                }
            }
            let idle = met.jobs.is_empty();
            for job_id in met.jobs {
                if judged.insert(job_id.clone()) {
                    self.judge(job_id)?;
                }
            }
            self.next = met.next;
            let full = judged.len() >= JOBS_JUDGED || self.uses.len() >= USES_WANTED;
            if self.next.is_none() || full || idle {
                return Ok(());
            }
        }
    }

    fn judge(&mut self, id: String) -> Result<(), PageError> {
        let closure = match self.reader.closure(&id, self.as_of) {
            Ok(Some(closure)) => closure,
            Ok(None) => return Ok(()),
            Err(CollectError::Closure(ClosureError::TooLarge { .. })) => {
                self.jobs.push(JobOfToken {
                    id,
                    uses: 0,
                    too_large: true,
                });
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        let job = self.jobs.len();
        let mut known = BTreeSet::new();
        for used in token_uses(&closure, self.token) {
            let Some(record) = closure.records.get(&used.at.index) else {
                continue;
            };
            known.insert(used.at.index);
            self.uses.push(TokenUse {
                job,
                at: used.at,
                kind: record.entry.kind,
                run_id: used.run_id,
                row: used.row,
                revocation: used.revocation,
            });
        }
        let others = self.others(&closure, &known);
        // A job of the same scope may have nothing to do with this token.
        if !known.is_empty() || others > 0 || self.names_both(&closure) {
            self.jobs.push(JobOfToken {
                id,
                uses: u64::try_from(known.len()).unwrap_or(u64::MAX),
                too_large: false,
            });
        }
        Ok(())
    }

    /// Adds what names the token and, in its own words or the issuance's, the job, and is not known.
    fn others(&mut self, closure: &Closure, known: &BTreeSet<LeafIndex>) -> usize {
        let job = subject_hash(&closure.salt, Field::Job, &closure.job_id);
        let before = self.unbound.len();
        for record in closure.records.values() {
            let entry = &record.entry;
            let mut named = hashes(entry, Field::Job).peekable();
            let is_the_jobs = match named.peek() {
                Some(_) => named.any(|named| named == job),
                None => self.issued_for.contains(&job),
            };
            if is_the_jobs && is_use(entry.kind) && self.is_named(entry) && !known.contains(&record.index) {
                self.unbound.insert(record.index);
            }
        }
        self.unbound.len().saturating_sub(before)
    }

    fn is_named(&self, entry: &Entry) -> bool {
        hashes(entry, Field::Token).any(|hash| hash == self.named)
    }

    fn names_both(&self, closure: &Closure) -> bool {
        let job = subject_hash(&closure.salt, Field::Job, &closure.job_id);
        let mut entries = closure.records.values().map(|record| &record.entry);
        entries.any(|entry| self.is_named(entry) && hashes(entry, Field::Job).any(|hash| hash == job))
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

fn hashes(entry: &Entry, field: Field) -> impl Iterator<Item = SubjectHash> {
    let subjects = entry
        .subjects
        .iter()
        .chain(entry.context_subjects.iter().flatten());
    subjects
        .filter(move |subject| subject.field == field)
        .map(|subject| subject.hash)
}

/// What may be a use of a token, of the documents that name one.
const fn is_use(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::ReceiptGateway | Kind::ReceiptTool | Kind::ReceiptSideEffect | Kind::Decision
    )
}
