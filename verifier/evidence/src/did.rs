//! did:key of Ed25519 keys: `did:key:z` followed by base58btc(0xED 0x01 || key).
//!
//! ```
//! # use evidence::did::DidKey;
//! // RFC 8032, test 1.
//! let did = DidKey::parse("did:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw");
//! assert_eq!(did.map(|did| did.public_key()[0]), Some(0xd7));
//! ```

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use tlog::signature::PublicKey;

const METHOD: &str = "did:key:";
const PREFIX: &str = "did:key:z";
/// The multicodec of an Ed25519 public key, as an unsigned varint.
const ED25519_CODEC: [u8; 2] = [0xed, 0x01];
/// Codec and key.
const KEY_BYTES: usize = 34;
/// 34 bytes take 47 base58 digits at most.
const DIGITS_MAX: usize = 47;

/// A DID as received, compared byte for byte. Its key is a point, not a weak one.
#[derive(Clone, Debug)]
pub struct DidKey {
    text: String,
    key: PublicKey,
}

impl DidKey {
    /// Parses; `None` for any other method, length, encoding, or a weak key.
    ///
    /// One key has one text: base58 is positional, and only a leading `1` adds a byte without a
    /// value, which would stand before the codec.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text
            .strip_prefix(PREFIX)
            .filter(|digits| digits.len() <= DIGITS_MAX)?;
        let mut bytes = [0; KEY_BYTES];
        let written = bs58::decode(digits).onto(bytes.as_mut_slice()).ok()?;
        let key = bytes.get(..written)?.strip_prefix(&ED25519_CODEC)?;
        Some(Self {
            text: text.to_owned(),
            key: PublicKey::from_bytes(key.try_into().ok()?)?,
        })
    }

    /// Whether a text says that it is an Ed25519 key, sound or not.
    pub fn says_ed25519(text: &str) -> bool {
        // Decoding takes the square of the length: a text far longer than any key is not decoded.
        let digits = text
            .strip_prefix(PREFIX)
            .filter(|digits| digits.len() <= 2 * DIGITS_MAX);
        let bytes = digits.and_then(|digits| bs58::decode(digits).into_vec().ok());
        bytes.is_some_and(|bytes| bytes.starts_with(&ED25519_CODEC))
    }

    /// Reads the text after `did:key:` in any base in which keys are met: base58btc, hexadecimal, and base64 of
    /// either alphabet, padded or not. The text of what it reads is that of [`DidKey::parse`].
    pub(crate) fn of_multibase(text: &str) -> Option<Self> {
        let mut characters = text.chars();
        let base = characters.next()?;
        let digits = characters.as_str();
        match base {
            'z' => Self::parse(&format!("{METHOD}{text}")),
            'f' | 'F' => {
                let key = digits.to_ascii_lowercase();
                Self::from_public_key(tlog::hash::decode_hex(key.strip_prefix("ed01")?)?)
            }
            'u' | 'U' | 'm' | 'M' => {
                let url = digits.trim_end_matches('=').replace('+', "-").replace('/', "_");
                let bytes: [u8; KEY_BYTES] = tlog::base64::decode_url_array(&url)?;
                Self::from_public_key(bytes.strip_prefix(&ED25519_CODEC)?.try_into().ok()?)
            }
            _ => None,
        }
    }

    pub(crate) fn multibase(&self) -> &str {
        self.text.get(METHOD.len()..).unwrap_or_default()
    }

    /// From a public key; `None` for a weak key.
    pub fn from_public_key(key: [u8; 32]) -> Option<Self> {
        let bytes = [&ED25519_CODEC[..], &key[..]].concat();
        Some(Self {
            text: format!("{PREFIX}{}", bs58::encode(bytes).into_string()),
            key: PublicKey::from_bytes(&key)?,
        })
    }

    /// The DID as text, `did:key:z6Mk…`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The Ed25519 public key.
    pub fn public_key(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// The same as a key that is ready to verify with.
    pub(crate) const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Verifies a signature by this DID's key over `message`; see [`PublicKey::verify`].
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.key.verify(message, signature)
    }
}

impl PartialEq for DidKey {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for DidKey {}

impl PartialOrd for DidKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for DidKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl Hash for DidKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl fmt::Display for DidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
