//! The list of jobs: all, or those that a filter wants, with the newest verdict that is known of each.
//!
//! Without a filter the list is the log's own, and a job without a verdict yet stands in it too. With one it is
//! the projection's, as of a size that it has come to.

use std::collections::BTreeSet;

use ledger::reader::{JobSummary, LookupPage};
use serde::Serialize;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};

use crate::QueryEngine;
use crate::projection::{JobFilter, JobRecord, JobState, ProjectionError, RecordSummary, Verdict};

/// A job of the list.
#[derive(Clone, PartialEq, Debug)]
pub struct ListedJob {
    /// The job and its last entry.
    pub summary: JobSummary,
    /// What is known of it; `None` until it was assessed.
    pub record: Option<JobRecord>,
}

/// A job of the list as programs read it.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ExportedJob {
    /// The id, as submitted.
    pub job_id: String,
    /// Its last entry below the size of the list; below `assessed_at` in a list with a filter.
    pub last_index: LeafIndex,
    /// When that was logged.
    pub last_logged_at: TimestampMs,
    /// `None` until the job was assessed.
    #[serde(flatten)]
    pub judged: Option<ExportedVerdict>,
}

/// The newest verdict that is known, and the size that it speaks of.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ExportedVerdict {
    /// The verdict, or that the job still runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<JobState>,
    /// `None` where the job could not be assessed, for the reason that `code` gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// The check that decides, where one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
    /// What that found, in a few words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<&'static str>,
    /// Stable code of the verdict, or of the reason why there is none.
    pub code: String,
    /// One sentence.
    pub message: String,
    /// The tree size of the assessment.
    pub assessed_at: TreeSize,
    /// When the job's first entry was logged.
    pub first_logged_at: TimestampMs,
    /// Codes of the job's alarms.
    pub alarms: BTreeSet<String>,
    /// What the job's evidence names.
    pub summary: RecordSummary,
}

impl QueryEngine {
    /// The size that a list of jobs is as of which names none: the published one, or, with a filter, the one that the
    /// projection has come to.
    ///
    /// # Errors
    /// [`ProjectionError::NotKept`] where there is a filter and this engine keeps no verdicts.
    pub fn newest_job_list(&self, filter: &JobFilter) -> Result<TreeSize, ProjectionError> {
        if filter.is_empty() {
            return Ok(self.published().head.tree.size);
        }
        Ok(self.kept_projection()?.projected_to())
    }

    /// Jobs that a filter wants, by newest activity below `as_of`; `from` is the cursor.
    ///
    /// # Errors
    /// [`ProjectionError::NotKept`] where there is a filter and this engine keeps no verdicts; otherwise as
    /// [`Projection::jobs`](crate::projection::Projection::jobs).
    pub fn job_list(
        &self,
        filter: &JobFilter,
        (from, as_of): (Option<LeafIndex>, TreeSize),
        limit: usize,
    ) -> Result<LookupPage<ListedJob>, ProjectionError> {
        if filter.is_empty() {
            return self.all_jobs((from, as_of), limit);
        }
        let page = self.kept_projection()?.jobs(self, filter, from, as_of, limit)?;
        Ok(LookupPage {
            items: page.items.into_iter().map(ListedJob::from).collect(),
            next: page.next,
            as_of: page.as_of,
        })
    }

    /// What is known of a job. `None` while verdicts are made again: what the log itself answers is whole meanwhile.
    ///
    /// # Errors
    /// As [`projected_job`](Self::projected_job), except where the projection cannot be read.
    pub fn known_job(&self, job_id: &str) -> Result<Option<JobRecord>, ProjectionError> {
        match self.projected_job(job_id) {
            Err(ProjectionError::Unavailable(_)) => Ok(None),
            other => other,
        }
    }

    fn all_jobs(
        &self,
        (from, as_of): (Option<LeafIndex>, TreeSize),
        limit: usize,
    ) -> Result<LookupPage<ListedJob>, ProjectionError> {
        let page = self.jobs(from, as_of, limit)?;
        let mut items = Vec::with_capacity(page.items.len());
        for summary in page.items {
            let record = self.known_job(&summary.job_id)?;
            items.push(ListedJob { summary, record });
        }
        Ok(LookupPage {
            items,
            next: page.next,
            as_of: page.as_of,
        })
    }
}

impl From<JobRecord> for ListedJob {
    fn from(record: JobRecord) -> Self {
        Self {
            summary: JobSummary {
                job_id: record.job_id.clone(),
                last_index: record.last.index,
                last_logged_at: record.last.logged_at,
            },
            record: Some(record),
        }
    }
}

impl From<ListedJob> for ExportedJob {
    fn from(job: ListedJob) -> Self {
        Self {
            job_id: job.summary.job_id,
            last_index: job.summary.last_index,
            last_logged_at: job.summary.last_logged_at,
            judged: job.record.map(ExportedVerdict::from),
        }
    }
}

impl From<JobRecord> for ExportedVerdict {
    fn from(record: JobRecord) -> Self {
        Self {
            state: record.state(),
            verdict: record.outcome.verdict,
            title: record.outcome.title(),
            check: record.outcome.check,
            code: record.outcome.code,
            message: record.outcome.message,
            assessed_at: record.assessed_at,
            first_logged_at: record.first.logged_at,
            alarms: record.alarms.into_iter().map(|alarm| alarm.code).collect(),
            summary: record.summary,
        }
    }
}
