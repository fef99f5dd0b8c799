//! Which keys sign the heads of a log, and since when: those of log.genesis, and what `log.key` entries add and retire.
//!
//! A key signs every head whose tree holds the entry that added it, and none whose tree holds the entry that retired it.
//! Between the two changes of a rotation both keys sign each head, so that somebody who trusts either can learn of the
//! other. A head of `n` entries holds the entries 0 to `n - 1`; everything here follows from these entries alone.

use std::fmt;

use crate::checkpoint::parse_checkpoint_text;
use crate::cosignature::{CosignatureForm, CosignerKey};
use crate::index::{LeafIndex, TreeSize};
use crate::note::{NoteError, UnverifiedNote, VerifierKey};

/// Most keys that sign the heads of one log at a time.
pub const KEYS_MAX: usize = 8;

/// A key with which a log signs its heads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LogVerifierKey {
    /// Of the first line, type 0x01.
    Ed25519(VerifierKey),
    /// Of the second line: a cosigner of the form ML-DSA-44, type 0x06.
    MlDsa44(CosignerKey),
}

impl LogVerifierKey {
    /// Parses a vkey of type 0x01 or 0x06.
    ///
    /// # Errors
    /// [`NoteError::MalformedKey`] where the text is no such vkey: the person who gave it is at fault.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let not_ed25519 = match VerifierKey::parse(text) {
            Ok(key) => return Ok(Self::Ed25519(key)),
            Err(error) => error,
        };
        match CosignerKey::parse(text) {
            Ok(key) if key.form() == CosignatureForm::MlDsa44 => Ok(Self::MlDsa44(key)),
            Ok(_) | Err(_) => Err(not_ed25519),
        }
    }

    /// Its name, which is the log's origin.
    pub fn name(&self) -> &str {
        match self {
            Self::Ed25519(key) => key.name(),
            Self::MlDsa44(key) => key.name(),
        }
    }

    /// Name and key id, by which people and signature lines tell keys apart.
    pub fn label(&self) -> String {
        match self {
            Self::Ed25519(key) => key.label(),
            Self::MlDsa44(key) => key.label(),
        }
    }

    /// The key, where it is one of the first line.
    pub fn as_ed25519(&self) -> Option<&VerifierKey> {
        match self {
            Self::Ed25519(key) => Some(key),
            Self::MlDsa44(_) => None,
        }
    }

    /// The key, where it is one of the second line.
    pub fn as_ml_dsa(&self) -> Option<&CosignerKey> {
        match self {
            Self::Ed25519(_) => None,
            Self::MlDsa44(key) => Some(key),
        }
    }
}
/// The vkey.
impl fmt::Display for LogVerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ed25519(key) => key.fmt(f),
            Self::MlDsa44(key) => key.fmt(f),
        }
    }
}

/// What happens to a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyAction {
    /// It signs the heads from the entry on.
    Add,
    /// It signs no head that holds the entry.
    Retire,
}

/// One change of the keys of a log: what a `log_key` document says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyChange {
    /// What happens to the key.
    pub action: KeyAction,
    /// The key that is added or retired.
    pub key: LogVerifierKey,
    /// The key in force that signed the change.
    pub by: VerifierKey,
}

/// Why a change of keys does not count at its place in the log: the operator is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyChangeError {
    /// A key of another name.
    #[error("{key} is not a key of the log {log}")]
    OtherLog {
        /// The key's label.
        key: String,
        /// The log's origin.
        log: String,
    },
    /// The key that signed the change does not sign the heads before it.
    #[error("the change is signed by {key}, which does not sign the heads of this log")]
    NotInForce {
        /// The label of the key that signed.
        key: String,
    },
    /// A key of this log, now or earlier, is added again.
    #[error("{key} is or was a key of this log already: a key is added once")]
    Known {
        /// The key's label.
        key: String,
    },
    /// More keys than [`KEYS_MAX`].
    #[error("{KEYS_MAX} keys sign the heads of this log already: retire one first")]
    TooMany,
    /// A key that signs no heads is retired.
    #[error("{key} does not sign the heads of this log, so it cannot be retired")]
    NothingToRetire {
        /// The key's label.
        key: String,
    },
    /// The key retires itself: nobody who trusts it alone could learn which key follows.
    #[error("{key} cannot retire itself: the key that follows it signs its retirement")]
    RetiresItself {
        /// The key's label.
        key: String,
    },
}

/// A key, and the entries that it came and went with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyPeriod {
    /// The key.
    pub key: LogVerifierKey,
    /// The entry that added it.
    pub added: LeafIndex,
    /// The entry that retired it.
    pub retired: Option<LeafIndex>,
}

impl KeyPeriod {
    /// Whether the key signs heads of this size.
    pub fn signs(&self, size: TreeSize) -> bool {
        self.added < size.next_index() && self.retired.is_none_or(|retired| retired >= size.next_index())
    }
}

/// The keys of one log, as its entries say up to some place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyHistory {
    origin: String,
    first: VerifierKey,
    /// In the order in which they were added. An Ed25519 key in force is always among them: none retires itself.
    periods: Vec<KeyPeriod>,
}

impl KeyHistory {
    /// The keys that log.genesis names; `None` where it names none.
    pub fn of_genesis(origin: &str, keys: &[VerifierKey]) -> Option<Self> {
        let first = keys.first()?.clone();
        let period = |key: &VerifierKey| KeyPeriod {
            key: LogVerifierKey::Ed25519(key.clone()),
            added: LeafIndex::ZERO,
            retired: None,
        };
        Some(Self {
            origin: origin.to_owned(),
            first,
            periods: keys.iter().map(period).collect(),
        })
    }

    /// Every key that there ever was, in the order in which they were added.
    pub fn periods(&self) -> &[KeyPeriod] {
        &self.periods
    }

    /// The keys that sign heads of this size, in the order in which they were added.
    pub fn in_force(&self, size: TreeSize) -> impl Iterator<Item = &LogVerifierKey> {
        let signs = move |period: &&KeyPeriod| period.signs(size);
        self.periods.iter().filter(signs).map(|period| &period.key)
    }

    /// The Ed25519 key in force that has signed for the longest. Its signature of each head is the one that is stored:
    /// during a rotation those who trust the former key need it, and those who trust the new one can be given newer heads.
    pub fn oldest(&self, size: TreeSize) -> &VerifierKey {
        let oldest = self.in_force(size).find_map(LogVerifierKey::as_ed25519);
        oldest.unwrap_or(&self.first)
    }

    /// The Ed25519 key in force that was added last: the one to hand to somebody who begins to trust the log.
    pub fn newest(&self, size: TreeSize) -> &VerifierKey {
        let newest = self.in_force(size).filter_map(LogVerifierKey::as_ed25519).last();
        newest.unwrap_or(&self.first)
    }

    /// The Ed25519 key that a checkpoint claims to be signed by, among those that sign heads of its size; the newest where it
    /// has lines by several. Nothing is verified: open the checkpoint with the key.
    pub fn key_of(&self, checkpoint: &UnverifiedNote) -> Option<&VerifierKey> {
        let (_, head) = parse_checkpoint_text(checkpoint.danger_text()).ok()?;
        let has_line = |key: &&VerifierKey| checkpoint.lines_of(key.name(), key.id()).next().is_some();
        let signing = self.in_force(head.size).filter_map(LogVerifierKey::as_ed25519);
        signing.filter(has_line).last()
    }

    /// The entries that changed the keys after entry 0, ascending.
    pub fn changes(&self) -> Vec<LeafIndex> {
        let of_period = |period: &KeyPeriod| [Some(period.added), period.retired].into_iter().flatten();
        let mut changes: Vec<LeafIndex> = self.periods.iter().flat_map(of_period).collect();
        changes.retain(|index| *index > LeafIndex::ZERO);
        changes.sort_unstable();
        changes
    }

    /// The first entry after a change that retires one of the keys which the change left in force. All of them sign the heads
    /// that hold the change and not this entry.
    pub fn next_retirement(&self, change: LeafIndex) -> Option<LeafIndex> {
        let after = |period: &&KeyPeriod| period.added <= change;
        let retired = self
            .periods
            .iter()
            .filter(after)
            .filter_map(|period| period.retired);
        retired.filter(|retired| *retired > change).min()
    }

    /// Whether a change may be logged above a head of this size, which was signed by all keys in force.
    ///
    /// # Errors
    /// [`KeyChangeError`] with the first rule that it breaks.
    pub fn check(&self, change: &KeyChange, size: TreeSize) -> Result<(), KeyChangeError> {
        // A key that was added or retired above that head, by an entry that no head holds yet, changes nothing more.
        let goes_on = |period: &&KeyPeriod| period.retired.is_none();
        let signing = || self.periods.iter().filter(goes_on);
        let signs = |key: &LogVerifierKey| signing().any(|period| period.key == *key && period.signs(size));
        let by = LogVerifierKey::Ed25519(change.by.clone());
        let label = || change.key.label();
        if change.key.name() != self.origin {
            return Err(KeyChangeError::OtherLog {
                key: label(),
                log: self.origin.clone(),
            });
        }
        if !signs(&by) {
            return Err(KeyChangeError::NotInForce { key: by.label() });
        }
        match change.action {
            KeyAction::Add if self.periods.iter().any(|period| period.key == change.key) => {
                Err(KeyChangeError::Known { key: label() })
            }
            KeyAction::Add if signing().count() >= KEYS_MAX => Err(KeyChangeError::TooMany),
            KeyAction::Retire if !signs(&change.key) => Err(KeyChangeError::NothingToRetire { key: label() }),
            KeyAction::Retire if by == change.key => Err(KeyChangeError::RetiresItself { key: label() }),
            KeyAction::Add | KeyAction::Retire => Ok(()),
        }
    }

    /// Goes on with the change at an entry. The caller MUST have found that it may be logged there.
    pub fn apply(&mut self, index: LeafIndex, change: &KeyChange) {
        match change.action {
            KeyAction::Add => self.periods.push(KeyPeriod {
                key: change.key.clone(),
                added: index,
                retired: None,
            }),
            KeyAction::Retire => {
                let mut periods = self.periods.iter_mut();
                let retired = periods.find(|period| period.key == change.key && period.retired.is_none());
                if let Some(period) = retired {
                    period.retired = Some(index);
                }
            }
        }
    }
}
