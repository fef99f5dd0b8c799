//! RFC 6962 §2.1 hashing: the only two domain-separated Merkle hash functions.
//!
//! A leaf is hashed behind the byte 0x00 and an inner node behind 0x01, so that no inner node can
//! pass for an entry. Leaf, node and root are types of their own: a root means something only
//! together with a size, and an entry's hash is not yet a place in the tree.

use std::fmt;

use sha2::{Digest, Sha256};

const LEAF_PREFIX: [u8; 1] = [0x00];
const NODE_PREFIX: [u8; 1] = [0x01];
/// Bytes that are given to a formatter in one piece: those of a hash. A formatting call for each byte takes four times as long.
const HEX_BYTES_AT_ONCE: usize = 32;

/// Declares a newtype over 32 bytes whose text form is 64 lower-case hex digits.
#[macro_export]
macro_rules! hex_hash {
    ($(#[$doc:meta])* $name:ident) => {
        $crate::hash_with_text!(
            $(#[$doc])* $name,
            parse_hex "64 lower-case hex digits" $crate::hash::decode_hex,
            $crate::hash::write_hex
        );
    };
}

/// Declares a newtype over 32 bytes whose text form is 43 characters of canonical base64url.
#[macro_export]
macro_rules! b64u_hash {
    ($(#[$doc:meta])* $name:ident) => {
        $crate::hash_with_text!(
            $(#[$doc])* $name,
            parse "43 characters of canonical base64url" $crate::base64::decode_url_array,
            $crate::base64::write_url
        );
    };
}

/// Declares a newtype over 32 bytes with the text form that two functions read and write: what
/// [`hex_hash`] and [`b64u_hash`] have in common.
#[macro_export]
macro_rules! hash_with_text {
    ($(#[$doc:meta])* $name:ident, $parse:ident $form:literal $decode:path, $write:path) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 32]);

        impl $name {
            /// Wraps 32 bytes.
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// The 32 bytes.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }

            #[doc = concat!("Reads ", $form, "; anything else is `None`.")]
            pub fn $parse(text: &str) -> Option<Self> {
                $decode(text).map(Self)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $write(&self.0, f)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    };
}

hex_hash!(
    /// `SHA-256(0x00 || entry)`: the hash of a leaf.
    LeafHash
);
hex_hash!(
    /// A node of the tree: a leaf hash or `SHA-256(0x01 || left || right)`.
    NodeHash
);
hex_hash!(
    /// The root of a tree of a known size.
    RootHash
);

impl From<LeafHash> for NodeHash {
    fn from(hash: LeafHash) -> Self {
        Self(hash.0)
    }
}

impl From<NodeHash> for RootHash {
    fn from(hash: NodeHash) -> Self {
        Self(hash.0)
    }
}

impl From<RootHash> for NodeHash {
    fn from(hash: RootHash) -> Self {
        Self(hash.0)
    }
}

/// `SHA-256(0x00 || entry)` (RFC 6962 §2.1).
pub fn leaf_hash(entry: &[u8]) -> LeafHash {
    LeafHash(
        Sha256::new()
            .chain_update(LEAF_PREFIX)
            .chain_update(entry)
            .finalize()
            .into(),
    )
}

/// `SHA-256(0x01 || left || right)` (RFC 6962 §2.1).
pub fn node_hash(left: &NodeHash, right: &NodeHash) -> NodeHash {
    NodeHash(
        Sha256::new()
            .chain_update(NODE_PREFIX)
            .chain_update(left.0)
            .chain_update(right.0)
            .finalize()
            .into(),
    )
}

/// `SHA-256("")`, the root of the empty tree.
pub fn empty_root() -> RootHash {
    RootHash(sha256(b""))
}

/// Plain SHA-256.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Plain SHA-256 of parts, one behind the other.
pub fn sha256_of(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// Reads 64 lower-case hex digits; anything else is `None`.
pub fn decode_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 2 * bytes.len() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        for &digit in pair {
            *byte = *byte << 4 | hex_digit(digit)?;
        }
    }
    Some(bytes)
}

/// The value of a lower-case hex digit.
pub(crate) fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// Writes bytes as lower-case hex digits.
///
/// # Errors
/// What the formatter answers; the bytes are never at fault.
pub fn write_hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or_default();
    bytes.chunks(HEX_BYTES_AT_ONCE).try_for_each(|bytes| {
        let mut text = String::with_capacity(HEX_BYTES_AT_ONCE * 2);
        for byte in bytes {
            text.extend([digit(byte >> 4), digit(byte & 0x0f)]);
        }
        f.write_str(&text)
    })
}

/// Bytes that are written as lower-case hex.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hex<'a>(pub &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(self.0, f)
    }
}
