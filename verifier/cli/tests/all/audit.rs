//! `audit` of a directory and of a server.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

use verifier::runs::RunList;
use verifier::tile::{TILE_WIDTH, TilePath};

use crate::run::{CheckFiles, RunOutput, run, verdict};
use kit::index::run_list;
use kit::log::{TestLog, job_event, log_key};

fn log(size: u64) -> TestLog {
    let mut log = TestLog::new();
    log.fill(size);
    log
}

fn write(log: &TestLog, files: &CheckFiles) {
    files.write("checkpoint", log.checkpoint(log.size()));
    files.write("genesis.json", log.genesis_file());
    for (path, bytes) in log.resources() {
        files.write(&path.to_string(), bytes);
    }
}

fn audit(log: &str) -> RunOutput {
    run(&["audit", log, "--log-key", &log_key().to_string(), "--json"])
}

#[test]
fn a_sound_directory_passes() {
    let files = CheckFiles::new();
    write(&log(600), &files);
    let outcome = audit(files.path().to_str().unwrap());
    assert_eq!(outcome.verdict(), verdict(0, "PASS", "OK"));
    assert_eq!(outcome.report()["details"]["entries"], 600);
    let checked = outcome.report()["details"]["checked"].to_string();
    assert!(checked.contains("genesis"), "{checked}");
}

#[test]
fn a_directory_without_genesis_says_that_it_was_not_checked() {
    let files = CheckFiles::new();
    write(&log(3), &files);
    std::fs::remove_file(files.path().join("genesis.json")).unwrap();
    let outcome = audit(files.path().to_str().unwrap());
    assert_eq!(outcome.verdict(), verdict(0, "PASS", "OK"));
    let not_checked = outcome.report()["details"]["not_checked"].to_string();
    assert!(not_checked.contains("genesis"), "{not_checked}");
}

/// A log with an index.root at 4 whose last run says that it has `pages`, and 1 is right.
fn log_with_index(pages: u64) -> TestLog {
    let mut log = log(2);
    log.push_index_root(&[2]);
    log.push_document(&job_event(4, "job-1"));
    let list = run_list(&log.rows(), &[2, 4]);
    let mut runs = list.runs().to_vec();
    runs[1].pages = pages;
    let root = log.index_root(&RunList::new(runs).unwrap());
    log.push(&root);
    log
}

fn audit_for_people(log: &TestLog) -> RunOutput {
    let files = CheckFiles::new();
    write(log, &files);
    let key = log_key().to_string();
    run(&["audit", files.path().to_str().unwrap(), "--log-key", &key])
}

#[test]
fn a_right_index_is_called_replayed_and_what_that_proves_is_said() {
    let outcome = audit_for_people(&log_with_index(1));
    assert_eq!(outcome.code, 0, "{}", outcome.output);
    let output = outcome.output.split_whitespace().collect::<Vec<_>>().join(" ");
    for says in [
        "Verdict: PASS",
        "the index was replayed: computed again from all entries below 4, it leaves nothing out and adds nothing",
        "basis replayed",
        "index lag breaches count 0",
    ] {
        assert!(output.contains(says), "{says}: {output}");
    }
}

#[test]
fn a_false_index_fails_in_a_genuine_log_and_is_named() {
    let outcome = audit_for_people(&log_with_index(2));
    assert_eq!(outcome.code, 1, "{}", outcome.output);
    let output = outcome.output.split_whitespace().collect::<Vec<_>>().join(" ");
    for says in [
        "Log: genuine, under key",
        "Verdict: FAIL (INDEX_ROOT_FALSE)",
        "entry 4, an index.root, is wrong: its run [2, 4) has 2 pages",
        "and the entries give 1 page with the root",
    ] {
        assert!(output.contains(says), "{says}: {output}");
    }
}

#[test]
fn a_flipped_byte_or_a_lost_file_fails_and_is_named() {
    let log = log(300);
    for (path, bytes) in log.resources() {
        let files = CheckFiles::new();
        write(&log, &files);
        let mut flipped = bytes.clone();
        *flipped.last_mut().unwrap() ^= 1;
        let file = files.write(&path.to_string(), flipped);
        let outcome = audit(files.path().to_str().unwrap());
        assert_eq!(outcome.code, 3, "{path}");
        std::fs::remove_file(file).unwrap();
        let outcome = audit(files.path().to_str().unwrap());
        assert_eq!(outcome.verdict(), verdict(3, "FAIL", "RESOURCE_MISSING"));
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
    let files = CheckFiles::new();
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
pub(crate) fn serve(resources: HashMap<String, Vec<u8>>, token: Option<&'static str>) -> String {
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
fn the_address_names_the_server_or_its_log_with_or_without_a_slash() {
    let base = serve(served(&log(3)), None);
    let base = base.trim_end_matches('/');
    for end in ["", "/", "/log", "/log/", "/log/checkpoint"] {
        let outcome = audit(&format!("{base}{end}"));
        assert_eq!(outcome.verdict(), verdict(0, "PASS", "OK"), "{end}");
        let checked = outcome.report()["details"]["checked"].to_string();
        assert!(checked.contains("genesis"), "{end}: {checked}");
    }
    let query = audit(&format!("{base}/log?x=1"));
    assert_eq!(query.code, 64);
}

#[test]
fn a_log_that_is_not_below_log_is_found_too() {
    let resources = served(&log(3)).into_iter();
    let resources = resources.map(|(path, body)| (path.replace("/log/", "/one/"), body));
    let base = serve(resources.collect(), None);
    assert_eq!(audit(&format!("{base}one")).verdict(), verdict(0, "PASS", "OK"));
}

#[test]
fn a_mistyped_address_or_key_is_no_fault_of_a_log() {
    let page = HashMap::from([
        ("/log/checkpoint".to_owned(), b"<!doctype html>".to_vec()),
        ("/checkpoint".to_owned(), b"<!doctype html>".to_vec()),
    ]);
    let empty = CheckFiles::new();
    for address in [
        serve(HashMap::new(), None),
        serve(page, None),
        empty.path().to_str().unwrap().to_owned(),
    ] {
        let outcome = audit(&address);
        assert_eq!(
            outcome.verdict(),
            verdict(2, "INCOMPLETE", "NO_LOG_FOUND"),
            "{address}"
        );
        let message = outcome.report()["message"].as_str().unwrap().to_owned();
        assert!(
            message.contains(&format!("no log found at {address}")),
            "{message}"
        );
    }
    let unknown_host = audit("http://no-such-host.invalid:1/log");
    assert_eq!(
        unknown_host.verdict(),
        verdict(2, "INCOMPLETE", "RESOURCE_UNREADABLE")
    );
    let base = serve(served(&log(3)), None);
    let other = verifier::note::VerifierKey::new("example.org/other", *log_key().public_key());
    let key = other.unwrap().to_string();
    let outcome = run(&["audit", &base, "--log-key", &key, "--json"]);
    assert_eq!(
        outcome.verdict(),
        verdict(2, "INCOMPLETE", "CHECKPOINT_NOT_SIGNED_BY_KEY")
    );
}

#[test]
fn a_checkpoint_that_claims_the_key_and_does_not_hold_fails() {
    let mut resources = served(&log(3));
    let note = resources.get_mut("/log/checkpoint").unwrap();
    let text = String::from_utf8(note.clone()).unwrap();
    *note = text.replace("\n3\n", "\n2\n").into_bytes();
    let outcome = audit(&serve(resources, None));
    assert_eq!(
        outcome.verdict(),
        verdict(3, "FAIL", "CHECKPOINT_SIGNATURE_INVALID")
    );
}

/// Sends the head of an answer, and then a byte now and then for as long as anybody reads.
fn drip() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                let head = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
                let mut sent = stream.write_all(head.as_bytes());
                while sent.is_ok() {
                    std::thread::sleep(std::time::Duration::from_millis(200));
                    sent = stream.write_all(b"x");
                }
            });
        }
    });
    base
}

#[test]
fn a_server_that_drips_ends_the_audit_with_a_named_timeout() {
    let slow = audit(&drip());
    assert_eq!(slow.verdict(), verdict(2, "INCOMPLETE", "SERVER_TOO_SLOW"));
    let message = slow.report()["message"].to_string();
    assert!(message.contains("less than 1024 a second"), "{message}");
    let key = log_key().to_string();
    let late = run(&["audit", &drip(), "--log-key", &key, "--deadline", "1", "--json"]);
    assert_eq!(late.verdict(), verdict(2, "INCOMPLETE", "SERVER_TOO_SLOW"));
    let message = late.report()["message"].to_string();
    assert!(message.contains("--deadline"), "{message}");
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
    assert_eq!(outcome.verdict(), verdict(3, "FAIL", "RESOURCE_MISSING"));
}

#[test]
fn a_guarded_server_is_read_with_a_token_and_incomplete_without() {
    let base = serve(served(&log(3)), Some("secret-token"));
    assert_eq!(
        audit(&base).verdict(),
        verdict(2, "INCOMPLETE", "RESOURCE_UNREADABLE")
    );
    let files = CheckFiles::new();
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
