//! Receipts of what was done with data before it left (step 18 of `schemas/clawsig.md` §5.5): the agent's own word,
//! under the policy of the policy binding.

use crate::schema::MemberForm::{
    self, AnyObject, Bool, Constant, Count, DateTime, Nullable, OneOf, Open, Text,
};
use crate::schema::{self, NONE, list_of};
use crate::signed_envelope::{check_did_syntax, check_signed_by, key_of};
use crate::{ClawsigFailure, Reason};
use evidence::envelope::UnverifiedEnvelope;
use evidence::json::{Object, Value};
use evidence::token::js_trim;

use super::chain::EventChain;
use super::metadata::{ANY_BASE64URL, DID, NOT_BLANK};
use super::{data_approval, normal_form, policy_binding};

/// What a receipt has to agree with.
#[derive(Clone, Copy)]
pub(super) struct DataHandlingScope<'a> {
    pub(super) agent_did: &'a str,
    pub(super) policy_hash: &'a str,
    pub(super) chain: &'a EventChain<'a>,
}

const POLICY_VERSION: &str = "prv.dlp.v1";

pub(super) fn malformed(message: &str) -> ClawsigFailure {
    ClawsigFailure::fail(Reason::MalformedEnvelope, format!("data_handling: {message}"))
}

pub(super) fn contradiction(message: &str) -> ClawsigFailure {
    ClawsigFailure::fail(Reason::EvidenceMismatch, format!("data_handling: {message}"))
}

/// Checks the receipts, where the metadata speaks of data at all.
pub(super) fn check(
    metadata: &Object,
    agent_did: &str,
    chain: Option<&EventChain<'_>>,
) -> Result<(), ClawsigFailure> {
    let Some(handling) = metadata.get("data_handling") else {
        return Ok(());
    };
    let handling = handling.as_object().ok_or_else(|| malformed("it is no object"))?;
    if handling.text_or_empty("policy_version") != POLICY_VERSION {
        return Err(malformed("it is of a policy version that nobody knows"));
    }
    let policy_hash = policy_binding::effective_hash(metadata)
        .ok_or_else(|| contradiction("there is no policy binding that it could be under"))?;
    let own = handling.get("effective_policy_hash_b64u");
    if own.is_some_and(|own| own.as_str() != Some(policy_hash)) {
        return Err(contradiction(
            "it is under another policy than the policy binding's",
        ));
    }
    let chain = chain.ok_or_else(|| contradiction("there is no event chain that it could be of"))?;
    let receipts = handling.items("receipts");
    if receipts.is_empty() {
        let message = "data_handling: there is no receipt";
        return Err(ClawsigFailure::fail(Reason::MissingRequiredField, message));
    }
    let scope = DataHandlingScope {
        agent_did,
        policy_hash,
        chain,
    };
    receipts
        .iter()
        .try_for_each(|receipt| check_receipt(receipt, scope))
}

/// A member that is an object of its form.
pub(super) fn object_of<'a>(
    object: &'a Object,
    name: &str,
    form: &MemberForm,
) -> Result<&'a Object, ClawsigFailure> {
    let value = object.get(name).unwrap_or(&Value::Null);
    schema::check(form, value)
        .map_err(|fault| ClawsigFailure::of_fault(Reason::MalformedEnvelope, &schema::below(name, fault)))?;
    value
        .as_object()
        .ok_or_else(|| malformed("a part of it is no object"))
}

fn check_receipt(receipt: &Value, scope: DataHandlingScope<'_>) -> Result<(), ClawsigFailure> {
    let envelope = receipt
        .as_object()
        .ok_or_else(|| malformed("a receipt is no object"))?;
    check_envelope(envelope, scope.agent_did)?;
    let payload = object_of(envelope, "payload", &AnyObject)?;
    check_identity(payload, scope)?;
    check_reason(payload)?;
    check_classes(payload)?;
    let approval = object_of(payload, "approval", &APPROVAL)?;
    let signer = approval.text("receipt_signer_did");
    signer.map_or(Ok(()), check_did_syntax)?;
    let redaction = object_of(payload, "redaction", &REDACTION)?;
    data_approval::check(payload, approval, scope)?;
    check_redaction(payload.text_or_empty("action"), redaction)?;
    check_signature(envelope)
}

fn check_envelope(envelope: &Object, agent_did: &str) -> Result<(), ClawsigFailure> {
    for (name, one, reason) in [
        ("envelope_version", "1", Reason::MalformedEnvelope),
        (
            "envelope_type",
            "data_handling_receipt",
            Reason::MalformedEnvelope,
        ),
        ("hash_algorithm", "SHA-256", Reason::UnknownHashAlgorithm),
        ("algorithm", "Ed25519", Reason::UnknownAlgorithm),
    ] {
        if envelope.text_or_empty(name) != one {
            let message = format!("data_handling: {name} of a receipt is not {one:?}");
            return Err(ClawsigFailure::fail(reason, message));
        }
    }
    for name in ["payload_hash_b64u", "signature_b64u"] {
        if !schema::is_url_alphabet(envelope.text_or_empty(name)) {
            return Err(malformed("a hash or signature is not base64url"));
        }
    }
    let signer = envelope.text_or_empty("signer_did");
    check_did_syntax(signer)?;
    if signer != agent_did {
        return Err(contradiction("a receipt is signed by another than the agent"));
    }
    Ok(())
}

/// Version, policy, ids and run.
fn check_identity(payload: &Object, scope: DataHandlingScope<'_>) -> Result<(), ClawsigFailure> {
    if payload.text_or_empty("receipt_version") != "1"
        || payload.text_or_empty("policy_version") != POLICY_VERSION
    {
        return Err(malformed("a receipt is of a version that nobody knows"));
    }
    let policy_hash = payload.text_or_empty("effective_policy_hash_b64u");
    if !schema::is_url_alphabet(policy_hash) {
        return Err(malformed("a receipt's hash of the policy is not base64url"));
    }
    if policy_hash != scope.policy_hash {
        return Err(contradiction(
            "a receipt is under another policy than the policy binding's",
        ));
    }
    for name in ["receipt_id", "provider", "run_id"] {
        if js_trim(payload.text_or_empty(name)).is_empty() {
            let message = format!("data_handling: a receipt has no {name}");
            return Err(ClawsigFailure::fail(Reason::MissingRequiredField, message));
        }
    }
    if payload.text_or_empty("run_id") != scope.chain.run_id {
        return Err(contradiction("a receipt is of another run than the chain"));
    }
    Ok(())
}

/// The reason given is one of the action taken.
fn check_reason(payload: &Object) -> Result<(), ClawsigFailure> {
    let approval = payload.object("approval");
    let flag = |name: &str| approval.and_then(|approval| approval.get(name)) == Some(&Value::Bool(true));
    let reasons: &[&str] = match payload.text_or_empty("action") {
        "block" => &["PRV_DLP_BLOCKED"],
        "redact" => &["PRV_DLP_REDACTED"],
        "allow" if flag("required") && flag("satisfied") => &["PRV_DLP_APPROVAL_GRANTED"],
        "allow" => &["PRV_DLP_ALLOW"],
        "require_approval" => &["PRV_DLP_APPROVAL_REQUIRED", "PRV_DLP_CLASSIFIER_ERROR"],
        _ => &[],
    };
    if !reasons.contains(&payload.text_or_empty("reason_code")) {
        return Err(malformed("a receipt's reason is not one of its action"));
    }
    let timestamp = payload.get("timestamp").unwrap_or(&Value::Null);
    schema::check(&DateTime, timestamp)
        .map_err(|fault| ClawsigFailure::of_fault(Reason::MalformedEnvelope, &fault))
}

fn check_classes(payload: &Object) -> Result<(), ClawsigFailure> {
    let classes = payload.get("classes").unwrap_or(&Value::Null);
    schema::check(&CLASSES, classes)
        .map_err(|fault| ClawsigFailure::of_fault(Reason::MalformedEnvelope, &fault))
}

/// What left is what the action says that left.
fn check_redaction(action: &str, redaction: &Object) -> Result<(), ClawsigFailure> {
    let applied = redaction.get("applied") == Some(&Value::Bool(true));
    let original = redaction.text("original_payload_hash_b64u");
    let outbound = redaction.text("outbound_payload_hash_b64u");
    let agrees = match action {
        "allow" => !applied && outbound == original,
        "redact" => applied && outbound.is_some() && outbound != original,
        _ => !applied && outbound.is_none(),
    };
    if agrees {
        return Ok(());
    }
    Err(contradiction(
        "what a receipt says of the data is not what its action does with it",
    ))
}

/// Hash and signature of a receipt, or of the approval in it.
pub(super) fn check_signature(envelope: &Object) -> Result<(), ClawsigFailure> {
    let envelope = UnverifiedEnvelope::new(envelope);
    if !envelope.has_payload_hash() {
        let message = "data_handling: a receipt has another hash than it says";
        return Err(ClawsigFailure::fail(Reason::HashMismatch, message));
    }
    check_signed_by(envelope, &key_of(envelope.text("signer_did"))?)
}

/// The hash of what an approval would have to be about: the classes of data that ask for one.
pub(super) fn approval_scope(payload: &Object) -> Result<String, ClawsigFailure> {
    let asking = |class: &&Object| class.text_or_empty("action") == "require_approval";
    let classes = payload.items("classes").iter().filter_map(Value::as_object);
    let mut ids: Vec<&str> = classes
        .filter(asking)
        .map(|class| class.text_or_empty("class_id"))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let ids = normal_form::in_order(ids, |id| id)?;
    let ids = ids.into_iter().map(|id| Value::String(id.to_owned())).collect();
    let copied = |name: &str| Value::String(payload.text_or_empty(name).to_owned());
    let provider = js_trim(payload.text_or_empty("provider")).to_lowercase();
    normal_form::hash(&normal_form::object(vec![
        (
            "scope_version",
            Value::String("prv.dlp.approval_scope.v1".to_owned()),
        ),
        ("provider", Value::String(provider)),
        ("policy_version", copied("policy_version")),
        ("effective_policy_hash_b64u", copied("effective_policy_hash_b64u")),
        ("class_ids", Value::Array(ids)),
    ])?)
}

static CLASSES: MemberForm = list_of(&CLASS);

static CLASS: MemberForm = Open(
    &[
        ("class_id", NOT_BLANK),
        ("rule_id", NOT_BLANK),
        ("action", OneOf(&["allow", "redact", "block", "require_approval"])),
        ("match_count", Count),
    ],
    NONE,
);

static APPROVAL: MemberForm = Open(
    &[
        ("required", Bool),
        ("satisfied", Bool),
        ("mechanism", Constant("signed_receipt")),
        ("scope_hash_b64u", Nullable(&ANY_BASE64URL)),
        ("receipt_hash_b64u", Nullable(&ANY_BASE64URL)),
        ("receipt_signer_did", Nullable(&Text(0))),
    ],
    NONE,
);

static REDACTION: MemberForm = Open(
    &[
        ("applied", Bool),
        ("original_payload_hash_b64u", ANY_BASE64URL),
        ("outbound_payload_hash_b64u", Nullable(&ANY_BASE64URL)),
    ],
    NONE,
);

/// Of an approval inside a receipt, every fault of form has one code.
pub(super) static APPROVAL_ENVELOPE: MemberForm = Open(
    &[
        ("envelope_version", Constant("1")),
        ("envelope_type", Constant("human_approval_receipt")),
        ("hash_algorithm", Constant("SHA-256")),
        ("algorithm", Constant("Ed25519")),
        ("payload_hash_b64u", ANY_BASE64URL),
        ("signature_b64u", ANY_BASE64URL),
        ("signer_did", DID),
        ("payload", AnyObject),
    ],
    NONE,
);
