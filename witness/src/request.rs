//! The body of `add-checkpoint` (C2SP tlog-witness):
//!
//! ```text
//! old 20852014
//! PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
//! jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
//!
//! example.com/behind-the-sofa
//! 20852163
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//!
//! — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
//! ```
//!
//! The size that the log believes to be the last cosigned one, a consistency proof from there, an empty line, and the
//! checkpoint as a signed note.

use verifier::base64::decode_standard_array;
use verifier::checkpoint::CheckpointError;
use verifier::hash::NodeHash;
use verifier::index::{TreeSize, parse_decimal};
use verifier::note::{NOTE_BYTES_MAX, NoteError, UnverifiedNote};

use crate::checkpoint::CheckpointText;

/// Largest body, in bytes: room for the largest note, and more than 63 hashes never fit a proof.
pub const BODY_BYTES_MAX: usize = NOTE_BYTES_MAX;
/// Most hashes of a consistency proof: a tree of 2^64 leaves has no longer one.
pub const HASHES_MAX: usize = 63;

/// Why a body is no request. Its sender is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MalformedRequest {
    /// More than a witness reads.
    #[error("the body is longer than {BODY_BYTES_MAX} bytes")]
    TooLong,
    /// The first line.
    #[error("expected \"old \" and a size without leading zeros in the first line")]
    OldSize,
    /// A line that is ended by no newline, or no empty line behind the proof.
    #[error(
        "expected lines of base64 and then an empty line after the first line, found the end of the body"
    )]
    Unfinished,
    /// A line of the proof.
    #[error("expected 32 bytes in canonical base64 in line {line} of the consistency proof")]
    Hash {
        /// 1-based.
        line: usize,
    },
    /// A proof that belongs to no tree.
    #[error("the consistency proof has more than {HASHES_MAX} hashes")]
    TooManyHashes,
    /// What follows is no note.
    #[error("the checkpoint is no signed note: {0}")]
    Note(#[from] NoteError),
    /// The note's text is no checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

/// A request that was read. Neither its signatures nor its proof have been looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AddCheckpoint {
    /// What the log believes to be the last cosigned size.
    pub old: TreeSize,
    /// The consistency proof.
    pub proof: Vec<NodeHash>,
    /// The note, for its signatures.
    pub note: UnverifiedNote,
    /// The note's text.
    pub checkpoint: CheckpointText,
}

impl AddCheckpoint {
    /// Reads a body.
    ///
    /// # Errors
    /// [`MalformedRequest`] with the first rule that it breaks.
    pub fn parse(body: &[u8]) -> Result<Self, MalformedRequest> {
        if body.len() > BODY_BYTES_MAX {
            return Err(MalformedRequest::TooLong);
        }
        let (first, rest) = split_line(body).ok_or(MalformedRequest::OldSize)?;
        let old = text_of(first)
            .and_then(|line| line.strip_prefix("old "))
            .and_then(parse_decimal)
            .ok_or(MalformedRequest::OldSize)?;
        let (proof, note) = split_proof(rest)?;
        let note = UnverifiedNote::parse(note)?;
        let checkpoint = CheckpointText::parse(note.danger_text())?;
        Ok(Self {
            old: TreeSize::new(old),
            proof,
            note,
            checkpoint,
        })
    }
}

/// The hashes up to the empty line, and what follows it.
fn split_proof(mut rest: &[u8]) -> Result<(Vec<NodeHash>, &[u8]), MalformedRequest> {
    let mut proof = Vec::new();
    loop {
        let (line, after) = split_line(rest).ok_or(MalformedRequest::Unfinished)?;
        rest = after;
        if line.is_empty() {
            return Ok((proof, rest));
        }
        if proof.len() == HASHES_MAX {
            return Err(MalformedRequest::TooManyHashes);
        }
        let hash = text_of(line).and_then(decode_standard_array);
        let line = proof.len().saturating_add(1);
        proof.push(NodeHash::from_bytes(hash.ok_or(MalformedRequest::Hash { line })?));
    }
}

/// A line without its newline, and what follows.
fn split_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (line, rest) = bytes.split_at_checked(end)?;
    Some((line, rest.get(1..)?))
}

fn text_of(line: &[u8]) -> Option<&str> {
    std::str::from_utf8(line).ok()
}
