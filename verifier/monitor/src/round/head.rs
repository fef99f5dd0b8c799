//! The newest head: does it continue the one in the state?

use serde::Deserialize;
use verifier::check::{Details, Finding, LogKeyring, Report, SignedFile, Status, check_consistency_of};
use verifier::checkpoint::{Checkpoint, TreeHead};
use verifier::fork::ForkFile;

use super::{HASHES_BYTES_MAX, Round};
use crate::alarm::{Alarm, AlarmLife, code};

/// What alarms about heads are about.
const HEAD: &str = "head";
/// Largest answer about the changes of the log's keys.
const KEYS_BYTES_MAX: usize = 4 << 20;
/// Digits of a root in the name of a file.
const ROOT_DIGITS: usize = 16;

/// A head that the log has signed, and that does not contradict the state.
pub(super) struct TakenHead {
    pub(super) note: String,
    pub(super) tree: TreeHead,
    /// The head before, if it is still to be shown that this one continues it: by the entries.
    pub(super) continues: Option<TreeHead>,
}

/// The part of an answer that is needed.
#[derive(Deserialize)]
struct CheckpointAnswer {
    checkpoint: String,
}

impl Round<'_> {
    /// Fetches the newest head, and compares it with the one in the state.
    pub(super) fn take_head(&mut self) -> Option<TakenHead> {
        let note = match self.server.checkpoint() {
            Ok(note) => note,
            Err(finding) => {
                self.found(HEAD, finding);
                return None;
            }
        };
        self.looks_at(HEAD);
        let tree = match self.opened(&note) {
            Ok(tree) => tree,
            Err(finding) => {
                self.found(HEAD, finding);
                return None;
            }
        };
        // An opened note is UTF-8.
        let note = String::from_utf8_lossy(&note).into_owned();
        let Some(before) = self.state.head.clone() else {
            return Some(TakenHead {
                note,
                tree,
                continues: None,
            });
        };
        let known = match Checkpoint::open(before.as_bytes(), &self.key_of(&before)) {
            Ok(checkpoint) => checkpoint.head().clone(),
            Err(error) => {
                let message = format!("the head in the state does not open: {error}");
                self.unseen.push(Finding::incomplete("STATE_DAMAGED", message));
                return None;
            }
        };
        self.compare(TakenHead {
            note,
            tree,
            continues: Some(known),
        })
    }

    /// The tree of the newest note. A log that has changed its key says so itself, under a key that is known.
    fn opened(&mut self, note: &[u8]) -> Result<TreeHead, Finding> {
        if Checkpoint::open(note, &self.keys.choose(note).key).is_err()
            && let Some(file) = self.server.answer("/v1/log/keys", KEYS_BYTES_MAX)?
        {
            // A file that leads nowhere leaves the note without a signature by a known key.
            if let Ok(keys) = LogKeyring::open(&file, self.log.key.clone()) {
                self.keys = keys;
                self.state.key_changes = String::from_utf8(file).ok();
            }
        }
        let chosen = self.keys.choose(note);
        let tree = Checkpoint::open(note, &chosen.key)?.head().clone();
        let report = chosen.hold(Report::pass("", Details::default()));
        // What only a former key signed is compared with the head in the state, which is larger: it may be that head, taken back.
        let is_comparable = report.status == Status::Incomplete && self.state.head.is_some();
        if report.status == Status::Pass || is_comparable {
            return Ok(tree);
        }
        Err(Finding {
            status: report.status,
            reason_code: report.reason_code,
            message: report.message,
        })
    }

    fn compare(&mut self, taken: TakenHead) -> Option<TakenHead> {
        let known = taken.continues.clone()?;
        let tree = &taken.tree;
        if tree.size < known.size {
            let sentence = format!(
                "{} shows a head of {} entries, and the log ({}) had signed one of {} entries before: the log's operator, or a server with an \
                 older copy, takes entries back",
                self.log.config.url,
                tree.size,
                self.log.key.name(),
                known.size
            );
            let alarm = Alarm::new(code::ROLLBACK, HEAD, AlarmLife::WhileFound, sentence);
            self.alarms.push(alarm);
            return None;
        }
        if tree.size == known.size {
            if tree.root == known.root {
                return Some(TakenHead {
                    continues: None,
                    ..taken
                });
            }
            self.fork(&known, &taken.note, tree);
            return None;
        }
        self.ask_consistency(taken, &known)
    }

    /// Asks for the proof that the newer head continues the older one. A server that has none, such as a copy of the log's files, is
    /// not at fault: the entries show it.
    fn ask_consistency(&mut self, taken: TakenHead, known: &TreeHead) -> Option<TakenHead> {
        let path = format!(
            "/v1/proofs/consistency?first={}&second={}",
            known.size, taken.tree.size
        );
        let Ok(Some(proof)) = self.server.answer(&path, HASHES_BYTES_MAX) else {
            return Some(taken);
        };
        let before = self.state.head.clone().unwrap_or_default();
        let report = self.grown(&before, &taken.note, &proof);
        if report.status == Status::Pass {
            self.state.head = Some(taken.note.clone());
            return Some(TakenHead {
                continues: None,
                ..taken
            });
        }
        // The log may have signed, and show, another tree of the size that is known: that proves it to everybody.
        if let Some((note, tree)) = self.head_of(known)
            && tree.root != known.root
        {
            self.fork(known, &note, &tree);
            return None;
        }
        self.not_shown(report.reason_code, &report.message, &taken.note, &taken.tree);
        None
    }

    /// Whether the tree of one note is the beginning of that of another.
    pub(super) fn grown(&self, older: &str, newer: &str, proof: &[u8]) -> Report {
        let (old_key, new_key) = (self.key_of(older), self.key_of(newer));
        let older = SignedFile {
            file: older.as_bytes(),
            key: &old_key,
        };
        let newer = SignedFile {
            file: newer.as_bytes(),
            key: &new_key,
        };
        check_consistency_of(&older, &newer, proof)
    }

    /// What the log shows as its head of a size.
    fn head_of(&self, known: &TreeHead) -> Option<(String, TreeHead)> {
        let path = format!("/v1/checkpoints?size={}", known.size);
        let answer = self.server.answer(&path, HASHES_BYTES_MAX).ok()??;
        let CheckpointAnswer { checkpoint } = serde_json::from_slice(&answer).ok()?;
        let head = Checkpoint::open(checkpoint.as_bytes(), &self.key_of(&checkpoint)).ok()?;
        let tree = head.head().clone();
        (tree.size == known.size).then_some((checkpoint, tree))
    }

    /// Two heads of one size: proved to everybody who has the log's key.
    pub(super) fn fork(&mut self, known: &TreeHead, note: &str, tree: &TreeHead) {
        let (file, words) = self.write_fork(note, tree);
        let sentence = format!(
            "the log ({}) signed two trees of size {}, with the roots {} and {}: its operator shows two histories. {words}",
            self.log.key.name(),
            known.size,
            known.root,
            tree.root
        );
        let alarm = Alarm::new(code::FORK, HEAD, AlarmLife::Forever, sentence);
        self.alarms.push(Alarm { file, ..alarm });
    }

    /// A head that is not shown to continue the one in the state.
    pub(super) fn not_shown(&mut self, code: &str, why: &str, note: &str, tree: &TreeHead) {
        let (file, words) = self.write_fork(note, tree);
        let sentence = format!(
            "{} does not show that the log's head of {} entries continues the one that it had signed before: {why}. {words}",
            self.log.config.url, tree.size
        );
        let alarm = Alarm::new(code, HEAD, AlarmLife::WhileFound, sentence);
        self.alarms.push(Alarm { file, ..alarm });
    }

    /// Writes the head in the state and another one; the file, and words about it.
    fn write_fork(&self, note: &str, tree: &TreeHead) -> (Option<String>, String) {
        let root: String = tree.root.to_string().chars().take(ROOT_DIGITS).collect();
        let name = format!("size-{}-{root}.fork", tree.size);
        let before = self.state.head.clone().unwrap_or_default();
        match self
            .directory
            .prove(&name, ForkFile::new(before, note).encode().as_bytes())
        {
            Ok(path) => {
                let path = path.display().to_string();
                let words = format!("Both heads are in {path}, for \"ledger-verify fork\"");
                (Some(path), words)
            }
            Err(error) => (None, format!("The file with both heads was not written: {error}")),
        }
    }
}
