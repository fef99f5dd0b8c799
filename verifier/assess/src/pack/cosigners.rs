//! The checkpoint of a pack: the lines of the log and the cosignatures, and nothing else.

use std::fmt;

use evidence::report::Finding;
use tlog::cosignature::CosignerKey;
use tlog::note::{NoteError, SignatureLine, UnverifiedNote, VerifierKey};

use super::Pack;

/// A cosignature that verifies.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cosignature {
    /// The cosigner's name and key.
    pub key: CosignerKey,
    /// When, in seconds since the Unix epoch; the cosigner's word.
    pub time_s: u64,
}

/// Who signed the checkpoint of a pack below the key that the pack names first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CoSigner {
    /// Another key of the log, while it changes its key.
    Log(VerifierKey),
    /// A witness, or the log with its second key.
    Cosigner(CosignerKey),
}

impl CoSigner {
    fn parse(vkey: &str, log: &str) -> Result<Self, Finding> {
        match VerifierKey::parse(vkey) {
            Ok(key) if key.name() == log => Ok(Self::Log(key)),
            Ok(_) => Err(invalid("a cosigner has the key of another log")),
            Err(_) => CosignerKey::parse(vkey)
                .map(Self::Cosigner)
                .map_err(|error| invalid(error.to_string())),
        }
    }

    fn label(&self) -> String {
        match self {
            Self::Log(key) => key.label(),
            Self::Cosigner(key) => key.label(),
        }
    }

    /// The cosignature, once the line verifies; `None` for a line of the log.
    fn verify(&self, note: &UnverifiedNote) -> Result<Option<Cosignature>, Finding> {
        match self {
            Self::Log(key) => of_log(note, key).map(|()| None),
            Self::Cosigner(key) => {
                let time_s = key.verify(note).map_err(|error| invalid(error.to_string()))?;
                let key = key.clone();
                Ok(Some(Cosignature { key, time_s }))
            }
        }
    }
}

/// The vkey.
impl fmt::Display for CoSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Log(key) => key.fmt(f),
            Self::Cosigner(key) => key.fmt(f),
        }
    }
}

/// Verifies every line of the checkpoint: that of the key that the pack names first, and one for each vkey of its cosigners, in
/// that order. The expected key is one of them, which is verified with the checkpoint.
///
/// # Errors
/// `CHECKPOINT_NOT_SIGNED_BY_KEY` where the key that the pack names first has no line; `CHECKPOINT_SIGNATURE_INVALID` where a line of the
/// log does not verify; `COSIGNATURE_INVALID` where another line is missing, is one too many or does not verify, or where a vkey is
/// malformed: the pack's maker is at fault.
pub fn cosignatures(pack: &Pack<'_>, key: &VerifierKey) -> Result<Vec<Cosignature>, Finding> {
    let note = UnverifiedNote::parse(pack.body.checkpoint.as_bytes())
        .map_err(|error| invalid(format!("the checkpoint is refused: {error}")))?;
    let named = VerifierKey::parse(pack.vkey()).map_err(|error| invalid(error.to_string()))?;
    if note.lines().iter().all(|line| line.label() != named.label()) {
        return Err(Finding::fail(
            "CHECKPOINT_NOT_SIGNED_BY_KEY",
            format!("it names the key {}, expected {}", named.label(), key.label()),
        ));
    }
    of_log(&note, &named)?;
    let vkeys = pack.body.cosigners.0.iter();
    let cosigners = vkeys
        .map(|vkey| CoSigner::parse(vkey, key.name()))
        .collect::<Result<Vec<_>, _>>()?;
    let expected = std::iter::once(named.label()).chain(cosigners.iter().map(CoSigner::label));
    if !note.lines().iter().map(SignatureLine::label).eq(expected) {
        return Err(invalid(
            "the checkpoint's lines are not the log's and then those of the cosigners, in order",
        ));
    }
    let verified: Result<Vec<_>, _> = cosigners.iter().map(|cosigner| cosigner.verify(&note)).collect();
    Ok(verified?.into_iter().flatten().collect())
}

/// A line of the log by another key than the expected one.
fn of_log(note: &UnverifiedNote, key: &VerifierKey) -> Result<(), Finding> {
    note.verify(key).map_err(|error| match error {
        NoteError::BadSignature { .. } => Finding::fail(
            "CHECKPOINT_SIGNATURE_INVALID",
            format!("the line by {} does not verify", key.label()),
        ),
        error => invalid(error.to_string()),
    })
}

fn invalid(message: impl Into<String>) -> Finding {
    Finding::fail("COSIGNATURE_INVALID", message)
}
