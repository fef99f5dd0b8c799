//! C2SP tlog-proof: an audit path, the checkpoint that it leads to, and in `extra` our entry's CBOR.
//!
//! ```text
//! c2sp.org/tlog-proof@v1
//! extra <base64>
//! index 5
//! vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=
//! yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=
//! 037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=
//!
//! <the checkpoint's note, verbatim>
//! ```
//!
//! The parser takes exactly what the writer writes: `parse(text)` printed gives `text` again.

use std::fmt;

use crate::base64::{decode_standard, decode_standard_array, encode_standard};
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::encoding::{WINDOWS_LINES, encoding_fault, has_windows_lines};
use crate::hash::{LeafHash, NodeHash};
use crate::index::{LeafIndex, parse_decimal};
use crate::merkle::MerkleError;
use crate::merkle::inclusion::verify_inclusion;
use crate::note::{UnverifiedNote, VerifierKey};

/// Largest proof, in bytes: a note of 128 KiB, an entry of 64 KiB in base64, 63 hashes.
pub const PROOF_BYTES_MAX: usize = 256 * 1024;
/// Longest audit path, of a tree of 2^63 entries.
pub const PATH_HASHES_MAX: usize = 63;

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// Why a proof was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// Not a tlog-proof: another file, or a damaged one.
    #[error("malformed tlog-proof: {0}")]
    Malformed(&'static str),
    /// The checkpoint does not open.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The audit path does not hold.
    #[error(transparent)]
    Merkle(#[from] MerkleError),
}

/// A parsed, unverified proof.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TlogProof {
    /// Not covered by anything in the proof; our entry's CBOR, whose leaf hash the path then covers.
    pub extra: Option<Vec<u8>>,
    /// Which leaf.
    pub index: LeafIndex,
    /// Leaf sibling first.
    pub path: Vec<NodeHash>,
    /// The note, verbatim.
    pub checkpoint: String,
}

impl TlogProof {
    /// Parses strictly: newlines only, no leading zeros, canonical base64, at most
    /// [`PATH_HASHES_MAX`] hashes and [`PROOF_BYTES_MAX`] bytes, a well-formed note.
    ///
    /// # Errors
    /// [`ProofError::Malformed`] where the bytes are no proof, [`ProofError::Checkpoint`] where the note at
    /// their end is malformed: the proof's author is at fault, or it was damaged on the way.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofError> {
        let malformed = ProofError::Malformed;
        if bytes.len() > PROOF_BYTES_MAX {
            return Err(malformed("longer than 256 KiB"));
        }
        if let Some(found) = encoding_fault(bytes) {
            return Err(malformed(found));
        }
        if has_windows_lines(bytes) {
            return Err(malformed(WINDOWS_LINES));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| malformed("not UTF-8"))?;
        let (head, checkpoint) = text
            .split_once("\n\n")
            .ok_or(malformed("no empty line before the checkpoint"))?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return Err(malformed("the first line is not c2sp.org/tlog-proof@v1"));
        }
        let extra = match lines.next_if(|line| line.starts_with("extra ")) {
            Some(line) => Some(parse_extra(line)?),
            None => None,
        };
        let index = lines
            .next()
            .and_then(|line| line.strip_prefix("index "))
            .and_then(parse_decimal)
            .ok_or(malformed("no index line with a decimal without leading zeros"))?;
        let path = parse_path(lines)?;
        UnverifiedNote::parse(checkpoint.as_bytes()).map_err(CheckpointError::from)?;
        Ok(Self {
            extra,
            index: LeafIndex::new(index),
            path,
            checkpoint: checkpoint.to_owned(),
        })
    }

    /// Opens the checkpoint with the log's key, then checks that `leaf` is at the index.
    ///
    /// Success proves that the log has committed to this leaf at this place. It does not prove that
    /// the log shows everybody the same tree: only cosignatures and comparing checkpoints do.
    ///
    /// # Errors
    /// [`ProofError::Checkpoint`] where [`Checkpoint::open`] refuses the checkpoint. [`ProofError::Merkle`]
    /// where the path does not lead from the leaf to the checkpoint's root: the prover is at fault, or the
    /// proof is of another leaf.
    pub fn verify(&self, leaf: &LeafHash, key: &VerifierKey) -> Result<Checkpoint, ProofError> {
        let checkpoint = Checkpoint::open(self.checkpoint.as_bytes(), key)?;
        let head = checkpoint.head();
        verify_inclusion(self.index, head.size, leaf, &self.path, &head.root)?;
        Ok(checkpoint)
    }
}

impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", encode_standard(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        for hash in &self.path {
            writeln!(f, "{}", encode_standard(hash.as_bytes()))?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

fn parse_extra(line: &str) -> Result<Vec<u8>, ProofError> {
    line.strip_prefix("extra ")
        .and_then(decode_standard)
        .ok_or(ProofError::Malformed("extra is not canonical base64"))
}

fn parse_path<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Vec<NodeHash>, ProofError> {
    let mut path = Vec::new();
    for line in lines {
        if path.len() == PATH_HASHES_MAX {
            return Err(ProofError::Malformed("more than 63 hashes"));
        }
        let hash = decode_standard_array(line).ok_or(ProofError::Malformed(
            "a hash is not canonical base64 of 32 bytes",
        ))?;
        path.push(NodeHash::from_bytes(hash));
    }
    Ok(path)
}
