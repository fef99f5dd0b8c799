//! Bundles as the reference's `wrap` writes them: what its sentinels say, and the receipt that it signs itself where no
//! gateway was in use.

use serde_json::{Value, json};
use verifier::check::Status;
use verifier::clawsig::{ClawsigOptions, ProofTier};

use crate::clawsig_bundle::{
    agent, assert_fails, bundle, gateway, payload, receipt_payload, verify, verify_with,
};
use kit::key::Key;

/// The payload of the receipt that stands in for a gateway's.
fn fallback() -> Value {
    let mut receipt = receipt_payload("rcpt_fallback_1a2b3c4d");
    receipt["gateway_id"] = json!("gw_clawsig_fallback");
    receipt["provider"] = json!("unknown");
    receipt["model"] = json!("node-fallback");
    receipt["binding"] = json!({ "run_id": receipt["binding"]["run_id"] });
    receipt
}

/// A bundle with this receipt alone.
fn wrapped(by: &Key, receipt: &Value) -> Value {
    let mut payload = payload();
    payload["receipts"] = json!([by.clawsig("gateway_receipt", receipt)]);
    payload["metadata"] = json!({
        "harness": { "id": "clawsig-wrap", "version": "1.0.0", "runtime": "node/22.0.0" },
        "sentinels": {
            "interpose_active": false, "shell_events": 0, "interpose_state": {},
            "runtime_profile": { "profile_id": "p", "profile_version": "1", "baseline": { "captured": true } },
            "runtime_hygiene": { "verdict": "good", "reasons": [] },
        },
    });
    bundle(&payload)
}

#[test]
fn a_receipt_that_the_agent_signed_itself_is_no_fault_and_counts_for_nothing() {
    let (facts, status, code) = verify(&wrapped(&agent(), &fallback()));
    assert_eq!((status, code), (Status::Pass, "OK"));
    let facts = facts.unwrap();
    assert_eq!(facts.receipts_self_reported, [0]);
    assert!(facts.receipts.is_empty() && facts.receipts_refused.is_empty());
    assert_eq!(facts.tiers.unwrap().proof, ProofTier::SelfReported);
    assert!(
        facts
            .not_checked
            .contains(&"receipts that the agent signed itself")
    );
}

#[test]
fn it_counts_for_nothing_where_no_gateway_was_named_either() {
    let (_, status, code) = verify_with(&wrapped(&agent(), &fallback()), &ClawsigOptions::default());
    assert_eq!((status, code), (Status::Pass, "OK"));
}

#[test]
fn the_receipts_of_gateways_beside_it_still_count() {
    let mut document = payload();
    let own = agent().clawsig("gateway_receipt", &fallback());
    document["receipts"].as_array_mut().unwrap().push(own);
    let (facts, status, code) = verify(&bundle(&document));
    assert_eq!((status, code), (Status::Pass, "OK"));
    let facts = facts.unwrap();
    assert_eq!((facts.receipts.len(), facts.receipts_self_reported), (1, vec![1]));
    assert_eq!(facts.tiers.unwrap().proof, ProofTier::Gateway);
}

#[test]
fn an_unbound_receipt_of_anybody_else_fails_the_bundle() {
    assert_fails(
        "a gateway that counts",
        &wrapped(&gateway(), &fallback()),
        "RECEIPT_UNBOUND",
    );
    assert_fails(
        "a stranger",
        &wrapped(&Key::new(9), &fallback()),
        "RECEIPT_UNBOUND",
    );
    let options = ClawsigOptions {
        gateways: &[agent().did()],
        ..ClawsigOptions::default()
    };
    let (_, status, code) = verify_with(&wrapped(&agent(), &fallback()), &options);
    assert_eq!(
        (status, code),
        (Status::Fail, "RECEIPT_UNBOUND"),
        "an agent that was named as a gateway"
    );
}

#[test]
fn an_agents_own_receipt_that_claims_an_event_is_held_to_what_gateways_are() {
    let mut claiming = fallback();
    claiming["binding"] = receipt_payload("x")["binding"].clone();
    assert_fails(
        "bound",
        &wrapped(&agent(), &claiming),
        "RECEIPT_VERIFICATION_FAILED",
    );
}

#[test]
fn an_agents_own_receipt_whose_signature_does_not_hold_fails_the_bundle() {
    let mut forged = agent().clawsig("gateway_receipt", &fallback());
    forged["signature_b64u"] = json!("A".repeat(86));
    let mut document = payload();
    document["receipts"] = json!([forged]);
    assert_fails("forged", &bundle(&document), "RECEIPT_UNBOUND");
}

#[test]
fn sentinels_are_of_the_forms_that_the_reference_writes() {
    for (member, value, expected) in [
        ("runtime_profile", json!({}), "OK"),
        ("runtime_hygiene", json!({}), "OK"),
        ("runtime_profile", json!("p"), "SCHEMA_VALIDATION_FAILED"),
        ("runtime_hygiene", json!([]), "SCHEMA_VALIDATION_FAILED"),
        ("runtime_profiles", json!({}), "SCHEMA_VALIDATION_FAILED"),
    ] {
        let mut document = payload();
        document["metadata"] = json!({ "sentinels": { "interpose_active": true } });
        document["metadata"]["sentinels"][member] = value;
        assert_eq!(verify(&bundle(&document)).2, expected, "{member}");
    }
}
