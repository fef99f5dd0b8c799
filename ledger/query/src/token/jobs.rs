//! The jobs that a token may have been used by.
//!
//! A use names its token in a context, or only through the scope hash that it shares with the issuance, and
//! its job in the same context or in another one. So whatever names the token leads to the jobs that it
//! names, and a gateway receipt of the token's scope to those of its contexts that name no token.
//! A lead decides nothing: which uses are a job's is for the judgement of that job to say.

use std::collections::{BTreeSet, HashSet};

use verifier::digest::{ScopeHash, TokenHash};
use verifier::entry::Entry;
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;
use verifier::subject::{Field, Subject, SubjectHash};

use crate::QueryEngine;
use crate::intersect::INTERSECTION_STEPS_MAX;
use crate::lookup_rows::{key_of, next_common};
use ledger::error::ReadError;
use ledger::reader::{ReaderTree, carries, is_of_subject, job_hashes, require, subjects_of};
use ledger::store::LookupOrder;

/// Entries looked at for one page; a page that meets no new job is empty and says where to go on.
const VISITED_MAX: usize = 2_048;
/// Rows read from the store at once.
const ROWS_CHUNK: usize = 128;

/// A page of what a token leads to, in log order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TokenJobs {
    /// Ids of jobs that are met here for the first time. A job that was met only through a context
    /// that names no token may be met again on a later page.
    pub jobs: Vec<String>,
    /// Entries of this page that name the token and no job.
    pub jobless: Vec<LeafIndex>,
    /// Where to go on; `None` at the end.
    pub next: Option<LeafIndex>,
}

/// What leads to a job.
struct TokenLeads {
    token: Subject,
    scopes: Vec<Subject>,
}

impl TokenLeads {
    fn subjects(&self) -> impl Iterator<Item = &Subject> {
        std::iter::once(&self.token).chain(&self.scopes)
    }

    /// Whether what the entry says about jobs is about the token: it names the token, or the entry is a
    /// receipt of its scope and names none.
    fn is_lead(&self, entry: &Entry) -> bool {
        if carries(entry, &self.token) {
            return true;
        }
        let of_scope = self.scopes.iter().any(|scope| carries(entry, scope));
        entry.kind == Kind::ReceiptGateway && of_scope && !names(entry, Field::Token)
    }
}

impl QueryEngine {
    /// The jobs that a token leads to, from `from` on (itself included); `scopes` are the scope hashes of its
    /// issuances. A page ends with the entry at which it has `jobs_max` jobs.
    ///
    /// # Errors
    /// A failed read.
    pub fn token_jobs(
        &self,
        token: TokenHash,
        scopes: &BTreeSet<ScopeHash>,
        from: Option<LeafIndex>,
        as_of: TreeSize,
        jobs_max: usize,
    ) -> Result<TokenJobs, ReadError> {
        let as_of = self.checked_size("tree size", as_of)?;
        let leads = TokenLeads {
            token: self.subject_named(Field::Token, &token.to_string()),
            scopes: scopes
                .iter()
                .map(|scope| self.subject_named(Field::Scope, &scope.to_string()))
                .collect(),
        };
        let mut walk = TokenPageWalk {
            reader: self,
            tree: self.tree()?,
            as_of,
            leads,
            seen: HashSet::new(),
            steps: INTERSECTION_STEPS_MAX,
            page: TokenJobs::default(),
        };
        walk.run(from.unwrap_or_default(), jobs_max)?;
        Ok(walk.page)
    }
}

/// One page under way.
struct TokenPageWalk<'a> {
    reader: &'a QueryEngine,
    tree: ReaderTree<'a>,
    as_of: TreeSize,
    leads: TokenLeads,
    seen: HashSet<SubjectHash>,
    steps: usize,
    page: TokenJobs,
}

impl TokenPageWalk<'_> {
    fn run(&mut self, mut from: LeafIndex, jobs_max: usize) -> Result<(), ReadError> {
        let mut visited = 0;
        loop {
            let indices = self.chunk(from)?;
            for &index in &indices {
                if visited >= VISITED_MAX || self.page.jobs.len() >= jobs_max {
                    self.page.next = Some(index);
                    return Ok(());
                }
                visited = visited.saturating_add(1);
                self.visit(index)?;
            }
            match indices.last().and_then(|last| last.next()) {
                Some(next) if indices.len() == ROWS_CHUNK => from = next,
                _ => return Ok(()),
            }
        }
    }

    /// The next entries of any of the lists: of each as many as are wanted of all.
    fn chunk(&self, from: LeafIndex) -> Result<Vec<LeafIndex>, ReadError> {
        let mut merged = BTreeSet::new();
        for subject in self.leads.subjects() {
            let key = key_of(subject);
            let rows = self
                .reader
                .rows(&key, from, self.as_of, LookupOrder::Ascending, ROWS_CHUNK)?;
            merged.extend(rows);
        }
        Ok(merged.into_iter().take(ROWS_CHUNK).collect())
    }

    fn visit(&mut self, index: LeafIndex) -> Result<(), ReadError> {
        let entry = self.reader.decoded(&self.tree, index)?;
        // The row of one of them led here, if only by 16 bytes of a hash.
        let may_lead = |subject| is_of_subject(&entry, subject, index).is_ok();
        require(self.leads.subjects().any(may_lead), index)?;
        if !self.leads.subjects().any(|subject| carries(&entry, subject)) {
            return Ok(());
        }
        let mut jobs = Vec::new();
        if self.leads.is_lead(&entry) {
            jobs = job_hashes(&entry);
            if jobs.is_empty() && carries(&entry, &self.leads.token) {
                self.page.jobless.push(index);
            }
        }
        if entry.kind == Kind::ReceiptGateway {
            jobs.extend(self.jobs_of_contexts(&entry)?);
        }
        for job in jobs {
            if self.seen.insert(job) && !self.is_earlier(job, index)? {
                let last = self.as_of.last_index().unwrap_or(index);
                // A job of which only erased entries are left has no name any more.
                let name = self.reader.clear_job_id(&self.tree, job, last)?;
                self.page.jobs.extend(name);
            }
        }
        Ok(())
    }

    /// The jobs that contexts on a receipt name without naming a token. One that names this token is a lead of
    /// its own.
    fn jobs_of_contexts(&self, receipt: &Entry) -> Result<Vec<SubjectHash>, ReadError> {
        let mut jobs = Vec::new();
        for index in self.reader.by_evidence(&receipt.evidence_digest)? {
            if !self.as_of.contains(index) {
                break;
            }
            let entry = self.reader.decoded(&self.tree, index)?;
            if entry.kind == Kind::Context && !names(&entry, Field::Token) {
                jobs.extend(job_hashes(&entry));
            }
        }
        Ok(jobs)
    }

    /// Whether an entry before this one led to the job. Where that takes too long to find out, the job is
    /// met again rather than lost.
    fn is_earlier(&mut self, job: SubjectHash, index: LeafIndex) -> Result<bool, ReadError> {
        let before = TreeSize::new(index.value());
        let job = Subject {
            field: Field::Job,
            hash: job,
        };
        let of_job = key_of(&job);
        for subject in self.leads.subjects() {
            let named = key_of(subject);
            let mut from = LeafIndex::new(0);
            while let Some(met) =
                next_common(self.reader, (&named, &of_job), (from, before), &mut self.steps)?
            {
                let entry = self.reader.decoded(&self.tree, met)?;
                if carries(&entry, &job) && self.leads.is_lead(&entry) {
                    return Ok(true);
                }
                let Some(next) = met.next() else { break };
                from = next;
            }
        }
        Ok(false)
    }
}

fn names(entry: &Entry, field: Field) -> bool {
    subjects_of(entry, field).next().is_some()
}
