//! The only importer of `serde_cbor`: core-deterministic encoding (RFC 8949 §4.2.1), and decoding that
//! requires that re-encoding gives the same bytes.
//!
//! `serde_cbor` writes the shortest integers and definite lengths; sorted map keys are what the
//! `Serialize` of each format owes. On reading it takes any spelling, so two byte strings could
//! mean one thing: a decoder therefore encodes what it read and compares.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Encodes deterministically, given that `value` writes its map keys in order. `None` only where
/// its `Serialize` fails.
pub(crate) fn encode<T: Serialize>(value: &T) -> Option<Vec<u8>> {
    serde_cbor::to_vec(value).ok()
}

/// Decodes well-formed CBOR of the type, in any spelling and without a byte after it.
///
/// The caller bounds the length first. Nesting is bounded by the type and, where the type skips
/// unknown parts, by the library's own limit of 128.
pub(crate) fn decode_any_spelling<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    serde_cbor::from_slice(bytes).ok()
}

/// A byte string of exactly 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Bytes32(pub(crate) [u8; 32]);

impl Serialize for Bytes32 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes32 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(Bytes32Visitor)
    }
}

struct Bytes32Visitor;

impl de::Visitor<'_> for Bytes32Visitor {
    type Value = Bytes32;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a byte string of 32 bytes")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Bytes32, E> {
        bytes
            .try_into()
            .map(Bytes32)
            .map_err(|_| E::invalid_length(bytes.len(), &self))
    }
}
