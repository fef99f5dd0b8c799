//! Follows the published head, one window of entries after another.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::watch;
use verifier::entry::Entry;
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;

use super::pass::WindowPass;
use super::table::ProjectionHeader;
use super::thread::WindowThread;
use super::touched::TouchedJobs;
use super::{ProjectionInner, summary};
use ledger::erasure::ErasureStatus;
use ledger::error::ReadError;
use ledger::reader::{Reader, WeakReader};
use ledger::shared::PublishedHead;
use ledger::store::StoreError;

/// Entries of one window: they and what they carry are held in memory.
const WINDOW_ENTRIES: usize = 1_024;
/// Heads that come within this time are followed together.
const DEBOUNCE: Duration = Duration::from_millis(50);
/// After an error that is not damage.
const RETRY: Duration = Duration::from_secs(2);

/// Why a window was not followed to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum FollowError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("an assessment is not of the form that this version keeps: {0}")]
    Form(#[from] serde_json::Error),
}

/// How a window ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum WindowEnd {
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
    let thread = match WindowThread::spawn(Arc::clone(&inner)) {
        Ok(thread) => thread,
        Err(error) => {
            tracing::error!(%error, "there is no thread for the projection; it does not follow the log");
            inner.ended.send_replace(true);
            return;
        }
    };
    loop {
        head.mark_unchanged();
        stopping.mark_unchanged();
        if *inner.stop.borrow() {
            break;
        }
        let Some(reader) = log.upgrade() else { break };
        let pause = match thread.step(reader).await {
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
                tracing::error!(%error, "the projection waits; the log itself is not affected");
                RETRY
            }
        };
        // A stop ends the pause at once; so does the end of the log, at the next turn.
        let _ = tokio::time::timeout(pause, stopping.wait_for(|stop| *stop)).await;
    }
    let last = Arc::clone(&inner);
    let end = move || {
        // Waits until it holds nothing any more: who is told of the end may open the directory again.
        drop(thread);
        last.table.store().persist()
    };
    let kept = tokio::task::spawn_blocking(end).await;
    if let Ok(Err(error)) = kept {
        tracing::warn!(%error, "the projection was not kept; it is made again");
    }
    inner.ended.send_replace(true);
}

impl ProjectionInner {
    /// One window, or a new beginning where what is stored cannot be used.
    pub(super) fn step(&self, reader: &Reader) -> Result<WindowEnd, FollowError> {
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
        }
        for job in &touched.erased_jobs.clone() {
            for (at, entry) in reader.entries_of_job(job, size)? {
                let at = end.last_index().unwrap_or(at);
                touched.add(&entry, at, &shapes);
            }
        }
        let pass = WindowPass::new(self, reader, size, touched.erasure);
        let with_known_names = reader.with_known_names(&entries)?;
        pass.spread(&entries, |(index, entry)| {
            let may_contradict = with_known_names.contains(index);
            if let Some(alarm) = summary::alarm(reader, (*index, entry), may_contradict)? {
                self.table.put_alarm(&alarm)?;
            }
            Ok(WindowEnd::Followed)
        })?;
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
