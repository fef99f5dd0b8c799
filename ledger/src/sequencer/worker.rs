//! The loop: take from the queue, decide, commit, answer.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use verifier::index::TimestampMs;

use super::commit::{CommitOutcome, Committer};
use super::group::{BatchRoom, DecidedSubmission, decide_group};
use super::helpers::Helpers;
use super::index_root::DraftedRoot;
use super::state::{
    FatalStop, PendingSubmission, Progress, ProgressGuard, QueueItem, RETRY_STORAGE_S, SequencerAnswer,
    SequencerReply, next_submission, unavailable,
};
use crate::clock::LoggedAt;
use crate::config::Limits;
use crate::error::SubmitError;
use crate::index::{IndexerStage, ProposalSlot, Proposer, StartedIndex};
use crate::intake::{Batch, BatchDecider, FirstEntries, IntakeDecision, RefusalBudget};
use crate::metrics::Metrics;
use crate::reader::Reader;
use crate::shared::LogState;

/// When to try again while the clock is in doubt.
const RETRY_CLOCK_S: u64 = 30;

/// The sequencer's own state; nobody else writes to the log.
pub(crate) struct Sequencer {
    pub(crate) shared: Arc<LogState>,
    pub(crate) reader: Reader,
    pub(crate) committer: Committer,
    pub(crate) logged_at: LoggedAt,
    pub(crate) limits: Limits,
    pub(crate) budget: RefusalBudget,
    /// Where a list of runs waits to be named.
    pub(crate) proposals: ProposalSlot,
}

/// When a batch is logged.
#[derive(Clone, Copy)]
struct BatchTime {
    logged_at: TimestampMs,
    /// The clock, where it is in doubt: the batch then ends after one confirmation of it.
    doubtful: Option<TimestampMs>,
}

/// Starts the thread. It ends when every sender of the queue is gone and all is drained. `index` is where the index goes on, if the log
/// is to have one.
pub(crate) fn spawn(
    sequencer: Sequencer,
    queue: (&mpsc::Sender<QueueItem>, mpsc::Receiver<QueueItem>),
    index: Option<(Duration, StartedIndex)>,
) -> std::io::Result<watch::Receiver<Progress>> {
    let (progress, watcher) = watch::channel(Progress::Running);
    let (sender, queue) = queue;
    let index = index.map(|(after, started)| {
        let queue = sender.downgrade();
        let wake = move || {
            // Where the queue is full the sequencer is busy, and looks at the slot after each batch; where it is gone it waits at the slot.
            if let Some(queue) = queue.upgrade() {
                let _ = queue.try_send(QueueItem::Proposal);
            }
        };
        let proposer = Proposer {
            slot: sequencer.proposals.clone(),
            wake: Box::new(wake),
        };
        (proposer, after, started)
    });
    let helpers = Helpers::spawn(&sequencer.shared, &sequencer.reader, index)?;
    std::thread::Builder::new()
        .name("sequencer".to_owned())
        .spawn(move || {
            let guard = ProgressGuard(progress);
            let end = sequencer.run(queue, helpers);
            guard.end(end);
        })?;
    Ok(watcher)
}

impl Sequencer {
    fn run(mut self, mut queue: mpsc::Receiver<QueueItem>, helpers: Helpers) -> Progress {
        // They may have work left of batches from before the start.
        helpers.wake();
        let mut outcome = self.serve_queue(&mut queue, &helpers).inspect_err(report);
        // What still waits was not looked at: its senders may try elsewhere or later.
        queue.close();
        while let Some(pending) = next_submission(&mut queue) {
            turn_away(pending, unavailable("the log stopped", RETRY_STORAGE_S));
        }
        helpers.finish(|| {
            if outcome.is_ok() {
                outcome = self
                    .name_runs(IndexerStage::Running, &mut queue)
                    .inspect_err(report);
            }
            self.proposals.close();
        });
        match outcome {
            Ok(()) => Progress::Done,
            Err(stop) => Progress::Failed(stop.0),
        }
    }

    /// Batch after batch until the queue has no sender any more.
    fn serve_queue(
        &mut self,
        queue: &mut mpsc::Receiver<QueueItem>,
        helpers: &Helpers,
    ) -> Result<(), FatalStop> {
        if helpers.has_indexer() {
            self.name_runs(IndexerStage::Starting, queue)?;
        }
        while let Some(item) = queue.blocking_recv() {
            let first = match item {
                QueueItem::Submission(first) => Some(first),
                QueueItem::Proposal => None,
            };
            self.run_batch(first, queue)?;
            helpers.wake();
        }
        Ok(())
    }

    /// Has the runs named that the indexer proposes in a stage, in batches of their own.
    fn name_runs(
        &mut self,
        stage: IndexerStage,
        queue: &mut mpsc::Receiver<QueueItem>,
    ) -> Result<(), FatalStop> {
        while self.proposals.wait_in(stage) {
            self.run_batch(None, queue)?;
        }
        Ok(())
    }

    /// One batch, from its first submission, if it has one, to its answers.
    fn run_batch(
        &mut self,
        first: Option<PendingSubmission>,
        queue: &mut mpsc::Receiver<QueueItem>,
    ) -> Result<(), FatalStop> {
        let confirms_clock = first
            .as_ref()
            .is_some_and(|first| first.document.item.confirms_clock());
        let Some(time) = self.time_of_batch(confirms_clock) else {
            self.pause(first);
            return Ok(());
        };
        let logged_at = time.logged_at;
        let (mut batch, decisions) = self.collect(first, queue, time);
        let root = match time.doubtful {
            None => DraftedRoot::add(&self.proposals, &self.shared.facts.origin, &mut batch),
            Some(_) => None,
        };
        let outcome = self.committer.commit(&self.shared, &mut batch);
        // What those are told whose decision speaks of an entry of this batch.
        let lost = match &outcome {
            Ok(CommitOutcome::Published) => {
                self.logged_at.commit(logged_at);
                if time.doubtful.is_some() && !batch.drafts.is_empty() {
                    self.logged_at.confirm();
                    self.shared.metrics.clock_paused.store(false, Ordering::Relaxed);
                    tracing::warn!("the operator confirmed the clock, sequencing goes on");
                }
                self.count(&batch, &decisions);
                report_end(&batch);
                if let Some(root) = root {
                    root.published();
                }
                None
            }
            Ok(CommitOutcome::NotApplied) => Some(unavailable("storage failed", RETRY_STORAGE_S)),
            Err(_) => Some(SubmitError::Unknown),
        };
        for decided in decisions {
            let depends = decided.depends_on(batch.first);
            decided.answer(|decision| match &lost {
                Some(error) if depends => Err(error.clone()),
                _ => settle(&batch, decision),
            });
        }
        outcome.map(|_| ())
    }

    /// Sends those away who wait while the clock is in doubt.
    fn pause(&self, first: Option<PendingSubmission>) {
        drop(self.proposals.take());
        if let Some(first) = first {
            let paused = unavailable(
                "the clock is in doubt until it agrees with the log or the operator confirms it",
                RETRY_CLOCK_S,
            );
            turn_away(first, paused);
        }
    }

    /// Takes submissions until the batch is full, old enough, or nothing waits.
    fn collect(
        &mut self,
        first: Option<PendingSubmission>,
        queue: &mut mpsc::Receiver<QueueItem>,
        time: BatchTime,
    ) -> (Batch, Vec<DecidedSubmission>) {
        let head = self.committer.head();
        let started = self.logged_at.monotonic();
        let mut decider = BatchDecider {
            batch: Batch::new(
                head.tree.size.next_index(),
                time.logged_at,
                self.shared.admission(),
            ),
            shared: &self.shared,
            reader: &self.reader,
            firsts: FirstEntries::default(),
            budget: &mut self.budget,
            now: started,
            doubtful: time.doubtful,
            is_open: self.shared.check_quorum_age(),
        };
        let mut decisions = Vec::new();
        let mut next = first;
        while let Some(first) = next.take() {
            let room = BatchRoom {
                // While the clock is in doubt a batch is one confirmation of it.
                entries: match time.doubtful {
                    Some(_) => 1,
                    None => self.limits.batch_entries_max.saturating_sub(decisions.len()),
                },
                bytes: self.limits.batch_bytes_max.saturating_sub(decider.batch.bytes),
            };
            let group = room.take(first, queue);
            decide_group(&mut decider, group, &mut decisions);
            let full = time.doubtful.is_some()
                || decisions.len() >= self.limits.batch_entries_max
                || decider.batch.bytes >= self.limits.batch_bytes_max
                || age(started, self.logged_at.monotonic()) >= self.limits.batch_age_max;
            if !full {
                next = next_submission(queue);
            }
        }
        (decider.batch, decisions)
    }

    /// The time of a batch that begins with a confirmation of the clock, or does not; none while the clock is in doubt.
    fn time_of_batch(&mut self, confirms_clock: bool) -> Option<BatchTime> {
        if self.shared.admission().frozen.is_some() {
            // What is left to come is the last index.root. It has the time of log.frozen, since a log that has ended needs no clock.
            return Some(BatchTime {
                logged_at: self.committer.head().time,
                doubtful: None,
            });
        }
        match self.time_by_clock() {
            // Where the log stands ahead of a clock that was confirmed, a newer confirmation says how far time has come.
            Some(_) if confirms_clock && self.logged_at.is_ahead() => Some(self.time_to_confirm()),
            Some(logged_at) => Some(BatchTime {
                logged_at,
                doubtful: None,
            }),
            None => confirms_clock.then(|| self.time_to_confirm()),
        }
    }

    /// The clock rule: the time of the batch, or none while the clock is in doubt.
    fn time_by_clock(&mut self) -> Option<TimestampMs> {
        let paused = &self.shared.metrics.clock_paused;
        match self.logged_at.next(self.shared.admission().clock) {
            Ok(time) => {
                if paused.swap(false, Ordering::Relaxed) {
                    tracing::info!("the clock agrees again, sequencing goes on");
                }
                Some(time)
            }
            Err(doubt) => {
                if !paused.swap(true, Ordering::Relaxed) {
                    tracing::error!(%doubt, "sequencing is paused until the clock agrees or the operator confirms");
                }
                None
            }
        }
    }

    fn time_to_confirm(&self) -> BatchTime {
        let (logged_at, now) = self.logged_at.to_confirm();
        BatchTime {
            logged_at,
            doubtful: Some(now),
        }
    }

    fn count(&self, batch: &Batch, decided: &[DecidedSubmission]) {
        let metrics = &self.shared.metrics;
        let of = |wanted: fn(&IntakeDecision) -> bool| {
            let count = decided
                .iter()
                .filter(|decided| decided.decision.as_ref().is_ok_and(wanted))
                .count();
            u64::try_from(count).unwrap_or(u64::MAX)
        };
        Metrics::add(&metrics.batches, u64::from(!batch.drafts.is_empty()));
        Metrics::add(
            &metrics.entries,
            u64::try_from(batch.drafts.len()).unwrap_or(u64::MAX),
        );
        Metrics::add(
            &metrics.duplicates,
            of(|d| matches!(d, IntakeDecision::Known { .. })),
        );
        Metrics::add(
            &metrics.refused,
            of(|d| matches!(d, IntakeDecision::Refused { .. })),
        );
        Metrics::add(
            &metrics.conflicts,
            of(|d| matches!(d, IntakeDecision::Logged { conflicts, .. } if !conflicts.is_empty())),
        );
    }
}

fn age(started: Duration, now: Duration) -> Duration {
    now.saturating_sub(started)
}

fn settle(
    batch: &Batch,
    decision: Result<IntakeDecision, SubmitError>,
) -> Result<SequencerAnswer, SubmitError> {
    let decision = decision?;
    let draft = match &decision {
        IntakeDecision::Logged { index, .. } => batch.draft(*index),
        IntakeDecision::Known { .. } | IntakeDecision::Refused { .. } => None,
    };
    SequencerAnswer::of(decision, draft)
}

fn report(stop: &FatalStop) {
    tracing::error!(reason = %stop, "sequencing stopped; the process must exit");
}

/// Says that a batch closed the log.
fn report_end(batch: &Batch) {
    let frozen = batch.admission.frozen.as_ref();
    if let Some(frozen) = frozen.filter(|frozen| frozen.position.index >= batch.first) {
        tracing::warn!(
            leaf.index = frozen.position.index.value(),
            "the operator closed the log: nothing new is taken from here on"
        );
    }
}

/// Answers a submission that was not looked at.
fn turn_away(pending: PendingSubmission, error: SubmitError) {
    let _ = pending
        .reply
        .send(SequencerReply::new(Err(error), Some(pending.document)));
}
