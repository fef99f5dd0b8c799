//! The causal graph of a bundle's receipts: `schemas/clawsig.md` §5.5, steps 24 to 26.

use serde_json::{Value, json};
use verifier::check::Status;

use crate::clawsig_bundle::{agent, assert_fails, bundle, payload, receipt, receipt_payload, verify};
use kit::key::TIME;

/// A bundle with a receipt for each of these bindings, which add to the usual one.
fn bundle_of(bindings: &[Value]) -> Value {
    let mut payload = payload();
    payload["receipts"] = bindings
        .iter()
        .enumerate()
        .map(|(index, extra)| {
            let mut payload = receipt_payload(&format!("rcpt_{index}"));
            for (name, value) in extra.as_object().unwrap() {
                if name == "timestamp" {
                    payload["timestamp"] = value.clone();
                } else {
                    payload["binding"][name] = value.clone();
                }
            }
            receipt(&payload)
        })
        .collect();
    bundle(&payload)
}

fn root() -> Value {
    json!({ "span_id": "root", "phase": "planning" })
}

const EARLIER: &str = "2026-02-11T00:00:00Z";

#[test]
fn a_tree_in_order_passes() {
    let bindings = [
        root(),
        json!({ "spanId": "a", "parentSpanId": " root ", "phase": "execution", "attribution_confidence": 1.0 }),
        json!({ "span_id": "b", "tool_span_id": "a", "phase": "observation" }),
        json!({ "attribution_confidence": 0 }),
    ];
    assert_eq!(verify(&bundle_of(&bindings)).1, Status::Pass);
}

#[test]
fn each_fault_of_the_graph_has_its_code() {
    let cases: Vec<(&str, Vec<Value>, &str)> = vec![
        (
            "dangling parent",
            vec![json!({ "span_id": "a", "parent_span_id": "x" })],
            "CAUSAL_REFERENCE_DANGLING",
        ),
        (
            "dangling tool",
            vec![json!({ "span_id": "a", "tool_span_id": "x" })],
            "CAUSAL_REFERENCE_DANGLING",
        ),
        (
            "two spellings",
            vec![json!({ "span_id": "a", "spanId": "b" })],
            "CAUSAL_BINDING_FIELD_CONFLICT",
        ),
        (
            "blank span",
            vec![json!({ "span_id": "  " })],
            "CAUSAL_BINDING_NORMALIZATION_FAILED",
        ),
        (
            "own ancestor",
            vec![json!({ "span_id": "a", "parent_span_id": "a" })],
            "CAUSAL_CYCLE_DETECTED",
        ),
        (
            "ring",
            vec![
                root(),
                json!({ "span_id": "a", "parent_span_id": "b" }),
                json!({ "span_id": "b", "parent_span_id": "a" }),
            ],
            "CAUSAL_CYCLE_DETECTED",
        ),
        (
            "ring over tools",
            vec![
                json!({ "span_id": "a", "tool_span_id": "b" }),
                json!({ "span_id": "b", "tool_span_id": "a" }),
            ],
            "CAUSAL_GRAPH_DISCONNECTED",
        ),
        (
            "ring over a parent and a tool, with a way to the root",
            vec![
                root(),
                json!({ "span_id": "a", "parent_span_id": "b", "tool_span_id": "root" }),
                json!({ "span_id": "b", "tool_span_id": "a" }),
            ],
            "CAUSAL_GRAPH_DISCONNECTED",
        ),
        (
            "two roots",
            vec![root(), json!({ "span_id": "other" })],
            "CAUSAL_GRAPH_DISCONNECTED",
        ),
    ];
    for (name, bindings, code) in cases {
        assert_fails(name, &bundle_of(&bindings), code);
    }
}

#[test]
fn each_fault_of_time_phase_and_confidence_has_its_code() {
    let child = |extra: Value| {
        let mut child = json!({ "span_id": "a", "parent_span_id": "root" });
        for (name, value) in extra.as_object().unwrap() {
            child[name] = value.clone();
        }
        child
    };
    let cases: Vec<(&str, Vec<Value>, &str)> = vec![
        (
            "phase that may not follow",
            vec![root(), child(json!({ "phase": "teardown" }))],
            "CAUSAL_PHASE_TRANSITION_INVALID",
        ),
        (
            "child before parent",
            vec![root(), child(json!({ "timestamp": EARLIER }))],
            "CAUSAL_CLOCK_CONTRADICTION",
        ),
        (
            "stamped after it was issued",
            vec![json!({ "span_id": "a", "timestamp": "2026-02-12T00:00:01Z" })],
            "CAUSAL_CLOCK_CONTRADICTION",
        ),
        (
            "one span, two times",
            vec![root(), json!({ "span_id": "root", "timestamp": EARLIER })],
            "CAUSAL_CLOCK_CONTRADICTION",
        ),
        (
            "one span, two phases",
            vec![root(), json!({ "span_id": "root", "phase": "setup" })],
            "CAUSAL_SPAN_REUSE_CONFLICT",
        ),
        (
            "confidence without links",
            vec![json!({ "span_id": "a", "attribution_confidence": 0.6 })],
            "CAUSAL_CONFIDENCE_EVIDENCE_INCONSISTENT",
        ),
        (
            "confidence without a span",
            vec![json!({ "attribution_confidence": 0.1 })],
            "CAUSAL_CONFIDENCE_EVIDENCE_INCONSISTENT",
        ),
    ];
    for (name, bindings, code) in cases {
        assert_fails(name, &bundle_of(&bindings), code);
    }
}

#[test]
fn one_receipt_id_with_two_payloads_is_a_replay() {
    let mut payload = payload();
    let mut other = receipt_payload("rcpt_1");
    other["model"] = json!("other");
    payload["receipts"] = json!([receipt(&receipt_payload("rcpt_1")), receipt(&other)]);
    assert_fails("replay", &bundle(&payload), "CAUSAL_RECEIPT_REPLAY_DETECTED");
}

#[test]
fn side_effects_and_approvals_hang_on_a_span_of_a_receipt() {
    let side_effect = |binding: Value| {
        json!({
            "receipt_version": "1", "receipt_id": "se_1", "effect_class": "network_egress",
            "hash_algorithm": "SHA-256", "agent_did": agent().did(), "timestamp": TIME, "binding": binding,
        })
    };
    let approval = |binding: Value| {
        json!({
            "receipt_version": "1", "receipt_id": "ha_1", "approval_type": "explicit_approve",
            "approver_subject": "someone", "agent_did": agent().did(), "scope_hash_b64u": "abcdefgh",
            "timestamp": TIME, "binding": binding,
        })
    };
    let with = |name: &str, entry: Value| {
        let mut payload = payload();
        let mut receipt_payload = receipt_payload("rcpt_1");
        receipt_payload["binding"]["span_id"] = json!("root");
        payload["receipts"] = json!([receipt(&receipt_payload)]);
        payload[name] = json!([entry]);
        bundle(&payload)
    };
    let (on, off) = (
        json!({ "tool_span_id": "root" }),
        json!({ "tool_span_id": "x", "span_id": "root" }),
    );
    let sound = with("side_effect_receipts", side_effect(on.clone()));
    assert_eq!(verify(&sound).1, Status::Pass);
    let sound = with("human_approval_receipts", approval(on));
    assert_eq!(verify(&sound).1, Status::Pass);
    assert_fails(
        "effect",
        &with("side_effect_receipts", side_effect(off.clone())),
        "CAUSAL_SIDE_EFFECT_ORPHANED",
    );
    assert_fails(
        "approval",
        &with("human_approval_receipts", approval(off)),
        "CAUSAL_HUMAN_APPROVAL_ORPHANED",
    );
    let mut stranger = side_effect(json!({ "span_id": "root" }));
    stranger["agent_did"] = json!(crate::clawsig_bundle::gateway().did());
    assert_fails(
        "agent",
        &with("side_effect_receipts", stranger),
        "PROOF_BUNDLE_AGENT_MISMATCH",
    );
}

/// 1,000 receipts, each below the one before: the deepest graph that the limits allow.
#[test]
fn a_chain_of_a_thousand_spans_is_walked_without_recursion() {
    let mut bindings = vec![json!({ "span_id": "s0" })];
    for index in 1..1000 {
        bindings.push(json!({
            "span_id": format!("s{index}"),
            "parent_span_id": format!("s{}", index - 1),
            "tool_span_id": format!("s{}", index / 2),
        }));
    }
    // Walked from the far end, every step of the search lies on one path.
    bindings.reverse();
    assert_eq!(verify(&bundle_of(&bindings)).1, Status::Pass);
}
