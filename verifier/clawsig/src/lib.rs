//! Verification of clawsig's own formats: receipts, proof bundles, export and aggregate bundles, commit
//! signatures. The order of checks and the reason codes are the reference's; where the reference is unsafe
//! the verdict is ours (`docs/clawsig-differences.md`).

mod aggregate;
mod attestation_envelope;
mod bundle;
mod causal;
mod collation;
mod commit;
mod disclosure;
mod envelope_forms;
mod evidence_forms;
mod export;
mod hashed;
mod log_proof;
mod manifest;
mod member_lists;
mod model_forms;
mod nested;
mod reason;
mod receipt;
mod receipt_forms;
mod schema;
mod signed_envelope;
mod tool;
mod tool_forms;
mod verify;
mod web;

pub use bundle::{
    BundleFacts, EmbeddedReceipt, ModelIdentityTier, ProofTier, Tiers, TrustTier, urm_hash,
    verify_proof_bundle,
};
pub use evidence::detect::{Kind, is_kind};
pub use member_lists::{MemberList, member_lists};
pub use reason::Reason;
pub use receipt::{VerifiedReceipt, verify_gateway_receipt};
pub use tool::{
    ToolChain, ToolEmbedding, check_embedded_approval, check_embedded_side_effect, verify_embedded,
};
pub use verify::{FILE_BYTES_MAX, Verification, unwrapped, verify, verify_value};

use evidence::json::Value;
use evidence::report::Status;
use tlog::index::TimestampMs;

/// What a verification is told from outside.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClawsigOptions<'a> {
    /// The time of verification; without it nothing expires and nothing is too new, and the report lists
    /// that under `not_checked`.
    pub at: Option<TimestampMs>,
    /// DIDs whose gateway receipts count.
    pub gateways: &'a [String],
    /// DIDs whose attestations count.
    pub attesters: &'a [String],
    /// DIDs whose web receipts count.
    pub witnesses: &'a [String],
    /// The universal run manifest that a bundle's `urm` refers to.
    pub urm: Option<&'a Value>,
}

/// Why a document does not verify.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClawsigFailure {
    /// FAIL, INCOMPLETE where only something from outside is missing, or UNKNOWN.
    pub status: Status,
    /// The reference's reason code, or one of ours.
    pub reason: Reason,
    /// One sentence.
    pub message: String,
}
