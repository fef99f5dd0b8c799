//! `demo`: a fresh log, filled over HTTP by simulated services and agents, each with its own key.
//!
//! Nothing takes a short cut: every document is signed by who would sign it, and reaches the server the way it
//! would in production. `--once` plays the same stories in a temporary directory and then checks the log through
//! its public surfaces only (`selfcheck`).

mod actors;
mod control;
mod documents;
mod jobs;
mod policies;
mod run;
mod selfcheck;
mod server;
mod stage;
mod table;
mod token;
mod verdict;
mod verify;

use crate::args::DemoArgs;
use crate::entropy::NoEntropy;
use crate::home::{self, Home};
use crate::init::{self, InitError};
use crate::serve::{self, ServeError};
use actors::{Cast, Tokens, VISITOR};
use ledger::signer::KeyError;
use ledger::store::StoreError;
use ledger_client::log::{Client, ClientError};
use ledger_rocks::RocksStore;
use selfcheck::CheckError;
use stage::Stage;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use verifier::fault::Fault;
use verifier::payload::Settings;

/// A demo's directory holds this file; no other directory is ever replaced.
const MARKER: &str = ".ledgerd-demo";
const ORIGIN: &str = "demo.evidence-ledger.example/log";
/// Short, so that the story of the revoked token takes two seconds and not a minute.
const CLOCK_SKEW_S: u64 = 1;

/// Why there is no demo.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    #[error("{0} was not made by a demo: it is left alone; name another directory with --dir")]
    NotADemo(PathBuf),
    #[error("{dir}: the log of the earlier demo cannot be opened; is that demo still running? ({reason})")]
    InUse { dir: PathBuf, reason: StoreError },
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Init(#[from] InitError),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
    #[error("a document of the demo is not JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("a document of the demo is not evidence: {0}")]
    Document(Fault),
    /// A broken story; the demo is at fault.
    #[error("{0}")]
    Story(&'static str),
    #[error("self-check failed: {0}")]
    Check(#[from] CheckError),
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> DemoError + use<> {
    let path = path.to_owned();
    move |source| DemoError::Io { path, source }
}

/// Plays the demo and serves it until it is interrupted; or checks it and returns.
pub(crate) fn run(args: &DemoArgs) -> Result<(), DemoError> {
    if args.once {
        once()
    } else {
        keep_serving(&args.dir, args.listen)
    }
}

/// A log that a demo may fill.
struct Prepared {
    home: Home,
    tokens: Tokens,
}

impl Prepared {
    fn in_dir(dir: &Path) -> Result<Self, DemoError> {
        let home = Home::new(dir);
        let settings = Settings {
            clock_skew_s: CLOCK_SKEW_S,
            ..Settings::default()
        };
        init::create(&home, ORIGIN, None, settings)?;
        let prepared = Self {
            home,
            tokens: Tokens::generate()?,
        };
        prepared.write(
            MARKER,
            "A demo of ledgerd made this directory and may replace it.\n",
        )?;
        prepared.write("ledgerd.toml", &prepared.tokens.to_config())?;
        Ok(prepared)
    }

    fn write(&self, name: &str, content: &str) -> Result<(), DemoError> {
        let path = self.home.dir().join(name);
        home::write_private(&path, content.as_bytes()).map_err(io_error(&path))
    }

    fn config(&self) -> PathBuf {
        self.home.dir().join("ledgerd.toml")
    }

    /// Registers the cast and plays every story against the server at `url`.
    fn play(&self, url: &str) -> Result<Stage, DemoError> {
        let origin = Client::new(url, None).log()?.origin;
        let cast = Cast::assemble(url, &self.tokens, &self.home.operator_key())?;
        let stage = Stage::new(origin, cast);
        stage.cast.register(&stage.origin)?;
        jobs::play(&stage)?;
        Ok(stage)
    }
}

fn keep_serving(dir: &Path, listen: SocketAddr) -> Result<(), DemoError> {
    make_room(dir)?;
    let prepared = Prepared::in_dir(dir)?;
    let options = serve::Options {
        home: prepared.home.clone(),
        listen: Some(listen),
        config: Some(prepared.config()),
    };
    let shown = dir.display().to_string();
    serve::until_stopped(&options, move |url, _| {
        println!("Playing the jobs against {url} …");
        prepared.play(url)?;
        let client = Client::new(url, None);
        println!("\n{}", table::jobs(&client)?);
        verdict::wait_until_listed(&client)?;
        let token = prepared.tokens.of(VISITOR).unwrap_or_default();
        println!(
            "{}",
            table::guide(url, &client.log()?, &server::binaries()?, token)
        );
        println!("Serving {shown} until Ctrl-C.");
        Ok::<(), DemoError>(())
    })?
}

/// Removes an earlier demo; anything else with content is left alone.
fn make_room(dir: &Path) -> Result<(), DemoError> {
    if dir.join(MARKER).is_file() {
        // A running server holds its database: it must not lose the files under its hands.
        let store = RocksStore::open_existing(&Home::new(dir).database());
        drop(store.map_err(|reason| DemoError::InUse {
            dir: dir.to_owned(),
            reason,
        })?);
        return fs::remove_dir_all(dir).map_err(io_error(dir));
    }
    match home::create_empty(dir) {
        Ok(true) => Ok(()),
        Ok(false) => Err(DemoError::NotADemo(dir.to_owned())),
        Err(source) => Err(DemoError::Io {
            path: dir.to_owned(),
            source,
        }),
    }
}

fn once() -> Result<(), DemoError> {
    let temporary = tempfile::tempdir().map_err(io_error(&std::env::temp_dir()))?;
    let prepared = Prepared::in_dir(&temporary.path().join("log"))?;
    let server = server::Server::start(&prepared.home, &prepared.config())?;
    println!("Playing the jobs against {} …", server.url());
    let stage = prepared.play(server.url())?;
    println!("\n{}", table::jobs(&Client::new(server.url(), None))?);
    drop(stage);
    selfcheck::run(&prepared, server, temporary.path())?;
    println!("self-check passed");
    Ok(())
}
