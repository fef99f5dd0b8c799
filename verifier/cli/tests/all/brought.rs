//! Files that were given to the wrong command.

use verifier::base64::encode_standard;

use crate::run::{CheckFiles, RunOutput, run};
use kit::log::{TestLog, job_event, log_key};
use kit::pack::sample;

fn told(outcome: &RunOutput) -> (i32, String, String) {
    let report = outcome.report();
    let text = |member: &str| report[member].as_str().unwrap().to_owned();
    (outcome.code, text("status"), text("message"))
}

fn unknown(message: &str) -> (i32, String, String) {
    (3, "UNKNOWN".to_owned(), message.to_owned())
}

#[test]
fn a_file_for_another_command_is_named_with_the_command_that_takes_it() {
    let (files, key) = (CheckFiles::new(), log_key().to_string());
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
    let other = |wanted: &str, what: &str| unknown(&format!("not a {wanted}, but {what}"));
    let use_pack = |wanted: &str| other(wanted, r#"a pack: use "ledger-verify pack""#);
    let use_proof = |wanted: &str| other(wanted, r#"a tlog-proof: use "ledger-verify proof""#);
    let use_evidence = |wanted: &str| other(wanted, r#"JSON: use "ledger-verify evidence""#);
    assert_eq!(evidence(&pack), use_pack("document"));
    assert_eq!(evidence(&proof), use_proof("document"));
    assert_eq!(of("proof", &pack), use_pack("tlog-proof"));
    assert_eq!(of("proof", &document), use_evidence("tlog-proof"));
    assert!(of("proof", &answer).2.contains("its member \"proof\""));
    assert_eq!(of("pack", &document), use_evidence("pack"));
    assert_eq!(of("pack", &proof), use_proof("pack"));
    let job = run(&["pack", &document, "--job", "job-1", "--log-key", &key, "--json"]);
    assert_eq!(told(&job), use_evidence("pack"));
    let (exit, status, message) = of("pack", &cose);
    assert_eq!((exit, status.as_str()), (3, "UNKNOWN"));
    assert!(message.contains("COSE_Sign1"), "{message}");
    for said in [evidence(&empty), of("proof", &empty), of("pack", &empty)] {
        assert_eq!(said, unknown("the file is empty"));
    }
}

#[test]
fn the_servers_answer_is_a_checkpoint_and_exchanged_ones_are_a_usage_error() {
    let (files, key) = (CheckFiles::new(), log_key().to_string());
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
    assert_eq!(refused.code, 3);
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
