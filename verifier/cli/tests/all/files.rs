//! `proof` and `consistency`.

use verifier::base64::encode_standard;

use crate::run::{CheckFiles, answers, run, verdict};
use kit::log::{TestLog, gateway_receipt, job_event, log_key};

struct FileCase {
    files: CheckFiles,
    log: TestLog,
    proof: String,
    evidence: String,
    key: String,
}

fn case(document: &[u8]) -> FileCase {
    let files = CheckFiles::new();
    let mut log = TestLog::new();
    let index = log.push_document(document);
    log.fill(7);
    let proof = files.write("a.tlog-proof", log.proof(index).to_string());
    let evidence = files.write("evidence.json", document);
    FileCase {
        files,
        log,
        proof,
        evidence,
        key: log_key().to_string(),
    }
}

#[test]
fn a_proof_with_its_evidence_exits_0() {
    let FileCase {
        proof,
        evidence,
        key,
        files,
        log,
    } = case(&job_event(4, "job-1"));
    let outcome = run(&[
        "proof",
        &proof,
        "--log-key",
        &key,
        "--evidence",
        &evidence,
        "--json",
    ]);
    assert_eq!(outcome.verdict(), verdict(0, "PASS", "OK"));
    let key_file = files.write("log.vkey", format!("{key}\n"));
    let genesis = files.write("genesis.json", log.genesis_file());
    let outcome = run(&[
        "proof",
        &proof,
        "--log-key",
        &key_file,
        "--evidence",
        &evidence,
        "--genesis",
        &genesis,
        "--json",
    ]);
    assert_eq!(outcome.verdict(), verdict(0, "PASS", "OK"));
    assert_eq!(outcome.report()["details"]["index"], 1);
}

#[test]
fn a_proof_without_evidence_exits_2() {
    let FileCase {
        proof,
        key,
        files: _files,
        ..
    } = case(&job_event(4, "job-1"));
    let outcome = run(&["--json", "proof", &proof, "--log-key", &key]);
    assert_eq!(
        outcome.verdict(),
        verdict(2, "INCOMPLETE", "EVIDENCE_NOT_SUPPLIED")
    );
    assert_eq!(outcome.answers(), answers(2, "genuine", "INCOMPLETE"));
}

#[test]
fn a_copy_in_another_order_exits_2_where_the_order_is_signed() {
    let document = gateway_receipt(5);
    let FileCase {
        proof, key, files, ..
    } = case(&document);
    let sorted: serde_json::Value = serde_json::from_slice(&document).unwrap();
    let copy = files.write("copy.json", sorted.to_string());
    let outcome = run(&["proof", &proof, "--log-key", &key, "--evidence", &copy, "--json"]);
    assert_eq!(outcome.verdict(), verdict(2, "INCOMPLETE", "RAW_BYTES_DIFFER"));
}

#[test]
fn a_forged_file_exits_3_and_says_what_is_wrong() {
    let FileCase {
        proof,
        key,
        files,
        log,
        ..
    } = case(&job_event(4, "job-1"));
    let other = files.write("other.json", job_event(4, "job-2"));
    let outcome = run(&["proof", &proof, "--log-key", &key, "--evidence", &other, "--json"]);
    assert_eq!(outcome.verdict(), verdict(3, "FAIL", "EVIDENCE_DIGEST_MISMATCH"));
    assert_eq!(outcome.answers(), answers(3, "not_genuine", ""));
    // Nobody can tell another document from one that was changed, and neither makes the proof a forgery.
    let told = run(&["proof", &proof, "--log-key", &key, "--evidence", &other]).output;
    assert!(
        told.starts_with(
            "Proof: does not belong to this document: this is another document, or it was changed: "
        ),
        "{told}"
    );
    assert!(
        !told.contains("NOT genuine") && !told.contains("not genuine"),
        "{told}"
    );
    let mut forged = log.proof(1);
    forged.extra = Some(log.entries[2].clone());
    let forged = files.write("forged.tlog-proof", forged.to_string());
    let outcome = run(&["proof", &forged, "--log-key", &key]);
    assert_eq!(outcome.code, 3);
    assert!(
        outcome.output.starts_with("Proof: NOT genuine: ") && outcome.output.contains("INCLUSION_FAILED"),
        "{:?}",
        outcome.output
    );
}

#[test]
fn a_wrong_command_line_exits_64() {
    let FileCase {
        proof,
        evidence,
        key,
        files: _files,
        ..
    } = case(&job_event(4, "job-1"));
    for arguments in [
        &[][..],
        &["prove"],
        &["proof", &proof],
        &["proof", &proof, "--log-key", "not a key"],
        &["proof", &proof, "--log-key", &evidence],
        &["proof", "/nonexistent/file", "--log-key", &key],
        &["proof", &proof, "--log-key", &key, "--frobnicate"],
        &["audit", "/nonexistent/directory", "--log-key", &key],
    ] {
        assert_eq!(run(arguments).code, 64, "{arguments:?}");
    }
    assert_eq!(run(&["--help"]).code, 0);
    assert_eq!(run(&["--version"]).code, 0);
}

#[test]
fn a_log_key_that_is_no_file_and_no_key_is_told_as_both() {
    let FileCase {
        proof,
        evidence,
        files,
        ..
    } = case(&job_event(4, "job-1"));
    let said = |key: &str| run(&["proof", &proof, "--log-key", key]).errors;
    let missing = said("nofile");
    assert!(
        missing.contains(r#""nofile" is no such file, and not a verifier key"#),
        "{missing}"
    );
    // A file that is there is named as one that holds no key.
    let other = said(&evidence);
    assert!(
        other.contains(&evidence)
            && other.contains("holds no verifier key")
            && !other.contains("no such file"),
        "{other}"
    );
    let directory = said(files.path().to_str().unwrap());
    assert!(directory.contains("not a verifier key"), "{directory}");
}

#[test]
fn checkpoints_are_compared_by_lines_and_by_the_servers_answer() {
    let FileCase { files, log, key, .. } = case(&job_event(4, "job-1"));
    let hashes: Vec<String> = log
        .consistency(3, 7)
        .iter()
        .map(|hash| encode_standard(hash.as_bytes()))
        .collect();
    let old = files.write("old", log.checkpoint(3));
    let new = files.write("new", log.checkpoint(7));
    let lines = files.write("lines", hashes.join("\n") + "\n");
    let answer = files.write(
        "answer",
        serde_json::json!({"first": 3, "second": 7, "hashes": hashes}).to_string(),
    );
    for proof in [&lines, &answer] {
        let outcome = run(&["consistency", &old, &new, proof, "--log-key", &key, "--json"]);
        assert_eq!(outcome.verdict(), verdict(0, "PASS", "OK"));
    }
    // Standard input is empty here, as the proof between equal sizes is.
    let outcome = run(&["consistency", &new, &new, "-", "--log-key", &key, "--json"]);
    assert_eq!(outcome.verdict(), verdict(0, "PASS", "OK"));
}

#[test]
fn the_proof_of_an_entry_of_another_kind_or_signer_passes_no_gate() {
    let FileCase {
        proof,
        evidence,
        key,
        files: _files,
        ..
    } = case(&job_event(4, "job-1"));
    let prove = |more: &[&str]| {
        let fixed = [
            "proof",
            &proof,
            "--log-key",
            &key,
            "--evidence",
            &evidence,
            "--json",
        ];
        run(&[&fixed[..], more].concat())
    };
    let asked = prove(&["--expect", "job.event"]);
    assert_eq!(asked.verdict(), verdict(0, "PASS", "OK"));
    let signer = asked.report()["details"]["signer"].as_str().unwrap().to_owned();
    let named = prove(&["--expect", "job.event", "--signer", &signer]);
    assert_eq!(named.verdict(), verdict(0, "PASS", "OK"));
    let kind = prove(&["--expect", "bundle"]);
    assert_eq!(kind.verdict(), verdict(1, "FAIL", "UNEXPECTED_KIND"));
    assert_eq!(kind.answers(), answers(1, "genuine", "FAIL"));
    let other = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp";
    let stranger = prove(&["--signer", other]);
    assert_eq!(stranger.verdict(), verdict(1, "FAIL", "UNEXPECTED_SIGNER"));
    // What is no DID could be the signer of nothing.
    assert_eq!(prove(&["--signer", "did:key:z6Mkother"]).code, 64);
    assert_eq!(prove(&["--expect", "no-kind"]).code, 64);
}

#[test]
fn two_genuine_checkpoints_that_contradict_each_other_exit_1_and_a_proof_that_does_not_hold_exits_3() {
    let FileCase { files, log, key, .. } = case(&job_event(4, "job-1"));
    let mut other = TestLog::new();
    other.push_document(&job_event(4, "job-2"));
    other.fill(7);
    let (mine, theirs) = (
        files.write("mine", log.checkpoint(7)),
        files.write("theirs", other.checkpoint(7)),
    );
    let forked = run(&["consistency", &mine, &theirs, "-", "--log-key", &key, "--json"]);
    assert_eq!(forked.verdict(), verdict(1, "FAIL", "LOG_FORKED"));
    assert_eq!(forked.answers(), answers(1, "genuine", "FAIL"));
    let older = files.write("older", log.checkpoint(3));
    let none = files.write("none", "");
    let unproved = run(&["consistency", &older, &mine, &none, "--log-key", &key, "--json"]);
    assert_eq!(unproved.answers(), answers(3, "not_genuine", ""));
    let text = run(&["consistency", &older, &mine, &none, "--log-key", &key]).output;
    assert!(text.starts_with("Consistency: NOT genuine: "), "{text}");
}

#[test]
fn what_cannot_be_read_is_neither_genuine_nor_not_and_exits_64() {
    let FileCase {
        proof,
        key,
        files: _files,
        ..
    } = case(&job_event(4, "job-1"));
    for arguments in [
        ["pack", "/nonexistent/file", "--log-key", &key, "--json"],
        ["pack", &proof, "--log-key", "/nonexistent/key", "--json"],
        ["export", "/nonexistent/directory", "--log-key", &key, "--json"],
        ["audit", "/nonexistent/directory", "--log-key", &key, "--json"],
    ] {
        let outcome = run(&arguments);
        assert_eq!(outcome.answers(), answers(64, "unknown", ""), "{arguments:?}");
        assert_eq!(outcome.report()["status"], "ERROR", "{arguments:?}");
    }
}
