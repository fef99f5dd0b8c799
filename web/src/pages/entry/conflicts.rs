//! Entries that contradict this one: statements of its author with the same identity that say something else. Both are
//! logged, for a ledger that refuses the second hides the contradiction.

use ledger_query::QueryEngine;
use verifier::index::TreeSize;

use crate::error::PageError;
use crate::model::KnownRecord;
use crate::text::GroupedNumber;

/// Their entries, ascending, each with its number for people.
pub(super) fn of(
    engine: &QueryEngine,
    known: &KnownRecord,
    as_of: TreeSize,
) -> Result<Vec<GroupedNumber>, PageError> {
    let Some(evidence) = &known.evidence else {
        return Ok(Vec::new());
    };
    let record = &known.record;
    let found = engine.contradictions(evidence, record.index, record.entry.logged_at, as_of)?;
    Ok(found.into_iter().map(GroupedNumber::from).collect())
}
