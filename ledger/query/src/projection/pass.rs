//! The assessments of one window of entries.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use verifier::index::{LeafIndex, TreeSize};
use verifier::subject::{Field, SubjectHash};

use super::keys::Citation;
use super::record::JobRecord;
use super::spread::spread;
use super::touched::{TouchedJobs, latest};
use super::worker::{FollowError, WindowEnd};
use super::{ProjectionInner, summary};
use crate::verdict::{CollectError, job_span};
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
    inner: &'a ProjectionInner,
    reader: &'a Reader,
    size: TreeSize,
    erasure: bool,
    /// Jobs that were looked at, and as of which size each is assessed.
    met: Mutex<HashMap<SubjectHash, TreeSize>>,
}

/// Jobs, each with the last entry that touches it.
type DueJobs = BTreeMap<SubjectHash, LeafIndex>;

impl<'a> WindowPass<'a> {
    pub(super) fn new(inner: &'a ProjectionInner, reader: &'a Reader, size: TreeSize, erasure: bool) -> Self {
        Self {
            inner,
            reader,
            size,
            erasure,
            met: Mutex::default(),
        }
    }

    /// Assesses what is touched and was not assessed since; a job that is reached twice is assessed once.
    pub(super) fn run(&self, touched: &TouchedJobs) -> Result<WindowEnd, FollowError> {
        if self.bring_all(&touched.jobs)? == WindowEnd::Stopped {
            return Ok(WindowEnd::Stopped);
        }
        let (citing, many) = self.citing_jobs(touched)?;
        if self.bring_all(&citing)? == WindowEnd::Stopped {
            return Ok(WindowEnd::Stopped);
        }
        for (citation, last) in &many {
            let at = touched.cited.get(citation).copied().unwrap_or_default();
            if self.bring_citing_after(citation, *last, at)? == WindowEnd::Stopped {
                return Ok(WindowEnd::Stopped);
            }
        }
        Ok(WindowEnd::Followed)
    }

    /// The jobs that cite what is touched, each with the last entry that touches it: of each citation the first ones, and which citations
    /// have more of them, behind which job.
    fn citing_jobs(
        &self,
        touched: &TouchedJobs,
    ) -> Result<(DueJobs, Vec<(Citation, SubjectHash)>), FollowError> {
        let found = Mutex::new((DueJobs::new(), Vec::new()));
        let cited: Vec<(&Citation, &LeafIndex)> = touched.cited.iter().collect();
        self.spread(&cited, |(citation, at)| {
            let jobs = self.inner.table.citers(citation, &[], CITERS_CHUNK)?;
            let due: Vec<&SubjectHash> = jobs.iter().filter(|job| !self.is_met(job, **at)).collect();
            let last = jobs.last().filter(|_| jobs.len() == CITERS_CHUNK);
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            let (all, many) = &mut *found;
            for job in due {
                latest(all.entry(*job).or_insert(**at), **at);
            }
            many.extend(last.map(|last| (**citation, *last)));
            Ok(WindowEnd::Followed)
        })?;
        Ok(found.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// Assesses the jobs that cite something, from the one behind a job on.
    fn bring_citing_after(
        &self,
        citation: &Citation,
        mut last: SubjectHash,
        at: LeafIndex,
    ) -> Result<WindowEnd, FollowError> {
        loop {
            // The least key after that job's.
            let from = [last.as_bytes().as_slice(), &[0]].concat();
            let jobs = self.inner.table.citers(citation, &from, CITERS_CHUNK)?;
            let due: DueJobs = jobs.iter().map(|job| (*job, at)).collect();
            if self.bring_all(&due)? == WindowEnd::Stopped {
                return Ok(WindowEnd::Stopped);
            }
            match jobs.last() {
                Some(next) if jobs.len() == CITERS_CHUNK => last = *next,
                _ => return Ok(WindowEnd::Followed),
            }
        }
    }

    /// Assesses jobs, each unless that was done since the last entry that touches it.
    fn bring_all(&self, jobs: &DueJobs) -> Result<WindowEnd, FollowError> {
        let jobs: Vec<(&SubjectHash, &LeafIndex)> = jobs.iter().collect();
        self.spread(&jobs, |(job, at)| {
            if self.is_met(job, **at) {
                return Ok(WindowEnd::Followed);
            }
            self.bring(job, **at)
        })
    }

    /// Works on a list, on all processors while the log is at rest: what comes in needs them more.
    pub(super) fn spread<T: Sync>(
        &self,
        items: &[T],
        work: impl Fn(&T) -> Result<WindowEnd, FollowError> + Sync,
    ) -> Result<WindowEnd, FollowError> {
        let is_growing = || self.reader.published().head.tree.size > self.size;
        spread(items, is_growing, work)
    }

    /// Whether this pass found, or made, a verdict on a job that an entry is part of. Most jobs are met again and again: by each of their
    /// entries, and by what they cite.
    fn is_met(&self, job: &SubjectHash, at: LeafIndex) -> bool {
        let met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        met.get(job).is_some_and(|size| size.contains(at))
    }

    fn meet(&self, job: &SubjectHash, assessed_at: TreeSize) {
        let mut met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        met.insert(*job, assessed_at);
    }

    /// Assesses a job unless that was done since entry `at`.
    fn bring(&self, job: &SubjectHash, at: LeafIndex) -> Result<WindowEnd, FollowError> {
        if *self.inner.stop.borrow() {
            return Ok(WindowEnd::Stopped);
        }
        let old = self.inner.table.job(job)?;
        if let Some(old) = old.as_ref().filter(|old| old.assessed_at.contains(at)) {
            self.meet(job, old.assessed_at);
            return Ok(WindowEnd::Followed);
        }
        let start = Instant::now();
        let known = old.as_ref().filter(|_| !self.erasure);
        let job_id = match known {
            Some(old) => Some(old.job_id.clone()),
            None => self.inner.judged.job_id(self.reader, *job, self.size)?,
        };
        match (job_id, &old) {
            (Some(job_id), _) => self.assess(job, &job_id, old.as_ref())?,
            // Erased with the context that told it.
            (None, Some(old)) => self.inner.table.remove_job(job, old)?,
            // A refused document leaves the hash alone.
            (None, None) => {}
        }
        self.meet(job, self.size);
        self.pause(start.elapsed());
        Ok(WindowEnd::Followed)
    }

    fn assess(&self, job: &SubjectHash, job_id: &str, old: Option<&JobRecord>) -> Result<(), FollowError> {
        let (record, cites) = match self.inner.judged.judged(self.reader, job_id, self.size) {
            Ok(None) => return Ok(()),
            Ok(Some(job)) => {
                let closure = job.closure();
                let Some(span) = job_span(closure) else {
                    return Ok(());
                };
                let queries = closure.answers.iter().map(|answer| &answer.query);
                let cites: BTreeSet<Citation> = queries
                    .flat_map(|query| Citation::of_query(query, &closure.salt))
                    .collect();
                (summary::of(closure, job.examined(), span), cites)
            }
            Err(CollectError::Read(error @ ReadError::Storage(_))) => return Err(error.into()),
            Err(error) => {
                let Some(span) = self.reader.job_span(job_id, self.size)? else {
                    return Ok(());
                };
                tracing::error!(%error, "a job could not be assessed");
                self.inner.failed.fetch_add(1, Ordering::Relaxed);
                let key = RowKey::new(Space::Subject(Field::Job), *job.as_bytes());
                let cites = BTreeSet::from([Citation::new(&key, None)]);
                (summary::unjudged(job_id, span, self.size, &error), cites)
            }
        };
        self.inner.table.put_job(job, (old, &record), &cites)?;
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
