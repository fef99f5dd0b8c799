//! Two checkpoints of one log: is the older tree the beginning of the newer one?

use serde::Deserialize;

use super::{Details, Finding, Report};
use crate::base64::decode_standard_array;
use crate::checkpoint::Checkpoint;
use crate::hash::NodeHash;
use crate::merkle::MerkleError;
use crate::merkle::consistency::verify_consistency;
use crate::note::VerifierKey;

/// Largest proof file: 64 hashes take 3 KiB, their JSON form little more.
const PROOF_FILE_BYTES_MAX: usize = 64 * 1024;
/// A proof between any two sizes has fewer hashes.
const HASHES_MAX: usize = 128;

/// The code of two checkpoints that were given in the wrong order, of which the caller is at fault and no log.
pub const CHECKPOINTS_REVERSED: &str = "CHECKPOINTS_REVERSED";

/// Checks that the log that signed `old` has since only appended to come to `new`.
///
/// `proof` holds one hash a line in base64, or the server's JSON answer with `hashes`. An empty
/// file is the proof between equal sizes and from the empty tree.
pub fn check_consistency(old: &[u8], new: &[u8], proof: &[u8], key: &VerifierKey) -> Report {
    let signed = |file| SignedFile { file, key };
    check_consistency_of(&signed(old), &signed(new), proof)
}

/// A file with a checkpoint, and the key that is to have signed it.
#[derive(Clone, Copy, Debug)]
pub struct SignedFile<'a> {
    /// A note, or the server's JSON answer that holds one.
    pub file: &'a [u8],
    /// The key of the log.
    pub key: &'a VerifierKey,
}

/// The same for checkpoints that a log signed with different keys. Success shows that the older one is of the log's tree, even if
/// its key was stolen since.
pub fn check_consistency_of(old: &SignedFile<'_>, new: &SignedFile<'_>, proof: &[u8]) -> Report {
    let mut details = Details::default();
    match decide(old, new, proof, &mut details) {
        Ok(message) => Report::pass(message, details),
        Err(finding) => finding.into_report(details),
    }
}

fn decide(
    old: &SignedFile<'_>,
    new: &SignedFile<'_>,
    proof: &[u8],
    details: &mut Details,
) -> Result<String, Finding> {
    details.set_log(new.key);
    let old = open(old.file, "older", old.key)?;
    details.set("old_size", old.head().size.value());
    details.set("old_root_hash", old.head().root.to_string());
    let new = open(new.file, "newer", new.key)?;
    details.set("new_size", new.head().size.value());
    details.set("new_root_hash", new.head().root.to_string());
    let (old, new) = (old.head(), new.head());
    if old.size == new.size && old.root != new.root {
        return Err(Finding::fail(
            "LOG_FORKED",
            format!(
                "two signed checkpoints of size {} have different roots: the log has forked",
                old.size
            ),
        ));
    }
    if old.size > new.size {
        return Err(Finding::fail(
            CHECKPOINTS_REVERSED,
            format!(
                "OLD is of size {} and NEW of size {}, so they are exchanged: give the smaller one first",
                old.size, new.size
            ),
        ));
    }
    let hashes = parse_proof(proof)?;
    details.set("proof_hashes", hashes.len());
    verify_consistency(old.size, &old.root, new.size, &new.root, &hashes).map_err(|error| {
        let reason_code = match error {
            MerkleError::WrongLength { .. } => "PROOF_WRONG_LENGTH",
            _ => "CONSISTENCY_FAILED",
        };
        Finding::fail(
            reason_code,
            format!("from size {} to {}: {error}", old.size, new.size),
        )
    })?;
    Ok(format!(
        "the tree of size {} is the beginning of the tree of size {}",
        old.size, new.size
    ))
}

/// The checkpoint in a file: a note, or the server's JSON answer that holds one.
pub(super) fn open(file: &[u8], which: &str, key: &VerifierKey) -> Result<Checkpoint, Finding> {
    let note = checkpoint_note(file).ok_or_else(|| {
        Finding::fail(
            "CHECKPOINT_MALFORMED",
            format!(
                "the {which} checkpoint is refused: it is JSON without the member \"checkpoint\"; {TAKE}"
            ),
        )
    })?;
    Checkpoint::open(&note, key).map_err(|error| {
        let finding = Finding::from(error);
        let message = finding
            .message
            .replacen("the checkpoint", &format!("the {which} checkpoint"), 1);
        let message = match finding.reason_code {
            "CHECKPOINT_MALFORMED" => format!("{message}; {TAKE}"),
            _ => message,
        };
        Finding { message, ..finding }
    })
}

/// The note in a file: the file itself, or the member of the server's JSON answer.
pub fn checkpoint_note(file: &[u8]) -> Option<Vec<u8>> {
    if !file.trim_ascii_start().starts_with(b"{") {
        return Some(file.to_vec());
    }
    let answer: CheckpointMember = serde_json::from_slice(file).ok()?;
    Some(answer.checkpoint.into_bytes())
}

/// Where a checkpoint comes from.
const TAKE: &str = "take what the server answers to /log/checkpoint or to /v1/checkpoints?size=N";

/// An answer of the server with a checkpoint in it.
#[derive(Deserialize)]
struct CheckpointMember {
    checkpoint: String,
}

/// The part of the server's answer that is needed; sizes and roots come from the checkpoints.
#[derive(Deserialize)]
struct ConsistencyHashes {
    hashes: Vec<String>,
}

fn parse_proof(bytes: &[u8]) -> Result<Vec<NodeHash>, Finding> {
    let malformed = |what: &str| {
        Finding::fail(
            "PROOF_MALFORMED",
            format!("the consistency proof is refused: {what}"),
        )
    };
    if bytes.len() > PROOF_FILE_BYTES_MAX {
        return Err(malformed("longer than 64 KiB"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| malformed("not UTF-8"))?;
    let lines: Vec<String> = if text.trim_start().starts_with('{') {
        let answer: ConsistencyHashes =
            serde_json::from_str(text).map_err(|_| malformed("not a JSON object with a list of hashes"))?;
        answer.hashes
    } else {
        text.lines().map(str::to_owned).collect()
    };
    if lines.len() > HASHES_MAX {
        return Err(malformed("too many hashes"));
    }
    lines
        .iter()
        .map(|line| decode_standard_array(line).map(NodeHash::from_bytes))
        .collect::<Option<_>>()
        .ok_or_else(|| malformed("a hash is not canonical base64 of 32 bytes"))
}
