//! The line of a C2SP note signer key: `PRIVATE+KEY+<name>+<hex8 key id>+<base64(type || seed)>`.

use std::path::Path;

use verifier::base64;
use zeroize::Zeroizing;

use super::{KeyError, file};

/// What a note signer key begins with.
const PREFIX: &str = "PRIVATE+KEY+";

/// What a key file says. That its id belongs to its name and seed is not known yet.
pub(super) struct NoteKeyLine {
    pub(super) name: String,
    id: String,
    pub(super) signature_type: u8,
    pub(super) seed: Zeroizing<[u8; 32]>,
}

impl NoteKeyLine {
    /// Reads the file of a key of a signature type; `other_type` says what is wrong with another one.
    ///
    /// # Errors
    /// [`KeyError::Io`] where the file cannot be read, [`KeyError::Malformed`] where it is not one line with
    /// a note signer key of that type: the person who named the file is at fault.
    pub(super) fn read(path: &Path, signature_type: u8, other_type: &'static str) -> Result<Self, KeyError> {
        let line = Self::read_any(path)?;
        if line.signature_type == signature_type {
            Ok(line)
        } else {
            Err(KeyError::Malformed(other_type))
        }
    }

    /// Reads the file of a key of any signature type whose keys are made of a seed of 32 bytes.
    ///
    /// # Errors
    /// As [`read`](Self::read), without those of another type.
    pub(super) fn read_any(path: &Path) -> Result<Self, KeyError> {
        let line = file::read_line(path)?;
        let rest = line
            .strip_prefix(PREFIX)
            .ok_or(KeyError::Malformed("a note signer key begins with PRIVATE+KEY+"))?;
        let mut parts = rest.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(KeyError::Malformed(
                "a note signer key has a name, an id and a key",
            ));
        };
        let bytes = base64::decode_standard(key).map(Zeroizing::new);
        let (signature_type, seed) = bytes
            .as_ref()
            .and_then(|bytes| bytes.split_first())
            .and_then(|(signature_type, seed)| Some((*signature_type, <[u8; 32]>::try_from(seed).ok()?)))
            .ok_or(KeyError::Malformed(
                "a note signer key ends with base64 of its type and 32 bytes",
            ))?;
        Ok(Self {
            name: name.to_owned(),
            id: id.to_owned(),
            signature_type,
            seed: Zeroizing::new(seed),
        })
    }

    /// Refuses a line whose id is not that of its own name and key.
    ///
    /// # Errors
    /// [`KeyError::Malformed`].
    pub(super) fn expect_id(&self, id: u32) -> Result<(), KeyError> {
        if format!("{id:08x}") == self.id {
            Ok(())
        } else {
            Err(KeyError::Malformed("the key id is that of another key"))
        }
    }
}

/// Writes a new key file, mode 0600.
///
/// # Errors
/// [`KeyError::Io`] where the file exists or cannot be written.
pub(super) fn write(
    path: &Path,
    name: &str,
    id: u32,
    signature_type: u8,
    seed: &[u8; 32],
) -> Result<(), KeyError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(33));
    bytes.push(signature_type);
    bytes.extend_from_slice(seed);
    let encoded = Zeroizing::new(base64::encode_standard(&bytes));
    let line = Zeroizing::new(format!("{PREFIX}{name}+{id:08x}+{}\n", *encoded));
    file::write_new(path, line.as_bytes())
}
