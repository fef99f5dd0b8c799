//! Who cosigns the log: see [`crate::cosigning`].

use super::BadLimit;
use ledger::cosigning::QuorumRule;
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

/// Shortest and longest time in seconds for which a log that fails closed goes on without its quorum. A log at rest asks its witnesses
/// once a minute.
const QUORUM_AGE_MIN_S: u64 = 120;
const QUORUM_AGE_MAX_S: u64 = 86_400;

/// The witnesses; without a policy file nobody is asked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct WitnessConfig {
    /// C2SP tlog-policy with a URL of each witness.
    pub(crate) policy_file: Option<PathBuf>,
    /// What happens without a quorum.
    mode: QuorumMode,
    /// For `fail_closed`, in seconds.
    quorum_age_max_s: u64,
}

/// What the log does while its quorum is too old.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
enum QuorumMode {
    /// It goes on.
    FailOpen,
    /// It takes no evidence.
    FailClosed,
}

impl TryFrom<String> for QuorumMode {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        match word.as_str() {
            "fail_open" => Ok(Self::FailOpen),
            "fail_closed" => Ok(Self::FailClosed),
            _ => Err(format!("expected fail_open or fail_closed, found {word:?}")),
        }
    }
}

/// A rule that cannot be followed: the operator is at fault.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadWitnessRule {
    #[error(transparent)]
    Age(#[from] BadLimit),
    #[error("witness.mode is fail_closed, and witness.policy_file names no witnesses")]
    NobodyToWaitFor,
}

impl Default for WitnessConfig {
    fn default() -> Self {
        Self {
            policy_file: None,
            mode: QuorumMode::FailOpen,
            quorum_age_max_s: 600,
        }
    }
}

impl WitnessConfig {
    /// What the log does without a quorum.
    pub(crate) fn rule(&self) -> Result<QuorumRule, BadWitnessRule> {
        let value = self.quorum_age_max_s;
        if !(QUORUM_AGE_MIN_S..=QUORUM_AGE_MAX_S).contains(&value) {
            return Err(BadWitnessRule::Age(BadLimit {
                table: "witness",
                key: "quorum_age_max_s",
                value,
                min: QUORUM_AGE_MIN_S,
                max: QUORUM_AGE_MAX_S,
            }));
        }
        match (self.mode, &self.policy_file) {
            (QuorumMode::FailOpen, _) => Ok(QuorumRule::FailOpen),
            (QuorumMode::FailClosed, None) => Err(BadWitnessRule::NobodyToWaitFor),
            (QuorumMode::FailClosed, Some(_)) => Ok(QuorumRule::FailClosed {
                age_max: Duration::from_secs(value),
            }),
        }
    }
}
