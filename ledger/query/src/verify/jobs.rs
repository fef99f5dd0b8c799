//! The jobs that an entry of this log belongs to, with the newest verdict on each, and what the entry has to do with it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use verifier::assess::Blame;
use verifier::check::Status;
use verifier::digest::TokenHash;
use verifier::index::LeafIndex;
use verifier::subject::Field;

use super::job_candidates::JobCandidates;
use crate::QueryEngine;
use crate::verdict::{CollectError, JudgedJob};
use ledger::error::ReadError;
use ledger::reader::EntryRecord;

/// Things of one request whose jobs are looked for …
const THINGS_MAX: usize = 16;
/// … and jobs that are judged for all of them together.
const ASSESSMENTS_MAX: usize = 4;
/// Contexts on one document that are asked for their job.
const CONTEXTS_ASKED_MAX: usize = 64;
/// Runs or tokens of one document that are followed.
const FOLLOWED_MAX: usize = 4;
/// Jobs of one token.
const JOBS_OF_TOKEN_MAX: usize = 8;

/// A job that an entry belongs to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EntryJob {
    /// Id of the job.
    pub job_id: String,
    /// The verdict on it as of the published size.
    pub verdict: Status,
    /// The code of that verdict.
    pub code: &'static str,
    /// The sentence of that verdict.
    pub message: String,
    /// What the entry has to do with a check that fails.
    pub blame: Option<Blame>,
}

/// The jobs of an entry.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EntryJobs {
    /// Each once.
    pub jobs: Vec<EntryJob>,
    /// Whether there may be more, or one that is too large to be judged here.
    pub more: bool,
}

/// What one request may still ask about jobs. Each may hold a job's whole evidence.
#[derive(Debug)]
pub struct JobsDesk {
    things_left: usize,
    assessments_left: usize,
    judged: HashMap<String, Option<Arc<JudgedJob>>>,
}

impl Default for JobsDesk {
    fn default() -> Self {
        Self {
            things_left: THINGS_MAX,
            assessments_left: ASSESSMENTS_MAX,
            judged: HashMap::new(),
        }
    }
}

impl JobsDesk {
    /// The jobs of the document at an entry; `None` where so many things were looked at that this one is not.
    ///
    /// # Errors
    /// A failed read.
    pub fn of(&mut self, reader: &QueryEngine, index: LeafIndex) -> Result<Option<EntryJobs>, ReadError> {
        let Some(left) = self.things_left.checked_sub(1) else {
            return Ok(None);
        };
        self.things_left = left;
        let Some(record) = reader.entry(index)? else {
            return Ok(None);
        };
        let leads = leads(reader, &record)?;
        let mut found = EntryJobs {
            jobs: Vec::new(),
            more: leads.more,
        };
        for job_id in leads.jobs {
            let Some(job) = self.judge(reader, &job_id, &mut found.more)? else {
                continue;
            };
            let examined = job.examined();
            let blame = examined.blames().get(&index).copied();
            if examined.linked.contains_key(&index) || blame.is_some() {
                found.jobs.push(EntryJob {
                    job_id,
                    verdict: examined.assessment.verdict,
                    code: examined.assessment.code,
                    message: examined.assessment.message.clone(),
                    blame,
                });
            }
        }
        Ok(Some(found))
    }

    fn judge(
        &mut self,
        reader: &QueryEngine,
        job_id: &str,
        more: &mut bool,
    ) -> Result<Option<Arc<JudgedJob>>, ReadError> {
        if let Some(judged) = self.judged.get(job_id) {
            *more |= judged.is_none();
            return Ok(judged.clone());
        }
        let Some(left) = self.assessments_left.checked_sub(1) else {
            *more = true;
            return Ok(None);
        };
        self.assessments_left = left;
        let judged = match reader.judged(job_id, reader.published().head.tree.size) {
            Ok(judged) => judged,
            Err(CollectError::Closure(_)) => None,
            Err(CollectError::Read(error)) => return Err(error),
        };
        *more |= judged.is_none();
        self.judged.insert(job_id.to_owned(), judged.clone());
        Ok(judged)
    }
}

/// What the document names itself, what was said about it, then its tokens and runs.
fn leads(reader: &QueryEngine, record: &EntryRecord) -> Result<JobCandidates, ReadError> {
    let size = reader.published().head.tree.size;
    let named = |record: &EntryRecord| reader.clear_jobs(record);
    let mut leads = JobCandidates::default();
    leads.add(named(record)?);
    let mut about = reader.by_evidence(&record.entry.evidence_digest)?;
    leads.more |= about.len() > CONTEXTS_ASKED_MAX;
    about.truncate(CONTEXTS_ASKED_MAX);
    leads.of_entries(reader, &about, named)?;
    let verified = reader.evidence(record)?;
    let values = |field: Field| -> Vec<&str> {
        let subjects = verified.iter().flat_map(|verified| verified.evidence.subjects());
        let of_field = subjects.filter(|subject| subject.field == field);
        of_field.map(|subject| subject.value.as_str()).collect()
    };
    let (tokens, runs) = (values(Field::Token), values(Field::Run));
    leads.more |= tokens.len() > FOLLOWED_MAX || runs.len() > FOLLOWED_MAX;
    for token in tokens
        .iter()
        .take(FOLLOWED_MAX)
        .filter_map(|hash| TokenHash::parse_hex(hash))
    {
        let page = reader.token_jobs(token, &BTreeSet::new(), None, size, JOBS_OF_TOKEN_MAX)?;
        leads.more |= page.next.is_some();
        leads.add(page.jobs);
    }
    let runs: Vec<&str> = runs.into_iter().take(FOLLOWED_MAX).collect();
    leads.of_runs(reader, &runs, size, named)?;
    Ok(leads)
}
