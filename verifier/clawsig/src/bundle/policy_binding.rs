//! The policy binding in a bundle's metadata (`schemas/clawsig.md` §2.3): a snapshot of the policy in force, the signed
//! policy bundle that it was made of, and an egress receipt under it.

use std::collections::BTreeMap;

use crate::schema::MemberForm::{self, AnyObject, Constant, DateTime, List, OneOf, Open, Same};
use crate::schema::{self, NONE};
use crate::signed_envelope::check_detached;
use crate::{ClawsigFailure, Reason};
use evidence::json::{Object, Value};
use evidence::rfc3339;
use evidence::token::js_trim;

use super::chain::EventChain;
use super::metadata::{ANY_BASE64URL, DID, NOT_BLANK, check_bound, egress_receipt, header, key};
use super::{normal_form, trust};

/// Checks the binding, where there is one.
pub(super) fn check(metadata: &Object, chain: Option<&EventChain<'_>>) -> Result<(), ClawsigFailure> {
    let Some(binding) = metadata.get("policy_binding") else {
        return Ok(());
    };
    schema::check(&BINDING, binding).map_err(|fault| schema::below("policy_binding", fault))?;
    let snapshot = member(Some(binding), "effective_policy_snapshot");
    check_snapshot(snapshot, text(Some(binding), EFFECTIVE))?;
    let signed = member(Some(binding), "signed_policy_bundle_envelope");
    check_signed(signed)?;
    let payload = member(signed, "payload");
    let source = member(snapshot, "source_bundle");
    for name in ["bundle_id", "issuer_did"] {
        if js_trim(text(payload, name)) != text(source, name) {
            let message =
                format!("the policy binding cites another {name} than the signed policy bundle has");
            return Err(ClawsigFailure::fail(Reason::SchemaValidationFailed, message));
        }
    }
    check_layers(snapshot, payload)?;
    check_egress(metadata, text(Some(binding), EFFECTIVE), chain)
}

/// The hash of the policy in force, which other parts of the metadata cite.
pub(super) fn effective_hash(metadata: &Object) -> Option<&str> {
    member(metadata.get("policy_binding"), EFFECTIVE)?.as_str()
}

const EFFECTIVE: &str = "effective_policy_hash_b64u";

fn member<'a>(value: Option<&'a Value>, name: &str) -> Option<&'a Value> {
    value?.as_object()?.get(name)
}

fn text<'a>(value: Option<&'a Value>, name: &str) -> &'a str {
    member(value, name).and_then(Value::as_str).unwrap_or_default()
}

fn mismatch(message: &str) -> ClawsigFailure {
    ClawsigFailure::fail(Reason::HashMismatch, message)
}

fn check_snapshot(snapshot: Option<&Value>, stated: &str) -> Result<(), ClawsigFailure> {
    let Some(snapshot) = snapshot.and_then(Value::as_object) else {
        return Ok(());
    };
    let policy = normal_form::policy(snapshot.get("effective_policy"))?;
    let normal = Value::Object(snapshot.with("effective_policy", &policy));
    if normal_form::hash(&normal)? == stated {
        return Ok(());
    }
    Err(mismatch(
        "the policy in force has another hash than the binding says",
    ))
}

/// Every layer's policy has its hash, and the bundle is signed under that of its normal form.
fn check_signed(envelope: Option<&Value>) -> Result<(), ClawsigFailure> {
    let Some(payload) = member(envelope, "payload").and_then(Value::as_object) else {
        return Ok(());
    };
    let mut layers = Vec::new();
    for layer in payload.items("layers").iter().filter_map(Value::as_object) {
        let policy = normal_form::policy(layer.get("policy"))?;
        let stated = layer.text("policy_hash_b64u");
        if stated != Some(normal_form::hash(&policy)?.as_str()) {
            return Err(mismatch(
                "a layer of the signed policy bundle has another hash than it says",
            ));
        }
        layers.push(layer_of(layer, policy)?);
    }
    let trimmed = |name: &str| {
        let text = payload.text_or_empty(name);
        Value::String(js_trim(text).to_owned())
    };
    let copied = |name: &str| payload.get(name).cloned().unwrap_or(Value::Null);
    let mut members = vec![
        ("policy_bundle_version", copied("policy_bundle_version")),
        ("bundle_id", trimmed("bundle_id")),
        ("issuer_did", trimmed("issuer_did")),
        ("issued_at", copied("issued_at")),
        ("hash_algorithm", copied("hash_algorithm")),
        ("layers", Value::Array(layers)),
    ];
    members.extend(own_metadata(payload));
    let stated = text(envelope, "payload_hash_b64u");
    if normal_form::hash(&normal_form::object(members)?)? != stated {
        return Err(mismatch(
            "the signed policy bundle has another hash than its envelope says",
        ));
    }
    let signer = key(text(envelope, "signer_did"))?;
    let signature = text(envelope, "signature_b64u");
    check_detached(&signer, signature, stated, Reason::SignatureInvalid)?;
    let metadata = payload.object("metadata");
    let revoked = metadata.and_then(|metadata| metadata.get("revoked_policy_issuer_keys"));
    trust::check_revocations(text(envelope, "signer_did"), revoked)
}

fn own_metadata(object: &Object) -> Option<(&'static str, Value)> {
    let metadata = object
        .get("metadata")
        .filter(|value| value.as_object().is_some())?;
    Some(("metadata", metadata.clone()))
}

/// A layer in its normal form: what it does not know is left out, what is left out is what it stands for.
fn layer_of(layer: &Object, policy: Value) -> Result<Value, ClawsigFailure> {
    let trimmed = |object: &Object, name: &str| {
        let text = object.text(name).map(js_trim);
        let text = text.filter(|text| !text.is_empty());
        text.map(|text| Value::String(text.to_owned()))
    };
    let scope = layer.object("scope");
    let scope = scope.cloned().unwrap_or_default();
    let mut scope_members = Vec::new();
    for name in ["scope_type", "org_id", "project_id", "task_id", "exception_id"] {
        scope_members.extend(trimmed(&scope, name).map(|text| (name, text)));
    }
    let priority = scope.get("priority").and_then(Value::as_f64);
    scope_members.extend(priority.map(|priority| ("priority", Value::Number(priority.trunc()))));
    let expires_at = scope.get("expires_at").filter(|value| {
        let text = value.as_str();
        text.is_some_and(|text| rfc3339::parse(text).is_some())
    });
    scope_members.extend(expires_at.map(|value| ("expires_at", value.clone())));
    let mode = layer.text("apply_mode");
    let mode = mode.filter(|mode| *mode == "replace").unwrap_or("merge");
    let mut members = vec![
        ("scope", normal_form::object(scope_members)?),
        ("apply_mode", Value::String(mode.to_owned())),
        ("policy", policy),
    ];
    for name in ["layer_id", "policy_hash_b64u"] {
        members.extend(trimmed(layer, name).map(|text| (name, text)));
    }
    members.extend(own_metadata(layer));
    normal_form::object(members)
}

/// Hash by id of the layers in a list.
fn layers<'a>(value: Option<&'a Value>, name: &str) -> BTreeMap<&'a str, &'a str> {
    let layers = value.and_then(Value::as_object).map(|value| value.items(name));
    let layers = layers.unwrap_or_default().iter().map(Some);
    layers
        .map(|layer| (text(layer, "layer_id"), text(layer, "policy_hash_b64u")))
        .collect()
}

/// Each applied layer is one of the signed ones, under the same hash.
fn check_layers(snapshot: Option<&Value>, payload: Option<&Value>) -> Result<(), ClawsigFailure> {
    let signed = layers(payload, "layers");
    for (layer, hash) in layers(snapshot, "applied_layers") {
        match signed.get(layer) {
            None => {
                let message = "the policy binding applies a layer that nobody signed";
                return Err(ClawsigFailure::fail(Reason::SchemaValidationFailed, message));
            }
            Some(signed) if *signed != hash => {
                return Err(mismatch(
                    "the policy binding applies a layer under another hash than the signed one",
                ));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// There is an egress receipt under the same policy, of this run.
fn check_egress(
    metadata: &Object,
    effective: &str,
    chain: Option<&EventChain<'_>>,
) -> Result<(), ClawsigFailure> {
    let unbound = |message: &str| Err(ClawsigFailure::fail(Reason::ReceiptBindingMismatch, message));
    let Some(egress) = egress_receipt(metadata) else {
        return unbound("no egress receipt is under the policy of the policy binding");
    };
    let payload = member(Some(egress), "payload").filter(|payload| payload.as_object().is_some());
    let Some(stated) = member(payload, EFFECTIVE).and_then(Value::as_str) else {
        let message = "the egress receipt names no policy that it is under";
        return Err(ClawsigFailure::fail(Reason::SchemaValidationFailed, message));
    };
    if stated != effective {
        return unbound("the egress receipt is under another policy than the policy binding's");
    }
    if chain.is_none() {
        return Ok(());
    }
    check_bound(member(payload, "binding").and_then(Value::as_object), chain)
}

static BINDING: MemberForm = Open(
    &[
        ("binding_version", Constant("1")),
        (EFFECTIVE, ANY_BASE64URL),
        ("effective_policy_snapshot", Same(&SNAPSHOT)),
        ("signed_policy_bundle_envelope", Same(&ENVELOPE)),
    ],
    NONE,
);

static SNAPSHOT: MemberForm = Open(
    &[
        ("snapshot_version", Constant("1")),
        ("resolver_version", Constant("org_project_task_exception.v1")),
        ("context", Same(&CONTEXT)),
        ("source_bundle", Same(&SOURCE)),
        ("applied_layers", List(1, usize::MAX, &AnyObject)),
        ("effective_policy", AnyObject),
    ],
    NONE,
);

static CONTEXT: MemberForm = Open(&[("org_id", NOT_BLANK)], NONE);

static SOURCE: MemberForm = Open(
    &[
        ("bundle_id", NOT_BLANK),
        ("issuer_did", DID),
        ("issued_at", DateTime),
    ],
    NONE,
);

pub(crate) static ENVELOPE: MemberForm = Open(&header("policy_bundle", Same(&POLICY_BUNDLE)).members(), NONE);

static POLICY_BUNDLE: MemberForm = Open(
    &[
        ("policy_bundle_version", Constant("1")),
        ("bundle_id", NOT_BLANK),
        ("issuer_did", DID),
        ("issued_at", DateTime),
        ("hash_algorithm", Constant("SHA-256")),
        ("layers", List(1, usize::MAX, &LAYER)),
    ],
    NONE,
);

static LAYER: MemberForm = Open(
    &[
        ("layer_id", NOT_BLANK),
        ("scope", Same(&SCOPE)),
        ("policy", AnyObject),
        ("policy_hash_b64u", ANY_BASE64URL),
    ],
    NONE,
);

static SCOPE: MemberForm = Open(
    &[
        ("scope_type", OneOf(&["org", "project", "task", "exception"])),
        ("org_id", NOT_BLANK),
    ],
    NONE,
);
