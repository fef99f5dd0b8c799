//! Verifier keys: `<name>+<key id in 8 hex digits>+<base64(type || key)>`.

use std::fmt;

use super::NoteError;
use crate::base64::{decode_standard, encode_standard};
use crate::hash::{hex_digit, sha256};
use crate::signature::is_weak_key;

/// Ed25519 over the text of a note.
const ED25519: u8 = 0x01;
/// An ML-DSA-44 key has 1,312 bytes, in base64 1,752; names are far shorter than what remains.
const VKEY_BYTES_MAX: usize = 4096;

/// An Ed25519 key (type 0x01) that signs notes under a name. Weak keys are refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifierKey {
    name: String,
    /// Always that of name, type and key.
    id: u32,
    key: [u8; 32],
}

impl VerifierKey {
    /// From a key name (the origin) and an Ed25519 public key.
    ///
    /// # Errors
    /// [`NoteError::MalformedKey`] where the name is no key name or the key is weak: the person who gave them
    /// is at fault.
    pub fn new(name: &str, key: [u8; 32]) -> Result<Self, NoteError> {
        if !is_valid_key_name(name) {
            return Err(NoteError::MalformedKey(
                "the name is empty, or has a space, plus sign or control character",
            ));
        }
        if is_weak_key(&key) {
            return Err(NoteError::MalformedKey("not a point of large order"));
        }
        Ok(Self {
            name: name.to_owned(),
            id: key_id(name, ED25519, &key),
            key,
        })
    }

    /// Parses a vkey; its key id must be that of its name and key.
    ///
    /// # Errors
    /// [`NoteError::MalformedKey`] where the text is no vkey of type 0x01, has the key id of another key, or
    /// holds a name or a key that [`new`](Self::new) refuses: the person who gave it is at fault.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let (name, signature_type, key) = parse_vkey(text)?;
        if signature_type != ED25519 {
            return Err(NoteError::MalformedKey("not an Ed25519 note key (type 0x01)"));
        }
        let key = key
            .try_into()
            .map_err(|_| NoteError::MalformedKey("not 32 bytes"))?;
        Self::new(name, key)
    }

    /// The key name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key id, big-endian on the wire.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Name and key id, by which people and signature lines tell keys apart: `log.example/one+1a2b3c4d`.
    pub fn label(&self) -> String {
        key_label(&self.name, self.id)
    }

    /// The Ed25519 public key.
    pub fn public_key(&self) -> &[u8; 32] {
        &self.key
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_vkey(f, &self.name, self.id, ED25519, &self.key)
    }
}

/// Name, signature type and key of a vkey of any type whose key id is right.
///
/// The text is split at its first two plus signs, since base64 may contain more of them.
pub(crate) fn parse_vkey(text: &str) -> Result<(&str, u8, Vec<u8>), NoteError> {
    let malformed = NoteError::MalformedKey;
    if text.len() > VKEY_BYTES_MAX {
        return Err(malformed("longer than 4 KiB"));
    }
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(data)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(malformed("not name, key id and key"));
    };
    if !is_valid_key_name(name) {
        return Err(malformed(
            "the name is empty, or has a space or control character",
        ));
    }
    let id = parse_key_id(id).ok_or(malformed("the key id is not 8 lower-case hex digits"))?;
    let data = decode_standard(data).ok_or(malformed("the key is not canonical base64"))?;
    let (&signature_type, key) = data.split_first().ok_or(malformed("the key is empty"))?;
    if key_id(name, signature_type, key) != id {
        return Err(malformed("the key id is not that of name and key"));
    }
    Ok((name, signature_type, key.to_vec()))
}

/// Writes a vkey of any type.
pub(crate) fn write_vkey(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    id: u32,
    signature_type: u8,
    key: &[u8],
) -> fmt::Result {
    let data = [&[signature_type][..], key].concat();
    write!(f, "{name}+{id:08x}+{}", encode_standard(&data))
}

/// Name and key id of a key of any type.
pub(crate) fn key_label(name: &str, id: u32) -> String {
    format!("{name}+{id:08x}")
}

/// `SHA-256(name || 0x0A || type || key)[0:4]`.
pub(crate) fn key_id(name: &str, signature_type: u8, key: &[u8]) -> u32 {
    let [a, b, c, d, ..] = sha256(&[name.as_bytes(), b"\n", &[signature_type], key].concat());
    u32::from_be_bytes([a, b, c, d])
}

/// Non-empty, without spaces of any script, plus signs and control characters.
pub(crate) fn is_valid_key_name(name: &str) -> bool {
    let is_refused = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    !name.is_empty() && !name.contains(is_refused)
}

fn parse_key_id(text: &str) -> Option<u32> {
    if text.len() != 8 {
        return None;
    }
    text.bytes()
        .try_fold(0_u32, |id, digit| Some(id << 4 | u32::from(hex_digit(digit)?)))
}
