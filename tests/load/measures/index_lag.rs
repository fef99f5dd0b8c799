//! How long entries wait for their index.root while the log grows.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use harness::HarnessError;
use harness::client::Client;

use crate::report::{self, Bound};
use crate::world::World;

/// How often it is looked at, which is how exact the figure is.
const LOOK: Duration = Duration::from_millis(100);
/// What the sequencer adds to the pace of the index (a second), on a machine with nothing to spare.
const WAIT_MAX_S: f64 = 3.0;

/// The longest wait, and the largest number of entries that waited together.
#[derive(Default)]
struct IndexLag {
    waited: Duration,
    entries: u64,
    /// Sizes that were published and are not covered, each with when it was seen.
    published: VecDeque<(Instant, u64)>,
}

/// Does something with a log, and reports how long entries waited for their index.root meanwhile.
pub(crate) fn during<T>(
    world: &mut World,
    figure: &str,
    work: impl FnOnce(&mut World) -> Result<T, HarnessError>,
) -> Result<T, HarnessError> {
    let client = world.another_client();
    let is_over = AtomicBool::new(false);
    let (done, lag) = std::thread::scope(|scope| {
        let watching = scope.spawn(|| {
            let mut lag = IndexLag::default();
            while !is_over.load(Ordering::Acquire) {
                lag.look(&client)?;
                std::thread::sleep(LOOK);
            }
            Ok::<_, HarnessError>(lag)
        });
        let done = work(world);
        is_over.store(true, Ordering::Release);
        let lag = watching.join();
        (done, lag.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let (done, lag) = (done?, lag?);
    report::figure_against(
        &format!("index_root_longest_wait_{figure}"),
        lag.waited.as_secs_f64(),
        "s",
        Bound::AtMost(WAIT_MAX_S),
    );
    report::figure(
        &format!("index_root_most_waiting_{figure}"),
        report::float(lag.entries),
        "entries",
    );
    Ok(done)
}

impl IndexLag {
    fn look(&mut self, client: &Client) -> Result<(), HarnessError> {
        let log = client.get("/v1/log")?.json()?;
        let number = |name: &'static str| {
            let found = log.get(name).and_then(serde_json::Value::as_u64);
            found.ok_or_else(|| HarnessError::unexpected(name, log.to_string()))
        };
        let (size, covered) = (number("tree_size")?, number("index_covered")?);
        let now = Instant::now();
        // An index.root ends what it covers, and needs to be covered by none.
        while let Some((seen, published)) = self.published.front().copied() {
            self.waited = self.waited.max(now.saturating_duration_since(seen));
            if published > covered.saturating_add(1) {
                break;
            }
            self.published.pop_front();
        }
        if self.published.back().is_none_or(|(_, newest)| *newest < size) && size > covered.saturating_add(1)
        {
            self.published.push_back((now, size));
        }
        self.entries = self.entries.max(size.saturating_sub(covered));
        Ok(())
    }
}
