//! The policy of witnesses that a visitor has pinned, and how far their cosignatures reach.

use serde::Deserialize;
use verifier::check::{Details, Finding, Report, Status, WitnessGate};
use verifier::checkpoint::{Checkpoint, TreeHead};
use verifier::note::VerifierKey;
use verifier::quorum::QuorumPolicy;

/// What a visitor holds the log's witnesses to, and what the server has from them.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PinnedPolicy {
    /// A policy file (`schemas/witness-policy.md`).
    pub policy: String,
    /// The newest checkpoint that has enough cosignatures by the server's own policy, as its note; absent where it names none.
    pub note: Option<String>,
}

impl PinnedPolicy {
    /// Counts the cosignatures on the checkpoint, or on the newest one where there is none, and sets the details `witnesses`
    /// (`schemas/witness-policy.md`) and `witnessed_size`. Without the quorum that is what they say; it is no finding.
    ///
    /// The head that was counted MUST be shown to be of the visit's tree.
    pub(crate) fn count(
        &self,
        newest: &str,
        key: &VerifierKey,
        details: &mut Details,
    ) -> Result<TreeHead, Finding> {
        let policy = QuorumPolicy::parse(self.policy.as_bytes()).map_err(|error| {
            Finding::fail("POLICY_MALFORMED", format!("the policy of witnesses: {error}"))
        })?;
        let note = self.note.as_deref().unwrap_or(newest).as_bytes();
        let head = Checkpoint::open(note, key)?.head().clone();
        let gate = WitnessGate { key, policy: &policy };
        let counted = gate.hold(Report::pass("cosigned", std::mem::take(details)), note);
        *details = counted.details;
        match counted.status {
            Status::Pass | Status::Incomplete => {
                details.set("witnessed_size", head.size.value());
                Ok(head)
            }
            _ => Err(Finding::fail(counted.reason_code, counted.message)),
        }
    }
}
