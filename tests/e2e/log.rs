//! A log with a registered gateway, and receipts in any number.

use harness::actors;
use harness::client::Client;
use kit::server::{self, ORIGIN, Server};
use ledger::signer::EvidenceKey;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

pub(crate) const LEDGERD: &str = env!("CARGO_BIN_EXE_ledgerd-under-test");
pub(crate) const LEDGER_VERIFY: &str = env!("CARGO_BIN_EXE_ledger-verify-under-test");

/// How often a log is asked whether its index covers it.
const COVERED_ASKED_MAX: u32 = 600;
/// Documents a request: below the limit of a batch.
const BATCH: u64 = 1_000;

/// A running log with two entries: genesis and the gateway's registration.
pub(crate) struct LogProcess {
    _home: TempDir,
    pub(crate) dir: PathBuf,
    pub(crate) gateway: EvidenceKey,
    pub(crate) server: Server,
    pub(crate) client: Client,
    receipts: u64,
}

impl LogProcess {
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("log");
        let operator = EvidenceKey::read(&server::init(LEDGERD, &dir)).unwrap();
        let gateway = EvidenceKey::from_seed([11; 32]).unwrap();
        let server = Server::start(LEDGERD, &dir);
        let client = Client::new(server.url());
        let registration =
            actors::registration(&operator, ORIGIN, &gateway, "clawproxy", &["gateway"]).unwrap();
        let answer = client.submit(&registration).unwrap();
        assert_eq!(answer.status, 201, "{}", answer.text());
        Self {
            _home: home,
            dir,
            gateway,
            server,
            client,
            receipts: 0,
        }
    }

    /// The same log behind a server that carries on its index, which covers it.
    pub(crate) fn indexed(self) -> Self {
        self.server.stop();
        let server = Server::start_indexing(LEDGERD, &self.dir);
        let client = Client::new(server.url());
        let is_covered = || {
            let log = client.get("/v1/log").unwrap().json().unwrap();
            log["index_covered"].as_u64().unwrap() + 1 == log["tree_size"].as_u64().unwrap()
        };
        let covered = (0..COVERED_ASKED_MAX).any(|_| {
            std::thread::sleep(Duration::from_millis(50));
            is_covered()
        });
        assert!(covered, "the index does not come as far as the log");
        Self {
            server,
            client,
            ..self
        }
    }

    /// Appends receipts until the published tree has this size.
    pub(crate) fn grow_to(&mut self, size: u64) {
        let mut have = self.size();
        while have < size {
            let count = (size - have).min(BATCH);
            let documents: Vec<String> = (self.receipts..self.receipts + count)
                .map(|n| actors::receipt(&self.gateway, "grow", n).unwrap())
                .collect();
            for answer in self.client.submit_batch(&documents).unwrap() {
                assert_eq!(answer["status"], 201, "{answer}");
            }
            self.receipts += count;
            have += count;
        }
        assert_eq!(self.size(), size);
    }

    /// Appends receipts, each with a context that names a job.
    pub(crate) fn add_to_job(&self, job: &str, count: u64) {
        let context = serde_json::json!({ "job_id": job });
        let receipt = |n| actors::receipt(&self.gateway, job, n).unwrap();
        let wrapped = |n| format!(r#"{{"evidence":{},"context":{context}}}"#, receipt(n));
        let documents: Vec<String> = (0..count).map(wrapped).collect();
        for answer in self.client.submit_batch(&documents).unwrap() {
            assert_eq!(answer["status"], 201, "{answer}");
        }
    }

    /// The high-water mark next to the directory.
    pub(crate) fn high_water(&self) -> PathBuf {
        self.dir.with_file_name("log.high-water")
    }

    pub(crate) fn size(&self) -> u64 {
        self.client.get("/v1/log").unwrap().json().unwrap()["tree_size"]
            .as_u64()
            .unwrap()
    }

    pub(crate) fn vkey(&self) -> String {
        self.client.get("/v1/log").unwrap().json().unwrap()["vkey"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}
