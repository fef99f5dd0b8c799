//! C2SP signed-note v1.0.0: a text and signature lines under it.
//!
//! ```text
//! example.com/log42
//! 8
//! XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=
//!
//! — example.com/log42 +vl8/RmdczvwlL7wH7C642tl2hebWt9MW/efi1Gy9mmwBAyXNqTDtY5E/O+89YAswtfXuSJkU3P5AUC95fQMn5YLDA8=
//! ```
//!
//! Text and signatures part at the last empty line. A line is an em dash (U+2014), a key name and
//! base64 of a 4-byte key id and the signature. Lines of unknown keys are ignored, whatever they
//! hold; a line of a known key that does not verify spoils the whole note.

mod key;
mod line;

pub use key::VerifierKey;
pub(crate) use key::{is_valid_key_name, key_id, key_label, parse_vkey, write_vkey};
pub use line::SignatureLine;

use crate::encoding::{WINDOWS_LINES, encoding_fault, has_windows_lines};
use crate::signature::verify_ed25519;

/// Largest note, in bytes: post-quantum cosignatures take 3.3 kB a line, and witnesses are many.
pub const NOTE_BYTES_MAX: usize = 128 * 1024;
/// Most signature lines in a note; C2SP asks for 16 at least.
pub const SIGNATURES_MAX: usize = 100;

/// Why a note or a key was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// Not a well-formed note: its author is at fault, or it was damaged on the way.
    #[error("malformed note: {0}")]
    Malformed(&'static str),
    /// Not a well-formed verifier key: the person who gave the key is at fault.
    #[error("malformed verifier key: {0}")]
    MalformedKey(&'static str),
    /// No line by a known key: nothing is known of who wrote the note.
    #[error("no signature by {expected}")]
    NoKnownSignature {
        /// The verifier key.
        expected: String,
    },
    /// A line by a known key that does not verify: the note is forged or damaged.
    #[error("the signature of {name} does not verify")]
    BadSignature {
        /// The key's name.
        name: String,
    },
}

/// A parsed, unverified note.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnverifiedNote {
    /// With its final newline.
    text: String,
    lines: Vec<SignatureLine>,
}

impl UnverifiedNote {
    /// Parses a note: UTF-8 without control characters but newline, at most [`NOTE_BYTES_MAX`]
    /// bytes and [`SIGNATURES_MAX`] lines, every line ended by a newline.
    ///
    /// # Errors
    /// [`NoteError::Malformed`] with the first rule that the bytes break: the note's author is at fault, or
    /// it was damaged on the way.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(NoteError::Malformed("longer than 128 KiB"));
        }
        if let Some(found) = encoding_fault(bytes) {
            return Err(NoteError::Malformed(found));
        }
        if has_windows_lines(bytes) {
            return Err(NoteError::Malformed(WINDOWS_LINES));
        }
        let note = std::str::from_utf8(bytes).map_err(|_| NoteError::Malformed("not UTF-8"))?;
        if note.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
            return Err(NoteError::Malformed("a control character"));
        }
        let (head, signatures) = note
            .rsplit_once("\n\n")
            .ok_or(NoteError::Malformed("no empty line before the signatures"))?;
        let signatures = signatures
            .strip_suffix('\n')
            .ok_or(NoteError::Malformed("no signature, or no final newline"))?;
        if signatures.split('\n').nth(SIGNATURES_MAX).is_some() {
            return Err(NoteError::Malformed("too many signatures"));
        }
        let lines = signatures
            .split('\n')
            .map(SignatureLine::parse)
            .collect::<Result<_, _>>()?;
        Ok(Self {
            text: format!("{head}\n"),
            lines,
        })
    }

    /// Verifies the lines of `key`: there is one at least, and each of them holds.
    ///
    /// # Errors
    /// [`NoteError::NoKnownSignature`] where no line is by the key: another key may have signed it.
    /// [`NoteError::BadSignature`] where a line by the key does not verify: the note is forged or damaged.
    pub fn verify(&self, key: &VerifierKey) -> Result<(), NoteError> {
        let mut signatures = self.lines_of(key.name(), key.id()).peekable();
        if signatures.peek().is_none() {
            return Err(NoteError::NoKnownSignature {
                expected: key.to_string(),
            });
        }
        let all_hold = signatures.all(|line| {
            <&[u8; 64]>::try_from(line.signature.as_slice())
                .is_ok_and(|signature| verify_ed25519(key.public_key(), self.text.as_bytes(), signature))
        });
        if all_hold {
            Ok(())
        } else {
            Err(NoteError::BadSignature {
                name: key.name().to_owned(),
            })
        }
    }

    /// The unverified text, with its final newline.
    pub fn danger_text(&self) -> &str {
        &self.text
    }

    /// The signature lines.
    pub fn lines(&self) -> &[SignatureLine] {
        &self.lines
    }

    /// The lines that claim to be by the key of this name and id; both must match.
    pub(crate) fn lines_of<'a>(&'a self, name: &'a str, id: u32) -> impl Iterator<Item = &'a SignatureLine> {
        self.lines
            .iter()
            .filter(move |line| line.id == id && line.name == name)
    }
}
