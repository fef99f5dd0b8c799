//! The key of a cosigner, and its cosignatures under a note.

use std::fmt;

use super::{CosignatureError, CosignatureForm, TIME_MAX_S, cosignature_message, subtree_message};
use crate::checkpoint::parse_checkpoint_text;
use crate::ml_dsa::MlDsaPublicKey;
use crate::note::{
    NoteError, SignatureLine, UnverifiedNote, is_valid_key_name, key_id, key_label, parse_vkey, write_vkey,
};
use crate::signature::{is_weak_key, verify_ed25519};

/// Longest name of an ML-DSA-44 cosigner, in bytes: its message counts it in one byte.
const ML_DSA_NAME_BYTES_MAX: usize = 255;

/// A cosigner: an Ed25519 key (vkey type 0x04) or one of ML-DSA-44 (type 0x06) under a name. Weak Ed25519 keys are
/// refused.
///
/// The message of Ed25519 does not name the cosigner, so such a key must not serve two names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CosignerKey {
    name: String,
    /// Always that of name, type and key.
    id: u32,
    key: PublicKey,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum PublicKey {
    Ed25519([u8; 32]),
    MlDsa44(MlDsaPublicKey),
}

impl PublicKey {
    fn form(&self) -> CosignatureForm {
        match self {
            Self::Ed25519(_) => CosignatureForm::Ed25519,
            Self::MlDsa44(_) => CosignatureForm::MlDsa44,
        }
    }

    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Ed25519(key) => key,
            Self::MlDsa44(key) => key.as_bytes(),
        }
    }
}

impl CosignerKey {
    /// From a name and an Ed25519 public key.
    ///
    /// # Errors
    /// [`NoteError::MalformedKey`] where the name is no key name or the key is weak: the person who gave them
    /// is at fault.
    pub fn new(name: &str, key: [u8; 32]) -> Result<Self, NoteError> {
        if is_weak_key(&key) {
            return Err(NoteError::MalformedKey("not a point of large order"));
        }
        Self::named(name, PublicKey::Ed25519(key))
    }

    /// From a name and an ML-DSA-44 public key.
    ///
    /// # Errors
    /// [`NoteError::MalformedKey`] where the name is no key name or longer than 255 bytes: the person who gave
    /// it is at fault.
    pub fn new_ml_dsa(name: &str, key: MlDsaPublicKey) -> Result<Self, NoteError> {
        if name.len() > ML_DSA_NAME_BYTES_MAX {
            return Err(NoteError::MalformedKey(
                "a name of more than 255 bytes, which an ML-DSA-44 cosignature cannot hold",
            ));
        }
        Self::named(name, PublicKey::MlDsa44(key))
    }

    fn named(name: &str, key: PublicKey) -> Result<Self, NoteError> {
        if !is_valid_key_name(name) {
            return Err(NoteError::MalformedKey("not a key name"));
        }
        Ok(Self {
            name: name.to_owned(),
            id: key_id(name, key.form().signature_type(), key.as_bytes()),
            key,
        })
    }

    /// Parses a vkey of type 0x04 or 0x06.
    ///
    /// # Errors
    /// [`CosignatureError::Key`] where the text is no vkey, or one of another type or length, or holds a name
    /// or a key that [`new`](Self::new) or [`new_ml_dsa`](Self::new_ml_dsa) refuses: the person who gave it is
    /// at fault.
    pub fn parse(text: &str) -> Result<Self, CosignatureError> {
        let malformed = NoteError::MalformedKey;
        let (name, signature_type, key) = parse_vkey(text)?;
        let form = CosignatureForm::of_type(signature_type).ok_or(malformed(
            "not a cosigner's key (type 0x04, Ed25519, or 0x06, ML-DSA-44)",
        ))?;
        Ok(match form {
            CosignatureForm::Ed25519 => {
                let key = key.try_into().map_err(|_| malformed("not 32 bytes"))?;
                Self::new(name, key)?
            }
            CosignatureForm::MlDsa44 => {
                let key = MlDsaPublicKey::from_bytes(&key).ok_or(malformed("not 1,312 bytes"))?;
                Self::new_ml_dsa(name, key)?
            }
        })
    }

    /// The cosigner's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key id, big-endian on the wire.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Name and key id, for people: `witness.example/w1+df1c0a35`.
    pub fn label(&self) -> String {
        key_label(&self.name, self.id)
    }

    /// The public key: 32 bytes, or 1,312.
    pub fn public_key(&self) -> &[u8] {
        self.key.as_bytes()
    }

    /// Of which form its cosignatures are.
    pub fn form(&self) -> CosignatureForm {
        self.key.form()
    }

    /// The bytes that this cosigner signs, under a checkpoint's text with its final newline, at `time_s` seconds
    /// since the Unix epoch.
    ///
    /// # Errors
    /// [`CosignatureError::BadTime`] for 0, with which no cosigner speaks of a whole tree, and beyond 2^63 - 1.
    /// [`CosignatureError::NotCovered`] for an ML-DSA-44 key and a text that is not exactly a checkpoint of three
    /// lines, such as one with extension lines: the signature would hold for any of them.
    pub fn message(&self, text: &str, time_s: u64) -> Result<Vec<u8>, CosignatureError> {
        if !(1..=TIME_MAX_S).contains(&time_s) {
            return Err(CosignatureError::BadTime {
                name: self.name.clone(),
                time_s,
            });
        }
        if self.form() == CosignatureForm::Ed25519 {
            return Ok(cosignature_message(text, time_s).into_bytes());
        }
        let not_covered = |reason: String| CosignatureError::NotCovered {
            name: self.name.clone(),
            reason,
        };
        let (origin, head) = parse_checkpoint_text(text).map_err(|error| not_covered(error.to_string()))?;
        subtree_message(&self.name, time_s, origin, &head)
            .ok_or_else(|| not_covered("a name that is empty or longer than 255 bytes".to_owned()))
    }

    /// The line that a signature over [`message`](Self::message) is written as.
    ///
    /// # Errors
    /// [`CosignatureError::BadCosignature`] where the signature is not as long as those of this key: the caller
    /// signed with another one.
    pub fn line(&self, time_s: u64, signature: &[u8]) -> Result<SignatureLine, CosignatureError> {
        if signature.len() != self.form().signature_bytes() {
            return Err(self.bad("not as long as a signature of its type"));
        }
        Ok(SignatureLine {
            name: self.name.clone(),
            id: self.id,
            signature: [&time_s.to_be_bytes()[..], signature].concat(),
        })
    }

    /// Verifies this cosigner's lines under a checkpoint note and gives the latest time, in
    /// seconds since the Unix epoch, at which it cosigned.
    ///
    /// Of the note's text only what the cosigner signed is looked at: open it as a checkpoint, too.
    ///
    /// # Errors
    /// [`CosignatureError::NoCosignature`] where no line is by this cosigner, which leaves the note as good
    /// as it was. [`CosignatureError::BadCosignature`], and what [`message`](Self::message) refuses, where one
    /// of its lines does not hold: the line is forged or damaged.
    pub fn verify(&self, note: &UnverifiedNote) -> Result<u64, CosignatureError> {
        let mut latest = None;
        for line in note.lines_of(&self.name, self.id) {
            latest = latest.max(Some(self.verify_line(note.danger_text(), line)?));
        }
        latest.ok_or_else(|| CosignatureError::NoCosignature {
            expected: self.name.clone(),
        })
    }

    fn verify_line(&self, text: &str, line: &SignatureLine) -> Result<u64, CosignatureError> {
        let (Some((time, signature)), true) = (
            line.signature.split_first_chunk(),
            CosignatureForm::of(line) == Some(self.form()),
        ) else {
            return Err(self.bad("not as long as a cosignature of its type"));
        };
        let time_s = u64::from_be_bytes(*time);
        let message = self.message(text, time_s)?;
        let holds = match &self.key {
            PublicKey::Ed25519(key) => signature
                .try_into()
                .is_ok_and(|signature| verify_ed25519(key, &message, signature)),
            PublicKey::MlDsa44(key) => key.verify(&message, signature),
        };
        if holds {
            Ok(time_s)
        } else {
            Err(self.bad("its signature is not of this checkpoint and time by this key"))
        }
    }

    fn bad(&self, reason: &'static str) -> CosignatureError {
        CosignatureError::BadCosignature {
            name: self.name.clone(),
            reason,
        }
    }
}

impl fmt::Display for CosignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signature_type = self.form().signature_type();
        write_vkey(f, &self.name, self.id, signature_type, self.public_key())
    }
}
