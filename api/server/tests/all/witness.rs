use crate::process::{LogDirectory, ORIGIN, Server, ledgerd, stderr, stdout};
use kit::server;
use ledger_client::transport::{Transport, TransportLimits};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use verifier::cosignature::CosignerKey;
use verifier::hash::{Hex, sha256};
use verifier::note::UnverifiedNote;

const NAME: &str = "witness.example/w1";

/// Makes a witness and gives its vkey.
fn init(dir: &Path) -> String {
    let output = ledgerd()
        .args(["witness", "init", "--name", NAME, "--dir"])
        .arg(dir)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output)
        .strip_prefix("vkey ")
        .unwrap()
        .trim_end()
        .to_owned()
}

fn witness(dir: &Path) -> Command {
    let mut command = ledgerd();
    command
        .args(["witness", "--listen", "127.0.0.1:0", "--dir"])
        .arg(dir);
    command
}

fn vkey_of(log: &Server) -> String {
    log.get("/v1/log")["vkey"].as_str().unwrap().to_owned()
}

/// Why a witness does not start.
fn refusal(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    stderr(&output)
}

fn post(url: &str, body: &str) -> (u16, String) {
    let transport = Transport::new(None, TransportLimits::COMMAND);
    let answer = transport
        .post(
            &format!("{url}/add-checkpoint"),
            "text/plain",
            body.as_bytes(),
            1 << 20,
        )
        .unwrap();
    (answer.status.as_u16(), String::from_utf8(answer.body).unwrap())
}

#[test]
fn init_prints_the_vkey_and_hides_the_key_and_overwrites_nothing() {
    let place = LogDirectory::empty();
    let dir = place.path("witness");
    let vkey = init(&dir);
    assert_eq!(CosignerKey::parse(&vkey).unwrap().name(), NAME);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&dir), mode(&dir.join("witness.key"))), (0o700, 0o600));
    let again = refusal(
        ledgerd()
            .args(["witness", "init", "--name", NAME, "--dir"])
            .arg(&dir),
    );
    assert!(again.contains("is not empty"), "{again}");
    let name = refusal(
        ledgerd()
            .args(["witness", "init", "--name", "two words", "--dir"])
            .arg(place.path("w2")),
    );
    assert!(name.contains("cannot be the name of a witness"), "{name}");
    assert!(!place.path("w2").exists());
}

#[test]
fn a_witness_cosigns_the_checkpoint_of_a_log_and_serves_it_after_a_restart() {
    let place = LogDirectory::with_log();
    let log = place.serve();
    let dir = place.path("witness");
    let key = CosignerKey::parse(&init(&dir)).unwrap();
    let logs = format!("[[logs]]\nvkey = \"{}\"\n", vkey_of(&log));
    let config = place.write("witness.toml", &logs);
    let start = || Server::from_command(witness(&dir).arg("--config").arg(&config).stderr(Stdio::piped()));
    let running = start();
    let note = String::from_utf8(log.get_bytes("/log/checkpoint")).unwrap();
    assert_eq!(post(running.url(), &format!("old 7\n\n{note}")).0, 400);
    let (status, line) = post(running.url(), &format!("old 0\n\n{note}"));
    assert_eq!(status, 200, "{line}");
    let cosigned = UnverifiedNote::parse(format!("{note}{line}").as_bytes()).unwrap();
    assert!(key.verify(&cosigned).unwrap() > 1_700_000_000);
    running.stop();
    let restarted = start();
    assert_eq!(
        post(restarted.url(), &format!("old 0\n\n{note}")),
        (409, "1\n".to_owned())
    );
    let path = format!("/{}/checkpoint", Hex(&sha256(ORIGIN.as_bytes())));
    assert_eq!(restarted.get_bytes(&path), format!("{note}{line}").into_bytes());
    assert_eq!(restarted.get_bytes("/healthz"), b"ok\n");
}

#[test]
fn two_processes_never_share_a_memory() {
    let place = LogDirectory::with_log();
    let log = place.serve();
    let dir = place.path("witness");
    init(&dir);
    let first = Server::from_command(
        witness(&dir)
            .arg("--log")
            .arg(vkey_of(&log))
            .stderr(Stdio::piped()),
    );
    let second = refusal(witness(&dir).arg("--log").arg(vkey_of(&log)));
    assert!(second.contains("a witness runs once"), "{second}");
    first.stop();
}

#[test]
fn a_witness_without_its_memory_or_with_the_key_of_a_log_does_not_start() {
    let place = LogDirectory::with_log();
    let vkey = vkey_of(&place.serve());
    let dir = place.path("witness");
    assert!(refusal(witness(&dir).arg("--log").arg(&vkey)).contains("there is no witness in"));
    init(&dir);
    fs::rename(dir.join("witness.redb"), place.path("moved")).unwrap();
    let missing = refusal(witness(&dir).arg("--log").arg(&vkey));
    assert!(missing.contains("make a new one, with a new key"), "{missing}");
    fs::rename(place.path("moved"), dir.join("witness.redb")).unwrap();
    fs::copy(place.log().join("log.key"), dir.join("witness.key")).unwrap();
    let key_of_log = refusal(witness(&dir).arg("--log").arg(&vkey));
    assert!(key_of_log.contains("not a witness's key"), "{key_of_log}");
}

#[test]
fn a_list_of_logs_that_makes_no_sense_is_refused_at_the_start() {
    let place = LogDirectory::with_log();
    let vkey = vkey_of(&place.serve());
    let dir = place.path("witness");
    let own = init(&dir);
    assert!(refusal(&mut witness(&dir)).contains("no log to witness"));
    assert!(refusal(witness(&dir).args(["--log", "x"])).contains("is not the vkey of a log"));
    assert!(refusal(witness(&dir).arg("--log").arg(own)).contains("type 0x01"));
    assert!(refusal(witness(&dir).arg("--log").arg(&vkey).arg("--log").arg(&vkey)).contains("named twice"));
    for (config, words) in [
        ("lisen = \"127.0.0.1:1\"", "unknown field"),
        ("[limits]\nconnections_max = 0", "limits.connections_max is 0"),
        ("[tls]\ncert = \"c.pem\"", "tls.key is missing"),
        ("[[logs]]\norigin = \"x\"", "vkey"),
    ] {
        let config = place.write("witness.toml", config);
        let refused = refusal(witness(&dir).arg("--config").arg(config));
        assert!(refused.contains(words), "{refused}");
    }
}

#[test]
fn a_log_whose_origin_is_not_the_name_of_its_key_is_configured_with_both() {
    let place = LogDirectory::empty();
    let dir = place.path("witness");
    init(&dir);
    let key = ledger::signer::LogKey::from_seed("sum.example", [5; 32]).unwrap();
    let text = "go.sum database tree\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
    let signer: &dyn ledger::signer::CheckpointSigner = &key;
    let note =
        verifier::checkpoint::signed_checkpoint(text, signer.verifier_key(), &signer.sign(text.as_bytes()));
    let config = format!(
        "[[logs]]\nvkey = \"{}\"\norigin = \"go.sum database tree\"\n",
        signer.verifier_key()
    );
    let config = place.write("witness.toml", &config);
    let running = Server::from_command(witness(&dir).arg("--config").arg(config).stderr(Stdio::piped()));
    assert_eq!(post(running.url(), &format!("old 0\n\n{note}")).0, 200);
    assert!(
        server::run("kill", &["-TERM", &running.id().to_string()])
            .status
            .success()
    );
    assert!(running.wait());
}

/// What a witness says about a configuration file that it does not take.
fn config_refusal(config: &str) -> String {
    let place = LogDirectory::empty();
    let config = place.write("witness.toml", config);
    refusal(witness(&place.path("witness")).arg("--config").arg(config))
}

#[test]
fn every_key_is_documented_with_the_range_that_a_witness_takes() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/witnessing.md");
    let text = fs::read_to_string(docs).unwrap();
    let mut known = Vec::new();
    for section in ["", "log", "limits", "tls"] {
        let table = if section.is_empty() {
            String::new()
        } else {
            format!("[{section}]\n")
        };
        let said = config_refusal(&format!("{table}nonsense = 1"));
        let names = said
            .split("expected")
            .nth(1)
            .unwrap()
            .split(" for key")
            .next()
            .unwrap();
        let prefix = if section.is_empty() {
            String::new()
        } else {
            format!("{section}.")
        };
        known.extend(
            names
                .split('`')
                .skip(1)
                .step_by(2)
                .map(|name| format!("{prefix}{name}")),
        );
    }
    known.retain(|name| !["log", "limits", "tls"].contains(&name.as_str()));
    let mut documented = Vec::new();
    for line in text.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let key = cells[1].trim_matches('`');
        documented.push(key.to_owned());
        let range = cells[3].replace(',', "");
        if let (Some((min, max)), Some((section, name))) = (range.split_once(" – "), key.split_once('.')) {
            let said = config_refusal(&format!("[{section}]\n{name} = {}", i64::MAX));
            let expected = format!("{key} is {}: expected {min} to {max}", i64::MAX);
            assert!(said.contains(&expected), "{said}");
        }
    }
    known.sort();
    documented.sort();
    assert_eq!(documented, known);
}

/// One answer from an open connection: its status line, and its body by `Content-Length`.
fn answer(stream: &mut TcpStream) -> (String, String) {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let status = line.trim_end().to_owned();
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.trim_end().parse().unwrap();
        }
        if line.trim_end().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    (status, String::from_utf8(body).unwrap())
}

#[test]
fn connections_are_kept_and_a_body_that_does_not_come_ends_after_its_time() {
    let place = LogDirectory::with_log();
    let vkey = vkey_of(&place.serve());
    let dir = place.path("witness");
    init(&dir);
    let config = place.write("witness.toml", "[limits]\nrequest_timeout_s = 1\n");
    let mut command = witness(&dir);
    command.arg("--log").arg(vkey).arg("--config").arg(config);
    let running = Server::from_command(command.stderr(Stdio::piped()));
    let mut stream = TcpStream::connect(running.address()).unwrap();
    for _ in 0..3 {
        stream
            .write_all(b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 1\r\n\r\nx")
            .unwrap();
        assert_eq!(answer(&mut stream).0, "HTTP/1.1 400 Bad Request");
    }
    stream
        .write_all(b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 100\r\n\r\nold ")
        .unwrap();
    let (status, body) = answer(&mut stream);
    assert_eq!(status, "HTTP/1.1 503 Service Unavailable");
    assert!(body.contains("within 1 s"), "{body}");
    running.stop();
}
