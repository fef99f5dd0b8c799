//! A real log, and a real monitor of it: what it says, to whom, and what it knows after it was killed.

use crate::log::{LEDGER_VERIFY, LEDGERD};
use harness::actors;
use harness::client::Client;
use kit::documents;
use kit::server::{self, ORIGIN, Server};
use ledger::signer::EvidenceKey;
use monitor::outputs::{WebhookSecret, sign};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a test waits for what has to come, before it fails.
const AT_MOST: Duration = Duration::from_secs(120);
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A log with a gateway and an issuer of tokens, and a place for a monitor.
struct World {
    home: TempDir,
    server: Server,
    client: Client,
    gateway: EvidenceKey,
    issuer: EvidenceKey,
    receipts: u64,
}

impl World {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("log");
        let operator = EvidenceKey::read(&server::init(LEDGERD, &dir)).unwrap();
        let [gateway, issuer] = [11, 12].map(|seed| EvidenceKey::from_seed([seed; 32]).unwrap());
        let server = Server::start_indexing(LEDGERD, &dir);
        let client = Client::new(server.url());
        for (signer, name, role) in [
            (&gateway, "clawproxy", "gateway"),
            (&issuer, "clawscope", "token_issuer"),
        ] {
            let registration = actors::registration(&operator, ORIGIN, signer, name, &[role]).unwrap();
            assert_eq!(client.submit(&registration).unwrap().status, 201);
        }
        Self {
            home,
            server,
            client,
            gateway,
            issuer,
            receipts: 0,
        }
    }

    /// Logs a receipt whose submitter says under which token it was; where it is.
    fn use_token(&mut self, token: &str) -> u64 {
        self.receipts += 1;
        let receipt = actors::receipt(&self.gateway, "run", self.receipts).unwrap();
        let context = json!({ "token_hash": token });
        self.submit(&format!(r#"{{"evidence":{receipt},"context":{context}}}"#))
    }

    fn submit(&self, body: &str) -> u64 {
        let answer = self.client.submit(body).unwrap();
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json().unwrap()["index"].as_u64().unwrap()
    }

    /// Writes a configuration with further lines in front of and behind the log's.
    fn configure(&self, before: &str, of_log: &str) -> PathBuf {
        let vkey = self.client.get("/v1/log").unwrap().json().unwrap()["vkey"].clone();
        let state = self.home.path().join("state");
        let text = format!(
            "state_dir = \"{}\"\ninterval_s = 1\n{before}\n[[log]]\nurl = \"{}\"\nlog_key = {vkey}\n{of_log}\n",
            state.display(),
            self.server.url()
        );
        let path = self.home.path().join("monitor.toml");
        fs::write(&path, text).unwrap();
        path
    }
}

/// One round: its lines, and the exit status.
fn once(config: &Path, more: &[&str]) -> (Vec<Value>, i32) {
    let config = config.to_string_lossy();
    let fixed = ["monitor", "--config", &config, "--once"];
    let output = server::run(LEDGER_VERIFY, &[&fixed, more].concat());
    let lines = server::stdout(&output);
    let lines = lines.lines().map(|line| serde_json::from_str(line).unwrap());
    (lines.collect(), output.status.code().unwrap())
}

/// A monitor that runs. It is killed when the test ends.
struct Running {
    process: Child,
    lines: Receiver<Value>,
}

impl Running {
    fn start(config: &Path, more: &[&str]) -> Self {
        let mut process = Command::new(LEDGER_VERIFY)
            .args(["monitor", "--config"])
            .arg(config)
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = mpsc::channel();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                // Once the test is over, nobody takes the lines.
                if sender.send(serde_json::from_str(&line).unwrap()).is_err() {
                    return;
                }
            }
        });
        Self { process, lines }
    }

    /// Waits for a line.
    fn until(&self, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        let mut others = Vec::new();
        while began.elapsed() < AT_MOST {
            match self.lines.recv_timeout(AT_MOST) {
                Ok(line) if is_it(&line) => return line,
                Ok(line) => others.push(line),
                Err(_) => break,
            }
        }
        panic!("{what} did not come, but {others:?}")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // SIGKILL: nothing is put in order.
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// What a webhook got: header fields, and the body.
type Message = (HashMap<String, String>, String);

/// A webhook that is out of order for the first request.
fn webhook() -> (String, Receiver<Message>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let (sender, messages) = mpsc::channel();
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let mut reader = BufReader::new(stream.unwrap());
            let mut headers = HashMap::new();
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                match line.trim_end().split_once(": ") {
                    Some((name, value)) => headers.insert(name.to_lowercase(), value.to_owned()),
                    None if line.trim_end().is_empty() => break,
                    None => None,
                };
            }
            let mut body = vec![0; headers["content-length"].parse().unwrap()];
            reader.read_exact(&mut body).unwrap();
            let status = if number == 0 { "503 Later" } else { "204 Taken" };
            let answer = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
            if sender.send((headers, String::from_utf8(body).unwrap())).is_err() {
                return;
            }
        }
    });
    (url, messages)
}

fn is_round(line: &Value) -> bool {
    line["type"] == "round"
}

#[test]
fn a_monitor_goes_on_where_it_was_killed_and_says_where_its_state_is_lost() {
    let mut world = World::new();
    let config = world.configure("", "");
    let (lines, status) = once(&config, &[]);
    assert_eq!(
        (lines[0]["code"].as_str(), status),
        (Some("STATE_LOST"), 1),
        "{lines:?}"
    );

    // Killed after the first line of its first round, and again and again.
    let mut seen = 0;
    for _ in 0..5 {
        world.use_token(&documents::token_hash("another"));
        let begin: &[&str] = if seen == 0 { &["--begin"] } else { &[] };
        let monitor = Running::start(&config, begin);
        let expected = world.server.tree_size();
        let round = monitor.until("a round", |line| {
            is_round(line) && line["tree_size"].as_u64() >= Some(expected)
        });
        assert_eq!(round["status"], "ok", "{round}");
        if seen == 0 {
            // A line is printed before its state is written: the first state is there once a second round begins.
            monitor.until("a second round", is_round);
        } else {
            assert!(round["entries_read"].as_u64().unwrap() < expected, "{round}");
        }
        seen = round["tree_size"].as_u64().unwrap();
    }
    let (lines, status) = once(&config, &[]);
    let round = lines.last().unwrap();
    assert_eq!(status, 0, "{lines:?}");
    assert!(round["tree_size"].as_u64().unwrap() >= seen, "{round}");

    fs::remove_dir_all(world.home.path().join("state")).unwrap();
    let (lines, status) = once(&config, &[]);
    assert_eq!((lines[0]["code"].as_str(), status), (Some("STATE_LOST"), 1));
    let (_, status) = once(&config, &["--begin"]);
    assert_eq!(status, 0);
}

#[test]
fn a_token_that_is_used_after_its_revocation_is_told_in_a_line_to_a_webhook_and_in_a_number() {
    let mut world = World::new();
    let token = documents::token_hash("watched");
    let (url, messages) = webhook();
    let secret = world.home.path().join("secret");
    fs::write(&secret, SECRET).unwrap();
    let config = world.configure(
        &format!(
            "[webhook]\nurl = \"{url}\"\nsecret_file = \"{}\"\n[metrics]\nlisten = \"127.0.0.1:0\"",
            secret.display()
        ),
        &format!("tokens = [\"{token}\"]"),
    );
    world.use_token(&token);
    let monitor = Running::start(&config, &["--begin"]);
    let metrics = monitor.until("the address of the numbers", |line| line["type"] == "metrics");
    monitor.until("a round", is_round);
    let revoked = documents::revocation(ORIGIN, &token, 1);
    let revoked = world.submit(&revoked.at(&actors::now().unwrap()).sign(&world.issuer));
    let used = world.use_token(&token);
    let alarm = monitor.until("the alarm", |line| line["type"] == "alarm");
    assert_eq!(alarm["code"], "USE_AFTER_REVOCATION");
    assert_eq!(alarm["entries"], json!([revoked, used]));
    monitor.until("the end of the round", is_round);

    // The first attempt is refused, and the second one has the same id, signed anew.
    let [first, second] = [(); 2].map(|()| messages.recv_timeout(AT_MOST).unwrap());
    assert_eq!(
        (&first.0["webhook-id"], &first.1),
        (&second.0["webhook-id"], &second.1)
    );
    let (headers, body) = second;
    let signature = sign(
        &WebhookSecret::parse(SECRET).unwrap(),
        &headers["webhook-id"],
        headers["webhook-timestamp"].parse().unwrap(),
        &body,
    );
    assert_eq!(Some(&headers["webhook-signature"]), signature.as_ref());
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&body["type"], &body["data"]), (&json!("ledger.alarm"), &alarm));

    monitor.until("another round", is_round);
    let url = metrics["url"].as_str().unwrap().strip_suffix("/metrics").unwrap();
    let text = Client::new(url).get("/metrics").unwrap().text();
    let number = format!("ledger_monitor_open_alarms{{log=\"{ORIGIN}\",code=\"USE_AFTER_REVOCATION\"}} 1");
    assert!(text.contains(&number), "{text}");
    assert!(text.contains("ledger_monitor_pending_messages"), "{text}");
    drop(monitor);

    // After the kill the alarm is still open, and is not told again.
    let config = world.configure("", &format!("tokens = [\"{token}\"]"));
    let (lines, status) = once(&config, &[]);
    assert_eq!((lines.len(), status), (1, 1), "{lines:?}");
    assert_eq!(lines[0]["open_alarms"], 1);
}

#[test]
fn a_log_that_changes_its_key_and_is_closed_raises_no_alarm() {
    let mut world = World::new();
    world.use_token(&"ab".repeat(32));
    let config = world.configure("", "head_age_max_s = 3600");
    let (_, status) = once(&config, &["--begin"]);
    assert_eq!(status, 0);

    let dir = world.home.path().join("log");
    let old = world.client.get("/v1/log").unwrap().json().unwrap()["vkey"].clone();
    let url = world.server.url();
    server::change_key(LEDGERD, &dir, url, &["rotate"]);
    server::change_key(LEDGERD, &dir, url, &["retire", "--key", old.as_str().unwrap()]);
    server::operate(LEDGERD, &dir, url, &["freeze", "--yes"]);
    let (lines, status) = once(&config, &[]);
    assert_eq!(status, 0, "{lines:?}");
}
