//! Packs: everything about one job in one file (normative: `schemas/pack.cddl`, `schemas/pack.md`).
//!
//! A pack is determined by its contents, byte for byte: [`Pack::open`] takes exactly what [`encode()`]
//! writes. What an opened pack says is not verified yet; that is for a check of the whole file.

mod closure;
mod cosigners;
mod encode;
mod erasure;
mod index;
mod records;
mod wire;

pub use encode::{Contents, encode};

pub use closure::{VerifyRecords, replay, verify_in_turn};
pub use cosigners::{CoSigner, Cosignature, cosignatures};
pub use erasure::Erasures;
pub use index::{NoIndexProof, PackCompleteness, check_index};
pub use records::{Records, check_records, entries};

use evidence::cbor::{self, Bytes};
use evidence::entry::{Entry, entry_leaf_hash};
use evidence::foreign::begins_as_pack;
use evidence::record::Record;
use evidence::report::Finding;
use evidence::subject::IndexSalt;
use evidence::subject_index::{IndexProof, IndexQuestion};
use tlog::hash::{LeafHash, NodeHash, sha256};
use tlog::index::{LeafIndex, TreeSize};

use wire::{Completeness, PackBody, PackFile, is_of_another_version};

/// Largest pack, in bytes.
pub const PACK_BYTES_MAX: usize = 256 << 20;
/// Longest part of a job id in the name of its file, in characters.
const NAME_CHARS_MAX: usize = 64;
/// The media type of a pack.
pub const PACK_MEDIA_TYPE: &str = "application/vnd.evidence-ledger.pack+cbor";
/// How names of packs end.
const PACK_FILE_EXTENSION: &str = "evidence";

/// The name of a job's pack: one harmless path segment, another for each job and size.
pub fn file_name(job_id: &str, as_of: TreeSize) -> String {
    let plain: String = job_id
        .chars()
        .take(NAME_CHARS_MAX)
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '-' {
                c
            } else {
                '_'
            }
        })
        .collect();
    // What was replaced or cut off is told apart by a hash.
    let suffix = if plain == job_id {
        String::new()
    } else {
        let hash = LeafHash::from_bytes(sha256(job_id.as_bytes())).to_string();
        format!("-{}", hash.get(..8).unwrap_or_default())
    };
    format!("job-{plain}{suffix}-{as_of}.{PACK_FILE_EXTENSION}")
}

/// Whether a file is called as packs are, whatever it holds.
pub fn is_pack_name(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, extension)| extension.eq_ignore_ascii_case(PACK_FILE_EXTENSION))
}

/// Why bytes are not a pack, or contents cannot become one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// Not a pack, or not the bytes that were written: the one who kept or sent the file is at fault.
    #[error("{0}")]
    Damaged(&'static str),
    /// Of a later format.
    #[error("{0}")]
    UnknownFormat(&'static str),
    /// Contents that contradict each other: the one who put them together is at fault.
    #[error("the contents do not make a pack: {0}")]
    Contents(&'static str),
    /// More than [`PACK_BYTES_MAX`].
    #[error("the pack would have more than {PACK_BYTES_MAX} bytes")]
    TooLarge,
}

/// A pack whose bytes are whole and spelt as they must be. Nothing in it is verified.
#[derive(Clone, PartialEq, Debug)]
pub struct Pack<'a> {
    body: PackBody<'a>,
    /// What each answer is about.
    questions: Vec<IndexQuestion>,
}

impl<'a> Pack<'a> {
    /// Reads a file: its checksum first, so that a damaged one is told from everything else, then its
    /// form, then that it is written in the one way in which it can be.
    ///
    /// # Errors
    /// [`PackError::UnknownFormat`] for a pack or index-proof of another version, and for a lookup with a field or kind of a
    /// later format; [`PackError::Damaged`] for everything else that is not a pack as it was written.
    pub fn open(bytes: &'a [u8]) -> Result<Self, PackError> {
        let damaged = PackError::Damaged;
        if bytes.len() > PACK_BYTES_MAX {
            return Err(damaged("it is longer than the 256 MiB that a pack may have"));
        }
        if !begins_as_pack(bytes) {
            return Err(damaged(
                "it does not begin as a pack: damaged, or another kind of file",
            ));
        }
        let (covered, checksum) = bytes
            .split_last_chunk::<32>()
            .ok_or(damaged("it was cut off: shorter than a checksum"))?;
        if sha256(covered) != *checksum {
            return Err(damaged(
                "its checksum does not match, so it was damaged or altered",
            ));
        }
        let Some(file) = cbor::decode_borrowed::<PackFile<'a>>(bytes) else {
            return Err(if is_of_another_version(bytes) {
                PackError::UnknownFormat("it is of a version of the format that is not known here")
            } else {
                damaged("it does not have the parts of a pack")
            });
        };
        if !cbor::encodes_to(&file, bytes) {
            return Err(damaged(
                "it is not written in the one way in which packs are written",
            ));
        }
        let PackFile(body, _) = file;
        let answers = &body.answers.0;
        let ordered = body.records.0.is_sorted_by(|one, next| one.0 < next.0)
            && body.cosigners.0.is_sorted_by(|one, next| one < next)
            && answers
                .iter()
                .all(|answer| answer.indices().is_sorted_by(|one, next| one < next));
        if !ordered {
            return Err(damaged("its parts are out of order"));
        }
        let completeness = Completeness::of(body.index_proof.as_ref());
        if answers.iter().any(|answer| answer.2 != completeness) {
            return Err(damaged(
                "an answer says something else about its completeness than the pack has a proof of",
            ));
        }
        let questions = answers.iter().map(|answer| answer.0.question());
        let questions = questions
            .collect::<Result<_, _>>()
            .map_err(|_| PackError::UnknownFormat("a lookup has a field or kind that is not known here"))?;
        Ok(Self { body, questions })
    }

    /// The key under which the checkpoint is said to be signed, as a note's verifier key.
    pub fn vkey(&self) -> &'a str {
        self.body.vkey
    }

    /// The job that the pack is about.
    pub fn job_id(&self) -> &'a str {
        self.body.job_id
    }

    /// The size of the tree as of which the job is assessed.
    pub fn as_of(&self) -> TreeSize {
        TreeSize::new(self.body.as_of)
    }

    /// The checkpoint, as a signed note.
    pub fn checkpoint(&self) -> &'a str {
        self.body.checkpoint
    }

    /// The assessment, in its canonical JSON.
    pub fn assessment(&self) -> &'a str {
        self.body.assessment
    }

    /// The proof that its answers are complete, if it has one.
    pub fn index_proof(&self) -> Option<&IndexProof<'a>> {
        self.body.index_proof.as_ref()
    }

    /// The number of entries.
    pub fn entry_count(&self) -> usize {
        self.body.records.0.len()
    }

    /// The number of entries that bring a document.
    pub fn document_count(&self) -> usize {
        self.body
            .records
            .0
            .iter()
            .filter(|record| record.2.is_some())
            .count()
    }

    /// The leaf of each entry, in the order of the log.
    pub fn leaves(&self) -> Vec<(LeafIndex, LeafHash)> {
        let records = self.body.records.0.iter();
        records
            .map(|record| (LeafIndex::new(record.0), entry_leaf_hash(record.1.0)))
            .collect()
    }

    /// The hashes that lead the leaves to the root.
    pub fn proof(&self) -> Vec<NodeHash> {
        let hashes = self.body.proof.0.iter();
        hashes.map(|hash| NodeHash::from_bytes(hash.0)).collect()
    }

    /// The document of entry 0: `None` where the pack does not hold the entry, and an inner `None` where it holds it
    /// without its document.
    pub fn genesis_document(&self) -> Option<Option<&'a [u8]>> {
        let first = self.body.records.0.first().filter(|record| record.0 == 0)?;
        Some(first.2.as_ref().map(|document| document.0))
    }
}

/// Document and context of an entry outside of any pack, compared with what the entry commits to.
///
/// # Errors
/// `CONTEXT_MISMATCH` where the context is not what the entry commits to, `RAW_DIGEST_MISMATCH` where the
/// document is not: the one who keeps or sends them is at fault.
pub fn check_record_outside_pack(
    index: LeafIndex,
    entry: (Entry, &[u8]),
    document: Option<&[u8]>,
    context: Option<&str>,
    salt: &IndexSalt,
) -> Result<Record, Finding> {
    let (entry, bytes) = entry;
    let wire = wire::RecordWire(index.value(), Bytes(bytes), document.map(Bytes), context);
    records::record(&wire, entry, salt)
}
