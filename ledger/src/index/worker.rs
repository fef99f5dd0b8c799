//! The indexer: covers entries in time, joins runs, and drops those that nobody needs any more.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use verifier::index::TreeSize;
use verifier::runs::{RunList, RunRange};

use super::build::{ENTRIES_MAX, build};
use super::proposal::Proposer;
use super::replaced::{KEEP_REPLACED, ReplacedRuns};
use super::root::IndexRoot;
use super::stack::RunStack;
use super::start::StartedIndex;
use crate::background::{BackgroundThread, REST};
use crate::error::ReadError;
use crate::reader::Reader;
use crate::shared::LogState;

/// When a step that failed is tried again.
const RETRY: Duration = Duration::from_secs(5);
/// When a list that was not named is proposed again.
const PROPOSE_AGAIN: Duration = Duration::from_millis(200);
/// Runs that are dropped between two looks at what is more urgent: each can take the store a while, and there can be hundreds.
const DROPS_AT_ONCE: usize = 2;
/// After this time without a new entry runs are joined that the merge rule would leave, which makes proofs less than half as long.
const QUIET: Duration = Duration::from_secs(60);
/// Rows that are joined between two looks at the clock: some 20 ms.
const ROWS_AT_ONCE: usize = 1 << 16;

struct Indexer {
    shared: Arc<LogState>,
    reader: Reader,
    proposer: Proposer,
    /// How long an entry waits to be covered.
    pace: Duration,
    stack: RunStack,
    named: Option<IndexRoot>,
    /// Since when there is an entry that no index.root covers.
    uncovered_since: Option<Instant>,
    /// When the newest such entry was seen.
    busy_at: Instant,
    /// Whether all was done that a quiet log needs.
    is_settled: bool,
    replaced: ReplacedRuns,
}

/// Starts the indexing thread. It is woken where there may be new entries.
pub(crate) fn spawn(
    shared: Arc<LogState>,
    reader: Reader,
    proposer: Proposer,
    pace: Duration,
    started: StartedIndex,
) -> std::io::Result<BackgroundThread> {
    BackgroundThread::spawn("indexer", move |woken| {
        let now = Instant::now();
        let indexer = Indexer {
            stack: RunStack::new(&shared.store, TreeSize::new(0), started.runs),
            named: started.named,
            // What was uncovered at the start has waited long enough.
            uncovered_since: now.checked_sub(pace),
            busy_at: now,
            is_settled: false,
            replaced: ReplacedRuns::default(),
            shared,
            reader,
            proposer,
            pace,
        };
        indexer.run(woken);
    })
}

impl Indexer {
    fn run(mut self, woken: &Receiver<()>) {
        self.cover_at_once();
        self.proposer.started();
        loop {
            let wait = self.step().unwrap_or_else(|error| {
                tracing::error!(%error, "the index was not carried on; it is tried again");
                self.clear_up();
                RETRY
            });
            std::thread::sleep(wait.min(REST));
            if woken.recv_timeout(wait) == Err(RecvTimeoutError::Disconnected) {
                self.cover_at_once();
                return;
            }
        }
    }

    /// Covers what is uncovered while nothing else is sequenced, at the start and at the end, if one run can do that.
    fn cover_at_once(&mut self) {
        let size = self.reader.published().head.tree.size;
        if self.is_over(size) || !self.has_uncovered(size) || self.behind(size) > ENTRIES_MAX {
            return;
        }
        if let Err(error) = self.cover(size) {
            tracing::error!(%error, "the index was not carried on; it is tried again");
            self.clear_up();
        }
    }

    /// Drops some runs, does the most urgent thing, and answers how long the next one can wait.
    fn step(&mut self) -> Result<Duration, ReadError> {
        let now = Instant::now();
        // First, since a log that never rests has something more urgent at any time.
        let are_all_dropped = self.drop_replaced(now)?;
        let wait = self.most_urgent(now)?;
        Ok(if are_all_dropped { wait } else { Duration::ZERO })
    }

    fn most_urgent(&mut self, now: Instant) -> Result<Duration, ReadError> {
        let size = self.reader.published().head.tree.size;
        if self.is_over(size) {
            if self.stack.is_joining() {
                // No index.root will name what comes of it.
                self.clear_up();
            }
            return Ok(KEEP_REPLACED);
        }
        if self.has_uncovered(size) {
            let since = *self.uncovered_since.get_or_insert(now);
            self.is_settled = false;
            self.busy_at = now;
            let waited = now.saturating_duration_since(since);
            match (self.behind(size) > ENTRIES_MAX, self.stack.is_joining()) {
                (true, false) => return self.catch_up(size),
                // A log that has an index is covered first: a large join takes half a minute, and nothing can be proved of what comes meanwhile.
                // Building is some ten times as fast as sequencing, so that the join, which gets a step in between, is not held up for long.
                (true, true) if self.named.is_some() => {
                    self.stack.advance(ROWS_AT_ONCE)?;
                    return self.catch_up(size);
                }
                (false, _) if waited >= self.pace => return self.cover(size),
                (false, false) => return Ok(self.pace.saturating_sub(waited)),
                (_, true) => {}
            }
        } else {
            self.uncovered_since = None;
        }
        if self.stack.is_joining() {
            self.stack.advance(ROWS_AT_ONCE)?;
            return Ok(Duration::ZERO);
        }
        if self.is_settled {
            return Ok(KEEP_REPLACED);
        }
        let quiet = now.saturating_duration_since(self.busy_at);
        if quiet < QUIET {
            return Ok(QUIET.saturating_sub(quiet));
        }
        self.settle(size)
    }

    /// Whether there is an entry, other than an index.root, that no index.root covers: in front of the newest one, or behind it.
    fn has_uncovered(&self, size: TreeSize) -> bool {
        self.named.as_ref().is_none_or(|root| {
            root.list.covered().next_index() < root.index
                || root.index.size_with().is_some_and(|own| own < size)
        })
    }

    /// Whether the log has ended and has the entry behind log.frozen, the index.root that covers it: no other follows, even after a join.
    fn is_over(&self, size: TreeSize) -> bool {
        let admission = self.shared.admission();
        let end = admission.frozen.as_ref().and_then(|frozen| frozen.size());
        end.is_some_and(|end| end < size)
    }

    /// Entries that are in no run.
    fn behind(&self, size: TreeSize) -> u64 {
        size.value().saturating_sub(self.stack.end().value())
    }

    /// Builds one more run of many entries, which another step will name: a log that had no index has all of its entries to catch
    /// up with.
    fn catch_up(&mut self, size: TreeSize) -> Result<Duration, ReadError> {
        let end = self.stack.end().value().saturating_add(ENTRIES_MAX);
        self.build_to(TreeSize::new(end.min(size.value())))?;
        tracing::info!(
            entries = self.stack.end().value(),
            of = size.value(),
            "the index is being built"
        );
        Ok(Duration::ZERO)
    }

    /// Builds the run up to the head, and has all runs named.
    fn cover(&mut self, size: TreeSize) -> Result<Duration, ReadError> {
        self.build_to(size)?;
        let Some(list) = self.list()? else {
            // More runs than a list can have: joins are behind, and go on first.
            self.stack.advance(ROWS_AT_ONCE)?;
            return Ok(Duration::ZERO);
        };
        let Some(index) = self.proposer.propose(list.clone()) else {
            return Ok(PROPOSE_AGAIN);
        };
        self.named = Some(IndexRoot { index, list });
        self.uncovered_since = None;
        self.replaced.add(Instant::now(), self.stack.take_replaced());
        Ok(Duration::ZERO)
    }

    /// The list of all runs; `None` where there are too many of them.
    fn list(&self) -> Result<Option<RunList>, ReadError> {
        let Ok(list) = RunList::new(self.stack.descriptors()) else {
            return Ok(None);
        };
        if let Some(named) = &self.named {
            list.check_follows(&named.list).map_err(|error| {
                ReadError::corrupt("the list of runs", "one that follows the last", error)
            })?;
        }
        Ok(Some(list))
    }

    fn build_to(&mut self, size: TreeSize) -> Result<(), ReadError> {
        if let Some(range) = RunRange::new(self.stack.end(), size) {
            let run = build(&self.reader, &self.shared.store, range)?;
            self.stack.push(run)?;
        }
        Ok(())
    }

    /// Joins the runs of a quiet log, and has what came of it named once.
    fn settle(&mut self, size: TreeSize) -> Result<Duration, ReadError> {
        if self.stack.join_when_quiet()? {
            return Ok(Duration::ZERO);
        }
        self.is_settled = true;
        let named = self.named.as_ref().map(|root| root.list.runs());
        if named == Some(self.stack.descriptors().as_slice()) {
            return Ok(Duration::ZERO);
        }
        self.cover(size)
    }

    /// After a step that failed: what it left in the store is in nobody's way.
    fn clear_up(&mut self) {
        self.stack.leave_off();
        if let Err(error) = self.drop_strays() {
            tracing::warn!(%error, "runs that nobody needs stay in the store for now");
        }
    }

    fn drop_strays(&self) -> Result<(), ReadError> {
        let store = &self.shared.store;
        store.drop_unfinished_runs()?;
        for stored in store.runs()? {
            let range = stored.descriptor.range;
            if !self.replaced.holds(range) && !self.stack.holds(range) {
                store.drop_run(range)?;
            }
        }
        Ok(())
    }

    /// Drops some of the runs whose time is over; whether that was all of them.
    fn drop_replaced(&mut self, now: Instant) -> Result<bool, ReadError> {
        for _ in 0..DROPS_AT_ONCE {
            let Some(range) = self.replaced.due(now) else {
                return Ok(true);
            };
            self.shared.store.drop_run(range)?;
            self.replaced.dropped();
        }
        Ok(self.replaced.due(now).is_none())
    }
}
