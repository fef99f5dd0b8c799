//! The calls of the script.

use serde_json::Value;
use verifier_wasm::exports::{entry, job, pack, subject, visit};

#[test]
fn a_call_with_an_argument_of_another_form_is_an_error_and_no_report() {
    for answer in [
        visit(b"{}"),
        visit(b"\xff"),
        job(b"", b"", b"[]"),
        entry(b"", b"", b"", b"{\"index\":-1}"),
        subject(b"", b"", b"", b"{\"question\":[]}"),
    ] {
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert!(answer["error"].is_string(), "{answer}");
    }
}

#[test]
fn rubbish_instead_of_evidence_is_a_report_that_does_not_hold() {
    let shown = br#"{"job_id":"j","as_of":1,"verdict":"PASS","root_hash":""}"#;
    let answer: Value = serde_json::from_slice(&job(b"rubbish", b"rubbish", shown)).unwrap();
    assert_eq!(answer["holds"], false);
    assert_eq!(answer["report"]["status"], "FAIL");
    let answer: Value = serde_json::from_slice(&pack(b"rubbish", b"rubbish")).unwrap();
    assert_eq!(answer["holds"], false);
    let shown = br#"{"question":["kind","log.frozen"],"as_of":1}"#;
    let answer = subject(b"rubbish", b"rubbish", b"rubbish", shown);
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!(answer["holds"], false);
    assert!(answer["proved"].is_null());
}
