//! A real log, made by a real server, and what a liar who has its key can make of it.

use crate::table::Outcome;
use crate::{LEDGER_VERIFY, LEDGERD, LYING_SERVER};
use harness::actors;
use harness::client::Client;
use kit::index::AnswerParts;
use kit::log::{LogIdentity, TestLog};
use kit::pack::JobLog;
use kit::server::{self, ORIGIN, Server};
use kit::shown::ShownAnswers;
use ledger::signer::{CheckpointSigner as _, EvidenceKey, LogKey};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use verifier::base64::decode_standard;
use verifier::check::Genesis;
use verifier::context::Context;
use verifier::entry::Entry;
use verifier::index::LeafIndex;
use verifier::kind::Kind;
use verifier::note::VerifierKey;
use verifier::pack::PACK_MEDIA_TYPE;
use verifier::record::StoredBytes;
use verifier::subject::Field;
use verifier::subject_index::IndexQuestion;

/// The job that the lies are about.
pub(crate) const JOB: &str = "job-1";
/// How often the log is asked whether its index has come as far as its entries.
const ASKED_MAX: u32 = 600;

/// A running log with two jobs, whose last entry is an index.root over all others.
pub(crate) struct RealLog {
    home: TempDir,
    pub(crate) server: Server,
    pub(crate) client: Client,
    key: VerifierKey,
    entries: Vec<Value>,
    genesis: String,
}

impl RealLog {
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("log");
        let operator = EvidenceKey::read(&server::init(LEDGERD, &dir)).unwrap();
        let gateway = EvidenceKey::from_seed([11; 32]).unwrap();
        let server = Server::start_indexing(LEDGERD, &dir);
        let client = Client::new(server.url());
        let registration =
            actors::registration(&operator, ORIGIN, &gateway, "clawproxy", &["gateway"]).unwrap();
        assert_eq!(client.submit(&registration).unwrap().status, 201);
        for number in 0..4 {
            for job in [JOB, "job-2"] {
                let receipt = actors::receipt(&gateway, job, number).unwrap();
                let context = json!({ "job_id": job });
                let body = format!(r#"{{"evidence":{receipt},"context":{context}}}"#);
                assert_eq!(client.submit(&body).unwrap().status, 201);
            }
        }
        let key = LogKey::read(&dir.join("log.key")).unwrap().verifier_key().clone();
        let entries = covered_entries(&client);
        let genesis = entries[0]["evidence"].as_str().unwrap().to_owned();
        Self {
            home,
            server,
            client,
            key,
            entries,
            genesis,
        }
    }

    /// The log as a liar has it, who goes on with it under its key.
    pub(crate) fn stolen(&self) -> StolenLog {
        let key = LogKey::read(&self.home.path().join("log/log.key")).unwrap();
        let bytes = |entry: &Value| decode_standard(entry["entry"].as_str().unwrap()).unwrap();
        let entries: Vec<Vec<u8>> = self.entries.iter().map(bytes).collect();
        let first = Entry::decode(&entries[0]).unwrap();
        let genesis = Genesis::open_under_entry(self.genesis.as_bytes(), &first, &self.key).unwrap();
        let identity = LogIdentity {
            key: self.key.clone(),
            salt: genesis.payload().index_salt,
            sign: Arc::new(move |text| key.sign(text)),
        };
        let log = TestLog {
            entries,
            genesis: self.genesis.clone().into_bytes(),
            identity,
        };
        let stored = self.entries.iter().map(stored).collect();
        let mut log = JobLog::of(log, stored);
        let root = log.log.size() - 1;
        log.index_at(root);
        StolenLog { log, root }
    }

    /// Starts a server that answers these addresses so, and everything else as the real one does.
    pub(crate) fn lie(&self, answers: &ShownAnswers) -> Liar {
        let files = tempfile::tempdir().unwrap();
        let mut names = BTreeMap::new();
        for (number, (address, bytes)) in answers.iter().enumerate() {
            let name = number.to_string();
            std::fs::write(files.path().join(&name), bytes).unwrap();
            names.insert(address, name);
        }
        let answers = serde_json::to_vec(&names).unwrap();
        std::fs::write(files.path().join("answers.json"), answers).unwrap();
        let mut command = server::command(LYING_SERVER);
        command.arg(self.server.url()).arg(files.path());
        let server = Server::from_command(&mut command);
        Liar {
            client: Client::new(server.url()),
            server,
            _answers: files,
        }
    }

    /// Gives the log a new key, and retires the one that it began with.
    pub(crate) fn rotate_key(&self) {
        let (dir, key) = (self.home.path().join("log"), self.key.to_string());
        for action in [&["rotate"][..], &["retire", "--key", &key]] {
            server::change_key(LEDGERD, &dir, self.server.url(), action);
        }
    }

    /// Writes a file; its path.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path: PathBuf = self.home.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_string_lossy().into_owned()
    }

    /// Runs `ledger-verify` under the log's key: its exit status and the code of its report.
    pub(crate) fn verify(&self, arguments: &[&str]) -> Outcome {
        let key = self.key.to_string();
        let fixed = ["--log-key", &key, "--json"];
        let output = server::run(LEDGER_VERIFY, &[arguments, &fixed].concat());
        let report: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{arguments:?}: {}", server::stderr(&output)));
        Outcome {
            code: report["reason_code"].as_str().unwrap().to_owned(),
            exit: output.status.code(),
        }
    }

    /// The log's key, as verifiers take it.
    pub(crate) fn key(&self) -> String {
        self.key.to_string()
    }

    /// A place in the test's own directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Checks a subject-proof.
    pub(crate) fn subject(&self, answer: &[u8], more: &[&str]) -> Outcome {
        let (file, genesis) = (self.file("answer.proof", answer), self.genesis_file());
        self.verify(&[&["subject", &file, "--genesis", &genesis], more].concat())
    }

    /// Holds the proof of an entry, which a client kept, against a subject-proof.
    pub(crate) fn omission(&self, entry: u64, answer: &[u8]) -> Outcome {
        let kept = self.client.get(&format!("/v1/entries/{entry}/proof")).unwrap();
        let (proof, file) = (
            self.file("kept.proof", kept.body),
            self.file("answer.proof", answer),
        );
        self.verify(&["omission", &proof, &file, "--genesis", &self.genesis_file()])
    }

    /// Audits a liar's log.
    pub(crate) fn audit(&self, liar: &Liar, more: &[&str]) -> Outcome {
        self.verify(&[&["audit", liar.server.url()], more].concat())
    }

    /// Where an audit of random entries writes its files.
    pub(crate) fn faults(&self) -> String {
        let directory = self.home.path().join("faults");
        std::fs::create_dir(&directory).unwrap();
        directory.to_string_lossy().into_owned()
    }

    /// What an honest server says of a pack that somebody brings.
    pub(crate) fn brought(&self, pack: &[u8]) -> Outcome {
        self.sent(PACK_MEDIA_TYPE, pack)
    }

    /// What it says of any file, with the exit status of a command that gives the same answers.
    pub(crate) fn sent(&self, media_type: &str, file: &[u8]) -> Outcome {
        let answer = self.client.post("/v1/verify", media_type, file).unwrap();
        let report = answer.json().unwrap();
        let item = |name: &str| report["items"][0][name].as_str();
        let exit = match (item("authenticity"), item("verdict")) {
            (Some("genuine"), Some("PASS")) => 0,
            (Some("genuine"), Some("FAIL")) => 1,
            (Some("genuine"), Some("INCOMPLETE")) | (Some("unknown"), None) => 2,
            (Some("not_genuine"), None) => 3,
            _ => panic!("{report}"),
        };
        Outcome {
            code: item("reason_code")
                .unwrap_or_else(|| panic!("{report}"))
                .to_owned(),
            exit: Some(exit),
        }
    }

    fn genesis_file(&self) -> String {
        self.file("genesis.json", &self.genesis)
    }
}

/// The log in the hands of a liar.
pub(crate) struct StolenLog {
    pub(crate) log: JobLog,
    /// The last honest index.root, which is the last honest entry.
    pub(crate) root: u64,
}

impl StolenLog {
    /// What the index at a root answers about the job.
    pub(crate) fn answer(&self, root: u64) -> AnswerParts {
        let index = self.log.signed_index(root);
        index.answer(&self.log.log, &of_job(JOB), index.list.covered().value())
    }

    /// The entries of the job.
    pub(crate) fn entries_of_job(&self) -> Vec<u64> {
        let lookup = of_job(JOB).lookup(&self.log.log.identity.salt).unwrap();
        let index = self.log.signed_index(self.root);
        let rows = index.rows.iter().filter(|row| row.key() == lookup.key());
        rows.map(|row| row.index().value()).collect()
    }

    /// Signs an index.root over all entries, without the rows of one of them; where it is.
    pub(crate) fn hide(&mut self, entry: u64) -> u64 {
        let covered = self.log.log.size();
        self.log.index_in(&[covered], |rows| {
            rows.retain(|row| row.index() != LeafIndex::new(entry));
        })
    }
}

/// A server that lies.
pub(crate) struct Liar {
    pub(crate) client: Client,
    pub(crate) server: Server,
    _answers: TempDir,
}

pub(crate) fn of_job(job: &str) -> IndexQuestion {
    IndexQuestion::Subject {
        field: Field::Job.into(),
        value: job.to_owned(),
        kinds: Vec::new(),
    }
}

/// All entries, once an index.root covers those in front of it.
fn covered_entries(client: &Client) -> Vec<Value> {
    for _ in 0..ASKED_MAX {
        let page = client.get("/v1/entries?limit=200&include=evidence").unwrap();
        let entries = page.json().unwrap()["entries"].as_array().unwrap().clone();
        let last = entries.last().unwrap();
        if last["kind"] == Kind::IndexRoot.as_str() && last["covered"] == last["index"] {
            return entries;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the index does not come as far as the log");
}

fn stored(entry: &Value) -> (StoredBytes, Option<Context>) {
    let document = entry["evidence"].as_str();
    let bytes = document.map_or(StoredBytes::Nothing, |text| StoredBytes::Bytes(text.into()));
    let context = entry.get("context").map(|context| {
        let value = verifier::json::parse(context.to_string().as_bytes()).unwrap();
        Context::from_json(&value, "").unwrap()
    });
    (bytes, context)
}

/// Whether a directory has a file whose name ends so.
pub(crate) fn has_file(directory: &str, end: &str) -> Option<String> {
    let mut files = std::fs::read_dir(Path::new(directory)).unwrap();
    files.find_map(|file| {
        let path = file.unwrap().path().to_string_lossy().into_owned();
        path.ends_with(end).then_some(path)
    })
}
