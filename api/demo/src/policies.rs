//! The policies of the demo: four files as their authors wrote them, byte for byte.

use super::DemoError;
use super::documents::{hash_jcs, parse};

/// One of the demo's policies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum DemoPolicy {
    SecureExecution,
    DefenderReadonly,
    SentinelTriage,
    /// The only one in clawsig's own form; it has model rules and no tool rules.
    ClawsigV1,
}

impl DemoPolicy {
    /// From the file's `{` to its matching `}`.
    pub(super) fn text(self) -> &'static str {
        let file = match self {
            Self::SecureExecution => {
                include_str!("../../../schemas/vectors/policies/secure-agent-execution.json")
            }
            Self::DefenderReadonly => {
                include_str!("../../../schemas/vectors/policies/defender-agent-readonly.json")
            }
            Self::SentinelTriage => {
                include_str!("../../../schemas/vectors/policies/sentinel-triage-readonly.json")
            }
            Self::ClawsigV1 => include_str!("../../../schemas/vectors/policies/clawsig-v1-example.json"),
        };
        file.trim()
    }

    /// The id under which the registry publishes it.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::SecureExecution => "secure-agent-execution",
            Self::DefenderReadonly => "defender-agent-readonly",
            Self::SentinelTriage => "sentinel-triage-readonly",
            Self::ClawsigV1 => "pol_example",
        }
    }

    /// The address: b64url(SHA-256(JCS(policy))).
    pub(super) fn hash(self) -> Result<String, DemoError> {
        Ok(hash_jcs(&parse(self.text())?))
    }
}
