//! The assessments of one window of entries.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use verifier::index::{LeafIndex, TreeSize};
use verifier::subject::{Field, SubjectHash};

use super::keys::Citation;
use super::touched::TouchedJobs;
use super::worker::{FollowError, WindowEnd};
use super::{ProjectionInner, summary};
use crate::verdict::CollectError;
use ledger::error::ReadError;
use ledger::reader::Reader;
use ledger::rows::{RowKey, Space};

/// Citing jobs read at once.
const CITERS_CHUNK: usize = 256;
/// Longest pause between two assessments while the log grows.
const PAUSE_MAX: Duration = Duration::from_secs(2);
/// A pause ends this soon after somebody stops the projection.
const PAUSE_STEP: Duration = Duration::from_millis(50);
/// An assessment that takes this long is of a long job, which most likely grows again.
const LONG_ASSESSMENT: Duration = Duration::from_millis(50);

/// The assessments of one window, all as of one size.
pub(super) struct WindowPass<'a> {
    pub(super) inner: &'a ProjectionInner,
    pub(super) reader: &'a Reader,
    pub(super) size: TreeSize,
    pub(super) erasure: bool,
}

impl WindowPass<'_> {
    /// Assesses what is touched and was not assessed since; a job that is reached twice is assessed once.
    pub(super) fn run(&self, touched: &TouchedJobs) -> Result<WindowEnd, FollowError> {
        for (job, at) in &touched.jobs {
            if self.bring(job, *at)? == WindowEnd::Stopped {
                return Ok(WindowEnd::Stopped);
            }
        }
        for (citation, at) in &touched.cited {
            if self.assess_citing_jobs(citation, *at)? == WindowEnd::Stopped {
                return Ok(WindowEnd::Stopped);
            }
        }
        Ok(WindowEnd::Followed)
    }

    fn assess_citing_jobs(&self, citation: &Citation, at: LeafIndex) -> Result<WindowEnd, FollowError> {
        let mut from = Vec::new();
        loop {
            let jobs = self.inner.table.citers(citation, &from, CITERS_CHUNK)?;
            for job in &jobs {
                if self.bring(job, at)? == WindowEnd::Stopped {
                    return Ok(WindowEnd::Stopped);
                }
            }
            match jobs.last() {
                // The least key after that job's.
                Some(last) if jobs.len() == CITERS_CHUNK => {
                    from = [last.as_bytes().as_slice(), &[0]].concat();
                }
                _ => return Ok(WindowEnd::Followed),
            }
        }
    }

    /// Assesses a job unless that was done since entry `at`.
    fn bring(&self, job: &SubjectHash, at: LeafIndex) -> Result<WindowEnd, FollowError> {
        if *self.inner.stop.borrow() {
            return Ok(WindowEnd::Stopped);
        }
        let old = self.inner.table.job(job)?;
        if old.as_ref().is_some_and(|old| old.assessed_at.contains(at)) {
            return Ok(WindowEnd::Followed);
        }
        let start = Instant::now();
        let known = old.as_ref().filter(|_| !self.erasure);
        let job_id = match known {
            Some(old) => Some(old.job_id.clone()),
            None => self.reader.job_id(*job, self.size)?,
        };
        match (job_id, &old) {
            (Some(job_id), _) => self.assess(job, &job_id)?,
            // Erased with the context that told it.
            (None, Some(old)) => self.inner.table.remove_job(job, old)?,
            // A refused document leaves the hash alone.
            (None, None) => {}
        }
        self.pause(start.elapsed());
        Ok(WindowEnd::Followed)
    }

    fn assess(&self, job: &SubjectHash, job_id: &str) -> Result<(), FollowError> {
        let Some(span) = self.reader.job_span(job_id, self.size)? else {
            return Ok(());
        };
        let (record, cites) = match self.inner.judged.judged(self.reader, job_id, self.size) {
            Ok(None) => return Ok(()),
            Ok(Some(job)) => {
                let closure = job.closure();
                let queries = closure.answers.iter().map(|answer| &answer.query);
                let cites: BTreeSet<Citation> = queries
                    .flat_map(|query| Citation::of_query(query, &closure.salt))
                    .collect();
                (summary::of(closure, job.examined(), span), cites)
            }
            Err(CollectError::Read(error @ ReadError::Storage(_))) => return Err(error.into()),
            Err(error) => {
                tracing::error!(%error, "a job could not be assessed");
                self.inner.failed.fetch_add(1, Ordering::Relaxed);
                let key = RowKey::new(Space::Subject(Field::Job), *job.as_bytes());
                let cites = BTreeSet::from([Citation::new(&key, None)]);
                (summary::unjudged(job_id, span, self.size, &error), cites)
            }
        };
        self.inner.table.put_job(job, &record, &cites)?;
        self.inner.assessed.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// While the log grows, assessments take half of one processor at most, and long ones a quarter: the cost of a job whose
    /// receipts arrive one by one is bounded by the time in which they arrive, and not by their number squared.
    fn pause(&self, worked: Duration) {
        let factor = if worked < LONG_ASSESSMENT { 1 } else { 3 };
        let mut left = worked.saturating_mul(factor).min(PAUSE_MAX);
        while self.reader.published().head.tree.size > self.size && !*self.inner.stop.borrow() {
            let step = left.min(PAUSE_STEP);
            if step.is_zero() {
                break;
            }
            std::thread::sleep(step);
            left = left.saturating_sub(step);
        }
    }
}
