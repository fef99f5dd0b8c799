//! Entries that contradict this one: other statements of its signer with the same identity. Both are logged, for a
//! ledger that refuses the second hides the contradiction.

use std::collections::BTreeSet;

use ledger::reader::Reader;
use verifier::evidence::Evidence;
use verifier::index::{LeafIndex, TreeSize};
use verifier::subject::Field;

use crate::error::PageError;
use crate::model::Known;
use crate::text::grouped;

/// Entries that share an id with this one and are looked at, for each id.
const LOOKED_AT: usize = 16;

/// Their entries, ascending, each with its number for people.
pub(super) fn of(reader: &Reader, known: &Known, as_of: TreeSize) -> Result<Vec<(u64, String)>, PageError> {
    let Some(evidence) = known
        .evidence
        .as_ref()
        .filter(|said| !said.identities().is_empty())
    else {
        return Ok(Vec::new());
    };
    let mut shared: BTreeSet<LeafIndex> = BTreeSet::new();
    for subject in evidence
        .subjects()
        .iter()
        .filter(|subject| identifies(subject.field))
    {
        let kind = known.record.entry.kind;
        let found = reader.subject_of_kind(subject.field, &subject.value, kind, as_of, LOOKED_AT)?;
        shared.extend(found.indices);
    }
    shared.remove(&known.record.index);
    let mut conflicts = Vec::new();
    for index in shared {
        let other = Known::read(reader, index)?;
        let contradicts = |other: &Evidence| {
            let mut theirs = other.identities().iter();
            theirs.any(|identity| evidence.identities().contains(identity))
        };
        if other
            .and_then(|other| other.evidence)
            .is_some_and(|other| contradicts(&other))
        {
            conflicts.push((index.value(), grouped(index.value())));
        }
    }
    Ok(conflicts)
}

/// Whether a subject of this field is part of an identity.
const fn identifies(field: Field) -> bool {
    matches!(
        field,
        Field::Receipt | Field::Nonce | Field::Token | Field::Jti | Field::Bundle
    )
}
