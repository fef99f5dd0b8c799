//! The witnesses of the log that is served: their policy is read before the log is opened, and they are asked from then on.

use crate::config::WitnessConfig;
use ledger::cosigning::QuorumRule;
use ledger::handle::Ledger;
use ledger_witnesses::policy::WitnessPolicy;
use ledger_witnesses::pusher::Pusher;
use ledger_witnesses::timing::PushTiming;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use verifier::note::VerifierKey;
use verifier::quorum::{POLICY_BYTES_MAX, PolicyError};

/// A policy file that the server does not start with: the operator is at fault.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnusablePolicy {
    #[error("witness.policy_file cannot be read: {path}: {source}")]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("witness.policy_file {path}: {source}")]
    Refused { path: PathBuf, source: PolicyError },
}

/// The policy for the log with these keys, one of which it has to name, if it names any; `None` where nobody is to be asked.
pub(crate) fn policy(
    config: &WitnessConfig,
    log: &[VerifierKey],
) -> Result<Option<WitnessPolicy>, UnusablePolicy> {
    let Some(path) = &config.policy_file else {
        return Ok(None);
    };
    let content = read(path).map_err(|source| UnusablePolicy::Unreadable {
        path: path.clone(),
        source,
    })?;
    let mut refused = None;
    for key in log {
        match WitnessPolicy::parse(&content, key) {
            Ok(policy) => return Ok(Some(policy)),
            Err(source) => refused = Some(source),
        }
    }
    match refused {
        Some(source) => Err(UnusablePolicy::Refused {
            path: path.clone(),
            source,
        }),
        None => Ok(None),
    }
}

/// Reads no more than a policy may have, and one byte.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let most = u64::try_from(POLICY_BYTES_MAX).unwrap_or(u64::MAX);
    let mut content = Vec::new();
    File::open(path)?
        .take(most.saturating_add(1))
        .read_to_end(&mut content)?;
    Ok(content)
}

/// Begins to ask the witnesses of an open log. Where that fails the log is served without, and takes no evidence if it fails closed.
pub(crate) fn start(ledger: &Ledger, policy: Option<&WitnessPolicy>, rule: QuorumRule) -> Option<Pusher> {
    let policy = policy?;
    let started = Pusher::start(ledger.reader(), policy, rule, PushTiming::default());
    let asked = policy.witnesses().len();
    match started {
        Ok(pusher) => {
            tracing::info!(witnesses = asked, "checkpoints are sent to witnesses");
            Some(pusher)
        }
        Err(error) => {
            tracing::error!(%error, "no witness is asked");
            None
        }
    }
}
