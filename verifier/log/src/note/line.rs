//! One signature line of a note.

use std::fmt;

use super::NoteError;
use super::key::{is_valid_key_name, key_label};
use crate::base64::{decode_standard, encode_standard};

/// U+2014 and a space.
const PREFIX: &str = "— ";

/// One signature line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignatureLine {
    /// Key name.
    pub name: String,
    /// Key id.
    pub id: u32,
    /// What follows the id; at least one byte, of a form that the key's type decides.
    pub signature: Vec<u8>,
}

impl SignatureLine {
    /// Name and key id of the key that it claims to be by, as the key's own label has them.
    pub fn label(&self) -> String {
        key_label(&self.name, self.id)
    }

    /// Parses a line without its newline.
    pub(super) fn parse(line: &str) -> Result<Self, NoteError> {
        let malformed = NoteError::Malformed;
        let rest = line
            .strip_prefix(PREFIX)
            .ok_or(malformed("a signature line without its em dash"))?;
        let (name, blob) = rest
            .split_once(' ')
            .ok_or(malformed("a signature line that cannot be read"))?;
        if !is_valid_key_name(name) {
            return Err(malformed("a key name with a space or a plus sign"));
        }
        let blob = decode_standard(blob).ok_or(malformed("a signature that is not canonical base64"))?;
        match blob.split_first_chunk() {
            Some((id, signature)) if !signature.is_empty() => Ok(Self {
                name: name.to_owned(),
                id: u32::from_be_bytes(*id),
                signature: signature.to_vec(),
            }),
            _ => Err(malformed("a signature of fewer than five bytes")),
        }
    }
}

/// With the final newline.
impl fmt::Display for SignatureLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blob = [&self.id.to_be_bytes()[..], &self.signature].concat();
        writeln!(f, "{PREFIX}{} {}", self.name, encode_standard(&blob))
    }
}
