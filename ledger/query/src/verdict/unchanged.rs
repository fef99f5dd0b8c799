//! Whether what the log grew by is any of a job's business. Where it is not, the job has the verdict that it had.

use std::ops::ControlFlow;

use ledger::error::ReadError;
use ledger::reader::Reader;
use verifier::assess::Closure;
use verifier::index::TreeSize;

use crate::lookup_rows::{LookupRows, first_row};

/// Whether every lookup of a closure has the same answer as of a later size. Then the closure is the same: which lookups
/// it has follows from their answers. The cost is that of one look at the new rows of each lookup.
///
/// # Errors
/// A failed read; and [`ReadError::Abandoned`] where nobody waits any more.
pub(super) fn is_unchanged(reader: &Reader, closure: &Closure, size: TreeSize) -> Result<bool, ReadError> {
    let from = closure.as_of.size.next_index();
    for answer in &closure.answers {
        let rows = LookupRows::of(&answer.query, &closure.salt);
        // Most lists have no new row at all: one look, whichever kinds are asked for.
        if first_row(reader, &rows.key, from, size)?.is_none() {
            continue;
        }
        let first = rows.each(reader, (from, size), |_| {
            Ok::<_, ReadError>(ControlFlow::Break(()))
        });
        if first?.is_break() {
            return Ok(false);
        }
    }
    Ok(true)
}
