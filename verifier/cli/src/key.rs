//! The keys that a command checks against: that of the log, those of its witnesses, and those of signers.

use std::path::{Path, PathBuf};

use clap::Args;
use verifier::check::{LogKeyring, Report, WitnessGate};
use verifier::did::DidKey;
use verifier::note::VerifierKey;
use verifier::quorum::QuorumPolicy;

use crate::files::{FileError, log_key, read_file};

/// The key that everything is checked against.
#[derive(Debug, Args)]
pub(crate) struct KeyArgument {
    /// The log's public key, as text (`<origin>+<id>+<base64>`) or in a file. Take it from the log's operator, not from the
    /// place where you got what you check.
    #[arg(long, value_name = "VKEY")]
    pub(crate) log_key: String,
    /// File with the changes of the log's keys, as the server answers `/v1/log/keys`. Needed where the log was signed with another
    /// key than the one of `--log-key`, because it changed its key since, or before.
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: Option<PathBuf>,
}

impl KeyArgument {
    /// The keys that the given one leads to.
    pub(crate) fn read(&self) -> Result<LogKeyring, FileError> {
        let pinned = log_key(&self.log_key)?;
        let Some(path) = &self.keys else {
            return Ok(LogKeyring::of(pinned));
        };
        LogKeyring::open(&read_file(path)?, pinned)
            .map_err(|fault| FileError::Source(format!("--keys: {}: {fault}", path.display())))
    }
}

/// Whose cosignatures the caller asks for.
#[derive(Debug, Args)]
pub(crate) struct PolicyArgument {
    /// File with a policy on witnesses (tlog-policy): whose cosignatures count, and how many are needed. Without the quorum the answer
    /// is INCOMPLETE, and no PASS.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

impl PolicyArgument {
    /// The policy, where there is one.
    pub(crate) fn read(&self) -> Result<Option<QuorumPolicy>, FileError> {
        let policy = self.policy.as_deref();
        policy.map(|path| read_policy("--policy", path)).transpose()
    }
}

/// The policy in a file; `argument` names it.
pub(crate) fn read_policy(argument: &str, path: &Path) -> Result<QuorumPolicy, FileError> {
    QuorumPolicy::parse(&read_file(path)?)
        .map_err(|error| FileError::Source(format!("{argument}: {}: {error}", path.display())))
}

/// The report, held to the policy where there is one.
pub(crate) fn held(
    report: Report,
    key: &VerifierKey,
    policy: Option<&QuorumPolicy>,
    hold: impl FnOnce(WitnessGate<'_>, Report) -> Report,
) -> Report {
    match policy {
        Some(policy) => hold(WitnessGate { key, policy }, report),
        None => report,
    }
}

/// Reads the DID of a signer. A text that no key has would match no document, and a check of it would fail as if the document were by
/// somebody else.
pub(crate) fn did(text: &str) -> Result<String, String> {
    match DidKey::parse(text) {
        Some(did) => Ok(did.as_str().to_owned()),
        None => Err("no did:key of an Ed25519 key, such as did:key:z6Mk…".to_owned()),
    }
}
