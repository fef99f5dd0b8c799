use crate::process::{LogDirectory, ORIGIN, ledgerd, pulse, stderr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

#[test]
fn answers_on_the_address_that_it_prints() {
    let place = LogDirectory::with_log();
    let server = place.serve();
    let log = server.get("/v1/log");
    assert_eq!(log["origin"], ORIGIN);
    assert_eq!(log["tree_size"], 1);
    server.stop();
}

#[test]
fn refuses_a_directory_without_a_log_and_leaves_it_as_it_was() {
    let place = LogDirectory::empty();
    std::fs::create_dir(place.log()).unwrap();
    let output = ledgerd()
        .args(["serve", "--listen", "127.0.0.1:0", "--dir"])
        .arg(place.log())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("no log"), "{}", stderr(&output));
    assert!(std::fs::read_dir(place.log()).unwrap().next().is_none());
}

#[test]
fn a_second_server_is_told_that_the_first_has_the_log_open() {
    let place = LogDirectory::with_log();
    let first = place.serve();
    let second = ledgerd()
        .args(["serve", "--listen", "127.0.0.1:0", "--dir"])
        .arg(place.log())
        .output()
        .unwrap();
    assert_eq!(second.status.code(), Some(1));
    let said = stderr(&second);
    assert!(said.contains("another ledgerd has this log open"), "{said}");
    assert!(!said.contains("IO error"), "{said}");
    first.stop();
    place.serve().stop();
}

#[test]
fn refuses_an_address_off_loopback_while_nobody_is_configured() {
    let place = LogDirectory::with_log();
    let output = ledgerd()
        .args(["serve", "--listen", "0.0.0.0:0", "--dir"])
        .arg(place.log())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("not loopback"), "{}", stderr(&output));
}

#[test]
fn off_loopback_reads_need_a_token_and_the_checkpoint_does_not() {
    // SHA-256 of "reader-token".
    let hash = verifier::digest::TokenHash::from_bytes(verifier::hash::sha256(b"reader-token"));
    let place = LogDirectory::with_log();
    let config = place.write(
        "ledgerd.toml",
        &format!("[[readers]]\nname = \"soc\"\ntoken_sha256 = \"{hash}\"\n"),
    );
    let mut command = ledgerd();
    command
        .args(["serve", "--listen", "0.0.0.0:0", "--dir"])
        .arg(place.log())
        .arg("--config")
        .arg(config);
    let server = crate::process::Server::from_command(&mut command);
    let url = server.url().replace("0.0.0.0", "127.0.0.1");
    let status = |path: &str, token: Option<&str>| {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let request = agent.get(format!("{url}{path}"));
        let request = match token {
            Some(token) => request.header("Authorization", format!("Bearer {token}")),
            None => request,
        };
        request.call().unwrap().status().as_u16()
    };
    assert_eq!(status("/log/checkpoint", None), 200);
    assert_eq!(status("/v1/jobs", None), 401);
    assert_eq!(status("/jobs", None), 401);
    assert_eq!(status("/v1/jobs", Some("another")), 401);
    assert_eq!(status("/v1/jobs", Some("reader-token")), 200);
    assert_eq!(status("/jobs", Some("reader-token")), 200);
}

#[test]
fn a_token_in_the_address_of_a_page_is_answered_with_the_command_that_hashes_it() {
    const TOKEN: &str = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl";
    let place = LogDirectory::with_log();
    let server = place.serve();
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    for path in ["/search?q=", "/tokens/", "/nothing/at/all/"] {
        let mut answer = agent
            .get(format!("{}{path}{TOKEN}", server.url()))
            .call()
            .unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        assert_eq!(answer.status().as_u16(), 422, "{path}");
        assert!(text.contains("TOKEN_LEAKED") && !text.contains(TOKEN), "{path}");
    }
    let mut page = agent
        .get(format!("{}/search?q={TOKEN}", server.url()))
        .call()
        .unwrap();
    assert!(page.body_mut().read_to_string().unwrap().contains("| sha256sum"));
}

#[test]
fn a_signal_under_load_loses_nothing_that_was_acknowledged() {
    const SENDERS: usize = 4;
    const BEFORE_THE_SIGNAL: u64 = 40;
    let place = LogDirectory::with_log();
    let server = place.serve();
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let count = Arc::new(AtomicU64::new(0));
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| {
            let (url, acknowledged, count) = (
                server.url().to_owned(),
                Arc::clone(&acknowledged),
                Arc::clone(&count),
            );
            std::thread::spawn(move || {
                for number in 0.. {
                    let document = pulse(&format!("run-{sender}-{number}"));
                    let answer = ureq::post(format!("{url}/v1/evidence"))
                        .header("Content-Type", "application/json")
                        .send(document.as_bytes());
                    // The first request that is not answered ends this sender: the server stops.
                    let Ok(mut answer) = answer else { break };
                    let answer: serde_json::Value =
                        serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap();
                    acknowledged.lock().unwrap().push(answer);
                    count.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    while count.load(Ordering::SeqCst) < BEFORE_THE_SIGNAL {
        std::thread::yield_now();
    }
    server.stop();
    for sender in senders {
        sender.join().unwrap();
    }
    let server = place.serve();
    for answer in acknowledged.lock().unwrap().iter() {
        let entry = server.get(&format!("/v1/entries/{}", answer["index"]));
        assert_eq!(entry["leaf_hash"], answer["leaf_hash"]);
    }
}

#[test]
fn on_loopback_configured_readers_are_asked_for_their_token_and_the_start_says_what_is_open() {
    let hash = verifier::digest::TokenHash::from_bytes(verifier::hash::sha256(b"reader-token"));
    let place = LogDirectory::with_log();
    let config = place.write(
        "ledgerd.toml",
        &format!("[[readers]]\nname = \"soc\"\ntoken_sha256 = \"{hash}\"\n"),
    );
    let mut command = ledgerd();
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--dir"])
        .arg(place.log())
        .arg("--config")
        .arg(config);
    let server = crate::process::Server::from_command(&mut command);
    server.wait_for_line("  submit: open: anybody who reaches this address, as the submitter local");
    server.wait_for_line("  read: by token: soc");
    server.wait_for_line("  public: /log/checkpoint");
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let status = |path: &str, token: Option<&str>| {
        let request = agent.get(format!("{}{path}", server.url()));
        let request = match token {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request,
        };
        request.call().unwrap().status().as_u16()
    };
    for path in ["/v1/log", "/v1/jobs", "/", "/jobs", "/entries/0", "/metrics"] {
        assert_eq!(status(path, None), 401, "{path}");
        assert_eq!(status(path, Some("reader-token")), 200, "{path}");
    }
    assert_eq!(status("/log/checkpoint", None), 200);
    server.stop();
}
