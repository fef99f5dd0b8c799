//! A log that is shown from memory, and a monitor of it.

use std::collections::BTreeMap;
use std::time::Duration;

use kit::log::{TestLog, log_key};
use kit::pack::{JobLog, PackRequest};
use kit::shown::{ShownAnswers, files};
use monitor::alarm::OpenAlarm;
use monitor::config::{FollowedLog, LogConfig};
use monitor::round::{RoundResult, look};
use monitor::server::LogServer;
use monitor::state::{LogState, StateDirectory};
use tempfile::TempDir;
use verifier::check::Finding;
use verifier::index::TimestampMs;
use verifier::tile::TilePath;

/// When the entries of a log that is made by hand are logged, in milliseconds.
pub(crate) const LOGGED_MS: u64 = 1_700_000_000_000;

/// A server: answers by path.
pub(crate) struct Shown(pub(crate) ShownAnswers);

impl LogServer for Shown {
    fn checkpoint(&self) -> Result<Vec<u8>, Finding> {
        let note = self.0.get("/log/checkpoint").cloned();
        note.ok_or_else(|| Finding::incomplete("RESOURCE_UNREADABLE", "no connection"))
    }

    fn resource(&self, path: TilePath) -> Result<Vec<u8>, Finding> {
        let bytes = self.0.get(&format!("/log/{path}")).cloned();
        bytes.ok_or_else(|| Finding::fail("RESOURCE_MISSING", format!("{path} is not there")))
    }

    fn answer(&self, path: &str, bytes_max: usize) -> Result<Option<Vec<u8>>, Finding> {
        let bytes = self.0.get(path);
        Ok(bytes.map(|bytes| bytes.iter().copied().take(bytes_max + 1).collect()))
    }
}

/// What a server shows: files, and the consistency of every earlier size with this one.
pub(crate) fn shown(log: &JobLog) -> Shown {
    let size = log.log.size();
    let mut answers = files(log, size);
    for first in 1..size {
        let path = format!("/v1/proofs/consistency?first={first}&second={size}");
        answers.insert(path, log.log.consistency_answer(first, size));
    }
    Shown(answers)
}

/// The same without the API, as a copy of the log's files is.
pub(crate) fn tiles_alone(log: &JobLog) -> Shown {
    Shown(files(log, log.log.size()))
}

/// The same with the pack of a job as of all but the last entry, which is an index.root.
pub(crate) fn with_pack(log: &JobLog, job: &str) -> Shown {
    let mut server = shown(log);
    let size = log.log.size();
    let pack = log.pack(PackRequest {
        job,
        as_of: size - 1,
        size,
        cosigners: &[],
        kept_back: &[],
    });
    let path = format!("/v1/jobs/{job}/pack?as_of={}", size - 1);
    server.0.insert(path, pack);
    server
}

/// Logs an index.root over all entries, whose one run joins those before; its index.
pub(crate) fn index(log: &mut JobLog) -> u64 {
    let covered = log.log.size();
    log.index_in(&[covered], |_| {})
}

/// The log as it was at a size.
pub(crate) fn at(log: &JobLog, size: u64) -> JobLog {
    let size = usize::try_from(size).unwrap();
    let entries = log.log.entries[..size].to_vec();
    let stored = (0..size).map(|index| {
        let record = log.record(verifier::index::LeafIndex::new(index.try_into().unwrap()));
        (record.evidence, record.context)
    });
    JobLog::of(
        TestLog {
            entries,
            genesis: log.log.genesis.clone(),
            identity: log.log.identity.clone(),
        },
        stored.collect(),
    )
}

/// A monitor with its state.
pub(crate) struct Watching {
    pub(crate) home: TempDir,
    pub(crate) log: FollowedLog,
    pub(crate) now_ms: u64,
}

impl Watching {
    pub(crate) fn new() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            log: FollowedLog {
                config: LogConfig {
                    url: "https://ledger.example.com".to_owned(),
                    log_key: log_key().to_string(),
                    token_file: None,
                    policy_file: None,
                    genesis_file: None,
                    head_age_max_s: None,
                    jobs: Vec::new(),
                    tokens: Vec::new(),
                    agents: Vec::new(),
                },
                key: log_key(),
                policy: None,
                genesis: None,
                round_max: Duration::from_secs(60),
            },
            now_ms: LOGGED_MS + 10_000,
        }
    }

    pub(crate) fn directory(&self) -> StateDirectory {
        StateDirectory::open(self.home.path(), &self.log.key.to_string()).unwrap()
    }

    pub(crate) fn state(&self) -> LogState {
        let key = self.log.key.to_string();
        let state = self.directory().load(&key).unwrap();
        state.unwrap_or_else(|| LogState::begin(key, TimestampMs::new(self.now_ms)))
    }

    /// One round that is not kept.
    pub(crate) fn look(&self, server: &Shown) -> RoundResult {
        let (state, directory) = (self.state(), self.directory());
        look(
            &self.log,
            Ok(server),
            state,
            &directory,
            TimestampMs::new(self.now_ms),
        )
    }

    /// One round.
    pub(crate) fn round(&self, server: &Shown) -> RoundResult {
        let result = self.look(server);
        self.directory().commit(&result.state).unwrap();
        result
    }
}

/// The codes of alarms, sorted.
pub(crate) fn codes(alarms: &[OpenAlarm]) -> Vec<&str> {
    let mut codes: Vec<&str> = alarms.iter().map(|alarm| alarm.code.as_str()).collect();
    codes.sort_unstable();
    codes
}

/// What was not seen.
pub(crate) fn unseen(result: &RoundResult) -> Vec<&str> {
    result.unseen.iter().map(|finding| finding.reason_code).collect()
}

/// The names of the files in a directory, with their bytes.
pub(crate) fn snapshot(directory: &std::path::Path) -> BTreeMap<std::path::PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for file in std::fs::read_dir(directory).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            all.extend(snapshot(&path));
        } else {
            all.insert(path.clone(), std::fs::read(&path).unwrap());
        }
    }
    all
}
