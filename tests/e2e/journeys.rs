//! Evidence in, proof out, checked offline by another process.

use crate::log::{LEDGER_VERIFY, LEDGERD, LogProcess};
use harness::actors;
use harness::client::Client;
use kit::server::{self, Server};
use std::process::Output;

fn verify(arguments: &[&str]) -> (i32, serde_json::Value) {
    let output: Output = server::run(LEDGER_VERIFY, arguments);
    let report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", server::stdout(&output), server::stderr(&output)));
    (output.status.code().unwrap(), report)
}

#[test]
fn a_receipt_is_logged_proved_and_verified_offline() {
    let log = LogProcess::new();
    let document = actors::receipt(&log.gateway, "journey", 1).unwrap();
    let answer = log.client.submit(&document).unwrap();
    assert_eq!(answer.status, 201, "{}", answer.text());
    let acknowledged = answer.json().unwrap();
    let home = tempfile::tempdir().unwrap();
    let (proof, evidence) = (home.path().join("proof"), home.path().join("evidence.json"));
    std::fs::write(&proof, acknowledged["proof"].as_str().unwrap()).unwrap();
    std::fs::write(&evidence, &document).unwrap();
    let (proof, evidence) = (proof.to_string_lossy(), evidence.to_string_lossy());

    let (code, report) = verify(&[
        "proof",
        &proof,
        "--log-key",
        &log.vkey(),
        "--evidence",
        &evidence,
        "--json",
    ]);
    assert_eq!((code, report["status"].as_str()), (0, Some("PASS")), "{report}");

    let (code, report) = verify(&["proof", &proof, "--log-key", &log.vkey(), "--json"]);
    assert_eq!(
        (code, report["reason_code"].as_str()),
        (2, Some("EVIDENCE_NOT_SUPPLIED")),
        "{report}"
    );

    let changed = document.replace("claude-test", "claude-best");
    std::fs::write(evidence.as_ref(), changed).unwrap();
    let (code, report) = verify(&[
        "proof",
        &proof,
        "--log-key",
        &log.vkey(),
        "--evidence",
        &evidence,
        "--json",
    ]);
    assert_eq!((code, report["status"].as_str()), (3, Some("FAIL")), "{report}");
    assert_eq!(report["authenticity"], "not_genuine", "{report}");
}

#[test]
fn the_whole_log_is_audited_by_a_client_that_trusts_only_the_key() {
    let mut log = LogProcess::new();
    log.grow_to(700);
    let (code, report) = verify(&["audit", log.server.url(), "--log-key", &log.vkey(), "--json"]);
    assert_eq!((code, report["status"].as_str()), (0, Some("PASS")), "{report}");
}

#[test]
fn a_restarted_server_goes_on_with_the_same_log() {
    let mut log = LogProcess::new();
    log.grow_to(40);
    let before = log.client.get("/log/checkpoint").unwrap().text();
    log.server.stop();

    let server = Server::start(LEDGERD, &log.dir);
    let client = Client::new(server.url());
    assert_eq!(
        client.get("/log/checkpoint").unwrap().text(),
        before,
        "signing is deterministic"
    );
    let answer = client
        .submit(&actors::receipt(&log.gateway, "after", 1).unwrap())
        .unwrap();
    assert_eq!(answer.json().unwrap()["index"], 40);
    let output = server::run(LEDGERD, &["fsck", "--dir", &log.dir.to_string_lossy()]);
    assert_ne!(output.status.code(), Some(1), "{}", server::stdout(&output));
}
