//! An entry that the log signed, and an answer of its index in which that entry should be.
//!
//! If it is not, both files together prove a fault of the log's operator, whatever the sizes of their checkpoints
//! (`schemas/index.md`, "An entry and an answer without it"): if both trees are of one history, the index is false, and otherwise
//! the log has signed two histories. So that nobody is accused by a damaged file, both files are checked whole first.

use super::proof::{IncludedEntry, included_entry};
use super::subject::OpenedAnswer;
use super::{Details, Finding, ProofFiles, Report};
use crate::note::VerifierKey;
use crate::subject_index::{range_in_words, rows_of};

/// The files that are held against each other.
#[derive(Clone, Copy, Debug)]
pub struct OmissionFiles<'a> {
    /// The tlog-proof of the entry.
    pub proof: &'a [u8],
    /// The entry, CBOR or base64 of it; used instead of the proof's `extra`.
    pub entry: Option<&'a [u8]>,
    /// The subject-proof.
    pub answer: &'a [u8],
    /// The document of log.genesis, or the server's answer for entry 0.
    pub genesis: &'a [u8],
}

/// Checks whether an entry that should be in an answer of the log's index is there.
///
/// PASS means that it is. FAIL on genuine files, with `INDEX_OMITS` or `LOG_FORKED`, is a proof of the operator's fault that
/// anybody can check. INCOMPLETE on genuine files means that the answer says nothing about this entry.
pub fn check_omission(files: &OmissionFiles<'_>, key: &VerifierKey) -> Report {
    check_omission_of(files, [key, key])
}

/// The same for a proof and an answer that are to be signed by different keys of the log, in this order.
pub fn check_omission_of(files: &OmissionFiles<'_>, keys: [&VerifierKey; 2]) -> Report {
    let mut details = Details::default();
    let (included, answer) = match open(files, keys, &mut details) {
        Ok(opened) => opened,
        Err(finding) => return finding.into_report(details),
    };
    details.set(
        "not_proved",
        "that no other entry is left out, which only an audit that computes the index again from all entries shows",
    );
    match compare(&included, &answer, &mut details) {
        Ok(message) => Report::pass(message, details),
        Err(finding) => finding.into_report_of_genuine(details),
    }
}

/// Both files, once everything in them holds.
fn open(
    files: &OmissionFiles<'_>,
    [of_proof_key, key]: [&VerifierKey; 2],
    details: &mut Details,
) -> Result<(IncludedEntry, OpenedAnswer), Finding> {
    let within = |file: &str, finding: Finding| Finding {
        message: format!("{file}: {}", finding.message),
        ..finding
    };
    let proof = ProofFiles {
        proof: files.proof,
        evidence: None,
        entry: files.entry,
        genesis: None,
    };
    // Its facts have the names of those of the answer.
    let mut of_proof = Details::default();
    let included = included_entry(&proof, of_proof_key, &mut of_proof)
        .map_err(|finding| within("the proof", finding))?;
    details.set("entry", included.index.value());
    details.set("entry_kind", included.entry.kind.as_str());
    details.set("entry_tree_size", included.head.size.value());
    details.set("entry_root_hash", included.head.root.to_string());
    details.checked("proof");
    let answer = OpenedAnswer::open(files.answer, files.genesis, key, details)
        .map_err(|finding| within("the answer", finding))?;
    Ok((included, answer))
}

/// Holds an entry of the log against an answer.
pub(super) fn compare(
    included: &IncludedEntry,
    answer: &OpenedAnswer,
    details: &mut Details,
) -> Result<String, Finding> {
    let IncludedEntry { index, entry, .. } = included;
    let is_one_tree = is_one_tree(included, answer)?;
    if is_one_tree {
        details.checked("consistency");
    } else {
        details.not_checked("consistency");
    }
    let (text, as_of) = (answer.text(), answer.as_of);
    if !as_of.contains(*index) {
        let message = format!(
            "The answer is as of size {as_of}, and says nothing of entry {index}: ask for a later one."
        );
        return Err(Finding::incomplete("ENTRY_NOT_COVERED", message));
    }
    if let Some(range) = answer.range.filter(|range| !range.contains(*index)) {
        let message = format!(
            "The answer is about entries in {} alone, and says nothing of entry {index}: ask for another range.",
            range_in_words(range)
        );
        return Err(Finding::incomplete("ENTRY_NOT_COVERED", message));
    }
    let lookup = answer.question.lookup(&answer.salt)?;
    // Below as-of, and so below 2^56.
    let rows = rows_of(*index, entry, &answer.salt).unwrap_or_default();
    let is_asked = rows
        .iter()
        .any(|row| row.key() == lookup.key() && lookup.codes().contains(row.code()));
    let asked = text.asked();
    if !is_asked {
        let message = format!(
            "Entry {index}, of kind {}, is none of the {asked}: the answer says nothing of it.",
            entry.kind
        );
        return Err(Finding::incomplete("ENTRY_NOT_ASKED_FOR", message));
    }
    let (said, basis) = (text.sentence(), text.basis());
    // A row of the entry in the index would need the entry in the file, and the entry in the file would need the row.
    if answer.record(*index).is_some() {
        return Ok(format!(
            "The index does not leave out entry {index}: it has it among its rows for this question. {said} {basis}"
        ));
    }
    let trees = if is_one_tree {
        "Both are of one tree, so that the index is false".to_owned()
    } else {
        format!(
            "The log signed the entry in a tree of size {}, and the index in one of size {}. If both are of one history, the index is \
             false; otherwise the log has two histories",
            included.head.size, answer.head.size
        )
    };
    let belongs = if lookup.fits(entry) {
        "is one of the"
    } else {
        // It shares 16 bytes of a hash with them, and its row is missing all the same.
        "is found under the key of the"
    };
    let message = format!(
        "Entry {index} {belongs} {asked}, and the index that the log signed in entry {} leaves it out, as of size {as_of}. It \
         says: {said} {trees}. The log's operator is at fault.",
        answer.index_root
    );
    Err(Finding::fail("INDEX_OMITS", message))
}

/// Whether the entry was signed in a tree whose root the answer has, too. Where it is not, nothing is known of the two trees but
/// that no entry contradicts them.
fn is_one_tree(included: &IncludedEntry, answer: &OpenedAnswer) -> Result<bool, Finding> {
    let forked = |what: String| Finding::fail("LOG_FORKED", format!("{what}: the log has forked"));
    let IncludedEntry { index, head, entry } = included;
    let signed = [
        (answer.head.size, answer.head.root),
        (answer.as_of, answer.as_of_root),
    ];
    let same_size = signed.into_iter().find(|(size, _)| *size == head.size);
    if same_size.is_some_and(|(_, root)| root != head.root) {
        return Err(forked(format!(
            "the log signed two trees that differ in their first {} entries",
            head.size
        )));
    }
    if answer.record(*index).is_some_and(|record| record != entry) {
        return Err(forked(format!(
            "two signed trees have different entries at {index}"
        )));
    }
    Ok(same_size.is_some())
}
