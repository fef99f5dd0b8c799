//! Files that were given to the wrong command.

use verifier::base64::encode_standard;

use crate::log::{TestLog, job_event, log_key};
use crate::pack_build::sample;
use crate::run::{Files, Outcome, run};

fn told(outcome: &Outcome) -> (i32, String, String) {
    let report = outcome.report();
    let text = |member: &str| report[member].as_str().unwrap().to_owned();
    (outcome.code, text("status"), text("message"))
}

fn unknown(message: &str) -> (i32, String, String) {
    (2, "UNKNOWN".to_owned(), message.to_owned())
}

#[test]
fn a_file_for_another_command_is_named_with_the_command_that_takes_it() {
    let (files, key) = (Files::new(), log_key().to_string());
    let mut log = TestLog::new();
    let index = log.push_document(&job_event(4, "job-1"));
    log.fill(7);
    let proof = log.proof(index).to_string();
    let answer = serde_json::json!({"index": 1, "proof": proof}).to_string();
    let proof = files.write("a.tlog-proof", proof);
    let answer = files.write("answer.json", answer);
    let document = files.write("event.json", job_event(4, "job-1"));
    let pack = files.write("job.evidence", sample().1);
    let cose = files.write("statement.cose", b"\xd2\x84\x43\xa1\x01\x26");
    let empty = files.write("empty", b" \n");
    let evidence = |file: &str| told(&run(&["evidence", file, "--expect", "job_event", "--json"]));
    let of = |command: &str, file: &str| told(&run(&[command, file, "--log-key", &key, "--json"]));
    let use_pack = unknown(r#"this is a pack: use "ledger-verify pack""#);
    let use_proof = unknown(r#"this is a tlog-proof: use "ledger-verify proof""#);
    let use_evidence = unknown(r#"this is JSON: use "ledger-verify evidence""#);
    assert_eq!(evidence(&pack), use_pack);
    assert_eq!(evidence(&proof), use_proof);
    assert_eq!(of("proof", &pack), use_pack);
    assert_eq!(of("proof", &document), use_evidence);
    assert!(of("proof", &answer).2.contains("its member \"proof\""));
    assert_eq!(of("pack", &document), use_evidence);
    assert_eq!(of("pack", &proof), use_proof);
    let job = run(&["pack", &document, "--job", "job-1", "--log-key", &key, "--json"]);
    assert_eq!(told(&job), use_evidence);
    let (exit, status, message) = of("pack", &cose);
    assert_eq!((exit, status.as_str()), (2, "UNKNOWN"));
    assert!(message.contains("COSE_Sign1"), "{message}");
    for said in [evidence(&empty), of("proof", &empty), of("pack", &empty)] {
        assert_eq!(said, unknown("the file is empty"));
    }
}

#[test]
fn the_servers_answer_is_a_checkpoint_and_exchanged_ones_are_a_usage_error() {
    let (files, key) = (Files::new(), log_key().to_string());
    let mut log = TestLog::new();
    log.fill(7);
    let hashes: Vec<String> = log
        .consistency(3, 7)
        .iter()
        .map(|hash| encode_standard(hash.as_bytes()))
        .collect();
    let proof = files.write("proof", hashes.join("\n"));
    let old = files.write("old", log.checkpoint(3));
    let new = log.checkpoint(7);
    let answer = serde_json::json!({"tree_size": 7, "checkpoint": new});
    let answer = files.write("new.json", answer.to_string());
    let compared = run(&["consistency", &old, &answer, &proof, "--log-key", &key, "--json"]);
    assert_eq!(told(&compared).1, "PASS", "{}", compared.output);
    let exchanged = run(&["consistency", &answer, &old, &proof, "--log-key", &key]);
    assert_eq!(exchanged.code, 64);
    assert!(
        exchanged
            .errors
            .contains("OLD is of size 7 and NEW of size 3, so they are exchanged"),
        "{}",
        exchanged.errors
    );
    let other = files.write("other.json", r#"{"tree_size":7}"#);
    let refused = run(&["consistency", &old, &other, &proof, "--log-key", &key]);
    assert_eq!(refused.code, 1);
    assert!(
        refused
            .output
            .contains("the newer checkpoint is refused: it is JSON without the member")
    );
    assert!(
        refused.output.contains("/v1/checkpoints?size=N"),
        "{}",
        refused.output
    );
}

#[test]
fn the_text_report_of_a_pack_has_a_line_for_each_check() {
    let (_, pack) = sample();
    let (files, key) = (Files::new(), log_key().to_string());
    let file = files.write("job.evidence", &pack);
    let report = run(&["pack", &file, "--log-key", &key, "--json"]).report();
    let checks = report["details"]["assessment"]["checks"].as_array().unwrap();
    let text = run(&["pack", &file, "--log-key", &key]).output;
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("  check ")).collect();
    assert_eq!(lines.len(), checks.len(), "{text}");
    for (line, check) in lines.iter().zip(checks) {
        assert!(line.contains(check["id"].as_str().unwrap()), "{line}");
        assert!(line.contains(check["status"].as_str().unwrap()), "{line}");
    }
    assert!(!text.contains("assessment_version"), "{text}");
}
