//! The entry: the CBOR bytes that are a leaf (normative: `schemas/entry.cddl`).
//!
//! One entry has one spelling: its leaf hash is over bytes, so a second spelling would be a second
//! leaf that says the same. [`Entry::decode`] accepts exactly what [`Entry::encode`] writes.

mod rules;
mod wire;

use crate::cbor;
use crate::code::Code;
use crate::context::{StreamClaim, SubmitterName, stream_hash};
use crate::digest::{EvidenceDigest, RawDigest};
use crate::kind::Kind;
use crate::subject::Subject;
use tlog::hash::LeafHash;
use tlog::index::{TimestampMs, TreeSize};

/// Largest entry, in bytes.
pub const ENTRY_BYTES_MAX: usize = 4096;

/// Why bytes are not an entry, or a value cannot become one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// Over 4 KiB: the fault of the one who chose subjects, submitter and reason.
    #[error("the entry has {found} bytes, at most {ENTRY_BYTES_MAX}")]
    TooLarge {
        /// Length of the entry in bytes.
        found: usize,
    },
    /// Not deterministic CBOR of the entry's form: the fault of the one who wrote the bytes.
    #[error("not an entry: {0}")]
    Malformed(&'static str),
    /// A version, kind, field number or subject field of a later format: INCOMPLETE, never PASS.
    #[error("unknown format: {0}")]
    UnknownFormat(&'static str),
}

/// Stream, number, last: member 7.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StreamPosition {
    /// [`stream_hash`].
    pub stream: [u8; 32],
    /// 0-based.
    pub number: u64,
    /// Closes the stream.
    pub last: bool,
}

impl StreamPosition {
    /// The position that a claim states. `owner`: the submitter that made it in a context, or the signer of a
    /// `submission_context`.
    pub fn of(owner: &str, claim: &StreamClaim) -> Self {
        Self {
            stream: stream_hash(owner, &claim.stream),
            number: claim.number,
            last: claim.last,
        }
    }
}

/// One entry. The numbers are the keys of the CBOR map; key 0 is the format version, 1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// 1: what it is.
    pub kind: Kind,
    /// 2: digest of the evidence (index.root: of its list of runs; refused: zeros).
    pub evidence_digest: EvidenceDigest,
    /// 3: DID of the signer (refused: of the refused document; index.root: the origin).
    pub signer: String,
    /// 4: never less than that of the entry before.
    pub logged_at: TimestampMs,
    /// 5: subjects of the evidence, a pure function of it.
    pub subjects: Vec<Subject>,
    /// 6: who sent it.
    pub submitter: Option<SubmitterName>,
    /// 7: place in a stream.
    pub stream: Option<StreamPosition>,
    /// 8: index.root only: entries covered.
    pub covered: Option<TreeSize>,
    /// 9: raw digest of the evidence.
    pub raw_digest: Option<RawDigest>,
    /// 10: subjects of the context; `None` and empty differ on the wire.
    pub context_subjects: Option<Vec<Subject>>,
    /// 11: refused only: the reason code.
    pub refused: Option<String>,
    /// 13: index.root only: the list of runs, as it was written. What it has to say is no question of the entry's
    /// form: a proof checks it (`schemas/index.md`).
    pub index_runs: Option<Vec<u8>>,
}

impl Entry {
    /// The deterministic CBOR, which is the leaf.
    ///
    /// # Errors
    /// [`EntryError::TooLarge`] beyond 4 KiB; [`EntryError::Malformed`] where members do not go with the
    /// kind, or subjects are not sorted and unique. The one who put the entry together is at fault.
    pub fn encode(&self) -> Result<Vec<u8>, EntryError> {
        rules::check(self)?;
        let bytes = self.to_cbor()?;
        if bytes.len() > ENTRY_BYTES_MAX {
            return Err(EntryError::TooLarge { found: bytes.len() });
        }
        Ok(bytes)
    }

    /// Reads an entry strictly: bounds, one spelling, sorted unique subjects, the members of its
    /// kind. A later format is told apart from a broken one.
    ///
    /// # Errors
    /// [`EntryError::TooLarge`] and [`EntryError::Malformed`]: the one who wrote the bytes is at fault.
    /// [`EntryError::UnknownFormat`] where they are of a later format, about which nothing can be said here.
    pub fn decode(bytes: &[u8]) -> Result<Self, EntryError> {
        if bytes.len() > ENTRY_BYTES_MAX {
            return Err(EntryError::TooLarge { found: bytes.len() });
        }
        let wire: wire::Wire = cbor::decode_any_spelling(bytes)
            .ok_or(EntryError::Malformed("no CBOR map of an entry's members"))?;
        let entry = wire.into_entry()?;
        if entry.to_cbor()? != bytes {
            return Err(EntryError::Malformed("not deterministically encoded"));
        }
        rules::check(&entry)?;
        Ok(entry)
    }

    /// The subjects of the evidence, and those of the context on it.
    pub fn every_subject(&self) -> impl Iterator<Item = &Subject> {
        self.subjects.iter().chain(self.context_subjects.iter().flatten())
    }

    /// Whether bytes of a document of its own are kept for the entry. A submitter's context cites the document of an
    /// earlier entry and has a list of context subjects; a signed one has none. A document that was refused because of
    /// the token in it is not kept: the token is a secret.
    pub fn keeps_document(&self) -> bool {
        match self.kind {
            Kind::IndexRoot => false,
            Kind::Context => self.context_subjects.is_none(),
            Kind::Refused => self.refused.as_deref() != Some(Code::TokenLeaked.as_str()),
            _ => true,
        }
    }

    /// The digest by which erasure orders and holds name the entry's document: the evidence digest, or of a refused
    /// document, which has none in its entry, the raw digest.
    pub fn named_digest(&self) -> EvidenceDigest {
        match (self.kind, self.raw_digest) {
            (Kind::Refused, Some(raw)) => EvidenceDigest::from_bytes(*raw.as_bytes()),
            _ => self.evidence_digest,
        }
    }

    fn to_cbor(&self) -> Result<Vec<u8>, EntryError> {
        cbor::encode(self).ok_or(EntryError::Malformed("not encodable"))
    }
}

/// `SHA-256(0x00 || bytes)`: the leaf hash of an encoded entry (RFC 6962 §2.1).
pub fn entry_leaf_hash(bytes: &[u8]) -> LeafHash {
    tlog::hash::leaf_hash(bytes)
}
