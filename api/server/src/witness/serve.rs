//! `witness`: configuration → memory → HTTP, until a signal or until the memory fails.

use super::WitnessHome;
use super::config::{self, BadWitnessConfig, WitnessConfig};
use crate::args::ServeWitnessArgs;
use crate::connections::{self, ConnectionService, ConnectionSlots, Tls, TlsError, TooFewFiles};
use crate::logging::{self, BadFilter};
use crate::shutdown::{EndSignals, UnhandledSignal, drain};
use api::{ConnectionNumbers, TrustedProxies};
use ledger::clock::SystemClock;
use ledger::signer::{KeyError, MlDsaKey, WitnessKey};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use verifier::text::shell::word;
use witness::fork::ForkFolder;
use witness::http::router;
use witness::service::{OtherName, Witness};
use witness::store::{StoreError, WitnessStore};

/// How long the runtime waits for blocking work at its very end.
const RUNTIME_END_MAX: Duration = Duration::from_secs(5);
/// Files that the memory has open.
const FILES_OF_MEMORY: u64 = 4;

/// Why the witness does not run, or did not end well.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeWitnessError {
    #[error(transparent)]
    Config(#[from] BadWitnessConfig),
    #[error("configuration: {0}")]
    Filter(#[from] BadFilter),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(transparent)]
    Files(#[from] TooFewFiles),
    #[error(
        "there is no witness in {}: name another directory with --dir, or make one, with a name of your own:\n  \
         ledgerd witness init --dir {} --name witness.example.com/w1",
        .0.display(),
        word(&.0.to_string_lossy())
    )]
    NoWitness(PathBuf),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    OtherName(#[from] OtherName),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Signal(#[from] UnhandledSignal),
    #[error("cannot listen on {address}: {source}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("the runtime does not start: {0}")]
    Runtime(io::Error),
    #[error("the witness stopped: {0}")]
    Stopped(String),
}

/// Serves until a signal, and prints the real address, the vkey and the logs once requests are answered.
pub(super) fn run(args: &ServeWitnessArgs) -> Result<(), ServeWitnessError> {
    let config = config::load(args.config.as_deref())?;
    logging::start(&config.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(ServeWitnessError::Runtime)?;
    let end = runtime.block_on(serve(args, &config));
    runtime.shutdown_timeout(RUNTIME_END_MAX);
    end
}

async fn serve(args: &ServeWitnessArgs, config: &WitnessConfig) -> Result<(), ServeWitnessError> {
    let listen = args.listen.unwrap_or(config.listen);
    let tls = config.tls.files().map_err(BadWitnessConfig::from)?;
    let tls = tls.map(Tls::read).transpose()?;
    let witness = Arc::new(open(args, config)?);
    let limits = config.limits.to_connections();
    let room = connections::room_for_connections(limits.connections_max, FILES_OF_MEMORY)?;
    let unheard = |source| ServeWitnessError::Listen {
        address: listen,
        source,
    };
    let listener = TcpListener::bind(listen).await.map_err(unheard)?;
    let address = listener.local_addr().map_err(unheard)?;
    let mut signals = EndSignals::listen()?;
    let (stop, stopping) = watch::channel(false);
    let slots = ConnectionSlots::new(room, limits.per_peer_max, Arc::new(ConnectionNumbers::default()));
    let answers = ConnectionService {
        router: router(Arc::clone(&witness), config.limits.request_timeout()),
        limits,
        tls: tls.clone(),
        proxies: Arc::new(TrustedProxies::new([])),
    };
    let server = tokio::spawn(connections::serve(listener, answers, slots, stopping));
    let scheme = if tls.is_some() { "https" } else { "http" };
    announce(&format!("{scheme}://{address}"), &witness);
    let end = tokio::select! {
        () = signals.wait(tls.as_deref()) => Ok(()),
        reason = witness.stopped() => Err(ServeWitnessError::Stopped(reason)),
    };
    drain(server, &stop).await;
    end
}

/// Key, logs and memory. No part of a witness is made here: one without its memory would sign what contradicts it.
fn open(args: &ServeWitnessArgs, config: &WitnessConfig) -> Result<Witness, ServeWitnessError> {
    let logs = config.trusted_logs(&args.logs)?;
    let files = WitnessHome(&args.dir);
    if !files.key().is_file() {
        return Err(ServeWitnessError::NoWitness(args.dir.clone()));
    }
    let key = WitnessKey::read(&files.key())?;
    let store = WitnessStore::open(&files.memory(), key.cosigner_key())?;
    let forks = ForkFolder::new(args.dir.clone());
    let clock = Arc::new(SystemClock::new());
    let witness = Witness::new(key, logs, (store, forks), clock);
    if files.second_key().is_file() {
        return Ok(witness.with_second_key(MlDsaKey::read(&files.second_key())?)?);
    }
    Ok(witness)
}

fn announce(url: &str, witness: &Witness) {
    tracing::info!(%url, witness = %witness.cosigner_key(), "serving");
    let mut out = io::stdout().lock();
    // Nobody may be listening to standard output; that is no reason to stop.
    let _ = writeln!(out, "ledgerd witness ready {url}");
    for key in std::iter::once(witness.cosigner_key()).chain(witness.second_key()) {
        let _ = writeln!(out, "  vkey {key}");
    }
    for origin in witness.logs().origins() {
        tracing::info!(origin, "cosigns the checkpoints of this log");
        let _ = writeln!(out, "  cosigns {origin}");
    }
}
