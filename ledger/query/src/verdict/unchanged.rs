//! Whether what the log grew by is any of a job's business. Where it is not, the job has the verdict that it had.

use verifier::assess::{Closure, Query};
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;
use verifier::subject::{Subject, subject_hash};

use ledger::error::ReadError;
use ledger::reader::Reader;
use ledger::rows::{RowKey, Space};
use ledger::store::LookupOrder;

/// Looks for new rows of lookups.
pub(super) struct NewRows<'a>(pub(super) &'a Reader);

impl NewRows<'_> {
    /// Whether every lookup of a closure has the same answer as of a later size. Then the closure is the same: which lookups
    /// it has follows from their answers. The cost is that of one look at the new rows of each lookup.
    ///
    /// # Errors
    /// A failed read; and [`ReadError::Abandoned`] where nobody waits any more.
    pub(super) fn is_unchanged(&self, closure: &Closure, size: TreeSize) -> Result<bool, ReadError> {
        let from = closure.as_of.size.next_index();
        for answer in &closure.answers {
            if self.has_new(&answer.query, from, size)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn has_new(&self, query: &Query, from: LeafIndex, size: TreeSize) -> Result<bool, ReadError> {
        match query {
            Query::Kind(kind) => self.has_rows(&RowKey::of_kind(*kind), from, size),
            Query::Evidence(digest) => {
                let key = RowKey::new(Space::Evidence, *digest.as_bytes());
                self.has_rows(&key, from, size)
            }
            Query::Subject { field, value, kinds } => {
                let hash = subject_hash(&self.0.index_salt(), *field, value);
                let subject = Subject { field: *field, hash };
                self.has_new_of(&subject, kinds, from, size)
            }
            Query::Hashed { subject, kinds } => self.has_new_of(subject, kinds, from, size),
        }
    }

    /// Whether there is a new row of a subject whose entry is of one of the kinds; of any kind, where none is named.
    fn has_new_of(
        &self,
        subject: &Subject,
        kinds: &[Kind],
        from: LeafIndex,
        size: TreeSize,
    ) -> Result<bool, ReadError> {
        let key = RowKey::new(Space::Subject(subject.field), *subject.hash.as_bytes());
        if !self.has_rows(&key, from, size)? {
            return Ok(false);
        }
        if kinds.is_empty() {
            return Ok(true);
        }
        for kind in kinds {
            let of_kind = RowKey::of_kind(*kind);
            let mut at = from;
            // Leapfrog: each list is asked for its first row from where the other one stands.
            while let Some(one) = self.first_row(&of_kind, at, size)? {
                match self.first_row(&key, one, size)? {
                    Some(other) if other == one => return Ok(true),
                    Some(other) => at = other,
                    None => break,
                }
            }
        }
        Ok(false)
    }

    fn has_rows(&self, key: &RowKey, from: LeafIndex, size: TreeSize) -> Result<bool, ReadError> {
        Ok(self.first_row(key, from, size)?.is_some())
    }

    fn first_row(
        &self,
        key: &RowKey,
        from: LeafIndex,
        size: TreeSize,
    ) -> Result<Option<LeafIndex>, ReadError> {
        let rows = self.0.rows(key, from, size, LookupOrder::Ascending, 1)?;
        Ok(rows.first().copied())
    }
}
