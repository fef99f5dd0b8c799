//! What is kept of one log between rounds.

mod files;

pub use files::{StateDirectory, StateError};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use verifier::check::audit::KeptAudit;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};

use crate::alarm::OpenAlarm;
use crate::config::LogConfig;

/// The state of a log. It is the monitor's own memory: nothing in it was signed, and an older copy of it cannot be told from the newest.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogState {
    /// The log's verifier key.
    pub log: String,
    /// When the monitor began with the log.
    pub began_ms: TimestampMs,
    /// The newest signed head that continues all those before it. No head with fewer entries is taken.
    pub head: Option<String>,
    /// The changes of the log's keys that led to the key of the head (`schemas/log-keys.md`); `None` while the configured key signs.
    pub key_changes: Option<String>,
    /// What was watched when the entries were read.
    pub watched: Watched,
    /// The salt of the log's subjects, 64 hex digits, once log.genesis was read.
    pub salt: Option<String>,
    /// The audit as far as it came; `None` where the next round begins with entry 0.
    pub audit: Option<KeptAudit>,
    /// Whether the index was followed up to the audit's end.
    pub index_followed: bool,
    /// The newest time, in seconds since 1970, at which witnesses had signed a head with a quorum.
    pub quorum_s: Option<u64>,
    /// By token hash.
    pub tokens: BTreeMap<String, TokenState>,
    /// By agent.
    pub agents: BTreeMap<String, AgentState>,
    /// By job id.
    pub jobs: BTreeMap<String, JobState>,
    /// Alarms that are open.
    pub alarms: Vec<OpenAlarm>,
    /// Messages that the webhook has not taken yet, oldest first.
    pub pending: Vec<PendingMessage>,
    /// The number of the next message.
    pub next_message: u64,
}

/// What of a log is watched.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watched {
    /// Job ids.
    pub jobs: Vec<String>,
    /// Token hashes.
    pub tokens: Vec<String>,
    /// Agents.
    pub agents: Vec<String>,
}

impl Watched {
    /// As a configuration says.
    pub fn of(config: &LogConfig) -> Self {
        Self {
            jobs: config.jobs.clone(),
            tokens: config.tokens.clone(),
            agents: config.agents.clone(),
        }
    }

    /// Whether all that another list has was watched here.
    pub fn has_all_of(&self, other: &Self) -> bool {
        let has = |ours: &[String], theirs: &[String]| theirs.iter().all(|it| ours.contains(it));
        has(&self.jobs, &other.jobs) && has(&self.tokens, &other.tokens) && has(&self.agents, &other.agents)
    }
}

/// What the entries say about a token.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenState {
    /// Its first revocation.
    pub revoked: Option<SeenEntry>,
    /// How many entries behind that use it.
    pub uses: u64,
    /// The first of them.
    pub first_uses: Vec<SeenEntry>,
}

/// An entry, as far as an alarm tells of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeenEntry {
    /// Where it is.
    pub index: LeafIndex,
    /// When it was logged.
    pub logged_at_ms: TimestampMs,
    /// Its kind.
    pub kind: String,
    /// The DID of its signer.
    pub signer: String,
}

/// What the entries say about an agent.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentState {
    /// How many entries name it.
    pub entries: u64,
    /// The first document under each id: the id as kind, signer and subject hash, then its entry and evidence digest.
    pub ids: BTreeMap<String, (LeafIndex, String)>,
    /// How often two documents of one signer had one id and differed.
    pub conflicts: u64,
    /// The first of these, by entry.
    pub first_conflicts: Vec<(LeafIndex, LeafIndex)>,
    /// Whether there are more ids than are kept.
    pub more_ids: bool,
}

/// What the newest pack of a job said.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobState {
    /// Entries that name it.
    pub entries: u64,
    /// The size as of which it was judged.
    pub as_of: TreeSize,
    /// PASS, FAIL or INCOMPLETE; `None` before the first pack.
    pub verdict: Option<String>,
    /// The code that decided it.
    pub code: String,
}

/// A message for the webhook.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PendingMessage {
    /// The same in each attempt.
    pub id: String,
    /// JSON.
    pub body: String,
}

impl LogState {
    /// The state of a log that nobody looked at yet.
    pub fn begin(log: String, now: TimestampMs) -> Self {
        Self {
            log,
            began_ms: now,
            head: None,
            key_changes: None,
            watched: Watched::default(),
            salt: None,
            audit: None,
            index_followed: true,
            quorum_s: None,
            tokens: BTreeMap::new(),
            agents: BTreeMap::new(),
            jobs: BTreeMap::new(),
            alarms: Vec::new(),
            pending: Vec::new(),
            next_message: 0,
        }
    }

    /// When the newest entry was logged that was read.
    pub fn newest_entry(&self) -> Option<TimestampMs> {
        self.audit.as_ref().map(KeptAudit::last_logged_at)
    }

    /// Has the next round read the log from entry 0. The head stays, and so do verdicts and alarms.
    pub fn read_again(&mut self, watched: Watched) {
        self.audit = None;
        self.index_followed = true;
        self.tokens.clear();
        self.agents.clear();
        self.jobs.retain(|job, _| watched.jobs.contains(job));
        for job in self.jobs.values_mut() {
            job.entries = 0;
        }
        self.watched = watched;
    }
}
