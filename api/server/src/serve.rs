//! `serve`: configuration → store → ledger → HTTP, and an end that loses nothing acknowledged.
//!
//! The end: stop accepting, let requests under way finish (event streams are told to end), then let the
//! sequencer finish what is queued, then close the store. Whatever was not answered by then was not
//! acknowledged, and its submitter will send it again. A sequencer that stops by itself ends the process with
//! a failure: what it does not know, a restart finds out.

use crate::args::ServeArgs;
use crate::config::{self, BadLimit, Config, PrincipalConfig};
use crate::connections::{self, Places, TooFewFiles};
use crate::home::Home;
use crate::logging::{self, BadFilter};
use api::{ApiState, AuthConfig, Credential};
use axum::Router;
use ledger::clock::SystemClock;
use ledger::handle::Ledger;
use ledger::projection::Projection;
use ledger::recovery::{self, OpenError};
use ledger::signer::{KeyError, LogKey};
use ledger::store::StoreError;
use ledger::store::derived::DiskDerived;
use ledger::store::rocks::RocksStore;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tower_http::compression::CompressionLayer;
use verifier::context::SubmitterName;
use verifier::digest::TokenHash;

/// How long requests under way may take to finish once the server stops.
const DRAIN_MAX: Duration = Duration::from_secs(20);
/// How long the runtime waits for blocking work at its very end.
const RUNTIME_END_MAX: Duration = Duration::from_secs(5);

/// Why the server does not run, or did not end well.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    #[error("configuration: {0}")]
    Config(#[from] ::config::ConfigError),
    #[error("configuration: {0}")]
    Limit(#[from] BadLimit),
    #[error(transparent)]
    Files(#[from] TooFewFiles),
    #[error("configuration: {0}")]
    Filter(#[from] BadFilter),
    #[error("configuration: {list}: {name:?} is not a name of 1 to 64 of a-z 0-9 . _ -")]
    Name { list: &'static str, name: String },
    #[error("configuration: {list}: token_sha256 of {name} is not 64 lower-case hex digits")]
    TokenHash { list: &'static str, name: String },
    #[error("{0} is not loopback: configure submitters or readers first (docs/configuration.md)")]
    Unguarded(SocketAddr),
    #[error("{0}: there is no log in this directory; `ledgerd init` makes one")]
    NoLog(PathBuf),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("cannot listen on {address}: {source}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("{what}: {source}")]
    System { what: &'static str, source: io::Error },
    #[error("the log stopped: {0}")]
    Stopped(String),
}

fn system(what: &'static str) -> impl FnOnce(io::Error) -> ServeError {
    move |source| ServeError::System { what, source }
}

/// What to serve, and where.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) home: Home,
    /// Overrides the configuration.
    pub(crate) listen: Option<SocketAddr>,
    pub(crate) config: Option<PathBuf>,
}

/// Serves until a signal, and prints one line with the real address once requests are answered.
pub(crate) fn run(args: &ServeArgs) -> Result<(), ServeError> {
    let options = Options {
        home: Home::with_high_water(&args.dir, args.high_water.clone()),
        listen: args.listen,
        config: args.config.clone(),
    };
    until_stopped(&options, |address, access| {
        let mut out = io::stdout().lock();
        // Nobody may be listening to standard output; that is no reason to stop.
        let _ = writeln!(out, "ledgerd ready http://{address}");
        for line in access {
            let _ = writeln!(out, "  {line}");
        }
        Ok::<(), ServeError>(())
    })?
}

/// What is told when the server answers: its address, and who may do what there, a line each.
type Ready<E> = dyn FnOnce(SocketAddr, &[String]) -> Result<(), E> + Send + 'static;

/// Serves until a signal arrives or `ready`, run beside the server once it answers, fails.
pub(crate) fn until_stopped<E: Send + 'static>(
    options: &Options,
    ready: impl FnOnce(SocketAddr, &[String]) -> Result<(), E> + Send + 'static,
) -> Result<Result<(), E>, ServeError> {
    let config = config::load(options.config.as_deref())?;
    config.limits.check()?;
    logging::start(&config.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(system("the runtime does not start"))?;
    let end = runtime.block_on(serve(options, &config, Box::new(ready)));
    runtime.shutdown_timeout(RUNTIME_END_MAX);
    match end? {
        End::Signal => Ok(Ok(())),
        End::ReadyFailed(error) => Ok(Err(error)),
        End::LedgerStopped(reason) => Err(ServeError::Stopped(reason)),
    }
}

async fn serve<E: Send + 'static>(
    options: &Options,
    config: &Config,
    ready: Box<Ready<E>>,
) -> Result<End<E>, ServeError> {
    let listen = options.listen.unwrap_or(config.listen);
    let auth = auth(config, listen)?;
    let access = auth.described();
    let limits = config.limits.to_connections();
    let room = connections::room_for_connections(limits.connections_max)?;
    if room < limits.connections_max {
        tracing::warn!(
            connections = room,
            "fewer connections than configured: this process may open too few files"
        );
    }
    // Before the log is opened: a second server must not get as far as the database of the first.
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|source| ServeError::Listen {
            address: listen,
            source,
        })?;
    let address = listener
        .local_addr()
        .map_err(system("the listener has no address"))?;
    let ledger = open(&options.home, config)?;
    project(&options.home, &ledger);
    let (stop, stopping) = watch::channel(false);
    let state = ApiState::new(ledger.clone(), auth, config.limits.to_api(), stopping.clone());
    let places = Places::new(room, limits.per_peer_max, Arc::clone(state.connections()));
    let server = connections::serve(listener, router(state), places, limits, stopping);
    let server = tokio::spawn(server);
    for line in &access {
        tracing::info!("{line}");
    }
    tracing::info!(%address, tree.size = ledger.reader().published().head.tree.size.value(), "serving");
    // Before anybody is told that the server is ready, and may ask it to stop.
    let mut signals = Signals::listen()?;
    let ready = tokio::task::spawn_blocking(move || ready(address, &access));
    let end = wait_for_end(&ledger, &mut signals, ready).await;
    drain(server, &stop).await;
    ledger.shutdown().await;
    Ok(end)
}

/// Who may submit and read, parsed; refuses a configuration that would leave an open door.
fn auth(config: &Config, listen: SocketAddr) -> Result<AuthConfig, ServeError> {
    let open_loopback = listen.ip().is_loopback();
    if !open_loopback && config.submitters.is_empty() && config.readers.is_empty() {
        return Err(ServeError::Unguarded(listen));
    }
    Ok(AuthConfig {
        submitters: credentials("submitters", &config.submitters)?,
        readers: credentials("readers", &config.readers)?,
        open_loopback,
    })
}

fn credentials(list: &'static str, principals: &[PrincipalConfig]) -> Result<Vec<Credential>, ServeError> {
    let credential = |principal: &PrincipalConfig| {
        let name = SubmitterName::parse(&principal.name).ok_or_else(|| ServeError::Name {
            list,
            name: principal.name.clone(),
        })?;
        let hash = TokenHash::parse_hex(&principal.token_sha256).ok_or_else(|| ServeError::TokenHash {
            list,
            name: principal.name.clone(),
        })?;
        Ok(Credential {
            name,
            token_sha256: *hash.as_bytes(),
        })
    };
    principals.iter().map(credential).collect()
}

fn open(home: &Home, config: &Config) -> Result<Ledger, ServeError> {
    // Opening a database creates what is missing; only `init` may do that.
    if !home.database().is_dir() {
        return Err(ServeError::NoLog(home.dir().to_owned()));
    }
    let key = LogKey::read(&home.log_key())?;
    let store = RocksStore::open_existing_with(&home.database(), config.storage.to_store())?;
    let clock = Arc::new(SystemClock::new());
    Ok(recovery::open(
        Arc::new(store),
        Arc::new(key),
        &home.high_water(),
        clock,
        config.limits.to_ledger(),
    )?)
}

/// Begins to keep the list of verdicts. It is derived: where it cannot be kept, the log is served without.
fn project(home: &Home, ledger: &Ledger) {
    match DiskDerived::open(&home.projection()) {
        Ok(store) => {
            Projection::start(ledger, Arc::new(store));
        }
        Err(error) => tracing::error!(%error, "no list of verdicts is kept"),
    }
}

/// The API, and the pages behind the same guards. Only pages and what they load are compressed: no answer of
/// theirs holds a secret beside what a stranger chose, and no stream is among them.
fn router(state: ApiState) -> Router {
    let pages = web::pages(state.reader().clone(), Arc::clone(state.pools()));
    let pages = api::protect_reads(pages, &state);
    let pages = pages.merge(web::public()).layer(CompressionLayer::new());
    api::router(state.clone()).merge(api::surround(pages, state))
}

enum End<E> {
    Signal,
    ReadyFailed(E),
    LedgerStopped(String),
}

/// What a service manager and a terminal send to end the process.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> Result<Self, ServeError> {
        Ok(Self {
            terminate: signal(SignalKind::terminate()).map_err(system("SIGTERM cannot be handled"))?,
            interrupt: signal(SignalKind::interrupt()).map_err(system("SIGINT cannot be handled"))?,
        })
    }
}

async fn wait_for_end<E>(ledger: &Ledger, signals: &mut Signals, ready: JoinHandle<Result<(), E>>) -> End<E> {
    let ready_failed = async {
        match ready.await {
            Ok(Err(error)) => error,
            Ok(Ok(())) | Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = signals.terminate.recv() => End::Signal,
        _ = signals.interrupt.recv() => End::Signal,
        error = ready_failed => End::ReadyFailed(error),
        reason = ledger.failed() => End::LedgerStopped(reason),
    }
}

async fn drain(server: JoinHandle<()>, stop: &watch::Sender<bool>) {
    tracing::info!("stopping: requests under way are finished, no new ones are taken");
    stop.send_replace(true);
    match tokio::time::timeout(DRAIN_MAX, server).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(%error, "the listener's task failed"),
        Err(_) => tracing::warn!("some requests did not finish in time; they were not acknowledged"),
    }
}
