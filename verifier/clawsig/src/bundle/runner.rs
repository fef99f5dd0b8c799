//! What ran the agent: a measurement in the metadata, and the receipt in which the agent repeats it (step 18 of
//! `schemas/clawsig.md` §5.5). Neither is another's word.

use crate::schema::MemberForm::{
    self, Any, Bool, Closed, Constant, DateTime, Nullable, Open, Same, Text, TextOf,
};
use crate::schema::{self, MemberTable, NONE, is_uri, list_of};
use crate::signed_envelope::check_signed_by;
use crate::{ClawsigFailure, Reason};
use evidence::envelope::UnverifiedEnvelope;
use evidence::json::{Object, Value, hash_js};
use tlog::base64;

use super::chain::EventChain;
use super::metadata::{ANY_BASE64URL, DID, NOT_BLANK, check_bound, header, key};
use super::{normal_form, policy_binding, trust};

const MEASUREMENT: &str = "runner_measurement";
const ATTESTATION: &str = "runner_attestation_receipt";

fn unbound(message: &str) -> ClawsigFailure {
    ClawsigFailure::fail(Reason::ReceiptBindingMismatch, message)
}

fn text<'a>(object: Option<&'a Object>, name: &str) -> Option<&'a str> {
    object?.text(name)
}

/// The manifest in the metadata, once it has its form.
fn manifest(metadata: &Object) -> Option<&Object> {
    metadata.object(MEASUREMENT)?.object("manifest")
}

/// Checks the measurement, where there is one.
pub(super) fn check_measurement(metadata: &Object) -> Result<(), ClawsigFailure> {
    let Some(measurement) = metadata.get(MEASUREMENT) else {
        return Ok(());
    };
    schema::check(&MEASURED, measurement).map_err(|fault| schema::below(MEASUREMENT, fault))?;
    let Some(manifest) = manifest(metadata) else {
        return Ok(());
    };
    let proofed = manifest.object("proofed");
    if proofed.and_then(|proofed| proofed.get("proofed_mode")) != Some(&Value::Bool(true)) {
        return Err(unbound("the measured runner was not in its proofed mode"));
    }
    for name in ["allowed_proxy_destinations", "allowed_child_destinations"] {
        check_hosts(proofed.and_then(|proofed| proofed.get(name)?.as_array()))?;
    }
    check_artifacts(manifest)?;
    let policy = text(manifest.object("policy"), "effective_policy_hash_b64u");
    let bound = policy_binding::effective_hash(metadata);
    if bound.is_some() && bound != policy {
        return Err(unbound(
            "the measured runner was under another policy than the policy binding's",
        ));
    }
    let stated = measurement
        .as_object()
        .and_then(|it| it.get("manifest_hash_b64u"));
    let computed = hash(&Value::Object(manifest.clone()));
    if stated.and_then(Value::as_str) == Some(computed.as_str()) {
        return Ok(());
    }
    let message = "the manifest of runner_measurement has another hash than it says";
    Err(ClawsigFailure::fail(Reason::HashMismatch, message))
}

fn hash(value: &Value) -> String {
    base64::encode_url(&hash_js(value))
}

/// Hosts in lower case, each once, in order.
fn check_hosts(hosts: Option<&[Value]>) -> Result<(), ClawsigFailure> {
    let hosts: Vec<&str> = hosts
        .unwrap_or_default()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let in_order = normal_form::in_order(hosts.clone(), |host| host)?;
    let twice = hosts
        .iter()
        .zip(hosts.iter().skip(1))
        .any(|(one, next)| one == next);
    let lower = hosts
        .iter()
        .all(|host| !host.is_empty() && **host == evidence::token::js_trim(host).to_lowercase());
    if in_order == hosts && lower && !twice {
        return Ok(());
    }
    let message = "a list of hosts in runner_measurement is not in order, or not in lower case";
    Err(ClawsigFailure::fail(Reason::SchemaValidationFailed, message))
}

/// Whatever was switched on has the hash of what was switched on.
fn check_artifacts(manifest: &Object) -> Result<(), ClawsigFailure> {
    let switches = manifest
        .object("proofed")
        .and_then(|proofed| proofed.object("sentinels"));
    let artifacts = manifest.object("artifacts");
    for (switch, needed) in [
        (
            "preload_enabled",
            &["preload_hash_b64u", "node_preload_sentinel_hash_b64u"][..],
        ),
        (
            "shell_enabled",
            &["sentinel_shell_hash_b64u", "sentinel_shell_policy_hash_b64u"],
        ),
        ("interpose_enabled", &["interpose_library_hash_b64u"]),
    ] {
        let is_on = switches.and_then(|switches| switches.get(switch)) == Some(&Value::Bool(true));
        if is_on && needed.iter().any(|name| text(artifacts, name).is_none()) {
            let message = format!("the measured runner had {switch} without the hashes of what that was");
            return Err(unbound(&message));
        }
    }
    Ok(())
}

/// Checks that the receipt and the measurement are both there or neither is, and that they say the same.
pub(super) fn check_attestation(
    metadata: &Object,
    agent_did: &str,
    chain: Option<&EventChain<'_>>,
) -> Result<(), ClawsigFailure> {
    let envelope = match (metadata.get(MEASUREMENT), metadata.get(ATTESTATION)) {
        (None, None) => return Ok(()),
        (Some(_), Some(envelope)) => envelope,
        _ => {
            let message = "a runner's measurement and its attestation are only there together";
            return Err(ClawsigFailure::fail(Reason::MissingRequiredField, message));
        }
    };
    schema::check(&ENVELOPE, envelope).map_err(|fault| schema::below(ATTESTATION, fault))?;
    let envelope = envelope.as_object();
    let payload = envelope.and_then(|envelope| envelope.object("payload"));
    let signer = text(envelope, "signer_did");
    if signer != Some(agent_did) || text(payload, "agent_did") != Some(agent_did) {
        return Err(unbound("the attestation of the runner is of another agent"));
    }
    let member = |name: &str| payload.and_then(|payload| payload.object(name));
    check_bound(member("binding"), chain)?;
    let policy = text(member("policy"), "effective_policy_hash_b64u");
    if policy_binding::effective_hash(metadata) != policy {
        return Err(unbound(
            "the attestation of the runner is under another policy than the policy binding's",
        ));
    }
    check_same(metadata, member("runner_measurement"))?;
    let attested = envelope
        .map(UnverifiedEnvelope::new)
        .filter(UnverifiedEnvelope::has_payload_hash);
    let Some(attested) = attested else {
        let message = "the attestation of the runner has another hash than it says";
        return Err(ClawsigFailure::fail(Reason::HashMismatch, message));
    };
    check_signed_by(attested, &key(agent_did)?)?;
    let Some(payload) = payload else {
        return Ok(());
    };
    trust::check_revocations(agent_did, payload.get("revoked_runner_keys"))?;
    trust::check_logged(payload, leaf)
}

/// What the log has of an attestation: its members in a fixed order, without the proof.
fn leaf(payload: &Object) -> Result<Value, ClawsigFailure> {
    let version = Value::String("runner_attestation_receipt_v1".to_owned());
    let mut members = vec![("leaf_version", version)];
    let head = [
        "receipt_version",
        "receipt_id",
        "hash_algorithm",
        "agent_did",
        "timestamp",
    ];
    members.extend(trust::picked(Some(payload), &head));
    let binding = trust::picked(payload.object("binding"), &["run_id", "event_hash_b64u"]);
    members.push(("binding", normal_form::object(binding)?));
    members.extend(trust::picked(Some(payload), &["runner_measurement", "policy"]));
    normal_form::object(members)
}

/// What the receipt says of the measurement is what the measurement says.
fn check_same(metadata: &Object, told: Option<&Object>) -> Result<(), ClawsigFailure> {
    let measured = metadata.object(MEASUREMENT);
    let stated = "manifest_hash_b64u";
    if text(told, stated) != text(measured, stated) {
        return Err(unbound("the attestation of the runner is of another manifest"));
    }
    let manifest = manifest(metadata);
    let runtime = manifest.and_then(|manifest| manifest.get("runtime")).map(hash);
    if text(told, "runtime_hash_b64u") != runtime.as_deref() {
        let message = "the attestation of the runner has another hash of the runtime";
        return Err(ClawsigFailure::fail(Reason::HashMismatch, message));
    }
    let told = told.and_then(|told| told.object("artifacts"));
    let measured = manifest.and_then(|manifest| manifest.object("artifacts"));
    let differs = |name: &&str| {
        let value = |of: Option<&Object>| of.and_then(|of| of.get(name)).cloned();
        value(told) != value(measured)
    };
    match ARTIFACT_NAMES.iter().find(|name| differs(name)) {
        None => Ok(()),
        Some(name) => Err(unbound(&format!(
            "the attestation of the runner has another {name}"
        ))),
    }
}

const ARTIFACT_NAMES: [&str; 5] = [
    "preload_hash_b64u",
    "node_preload_sentinel_hash_b64u",
    "sentinel_shell_hash_b64u",
    "sentinel_shell_policy_hash_b64u",
    "interpose_library_hash_b64u",
];

/// An address of the web.
fn is_web_address(text: &str) -> bool {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    let is_web = |scheme: &str| scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    scheme.is_some_and(is_web) && is_uri(text)
}

static MEASURED: MemberForm = Open(
    &[
        ("binding_version", Constant("1")),
        ("hash_algorithm", Constant("SHA-256")),
        ("manifest_hash_b64u", ANY_BASE64URL),
        ("manifest", Same(&MANIFEST)),
    ],
    NONE,
);

static MANIFEST: MemberForm = Open(
    &[
        ("manifest_version", Constant("1")),
        (
            "runtime",
            Open(
                &[
                    ("platform", NOT_BLANK),
                    ("arch", NOT_BLANK),
                    ("node_version", NOT_BLANK),
                ],
                NONE,
            ),
        ),
        ("proofed", Same(&PROOFED)),
        (
            "policy",
            Open(NONE, &[("effective_policy_hash_b64u", ANY_BASE64URL)]),
        ),
        ("artifacts", Same(&ARTIFACTS)),
    ],
    NONE,
);

static PROOFED: MemberForm = Open(
    &[
        ("clawproxy_url", TextOf("an address of the web", is_web_address)),
        ("allowed_proxy_destinations", HOSTS),
        ("allowed_child_destinations", HOSTS),
        (
            "sentinels",
            Open(
                &[
                    ("shell_enabled", Bool),
                    ("interpose_enabled", Bool),
                    ("preload_enabled", Bool),
                    ("fs_enabled", Bool),
                    ("net_enabled", Bool),
                ],
                NONE,
            ),
        ),
    ],
    NONE,
);

const HOSTS: MemberForm = list_of(&Text(1));

static ARTIFACTS: MemberForm = Open(ARTIFACT_HASHES, NONE);

/// The hashes of what was measured, each of which may be null.
const ARTIFACT_HASHES: MemberTable = &[
    ("preload_hash_b64u", HASH_OR_NULL),
    ("node_preload_sentinel_hash_b64u", HASH_OR_NULL),
    ("sentinel_shell_hash_b64u", HASH_OR_NULL),
    ("sentinel_shell_policy_hash_b64u", HASH_OR_NULL),
    ("interpose_library_hash_b64u", HASH_OR_NULL),
];

const HASH_OR_NULL: MemberForm = Nullable(&ANY_BASE64URL);

static ENVELOPE: MemberForm = Closed(&header(ATTESTATION, Same(&PAYLOAD)).members(), NONE);

static PAYLOAD: MemberForm = Closed(
    &[
        ("receipt_version", Constant("1")),
        ("receipt_id", NOT_BLANK),
        ("hash_algorithm", Constant("SHA-256")),
        ("agent_did", DID),
        ("timestamp", DateTime),
        (
            "binding",
            Closed(&[("run_id", NOT_BLANK), ("event_hash_b64u", ANY_BASE64URL)], NONE),
        ),
        (
            "policy",
            Open(&[("effective_policy_hash_b64u", ANY_BASE64URL)], NONE),
        ),
        (
            "runner_measurement",
            Open(
                &[
                    ("manifest_hash_b64u", ANY_BASE64URL),
                    ("runtime_hash_b64u", ANY_BASE64URL),
                    ("artifacts", Same(&TOLD_ARTIFACTS)),
                ],
                NONE,
            ),
        ),
    ],
    &[
        ("revoked_runner_keys", Same(&trust::REVOCATIONS)),
        // Its faults have a code of their own.
        ("transparency", Any),
    ],
);

static TOLD_ARTIFACTS: MemberForm = Closed(ARTIFACT_HASHES, NONE);
