//! What strangers who send much, or little, or nothing, do to a server: nothing that others notice.

use crate::process::{LogDirectory, Server, ledgerd, pulse, pulses, stderr};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

/// Files that the store and the process itself need; what is above is for connections.
const FILES_RESERVED: usize = 704;

fn connect(server: &Server) -> TcpStream {
    TcpStream::connect(server.address()).unwrap()
}

/// A server with some limits of its own.
fn limited(place: &LogDirectory, limits: &[(&str, u64)]) -> Server {
    let mut command = ledgerd();
    for (key, value) in limits {
        command.env(
            format!("LEDGERD_LIMITS__{}", key.to_uppercase()),
            value.to_string(),
        );
    }
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--dir"])
        .arg(place.log());
    Server::from_command(&mut command)
}

/// One with a limit on open files that it cannot raise.
fn with_files(place: &LogDirectory, files: usize) -> Command {
    let mut command = kit::server::command("bash");
    let script = format!("ulimit -n {files}; exec \"$0\" serve --listen 127.0.0.1:0 --dir \"$1\"");
    command
        .args(["-c", &script, env!("CARGO_BIN_EXE_ledgerd")])
        .arg(place.log());
    command
}

/// A number of the metrics.
fn metric(server: &Server, name: &str) -> u64 {
    let text = String::from_utf8(server.get_bytes("/metrics")).unwrap();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{name} in {text}"))
        .parse()
        .unwrap()
}

/// What comes back until the server closes the connection.
fn rest(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset after the answer is an end, too.
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn submits(server: &Server, run_id: &str) {
    let answer = ureq::post(format!("{}/v1/evidence", server.url()))
        .content_type("application/json")
        .send(pulse(run_id))
        .unwrap();
    assert_eq!(answer.status(), 201);
}

#[test]
fn more_silent_sockets_than_files_stop_neither_reads_nor_submissions() {
    let place = LogDirectory::with_log();
    let connections = 64;
    let server = Server::from_command(&mut with_files(&place, FILES_RESERVED + connections));
    let silent: Vec<TcpStream> = (0..200).map(|_| connect(&server)).collect();
    assert_eq!(server.tree_size(), 1);
    submits(&server, "run-1");
    let half: Vec<TcpStream> = (0..200)
        .map(|_| {
            let mut stream = connect(&server);
            // The server may have closed it already, for the next one.
            let _ = stream.write_all(b"GET /v1/log HTTP/1.1\r\nHost: localhost\r\nX-Half: ");
            stream
        })
        .collect();
    submits(&server, "run-2");
    assert!(metric(&server, "evidence_ledger_connections_displaced_total") >= 400 - 64);
    assert!(metric(&server, "evidence_ledger_connections_open") <= 64);
    drop((silent, half));
    server.stop();
}

#[test]
fn a_process_that_may_open_too_few_files_for_its_store_does_not_start() {
    let place = LogDirectory::with_log();
    let output = with_files(&place, FILES_RESERVED).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(
        said.contains("this process may open 704 files") && said.contains("ulimit -n"),
        "{said}"
    );
}

#[test]
fn one_peer_has_a_number_of_connections_and_silence_holds_none_of_them() {
    let place = LogDirectory::with_log();
    let server = limited(&place, &[("connections_per_peer_max", 4)]);
    let silent: Vec<TcpStream> = (0..20).map(|_| connect(&server)).collect();
    assert!(metric(&server, "evidence_ledger_connections_displaced_total") >= 17);
    drop(silent);
    // Streams are requests under way, which nobody displaces.
    let mut streams = Vec::new();
    for _ in 0..4 {
        let mut stream = connect(&server);
        stream
            .write_all(b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n")
            .unwrap();
        let mut first = [0; 12];
        stream.read_exact(&mut first).unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
        streams.push(stream);
    }
    assert_eq!(rest(connect(&server)), "", "closed at once");
    drop(streams.pop());
    while ureq::get(format!("{}/healthz", server.url())).call().is_err() {
        sleep(Duration::from_millis(10));
    }
    assert!(metric(&server, "evidence_ledger_connections_turned_away_total") >= 1);
    drop(streams);
    server.stop();
}

#[test]
fn connections_without_a_whole_head_and_idle_ones_end_by_themselves() {
    let place = LogDirectory::with_log();
    let server = limited(&place, &[("head_timeout_s", 1)]);
    let silent = connect(&server);
    let mut half = connect(&server);
    half.write_all(b"GET /healthz HTTP/1.1\r\nHo").unwrap();
    let mut idle = connect(&server);
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    for (stream, answered) in [(silent, false), (half, false), (idle, true)] {
        // It comes to an end at all, and only since the server closes it.
        assert_eq!(rest(stream).starts_with("HTTP/1.1 200"), answered);
    }
    server.stop();
}

#[test]
fn a_head_without_end_is_refused_before_it_takes_memory() {
    let place = LogDirectory::with_log();
    let server = limited(&place, &[("head_bytes_max", 8_192)]);
    let mut stream = connect(&server);
    let head = format!(
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: {}\r\n\r\n",
        "a".repeat(64 << 10)
    );
    let _ = stream.write_all(head.as_bytes());
    let answer = rest(stream);
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
        "{answer}"
    );
    assert_eq!(server.tree_size(), 1);
    server.stop();
}

#[test]
fn a_body_that_drips_is_told_so_and_others_submit_meanwhile() {
    let place = LogDirectory::with_log();
    let server = limited(&place, &[("body_window_s", 1)]);
    let dripping: Vec<TcpStream> = (0..16)
        .map(|_| {
            let mut stream = connect(&server);
            stream
                .write_all(b"POST /v1/verify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 16777216\r\n\r\n{")
                .unwrap();
            stream
        })
        .collect();
    submits(&server, "run-1");
    for stream in dripping {
        let answer = rest(stream);
        assert!(
            answer.starts_with("HTTP/1.1 408") && answer.contains("BODY_TOO_SLOW"),
            "{answer}"
        );
    }
    server.stop();
}

#[test]
fn answers_that_nobody_takes_end_their_connection() {
    let place = LogDirectory::with_log();
    let server = limited(&place, &[("write_stall_s", 1)]);
    let mut greedy = connect(&server);
    let asks = "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(2_000);
    greedy.set_nonblocking(true).unwrap();
    let _ = greedy.write(asks.as_bytes());
    while metric(&server, "evidence_ledger_connections_open") < 2 {
        sleep(Duration::from_millis(10));
    }
    // Nothing is read here, and the connection is gone all the same: the one that asks is left.
    while metric(&server, "evidence_ledger_connections_open") > 1 {
        sleep(Duration::from_millis(50));
    }
    drop(greedy);
    server.stop();
}

#[test]
fn work_whose_caller_left_ends_and_gives_its_turn_back() {
    let place = LogDirectory::with_log();
    let server = place.serve();
    let lines = pulses(1_000);
    let abandoned = "evidence_ledger_pool_abandoned_total{pool=\"verifications\"}";
    // Work may be over before anybody notices that its caller is gone; not again and again.
    while metric(&server, abandoned) == 0 {
        let mut stream = connect(&server);
        let head = format!(
            "POST /v1/verify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nContent-Length: {}\r\n\r\n",
            lines.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(lines.as_bytes()).unwrap();
        drop(stream);
        while metric(&server, "evidence_ledger_pool_held{pool=\"verifications\"}") > 0 {
            sleep(Duration::from_millis(1));
        }
    }
    server.stop();
}

#[test]
fn a_request_with_two_hosts_or_none_is_refused_on_the_wire() {
    let place = LogDirectory::with_log();
    let server = place.serve();
    for (head, status) in [
        ("GET /healthz HTTP/1.1\r\nHost: localhost\r\n", "200"),
        (
            "GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n",
            "400",
        ),
        (
            "GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n",
            "400",
        ),
        ("GET /healthz HTTP/1.1\r\n", "400"),
        (
            "GET http://evil.example/healthz HTTP/1.1\r\nHost: localhost\r\n",
            "400",
        ),
        (
            "GET http://localhost/healthz HTTP/1.1\r\nHost: localhost\r\n",
            "200",
        ),
    ] {
        let mut stream = connect(&server);
        stream
            .write_all(format!("{head}Connection: close\r\n\r\n").as_bytes())
            .unwrap();
        let answer = rest(stream);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{head}: {answer}"
        );
        assert_eq!(answer.contains("HOST_INVALID"), status == "400", "{answer}");
    }
    server.stop();
}
