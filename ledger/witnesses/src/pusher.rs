//! Has the newest checkpoint cosigned, again and again, without anybody who submits waiting for it.
//!
//! Witnesses can only make a quorum if they sign the *same* checkpoint, and a busy log publishes fifty a second. So one
//! *candidate* is chosen for all of them, at most once a second, always the newest that is for witnesses
//! ([`Reader::head_for_witnesses`]); it stays until it has its quorum, for five seconds at most. Those that are slower than
//! others add their cosignatures meanwhile, also when the quorum is complete. However long nobody answered, the next request
//! is about the newest candidate alone.

use std::sync::Arc;

use ledger::cosigning::{QuorumHead, QuorumRule};
use ledger::error::ReadError;
use ledger::reader::Reader;
use ledger::shared::PublishedHead;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};
use verifier::index::TreeSize;

use crate::log_access::LogAccess;
use crate::policy::WitnessPolicy;
use crate::push::WitnessClient;
use crate::timing::PushTiming;
use crate::worker::WitnessWorker;

/// The tasks that ask the witnesses of one log.
#[derive(Debug)]
pub struct Pusher {
    tasks: Vec<JoinHandle<()>>,
    log: LogAccess,
}

impl Pusher {
    /// Begins to ask. The rule says what the log does while they do not answer. MUST be called on a tokio runtime, with its timer.
    ///
    /// # Errors
    /// As every question to a [`Reader`]: the first candidate could not be read.
    pub fn start(
        reader: &Reader,
        policy: &WitnessPolicy,
        rule: QuorumRule,
        timing: PushTiming,
    ) -> Result<Self, ReadError> {
        let cosigning = reader.begin_cosigning(policy.quorum().clone(), rule);
        let log = LogAccess::new(reader);
        let heads = reader.watch();
        let (chosen, candidates) = watch::channel(reader.head_for_witnesses()?);
        let work = policy.witnesses().iter().map(|witness| {
            let client = WitnessClient::new(witness.clone(), timing.request, log.clone());
            WitnessWorker::new(candidates.clone(), Arc::clone(&cosigning), timing).run(client)
        });
        let mut tasks: Vec<JoinHandle<()>> = work.map(tokio::spawn).collect();
        let chooser = Chooser {
            heads,
            quorum: cosigning.watch_quorum(),
            chosen,
            log: log.clone(),
            timing,
        };
        tasks.push(tokio::spawn(chooser.run()));
        Ok(Self { tasks, log })
    }

    /// Ends it. On return nothing of this asks the log any more; a request that is under way ends by itself, and what is
    /// answered to it is lost.
    pub async fn stop(self) {
        for task in &self.tasks {
            task.abort();
        }
        let log = self.log;
        // An error says that the runtime stops.
        let _ = tokio::task::spawn_blocking(move || log.close()).await;
    }
}

/// Chooses what all witnesses are asked to sign.
struct Chooser {
    heads: watch::Receiver<PublishedHead>,
    quorum: watch::Receiver<Option<QuorumHead>>,
    chosen: watch::Sender<PublishedHead>,
    log: LogAccess,
    timing: PushTiming,
}

impl Chooser {
    /// Goes on until the log is closed.
    async fn run(mut self) {
        loop {
            let chosen_at = Instant::now();
            let size = self.chosen.borrow().head.tree.size;
            sleep_until(chosen_at + self.timing.between).await;
            let has_quorum = |quorum: &Option<QuorumHead>| quorum.is_some_and(|head| head.size >= size);
            // Whether it has one by then or not, the next one is chosen.
            let _ = timeout_at(chosen_at + self.timing.patience, self.quorum.wait_for(has_quorum)).await;
            let Some(candidate) = self.newer_than(size).await else {
                return;
            };
            self.chosen.send_replace(candidate);
        }
    }

    /// Waits for a head for witnesses beyond a size. `None` at the end of the log.
    async fn newer_than(&mut self, size: TreeSize) -> Option<PublishedHead> {
        loop {
            self.heads.mark_unchanged();
            let log = self.log.clone();
            let newest = tokio::task::spawn_blocking(move || log.ask(Reader::head_for_witnesses));
            match newest.await.ok()?? {
                Ok(head) if head.head.tree.size > size => return Some(head),
                Ok(_) => {}
                Err(error) => tracing::error!(%error, "a checkpoint is not sent to witnesses"),
            }
            // Where the log is at rest and could not be read it is asked again after a while.
            if let Ok(Err(_closed)) = timeout(self.timing.refresh, self.heads.changed()).await {
                return None;
            }
            // A busy log has many heads before the next one that is for witnesses.
            sleep(self.timing.between / 10).await;
        }
    }
}
