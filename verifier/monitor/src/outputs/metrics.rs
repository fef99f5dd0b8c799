//! Numbers for Prometheus: `GET /metrics`, and nothing else.
//!
//! One thread answers, on connections of HTTP/1.1 that have a number, a time for their head and a size.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use verifier::index::TimestampMs;

use crate::round::RoundResult;

/// Connections at a time: a Prometheus or two, and a person.
const CONNECTIONS_MAX: usize = 16;
/// The longest time for the head of a request, and for a whole connection.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(60);
/// What is buffered of a connection.
const BUFFER_BYTES: usize = 8 * 1024;
/// Pause after a failure to accept.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LogLabels {
    log: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AlarmLabels {
    log: String,
    code: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StatusLabels {
    log: String,
    status: &'static str,
}

/// Why numbers cannot be served: the address is taken, or not this machine's.
#[derive(Debug, thiserror::Error)]
#[error("metrics cannot be served at {listen}: {source}")]
pub struct MetricsError {
    /// The configured address.
    pub listen: SocketAddr,
    /// What the system said.
    pub source: io::Error,
}

/// The numbers of all logs.
#[derive(Debug)]
pub struct MonitorMetrics {
    registry: Registry,
    open: Family<AlarmLabels, Gauge>,
    raised: Family<AlarmLabels, Counter>,
    rounds: Family<StatusLabels, Counter>,
    size: Family<LogLabels, Gauge>,
    last_round: Family<LogLabels, Gauge>,
    pending: Family<LogLabels, Gauge>,
    /// The alarms that were open before, so that one that is over becomes 0.
    told: Mutex<Vec<AlarmLabels>>,
}

impl Default for MonitorMetrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("ledger_monitor");
        let (open, raised) = (Family::default(), Family::default());
        let (rounds, size) = (Family::default(), Family::default());
        let (last_round, pending) = (Family::default(), Family::default());
        registry.register("open_alarms", "Alarms that are open", Family::clone(&open));
        registry.register(
            "alarms",
            "Alarms that were raised, or changed",
            Family::clone(&raised),
        );
        registry.register("rounds", "Rounds by how they ended", Family::clone(&rounds));
        registry.register(
            "tree_size",
            "Entries under the newest head that was taken",
            Family::clone(&size),
        );
        registry.register(
            "last_round_timestamp_seconds",
            "When the last round ended, in seconds since 1970",
            Family::clone(&last_round),
        );
        registry.register(
            "pending_messages",
            "Messages that the webhook has not taken yet",
            Family::clone(&pending),
        );
        Self {
            registry,
            open,
            raised,
            rounds,
            size,
            last_round,
            pending,
            told: Mutex::default(),
        }
    }
}

fn signed(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

impl MonitorMetrics {
    /// Counts a round.
    pub fn count(&self, log: &str, result: &RoundResult, now: TimestampMs) {
        let labels = LogLabels { log: log.to_owned() };
        let of_code = |code: &str| AlarmLabels {
            log: log.to_owned(),
            code: code.to_owned(),
        };
        for alarm in &result.changes.raised {
            self.raised.get_or_create(&of_code(&alarm.code)).inc();
        }
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        for labels in told.iter().filter(|labels| labels.log == log) {
            self.open.get_or_create(labels).set(0);
        }
        for alarm in &result.state.alarms {
            let labels = of_code(&alarm.code);
            self.open.get_or_create(&labels).inc();
            if !told.contains(&labels) {
                told.push(labels);
            }
        }
        drop(told);
        let status = match result.exit_status() {
            0 => "ok",
            1 => "alarm",
            _ => "incomplete",
        };
        let by_status = StatusLabels {
            log: log.to_owned(),
            status,
        };
        self.rounds.get_or_create(&by_status).inc();
        if result.size.value() > 0 {
            self.size.get_or_create(&labels).set(signed(result.size.value()));
        }
        self.last_round
            .get_or_create(&labels)
            .set(signed(now.value() / 1_000));
    }

    /// Says how many messages wait.
    pub fn pending(&self, log: &str, messages: usize) {
        let labels = LogLabels { log: log.to_owned() };
        self.pending.get_or_create(&labels).set(signed(messages));
    }

    /// The text of all numbers.
    ///
    /// # Errors
    /// What the formatter answers.
    pub fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }

    /// Serves the numbers from a thread of its own, until the process ends; where it listens.
    ///
    /// # Errors
    /// [`MetricsError`] where the address cannot be taken.
    pub fn serve(self: &Arc<Self>, listen: SocketAddr) -> Result<SocketAddr, MetricsError> {
        let failed = |source| MetricsError { listen, source };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(failed)?;
        let listener = runtime.block_on(TcpListener::bind(listen)).map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?;
        let metrics = Arc::clone(self);
        std::thread::Builder::new()
            .name("metrics".to_owned())
            .spawn(move || runtime.block_on(answer_all(listener, metrics)))
            .map_err(failed)?;
        Ok(bound)
    }
}

async fn answer_all(listener: TcpListener, metrics: Arc<MonitorMetrics>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let metrics = Arc::clone(&metrics);
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let answer = answer(&metrics, &request);
                async move { Ok::<_, Infallible>(answer) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIMEOUT)
                .max_buf_size(BUFFER_BYTES)
                .serve_connection(TokioIo::new(stream), service);
            // A client that leaves is no error of ours, and one that stays is sent away.
            let _ = tokio::time::timeout(CONNECTION_TIMEOUT, connection).await;
            drop(place);
        });
    }
}

fn answer(metrics: &MonitorMetrics, request: &Request<Incoming>) -> Response<String> {
    let (status, text) = match (request.method(), request.uri().path()) {
        (&Method::GET, "/metrics") => match metrics.text() {
            Ok(text) => (StatusCode::OK, text),
            Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, String::new()),
        },
        _ => (
            StatusCode::NOT_FOUND,
            "the monitor's numbers are at GET /metrics\n".to_owned(),
        ),
    };
    let mut response = Response::new(text);
    *response.status_mut() = status;
    let media_type = if status == StatusCode::OK {
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    } else {
        "text/plain; charset=utf-8"
    };
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}
