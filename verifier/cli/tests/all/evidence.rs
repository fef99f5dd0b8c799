//! `evidence`, on the vectors of `schemas/vectors/clawsig-own`.

use std::path::Path;

use serde_json::Value;

use crate::run::{CheckFiles, RunOutput, answers, run, verdict};

/// A vector: its document in a file, and its options as arguments.
struct EvidenceCase {
    files: CheckFiles,
    members: Value,
    document: String,
}

impl EvidenceCase {
    fn new(name: &str) -> Self {
        Self::named(name, "document.json")
    }

    fn named(name: &str, file: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../schemas/vectors/clawsig-own")
            .join(format!("{name}.json"));
        let members: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let files = CheckFiles::new();
        let document = files.write(file, members["document"].as_str().unwrap());
        Self {
            files,
            members,
            document,
        }
    }

    /// Runs with the vector's lists, and these arguments.
    fn run(&self, more: &[&str]) -> RunOutput {
        let mut arguments = vec!["evidence", self.document.as_str(), "--json"];
        for (list, option) in [
            ("gateways", "--allow-gateway"),
            ("attesters", "--allow-attester"),
            ("witnesses", "--allow-witness"),
        ] {
            for did in self.members["allow"][list].as_array().unwrap() {
                arguments.extend([option, did.as_str().unwrap()]);
            }
        }
        arguments.extend(more);
        run(&arguments)
    }
}

const AT: [&str; 2] = ["--at", "2026-02-18T00:00:00Z"];

#[test]
fn every_report_has_the_same_seven_members() {
    let files = CheckFiles::new();
    let no_json = files.write("x.json", "{");
    for outcome in [
        EvidenceCase::new("valid/export-bundle").run(&AT),
        EvidenceCase::new("invalid/web-receipt-second-text-of-the-signature").run(&AT),
        run(&["evidence", &no_json, "--json"]),
    ] {
        let report = outcome.report();
        let members: Vec<&String> = report.as_object().unwrap().keys().collect();
        // serde keeps them in the order of their names.
        let expected = [
            "authenticity",
            "details",
            "kind",
            "message",
            "reason_code",
            "status",
            "verdict",
        ];
        assert_eq!(members, expected);
    }
}

#[test]
fn a_document_that_verifies_exits_0_and_its_kind_comes_first() {
    for (name, kind) in [
        ("valid/export-bundle", "export_bundle"),
        ("valid/aggregate-bundle", "aggregate_bundle"),
        ("valid/web-receipt", "web_receipt"),
        ("valid/commit-signature", "commit_sig"),
        ("valid/job-event", "job_event"),
    ] {
        let outcome = EvidenceCase::new(name).run(&[AT[0], AT[1], "--expect", kind]);
        assert_eq!(outcome.verdict(), verdict(0, "PASS", "OK"), "{name}");
        assert!(
            outcome
                .output
                .starts_with(&format!("{{\"kind\":\"{kind}\",\"status\":")),
            "{}",
            outcome.output
        );
    }
}

#[test]
fn a_forgery_exits_3_what_fails_by_its_own_words_1_and_something_missing_2() {
    let outcome = EvidenceCase::new("invalid/export-bundle-signature").run(&AT);
    assert_eq!(outcome.verdict(), verdict(3, "FAIL", "SIGNATURE_INVALID"));
    assert_eq!(outcome.answers(), answers(3, "not_genuine", ""));
    let expired = EvidenceCase::new("invalid/export-bundle-expired").run(&AT);
    assert_eq!(expired.answers(), answers(1, "genuine", "FAIL"));
    let outcome = EvidenceCase::new("invalid/bundle-without-its-manifest").run(&AT);
    assert_eq!(outcome.verdict(), verdict(2, "INCOMPLETE", "URM_MISSING"));
    assert_eq!(outcome.answers(), answers(2, "genuine", "INCOMPLETE"));
}

#[test]
fn the_time_of_verification_decides_what_has_expired() {
    let case = EvidenceCase::new("invalid/export-bundle-expired");
    assert_eq!(case.run(&AT).verdict(), verdict(1, "FAIL", "EXPIRED_TTL"));
    let earlier = case.run(&["--at", "2026-02-17T00:00:00+00:00", "--expect", "export_bundle"]);
    assert_eq!(earlier.verdict(), verdict(0, "PASS", "OK"));
    // Without a time it is now, and the end is long past.
    assert_eq!(case.run(&[]).verdict(), verdict(1, "FAIL", "EXPIRED_TTL"));
}

#[test]
fn the_manifest_beside_a_bundle_is_taken_by_itself() {
    let case = EvidenceCase::named("invalid/bundle-without-its-manifest", "run-bundle.json");
    let manifest = case
        .files
        .write("run-urm.json", case.members["urm"].as_str().unwrap());
    let outcome = case.run(&[AT[0], AT[1], "--expect", "proof_bundle"]);
    assert_eq!(outcome.verdict(), verdict(0, "PASS", "OK"));
    assert_eq!(outcome.report()["details"]["urm_file"], manifest);
    // It has no gateway's receipt: nobody but its agent vouches for it, and the report says that.
    let unasked = case.run(&AT);
    assert_eq!(unasked.verdict(), verdict(0, "PASS", "OK"));
    assert_eq!(unasked.report()["details"]["proof_tier"], "self");
    let text = run(&["evidence", &case.document, AT[0], AT[1]]);
    assert!(
        text.output.lines().next().unwrap().ends_with(", proof tier self"),
        "{}",
        text.output
    );
    let other = case.files.write("other.json", "{\"urm_version\":\"1\"}");
    let outcome = case.run(&[AT[0], AT[1], "--urm", &other]);
    assert_eq!(outcome.verdict(), verdict(1, "FAIL", "SCHEMA_VALIDATION_FAILED"));
}

#[test]
fn a_signer_that_is_not_named_does_not_count() {
    let case = EvidenceCase::new("valid/web-receipt");
    let outcome = run(&["evidence", &case.document, "--json"]);
    assert_eq!(outcome.verdict(), verdict(2, "FAIL", "DEPENDENCY_NOT_CONFIGURED"));
    assert_eq!(outcome.answers(), answers(2, "unknown", ""));
    let message = outcome.report()["message"].as_str().unwrap().to_owned();
    assert!(message.ends_with("name it with --allow-witness DID"), "{message}");
}

#[test]
fn the_text_form_says_the_same_in_lines() {
    let case = EvidenceCase::new("valid/job-event");
    let outcome = run(&["evidence", &case.document, "--expect", "job_event"]);
    assert_eq!(outcome.code, 0);
    let first = outcome.output.lines().next().unwrap();
    assert!(
        first.starts_with("Job event: genuine, signed by did:key:z6Mk"),
        "{first}"
    );
    assert!(
        outcome
            .output
            .contains("\nVerdict: PASS\n  the job event verifies\n"),
        "{}",
        outcome.output
    );
}

#[test]
fn a_strangers_document_of_another_kind_passes_no_gate() {
    let commit = EvidenceCase::new("valid/commit-signature");
    let gate = commit.run(&[AT[0], AT[1], "--expect", "proof_bundle"]);
    assert_eq!(gate.verdict(), verdict(1, "FAIL", "UNEXPECTED_KIND"));
    let unasked = commit.run(&AT);
    assert_eq!(unasked.verdict(), verdict(2, "INCOMPLETE", "EXPECTATION_NEEDED"));
    for name in ["valid/web-receipt", "valid/job-event"] {
        let unasked = EvidenceCase::new(name).run(&AT);
        assert_eq!(
            unasked.verdict(),
            verdict(2, "INCOMPLETE", "EXPECTATION_NEEDED"),
            "{name}"
        );
    }
    let signer = commit.run(&[
        AT[0],
        AT[1],
        "--expect",
        "commit_sig",
        "--signer",
        "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
    ]);
    assert_eq!(signer.verdict(), verdict(1, "FAIL", "UNEXPECTED_SIGNER"));
    let asked = commit.run(&[AT[0], AT[1], "--expect", "commit_sig"]);
    assert_eq!(asked.verdict(), verdict(0, "PASS", "OK"));
    let did = asked.report()["details"]["signer"].as_str().unwrap().to_owned();
    let named = commit.run(&[AT[0], AT[1], "--expect", "commit_sig", "--signer", &did]);
    assert_eq!(named.verdict(), verdict(0, "PASS", "OK"));
    let misspelt = commit.run(&["--expect", "proof-bundel"]);
    assert_eq!(misspelt.code, 64);
}

#[test]
fn another_format_exits_2_and_is_named_whatever_its_size() {
    let files = CheckFiles::new();
    let statement = files.write("statement.cbor", b"\xd2\x84\x43\xa1\x01\x27\xa0\x40\x40");
    let mut pdf = b"%PDF-1.7\n".to_vec();
    pdf.resize(9 * 1024 * 1024, b' ');
    let pdf = files.write("report.pdf", pdf);
    for (file, name) in [(&statement, "COSE_Sign1"), (&pdf, "PDF")] {
        let outcome = run(&["evidence", file, "--json"]);
        assert_eq!(outcome.verdict(), verdict(2, "UNKNOWN", "UNKNOWN_KIND"));
        let message = outcome.report()["message"].to_string();
        assert!(message.contains(name), "{message}");
        let gate = run(&["evidence", file, "--json", "--expect", "proof_bundle"]);
        assert_eq!(gate.verdict(), verdict(3, "FAIL", "UNEXPECTED_KIND"));
    }
}

#[test]
fn a_manifest_or_file_that_cannot_be_read_is_told_as_json_too() {
    let case = EvidenceCase::new("invalid/bundle-without-its-manifest");
    let broken = case.files.write("broken.json", "{");
    for (arguments, code) in [
        (
            ["evidence", &case.document, "--urm", &broken, "--json"],
            "URM_UNREADABLE",
        ),
        (
            ["evidence", &case.document, "--urm", "/nonexistent/file", "--json"],
            "URM_UNREADABLE",
        ),
        (
            ["evidence", "/nonexistent/file", "--urm", &broken, "--json"],
            "FILE_UNREADABLE",
        ),
    ] {
        assert_eq!(run(&arguments).verdict(), verdict(64, "ERROR", code));
    }
}

#[test]
fn a_file_larger_than_any_document_fails() {
    let files = CheckFiles::new();
    let large = files.write("large.json", vec![b' '; 8 * 1024 * 1024 + 1]);
    let outcome = run(&["evidence", &large, "--json"]);
    assert_eq!(outcome.verdict(), verdict(3, "FAIL", "BODY_TOO_LARGE"));
}

#[test]
fn a_wrong_command_line_exits_64() {
    let case = EvidenceCase::new("valid/job-event");
    let not_json = case.files.write("not.json", "{");
    for arguments in [
        &["evidence"][..],
        &["evidence", "/nonexistent/file"],
        &["evidence", &case.document, "--at", "yesterday"],
        &["evidence", &case.document, "--at", "2026-02-18T00:00:00"],
        &["evidence", &case.document, "--urm", "/nonexistent/file"],
        &["evidence", &case.document, "--urm", &not_json],
        &["evidence", &case.document, "--frobnicate"],
    ] {
        assert_eq!(run(arguments).code, 64, "{arguments:?}");
    }
}

#[test]
fn names_out_of_documents_reach_the_terminal_escaped_and_make_no_line() {
    let files = CheckFiles::new();
    let hostile = "x\u{1b}]0;owned\u{7}\u{202e}\u{200b}\nPASS: all is well";
    let document = serde_json::json!({
        "envelope_version": "1", "envelope_type": hostile, "payload": { hostile: hostile },
        "payload_hash_b64u": hostile, "hash_algorithm": hostile, "signature_b64u": hostile,
        "algorithm": hostile, "signer_did": hostile, "issued_at": hostile,
    });
    let path = files.write("hostile.json", document.to_string());
    for arguments in [vec!["evidence", &path], vec!["evidence", &path, "--json"]] {
        let output = run(&arguments).output;
        let lines: Vec<&str> = output.lines().collect();
        assert!(
            !lines.iter().any(|line| line.trim_start().starts_with("PASS")),
            "{output}"
        );
        let hidden = output
            .chars()
            .find(|&character| verifier::text::invisible::is_invisible(character) && character != '\n');
        assert_eq!(hidden, None, "{output:?}");
    }
}
