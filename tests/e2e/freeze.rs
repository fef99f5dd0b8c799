//! A log is closed, its server is killed, and the end stays what it was.

use crate::log::{LEDGER_VERIFY, LEDGERD, LogProcess};
use harness::actors;
use harness::client::Client;
use kit::server::{self, Server};
use ledger::signer::EvidenceKey;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

const SUCCESSOR: &str = "log.example/next";
/// How often a log is asked whether it has its last entry.
const ASKED_MAX: u32 = 600;

fn log_of(client: &Client) -> Value {
    client.get("/v1/log").unwrap().json().unwrap()
}

fn close(url: &str, dir: &Path) {
    let key = dir.join("operator.key");
    let mut arguments = vec!["freeze", "--reason", "moved", "--successor", SUCCESSOR, "--yes"];
    arguments.extend(["--url", url, "--operator-key", key.to_str().unwrap()]);
    let output = server::run(LEDGERD, &arguments);
    assert!(output.status.success(), "{}", server::stderr(&output));
}

/// Waits for the index.root behind log.frozen.
fn wait_for_the_end(client: &Client) -> Value {
    for _ in 0..ASKED_MAX {
        let log = log_of(client);
        let end = log["frozen"]["index"].as_u64().unwrap() + 2;
        if log["tree_size"] == json!(end) {
            assert_eq!(log["index_covered"], json!(end - 1));
            return log;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("no index.root covers the end of the log");
}

fn takes_nothing(client: &Client, gateway: &EvidenceKey, run: &str) {
    let document = actors::receipt(gateway, run, 1).unwrap();
    let answer = client.submit(&document).unwrap();
    assert_eq!(answer.status, 410, "{}", answer.text());
    let problem = answer.json().unwrap();
    assert_eq!(problem["code"], "LOG_FROZEN");
    assert!(
        problem["detail"].as_str().unwrap().contains(SUCCESSOR),
        "{problem}"
    );
}

#[test]
fn a_log_that_was_closed_stays_as_it_was_however_its_server_ends() {
    let mut log = LogProcess::new();
    log.grow_to(20);
    let log = log.indexed();
    close(log.server.url(), &log.dir);
    takes_nothing(&log.client, &log.gateway, "late");
    let frozen = log_of(&log.client)["frozen"].clone();
    assert_eq!(
        (&frozen["reason"], &frozen["successor"]),
        (&json!("moved"), &json!(SUCCESSOR))
    );
    // At once: the last index.root is written, or not yet.
    log.server.kill();
    let mut ended: Option<String> = None;
    for round in 0..3 {
        let server = Server::start_indexing(LEDGERD, &log.dir);
        let client = Client::new(server.url());
        takes_nothing(&client, &log.gateway, &format!("late-{round}"));
        let now = wait_for_the_end(&client);
        assert_eq!(now["frozen"], frozen);
        let checkpoint = client.get("/log/checkpoint").unwrap().text();
        assert_eq!(
            *ended.get_or_insert_with(|| checkpoint.clone()),
            checkpoint,
            "round {round}"
        );
        assert_eq!(client.get("/readyz").unwrap().json().unwrap()["status"], "frozen");
        for path in [
            "/",
            "/log",
            "/v1/entries/2",
            "/log/checkpoint",
            "/v1/kinds/log.frozen/proof",
        ] {
            let answer = client.get(path).unwrap();
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        }
        audited(&server, now["vkey"].as_str().unwrap());
        server.kill();
    }
    let fsck = server::run(LEDGERD, &["fsck", "--dir", log.dir.to_str().unwrap()]);
    assert!(fsck.status.success(), "{}", server::stdout(&fsck));
}

/// An audit of the whole log passes, and says that it was closed.
fn audited(server: &Server, vkey: &str) {
    let output = server::run(
        LEDGER_VERIFY,
        &["audit", server.url(), "--log-key", vkey, "--json"],
    );
    let said = server::stdout(&output);
    assert!(output.status.success(), "{said}");
    let report: Value = serde_json::from_str(&said).unwrap();
    assert!(
        report["message"]
            .as_str()
            .unwrap()
            .contains("the log was closed with entry"),
        "{report}"
    );
}
