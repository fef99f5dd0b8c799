//! What the jobs that a token leads to did with it, as the assessment of each judges it.
//!
//! Which entries lead to a job is [`QueryEngine::token_jobs`]'s to say, which uses are a job's the assessment's. The
//! remaining entries name the token, are of a kind that may use one, and are no use of a job that they name: their
//! signer may not say that, or they name no job. They decide nothing.

use std::collections::BTreeSet;

use verifier::assess::{Closure, ClosureError, TokenUse, token_uses};
use verifier::digest::{ScopeHash, TokenHash};
use verifier::entry::Entry;
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;
use verifier::subject::{Field, SubjectHash, subject_hash};

use crate::QueryEngine;
use crate::verdict::CollectError;
use ledger::reader::{EntryRecord, subjects_of};

/// What one job did with a token.
#[derive(Clone, PartialEq, Debug)]
pub struct JobUses {
    /// Id of the job.
    pub job_id: String,
    /// The closure that the job was assessed from; `None` where the job has more evidence than is assessed here.
    pub closure: Option<Closure>,
    /// Its uses, in log order.
    pub uses: Vec<TokenUse>,
    /// What names the token and, in its own words or the issuance's, the job, and is none of its uses.
    pub unbound: Vec<LeafIndex>,
    /// Whether an entry names both: a job of the same scope may have nothing to do with this token.
    pub names_both: bool,
}

/// One step of the walk.
#[derive(Clone, PartialEq, Debug)]
pub struct WalkStep {
    /// What names the token and no job, where no issuance names one either.
    pub jobless: Vec<EntryRecord>,
    /// Jobs that this walk had not met before; at most one in most steps, more where one entry names several.
    pub jobs: Vec<JobUses>,
    /// Whether there is more, and the step led somewhere: if not, the walk goes on with another request.
    pub goes_on: bool,
}

/// A walk from job to job, each of which may hold a whole job's evidence: the caller says how far to walk.
#[derive(Debug)]
pub struct TokenWalk<'a> {
    reader: &'a QueryEngine,
    token: TokenHash,
    named: SubjectHash,
    scopes: &'a BTreeSet<ScopeHash>,
    issued_for: BTreeSet<SubjectHash>,
    as_of: TreeSize,
    judged: BTreeSet<String>,
    next: Option<LeafIndex>,
}

impl<'a> TokenWalk<'a> {
    /// A walk from `from` on (itself included). `scopes` are the scope hashes of the token's issuances, `issued_for`
    /// the jobs that they name: those of an entry that names none itself.
    pub fn new<'j>(
        reader: &'a QueryEngine,
        token: TokenHash,
        scopes: &'a BTreeSet<ScopeHash>,
        issued_for: impl Iterator<Item = &'j str>,
        from: Option<LeafIndex>,
        as_of: TreeSize,
    ) -> Self {
        let salt = reader.index_salt();
        Self {
            reader,
            token,
            named: subject_hash(&salt, Field::Token, &token.to_string()),
            scopes,
            issued_for: issued_for
                .map(|job| subject_hash(&salt, Field::Job, job))
                .collect(),
            as_of,
            judged: BTreeSet::new(),
            next: from,
        }
    }

    /// Where to go on; `None` at the end.
    pub const fn next(&self) -> Option<LeafIndex> {
        self.next
    }

    /// Jobs met so far.
    pub fn judged(&self) -> usize {
        self.judged.len()
    }

    /// On to the next entry that leads to a job.
    ///
    /// # Errors
    /// A failed read.
    pub fn step(&mut self) -> Result<WalkStep, CollectError> {
        let page = self
            .reader
            .token_jobs(self.token, self.scopes, self.next, self.as_of, 1)?;
        self.next = page.next;
        let mut met = WalkStep {
            jobless: Vec::new(),
            jobs: Vec::new(),
            goes_on: page.next.is_some() && !page.jobs.is_empty(),
        };
        // Where an issuance names a job, what names none is looked at together with that job.
        if self.issued_for.is_empty() {
            for index in page.jobless {
                let record = self.reader.entry(index)?;
                met.jobless
                    .extend(record.filter(|record| Kind::USES.contains(&record.entry.kind)));
            }
        }
        for job_id in page.jobs {
            if self.judged.insert(job_id.clone()) {
                met.jobs.extend(self.judge(job_id)?);
            }
        }
        Ok(met)
    }

    fn judge(&self, job_id: String) -> Result<Option<JobUses>, CollectError> {
        let closure = match self.reader.closure(&job_id, self.as_of) {
            Ok(Some(closure)) => closure,
            Ok(None) => return Ok(None),
            Err(CollectError::Closure(ClosureError::TooLarge { .. })) => {
                return Ok(Some(JobUses {
                    job_id,
                    closure: None,
                    uses: Vec::new(),
                    unbound: Vec::new(),
                    names_both: false,
                }));
            }
            Err(error) => return Err(error),
        };
        let mut uses = token_uses(&closure, self.token);
        uses.retain(|used| closure.records.contains_key(&used.at.index));
        let known = uses.iter().map(|used| used.at.index).collect();
        let job = subject_hash(&closure.salt, Field::Job, &job_id);
        let mut entries = closure.records.values().map(|record| &record.entry);
        Ok(Some(JobUses {
            unbound: self.unbound(&closure, job, &known),
            names_both: entries.any(|entry| self.is_named(entry) && names(entry, Field::Job, job)),
            job_id,
            uses,
            closure: Some(closure),
        }))
    }

    fn unbound(&self, closure: &Closure, job: SubjectHash, known: &BTreeSet<LeafIndex>) -> Vec<LeafIndex> {
        let is_of_job = |entry: &Entry| match subjects_of(entry, Field::Job).next() {
            Some(_) => names(entry, Field::Job, job),
            None => self.issued_for.contains(&job),
        };
        let left = closure.records.values().filter(|record| {
            let entry = &record.entry;
            Kind::USES.contains(&entry.kind)
                && is_of_job(entry)
                && self.is_named(entry)
                && !known.contains(&record.index)
        });
        left.map(|record| record.index).collect()
    }

    fn is_named(&self, entry: &Entry) -> bool {
        names(entry, Field::Token, self.named)
    }
}

fn names(entry: &Entry, field: Field, hash: SubjectHash) -> bool {
    subjects_of(entry, field).any(|named| named == hash)
}
