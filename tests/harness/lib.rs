//! What journeys, crash tests and the load generator share: real processes, an HTTP client, actors that sign.
//!
//! Everything here goes through public surfaces: the binaries, HTTP, and the offline verifier.

pub mod actors;
pub mod client;
pub mod load;
pub mod weight;

/// Why a step of a test could not be taken. Tests unwrap it; the load generator prints it.
#[derive(Debug, thiserror::Error)]
pub enum HarnessError {
    /// A process or file.
    #[error("{what}: {source}")]
    Io {
        /// The step that was tried.
        what: &'static str,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The request did not get an answer.
    #[error("no answer: {0}")]
    Http(#[from] ledger_client::transport::TransportFailure),
    /// The server said something that the step cannot go on with.
    #[error("{what}: {found}")]
    Unexpected {
        /// The answer that was expected.
        what: &'static str,
        /// What came.
        found: String,
    },
    /// A document could not be signed.
    #[error(transparent)]
    Key(#[from] ledger::signer::KeyError),
    /// Not JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

impl HarnessError {
    /// An answer that the step cannot go on with.
    pub fn unexpected(what: &'static str, found: impl Into<String>) -> Self {
        Self::Unexpected {
            what,
            found: found.into(),
        }
    }
}
