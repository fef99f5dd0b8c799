//! How a server ends: by a signal, after the requests under way.

use crate::connections::Tls;
use std::io;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long requests under way may take to finish once the server stops.
const DRAIN_MAX: Duration = Duration::from_secs(20);

/// The process cannot be told to end.
#[derive(Debug, thiserror::Error)]
#[error("{name} cannot be handled: {source}")]
pub(crate) struct UnhandledSignal {
    name: &'static str,
    source: io::Error,
}

/// What a service manager and a terminal send: to end the process, or to have it read its certificate again.
pub(crate) struct EndSignals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl EndSignals {
    /// Signals from now on are kept until [`wait`](Self::wait) takes them.
    pub(crate) fn listen() -> Result<Self, UnhandledSignal> {
        let listen = |name, kind| signal(kind).map_err(|source| UnhandledSignal { name, source });
        Ok(Self {
            terminate: listen("SIGTERM", SignalKind::terminate())?,
            interrupt: listen("SIGINT", SignalKind::interrupt())?,
            hangup: listen("SIGHUP", SignalKind::hangup())?,
        })
    }

    /// Waits until the process is to end.
    pub(crate) async fn wait(&mut self, tls: Option<&Tls>) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                // Without a certificate a hangup ends the process, as it does by itself.
                _ = self.hangup.recv() => match tls {
                    Some(tls) => tls.reload(),
                    None => return,
                },
            }
        }
    }
}

/// Lets requests under way finish, and takes no new ones.
pub(crate) async fn drain(server: JoinHandle<()>, stop: &watch::Sender<bool>) {
    tracing::info!("stopping: requests under way are finished, no new ones are taken");
    stop.send_replace(true);
    match tokio::time::timeout(DRAIN_MAX, server).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(%error, "the listener's task failed"),
        Err(_) => tracing::warn!("some requests did not finish in time; they were not acknowledged"),
    }
}
