//! Sends what a mission asks for, at its pace.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use harness::HarnessError;
use harness::load::mission::{Mission, MissionReport, Pace};
use harness::load::traffic::{Request, RequestMaker};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::answers::AnswerCheck;
use crate::connection::{Connection, encode};

/// A mission whose documents are signed, if they are to be.
pub(crate) struct Sender {
    shared: Arc<Shared>,
}

struct Shared {
    mission: Mission,
    maker: RequestMaker,
    check: AnswerCheck,
    /// Requests that are ready, by their number.
    ready: Vec<ReadyRequest>,
    next: AtomicU64,
    /// Requests that are due, if they are sent at a rate.
    due: Semaphore,
}

struct ReadyRequest {
    request: Request,
    bytes: Vec<u8>,
}

/// What one connection did.
#[derive(Default)]
struct Done {
    items: u64,
    bytes: u64,
    checked: u64,
    latencies: Vec<Duration>,
}

impl Sender {
    pub(crate) fn prepare(mission: Mission) -> Result<Self, HarnessError> {
        let mut shared = Shared {
            maker: RequestMaker::new(mission.traffic.clone())?,
            check: AnswerCheck::new(&mission.log_key)?,
            ready: Vec::new(),
            next: AtomicU64::new(0),
            due: Semaphore::new(0),
            mission,
        };
        if shared.mission.signed_before {
            let ready: Result<_, _> = (0..shared.mission.requests)
                .map(|number| shared.make(number))
                .collect();
            shared.ready = ready?;
        }
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    pub(crate) async fn send(self) -> Result<MissionReport, HarnessError> {
        let shared = self.shared;
        let (Pace::Closed { connections } | Pace::Open { connections, .. }) = shared.mission.pace;
        let mut open = Vec::new();
        for _ in 0..connections.min(shared.mission.requests) {
            open.push(Connection::open(&shared.mission.address).await?);
        }
        let start = Instant::now();
        let mut sending = JoinSet::new();
        for connection in open {
            sending.spawn(Arc::clone(&shared).on(connection, start));
        }
        if let Pace::Open { rate, .. } = shared.mission.pace {
            // A timer of the runtime is good to a millisecond, which is some of what is measured.
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || shared.release(start, rate));
        }
        let mut all = Done::default();
        while let Some(done) = sending.join_next().await {
            let done =
                done.map_err(|error| HarnessError::unexpected("a connection", error.to_string()))??;
            all.items += done.items;
            all.bytes += done.bytes;
            all.checked += done.checked;
            all.latencies.extend(done.latencies);
        }
        Ok(report(all, start.elapsed()))
    }
}

impl Shared {
    fn make(&self, number: u64) -> Result<ReadyRequest, HarnessError> {
        let request = self.maker.request(number)?;
        let bytes = encode(&request, &self.mission.address, self.mission.token.as_deref());
        Ok(ReadyRequest { request, bytes })
    }

    /// Sends on a connection until all requests are sent.
    async fn on(self: Arc<Self>, mut connection: Connection, start: Instant) -> Result<Done, HarnessError> {
        let mut done = Done::default();
        let is_open = matches!(self.mission.pace, Pace::Open { .. });
        loop {
            if is_open && let Ok(permit) = self.due.acquire().await {
                permit.forget();
            }
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= self.mission.requests {
                return Ok(done);
            }
            let made;
            let place = usize::try_from(number).unwrap_or(usize::MAX);
            let ready = if let Some(ready) = self.ready.get(place) {
                ready
            } else {
                made = self.make(number)?;
                &made
            };
            let since = match self.mission.pace {
                Pace::Closed { .. } => Instant::now(),
                Pace::Open { rate, .. } => start + due(number, rate),
            };
            let answer = connection.exchange(&ready.bytes).await?;
            done.latencies.push(since.elapsed());
            done.items += ready.request.items;
            done.bytes += ready.request.body.as_ref().map_or(0, |(_, body)| length(body));
            done.checked += self.check.check(number, &ready.request, &answer)?;
        }
    }

    /// Lets requests go when they are due, and at the end each connection see that there are no more.
    fn release(&self, start: Instant, rate: u64) {
        for number in 0..self.mission.requests {
            let wait = due(number, rate).saturating_sub(start.elapsed());
            if !wait.is_zero() {
                std::thread::sleep(wait);
            }
            self.due.add_permits(1);
        }
        self.due.close();
    }
}

/// When a request is due after the start.
fn due(number: u64, rate: u64) -> Duration {
    Duration::from_nanos(number.saturating_mul(1_000_000_000) / rate.max(1))
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

fn report(mut done: Done, elapsed: Duration) -> MissionReport {
    done.latencies.sort_unstable();
    let percentile = |part: usize| {
        let place = done.latencies.len().saturating_mul(part) / 100;
        let last = done.latencies.len().saturating_sub(1);
        let latency = done.latencies.get(place.min(last)).copied();
        latency.unwrap_or_default().as_secs_f64() * 1000.0
    };
    MissionReport {
        items: done.items,
        bytes: done.bytes,
        elapsed_s: elapsed.as_secs_f64(),
        p50_ms: percentile(50),
        p99_ms: percentile(99),
        checked: done.checked,
    }
}
