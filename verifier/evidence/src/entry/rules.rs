//! Which members go with which kind, and the order of subjects.

use std::cmp::Ordering;

use super::{Entry, EntryError};
use crate::kind::Kind;
use crate::subject::{SUBJECTS_MAX, Subject};

/// Checks everything about an entry that its types leave open.
pub(super) fn check(entry: &Entry) -> Result<(), EntryError> {
    let rule = |holds: bool, broken: &'static str| {
        if holds {
            Ok(())
        } else {
            Err(EntryError::Malformed(broken))
        }
    };
    rule(!entry.signer.is_empty(), "an empty signer")?;
    rule(
        (entry.kind == Kind::Refused) == entry.refused.is_some(),
        "member 11 goes with refused, and only with it",
    )?;
    rule(
        (entry.kind == Kind::IndexRoot) == entry.covered.is_some(),
        "member 8 goes with index.root, and only with it",
    )?;
    rule(
        entry.kind == Kind::IndexRoot || entry.index_runs.is_none(),
        "member 13 goes only with index.root",
    )?;
    rule(
        (entry.kind == Kind::IndexRoot) != entry.raw_digest.is_some(),
        "member 9 goes with all kinds but index.root",
    )?;
    match entry.kind {
        Kind::Refused => {
            rule(
                entry.evidence_digest.as_bytes() == &[0; 32],
                "the evidence digest of refused is zeros",
            )?;
            rule(entry.subjects.is_empty(), "member 5 of refused is empty")?;
            rule(
                entry.refused.as_ref().is_some_and(|reason| !reason.is_empty()),
                "an empty reason code",
            )?;
        }
        Kind::IndexRoot => {
            rule(entry.subjects.is_empty(), "index.root has no subjects")?;
            rule(
                !is_submitted(entry),
                "index.root is written by the ledger: no members 6, 7, 10",
            )?;
        }
        Kind::LogGenesis => {
            rule(
                !is_submitted(entry),
                "log.genesis is written by the ledger: no members 6, 7, 10",
            )?;
        }
        _ => {}
    }
    let context_subjects = entry.context_subjects.as_deref().unwrap_or_default();
    rule(
        entry.subjects.len().saturating_add(context_subjects.len()) <= SUBJECTS_MAX,
        "more than 32 subjects",
    )?;
    rule(
        is_strictly_sorted(&entry.subjects),
        "member 5 is not sorted and unique",
    )?;
    rule(
        is_strictly_sorted(context_subjects),
        "member 10 is not sorted and unique",
    )
}

/// Whether a submitter left a mark.
fn is_submitted(entry: &Entry) -> bool {
    entry.submitter.is_some() || entry.stream.is_some() || entry.context_subjects.is_some()
}

fn is_strictly_sorted(subjects: &[Subject]) -> bool {
    subjects
        .iter()
        .zip(subjects.iter().skip(1))
        .all(|(one, next)| cbor_order(one, next) == Ordering::Less)
}

/// The bytewise order of the CBOR of `[field, hash]`. The length of a field comes before its
/// text, and that of a hash is always the same.
fn cbor_order(one: &Subject, other: &Subject) -> Ordering {
    let key = |subject: &Subject| {
        (
            subject.field.as_str().len(),
            subject.field.as_str(),
            *subject.hash.as_bytes(),
        )
    };
    key(one).cmp(&key(other))
}
