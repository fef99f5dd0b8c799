//! The only importer of `serde_cbor`: core-deterministic encoding (RFC 8949 §4.2.1), and decoding that
//! requires that re-encoding gives the same bytes.
//!
//! `serde_cbor` writes the shortest integers and definite lengths; sorted map keys are what the
//! `Serialize` of each format owes. On reading it takes any spelling, so two byte strings could
//! mean one thing: a decoder therefore encodes what it read and compares.

use std::io;
use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Encodes deterministically, given that `value` writes its map keys in order. `None` only where
/// its `Serialize` fails.
pub fn encode<T: Serialize>(value: &T) -> Option<Vec<u8>> {
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
pub struct Bytes32(pub [u8; 32]);

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

/// Decodes one item that may borrow its strings from `bytes`; otherwise as [`decode_any_spelling`].
pub fn decode_borrowed<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Option<T> {
    serde_cbor::from_slice(bytes).ok()
}

/// Whether `value` is encoded as exactly these bytes. Nothing of their size is allocated.
pub fn encodes_to<T: Serialize>(value: &T, bytes: &[u8]) -> bool {
    let mut rest = ExpectedBytes(bytes);
    serde_cbor::to_writer(&mut rest, value).is_ok() && rest.0.is_empty()
}

/// What is still to be met of an expected encoding. Writing anything else fails.
struct ExpectedBytes<'a>(&'a [u8]);

impl io::Write for ExpectedBytes<'_> {
    fn write(&mut self, written: &[u8]) -> io::Result<usize> {
        self.0 = self
            .0
            .strip_prefix(written)
            .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?;
        Ok(written.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A byte string that stays where it was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bytes<'a>(pub &'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Bytes<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(BytesVisitor).map(Self)
    }
}

struct BytesVisitor;

impl<'de> de::Visitor<'de> for BytesVisitor {
    type Value = &'de [u8];

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a byte string of definite length")
    }

    fn visit_borrowed_bytes<E: de::Error>(self, bytes: &'de [u8]) -> Result<&'de [u8], E> {
        Ok(bytes)
    }
}

/// A byte string in any spelling that is copied. The caller bounds its length by bounding what is decoded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct CopiedBytes(pub(crate) Vec<u8>);

impl<'de> Deserialize<'de> for CopiedBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(CopiedBytesVisitor).map(Self)
    }
}

struct CopiedBytesVisitor;

impl de::Visitor<'_> for CopiedBytesVisitor {
    type Value = Vec<u8>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a byte string")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }
}

/// An array of at most `MAX` items.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BoundedArray<T, const MAX: usize>(pub Vec<T>);

impl<T: Serialize, const MAX: usize> Serialize for BoundedArray<T, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.0)
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for BoundedArray<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(AtMostVisitor(PhantomData))
    }
}

struct AtMostVisitor<T, const MAX: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MAX: usize> de::Visitor<'de> for AtMostVisitor<T, MAX> {
    type Value = BoundedArray<T, MAX>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "an array of at most {MAX} items")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            if items.len() >= MAX {
                return Err(de::Error::invalid_length(items.len().saturating_add(1), &self));
            }
            items.push(item);
        }
        Ok(BoundedArray(items))
    }
}

/// The version with which an array begins whose other members are of any form: what a reader knows of a format that is not its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LeadingVersion(pub u64);

impl<'de> Deserialize<'de> for LeadingVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(LeadingVersionVisitor)
    }
}

struct LeadingVersionVisitor;

impl<'de> de::Visitor<'de> for LeadingVersionVisitor {
    type Value = LeadingVersion;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an array that begins with a version")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut members: A) -> Result<LeadingVersion, A::Error> {
        let version = members
            .next_element()?
            .ok_or_else(|| de::Error::invalid_length(0, &self))?;
        while members.next_element::<de::IgnoredAny>()?.is_some() {}
        Ok(LeadingVersion(version))
    }
}
