//! The demo: a fresh log is filled over HTTP by simulated services and agents, each with its own key.
//!
//! Nothing takes a short cut: every document is signed by the service that would sign it, and reaches the server the way
//! it would in production. The server is known only by its address, its configuration file and its command; who makes the
//! log and starts the server is `ledgerd`'s affair. [`check`] checks a played log through its public surfaces only.

mod actors;
mod control;
mod documents;
mod fresh;
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

pub use actors::Tokens;
pub use selfcheck::{CheckError, run as check};
pub use server::DemoServer;
pub use table::jobs as table_of_jobs;

use actors::{Cast, VISITOR};
use ledger::signer::KeyError;
use ledger_client::log::{Client, ClientError};
use stage::Stage;
use std::io;
use std::path::{Path, PathBuf};
use verifier::fault::Fault;
use verifier::payload::Settings;

/// The origin of every demo's log.
pub const ORIGIN: &str = "demo.evidence-ledger.example/log";
/// Short, so that the story of the revoked token takes two seconds and not a minute.
const CLOCK_SKEW_S: u64 = 1;

/// The settings that the genesis of a demo's log declares.
pub fn settings() -> Settings {
    Settings {
        clock_skew_s: CLOCK_SKEW_S,
        ..Settings::default()
    }
}

/// Why the stories were not played or did not end as they were written.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A file or a process.
    #[error("{path}: {source}")]
    Io {
        /// Which file, or the command of the process.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// The server did not take what was sent.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A key cannot be made or read, or does not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The operating system gives no randomness.
    #[error("the operating system gives no randomness: {0}")]
    Entropy(#[from] getrandom::Error),
    /// A broken document; the demo is at fault.
    #[error("a document of the demo is not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A broken document; the demo is at fault.
    #[error("a document of the demo is not evidence: {0}")]
    Document(Fault),
    /// A broken story; the demo is at fault.
    #[error("{0}")]
    Story(&'static str),
    /// The log does not have what was played.
    #[error("self-check failed: {0}")]
    Check(#[from] CheckError),
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> DemoError + use<> {
    let path = path.to_owned();
    move |source| DemoError::Io { path, source }
}

/// A log that the demo may fill, as its operator has it.
#[derive(Debug)]
pub struct DemoSite {
    /// The directory of the log, for `ledgerd serve` and `ledgerd fsck`.
    pub dir: PathBuf,
    /// The server's configuration file, with what [`Tokens::to_config`] gives.
    pub config: PathBuf,
    /// The file of the operator's key.
    pub operator_key: PathBuf,
    /// The bearer tokens of everybody who submits.
    pub tokens: Tokens,
}

impl DemoSite {
    /// Registers the cast and plays every story against the server at `url`.
    ///
    /// # Errors
    /// The first document that was not logged, or why it could not be written.
    pub fn play(&self, url: &str) -> Result<(), DemoError> {
        let origin = Client::new(url, None).log()?.origin;
        let cast = Cast::assemble(url, &self.tokens, &self.operator_key)?;
        let stage = Stage::new(origin, cast);
        stage.cast.register(&stage.origin)?;
        jobs::play(&stage)
    }

    /// What the viewer of a played demo is shown: once the list of verdicts covers the log, where to look, and three commands
    /// to try.
    ///
    /// # Errors
    /// [`DemoError::Story`] where the list does not catch up within a minute; otherwise as [`Client::log`].
    pub fn guide(&self, url: &str) -> Result<String, DemoError> {
        let client = Client::new(url, None);
        verdict::wait_until_listed(&client)?;
        let token = self.tokens.of(VISITOR).unwrap_or_default();
        Ok(table::guide(url, &client.log()?, &server::binaries()?, token))
    }
}
