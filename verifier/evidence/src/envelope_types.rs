//! The envelope types and their rules.

use crate::payload::NOT_ENABLED;

/// Which rule hashes and signs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rule {
    /// `H_js` payload hash, signature over its 43 ASCII characters; header unsigned.
    ClawsigJs,
    /// The same with `H_jcs` (`work_policy_contract`).
    ClawsigJcs,
    /// Flat export bundle: `H_jcs` over its signable members.
    ExportBundle,
    /// Ours: everything signed.
    Own,
}

const TYPES: &[(&str, Rule)] = &[
    ("gateway_receipt", Rule::ClawsigJs),
    ("tool_receipt", Rule::ClawsigJs),
    ("side_effect_receipt", Rule::ClawsigJs),
    ("human_approval_receipt", Rule::ClawsigJs),
    ("proof_bundle", Rule::ClawsigJs),
    ("aggregate_bundle", Rule::ClawsigJs),
    ("work_policy_contract", Rule::ClawsigJcs),
    ("cst_issuance", Rule::Own),
    ("cst_revocation", Rule::Own),
    ("wpc_publication", Rule::Own),
    ("wpc_withdrawal", Rule::Own),
    ("wpc_freeze", Rule::Own),
    ("authorization_decision", Rule::Own),
    ("job_event", Rule::Own),
    ("trust_pulse", Rule::Own),
    ("evidence_artifact", Rule::Own),
    ("submission_context", Rule::Own),
    ("issuer_registration", Rule::Own),
    ("issuer_retirement", Rule::Own),
    ("erasure_order", Rule::Own),
    ("legal_hold", Rule::Own),
    ("legal_hold_release", Rule::Own),
    ("log_genesis", Rule::Own),
    ("log_settings", Rule::Own),
    ("log_clock", Rule::Own),
    ("log_key", Rule::Own),
    ("log_frozen", Rule::Own),
];

/// The type and its rule, if there is such a type.
pub(crate) fn find(text: &str) -> Option<(&'static str, Rule)> {
    TYPES
        .iter()
        .copied()
        .find(|(envelope_type, _)| *envelope_type == text)
}

/// Every type that is taken, for people.
pub(crate) fn names() -> String {
    let types = TYPES.iter().map(|(envelope_type, _)| *envelope_type);
    let names: Vec<&str> = types.filter(|name| !NOT_ENABLED.contains(name)).collect();
    names.join(", ")
}

/// Whether envelopes of this type are read.
pub(crate) fn is_known(text: &str) -> bool {
    find(text).is_some()
}
