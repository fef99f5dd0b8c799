//! `audit` of a directory and of a server.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

use verifier::tile::{TILE_WIDTH, TilePath};

use crate::log::{TestLog, log_key};
use crate::run::{Files, Outcome, run, verdict};

fn log(size: u64) -> TestLog {
    let mut log = TestLog::new();
    log.fill(size);
    log
}

fn write(log: &TestLog, files: &Files) {
    files.write("checkpoint", log.checkpoint(log.size()));
    files.write("genesis.json", log.genesis_file());
    for (path, bytes) in log.resources() {
        files.write(&path.to_string(), bytes);
    }
}

fn audit(log: &str) -> Outcome {
    run(&["audit", log, "--log-key", &log_key().to_string(), "--json"])
}

#[test]
fn a_sound_directory_passes() {
    let files = Files::new();
    write(&log(600), &files);
    let outcome = audit(files.path().to_str().unwrap());
    assert_eq!(outcome.verdict(), verdict(0, "PASS", "OK"));
    assert_eq!(outcome.report()["details"]["entries"], 600);
    let checked = outcome.report()["details"]["checked"].to_string();
    assert!(checked.contains("genesis"), "{checked}");
}

#[test]
fn a_directory_without_genesis_says_that_it_was_not_checked() {
    let files = Files::new();
    write(&log(3), &files);
    std::fs::remove_file(files.path().join("genesis.json")).unwrap();
    let outcome = audit(files.path().to_str().unwrap());
    assert_eq!(outcome.verdict(), verdict(0, "PASS", "OK"));
    let not_checked = outcome.report()["details"]["not_checked"].to_string();
    assert!(not_checked.contains("genesis"), "{not_checked}");
}

#[test]
fn a_flipped_byte_or_a_lost_file_fails_and_is_named() {
    let log = log(300);
    for (path, bytes) in log.resources() {
        let files = Files::new();
        write(&log, &files);
        let mut flipped = bytes.clone();
        *flipped.last_mut().unwrap() ^= 1;
        let file = files.write(&path.to_string(), flipped);
        let outcome = audit(files.path().to_str().unwrap());
        assert_eq!(outcome.code, 1, "{path}");
        std::fs::remove_file(file).unwrap();
        let outcome = audit(files.path().to_str().unwrap());
        assert_eq!(outcome.verdict(), verdict(1, "FAIL", "RESOURCE_MISSING"));
        assert!(
            outcome.report()["message"]
                .as_str()
                .unwrap()
                .contains(&path.to_string())
        );
    }
}

#[test]
fn a_full_tile_serves_where_the_partial_one_is_gone() {
    let files = Files::new();
    let mut log = log(300);
    let old = log.checkpoint(260);
    log.fill(512);
    write(&log, &files);
    files.write("checkpoint", old);
    // The tile above the two full ones still holds one hash at this size.
    let (_, above) = log
        .resources()
        .into_iter()
        .find(|(path, _)| path.to_string() == "tile/1/000.p/2")
        .unwrap();
    files.write("tile/1/000.p/1", &above[..32]);
    assert_eq!(
        audit(files.path().to_str().unwrap()).verdict(),
        verdict(0, "PASS", "OK")
    );
}

/// Serves a log's resources to one client, over one connection after the other.
fn serve(resources: HashMap<String, Vec<u8>>, token: Option<&'static str>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // A client that went away is its own business.
            let _ = answer(stream.unwrap(), &resources, token);
        }
    });
    base
}

fn answer(
    stream: TcpStream,
    resources: &HashMap<String, Vec<u8>>,
    token: Option<&str>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut request = String::new();
    let mut authorized = token.is_none();
    reader.read_line(&mut request)?;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        if header.trim().is_empty() {
            break;
        }
        let wanted = token.map(|token| format!("authorization: bearer {token}"));
        authorized |= wanted.is_some_and(|wanted| header.trim().eq_ignore_ascii_case(&wanted));
    }
    let path = request.split(' ').nth(1).unwrap_or_default();
    let (status, body) = match resources.get(path) {
        _ if !authorized => ("401 Unauthorized", &[][..]),
        Some(body) => ("200 OK", body.as_slice()),
        None => ("404 Not Found", &[][..]),
    };
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    stream.write_all(body)
}

fn served(log: &TestLog) -> HashMap<String, Vec<u8>> {
    let mut resources: HashMap<String, Vec<u8>> = log
        .resources()
        .into_iter()
        .map(|(path, bytes)| (format!("/log/{path}"), bytes))
        .collect();
    resources.insert(
        "/log/checkpoint".to_owned(),
        log.checkpoint(log.size()).into_bytes(),
    );
    resources.insert("/v1/entries/0".to_owned(), log.genesis_file());
    resources
}

#[test]
fn a_sound_server_passes() {
    let outcome = audit(&serve(served(&log(300)), None));
    assert_eq!(outcome.verdict(), verdict(0, "PASS", "OK"));
    assert!(
        outcome.report()["details"]["checked"]
            .to_string()
            .contains("genesis")
    );
}

#[test]
fn a_server_that_hides_a_bundle_fails() {
    let log = log(300);
    let mut resources = served(&log);
    resources
        .remove(&format!(
            "/log/{}",
            TilePath::Entries {
                index: 0,
                width: TILE_WIDTH
            }
        ))
        .unwrap();
    let outcome = audit(&serve(resources, None));
    assert_eq!(outcome.verdict(), verdict(1, "FAIL", "RESOURCE_MISSING"));
}

#[test]
fn a_guarded_server_is_read_with_a_token_and_incomplete_without() {
    let base = serve(served(&log(3)), Some("secret-token"));
    assert_eq!(
        audit(&base).verdict(),
        verdict(2, "INCOMPLETE", "RESOURCE_UNREADABLE")
    );
    let files = Files::new();
    let token = files.write("token", "secret-token\n");
    let key = log_key().to_string();
    let outcome = run(&[
        "audit",
        &base,
        "--log-key",
        &key,
        "--token-file",
        &token,
        "--json",
    ]);
    assert_eq!(outcome.verdict(), verdict(0, "PASS", "OK"));
}

#[test]
fn a_server_that_is_not_there_leaves_the_audit_incomplete() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(
        audit(&base).verdict(),
        verdict(2, "INCOMPLETE", "RESOURCE_UNREADABLE")
    );
}
