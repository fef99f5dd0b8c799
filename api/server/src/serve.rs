//! `serve`: configuration → store → ledger → HTTP, and an end that loses nothing acknowledged.
//!
//! The end: stop accepting, let requests under way finish (event streams are told to end), then let the
//! sequencer finish what is queued, then close the store. Whatever was not answered by then was not
//! acknowledged, and its submitter will send it again. A sequencer that stops by itself ends the process with
//! a failure: what it does not know, a restart finds out.

use crate::args::ServeArgs;
use crate::config::{self, BadLimit, BadWitnessRule, Config, IncompleteTls, PrincipalConfig};
use crate::connections::{self, ConnectionService, ConnectionSlots, Tls, TlsError, TooFewFiles};
use crate::cosigning::{self, UnusablePolicy};
use crate::entrance;
use crate::home::Home;
use crate::logging::{self, BadFilter};
use crate::share::SharesFile;
use crate::shutdown::{EndSignals, UnhandledSignal, drain};
use api::links::{ShareLinks, UnreadableLinks};
use api::session::Sessions;
use api::{AccessStores, ApiState, AuthConfig, Credential, TrustedProxies};
use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::STRICT_TRANSPORT_SECURITY;
use ledger::clock::SystemClock;
use ledger::cosigning::QuorumRule;
use ledger::error::OpenError;
use ledger::handle::Ledger;
use ledger::high_water::HighWaterFile;
use ledger::recovery;
use ledger::signer::KeyError;
use ledger::store::StoreError;
use ledger_query::QueryEngine;
use ledger_rocks::RocksDerived;
use ledger_rocks::RocksStore;
use ledger_witnesses::policy::WitnessPolicy;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use verifier::context::SubmitterName;
use verifier::digest::TokenHash;
use verifier::text::shell::word;

/// That browsers use TLS alone for this host, for a year.
const YEAR_OF_TLS: HeaderValue = HeaderValue::from_static("max-age=31536000");
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
    #[error("configuration: {0}")]
    HalfOfTls(#[from] IncompleteTls),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(
        "configuration: {list}: the name {name:?} is not valid: use 1 to 64 of the characters a-z 0-9 . _ -"
    )]
    Name { list: &'static str, name: String },
    #[error(
        "configuration: {list}: token_sha256 of {name} is not 64 lower-case hex digits, as sha256sum prints them"
    )]
    TokenHash { list: &'static str, name: String },
    #[error(
        "{0} is not loopback, and nobody is configured who may use it: add [[submitters]] or [[readers]] to \
         the file that --config names (docs/configuration.md)"
    )]
    Unguarded(SocketAddr),
    #[error(
        "there is no log in {}: name another directory with --dir, or make one, with a name of your own as its origin:\n  \
         ledgerd init --dir {} --origin log.example.com/evidence",
        .0.display(),
        word(&.0.to_string_lossy())
    )]
    NoLog(PathBuf),
    #[error("configuration: {0}")]
    WitnessRule(#[from] BadWitnessRule),
    #[error("configuration: {0}")]
    Witnesses(#[from] UnusablePolicy),
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
    #[error(transparent)]
    Signal(#[from] UnhandledSignal),
    #[error("{path}: {source}")]
    Shares { path: PathBuf, source: UnreadableLinks },
    #[error("the log stopped: {0}")]
    Stopped(String),
}

fn system(what: &'static str) -> impl FnOnce(io::Error) -> ServeError {
    move |source| ServeError::System { what, source }
}

/// What to serve, and where.
#[derive(Clone, Debug)]
pub(crate) struct ServeOptions {
    pub(crate) home: Home,
    /// Overrides the configuration.
    pub(crate) listen: Option<SocketAddr>,
    pub(crate) config: Option<PathBuf>,
}

/// Serves until a signal, and prints one line with the real address once requests are answered.
pub(crate) fn run(args: &ServeArgs) -> Result<(), ServeError> {
    let options = ServeOptions {
        home: Home::with_high_water(&args.dir, args.high_water.file.clone()),
        listen: args.listen,
        config: args.config.clone(),
    };
    until_stopped(&options, |url, access| {
        let mut out = io::stdout().lock();
        // Nobody may be listening to standard output; that is no reason to stop.
        let _ = writeln!(out, "ledgerd ready {url}");
        for line in access {
            let _ = writeln!(out, "  {line}");
        }
        Ok::<(), ServeError>(())
    })?
}

/// What is told when the server answers: its URL, and who may do what there, a line each.
type Ready<E> = dyn FnOnce(&str, &[String]) -> Result<(), E> + Send + 'static;

/// Serves until a signal arrives or `ready` fails, which runs concurrently once the server answers.
pub(crate) fn until_stopped<E: Send + 'static>(
    options: &ServeOptions,
    ready: impl FnOnce(&str, &[String]) -> Result<(), E> + Send + 'static,
) -> Result<Result<(), E>, ServeError> {
    let config = config::load(options.config.as_deref())?;
    config.limits.check()?;
    config.sessions.check()?;
    config.shares.check()?;
    let rule = config.witness.rule()?;
    logging::start(&config.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(system("the runtime does not start"))?;
    let end = runtime.block_on(serve(options, (&config, rule), Box::new(ready)));
    runtime.shutdown_timeout(RUNTIME_END_MAX);
    match end? {
        ServeEnd::Signal => Ok(Ok(())),
        ServeEnd::ReadyFailed(error) => Ok(Err(error)),
        ServeEnd::LedgerStopped(reason) => Err(ServeError::Stopped(reason)),
    }
}

async fn serve<E: Send + 'static>(
    options: &ServeOptions,
    (config, rule): (&Config, QuorumRule),
    ready: Box<Ready<E>>,
) -> Result<ServeEnd<E>, ServeError> {
    let listen = options.listen.unwrap_or(config.listen);
    let tls = config.tls.files()?.map(Tls::read).transpose()?;
    let auth = auth(config, listen)?;
    let mut access = auth.described().to_vec();
    let warning = plain_http(config, listen, tls.is_some()).or_else(|| unreachable_by_proxy(config, &auth));
    let limits = config.limits.to_connections();
    let room = connections::room_for_connections(limits.connections_max, ledger_rocks::files_max())?;
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
    let people = AccessStores {
        sessions: Sessions::new(config.sessions.to_api(), Arc::new(SystemClock::new())),
        links: links(&options.home, config)?,
    };
    // Before anybody is told that the server is ready, and may ask it to stop.
    let mut signals = EndSignals::listen()?;
    // Nothing below may fail: an open log has threads that work on its database, and a process that ends while they
    // do is killed by the database's own end. The one way out is through `Ledger::shutdown`.
    let (ledger, policy) = open(&options.home, config)?;
    let pusher = cosigning::start(&ledger, policy.as_ref(), rule);
    let (stop, stopping) = watch::channel(false);
    let state = ApiState::with_people(
        ledger.clone(),
        auth,
        config.limits.to_api(),
        stopping.clone(),
        people,
    );
    let engine = state.engine().clone();
    project(&options.home, &engine);
    let places = ConnectionSlots::new(room, limits.per_peer_max, Arc::clone(state.connections()));
    let answers = ConnectionService {
        router: router(state, tls.is_some()),
        limits,
        tls: tls.clone(),
        proxies: Arc::new(TrustedProxies::new(config.trusted_proxies.iter().copied())),
    };
    let server = tokio::spawn(connections::serve(listener, answers, places, stopping));
    for line in &access {
        tracing::info!("{line}");
    }
    if let Some(warning) = warning {
        tracing::warn!("{warning}");
        access.push(format!("WARNING: {warning}"));
    }
    tracing::info!(%address, tree.size = ledger.reader().published().head.tree.size.value(), "serving");
    let url = format!("{}://{address}", if tls.is_some() { "https" } else { "http" });
    let ready = tokio::task::spawn_blocking(move || ready(&url, &access));
    let end = wait_for_end(&ledger, &mut signals, tls.as_deref(), ready).await;
    drain(server, &stop).await;
    if let Some(pusher) = pusher {
        pusher.stop().await;
    }
    engine.stop().await;
    ledger.shutdown().await;
    Ok(end)
}

/// What is wrong with tokens and sessions in the clear, where they would be.
fn plain_http(config: &Config, listen: SocketAddr, is_over_tls: bool) -> Option<&'static str> {
    if is_over_tls || listen.ip().is_loopback() {
        return None;
    }
    Some(if config.trusted_proxies.is_empty() {
        "plain HTTP on the network: everybody on the way can read tokens, and browsers keep no session, so nobody can sign \
         in. Set tls.cert and tls.key, or listen on loopback behind a proxy with TLS (docs/opening.md)"
    } else {
        "plain HTTP on the network: everybody between here and the proxies of trusted_proxies can read tokens, and anyone who \
         comes past the proxies cannot sign in. Set tls.cert and tls.key, or listen on loopback (docs/opening.md)"
    })
}

/// What is wrong with a configuration for a proxy, through which visitors ask for a host of another name than loopback's.
fn unreachable_by_proxy(config: &Config, auth: &AuthConfig) -> Option<&'static str> {
    (!config.trusted_proxies.is_empty() && auth.answers_loopback_names_only()).then_some(
        "trusted_proxies is set, but only requests to localhost or a loopback address are answered, because not everything \
         requires a token. Configure both [[readers]] and [[submitters]] (docs/opening.md)",
    )
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

/// The share links that were made before.
fn links(home: &Home, config: &Config) -> Result<ShareLinks, ServeError> {
    let file = SharesFile(home.shares());
    let unreadable = |source| ServeError::Shares {
        path: home.shares(),
        source,
    };
    let content = file.read().map_err(system("the share links cannot be read"))?;
    let (limits, clock) = (config.shares.to_api(), Arc::new(SystemClock::new()));
    ShareLinks::open(limits, clock, content.as_deref(), Box::new(file)).map_err(unreadable)
}

/// The log, and who is asked to cosign it. What is wrong with the witnesses is said before the log is opened.
fn open(home: &Home, config: &Config) -> Result<(Ledger, Option<WitnessPolicy>), ServeError> {
    // Opening a database creates what is missing; only `init` may do that.
    if !home.database().is_dir() {
        return Err(ServeError::NoLog(home.dir().to_owned()));
    }
    let keys = home.held_keys()?;
    let policy = cosigning::policy(&config.witness, &keys.ed25519_keys())?;
    let store = RocksStore::open_existing_with(&home.database(), config.storage.to_store())?;
    let clock = Arc::new(SystemClock::new());
    let ledger = recovery::open(
        Arc::new(store),
        keys,
        Box::new(HighWaterFile::new(home.high_water())),
        clock,
        config.limits.to_ledger(),
    )?;
    Ok((ledger, policy))
}

/// Begins to keep the list of verdicts. It is derived: where it cannot be kept, the log is served without.
fn project(home: &Home, engine: &QueryEngine) {
    match RocksDerived::open(&home.projection()) {
        Ok(store) => {
            engine.project(Arc::new(store));
        }
        Err(error) => tracing::error!(%error, "no list of verdicts is kept"),
    }
}

/// The API, and the pages behind the same guards. Only pages and what they load are compressed, and no stream is among
/// them.
fn router(state: ApiState, is_over_tls: bool) -> Router {
    let pages = entrance::pages(&state).layer(CompressionLayer::new());
    let router = api::router(state.clone()).merge(api::surround(pages, state));
    if !is_over_tls {
        return router;
    }
    // A browser that came over TLS once does not follow a link without it.
    router.layer(SetResponseHeaderLayer::overriding(
        STRICT_TRANSPORT_SECURITY,
        YEAR_OF_TLS,
    ))
}

enum ServeEnd<E> {
    Signal,
    ReadyFailed(E),
    LedgerStopped(String),
}

async fn wait_for_end<E>(
    ledger: &Ledger,
    signals: &mut EndSignals,
    tls: Option<&Tls>,
    ready: JoinHandle<Result<(), E>>,
) -> ServeEnd<E> {
    let ready_failed = async {
        match ready.await {
            Ok(Err(error)) => error,
            Ok(Ok(())) | Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = signals.wait(tls) => ServeEnd::Signal,
        error = ready_failed => ServeEnd::ReadyFailed(error),
        reason = ledger.failed() => ServeEnd::LedgerStopped(reason),
    }
}
