//! did:key of Ed25519 keys: `did:key:z` followed by base58btc(0xED 0x01 || key).
//!
//! ```
//! # use verifier::did::DidKey;
//! // RFC 8032, test 1.
//! let did = DidKey::parse("did:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw");
//! assert_eq!(did.map(|did| did.public_key()[0]), Some(0xd7));
//! ```

use std::fmt;

use crate::signature::is_weak_key;

const PREFIX: &str = "did:key:z";
/// The multicodec of an Ed25519 public key, as an unsigned varint.
const ED25519_CODEC: [u8; 2] = [0xed, 0x01];
/// 34 bytes take 47 base58 digits at most.
const DIGITS_MAX: usize = 47;

/// A DID as received, compared byte for byte. Its key is a point, not a weak one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct DidKey {
    text: String,
    key: [u8; 32],
}

impl DidKey {
    /// Parses; `None` for any other method, length, encoding, or a weak key.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text
            .strip_prefix(PREFIX)
            .filter(|digits| digits.len() <= DIGITS_MAX)?;
        let bytes = bs58::decode(digits).into_vec().ok()?;
        let key = bytes.strip_prefix(&ED25519_CODEC)?.try_into().ok()?;
        Self::from_public_key(key).filter(|did| did.text == text)
    }

    /// From a public key; `None` for a weak key.
    pub fn from_public_key(key: [u8; 32]) -> Option<Self> {
        if is_weak_key(&key) {
            return None;
        }
        let bytes = [&ED25519_CODEC[..], &key[..]].concat();
        Some(Self {
            text: format!("{PREFIX}{}", bs58::encode(bytes).into_string()),
            key,
        })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The Ed25519 public key.
    pub fn public_key(&self) -> &[u8; 32] {
        &self.key
    }
}

impl fmt::Display for DidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
