//! Follows the published head, one window of entries after another.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use verifier::entry::Entry;
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;
use verifier::subject::{Field, SubjectHash};

use super::keys::Citation;
use super::record::{Alarm, AlarmSource, JobOutcome, JobRecord, LIST_MAX, RecordSummary};
use super::table::ProjectionHeader;
use super::touched::TouchedJobs;
use super::{ProjectionInner, summary};
use crate::verdict::CollectError;
use ledger::erasure::ErasureStatus;
use ledger::error::ReadError;
use ledger::reader::{Reader, WeakReader};
use ledger::rows::{RowKey, Space};
use ledger::shared::EntryPosition;
use ledger::shared::PublishedHead;
use ledger::store::StoreError;

/// Entries of one window: they and what they carry are held in memory.
const WINDOW_ENTRIES: usize = 1_024;
/// Citing jobs read at once.
const CITERS_CHUNK: usize = 256;
/// Heads that come within this time are followed together.
const DEBOUNCE: Duration = Duration::from_millis(50);
/// After an error that is not damage.
const RETRY: Duration = Duration::from_secs(2);
/// Longest pause between two assessments while the log grows.
const PAUSE_MAX: Duration = Duration::from_secs(2);
/// A pause ends this soon after somebody stops the projection.
const PAUSE_STEP: Duration = Duration::from_millis(50);
/// An assessment that takes this long is of a long job, which most likely grows again.
const LONG_ASSESSMENT: Duration = Duration::from_millis(50);

/// Why a window was not followed to its end.
#[derive(Debug, thiserror::Error)]
enum FollowError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("an assessment is not of the form that this version keeps: {0}")]
    Form(#[from] serde_json::Error),
}

/// How a window ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum WindowEnd {
    /// It was followed to its end.
    Followed,
    /// There is nothing to follow.
    Idle,
    /// What comes next is an erasure that is not carried out yet.
    Waiting,
    /// Somebody stopped the projection.
    Stopped,
}

/// Runs until the log closes or [`super::Projection::stop`]. Holds no reader while it waits.
pub(super) async fn follow(
    log: WeakReader,
    mut head: watch::Receiver<PublishedHead>,
    inner: Arc<ProjectionInner>,
) {
    let mut stopping = inner.stop.subscribe();
    loop {
        head.mark_unchanged();
        stopping.mark_unchanged();
        if *inner.stop.borrow() {
            break;
        }
        let Some(reader) = log.upgrade() else { break };
        let worker = Arc::clone(&inner);
        let ended = tokio::task::spawn_blocking(move || worker.step(&reader)).await;
        let pause = match ended {
            Ok(Ok(WindowEnd::Followed)) => continue,
            Ok(Ok(WindowEnd::Stopped)) => break,
            Ok(Ok(WindowEnd::Waiting)) => DEBOUNCE,
            Ok(Ok(WindowEnd::Idle)) => {
                tokio::select! {
                    changed = head.changed() => if changed.is_err() { break },
                    _ = stopping.changed() => {}
                }
                DEBOUNCE
            }
            Ok(Err(error)) => {
                tracing::error!(%error, "the projection waits; the log itself is not affected");
                RETRY
            }
            Err(error) => {
                tracing::error!(%error, "an assessment of the projection broke off");
                RETRY
            }
        };
        // A stop ends the pause at once; so does the end of the log, at the next turn.
        let _ = tokio::time::timeout(pause, stopping.wait_for(|stop| *stop)).await;
    }
    let last = Arc::clone(&inner);
    let kept = tokio::task::spawn_blocking(move || last.table.store().persist()).await;
    if let Ok(Err(error)) = kept {
        tracing::warn!(%error, "the projection was not kept; it is made again");
    }
    inner.ended.send_replace(true);
}

impl ProjectionInner {
    /// One window, or a new beginning where what is stored cannot be used.
    fn step(&self, reader: &Reader) -> Result<WindowEnd, FollowError> {
        if self.damaged.swap(false, Ordering::AcqRel) {
            self.begin_anew(reader, "a read met damage")?;
        }
        match self.window(reader) {
            Err(FollowError::Store(error @ StoreError::Damaged { .. })) => {
                self.begin_anew(reader, &error.to_string())?;
                Ok(WindowEnd::Followed)
            }
            other => other,
        }
    }

    fn begin_anew(&self, reader: &Reader, reason: &str) -> Result<(), FollowError> {
        tracing::warn!(reason, "the projection is wiped and made again from the log");
        self.rebuilt.fetch_add(1, Ordering::Relaxed);
        self.projected_to.send_replace(TreeSize::new(0));
        self.table.store().wipe()?;
        self.put_header(reader, TreeSize::new(0))
    }

    fn put_header(&self, reader: &Reader, size: TreeSize) -> Result<(), FollowError> {
        let header = ProjectionHeader::new(reader.origin(), size, &reader.root_at(size)?);
        self.table.put_header(&header)?;
        self.projected_to.send_replace(size);
        Ok(())
    }

    /// Where to go on. Stored data of another log, form or release, or of a log that was longer, is wiped.
    fn begin(&self, reader: &Reader) -> Result<TreeSize, FollowError> {
        let Some(header) = self.table.header()? else {
            // Without a header there is nothing, or what nobody vouches for. Nothing is left as it is: a process
            // that ends while the files of a database are removed leaves one that cannot be opened.
            if !self.table.is_empty()? {
                self.table.store().wipe()?;
            }
            self.put_header(reader, TreeSize::new(0))?;
            return Ok(TreeSize::new(0));
        };
        let size = header.projected_to;
        if *self.projected_to.borrow() == size && size > TreeSize::new(0) {
            return Ok(size);
        }
        let ours = size <= reader.published().head.tree.size
            && header == ProjectionHeader::new(reader.origin(), size, &reader.root_at(size)?);
        if !ours {
            self.begin_anew(reader, "it is of another log or release")?;
            return Ok(TreeSize::new(0));
        }
        self.projected_to.send_replace(size);
        Ok(size)
    }

    fn window(&self, reader: &Reader) -> Result<WindowEnd, FollowError> {
        let from = self.begin(reader)?;
        if from >= reader.published().head.tree.size {
            return Ok(WindowEnd::Idle);
        }
        let mut entries = reader.bare_entries(from.next_index(), WINDOW_ENTRIES)?;
        // An order is followed once it is carried out: an assessment before that would keep what is to go.
        if let Some(pending) = first_pending(reader, &entries)? {
            entries.truncate(pending);
            if entries.is_empty() {
                return Ok(WindowEnd::Waiting);
            }
        }
        let Some(end) = entries.last().and_then(|(index, _)| index.size_with()) else {
            return Ok(WindowEnd::Idle);
        };
        // At least as large as the end of the window: each job of it is assessed once.
        let size = reader.published().head.tree.size;
        let shapes = self.table.shapes()?;
        let mut touched = TouchedJobs::default();
        for (index, entry) in &entries {
            touched.add(entry, *index, &shapes);
            if let Some(alarm) = alarm(reader, *index, entry)? {
                self.table.put_alarm(&alarm)?;
            }
        }
        for job in &touched.erased_jobs.clone() {
            for (at, entry) in reader.entries_of_job(job, size)? {
                let at = end.last_index().unwrap_or(at);
                touched.add(&entry, at, &shapes);
            }
        }
        let pass = WindowPass {
            inner: self,
            reader,
            size,
            erasure: touched.erasure,
        };
        if pass.run(&touched)? == WindowEnd::Stopped {
            return Ok(WindowEnd::Stopped);
        }
        if touched.erasure {
            self.table.store().purge()?;
        }
        self.put_header(reader, end)?;
        Ok(WindowEnd::Followed)
    }
}

/// The position in the window of the first erasure order that is not carried out yet.
fn first_pending(reader: &Reader, entries: &[(LeafIndex, Entry)]) -> Result<Option<usize>, ReadError> {
    for (position, (index, entry)) in entries.iter().enumerate() {
        if entry.kind == Kind::ErasureOrdered && reader.erasure_status(*index)? == ErasureStatus::Pending {
            return Ok(Some(position));
        }
    }
    Ok(None)
}

/// The assessments of one window, all as of one size.
struct WindowPass<'a> {
    inner: &'a ProjectionInner,
    reader: &'a Reader,
    size: TreeSize,
    erasure: bool,
}

impl WindowPass<'_> {
    /// Assesses what is touched and was not assessed since; a job that is reached twice is assessed once.
    fn run(&self, touched: &TouchedJobs) -> Result<WindowEnd, FollowError> {
        for (job, at) in &touched.jobs {
            if self.bring(job, *at)? == WindowEnd::Stopped {
                return Ok(WindowEnd::Stopped);
            }
        }
        for (citation, at) in &touched.cited {
            if self.bring_citers(citation, *at)? == WindowEnd::Stopped {
                return Ok(WindowEnd::Stopped);
            }
        }
        Ok(WindowEnd::Followed)
    }

    fn bring_citers(&self, citation: &Citation, at: LeafIndex) -> Result<WindowEnd, FollowError> {
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
                (unjudged(job_id, span, self.size, &error), cites)
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

/// The record of a job whose closure could not be collected: no verdict is shown rather than an old one.
fn unjudged(
    job_id: &str,
    span: (EntryPosition, EntryPosition),
    size: TreeSize,
    error: &CollectError,
) -> JobRecord {
    let (code, message) = match error {
        CollectError::Closure(_) => (
            "CLOSURE_TOO_LARGE",
            "the job has more evidence than is assessed here",
        ),
        CollectError::Read(_) => ("UNREADABLE", "the log could not be read"),
    };
    JobRecord {
        job_id: job_id.to_owned(),
        first: span.0,
        last: span.1,
        assessed_at: size,
        outcome: JobOutcome {
            verdict: None,
            check: None,
            code: code.to_owned(),
            message: message.to_owned(),
        },
        ended: false,
        summary: RecordSummary::default(),
        alarms: Vec::new(),
    }
}

/// What an entry raises by itself, whether or not a job can be found for it.
fn alarm(reader: &Reader, index: LeafIndex, entry: &Entry) -> Result<Option<Alarm>, FollowError> {
    let earlier = reader.contradicted_by(index, entry)?;
    let (code, message) = if entry.kind == Kind::Refused {
        let reason = entry.refused.as_deref().unwrap_or_default();
        let message = format!("a document of a registered signer was refused: {reason}");
        ("EVIDENCE_REFUSED", message)
    } else if earlier.is_empty() {
        return Ok(None);
    } else {
        let message = "one signer or gateway made statements that contradict each other".to_owned();
        ("CONFLICTING_STATEMENTS", message)
    };
    let job = entry
        .subjects
        .iter()
        .chain(entry.context_subjects.iter().flatten())
        .find(|subject| subject.field == Field::Job);
    let size = index.size_with().unwrap_or_default();
    let job_id = match job {
        Some(subject) => reader.job_id(subject.hash, size)?,
        None => None,
    };
    let mut entries = earlier;
    entries.truncate(LIST_MAX);
    entries.push(index);
    Ok(Some(Alarm {
        source: AlarmSource::Log,
        code: code.to_owned(),
        job_id,
        message,
        entries,
        raised: EntryPosition {
            index,
            logged_at: entry.logged_at,
        },
        offence_at: None,
    }))
}
