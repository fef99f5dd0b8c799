//! An entry page against the server's answer.

use kit::log::log_key;
use kit::pack::JobLog;
use serde_json::{Value, json};
use verifier::check::Status;
use verifier_wasm::{EntryCheck, PageCheck, ShownEntry, check_entry};

/// Index of the receipt with a context.
const RECEIPT: u64 = 2;
const CONTEXT: &str = r#"{"job_id":"job-1","last":true,"number":0,"stream":"s"}"#;

/// The server's answer for the receipt.
fn answer(log: &JobLog, evidence: Option<&str>) -> Value {
    let mut answer = json!({
        "index": RECEIPT,
        "proof": log.log.proof(RECEIPT).to_string(),
        "context": serde_json::from_str::<Value>(CONTEXT).unwrap(),
    });
    if let Some(evidence) = evidence {
        answer["evidence"] = evidence.into();
    }
    answer
}

fn receipt() -> String {
    String::from_utf8(kit::log::gateway_receipt(5)).unwrap()
}

fn check(log: &JobLog, answer: &Value, shown: &ShownEntry) -> PageCheck {
    whole_check(log, answer, shown).page
}

fn whole_check(log: &JobLog, answer: &Value, shown: &ShownEntry) -> EntryCheck {
    let genesis = log.log.genesis_file();
    check_entry(
        answer.to_string().as_bytes(),
        &genesis,
        &log_key().to_string(),
        shown,
    )
}

fn shown() -> ShownEntry {
    ShownEntry {
        index: RECEIPT,
        kind: Some("receipt.gateway".to_owned()),
        signer: Some(kit::key::Key::new(5).did()),
        evidence_digest: None,
        leaf_hash: None,
        document: None,
    }
}

#[test]
fn an_entry_with_document_and_context_is_checked_whole() {
    let log = JobLog::new();
    let check = check(&log, &answer(&log, Some(&receipt())), &shown());
    assert!(check.agrees(), "{check:?}");
    let checked = check.report.details.get("checked").unwrap().to_string();
    for what in ["inclusion", "evidence", "subjects", "context_subjects"] {
        assert!(checked.contains(what), "{what} is not in {checked}");
    }
}

#[test]
fn a_changed_document_does_not_hold() {
    let log = JobLog::new();
    let changed = receipt().replace("claude-test", "claude-best");
    let check = check(&log, &answer(&log, Some(&changed)), &shown());
    assert!(!check.holds);
    assert_eq!(check.report.status, Status::Fail);
}

#[test]
fn a_changed_context_does_not_hold() {
    let log = JobLog::new();
    let mut answer = answer(&log, Some(&receipt()));
    answer["context"]["job_id"] = "job-2".into();
    assert!(!check(&log, &answer, &shown()).holds);
}

#[test]
fn without_its_document_the_entry_still_stands_in_the_log() {
    let log = JobLog::new();
    let check = check(&log, &answer(&log, None), &shown());
    assert!(check.agrees());
    assert_eq!(check.report.reason_code, "EVIDENCE_NOT_SUPPLIED");
}

#[test]
fn the_proof_of_another_entry_is_told_from_the_page() {
    let log = JobLog::new();
    let mut other = shown();
    other.index = RECEIPT + 1;
    let check = check(&log, &answer(&log, Some(&receipt())), &other);
    assert!(check.holds && !check.agrees());
    assert_eq!(check.differences[0].what, "index");
}

#[test]
fn an_answer_that_is_none_does_not_hold() {
    let log = JobLog::new();
    for answer in [json!({}), json!({"proof": "rubbish"}), json!([])] {
        assert!(!check(&log, &answer, &shown()).holds, "{answer}");
    }
}

/// A page that sets the receipt out in these pieces.
fn set_out(pieces: &[&str]) -> EntryCheck {
    let log = JobLog::new();
    let mut page = shown();
    page.document = Some(pieces.iter().map(|&piece| piece.to_owned()).collect());
    whole_check(&log, &answer(&log, Some(&receipt())), &page)
}

#[test]
fn a_document_that_the_page_sets_out_in_pieces_is_compared_member_by_member() {
    let whole: Value = serde_json::from_str(&receipt()).unwrap();
    let mut header = whole.clone();
    let payload = header.as_object_mut().unwrap().remove("payload").unwrap();
    let payload = json!({"payload": payload}).to_string();
    let header = serde_json::to_string_pretty(&header).unwrap();
    for pieces in [vec![payload.as_str(), &header], vec![&receipt()]] {
        let check = set_out(&pieces);
        assert!(check.page.agrees() && check.shows_document, "{check:?}");
    }
    let other_model = payload.replace("claude-test", "claude-best");
    let more = header.replacen('{', "{\"approved\":true,", 1);
    for pieces in [
        vec![other_model.as_str(), &header],
        vec![&payload, &more],
        vec![&payload],
        vec![&payload, &header, &header],
        vec![&payload, &header, "and so on"],
    ] {
        let check = set_out(&pieces);
        assert!(check.page.holds && !check.page.agrees() && !check.shows_document);
        assert_eq!(check.page.differences[0].what, "document");
    }
}
