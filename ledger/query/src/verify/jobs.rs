//! The jobs that an entry of this log belongs to, with the newest verdict on each, and what the entry has to do with it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;
use verifier::assess::{CheckStatus, FailureAttribution, title};
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

/// The jobs that an entry belongs to.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, ToSchema)]
#[schema(as = JobsOfEntry)]
pub struct EntryJobs {
    /// Each once, with its newest verdict.
    #[serde(rename = "items")]
    pub jobs: Vec<EntryJob>,
    /// Whether there may be more: a request has at most 4 jobs judged.
    pub more: bool,
}

/// A job that an entry belongs to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[schema(as = JobOfEntry)]
pub struct EntryJob {
    /// Id of the job.
    pub job_id: String,
    /// PASS, FAIL or INCOMPLETE, as of the answer's tree or a later one.
    #[schema(value_type = String)]
    pub verdict: Status,
    /// The code of that verdict.
    pub code: &'static str,
    /// The sentence of that verdict.
    pub message: String,
    /// Where a check of the job fails over this very entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub fault: Option<EntryFault>,
}

/// What an entry has to do with a check that fails.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[schema(as = FaultOfEntry)]
pub struct EntryFault {
    /// Name of the check.
    pub check: &'static str,
    /// What a check with this code found, in a few words.
    pub title: &'static str,
    /// The code of this entry, which need not be that of the verdict.
    pub code: &'static str,
    /// Whether the entry itself is at fault, as a use after its revocation is; otherwise the fault is measured by it.
    pub at_fault: bool,
}

impl From<FailureAttribution> for EntryFault {
    fn from(blame: FailureAttribution) -> Self {
        Self {
            check: blame.check.as_str(),
            title: title(blame.check, CheckStatus::Fail, blame.code),
            code: blame.code,
            at_fault: blame.at_fault,
        }
    }
}

/// What one request may still ask about jobs. Each may hold a job's whole evidence.
#[derive(Debug)]
pub struct JobLookups {
    things_left: usize,
    assessments_left: usize,
    judged: HashMap<String, Option<Arc<JudgedJob>>>,
}

impl Default for JobLookups {
    fn default() -> Self {
        Self {
            things_left: THINGS_MAX,
            assessments_left: ASSESSMENTS_MAX,
            judged: HashMap::new(),
        }
    }
}

impl JobLookups {
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
                    fault: blame.map(EntryFault::from),
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
