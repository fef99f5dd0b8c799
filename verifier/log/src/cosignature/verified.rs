//! A cosignature that was verified.

use super::{CosignatureError, CosignerKey};
use crate::note::{SignatureLine, UnverifiedNote};

/// A cosignature that holds: its cosigner's key signed this text at this time. [`CosignerKey::open`] makes one, and
/// nothing else.
///
/// It says nothing of the log's own signature: open the note as a checkpoint, too.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cosignature {
    cosigner: CosignerKey,
    text: String,
    line: SignatureLine,
    time_s: u64,
}

impl Cosignature {
    /// The checkpoint's text that it was verified over, with its final newline.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its line in a note.
    pub fn line(&self) -> &SignatureLine {
        &self.line
    }

    /// When it was made by the cosigner's clock, in seconds since the Unix epoch.
    pub fn time_s(&self) -> u64 {
        self.time_s
    }

    /// The key that it was verified under.
    pub fn cosigner(&self) -> &CosignerKey {
        &self.cosigner
    }
}

impl CosignerKey {
    /// This cosigner's one cosignature of the checkpoint in a note, verified.
    ///
    /// # Errors
    /// As [`verify`](Self::verify), and [`CosignatureError::Repeated`] where the note has more than one line of this key:
    /// the one who wrote the lines is at fault.
    pub fn open(&self, note: &UnverifiedNote) -> Result<Cosignature, CosignatureError> {
        let time_s = self.verify(note)?;
        let mut lines = note.lines_of(self.name(), self.id());
        match (lines.next(), lines.next()) {
            (Some(line), None) => Ok(Cosignature {
                cosigner: self.clone(),
                text: note.danger_text().to_owned(),
                line: line.clone(),
                time_s,
            }),
            (None, _) => Err(CosignatureError::NoCosignature {
                expected: self.name().to_owned(),
            }),
            (Some(_), Some(_)) => Err(CosignatureError::Repeated {
                name: self.name().to_owned(),
            }),
        }
    }
}
