//! The order of checks (`schemas/clawsig.md` §5.5, the strict layer, and ours after it): of any two faults of a bundle,
//! the one that is looked for first gives the code.

use serde_json::{Value, json};
use verifier::base64::encode_url;
use verifier::check::Status;
use verifier::clawsig::ClawsigOptions;
use verifier::json::hash_js;
use verifier::rfc3339;

use crate::clawsig_bundle::{
    AT, RUN, agent, attester, bundle, event, gateway, payload, receipt, receipt_payload, tool_receipt,
    verify_with,
};
use kit::key::{TIME, parse};

/// One fault: of what is signed, or of the envelope around it.
enum SignedFault {
    Signed(fn(&mut Value)),
    Envelope(fn(&mut Value)),
}
use SignedFault::{Envelope, Signed};

/// What a fault is, in the order of the checks, with its code.
const LADDER: &[(&str, SignedFault, &str)] = &[
    (
        "a member is missing",
        Envelope(|it| drop(it.as_object_mut().unwrap().remove("issued_at"))),
        "MALFORMED_ENVELOPE",
    ),
    (
        "version",
        Envelope(|it| it["envelope_version"] = json!("9")),
        "UNKNOWN_ENVELOPE_VERSION",
    ),
    (
        "type",
        Envelope(|it| it["envelope_type"] = json!("x")),
        "UNKNOWN_ENVELOPE_TYPE",
    ),
    (
        "algorithm",
        Envelope(|it| it["algorithm"] = json!("x")),
        "UNKNOWN_ALGORITHM",
    ),
    (
        "hash algorithm",
        Envelope(|it| it["hash_algorithm"] = json!("x")),
        "UNKNOWN_HASH_ALGORITHM",
    ),
    (
        "signer",
        Envelope(|it| it["signer_did"] = json!("did:x:1")),
        "INVALID_DID_FORMAT",
    ),
    (
        "expiry",
        Envelope(|it| it["expires_at"] = json!(TIME)),
        "EXPIRED_TTL",
    ),
    (
        "alphabet",
        Envelope(|it| it["payload_hash_b64u"] = json!("a+b")),
        "MALFORMED_ENVELOPE",
    ),
    (
        "schema",
        Signed(|it| it["own"] = json!(1)),
        "SCHEMA_VALIDATION_FAILED",
    ),
    (
        "size of the metadata",
        Signed(|it| it["metadata"]["own"] = json!("x".repeat(16_384))),
        "MALFORMED_ENVELOPE",
    ),
    (
        "hash",
        Envelope(|it| it["payload"]["bundle_id"] = json!("other")),
        "HASH_MISMATCH",
    ),
    (
        "signature",
        Envelope(|it| it["signature_b64u"] = json!(attester().sign(b"x"))),
        "SIGNATURE_INVALID",
    ),
    (
        "run of an event",
        Signed(|it| it["event_chain"][1]["run_id"] = json!("other")),
        "MALFORMED_ENVELOPE",
    ),
    (
        "hash of an event",
        Signed(|it| it["event_chain"][0]["event_type"] = json!("other")),
        "HASH_MISMATCH",
    ),
    (
        "rate",
        Signed(|it| it["rate_limit_claims"][0]["observed_requests"] = json!(2)),
        "RATE_LIMIT_EXCEEDED",
    ),
    (
        "policy binding",
        Signed(|it| it["metadata"]["policy_binding"]["binding_version"] = json!("2")),
        "SCHEMA_VALIDATION_FAILED",
    ),
    (
        "data handling",
        Signed(|it| it["metadata"]["data_handling"]["policy_version"] = json!("2")),
        "MALFORMED_ENVELOPE",
    ),
    (
        "measurement",
        Signed(|it| it["metadata"]["runner_measurement"]["manifest"]["own"] = json!(1)),
        "HASH_MISMATCH",
    ),
    (
        "attestation",
        Signed(|it| it["metadata"]["runner_attestation_receipt"]["own"] = json!(1)),
        "SCHEMA_VALIDATION_FAILED",
    ),
    (
        "sign-offs",
        Signed(|it| it["metadata"]["reviewer_signoff_receipts"][0]["payload_hash_b64u"] = json!("abcdefgh")),
        "HASH_MISMATCH",
    ),
    (
        "prompts",
        Signed(|it| it["metadata"]["system_prompt_report"]["run_id"] = json!("other")),
        "PROMPT_COMMITMENT_MISMATCH",
    ),
    (
        "run manifest",
        Signed(|it| it["urm"]["urm_id"] = json!("other")),
        "URM_MISMATCH",
    ),
    (
        "tool receipt",
        Signed(|it| it["tool_receipts"][0]["agent_did"] = json!("did:x")),
        "PROOF_BUNDLE_AGENT_MISMATCH",
    ),
    (
        "side effect",
        Signed(|it| it["side_effect_receipts"][0]["hash_algorithm"] = json!("BLAKE3")),
        "UNKNOWN_HASH_ALGORITHM",
    ),
    (
        "approval",
        Signed(|it| it["human_approval_receipts"][0]["agent_did"] = json!("did:x")),
        "PROOF_BUNDLE_AGENT_MISMATCH",
    ),
    (
        "two spellings",
        Signed(|it| it["receipts"][0]["payload"]["binding"]["spanId"] = json!("other")),
        "CAUSAL_BINDING_FIELD_CONFLICT",
    ),
    (
        "replay",
        Signed(|it| it["receipts"][1]["payload"]["receipt_id"] = json!("rcpt_0")),
        "CAUSAL_RECEIPT_REPLAY_DETECTED",
    ),
    (
        "reference",
        Signed(|it| it["receipts"][1]["payload"]["binding"]["parent_span_id"] = json!("other")),
        "CAUSAL_REFERENCE_DANGLING",
    ),
    (
        "confidence",
        Signed(|it| it["receipts"][2]["payload"]["binding"]["attribution_confidence"] = json!(1)),
        "CAUSAL_CONFIDENCE_EVIDENCE_INCONSISTENT",
    ),
    (
        "effect without a span",
        Signed(|it| it["side_effect_receipts"][0]["binding"] = json!({})),
        "CAUSAL_SIDE_EFFECT_ORPHANED",
    ),
    (
        "approval without a span",
        Signed(|it| it["human_approval_receipts"][0]["binding"] = json!({})),
        "CAUSAL_HUMAN_APPROVAL_ORPHANED",
    ),
    (
        "receipt that does not verify",
        Signed(|it| it["receipts"][0]["payload"]["model"] = json!("other")),
        "RECEIPT_VERIFICATION_FAILED",
    ),
    (
        "issued in the future",
        Envelope(|it| it["issued_at"] = json!("2027-01-01T00:00:00Z")),
        "FUTURE_TIMESTAMP_POISONING",
    ),
    (
        "an id that nobody sees",
        Signed(|it| {
            it["bundle_id"] = json!("b\u{202e}");
            // They are of the bundle that they name.
            it["metadata"]["reviewer_signoff_receipts"] = json!([]);
        }),
        "INVALID_ID",
    ),
];

/// A bundle with something of everything, the faults in it.
fn with(faults: &[&SignedFault]) -> (Status, &'static str) {
    let mut payload = sound();
    for fault in faults {
        if let Signed(change) = fault {
            change(&mut payload);
        }
    }
    let mut document = bundle(&payload);
    for fault in faults {
        if let Envelope(change) = fault {
            change(&mut document);
        }
    }
    let urm = parse(&manifest());
    let gateways = [gateway().did()];
    let options = ClawsigOptions {
        at: rfc3339::parse(AT),
        gateways: &gateways,
        urm: Some(&urm),
        ..ClawsigOptions::default()
    };
    let (_, status, code) = verify_with(&document, &options);
    (status, code)
}

fn manifest() -> Value {
    json!({
        "urm_version": "1", "urm_id": "urm_1", "run_id": RUN, "agent_did": agent().did(), "issued_at": TIME,
        "harness": { "id": "h", "version": "1" }, "inputs": [], "outputs": [],
    })
}

fn hash(value: &Value) -> String {
    encode_url(&hash_js(&parse(value)))
}

fn sound() -> Value {
    let mut payload = payload();
    let receipts: Vec<Value> = (0..3)
        .map(|number| {
            let mut payload = receipt_payload(&format!("rcpt_{number}"));
            match number {
                0 => payload["binding"]["span_id"] = json!("root"),
                1 => {
                    payload["binding"]["span_id"] = json!("child");
                    payload["binding"]["parent_span_id"] = json!("root");
                }
                _ => {}
            }
            receipt(&payload)
        })
        .collect();
    payload["receipts"] = json!(receipts);
    payload["tool_receipts"] = json!([tool_receipt()]);
    payload["side_effect_receipts"] = json!([{
        "receipt_version": "1", "receipt_id": "se_1", "effect_class": "network_egress", "hash_algorithm": "SHA-256",
        "agent_did": agent().did(), "timestamp": TIME, "binding": { "span_id": "root" },
    }]);
    payload["human_approval_receipts"] = json!([{
        "receipt_version": "1", "receipt_id": "ha_1", "approval_type": "explicit_approve",
        "agent_did": agent().did(), "timestamp": TIME, "binding": { "span_id": "root" },
    }]);
    payload["rate_limit_claims"] = json!([{
        "claim_version": "1", "scope": "agent", "scope_key": "a", "window_start": TIME, "window_end": TIME,
        "max_requests": 1, "observed_requests": 1,
    }]);
    payload["metadata"] = crate::clawsig_metadata::metadata();
    payload["metadata"]["system_prompt_report"] = json!({
        "system_prompt_report_version": "1", "report_id": "r", "run_id": RUN, "agent_did": agent().did(),
        "issued_at": TIME, "hash_algorithm": "SHA-256",
        "calls": [{
            "event_id": "evt_0", "rendered_system_prompt_hash_b64u": "abcdefgh",
            "event_hash_b64u": event("evt_0", None)["event_hash_b64u"],
        }],
    });
    payload["urm"] = json!({
        "urm_version": "1", "urm_id": "urm_1", "resource_type": "universal_run_manifest",
        "resource_hash_b64u": hash(&manifest()),
    });
    payload
}

#[test]
fn each_fault_alone_gives_its_code() {
    // The rules of a measurement are not all known, so that the bundle is incomplete at best.
    assert_eq!(with(&[]), (Status::Incomplete, "EVIDENCE_NOT_VERIFIED"));
    for (name, fault, code) in LADDER {
        assert_eq!(with(&[fault]), (Status::Fail, *code), "{name}");
    }
}

#[test]
fn of_any_two_faults_the_earlier_check_gives_the_code() {
    for (index, (name, fault, code)) in LADDER.iter().enumerate() {
        for (later, other, _) in &LADDER[index + 1..] {
            // Both change the same member.
            if matches!(
                (*name, *later),
                ("a member is missing", "issued in the future")
                    | ("hash" | "sign-offs", "an id that nobody sees")
            ) {
                continue;
            }
            assert_eq!(with(&[fault, other]), (Status::Fail, *code), "{name}, {later}");
        }
    }
}

#[test]
fn each_reference_of_a_prompt_report_is_followed() {
    let report = |pointer: &str, value: Value| {
        let mut payload = sound();
        let report = &mut payload["metadata"]["system_prompt_report"];
        crate::clawsig_bundle::set(report, pointer, value);
        let urm = parse(&manifest());
        let gateways = [gateway().did()];
        let options = ClawsigOptions {
            gateways: &gateways,
            urm: Some(&urm),
            ..ClawsigOptions::default()
        };
        verify_with(&bundle(&payload), &options).2
    };
    assert_eq!(report("/report_id", json!("other")), "EVIDENCE_NOT_VERIFIED");
    assert_eq!(
        report("/prompt_root_hash_b64u", json!("abcdefgh")),
        "EVIDENCE_NOT_VERIFIED"
    );
    for (pointer, value) in [
        ("/agent_did", json!(gateway().did())),
        ("/calls/0/event_id", json!("evt_9")),
        ("/calls/0/event_hash_b64u", json!("abcdefgh")),
    ] {
        assert_eq!(report(pointer, value), "PROMPT_COMMITMENT_MISMATCH", "{pointer}");
    }
    assert_eq!(report("/calls/0/own", json!(1)), "SCHEMA_VALIDATION_FAILED");
}
