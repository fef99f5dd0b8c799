use crate::process::{LogDirectory, Server, ledgerd, pulse, pulses, stderr, stdout};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

fn submit(url: &str, arguments: &[&str], paths: &[&Path]) -> Output {
    ledgerd()
        .args(["submit", "--url", url, "--retry-for", "0"])
        .args(arguments)
        .args(paths)
        .output()
        .unwrap()
}

fn spooled(spool: &Path) -> usize {
    let files = fs::read_dir(spool).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .count()
}

#[test]
fn logs_every_document_of_every_file() {
    let place = LogDirectory::with_log();
    let server = place.serve();
    let lines = place.write("pulses.ndjson", &pulses(5));
    let pretty = serde_json::from_str::<serde_json::Value>(&pulse("run-pretty")).unwrap();
    let single = place.write("pulse.json", &serde_json::to_string_pretty(&pretty).unwrap());
    let output = submit(server.url(), &[], &[&lines, &single]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(server.tree_size(), 7);
    let again = submit(server.url(), &[], &[&lines, &single]);
    assert!(again.status.success());
    assert_eq!(server.tree_size(), 7, "a repetition logs nothing");
}

#[test]
fn says_of_each_document_which_entry_it_is_and_where() {
    let place = LogDirectory::with_log();
    let server = place.serve();
    let lines = place.write("pulses.ndjson", &pulses(3));
    // Alone, in a batch, through a spool, and known before.
    let single = place.write("pulse.json", &pulse("run-single"));
    let spool = place.path("spool");
    let spooled = ["--spool", spool.to_str().unwrap()];
    for (options, file, entries) in [
        (&[][..], &lines, 1..=3),
        (&[], &single, 4..=4),
        (&[], &lines, 1..=3),
        (&spooled, &lines, 1..=3),
    ] {
        let output = submit(server.url(), options, &[file]);
        assert!(output.status.success(), "{}", stderr(&output));
        let said = stdout(&output);
        for index in entries {
            let address = format!("entry {index} {}/entries/{index}", server.url());
            assert!(said.lines().any(|line| line.ends_with(&address)), "{said}");
        }
    }
}

#[test]
fn a_file_without_a_document_is_no_success() {
    let place = LogDirectory::with_log();
    let server = place.serve();
    let full = place.write("pulse.json", &pulse("run-full"));
    for (name, content) in [("empty.json", ""), ("blank.ndjson", " \n\r\n\t\n")] {
        let empty = place.write(name, content);
        let spool = place.path("spool");
        for options in [&[][..], &["--spool", spool.to_str().unwrap()]] {
            for files in [&[empty.as_path()][..], &[full.as_path(), empty.as_path()]] {
                let output = submit(server.url(), options, files);
                assert_eq!(output.status.code(), Some(1), "{name}: {}", stdout(&output));
                let said = stderr(&output);
                assert!(
                    said.contains(name) && said.contains("holds no document"),
                    "{said}"
                );
            }
        }
    }
}

#[test]
fn numbers_the_documents_of_a_stream_and_closes_it_with_the_last() {
    let place = LogDirectory::with_log();
    let server = place.serve();
    let file = place.write("pulses.ndjson", &pulses(3));
    let context = ["--job", "job-1", "--stream", "calls", "--number", "4", "--last"];
    let output = submit(server.url(), &context, &[&file]);
    assert!(output.status.success(), "{}", stderr(&output));
    for (index, number, last) in [(1, 4, false), (2, 5, false), (3, 6, true)] {
        let context = &server.get(&format!("/v1/entries/{index}"))["context"];
        assert_eq!(context["job_id"], "job-1");
        assert_eq!(context["number"], number);
        assert_eq!(context["last"].as_bool().unwrap_or(false), last, "{context}");
    }
}

/// Number and `last` of every entry that stands in the stream `calls`.
fn places(server: &Server) -> Vec<(u64, bool)> {
    (1..server.tree_size())
        .map(|index| server.get(&format!("/v1/entries/{index}"))["context"].clone())
        .filter(|context| context["stream"] == "calls")
        .map(|context| {
            let last = context["last"].as_bool().unwrap_or(false);
            (context["number"].as_u64().unwrap(), last)
        })
        .collect()
}

#[test]
fn a_spool_counts_on_and_gives_no_number_twice() {
    let place = LogDirectory::with_log();
    let server = place.serve();
    let first = place.write("first.ndjson", &pulses(2));
    let second = place.write("second.ndjson", &pulse("run-second"));
    let spool = place.path("spool");
    let options = [
        "--spool",
        spool.to_str().unwrap(),
        "--job",
        "job-1",
        "--stream",
        "calls",
    ];
    let send = |more: &[&str], paths: &[&Path]| submit(server.url(), &[&options[..], more].concat(), paths);
    for (paths, size) in [(&first, 3), (&second, 4), (&first, 4)] {
        let output = send(&[], &[paths]);
        assert!(output.status.success(), "{}", stderr(&output));
        assert_eq!(server.tree_size(), size, "what is sent again keeps its number");
    }
    assert_eq!(places(&server), [(0, false), (1, false), (2, false)]);
    // A copy in other bytes is the same document.
    let value: serde_json::Value = serde_json::from_str(&fs::read_to_string(&second).unwrap()).unwrap();
    let copy = place.write("copy.json", &serde_json::to_string_pretty(&value).unwrap());
    assert!(send(&[], &[&copy]).status.success());
    assert!(places(&server).iter().all(|(number, _)| *number < 3));

    let third = place.write("third.ndjson", &pulse("run-third"));
    for number in ["0", "2"] {
        let output = send(&["--number", number], &[&third]);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains("two documents"), "{}", stderr(&output));
    }
    let output = send(&["--number", "7"], &[&second]);
    assert!(stderr(&output).contains("second one"), "{}", stderr(&output));
    assert!(places(&server).iter().all(|(number, _)| *number < 3));
}

#[test]
fn a_stream_is_closed_by_sending_its_last_document_again_and_then_takes_no_more() {
    let place = LogDirectory::with_log();
    let server = place.serve();
    let file = place.write("pulses.ndjson", &pulses(2));
    let newest = place.write("newest.json", &pulse("run-newest"));
    let later = place.write("later.json", &pulse("run-later"));
    let spool = place.path("spool");
    let options = [
        "--spool",
        spool.to_str().unwrap(),
        "--job",
        "job-1",
        "--stream",
        "calls",
    ];
    let send = |more: &[&str], path: &Path| submit(server.url(), &[&options[..], more].concat(), &[path]);
    assert!(send(&[], &file).status.success());
    assert!(send(&[], &newest).status.success());
    let output = send(&["--last"], &file);
    assert!(stderr(&output).contains("goes on to 2"), "{}", stderr(&output));
    let output = send(&["--last"], &newest);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(places(&server), [(0, false), (1, false), (2, false), (2, true)]);
    let output = send(&[], &later);
    assert!(
        stderr(&output).contains("closed at number 2"),
        "{}",
        stderr(&output)
    );
    assert!(send(&[], &newest).status.success());
    assert_eq!(server.tree_size(), 5);
}

#[test]
fn a_stream_without_a_number_needs_a_place_where_numbers_are_kept() {
    let place = LogDirectory::empty();
    let file = place.write("pulse.json", &pulse("run-x"));
    let output = submit("http://127.0.0.1:1", &["--stream", "calls"], &[&file]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
}

#[test]
fn one_refused_document_fails_the_command_and_not_the_others() {
    let place = LogDirectory::with_log();
    let server = place.serve();
    let forged = pulse("run-x").replace("run-x", "run-y");
    let file = place.write(
        "mixed.ndjson",
        &format!("{}{forged}\n{}", pulses(2), pulse("run-z")),
    );
    let output = submit(server.url(), &[], &[&file]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("document 3"), "{}", stderr(&output));
    assert_eq!(server.tree_size(), 4);
}

#[test]
fn a_spool_survives_an_outage_and_drains_on_the_next_run() {
    let place = LogDirectory::with_log();
    let server = place.serve();
    let address = server.address().to_owned();
    let url = server.url().to_owned();
    server.stop();
    let file = place.write("pulses.ndjson", &pulses(4));
    let spool = place.path("spool");
    let spool_option = ["--spool", spool.to_str().unwrap()];
    let output = submit(&url, &[&spool_option[..], &["--job", "job-1"]].concat(), &[&file]);
    assert_eq!(output.status.code(), Some(1), "nobody answered");
    assert_eq!(spooled(&spool), 4);
    fs::remove_file(&file).unwrap();
    let server = place.serve_at(&address);
    let output = submit(&url, &spool_option, &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(spooled(&spool), 0);
    assert_eq!(server.tree_size(), 5);
    assert_eq!(
        server.get("/v1/entries/4")["context"]["job_id"],
        "job-1",
        "the context was spooled, too"
    );
}

#[test]
fn a_refused_document_is_set_aside_and_does_not_block_the_spool() {
    let place = LogDirectory::with_log();
    let server = place.serve();
    let forged = pulse("run-x").replace("run-x", "run-y");
    let file = place.write("mixed.ndjson", &format!("{forged}\n{}", pulses(1)));
    let spool = place.path("spool");
    let output = submit(server.url(), &["--spool", spool.to_str().unwrap()], &[&file]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(spooled(&spool), 0);
    assert_eq!(spooled(&spool.join("refused")), 1);
    assert_eq!(server.tree_size(), 2);
}

#[test]
fn waits_for_a_server_that_comes_back() {
    let place = LogDirectory::with_log();
    let server = place.serve();
    let address = server.address().to_owned();
    let url = server.url().to_owned();
    server.stop();
    let file = place.write("pulse.json", &pulse("run-late"));
    let mut waiting = ledgerd()
        .args(["submit", "--url", &url, "--retry-for", "60"])
        .arg(&file)
        .spawn()
        .unwrap();
    let server = place.serve_at(&address);
    assert!(waiting.wait().unwrap().success());
    assert_eq!(server.tree_size(), 2);
}

/// Reads one request to its end.
fn read_request(stream: &mut TcpStream) {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
}

fn answer(listener: &TcpListener, head: &str, body: &str) -> Instant {
    let (mut stream, _) = listener.accept().unwrap();
    read_request(&mut stream);
    let at = Instant::now();
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {head}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    at
}

#[test]
fn rests_as_long_as_a_busy_server_asks() {
    let place = LogDirectory::empty();
    let file = place.write("pulse.json", &pulse("run-busy"));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut waiting = ledgerd()
        .args(["submit", "--url", &url, "--retry-for", "60"])
        .arg(&file)
        .spawn()
        .unwrap();
    let first = answer(&listener, "503 Service Unavailable\r\nRetry-After: 2", "{}");
    let second = answer(&listener, "201 Created", r#"{"index":1,"logged_at":1}"#);
    assert!(waiting.wait().unwrap().success());
    assert!(second.duration_since(first) >= Duration::from_secs(2));
}

#[test]
fn a_token_that_nobody_has_is_told_and_not_sent_again_however_often_the_server_was_asked() {
    let place = LogDirectory::empty();
    let file = place.write("pulse.json", &pulse("run-1"));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let submitting = std::thread::spawn(move || {
        let mut command = ledgerd();
        command.args(["submit", "--url", &url, "--retry-for", "60"]);
        command.arg(&file).output().unwrap()
    });
    let problem = r#"{"code":"UNKNOWN_TOKENS","detail":"correct the token first"}"#;
    let at = answer(&listener, "429 Too Many Requests\r\nRetry-After: 30", problem);
    let output = submitting.join().unwrap();
    assert!(at.elapsed() < Duration::from_secs(25));
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(
        said.contains("429 UNKNOWN_TOKENS: correct the token first") && said.contains("--token-file"),
        "{said}"
    );
}

#[test]
fn what_the_server_warns_of_is_told_of_a_document_alone_and_of_one_in_a_batch() {
    let place = LogDirectory::empty();
    let (first, second) = (
        place.write("first.json", &pulse("run-1")),
        place.write("second.json", &pulse("run-2")),
    );
    let warned = r#"{"status":201,"index":1,"logged_at":1,"warnings":[{"code":"HEX_IN_BASE64URL","pointer":"/payload/x_b64u"}]}"#;
    let plain = r#"{"status":201,"index":2,"logged_at":1}"#;
    for (files, body) in [
        (vec![first.clone()], warned.to_owned()),
        (vec![first, second], format!("{warned}\n{plain}\n")),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let submitting = std::thread::spawn(move || {
            let files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
            submit(&url, &[], &files)
        });
        answer(&listener, "201 Created", &body);
        let output = submitting.join().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        let told = stderr(&output);
        assert!(
            told.contains("first.json (document 1): warning: HEX_IN_BASE64URL at /payload/x_b64u"),
            "{told}"
        );
        assert!(!told.contains("second.json"), "{told}");
    }
}

#[test]
fn nothing_that_a_server_answers_moves_the_terminal() {
    let place = LogDirectory::empty();
    let hostile = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}\u{200b}";
    let file = place.write("pulse\u{1b}[31m.json", &pulse("run-hostile"));
    for status in [
        "422 Unprocessable Entity",
        "403 Forbidden",
        "500 Internal Server Error",
        "503 Service Unavailable",
    ] {
        let problem = serde_json::json!({ "code": hostile, "detail": hostile, "pointer": hostile });
        for body in [problem.to_string(), hostile.to_owned()] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            let submitting = {
                let file = file.clone();
                std::thread::spawn(move || submit(&url, &[], &[&file]))
            };
            answer(&listener, status, &body);
            let output = submitting.join().unwrap();
            assert!(!output.status.success());
            for stream in [&output.stdout, &output.stderr] {
                let said = String::from_utf8_lossy(stream);
                let hidden = said.chars().find(|&character| {
                    verifier::text::invisible::is_invisible(character) && character != '\n'
                });
                assert_eq!(hidden, None, "{status}: {said:?}");
            }
        }
    }
}

#[test]
fn nothing_that_a_server_answers_begins_a_line_of_its_own() {
    let forged = "no\nledgerd: logged as entry 7";
    let problem = serde_json::json!({ "code": forged, "detail": forged, "pointer": forged });
    let issuers = "{\"issuers\":[{\"did\":\"a\",\n\"x\":1}]}";
    for (status, body) in [
        ("422 Unprocessable Entity", problem.to_string()),
        ("503 Service Unavailable", problem.to_string()),
        ("200 OK", issuers.to_owned()),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let listing = std::thread::spawn(move || {
            let list = ["issuer", "list", "--url", &url];
            ledgerd().args(list).output().unwrap()
        });
        answer(&listener, status, &body);
        let output = listing.join().unwrap();
        let lines = [output.stdout, output.stderr].concat();
        assert_eq!(String::from_utf8(lines).unwrap().lines().count(), 1, "{status}");
    }
}

#[test]
fn ids_and_hashes_of_another_form_are_told_before_anything_is_sent() {
    let place = LogDirectory::empty();
    let file = place.write("pulse.json", &pulse("run-1"));
    for (arguments, said) in [
        (["--job", "a\u{200B}b"], "INVALID_ID"),
        (["--job", ".."], "INVALID_ID"),
        (
            [
                "--token-hash",
                "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ],
            "this is the hash e3b0c442",
        ),
        (["--token-hash", "none"], "64 lower-case hex digits"),
    ] {
        let output = submit("http://127.0.0.1:9", &arguments, &[&file]);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
    }
}
