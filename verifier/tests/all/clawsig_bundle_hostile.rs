//! Hostile bundles: bounded, no panic, and no change of signed bytes that passes.

use proptest::prelude::*;
use serde_json::{Value, json};
use verifier::check::Status;

use crate::clawsig_bundle::{assert_fails, bundle, payload, receipt, receipt_payload, tool_receipt, verify};
use kit::key::parse;

#[test]
fn more_receipts_than_the_limit_are_refused_before_any_is_verified() {
    let mut payload = payload();
    payload["receipts"] = json!(vec![receipt(&receipt_payload("rcpt_1")); 1001]);
    assert_fails("1,001 receipts", &bundle(&payload), "MALFORMED_ENVELOPE");
    // As many entries as a document has room for.
    payload["receipts"] = json!(vec![json!({ "receipt_type": "" }); 40_000]);
    assert_fails("40,000 diagnostics", &bundle(&payload), "MALFORMED_ENVELOPE");
    payload["receipts"] = json!(vec![json!([]); 100_000]);
    assert_fails("100,000 arrays", &bundle(&payload), "SCHEMA_VALIDATION_FAILED");
}

#[test]
fn odd_values_in_every_place_never_pass_and_never_panic() {
    let odd = [
        json!(null),
        json!(true),
        json!(-0.0),
        json!(1e300),
        json!(""),
        json!("\u{0}"),
        json!([]),
        json!({}),
        json!([[[[[[]]]]]]),
    ];
    let mut payload = payload();
    payload["tool_receipts"] = json!([tool_receipt()]);
    for pointer in pointers(&payload) {
        for value in &odd {
            let mut changed = payload.clone();
            let place = changed.pointer_mut(&pointer).unwrap();
            if place == value {
                continue;
            }
            *place = value.clone();
            // Signed as it is. Some values leave it sound: a name, say.
            let _ = verify(&bundle(&changed));
            // Not signed again: it never passes.
            let mut document = bundle(&payload);
            document["payload"] = changed;
            assert_ne!(verify(&document).1, Status::Pass, "{pointer} {value}");
        }
    }
}

/// Pointers to everything in a value.
fn pointers(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), value)];
    while let Some((pointer, value)) = open.pop() {
        match value {
            Value::Object(members) => {
                open.extend(
                    members
                        .iter()
                        .map(|(name, value)| (format!("{pointer}/{name}"), value)),
                );
            }
            Value::Array(items) => {
                open.extend(
                    items
                        .iter()
                        .enumerate()
                        .map(|(index, value)| (format!("{pointer}/{index}"), value)),
                );
            }
            _ => {}
        }
        if !pointer.is_empty() {
            found.push(pointer);
        }
    }
    found
}

/// Members of the bundle's envelope that no signature covers.
const UNSIGNED: [&str; 3] = ["issued_at", "expires_at", "envelope_version"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_changed_byte_passes_only_in_a_header_that_nobody_signed(position: prop::sample::Index, byte: u8) {
        let document = bundle(&payload());
        let mut text = document.to_string().into_bytes();
        let position = position.index(text.len());
        text[position] = byte;
        if let Ok(changed) = serde_json::from_slice::<Value>(&text)
            && let Ok(strict) = verifier::json::parse(&text)
        {
            let mut signed = changed.clone();
            for name in UNSIGNED {
                if let Some(members) = signed.as_object_mut() {
                    members.insert(name.to_owned(), document[name].clone());
                    if document[name].is_null() {
                        members.remove(name);
                    }
                }
            }
            if verify(&changed).1 == Status::Pass {
                prop_assert_eq!(&parse(&signed), &parse(&document));
                prop_assert_eq!(strict, parse(&changed));
            }
        }
    }
}

/// As many receipts as a bundle may have, drawing the graphs that a careless walk takes long for. The receipts are
/// signed by nobody: the graph is walked before that is found out.
#[test]
fn wide_and_doubled_and_ringed_graphs_of_a_thousand_receipts_are_answered() {
    let graph = |binding: &dyn Fn(usize) -> Value| {
        let mut payload = payload();
        let receipts: Vec<Value> = (0..1000)
            .map(|number| {
                let mut receipt = receipt(&receipt_payload("rcpt_1"));
                receipt["payload"]["receipt_id"] = json!(format!("rcpt_{number}"));
                for (name, value) in binding(number).as_object().unwrap() {
                    receipt["payload"]["binding"][name] = value.clone();
                }
                receipt
            })
            .collect();
        payload["receipts"] = json!(receipts);
        verify(&bundle(&payload)).2
    };
    let span = |number: usize| format!("s{number}");
    let star = |number: usize| match number {
        0 => json!({ "span_id": "s0" }),
        _ => json!({ "span_id": span(number), "parent_span_id": "s0", "tool_span_id": "s0" }),
    };
    assert_eq!(graph(&star), "RECEIPT_VERIFICATION_FAILED");
    // Each node has two ways down to the two nodes before it: 2^1000 paths.
    let lattice = |number: usize| match number {
        0 => json!({ "span_id": "s0" }),
        1 => json!({ "span_id": "s1", "parent_span_id": "s0" }),
        _ => json!({
            "span_id": span(number), "parent_span_id": span(number - 1), "tool_span_id": span(number - 2),
        }),
    };
    assert_eq!(graph(&lattice), "RECEIPT_VERIFICATION_FAILED");
    assert_eq!(
        graph(&|number| lattice(999 - number)),
        "RECEIPT_VERIFICATION_FAILED"
    );
    assert_eq!(
        graph(&|_| json!({ "span_id": "s0" })),
        "RECEIPT_VERIFICATION_FAILED"
    );
    let ring =
        |number: usize| json!({ "span_id": span(number), "parent_span_id": span((number + 1) % 1000) });
    assert_eq!(graph(&ring), "CAUSAL_CYCLE_DETECTED");
    let ring_of_tools =
        |number: usize| json!({ "span_id": span(number), "tool_span_id": span((number + 1) % 1000) });
    assert_eq!(graph(&ring_of_tools), "CAUSAL_GRAPH_DISCONNECTED");
}

#[test]
fn numbers_of_every_size_and_spelling_are_answered() {
    let text = bundle(&payload()).to_string();
    for number in [
        "1e400",
        "-1e400",
        "1e-400",
        "9007199254740993",
        "0.1e1",
        "-0",
        "1E5",
        "00",
        "1.",
        "1e",
        "+1",
        "NaN",
    ] {
        let changed = text.replace("\"latency_ms\":3", &format!("\"latency_ms\":{number}"));
        let report =
            verifier::clawsig::verify(changed.as_bytes(), &verifier::clawsig::ClawsigOptions::default())
                .report;
        assert_ne!(report.status, Status::Pass, "{number}");
    }
    let digits = "9".repeat(1_000_000);
    let changed = text.replace("\"latency_ms\":3", &format!("\"latency_ms\":{digits}"));
    let report =
        verifier::clawsig::verify(changed.as_bytes(), &verifier::clawsig::ClawsigOptions::default()).report;
    assert_eq!(report.reason_code, "NUMBER_OUT_OF_RANGE");
}
