//! One look at one log.
//!
//! Order: the head, and whether it continues the one in the state; the entries since then, with the index and what is watched; the time;
//! the verdicts of watched jobs. What a step finds does not keep later steps from looking, except that nothing is read under a head that
//! contradicts an earlier one.

mod entries;
mod freshness;
mod head;
mod jobs;

use serde_json::Value;
use verifier::check::audit::AuditRound;
use verifier::check::{Finding, LogKeyring, Status};
use verifier::index::{TimestampMs, TreeSize};
use verifier::note::VerifierKey;

use crate::alarm::{self, Alarm, AlarmChanges, AlarmLife, code};
use crate::config::FollowedLog;
use crate::server::LogServer;
use crate::state::{LogState, StateDirectory, Watched};

/// An audit path or a consistency proof: at most 128 hashes in JSON, and a checkpoint.
const HASHES_BYTES_MAX: usize = 256 * 1024;
/// An entry with its document and proof, as a server answers.
const ENTRY_ANSWER_BYTES_MAX: usize = 4 << 20;

/// What a round ended with.
#[derive(Debug)]
pub struct RoundResult {
    /// What the next round begins with.
    pub state: LogState,
    /// What became of the alarms.
    pub changes: AlarmChanges,
    /// What could not be seen, with the reason.
    pub unseen: Vec<Finding>,
    /// Objects about new entries of watched agents.
    pub lines: Vec<Value>,
    /// Entries that were read.
    pub read: u64,
    /// Entries under the head that was taken; 0 where none was.
    pub size: TreeSize,
}

impl RoundResult {
    /// The exit status that says the same: 1 where an alarm is open, 2 where something was not seen, 0 otherwise.
    pub fn exit_status(&self) -> u8 {
        match (self.state.alarms.is_empty(), self.unseen.is_empty()) {
            (false, _) => 1,
            (true, false) => 2,
            (true, true) => 0,
        }
    }
}

/// A round that goes on.
struct Round<'a> {
    log: &'a FollowedLog,
    /// The configured key, and those to which the log's changes lead from it.
    keys: LogKeyring,
    server: &'a dyn LogServer,
    directory: &'a StateDirectory,
    now: TimestampMs,
    state: LogState,
    alarms: Vec<Alarm>,
    unseen: Vec<Finding>,
    lines: Vec<Value>,
    /// What alarms are about that this round looked at.
    looked_at: Vec<String>,
    read: u64,
    size: TreeSize,
}

/// Looks at a log at a time. The state that follows is not durable yet.
pub fn look(
    log: &FollowedLog,
    server: Result<&dyn LogServer, Finding>,
    state: LogState,
    directory: &StateDirectory,
    now: TimestampMs,
) -> RoundResult {
    let server = match server {
        Ok(server) => server,
        Err(finding) => return without_server(state, finding, now),
    };
    let mut round = Round {
        log,
        keys: known_keys(log, &state),
        server,
        directory,
        now,
        state,
        alarms: Vec::new(),
        unseen: Vec::new(),
        lines: Vec::new(),
        looked_at: Vec::new(),
        read: 0,
        size: TreeSize::default(),
    };
    let audited = round.follow();
    round.freshness(audited.as_ref());
    if let Some(audited) = &audited {
        round.jobs(audited);
    }
    let Round {
        mut state,
        alarms,
        unseen,
        lines,
        looked_at,
        read,
        size,
        ..
    } = round;
    let looked = |about: &str| looked_at.iter().any(|looked| looked == about);
    let changes = alarm::take(&mut state.alarms, alarms, looked, now);
    RoundResult {
        state,
        changes,
        unseen,
        lines,
        read,
        size,
    }
}

/// The keys to which the changes lead that an earlier round took.
fn known_keys(log: &FollowedLog, state: &LogState) -> LogKeyring {
    let kept = state.key_changes.as_deref();
    let followed = kept.and_then(|file| LogKeyring::open(file.as_bytes(), log.key.clone()).ok());
    followed.unwrap_or_else(|| LogKeyring::of(log.key.clone()))
}

fn without_server(state: LogState, finding: Finding, now: TimestampMs) -> RoundResult {
    let mut state = state;
    let changes = alarm::take(&mut state.alarms, Vec::new(), |_| false, now);
    RoundResult {
        state,
        changes,
        unseen: vec![finding],
        lines: Vec::new(),
        read: 0,
        size: TreeSize::default(),
    }
}

/// A round of a log whose state is not there, or cannot be believed: nothing is taken from the log, since nobody knows what it had
/// shown before.
pub fn without_state(state: LogState, is_damaged: bool, why: &str, now: TimestampMs) -> RoundResult {
    let mut state = state;
    let code = if is_damaged {
        code::STATE_DAMAGED
    } else {
        code::STATE_LOST
    };
    let sentence = format!(
        "{why}. Without its state the monitor cannot tell whether the log took something back. If you know that this log is new here, or \
         accept that, begin with it again: ledger-verify monitor --begin"
    );
    let alarm = Alarm::new(code, "state", AlarmLife::WhileFound, sentence);
    let changes = alarm::take(&mut state.alarms, vec![alarm], |_| false, now);
    RoundResult {
        state,
        changes,
        unseen: Vec::new(),
        lines: Vec::new(),
        read: 0,
        size: TreeSize::default(),
    }
}

impl Round<'_> {
    /// Takes the newest head, and reads up to it. `None` where the entries did not lead to it.
    fn follow(&mut self) -> Option<AuditRound> {
        let watched = Watched::of(&self.log.config);
        if self.state.watched.has_all_of(&watched) {
            self.state.watched = watched;
        } else {
            // What was read before was not looked at for the new ones.
            self.state.read_again(watched);
        }
        let head = self.take_head()?;
        self.quorum(&head);
        let audited = self.entries(&head)?;
        self.size = head.tree.size;
        Some(audited)
    }

    /// FAIL is an alarm for as long as it is found; anything else was not seen.
    fn found(&mut self, about: &str, finding: Finding) {
        if finding.status == Status::Fail {
            let sentence = format!("{}: {}", self.log.config.url, finding.message);
            let alarm = Alarm::new(finding.reason_code, about, AlarmLife::WhileFound, sentence);
            self.alarms.push(alarm);
        } else {
            self.unseen.push(finding);
        }
    }

    /// The key that a note is to be opened with.
    fn key_of(&self, note: &str) -> VerifierKey {
        self.keys.choose(note.as_bytes()).key
    }

    fn looks_at(&mut self, about: impl Into<String>) {
        self.looked_at.push(about.into());
    }
}
