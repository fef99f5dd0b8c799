//! Rounds, one after the other: a thread a log, so that a server that takes its time holds up no other.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use verifier::index::TimestampMs;

use crate::config::{FollowedLog, MonitorConfig};
use crate::outputs::{
    MetricsError, MonitorMetrics, Webhook, WebhookError, alarm_object, round_object, write_line,
};
use crate::round::{RoundResult, look, without_state};
use crate::server::LogConnector;
use crate::state::{LogState, PendingMessage, StateDirectory, StateError};

/// Messages of one log that wait for the webhook. With more, an alarm is told by lines and metrics alone.
const PENDING_MAX: usize = 10_000;

/// Why a monitor does not start, or ends. The person who configured it, or the machine, is at fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MonitorError {
    /// The files of the state.
    #[error(transparent)]
    State(#[from] StateError),
    /// The webhook's secret.
    #[error(transparent)]
    Webhook(#[from] WebhookError),
    /// The metrics endpoint.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// Nobody reads what is told.
    #[error("a line cannot be written to standard output: {0}")]
    Output(#[from] std::io::Error),
}

/// How a monitor runs.
#[derive(Clone, Copy, Debug)]
pub struct FollowOptions {
    /// One round of each log.
    pub once: bool,
    /// Begin with logs of which there is no state, or a damaged one.
    pub begin: bool,
}

/// What all threads share.
struct Shared<'a> {
    options: FollowOptions,
    interval: Duration,
    connector: &'a dyn LogConnector,
    webhook: Option<Webhook>,
    metrics: Arc<MonitorMetrics>,
    out: Mutex<&'a mut (dyn Write + Send)>,
}

/// Follows logs; with `once` for one round, otherwise until the process ends or an error ends it. The exit status: 1 where an alarm is
/// open, 2 where something was not seen, 0 otherwise.
///
/// # Errors
/// [`MonitorError`].
pub fn follow(
    config: &MonitorConfig,
    logs: &[FollowedLog],
    options: FollowOptions,
    connector: &dyn LogConnector,
    out: &mut (dyn Write + Send),
) -> Result<u8, MonitorError> {
    let metrics = Arc::new(MonitorMetrics::default());
    let webhook = config.webhook.as_ref().map(Webhook::new).transpose()?;
    // Every lock is taken before anything is told.
    let mut followed = Vec::with_capacity(logs.len());
    for log in logs {
        followed.push((
            log,
            StateDirectory::open(&config.state_dir, &log.key.to_string())?,
        ));
    }
    let shared = Shared {
        options,
        interval: Duration::from_secs(config.interval_s),
        connector,
        webhook,
        metrics: Arc::clone(&metrics),
        out: Mutex::new(out),
    };
    if let Some(endpoint) = &config.metrics {
        let listen = metrics.serve(endpoint.listen)?;
        shared.tell(&json!({ "type": "metrics", "url": format!("http://{listen}/metrics") }))?;
    }
    let shared = &shared;
    let ended: Vec<Result<u8, MonitorError>> = thread::scope(|scope| {
        let threads: Vec<_> = followed
            .into_iter()
            .map(|(log, directory)| scope.spawn(move || follow_one(shared, log, &directory)))
            .collect();
        let join = |thread: thread::ScopedJoinHandle<'_, _>| {
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        threads.into_iter().map(join).collect()
    });
    let mut status = 0;
    for one in ended {
        status = match (status, one?) {
            (1, _) | (_, 1) => 1,
            (one, other) => one.max(other),
        };
    }
    Ok(status)
}

fn follow_one(
    shared: &Shared<'_>,
    log: &FollowedLog,
    directory: &StateDirectory,
) -> Result<u8, MonitorError> {
    let mut orphan = None;
    let mut begin = shared.options.begin;
    loop {
        let ended = one_round(shared, log, directory, begin, &mut orphan);
        if shared.options.once {
            return ended;
        }
        if let Err(error) = ended {
            // The other threads would go on, and nobody would see that this one does not.
            let object = json!({ "type": "error", "log": log.key.name(), "sentence": error.to_string() });
            shared.tell(&object)?;
        } else {
            begin = false;
        }
        thread::sleep(shared.interval);
    }
}

/// One round, and everything that it tells. `orphan` is what is known without a state: it is written nowhere.
fn one_round(
    shared: &Shared<'_>,
    log: &FollowedLog,
    directory: &StateDirectory,
    begin: bool,
    orphan: &mut Option<LogState>,
) -> Result<u8, MonitorError> {
    let (key, now) = (log.key.to_string(), now());
    let fresh = || LogState::begin(key.clone(), now);
    let state = match directory.load(&key) {
        Ok(Some(state)) => Ok(state),
        Ok(None) | Err(StateError::Damaged { .. }) if begin => Ok(fresh()),
        Ok(None) => {
            let why = format!(
                "there is no state of the log {} in {}",
                log.key.name(),
                directory.path().display()
            );
            Err((false, why))
        }
        Err(StateError::Damaged { path, what }) => Err((
            true,
            format!("the state in {} is damaged: {what}", path.display()),
        )),
        Err(error) => return Err(error.into()),
    };
    match state {
        Ok(state) => {
            *orphan = None;
            let server = shared.connector.connect(log);
            let server = match &server {
                Ok(server) => Ok(server.as_ref()),
                Err(finding) => Err(finding.clone()),
            };
            let result = look(log, server, state, directory, now);
            shared.tell_round(log, result, Some(directory), now)
        }
        Err((is_damaged, why)) => {
            let known = orphan.take().unwrap_or_else(fresh);
            let result = without_state(known, is_damaged, &why, now);
            let state = result.state.clone();
            let told = shared.tell_round(log, result, None, now);
            *orphan = Some(state);
            told
        }
    }
}

impl Shared<'_> {
    fn tell(&self, object: &Value) -> Result<(), MonitorError> {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(write_line(&mut **out, object)?)
    }

    /// Lines first, then the state with the messages, then the messages: a crash in between tells something twice, and nothing never.
    fn tell_round(
        &self,
        log: &FollowedLog,
        mut result: RoundResult,
        directory: Option<&StateDirectory>,
        now: TimestampMs,
    ) -> Result<u8, MonitorError> {
        let name = log.key.name();
        for line in &result.lines {
            let mut line = line.clone();
            if let Some(object) = line.as_object_mut() {
                object.insert("log".to_owned(), name.into());
            }
            self.tell(&line)?;
        }
        for alarm in &result.changes.raised {
            let object = alarm_object("alarm", name, alarm, now);
            self.tell(&object)?;
            if self.webhook.is_some() {
                queue(&mut result.state, "ledger.alarm", &object);
            }
        }
        for alarm in &result.changes.over {
            let object = alarm_object("alarm_over", name, alarm, now);
            self.tell(&object)?;
            if self.webhook.is_some() {
                queue(&mut result.state, "ledger.alarm_over", &object);
            }
        }
        self.tell(&round_object(name, &result, now))?;
        self.metrics.count(name, &result, now);
        if let Some(directory) = directory {
            directory.commit(&result.state)?;
        }
        if self.hand_over(name, &mut result.state)?
            && let Some(directory) = directory
        {
            directory.commit(&result.state)?;
        }
        Ok(result.exit_status())
    }

    /// Hands over what waits, in order; whether anything was taken.
    fn hand_over(&self, name: &str, state: &mut LogState) -> Result<bool, MonitorError> {
        let mut taken = 0;
        if let Some(webhook) = &self.webhook {
            for message in &state.pending {
                if let Err(failure) = webhook.deliver(message) {
                    let sentence = format!(
                        "the webhook did not take the message {}: {failure}; it is tried again in the next round",
                        message.id
                    );
                    self.tell(&json!({ "type": "undelivered", "log": name, "sentence": sentence }))?;
                    break;
                }
                taken += 1;
            }
            state.pending.drain(..taken);
        }
        self.metrics.pending(name, state.pending.len());
        Ok(taken > 0)
    }
}

/// Puts a message behind those that wait.
fn queue(state: &mut LogState, kind: &str, object: &Value) {
    if state.pending.len() >= PENDING_MAX {
        return;
    }
    let number = state.next_message;
    state.next_message = number.saturating_add(1);
    let body = json!({ "type": kind, "timestamp": object.get("at"), "data": object });
    state.pending.push(PendingMessage {
        // Unique for each state: a receiver drops what it has by this.
        id: format!("msg_{}_{number}", state.began_ms),
        body: body.to_string(),
    });
}

fn now() -> TimestampMs {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    TimestampMs::new(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX))
}
