//! Evidence is erased by a real server: its bytes leave the files, its leaf stays.

use crate::log::{LEDGER_VERIFY, LEDGERD, LogProcess};
use harness::actors;
use harness::client::Client;
use kit::files::files_with;
use kit::server::{self, Server};
use std::path::PathBuf;

fn erase(log: &LogProcess, url: &str, digest: &str) -> String {
    let key = log.dir.join("operator.key");
    let arguments = [
        "erase",
        "--evidence",
        digest,
        "--reason",
        "asked",
        "--operator-key",
        &key.to_string_lossy(),
        "--url",
        url,
    ];
    let output = server::run(LEDGERD, &arguments);
    assert!(output.status.success(), "{}", server::stderr(&output));
    server::stdout(&output)
}

#[test]
fn erased_bytes_are_in_no_file_and_the_proof_still_verifies_after_a_kill() {
    let log = LogProcess::new();
    let document = actors::receipt(&log.gateway, "to-be-erased", 1).unwrap();
    let answer = log.client.submit(&document).unwrap().json().unwrap();
    let digest = answer["evidence_digest"].as_str().unwrap().to_owned();
    let needle = b"rcpt_to-be-erased_1";
    assert_ne!(
        files_with(&log.dir, needle),
        Vec::<PathBuf>::new(),
        "the search finds it"
    );

    let said = erase(&log, log.server.url(), &digest);
    let order: u64 = said
        .trim_start_matches("ordered by entry ")
        .split(';')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    // Killed in the middle, wherever it is by now: the order is in the log.
    let dir = log.dir.clone();
    log.server.kill();
    let server = Server::start(LEDGERD, &dir);
    let client = Client::new(server.url());
    let again = client.submit(&document).unwrap();
    assert_eq!(
        (again.status, &again.json().unwrap()["erased"]),
        (200, &true.into())
    );
    // Shutting down waits for what was ordered.
    server.stop();
    assert_eq!(files_with(&dir, needle), Vec::<PathBuf>::new());

    let fsck = server::run(LEDGERD, &["fsck", "--dir", &dir.to_string_lossy()]);
    assert_eq!(fsck.status.code(), Some(0), "{}", server::stdout(&fsck));
    let server = Server::start(LEDGERD, &dir);
    let client = Client::new(server.url());
    let erasure = client
        .get(&format!("/v1/erasures/{order}"))
        .unwrap()
        .json()
        .unwrap();
    assert_eq!(erasure["status"], "done");
    let page = client.get(&format!("/entries/{}", answer["index"])).unwrap();
    assert!(
        page.text().contains("were erased by the order in"),
        "{}",
        page.text()
    );

    assert!(still_proves(&client, &answer["index"], &document));
}

/// Whether who kept the document can prove with a fresh proof that it was logged.
fn still_proves(client: &Client, index: &serde_json::Value, document: &str) -> bool {
    let proof = client.get(&format!("/v1/entries/{index}/proof")).unwrap();
    let home = tempfile::tempdir().unwrap();
    let (proof_file, evidence) = (home.path().join("proof"), home.path().join("evidence.json"));
    std::fs::write(&proof_file, &proof.body).unwrap();
    std::fs::write(&evidence, document).unwrap();
    let log = client.get("/v1/log").unwrap().json().unwrap();
    let (proof_file, evidence) = (proof_file.to_string_lossy(), evidence.to_string_lossy());
    let vkey = log["vkey"].as_str().unwrap();
    let arguments = [
        "proof",
        &proof_file,
        "--log-key",
        vkey,
        "--evidence",
        &evidence,
        "--json",
    ];
    let verified = server::run(LEDGER_VERIFY, &arguments);
    verified.status.code() == Some(0)
}
