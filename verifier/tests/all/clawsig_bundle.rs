//! Proof bundles of our own, and the code of each fault in the reference's order (`schemas/clawsig.md` §5.5).

use serde_json::{Value, json};
use verifier::base64::encode_url;
use verifier::check::Status;
use verifier::clawsig::{self, BundleFacts, ClawsigOptions};
use verifier::json;

use kit::key::{Key, TIME, parse};

/// Six days after everything that the bundles say.
pub(crate) const AT: &str = "2026-02-18T00:00:00Z";
pub(crate) const RUN: &str = "run_1";

pub(crate) fn agent() -> Key {
    Key::new(1)
}

pub(crate) fn gateway() -> Key {
    Key::new(2)
}

pub(crate) fn attester() -> Key {
    Key::new(3)
}

/// An event whose hash is that of its six members in their order.
pub(crate) fn event(id: &str, previous: Option<&str>) -> Value {
    let previous = previous.map_or("null".to_owned(), |hash| format!("{hash:?}"));
    let members = format!(
        "\"event_id\":{id:?},\"run_id\":{RUN:?},\"event_type\":\"llm_call\",\"timestamp\":{TIME:?},\
         \"payload_hash_b64u\":\"abcdefgh\",\"prev_hash_b64u\":{previous}"
    );
    let hash = json::hash_js(&json::parse(format!("{{{members}}}").as_bytes()).unwrap());
    serde_json::from_str(&format!(
        "{{{members},\"event_hash_b64u\":{:?}}}",
        encode_url(&hash)
    ))
    .unwrap()
}

/// A chain of so many events.
pub(crate) fn chain(length: usize) -> Vec<Value> {
    let mut events: Vec<Value> = Vec::new();
    for index in 0..length {
        let previous = events.last().map(|event| event["event_hash_b64u"].clone());
        events.push(event(
            &format!("evt_{index}"),
            previous.as_ref().and_then(Value::as_str),
        ));
    }
    events
}

/// The payload of a gateway receipt bound to the first event.
pub(crate) fn receipt_payload(id: &str) -> Value {
    json!({
        "receipt_version": "1", "receipt_id": id, "gateway_id": "gw_1", "provider": "anthropic",
        "model": "claude-test", "request_hash_b64u": "abcdefgh", "response_hash_b64u": "abcdefgh",
        "tokens_input": 1, "tokens_output": 2, "latency_ms": 3, "timestamp": TIME,
        "binding": {
            "run_id": RUN,
            "event_hash_b64u": event("evt_0", None)["event_hash_b64u"],
            "nonce": id,
        },
    })
}

pub(crate) fn receipt(payload: &Value) -> Value {
    gateway().clawsig("gateway_receipt", payload)
}

/// A raw tool receipt of the agent.
pub(crate) fn tool_receipt() -> Value {
    json!({
        "receipt_version": "1", "receipt_id": "tr_1", "tool_name": "search", "args_hash_b64u": "abcdefgh",
        "result_hash_b64u": "abcdefgh", "hash_algorithm": "SHA-256", "agent_did": agent().did(),
        "timestamp": TIME, "latency_ms": 5, "binding": { "run_id": RUN },
    })
}

/// The payload of a bundle that passes: two events, one receipt.
pub(crate) fn payload() -> Value {
    json!({
        "bundle_version": "1", "bundle_id": "bundle_1", "agent_did": agent().did(),
        "event_chain": chain(2), "receipts": [receipt(&receipt_payload("rcpt_1"))],
    })
}

pub(crate) fn bundle(payload: &Value) -> Value {
    agent().clawsig("proof_bundle", payload)
}

/// How a bundle verifies at [`AT`] where gateway and attester are named.
pub(crate) fn verify(document: &Value) -> (Option<BundleFacts>, Status, &'static str) {
    let (gateways, attesters) = ([gateway().did()], [attester().did()]);
    verify_with(
        document,
        &ClawsigOptions {
            at: verifier::rfc3339::parse(AT),
            gateways: &gateways,
            attesters: &attesters,
            ..ClawsigOptions::default()
        },
    )
}

pub(crate) fn verify_with(
    document: &Value,
    options: &ClawsigOptions<'_>,
) -> (Option<BundleFacts>, Status, &'static str) {
    let (facts, result) = clawsig::verify_proof_bundle(&parse(document), options);
    match result {
        Ok(()) => (facts, Status::Pass, "OK"),
        Err(failure) => (facts, failure.status, failure.reason.as_str()),
    }
}

/// Asserts the code of a document that has to FAIL.
pub(crate) fn assert_fails(name: &str, document: &Value, code: &str) {
    let (_, status, found) = verify(document);
    assert_eq!((status, found), (Status::Fail, code), "{name}");
}

/// Sets a member by its JSON pointer; the parent is there.
pub(crate) fn set(document: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).unwrap();
    match parent {
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
        Value::Object(members) => drop(members.insert(name.to_owned(), value)),
        _ => panic!("{pointer}"),
    }
}

fn remove(document: &mut Value, pointer: &str) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).and_then(Value::as_object_mut);
    assert!(parent.unwrap().remove(name).is_some(), "{pointer}");
}

#[test]
fn a_sound_bundle_passes_and_says_what_it_is_worth() {
    let (facts, status, code) = verify(&bundle(&payload()));
    assert_eq!((status, code), (Status::Pass, "OK"));
    let facts = facts.unwrap();
    assert_eq!(facts.bundle_id, "bundle_1");
    assert_eq!(facts.run_id.as_deref(), Some(RUN));
    assert_eq!(facts.event_hashes.len(), 2);
    assert!(facts.receipts[0].bound);
    let tiers = facts.tiers.unwrap();
    assert_eq!(
        (
            tiers.proof.as_str(),
            tiers.trust.as_str(),
            tiers.model_identity.as_str()
        ),
        ("gateway", "verified", "closed_opaque")
    );
}

#[test]
fn each_fault_of_the_envelope_has_its_code() {
    let cases: &[(&str, Value, &str)] = &[
        ("/envelope_version", json!("2"), "UNKNOWN_ENVELOPE_VERSION"),
        (
            "/envelope_type",
            json!("gateway_receipt"),
            "UNKNOWN_ENVELOPE_TYPE",
        ),
        ("/envelope_type", json!("proof"), "UNKNOWN_ENVELOPE_TYPE"),
        ("/algorithm", json!("RS256"), "UNKNOWN_ALGORITHM"),
        ("/hash_algorithm", json!("MD5"), "UNKNOWN_HASH_ALGORITHM"),
        ("/hash_algorithm", json!("BLAKE3"), "HASH_MISMATCH"),
        ("/signer_did", json!("did:example:1"), "INVALID_DID_FORMAT"),
        ("/signer_did", json!(gateway().did()), "INVALID_DID_FORMAT"),
        ("/issued_at", json!("yesterday"), "MALFORMED_ENVELOPE"),
        ("/issued_at", json!("2026-02-12T23:59:60Z"), "MALFORMED_ENVELOPE"),
        ("/issued_at", json!("2026-02-12"), "SCHEMA_VALIDATION_FAILED"),
        (
            "/issued_at",
            json!("2026-02-12T00:00:00"),
            "SCHEMA_VALIDATION_FAILED",
        ),
        ("/expires_at", json!("soon"), "MALFORMED_ENVELOPE"),
        ("/expires_at", json!("2026-02-17T23:59:59Z"), "EXPIRED_TTL"),
        ("/payload_hash_b64u", json!("a=b"), "MALFORMED_ENVELOPE"),
        ("/payload_hash_b64u", json!("abcdefgh"), "HASH_MISMATCH"),
        ("/signature_b64u", json!("a+b"), "MALFORMED_ENVELOPE"),
        ("/signature_b64u", json!("abc"), "SCHEMA_VALIDATION_FAILED"),
        ("/signature_b64u", json!("abcdefgh"), "SIGNATURE_INVALID"),
        ("/extra", json!(1), "SCHEMA_VALIDATION_FAILED"),
        ("/payload/bundle_id", json!("bundle_2"), "HASH_MISMATCH"),
    ];
    for (pointer, value, code) in cases {
        let mut document = bundle(&payload());
        set(&mut document, pointer, value.clone());
        assert_fails(&format!("{pointer} {value}"), &document, code);
    }
    for name in [
        "/algorithm",
        "/hash_algorithm",
        "/signer_did",
        "/issued_at",
        "/envelope_type",
    ] {
        let mut document = bundle(&payload());
        remove(&mut document, name);
        assert_fails(name, &document, "MALFORMED_ENVELOPE");
    }
}

/// Payloads that are signed as they are, and the code of their fault.
#[test]
fn each_fault_of_the_payload_has_its_code() {
    let other_did = attester().did();
    let cases: Vec<(&str, Value, &str)> = vec![
        ("/bundle_version", json!("2"), "SCHEMA_VALIDATION_FAILED"),
        ("/unknown", json!(1), "SCHEMA_VALIDATION_FAILED"),
        ("/event_chain", json!([]), "SCHEMA_VALIDATION_FAILED"),
        (
            "/event_chain/0/timestamp",
            json!("2026-02-12"),
            "SCHEMA_VALIDATION_FAILED",
        ),
        ("/event_chain/1/run_id", json!("run_2"), "MALFORMED_ENVELOPE"),
        ("/event_chain/1/event_id", json!("evt_0"), "MALFORMED_ENVELOPE"),
        (
            "/event_chain/1/prev_hash_b64u",
            json!("abcdefgh"),
            "MALFORMED_ENVELOPE",
        ),
        (
            "/event_chain/0/prev_hash_b64u",
            json!("abcdefgh"),
            "MALFORMED_ENVELOPE",
        ),
        ("/event_chain/1/prev_hash_b64u", json!(null), "MALFORMED_ENVELOPE"),
        ("/event_chain/0/event_type", json!("tool_call"), "HASH_MISMATCH"),
        (
            "/event_chain/0/timestamp",
            json!("2026-02-12T23:59:60Z"),
            "MALFORMED_ENVELOPE",
        ),
        (
            "/metadata",
            json!({ "note": "x".repeat(16 * 1024) }),
            "MALFORMED_ENVELOPE",
        ),
        (
            "/receipts/0/payload/model",
            json!("other"),
            "RECEIPT_VERIFICATION_FAILED",
        ),
        (
            "/receipts/0/signer_did",
            json!(other_did),
            "RECEIPT_VERIFICATION_FAILED",
        ),
        (
            "/tool_receipts",
            json!([{ "receipt_version": "1" }]),
            "SCHEMA_VALIDATION_FAILED",
        ),
    ];
    for (pointer, value, code) in cases {
        let mut payload = payload();
        set(&mut payload, pointer, value.clone());
        assert_fails(&format!("{pointer} {value}"), &bundle(&payload), code);
    }
}

#[test]
fn each_fault_of_a_gateway_receipt_has_its_code() {
    for (pointer, value, code) in [
        ("/binding/phase", json!("dreaming"), "CAUSAL_PHASE_INVALID"),
        (
            "/binding/attribution_confidence",
            json!(1.5),
            "CAUSAL_CONFIDENCE_OUT_OF_RANGE",
        ),
        (
            "/binding/spanId",
            json!(""),
            "CAUSAL_BINDING_NORMALIZATION_FAILED",
        ),
        ("/binding/extra", json!(1), "SCHEMA_VALIDATION_FAILED"),
        (
            "/metadata",
            json!({ "n": "x".repeat(16 * 1024) }),
            "MALFORMED_ENVELOPE",
        ),
        ("/binding/run_id", json!("run_2"), "RECEIPT_BINDING_MISMATCH"),
        (
            "/binding/event_hash_b64u",
            json!("abcdefgh"),
            "RECEIPT_BINDING_MISMATCH",
        ),
        ("/tokens_input", json!(10_000_001), "RECEIPT_VERIFICATION_FAILED"),
        ("/latency_ms", json!(0.5), "RECEIPT_VERIFICATION_FAILED"),
    ] {
        let mut faulty = receipt_payload("rcpt_1");
        set(&mut faulty, pointer, value.clone());
        let mut payload = payload();
        payload["receipts"] = json!([receipt(&faulty)]);
        assert_fails(&format!("{pointer} {value}"), &bundle(&payload), code);
    }
}

#[test]
fn diagnostics_among_the_receipts_are_no_evidence() {
    let mut payload = payload();
    payload["receipts"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "receipt_type": "trace" }));
    let (facts, status, _) = verify(&bundle(&payload));
    assert_eq!(status, Status::Pass);
    assert_eq!(facts.unwrap().not_checked, ["receipts without an envelope"]);
    payload["receipts"] = json!([{ "receipt_type": "trace" }]);
    payload.as_object_mut().unwrap().remove("event_chain");
    assert_fails("nothing but diagnostics", &bundle(&payload), "MALFORMED_ENVELOPE");
}

#[test]
fn tool_and_raw_receipts_have_to_be_of_the_bundles_agent_and_run() {
    let cases: &[(&str, Value, &str)] = &[
        (
            "/agent_did",
            json!(gateway().did()),
            "PROOF_BUNDLE_AGENT_MISMATCH",
        ),
        ("/binding/run_id", json!("run_2"), "RECEIPT_BINDING_MISMATCH"),
        (
            "/binding/event_hash_b64u",
            json!("abcdefgh"),
            "RECEIPT_BINDING_MISMATCH",
        ),
    ];
    for (pointer, value, code) in cases {
        let (mut payload, mut tool) = (payload(), tool_receipt());
        set(&mut tool, pointer, value.clone());
        payload["tool_receipts"] = json!([tool]);
        assert_fails(pointer, &bundle(&payload), code);
    }
    let mut sound = payload();
    sound["tool_receipts"] = json!([tool_receipt()]);
    assert_eq!(verify(&bundle(&sound)).1, Status::Pass);
}

#[test]
fn rate_limit_claims_that_contradict_themselves_fail() {
    let claim = || {
        json!({
            "claim_version": "1", "scope": "agent", "scope_key": agent().did(), "window_start": TIME,
            "window_end": TIME, "max_requests": 5, "observed_requests": 5, "run_id": RUN,
        })
    };
    let cases: &[(&str, Value, &str)] = &[
        ("/observed_requests", json!(6), "RATE_LIMIT_EXCEEDED"),
        (
            "/window_start",
            json!("2026-02-13T00:00:00Z"),
            "RATE_LIMIT_WINDOW_INVALID",
        ),
        (
            "/window_start",
            json!("2026-02-12T23:59:60Z"),
            "RATE_LIMIT_CLAIM_INCONSISTENT",
        ),
        ("/max_tokens_input", json!(6), "RATE_LIMIT_CLAIM_INCONSISTENT"),
        (
            "/observed_tokens_output",
            json!(6),
            "RATE_LIMIT_CLAIM_INCONSISTENT",
        ),
        ("/run_id", json!("run_2"), "RATE_LIMIT_CLAIM_INCONSISTENT"),
        ("/max_requests", json!(-1), "SCHEMA_VALIDATION_FAILED"),
        ("/scope", json!("world"), "SCHEMA_VALIDATION_FAILED"),
    ];
    for (pointer, value, code) in cases {
        let (mut payload, mut claim) = (payload(), claim());
        set(&mut claim, pointer, value.clone());
        payload["rate_limit_claims"] = json!([claim]);
        assert_fails(&format!("{pointer} {value}"), &bundle(&payload), code);
    }
    let mut sound = payload();
    sound["rate_limit_claims"] = json!([claim()]);
    assert_eq!(verify(&bundle(&sound)).1, Status::Pass);
}

#[test]
fn of_two_faults_the_earlier_in_the_order_gives_the_code() {
    let signed = |change: &dyn Fn(&mut Value)| {
        let mut payload = payload();
        change(&mut payload);
        bundle(&payload)
    };
    let break_chain = |payload: &mut Value| set(payload, "/event_chain/0/event_type", json!("x"));
    let break_receipt = |payload: &mut Value| set(payload, "/receipts/0/payload/model", json!("x"));

    let mut document = signed(&break_chain);
    set(&mut document, "/expires_at", json!("2026-02-13T00:00:00Z"));
    set(&mut document, "/algorithm", json!("none"));
    assert_fails("algorithm before expiry", &document, "UNKNOWN_ALGORITHM");
    set(&mut document, "/algorithm", json!("Ed25519"));
    assert_fails("expiry before chain", &document, "EXPIRED_TTL");
    assert_fails(
        "chain before receipts",
        &signed(&|payload| {
            break_chain(payload);
            break_receipt(payload);
        }),
        "HASH_MISMATCH",
    );
    assert_fails(
        "tool receipts before gateway receipts",
        &signed(&|payload| {
            break_receipt(payload);
            let mut tool = tool_receipt();
            tool["agent_did"] = json!(gateway().did());
            payload["tool_receipts"] = json!([tool]);
        }),
        "PROOF_BUNDLE_AGENT_MISMATCH",
    );
}
