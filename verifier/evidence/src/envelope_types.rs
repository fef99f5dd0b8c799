//! The envelope types and their rules.

/// Which rule hashes and signs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EnvelopeRule {
    /// `H_js` payload hash, signature over its 43 ASCII characters; header unsigned.
    ClawsigJs,
    /// The same with `H_jcs` (`work_policy_contract`).
    ClawsigJcs,
    /// Flat export bundle: `H_jcs` over its signable members.
    ExportBundle,
    /// Ours: everything signed.
    Own,
}

const TYPES: &[(&str, EnvelopeRule)] = &[
    ("gateway_receipt", EnvelopeRule::ClawsigJs),
    ("tool_receipt", EnvelopeRule::ClawsigJs),
    ("side_effect_receipt", EnvelopeRule::ClawsigJs),
    ("human_approval_receipt", EnvelopeRule::ClawsigJs),
    ("proof_bundle", EnvelopeRule::ClawsigJs),
    ("aggregate_bundle", EnvelopeRule::ClawsigJs),
    ("work_policy_contract", EnvelopeRule::ClawsigJcs),
    ("cst_issuance", EnvelopeRule::Own),
    ("cst_revocation", EnvelopeRule::Own),
    ("wpc_publication", EnvelopeRule::Own),
    ("wpc_withdrawal", EnvelopeRule::Own),
    ("wpc_freeze", EnvelopeRule::Own),
    ("authorization_decision", EnvelopeRule::Own),
    ("job_event", EnvelopeRule::Own),
    ("trust_pulse", EnvelopeRule::Own),
    ("evidence_artifact", EnvelopeRule::Own),
    ("submission_context", EnvelopeRule::Own),
    ("issuer_registration", EnvelopeRule::Own),
    ("issuer_retirement", EnvelopeRule::Own),
    ("erasure_order", EnvelopeRule::Own),
    ("legal_hold", EnvelopeRule::Own),
    ("legal_hold_release", EnvelopeRule::Own),
    ("log_genesis", EnvelopeRule::Own),
    ("log_settings", EnvelopeRule::Own),
    ("log_clock", EnvelopeRule::Own),
    ("log_key", EnvelopeRule::Own),
    ("log_frozen", EnvelopeRule::Own),
];

/// The type and its rule, if there is such a type.
pub(crate) fn find(text: &str) -> Option<(&'static str, EnvelopeRule)> {
    TYPES
        .iter()
        .copied()
        .find(|(envelope_type, _)| *envelope_type == text)
}

/// Every type that is taken, for people.
pub(crate) fn names() -> String {
    let types = TYPES.iter().map(|(envelope_type, _)| *envelope_type);
    let names: Vec<&str> = types.collect();
    names.join(", ")
}

/// Whether envelopes of this type are read.
pub(crate) fn is_known(text: &str) -> bool {
    find(text).is_some()
}
