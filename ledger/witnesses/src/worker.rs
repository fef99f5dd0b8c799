//! What one witness is asked, and when. Each has a task of its own, so that none waits for another.

use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use ledger::cosigning::Cosigning;
use ledger::shared::PublishedHead;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use verifier::index::TreeSize;

use crate::push::{PushError, WitnessClient};
use crate::timing::PushTiming;

/// The code of a witness whose task has ended.
const TASK_ENDED: &str = "WITNESS_TASK_ENDED";

/// The pauses after one failure upon the other.
type Pauses = <ExponentialBuilder as BackoffBuilder>::Backoff;

/// Sends the newest candidate to one witness, one request at a time.
pub(crate) struct WitnessWorker {
    candidates: watch::Receiver<PublishedHead>,
    cosigning: Arc<Cosigning>,
    timing: PushTiming,
    last_error: Option<&'static str>,
    pauses: Pauses,
}

impl WitnessWorker {
    pub(crate) fn new(
        candidates: watch::Receiver<PublishedHead>,
        cosigning: Arc<Cosigning>,
        timing: PushTiming,
    ) -> Self {
        Self {
            candidates,
            cosigning,
            timing,
            last_error: None,
            pauses: pauses(timing),
        }
    }

    /// Goes on until nobody chooses candidates any more.
    pub(crate) async fn run(mut self, mut client: WitnessClient) {
        let name = client.name().to_owned();
        loop {
            let started = Instant::now();
            let candidate = self.candidates.borrow_and_update().clone();
            let size = candidate.head.tree.size;
            let pushed = tokio::task::spawn_blocking(move || {
                let outcome = client.push(&candidate);
                (client, outcome)
            });
            let Ok((same_client, outcome)) = pushed.await else {
                // The runtime stops, or the thread panicked, of which the panic itself tells.
                self.cosigning.report(&name, Some(TASK_ENDED));
                tracing::error!(witness.name = name, "a witness is not asked any more");
                return;
            };
            client = same_client;
            let is_cosigned = outcome.is_ok();
            let pause = match outcome {
                Ok(()) => self.succeed(client.name(), size),
                Err(PushError::Closed) => return,
                Err(error) => self.fail(client.name(), &error),
            };
            sleep_until(started + pause).await;
            if is_cosigned && !self.wait_for_more(started).await {
                return;
            }
        }
    }

    /// Waits for a newer candidate, or until the witness should say again that it knows of none. `false` at the end.
    async fn wait_for_more(&mut self, started: Instant) -> bool {
        tokio::select! {
            changed = self.candidates.changed() => changed.is_ok(),
            () = sleep_until(started + self.timing.refresh) => true,
        }
    }

    /// How long to wait after a success.
    fn succeed(&mut self, name: &str, size: TreeSize) -> Duration {
        if self.last_error.take().is_some() {
            tracing::info!(
                witness.name = name,
                tree.size = size.value(),
                "a witness cosigns again"
            );
        }
        self.pauses = pauses(self.timing);
        self.cosigning.report(name, None);
        self.timing.between
    }

    /// How long to wait after a failure. A failure that goes on is told once.
    fn fail(&mut self, name: &str, error: &PushError) -> Duration {
        if self.last_error != Some(error.code()) {
            let code = error.code();
            if error.is_alarm() {
                tracing::error!(witness.name = name, code, "a witness did not cosign: {error}");
            } else {
                tracing::warn!(witness.name = name, code, "a witness did not cosign: {error}");
            }
        }
        self.last_error = Some(error.code());
        self.cosigning.report(name, self.last_error);
        let pause = self.pauses.next().unwrap_or(self.timing.retry_max);
        pause.max(self.timing.between)
    }
}

/// Pauses that grow, each with a random part, so that logs that failed together do not come back together.
fn pauses(timing: PushTiming) -> Pauses {
    ExponentialBuilder::default()
        .with_jitter()
        .with_min_delay(timing.between)
        .with_max_delay(timing.retry_max)
        .without_max_times()
        .build()
}
