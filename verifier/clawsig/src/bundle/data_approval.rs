//! The approval that a receipt of data handling carries, where its action needed one.

use crate::schema::{MemberForm, NONE};
use crate::{ClawsigFailure, Reason};
use evidence::json::{Object, Value};
use evidence::rfc3339;

use super::data_handling::{
    APPROVAL_ENVELOPE, DataHandlingScope, approval_scope, check_signature, contradiction, malformed,
    object_of,
};
use super::metadata::NOT_BLANK;

/// Checks that flags, hashes and the approval itself agree.
pub(super) fn check(
    payload: &Object,
    approval: &Object,
    scope: DataHandlingScope<'_>,
) -> Result<(), ClawsigFailure> {
    let flag = |name: &str| approval.get(name) == Some(&Value::Bool(true));
    let (required, satisfied) = (flag("required"), flag("satisfied"));
    if satisfied && (!required || payload.text_or_empty("action") == "require_approval") {
        return Err(contradiction("an approval is there that nobody asked for"));
    }
    let scope_hash = approval_scope(payload)?;
    let expected = required.then_some(scope_hash.as_str());
    if approval.text("scope_hash_b64u") != expected {
        return Err(contradiction("what an approval would be about has another hash"));
    }
    let named = ["receipt_hash_b64u", "receipt_signer_did", "receipt_envelope"];
    let is_null = |name: &&str| approval.get(name) == Some(&Value::Null);
    if satisfied == named.iter().any(is_null) || satisfied == named.iter().all(is_null) {
        return Err(contradiction(
            "an approval is said to be there and is not, or the other way round",
        ));
    }
    if !satisfied {
        return Ok(());
    }
    let envelope = object_of(approval, "receipt_envelope", &APPROVAL_ENVELOPE)?;
    if envelope.text_or_empty("signer_did") != approval.text_or_empty("receipt_signer_did") {
        return Err(contradiction(
            "an approval is signed by another than who is named",
        ));
    }
    let receipt = object_of(envelope, "payload", &RECEIPT)?;
    check_content(receipt, payload.text_or_empty("timestamp"), &scope_hash, scope)?;
    check_signature(envelope)?;
    if approval.text_or_empty("receipt_hash_b64u") != envelope.text_or_empty("payload_hash_b64u") {
        return Err(contradiction("a receipt names another approval than it carries"));
    }
    Ok(())
}

/// It approves, of this agent, under this policy, these classes, at that time, in this run.
fn check_content(
    receipt: &Object,
    decided_at: &str,
    scope_hash: &str,
    scope: DataHandlingScope<'_>,
) -> Result<(), ClawsigFailure> {
    if !matches!(
        receipt.text_or_empty("approval_type"),
        "explicit_approve" | "auto_approve"
    ) {
        return Err(contradiction("an approval does not approve"));
    }
    for (name, expected) in [
        ("agent_did", scope.agent_did),
        ("policy_hash_b64u", scope.policy_hash),
        ("scope_hash_b64u", scope_hash),
    ] {
        if receipt.text_or_empty(name) != expected {
            return Err(contradiction(&format!("an approval is of another {name}")));
        }
    }
    check_time(receipt, decided_at)?;
    let Some(binding) = receipt.object("binding") else {
        return Ok(());
    };
    let is = |name: &str, accepts: &dyn Fn(&str) -> bool| {
        binding
            .get(name)
            .is_none_or(|value| value.as_str().is_some_and(accepts))
    };
    let bound = is("run_id", &|run_id| run_id == scope.chain.run_id)
        && is("event_hash_b64u", &|event| scope.chain.known.contains(event))
        && is("policy_hash", &|hash| hash == scope.policy_hash);
    if bound {
        return Ok(());
    }
    Err(contradiction(
        "an approval is bound to another run, event or policy",
    ))
}

/// The decision about the data fell while the approval held.
fn check_time(receipt: &Object, decided_at: &str) -> Result<(), ClawsigFailure> {
    let seconds = receipt
        .get("minted_capability_ttl_seconds")
        .and_then(Value::as_u64)
        .filter(|&seconds| seconds > 0);
    let from = rfc3339::parse(receipt.text_or_empty("timestamp"));
    let (Some(seconds), Some(from), Some(decided_at)) = (seconds, from, rfc3339::parse(decided_at)) else {
        return Err(malformed("an approval has no time in which it holds"));
    };
    let until = seconds.saturating_mul(1000).saturating_add(from.value());
    if decided_at < from || decided_at.value() > until {
        return Err(ClawsigFailure::fail(
            Reason::EvidenceMismatch,
            "data_handling: an approval did not hold when it was used",
        ));
    }
    Ok(())
}

static RECEIPT: MemberForm = MemberForm::Open(
    &[
        ("receipt_version", MemberForm::Constant("1")),
        ("approver_subject", NOT_BLANK),
        ("hash_algorithm", MemberForm::Constant("SHA-256")),
    ],
    NONE,
);
