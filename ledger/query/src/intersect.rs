//! Entries of one kind that carry a subject, in a bounded number of steps.

use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;
use verifier::subject::{Field, Subject, subject_hash};

use crate::QueryEngine;
use crate::lookup_rows::{key_of, next_common};
use ledger::error::ReadError;
use ledger::reader::{is_of_subject, require};
use ledger::rows::RowKey;

/// Most steps of one intersection: a submitter can make lists that alternate and have no entry in common.
pub(crate) const INTERSECTION_STEPS_MAX: usize = 8_192;

/// Entries that carry a subject and are of one kind.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct KindEntries {
    /// The entries found, ascending.
    pub indices: Vec<LeafIndex>,
    /// Whether these are all; the search is bounded.
    pub complete: bool,
}

impl QueryEngine {
    /// The entries below `as_of` that carry a subject and are of a kind, in log order, at most `limit`.
    ///
    /// # Errors
    /// A failed read.
    pub fn subject_of_kind(
        &self,
        field: Field,
        value: &str,
        kind: Kind,
        as_of: TreeSize,
        limit: usize,
    ) -> Result<KindEntries, ReadError> {
        let mut steps = INTERSECTION_STEPS_MAX;
        self.subject_of_kind_within(field, value, kind, as_of, limit, &mut steps)
    }

    /// The same, with the turns that are left for several searches together.
    pub(crate) fn subject_of_kind_within(
        &self,
        field: Field,
        value: &str,
        kind: Kind,
        as_of: TreeSize,
        limit: usize,
        steps: &mut usize,
    ) -> Result<KindEntries, ReadError> {
        let as_of = self.checked_size("tree size", as_of)?;
        let tree = self.tree()?;
        let subject = self.subject_named(field, value);
        let (named, kinds) = (key_of(&subject), RowKey::of_kind(kind));
        let mut found = KindEntries::default();
        let mut from = LeafIndex::new(0);
        loop {
            let Some(met) = next_common(self, (&named, &kinds), (from, as_of), steps)? else {
                found.complete = *steps > 0;
                return Ok(found);
            };
            let entry = self.decoded(&tree, met)?;
            require(entry.kind == kind, met)?;
            if is_of_subject(&entry, &subject, met)? {
                if found.indices.len() >= limit {
                    return Ok(found);
                }
                found.indices.push(met);
            }
            let Some(next) = met.next() else {
                return Ok(found);
            };
            from = next;
        }
    }

    pub(crate) fn subject_named(&self, field: Field, value: &str) -> Subject {
        Subject {
            field,
            hash: subject_hash(&self.index_salt(), field, value),
        }
    }
}
