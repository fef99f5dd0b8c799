//! Whole checks: what passes, what fails, what is incomplete, and that the report says why.

use verifier::base64::encode_standard;
use verifier::check::{ProofFiles, Report, Status, check_consistency, check_proof};
use verifier::entry::Entry;
use verifier::hash::leaf_hash;
use verifier::kind::Kind;

use kit::key::Key;
use kit::log::{ORIGIN, TestLog, gateway_receipt, job_event, log_key};

pub(crate) fn verdict(report: &Report) -> (Status, &str) {
    (report.status, report.reason_code)
}

pub(crate) fn lists(report: &Report, list: &str, item: &str) -> bool {
    report
        .details
        .get(list)
        .and_then(|list| list.as_array())
        .is_some_and(|list| list.contains(&item.into()))
}

/// A log with one more document, and what is checked of it.
fn logged(document: &[u8]) -> (TestLog, u64) {
    let mut log = TestLog::new();
    log.fill(5);
    let index = log.push_document(document);
    log.fill(9);
    (log, index)
}

fn check(log: &TestLog, index: u64, evidence: Option<&[u8]>, genesis: bool) -> Report {
    let proof = log.proof(index).to_string();
    let genesis = genesis.then(|| log.genesis_file());
    let files = ProofFiles {
        proof: proof.as_bytes(),
        evidence,
        entry: None,
        genesis: genesis.as_deref(),
    };
    check_proof(&files, &log_key())
}

#[test]
fn a_logged_document_passes_and_what_was_not_looked_at_is_said() {
    let document = job_event(4, "job-1");
    let (log, index) = logged(&document);
    let report = check(&log, index, Some(&document), false);
    assert_eq!(verdict(&report), (Status::Pass, "OK"), "{report:?}");
    assert!(lists(&report, "not_checked", "subjects") && lists(&report, "not_checked", "roles"));
    let report = check(&log, index, Some(&document), true);
    assert_eq!(verdict(&report), (Status::Pass, "OK"), "{report:?}");
    assert!(lists(&report, "checked", "subjects") && lists(&report, "checked", "genesis"));
}

#[test]
fn without_evidence_a_proof_is_incomplete() {
    let (log, index) = logged(&job_event(4, "job-1"));
    assert_eq!(
        verdict(&check(&log, index, None, false)),
        (Status::Incomplete, "EVIDENCE_NOT_SUPPLIED")
    );
}

#[test]
fn another_document_fails() {
    let (log, index) = logged(&job_event(4, "job-1"));
    let report = check(&log, index, Some(&job_event(4, "job-2")), false);
    assert_eq!(verdict(&report), (Status::Fail, "EVIDENCE_DIGEST_MISMATCH"));
    let report = check(&log, index, Some(b"{"), false);
    assert_eq!(verdict(&report), (Status::Fail, "MALFORMED_JSON"));
}

#[test]
fn a_pretty_copy_passes_where_the_signature_does_not_cover_the_spelling() {
    let document = job_event(4, "job-1");
    let (log, index) = logged(&document);
    let value: serde_json::Value = serde_json::from_slice(&document).unwrap();
    let pretty = serde_json::to_vec_pretty(&value).unwrap();
    let report = check(&log, index, Some(&pretty), false);
    assert_eq!(verdict(&report), (Status::Pass, "OK"), "{report:?}");
}

#[test]
fn a_reordered_copy_is_incomplete_where_the_signature_covers_the_order() {
    let document = gateway_receipt(5);
    let (log, index) = logged(&document);
    assert_eq!(
        verdict(&check(&log, index, Some(&document), false)),
        (Status::Pass, "OK")
    );
    // Reading into a map and writing again sorts the members.
    let value: serde_json::Value = serde_json::from_slice(&document).unwrap();
    let report = check(&log, index, Some(value.to_string().as_bytes()), false);
    assert_eq!(
        verdict(&report),
        (Status::Incomplete, "RAW_BYTES_DIFFER"),
        "{report:?}"
    );
}

#[test]
fn an_entry_that_says_something_else_of_the_document_fails() {
    let document = job_event(4, "job-1");
    let log = TestLog::new();
    let good = log.entry_of(&document);
    let other_signer = Entry {
        signer: Key::new(9).did(),
        ..good.clone()
    };
    let other_kind = Entry {
        kind: Kind::Pulse,
        ..good.clone()
    };
    let other_subjects = Entry {
        subjects: good.subjects[..1].to_vec(),
        ..good
    };
    for (entry, expected) in [
        (other_signer, "SIGNER_MISMATCH"),
        (other_kind, "KIND_MISMATCH"),
        (other_subjects, "SUBJECTS_MISMATCH"),
    ] {
        let mut log = TestLog::new();
        let index = log.push(&entry);
        assert_eq!(
            verdict(&check(&log, index, Some(&document), true)),
            (Status::Fail, expected)
        );
    }
}

#[test]
fn a_refused_document_is_recognised_by_its_bytes() {
    let document = job_event(4, "job-1");
    let mut log = TestLog::new();
    let raw_digest = log.entry_of(&document).raw_digest;
    let entry = Entry {
        raw_digest,
        signer: Key::new(4).did(),
        ..log.filler()
    };
    let index = log.push(&entry);
    let report = check(&log, index, Some(&document), false);
    assert_eq!(verdict(&report), (Status::Pass, "OK"), "{report:?}");
    let report = check(&log, index, Some(&job_event(4, "job-2")), false);
    assert_eq!(verdict(&report), (Status::Fail, "RAW_DIGEST_MISMATCH"));
}

#[test]
fn a_damaged_proof_or_checkpoint_fails_with_its_own_code() {
    let (log, index) = logged(&job_event(4, "job-1"));
    let run = |proof: &str| {
        let files = ProofFiles {
            proof: proof.as_bytes(),
            evidence: None,
            entry: None,
            genesis: None,
        };
        check_proof(&files, &log_key())
    };
    let good = log.proof(index);
    assert_eq!(verdict(&run("no proof")), (Status::Fail, "PROOF_MALFORMED"));
    let mut other = good.clone();
    other.path.pop();
    assert_eq!(
        verdict(&run(&other.to_string())),
        (Status::Fail, "INCLUSION_FAILED")
    );
    let mut other = good.clone();
    other.extra = Some(log.entries[0].clone());
    assert_eq!(
        verdict(&run(&other.to_string())),
        (Status::Fail, "INCLUSION_FAILED")
    );
    let mut other = good.clone();
    other.checkpoint = other.checkpoint.replacen("\n9\n", "\n8\n", 1);
    assert_eq!(
        verdict(&run(&other.to_string())),
        (Status::Fail, "CHECKPOINT_SIGNATURE_INVALID")
    );
    let mut other = good.clone();
    other.extra = None;
    assert_eq!(
        verdict(&run(&other.to_string())),
        (Status::Incomplete, "ENTRY_NOT_SUPPLIED")
    );
    let stranger = verifier::note::VerifierKey::new(ORIGIN, Key::new(8).public()).unwrap();
    let text = good.to_string();
    let files = ProofFiles {
        proof: text.as_bytes(),
        evidence: None,
        entry: None,
        genesis: None,
    };
    assert_eq!(
        verdict(&check_proof(&files, &stranger)),
        (Status::Fail, "CHECKPOINT_NOT_SIGNED_BY_KEY")
    );
}

#[test]
fn an_entry_may_come_beside_the_proof_as_cbor_or_base64() {
    let document = job_event(4, "job-1");
    let (log, index) = logged(&document);
    let mut proof = log.proof(index);
    let entry = proof.extra.take().unwrap();
    let proof = proof.to_string();
    for entry in [entry.clone(), (encode_standard(&entry) + "\n").into_bytes()] {
        let files = ProofFiles {
            proof: proof.as_bytes(),
            evidence: Some(&document),
            entry: Some(&entry),
            genesis: None,
        };
        assert_eq!(verdict(&check_proof(&files, &log_key())), (Status::Pass, "OK"));
    }
}

#[test]
fn an_entry_of_a_later_format_is_incomplete() {
    let mut log = TestLog::new();
    // The member 0, the version, is the first of the map: 00 01 becomes 00 02.
    let mut later = log.filler().encode().unwrap();
    assert_eq!(later[1..3], [0, 1]);
    later[2] = 2;
    log.entries.push(later);
    assert_eq!(
        verdict(&check(&log, 1, None, false)),
        (Status::Incomplete, "UNKNOWN_FORMAT")
    );
}

#[test]
fn a_genesis_of_another_log_is_refused() {
    let document = job_event(4, "job-1");
    let (log, index) = logged(&document);
    let proof = log.proof(index).to_string();
    let mut other: serde_json::Value = serde_json::from_slice(&log.genesis_file()).unwrap();
    other["evidence"] = String::from_utf8(document.clone()).unwrap().into();
    for genesis in [
        other.to_string().into_bytes(),
        b"{}".to_vec(),
        log.genesis.clone(),
    ] {
        let files = ProofFiles {
            proof: proof.as_bytes(),
            evidence: Some(&document),
            entry: None,
            genesis: Some(&genesis),
        };
        assert_eq!(
            verdict(&check_proof(&files, &log_key())),
            (Status::Fail, "GENESIS_INVALID")
        );
    }
}

fn consistency(log: &TestLog, old: u64, new: u64, proof: &str) -> Report {
    let (old, new) = (log.checkpoint(old), log.checkpoint(new));
    check_consistency(old.as_bytes(), new.as_bytes(), proof.as_bytes(), &log_key())
}

#[test]
fn checkpoints_are_consistent_by_lines_and_by_the_servers_answer() {
    let mut log = TestLog::new();
    log.fill(20);
    let hashes: Vec<String> = log
        .consistency(6, 20)
        .iter()
        .map(|hash| encode_standard(hash.as_bytes()))
        .collect();
    let lines = hashes.join("\n") + "\n";
    let answer = serde_json::json!({"first": 6, "second": 20, "hashes": hashes}).to_string();
    for proof in [&lines, &answer] {
        assert_eq!(verdict(&consistency(&log, 6, 20, proof)), (Status::Pass, "OK"));
    }
    assert_eq!(verdict(&consistency(&log, 20, 20, "")), (Status::Pass, "OK"));
    assert_eq!(
        verdict(&consistency(&log, 20, 6, &lines)),
        (Status::Fail, "CHECKPOINTS_REVERSED")
    );
    assert_eq!(
        verdict(&consistency(&log, 6, 20, "")),
        (Status::Fail, "PROOF_WRONG_LENGTH")
    );
    assert_eq!(verdict(&consistency(&log, 7, 20, &lines)).0, Status::Fail);
    assert_eq!(
        verdict(&consistency(&log, 6, 20, "not base64")),
        (Status::Fail, "PROOF_MALFORMED")
    );
}

#[test]
fn two_roots_of_one_size_are_a_fork() {
    let (mut one, mut other) = (TestLog::new(), TestLog::new());
    one.push_document(&job_event(4, "job-1"));
    other.push_document(&job_event(4, "job-2"));
    let report = check_consistency(
        one.checkpoint(2).as_bytes(),
        other.checkpoint(2).as_bytes(),
        b"",
        &log_key(),
    );
    assert_eq!(verdict(&report), (Status::Fail, "LOG_FORKED"));
}

#[test]
fn the_leaf_hash_in_the_report_is_that_of_the_entry() {
    let document = job_event(4, "job-1");
    let (log, index) = logged(&document);
    let report = check(&log, index, Some(&document), false);
    let entry = &log.entries[usize::try_from(index).unwrap()];
    assert_eq!(
        report.details.get("leaf_hash").unwrap(),
        &leaf_hash(entry).to_string()
    );
}
