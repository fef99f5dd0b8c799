//! Which logs are witnessed, and the keys by which they sign.

use std::collections::BTreeMap;

use verifier::hash::NodeHash;
use verifier::index::TreeSize;
use verifier::note::{NoteError, SignatureLine, VerifierKey};

use crate::checkpoint::{CheckpointText, signed_note};
use crate::decision::Refusal;
use crate::request::AddCheckpoint;

/// The list of logs does not make sense: the operator is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadLogs {
    /// A witness of nothing.
    #[error("no log to witness")]
    None,
    /// The same key twice.
    #[error("the key {0} is named twice")]
    Twice(String),
    /// An origin that is no first line of a checkpoint.
    #[error("{0:?} is no origin: it must be one line that is not empty")]
    Origin(String),
}

/// The logs whose checkpoints are cosigned, by origin. A log may have several keys while it changes from one to another.
#[derive(Clone, Debug)]
pub struct TrustedLogs {
    keys: BTreeMap<String, Vec<VerifierKey>>,
}

/// A request whose checkpoint was signed by its log; only [`TrustedLogs::authenticate`] makes one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedRequest {
    pub(crate) old: TreeSize,
    pub(crate) proof: Vec<NodeHash>,
    pub(crate) checkpoint: CheckpointText,
    /// One line for each of the log's keys that signed; all lines of strangers are left out.
    pub(crate) log_lines: Vec<SignatureLine>,
}

impl SignedRequest {
    /// The checkpoint as the log signed it.
    pub(crate) fn note(&self) -> String {
        signed_note(&self.checkpoint, &self.log_lines)
    }
}

impl TrustedLogs {
    /// From the origin and a key of each log. The origin is the name of the key, unless the log's checkpoints say
    /// otherwise in their first line.
    ///
    /// # Errors
    /// [`BadLogs`].
    pub fn new(logs: impl IntoIterator<Item = (String, VerifierKey)>) -> Result<Self, BadLogs> {
        let mut keys: BTreeMap<String, Vec<VerifierKey>> = BTreeMap::new();
        for (origin, key) in logs {
            if origin.is_empty() || origin.contains(char::is_control) {
                return Err(BadLogs::Origin(origin));
            }
            let of_log = keys.entry(origin).or_default();
            if of_log.contains(&key) {
                return Err(BadLogs::Twice(key.label()));
            }
            of_log.push(key);
        }
        if keys.is_empty() {
            return Err(BadLogs::None);
        }
        Ok(Self { keys })
    }

    /// The origins, in order.
    pub fn origins(&self) -> impl Iterator<Item = &str> {
        self.keys.keys().map(String::as_str)
    }

    /// Verifies that the checkpoint is of a log that is witnessed, that one of its keys signed it, and that no line by
    /// any of them is wrong.
    ///
    /// # Errors
    /// [`Refusal::UnknownOrigin`], [`Refusal::NotSigned`] or [`Refusal::BadSignature`], and [`Refusal::OldBeyondSize`],
    /// which nothing but the request decides.
    pub fn authenticate(&self, request: AddCheckpoint) -> Result<SignedRequest, Refusal> {
        let origin = request.checkpoint.origin();
        let keys = self
            .keys
            .get(origin)
            .ok_or_else(|| Refusal::UnknownOrigin(origin.to_owned()))?;
        let mut log_lines = Vec::new();
        for key in keys {
            match request.note.verify(key) {
                Ok(()) => log_lines.extend(line_of(&request, key)),
                Err(NoteError::NoKnownSignature { .. }) => {}
                Err(_) => return Err(Refusal::BadSignature(key.label())),
            }
        }
        if log_lines.is_empty() {
            let labels: Vec<String> = keys.iter().map(VerifierKey::label).collect();
            return Err(Refusal::NotSigned(labels.join(" or ")));
        }
        let size = request.checkpoint.head().size;
        if request.old > size {
            return Err(Refusal::OldBeyondSize {
                old: request.old,
                size,
            });
        }
        Ok(SignedRequest {
            old: request.old,
            proof: request.proof,
            checkpoint: request.checkpoint,
            log_lines,
        })
    }
}

/// The first line by a key: all of them hold, and one is enough to keep.
fn line_of(request: &AddCheckpoint, key: &VerifierKey) -> Option<SignatureLine> {
    let is_by_key = |line: &&SignatureLine| line.id == key.id() && line.name == key.name();
    request.note.lines().iter().find(is_by_key).cloned()
}
