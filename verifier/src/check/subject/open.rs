//! A subject-proof, opened: everything in it holds, and it is known what it answers.
//!
//! The order is that of trust, as in `schemas/index.md`: the bytes, the checkpoint, the tree, the entries, the index.

use std::collections::BTreeSet;

use super::SubjectAnswer;
use crate::check::{Details, Finding, Genesis};
use crate::checkpoint::{Checkpoint, TreeHead};
use crate::entry::{Entry, EntryError};
use crate::hash::{LeafHash, RootHash};
use crate::index::{LeafIndex, TimestampMs, TreeSize};
use crate::merkle::multi::{Roots, roots};
use crate::note::{UnverifiedNote, VerifierKey};
use crate::runs::RunRange;
use crate::subject::IndexSalt;
use crate::subject_index::{AnswerText, IndexQuestion, RecordsOfFile, SubjectProof};

/// Most indices that the report lists.
const INDICES_TOLD_MAX: usize = 100;

/// A subject-proof of which everything holds.
pub(in crate::check) struct OpenedAnswer {
    pub(in crate::check) question: IndexQuestion,
    /// The size as of which is asked.
    pub(in crate::check) as_of: TreeSize,
    /// The entries below as-of to which the answer is restricted, if it is.
    pub(in crate::check) range: Option<RunRange>,
    /// What the log signed.
    pub(in crate::check) head: TreeHead,
    /// Root of the tree of the first as-of entries.
    pub(in crate::check) as_of_root: RootHash,
    pub(in crate::check) salt: IndexSalt,
    pub(in crate::check) index_root: LeafIndex,
    /// All entries of the file, ascending by index.
    pub(in crate::check) records: Vec<(LeafIndex, Entry)>,
    /// The leaf of each of them.
    leaves: Vec<LeafHash>,
    /// Those of the answer, ascending.
    pub(in crate::check) found: Vec<LeafIndex>,
}

/// An entry of an answer: where it is, and that it is this one.
pub(in crate::check) struct AnsweredEntry {
    pub(in crate::check) index: LeafIndex,
    pub(in crate::check) leaf: LeafHash,
    pub(in crate::check) logged_at: TimestampMs,
}

impl OpenedAnswer {
    /// Opens a file under the log's key; `genesis` is the document of log.genesis.
    pub(in crate::check) fn open(
        bytes: &[u8],
        genesis: &[u8],
        key: &VerifierKey,
        details: &mut Details,
    ) -> Result<Self, Finding> {
        let file = SubjectProof::decode(bytes)?;
        let records = records(&file)?;
        details.set_log(key);
        details.set("as_of", file.as_of.value());
        details.set("question", file.question.to_json());
        if let Some(range) = file.range {
            details.set("range", [range.begin().value(), range.end().value()]);
        }
        details.checked("file");
        let head = checkpoint(&file, key)?;
        details.set("tree_size", head.size.value());
        details.set("root_hash", head.root.to_string());
        details.checked("checkpoint");
        let leaves = file.leaves();
        let roots = included(&file, &leaves, &head)?;
        details.checked("inclusion");
        ordered(&records)?;
        let salt = salt(&records, genesis, key)?;
        details.checked("genesis");

        let questions = [file.question.clone()];
        let proved = RecordsOfFile {
            origin: key.name(),
            salt: &salt,
            size: head.size,
            as_of: file.as_of,
            records: &records,
        }
        .prove_in(file.range, &questions, &file.index_proof)?;
        details.set("index_root", file.index_proof.index_root.value());
        details.set("covered", proved.covered().value());
        let mut needed = proved.needed();
        needed.extend([LeafIndex::ZERO, file.index_proof.index_root]);
        needed.extend(file.as_of.last_index());
        all_needed(&records, &needed)?;
        details.checked("index");
        details.not_checked("index_replay");
        details.not_checked("documents");

        let found = proved.answer(0).unwrap_or_default();
        let told = found.iter().take(INDICES_TOLD_MAX);
        details.set("entries", told.map(|index| index.value()).collect::<Vec<u64>>());
        details.set("entries_count", found.len());
        Ok(Self {
            question: file.question,
            as_of: file.as_of,
            range: file.range,
            head,
            as_of_root: roots.prefix,
            salt,
            index_root: file.index_proof.index_root,
            records,
            leaves: leaves.into_iter().map(|(_, leaf)| leaf).collect(),
            found,
        })
    }

    /// The answer, to be put into words.
    pub(in crate::check) fn text(&self) -> AnswerText<'_> {
        AnswerText {
            question: &self.question,
            as_of: self.as_of,
            range: self.range,
            index_root: self.index_root,
            found: &self.found,
        }
    }

    /// The entry at an index, where the file holds it.
    pub(in crate::check) fn record(&self, index: LeafIndex) -> Option<&Entry> {
        let place = self
            .records
            .binary_search_by_key(&index, |(index, _)| *index)
            .ok()?;
        self.records.get(place).map(|(_, entry)| entry)
    }

    /// The answer alone.
    pub(super) fn into_answer(self) -> SubjectAnswer {
        SubjectAnswer {
            question: self.question.clone(),
            as_of: self.as_of,
            range: self.range,
            index_root: self.index_root,
            entries: self.into_entries(),
        }
    }

    /// The entries of the answer, by their leaves.
    pub(in crate::check) fn answered(&self) -> impl Iterator<Item = AnsweredEntry> {
        let records = self.records.iter().zip(&self.leaves);
        records
            .filter(|((index, _), _)| self.found.binary_search(index).is_ok())
            .map(|((index, entry), leaf)| AnsweredEntry {
                index: *index,
                leaf: *leaf,
                logged_at: entry.logged_at,
            })
    }

    /// The entries of the answer.
    fn into_entries(self) -> Vec<(LeafIndex, Entry)> {
        let mut entries = self.records;
        entries.retain(|(index, _)| self.found.binary_search(index).is_ok());
        entries
    }
}

/// The entries of the file. One of a later format leaves everything else open, also that another record is no entry.
fn records(file: &SubjectProof<'_>) -> Result<Vec<(LeafIndex, Entry)>, Finding> {
    let mut malformed = None;
    let mut records = Vec::with_capacity(file.entries.len());
    for (index, bytes) in &file.entries {
        match Entry::decode(bytes) {
            Ok(entry) => records.push((*index, entry)),
            Err(error @ EntryError::UnknownFormat(_)) => {
                return Err(Finding::incomplete(
                    "UNKNOWN_FORMAT",
                    format!("entry {index}: {error}"),
                ));
            }
            Err(error) => {
                malformed.get_or_insert_with(|| {
                    Finding::fail("ENTRY_MALFORMED", format!("entry {index}: {error}"))
                });
            }
        }
    }
    malformed.map_or(Ok(records), Err)
}

/// The signed head, which is not before as-of, from a note with the log's line alone: nothing else in the file vouches for another
/// line, so that anybody could add one.
fn checkpoint(file: &SubjectProof<'_>, key: &VerifierKey) -> Result<TreeHead, Finding> {
    let head = Checkpoint::open(file.checkpoint.as_bytes(), key)?.head().clone();
    if head.size < file.as_of {
        return Err(Finding::fail(
            "CHECKPOINT_MALFORMED",
            format!(
                "the checkpoint of size {} does not cover size {}",
                head.size, file.as_of
            ),
        ));
    }
    let note = UnverifiedNote::parse(file.checkpoint.as_bytes());
    let is_alone = note.is_ok_and(|note| {
        let are_of_log = note.lines().iter().all(|line| line.name == key.name());
        are_of_log && note.lines().is_sorted_by(|one, next| one.id < next.id)
    });
    if is_alone {
        Ok(head)
    } else {
        Err(Finding::fail(
            "COSIGNATURE_INVALID",
            "the checkpoint has other lines than those of the log, ascending by their key ids",
        ))
    }
}

/// Leads every entry to the signed root, and the tree as of which is asked to its beginning.
fn included(
    file: &SubjectProof<'_>,
    leaves: &[(LeafIndex, LeafHash)],
    head: &TreeHead,
) -> Result<Roots, Finding> {
    let failed = |what: String| {
        Finding::fail(
            "INCLUSION_FAILED",
            format!("its entries are not those that the log signed: {what}"),
        )
    };
    let roots =
        roots(leaves, file.as_of, head.size, &file.hashes).map_err(|error| failed(error.to_string()))?;
    if roots.whole == head.root {
        Ok(roots)
    } else {
        Err(failed("they lead to another root".to_owned()))
    }
}

fn ordered(records: &[(LeafIndex, Entry)]) -> Result<(), Finding> {
    let pairs = records.iter().zip(records.iter().skip(1));
    for ((_, before), (index, entry)) in pairs {
        if entry.logged_at < before.logged_at {
            return Err(Finding::fail(
                "ENTRY_MALFORMED",
                format!("entry {index} was logged before an earlier entry"),
            ));
        }
    }
    Ok(())
}

/// The salt of the log, from the document of entry 0.
fn salt(records: &[(LeafIndex, Entry)], genesis: &[u8], key: &VerifierKey) -> Result<IndexSalt, Finding> {
    let invalid = |what: String| Finding::fail("GENESIS_INVALID", what);
    let first = records.first().filter(|(index, _)| *index == LeafIndex::ZERO);
    let (_, entry) = first.ok_or_else(|| invalid("the file does not hold entry 0".to_owned()))?;
    let genesis =
        Genesis::open_under_entry(genesis, entry, key).map_err(|error| invalid(error.to_string()))?;
    Ok(genesis.payload().index_salt)
}

fn all_needed(records: &[(LeafIndex, Entry)], needed: &BTreeSet<LeafIndex>) -> Result<(), Finding> {
    match records.iter().find(|(index, _)| !needed.contains(index)) {
        Some((index, _)) => Err(Finding::fail(
            "RECORD_SUPERFLUOUS",
            format!("entry {index} belongs to no part of the answer"),
        )),
        None => Ok(()),
    }
}
