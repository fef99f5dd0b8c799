//! What proves a fault of the operator: files that `ledger-verify omission` takes.

use super::DrawnEntry;
use crate::check::Finding;
use crate::index::LeafIndex;

/// A file that belongs to a proof.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FaultFile {
    /// What it is, as the end of a file's name: `proof` or `answer`.
    pub extension: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A fault of the log's operator, and the files that prove it to everybody who has the log's key and its genesis.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SampleFault {
    /// The entry that the answer leaves out; `None` where the answer contradicts itself, and the finding names the entry.
    pub entry: Option<LeafIndex>,
    /// What is wrong.
    pub finding: Finding,
    /// The entry's tlog-proof and the subject-proof.
    pub files: Vec<FaultFile>,
}

impl SampleFault {
    /// An answer that leaves out an entry.
    pub(super) fn of_entry(drawn: &DrawnEntry, finding: Finding, answer: &[u8]) -> Self {
        Self {
            entry: Some(drawn.included.index),
            ..Self::of_answer(drawn, finding, answer)
        }
    }

    /// An answer that is wrong by itself. `drawn` is the entry that it was asked for: the check takes the proof of one.
    pub(super) fn of_answer(drawn: &DrawnEntry, finding: Finding, answer: &[u8]) -> Self {
        let proof = FaultFile {
            extension: "proof",
            bytes: drawn.proof.clone().into_bytes(),
        };
        let answer = FaultFile {
            extension: "answer",
            bytes: answer.to_vec(),
        };
        Self {
            entry: None,
            finding,
            files: vec![proof, answer],
        }
    }
}
