//! From the one key that a reader pinned to all keys of the log, by the log.key entries that changed them.
//!
//! A change counts where its entry is in a tree that a key which is trusted already signed, and its document holds. From a key
//! forward, that makes the keys that follow as good as the pinned one: the log said so under a signature that the reader
//! trusts. Backward it does not: a thief of a former key could sign a head of the time when it was in force, so that a head by a
//! former key alone is believed only where it is shown to be the beginning of a tree that a key in force signed. So it is with the pinned
//! key itself, once it is known to be retired.

mod change;
mod file;

use change::{AuthenticChange, authentic};
use file::{ChangeFile, LogKeysFile, NewerHead};

use super::{Authenticity, FilePurpose, Finding, Report};
use crate::checkpoint::{Checkpoint, CheckpointLines};
use crate::index::LeafIndex;
use crate::key_history::{KeyAction, LogVerifierKey};
use crate::merkle::consistency::verify_consistency;
use crate::note::{UnverifiedNote, VerifierKey};
use crate::pack::Pack;
use crate::proof::TlogProof;
use crate::subject_index::SubjectProof;

/// The code of a checkpoint without a line by the key.
const NOT_SIGNED: &str = "CHECKPOINT_NOT_SIGNED_BY_KEY";

/// Why a file of key changes is not used: the one who made it is at fault, or the key that is pinned is of another log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the file of the log's keys is refused: {0}")]
pub struct LogKeysFault(String);

impl LogKeysFault {
    fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

/// A key of the log, as far as the reader can know it.
#[derive(Clone, PartialEq, Eq, Debug)]
struct KnownKey {
    key: VerifierKey,
    /// The entry that added it, where that is known.
    added: Option<LeafIndex>,
    /// The entry that retired it.
    retired: Option<LeafIndex>,
    /// Known from a key that came later, and by nothing else.
    is_former: bool,
}

impl KnownKey {
    /// Whether its signature alone is believed: somebody else may have a key that was retired, or that the log had before.
    fn is_believed(&self) -> bool {
        !self.is_former && self.retired.is_none()
    }

    fn signs(&self, size: u64) -> bool {
        self.added.is_none_or(|added| added.value() < size)
            && self.retired.is_none_or(|retired| retired.value() >= size)
    }
}

/// The keys of a log that somebody with one of them can know.
#[derive(Debug)]
pub struct LogKeyring {
    pinned: VerifierKey,
    keys: Vec<KnownKey>,
    newer: Option<NewerHead>,
}

/// The key that a checkpoint is to be opened with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChosenKey {
    /// The key.
    pub key: VerifierKey,
    doubt: Option<KeyDoubt>,
}

/// What keeps a checkpoint from being believed under the key that was chosen for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum KeyDoubt {
    /// Only a former key signed it, and it is not shown to be of the log's tree. Its size.
    Former(u64),
    /// The pinned key signed it, which had been retired by this entry before.
    Retired(LeafIndex),
    /// It has lines in the name of the log, and none by a key that the pinned one leads to.
    OtherKeys,
}

impl LogKeyring {
    /// The pinned key alone.
    pub fn of(pinned: VerifierKey) -> Self {
        let known = KnownKey {
            key: pinned.clone(),
            added: None,
            retired: None,
            is_former: false,
        };
        Self {
            pinned,
            keys: vec![known],
            newer: None,
        }
    }

    /// Follows the changes in a file from the pinned key on.
    ///
    /// # Errors
    /// [`LogKeysFault`] where the file is malformed, or a change in it is not in a tree that one of the keys signed which the other
    /// changes lead to.
    pub fn open(file: &[u8], pinned: VerifierKey) -> Result<Self, LogKeysFault> {
        let LogKeysFile { changes, newer } = LogKeysFile::parse(file)?;
        let found = Self::of(pinned.clone()).all_authentic(changes)?;
        let mut ring = Self {
            newer,
            ..Self::of(pinned)
        };
        for change in &found {
            ring.take(change);
        }
        Ok(ring)
    }

    /// The changes in the order of the log, each of which is in a tree that the pinned key signed, or a key to which others lead.
    fn all_authentic(mut self, changes: Vec<ChangeFile>) -> Result<Vec<AuthenticChange>, LogKeysFault> {
        let mut found = Vec::new();
        let mut left = changes;
        while !left.is_empty() {
            let before = left.len();
            let mut refused = None;
            let mut kept = Vec::new();
            for change in left {
                match authentic(&change, &self) {
                    Ok(authentic) => {
                        self.take(&authentic);
                        found.push(authentic);
                    }
                    Err(fault) => {
                        refused.get_or_insert(fault);
                        kept.push(change);
                    }
                }
            }
            match refused {
                Some(fault) if kept.len() == before => return Err(fault),
                _ => left = kept,
            }
        }
        found.sort_by_key(|change| change.index);
        Ok(found)
    }

    /// The pinned key.
    pub fn pinned(&self) -> &VerifierKey {
        &self.pinned
    }

    /// The newest key that the pinned one leads to: the one to pin from now on.
    pub fn newest(&self) -> &VerifierKey {
        let newest = self
            .keys
            .iter()
            .filter(|known| known.is_believed())
            .max_by_key(|known| known.added);
        newest.map_or(&self.pinned, |known| &known.key)
    }

    /// The key that a checkpoint is to be opened with: one that signs heads of its size and has a line under it. Where there is none
    /// it is the pinned key, under which the checkpoint will be refused.
    pub fn choose(&self, checkpoint: &[u8]) -> ChosenKey {
        let note = UnverifiedNote::parse(checkpoint).ok();
        let Some((known, size)) = note.as_ref().and_then(|note| self.signer(note)) else {
            return ChosenKey {
                key: self.pinned.clone(),
                doubt: note.and_then(|note| self.doubt_of_unknown(&note)),
            };
        };
        let is_doubtful = !known.is_believed() && !self.is_shown(checkpoint, &known.key);
        ChosenKey {
            key: known.key.clone(),
            doubt: is_doubtful.then_some(KeyDoubt::Former(size)),
        }
    }

    /// What is wrong with a note that no known key signed which signs heads of its size.
    fn doubt_of_unknown(&self, note: &UnverifiedNote) -> Option<KeyDoubt> {
        let pinned = self.keys.iter().find(|known| known.key == self.pinned)?;
        let label = self.pinned.label();
        if note.lines().iter().any(|line| line.label() == label) {
            return pinned.retired.map(KeyDoubt::Retired);
        }
        let of_log = note.lines().iter().any(|line| line.name == self.pinned.name());
        of_log.then_some(KeyDoubt::OtherKeys)
    }

    /// The same for the checkpoint in a file of a purpose; the pinned key for a file that has none.
    pub fn choose_for(&self, purpose: FilePurpose, file: &[u8]) -> ChosenKey {
        let checkpoint = match purpose {
            FilePurpose::Proof => TlogProof::parse(file).map(|proof| proof.checkpoint).ok(),
            FilePurpose::Pack => Pack::open(file).map(|pack| pack.checkpoint().to_owned()).ok(),
            FilePurpose::SubjectProof => SubjectProof::decode(file)
                .map(|file| file.checkpoint.to_owned())
                .ok(),
            FilePurpose::Evidence | FilePurpose::Fork => None,
        };
        self.choose(checkpoint.unwrap_or_default().as_bytes())
    }

    /// Of the keys whose lines a note has and that sign heads of its size, one that is trusted, if there is such a one; and the size.
    fn signer(&self, note: &UnverifiedNote) -> Option<(&KnownKey, u64)> {
        let size = CheckpointLines::parse(note.danger_text()).ok()?.head.size.value();
        let has_line = |known: &&KnownKey| note.lines().iter().any(|line| line.label() == known.key.label());
        let signing = self
            .keys
            .iter()
            .filter(|known| known.signs(size))
            .filter(has_line);
        let best = signing.max_by_key(|known| (known.is_believed(), !known.is_former, known.added))?;
        Some((best, size))
    }

    /// Whether a checkpoint by a former key is the beginning of a newer tree that a trusted key signed.
    fn is_shown(&self, checkpoint: &[u8], key: &VerifierKey) -> bool {
        let opened = |note: &[u8], key: &VerifierKey| Checkpoint::open(note, key).ok();
        let Some((newer, old)) = self.newer.as_ref().zip(opened(checkpoint, key)) else {
            return false;
        };
        let note = newer.checkpoint.as_bytes();
        let signer = UnverifiedNote::parse(note)
            .ok()
            .and_then(|note| self.signer(&note));
        let trusted = signer.filter(|(known, _)| known.is_believed());
        let Some(new) = trusted.and_then(|(known, _)| opened(note, &known.key)) else {
            return false;
        };
        let (old, new) = (old.head(), new.head());
        verify_consistency(old.size, &old.root, new.size, &new.root, &newer.hashes).is_ok()
    }

    /// Goes on with a change. It makes a key as good as the one that counter-signed it, and no better: a key that came before a trusted
    /// one is not trusted for its sake, since nothing would show that it was retired. A holder of a former key ends or moves no key that
    /// is trusted.
    fn take(&mut self, authentic: &AuthenticChange) {
        let AuthenticChange {
            index,
            change,
            signer,
        } = authentic;
        let is_trusted = self.is_trusted(signer) && self.is_trusted(&change.by);
        self.learn(&change.by, true);
        let LogVerifierKey::Ed25519(key) = &change.key else {
            return;
        };
        self.learn(key, !is_trusted);
        let may_change = |known: &&mut KnownKey| known.key == *key && (known.is_former || is_trusted);
        if let Some(known) = self.keys.iter_mut().find(may_change) {
            match change.action {
                KeyAction::Add => known.added = Some(*index),
                KeyAction::Retire => known.retired = Some(*index),
            }
        }
    }

    fn is_trusted(&self, key: &VerifierKey) -> bool {
        self.keys
            .iter()
            .any(|known| known.key == *key && !known.is_former)
    }

    /// Knows a key from now on, if it did not already.
    fn learn(&mut self, key: &VerifierKey, is_former: bool) {
        if self.keys.iter().all(|known| known.key != *key) {
            self.keys.push(KnownKey {
                key: key.clone(),
                added: None,
                retired: None,
                is_former,
            });
        }
    }
}

impl ChosenKey {
    /// The report on what the checkpoint says, which was opened with this key. Where only a former key signed it, and it is not shown to
    /// be of the log's tree, what would otherwise be genuine is INCOMPLETE, `FORMER_KEY`. Where no key signed it that is known, the report
    /// says how others may become known.
    #[must_use]
    pub fn hold(&self, report: Report) -> Report {
        match self.doubt {
            Some(KeyDoubt::Former(size)) if report.answers.authenticity != Authenticity::NotGenuine => {
                let message = format!(
                    "it is signed by {} alone, a former key of the log, with which somebody else may have signed it since. Fetch \
                     /v1/log/keys?size={size}, which shows whether it is of the log's tree, and give that file as --keys",
                    self.key.label()
                );
                Finding::incomplete("FORMER_KEY", message).into_report(report.details)
            }
            Some(KeyDoubt::Retired(entry)) if report.answers.authenticity != Authenticity::NotGenuine => {
                let message = format!(
                    "it is signed by {} alone, which the log retired with entry {entry}: no head that holds that entry is signed by it, so \
                     that somebody else has that key, or the log goes on from before its retirement",
                    self.key.label()
                );
                Finding::fail("KEY_RETIRED", message).into_report(report.details)
            }
            Some(KeyDoubt::OtherKeys) if report.reason_code == NOT_SIGNED => Report {
                message: format!(
                    "{}; it has a line by another key in the name of the log. If the log changed its key, the answer of /v1/log/keys, \
                     given as --keys, proves it",
                    report.message
                ),
                ..report
            },
            Some(_) | None => report,
        }
    }
}
