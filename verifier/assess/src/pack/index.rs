//! Whether the answers of a pack are all there is, as far as the log's index says (`schemas/pack.md`, `schemas/index.md`).

use std::collections::BTreeSet;

use evidence::entry::Entry;
use evidence::kind::Kind;
use evidence::report::Finding;
use evidence::subject::IndexSalt;
use evidence::subject_index::{IndexError, RecordsOfFile};
use tlog::index::{LeafIndex, TreeSize};

use super::Pack;

/// What a pack shows about the completeness of its answers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PackCompleteness {
    /// Each answer is the one that the log signed in its index.
    Proved {
        /// The index.root, the last entry of the checkpoint's tree.
        index_root: LeafIndex,
        /// The entries with rows that were asked for: those of all answers, and those that only share 16 bytes of a hash with
        /// them.
        needed: BTreeSet<LeafIndex>,
    },
    /// The index contradicts an entry of the file: the log's operator is at fault, if everything else in the file holds.
    Contradicted(Finding),
    /// The checkpoint shows no index of the assessed tree.
    NotProved(NoIndexProof),
}

/// Why a pack has no index-proof.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoIndexProof {
    /// The last entry of the checkpoint's tree is no index.root with a list of runs.
    NoIndexRoot,
    /// It is one that covers less than the assessed tree.
    NotCovered,
}

impl NoIndexProof {
    /// Why there is none under a checkpoint whose tree ends with this entry; `None` where there has to be one.
    fn under(last: &Entry, as_of: TreeSize) -> Option<Self> {
        match (last.kind, last.covered, &last.index_runs) {
            (Kind::IndexRoot, Some(covered), Some(_)) => (covered < as_of).then_some(Self::NotCovered),
            _ => Some(Self::NoIndexRoot),
        }
    }
}

/// Compares every answer of a pack with the log's index. The caller has verified the checkpoint of `size`, that all entries are in
/// its tree, and log.genesis, which names origin and salt.
///
/// # Errors
/// `INCLUSION_FAILED` where the last entry of the tree is not in the file, `INDEX_PROOF_INVALID` where the proof was left out or
/// does not hold, or an answer is another one than it proves: the pack's maker is at fault.
pub fn check_index(
    pack: &Pack<'_>,
    entries: &[(LeafIndex, Entry)],
    (origin, salt): (&str, &IndexSalt),
    size: TreeSize,
) -> Result<PackCompleteness, Finding> {
    let last = entries
        .last()
        .filter(|(index, _)| index.size_with() == Some(size));
    let (index, last) = last.ok_or_else(|| {
        Finding::fail(
            "INCLUSION_FAILED",
            "it does not hold the last entry of the checkpoint's tree",
        )
    })?;
    let Some(proof) = &pack.body.index_proof else {
        let why = NoIndexProof::under(last, pack.as_of()).ok_or_else(|| {
            invalid(format!(
                "entry {index} is an index.root that covers the assessed tree, and the proof from it was left out"
            ))
        })?;
        return Ok(PackCompleteness::NotProved(why));
    };
    let records = RecordsOfFile {
        origin,
        salt,
        size,
        as_of: pack.as_of(),
        records: entries,
    };
    let proved = match records.prove(&pack.questions, proof) {
        Err(fault @ (IndexError::False { .. } | IndexError::Omits { .. })) => {
            return Ok(PackCompleteness::Contradicted(fault.into()));
        }
        proved => proved?,
    };
    // Each answer takes as long as it is, and the file holds all that were right.
    for (position, answer) in pack.body.answers.0.iter().enumerate() {
        let found = answer.indices().iter().map(|index| LeafIndex::new(*index));
        let expected = proved.answer(position);
        if !expected.is_some_and(|expected| found.eq(expected)) {
            return Err(invalid(format!(
                "lookup {position} has another answer than the log's index gives"
            )));
        }
    }
    Ok(PackCompleteness::Proved {
        index_root: proof.index_root,
        needed: proved.needed(),
    })
}

fn invalid(message: String) -> Finding {
    Finding::fail("INDEX_PROOF_INVALID", message)
}
