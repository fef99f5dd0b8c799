//! One subject-proof: are these all entries that have what was asked for?
//!
//! The order is that of trust, as in `schemas/index.md`: the bytes, the checkpoint, the tree, the entries, the index.

use std::collections::BTreeSet;

use super::{Details, Finding, Genesis, Report};
use crate::checkpoint::{Checkpoint, TreeHead};
use crate::entry::{Entry, EntryError};
use crate::index::LeafIndex;
use crate::merkle::multi::roots;
use crate::note::{UnverifiedNote, VerifierKey};
use crate::subject::IndexSalt;
use crate::subject_index::{RecordsOfFile, SubjectProof};

/// Most indices that the report lists.
const INDICES_TOLD_MAX: usize = 100;

/// What a subject-proof says once it was checked.
#[derive(Clone, PartialEq, Debug)]
pub struct SubjectCheck {
    /// Whether it holds, or why it says nothing.
    pub report: Report,
    /// All entries below the file's as-of that have what was asked for, as far as the log's index says; absent where the file does
    /// not hold.
    pub answer: Option<Vec<(LeafIndex, Entry)>>,
}

/// Checks a subject-proof against the log's key. `genesis` is the document of log.genesis, which has the salt of subjects.
///
/// This proves what the log signed about its entries. That the index is right, only computing it again from all entries shows.
pub fn check_subject(bytes: &[u8], genesis: &[u8], key: &VerifierKey) -> SubjectCheck {
    let mut details = Details::default();
    match derive(bytes, genesis, key, &mut details) {
        Ok(answer) => SubjectCheck {
            report: Report::pass(sentence(answer.len()), details),
            answer: Some(answer),
        },
        Err(finding) => SubjectCheck {
            report: finding.into_report(details),
            answer: None,
        },
    }
}

fn sentence(count: usize) -> String {
    match count {
        0 => "no entry has what was asked for, as the log signed it in its index".to_owned(),
        1 => "one entry has what was asked for, and no other, as the log signed it in its index".to_owned(),
        _ => format!(
            "{count} entries have what was asked for, and no others, as the log signed it in its index"
        ),
    }
}

fn derive(
    bytes: &[u8],
    genesis: &[u8],
    key: &VerifierKey,
    details: &mut Details,
) -> Result<Vec<(LeafIndex, Entry)>, Finding> {
    let file = SubjectProof::decode(bytes)?;
    let records = records(&file)?;
    details.set_log(key);
    details.set("as_of", file.as_of.value());
    details.checked("file");
    let head = checkpoint(&file, key)?;
    details.set("tree_size", head.size.value());
    details.set("root_hash", head.root.to_string());
    details.checked("checkpoint");
    included(&file, &head)?;
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
    .prove(&questions, &file.index_proof)?;
    details.set("index_root", file.index_proof.index_root.value());
    details.set("covered", proved.covered().value());
    let mut needed = proved.needed();
    needed.extend([LeafIndex::ZERO, file.index_proof.index_root]);
    needed.extend(file.as_of.last_index());
    all_needed(&records, &needed)?;
    details.checked("index");
    details.not_checked("index_replay");
    details.not_checked("documents");

    let indices: BTreeSet<LeafIndex> = proved.answer(0).into_iter().flatten().collect();
    let told = indices.iter().take(INDICES_TOLD_MAX);
    details.set("entries", told.map(|index| index.value()).collect::<Vec<u64>>());
    details.set("entries_count", indices.len());
    let mut answer = records;
    answer.retain(|(index, _)| indices.contains(index));
    Ok(answer)
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
        let lines = note.lines().iter().map(|line| (line.name.as_str(), line.id));
        lines.eq([(key.name(), key.id())])
    });
    if is_alone {
        Ok(head)
    } else {
        Err(Finding::fail(
            "COSIGNATURE_INVALID",
            "the checkpoint has other lines than the log's one",
        ))
    }
}

/// Leads every entry to the signed root, and the tree as of which is asked to its beginning.
fn included(file: &SubjectProof<'_>, head: &TreeHead) -> Result<(), Finding> {
    let failed = |what: String| {
        Finding::fail(
            "INCLUSION_FAILED",
            format!("its entries are not those that the log signed: {what}"),
        )
    };
    let roots = roots(&file.leaves(), file.as_of, head.size, &file.hashes)
        .map_err(|error| failed(error.to_string()))?;
    if roots.whole == head.root {
        Ok(())
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
