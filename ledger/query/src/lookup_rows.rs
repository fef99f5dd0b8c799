//! Where the index of a log holds the answer to a lookup of a closure, and the leapfrog by which two lists are intersected:
//! each step seeks, in one list, the next entry of the other. The shorter list bounds the cost, for a policy that a
//! million entries cite and one publishes.

use std::ops::ControlFlow;

use ledger::error::ReadError;
use ledger::reader::{Reader, is_of_subject, require};
use ledger::rows::{RowKey, Space};
use ledger::store::LookupOrder;
use verifier::assess::{Closure, Query};
use verifier::entry::Entry;
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;
use verifier::subject::{IndexSalt, Subject, subject_hash};

/// The rows that a lookup asks for.
pub(crate) struct LookupRows<'q> {
    query: &'q Query,
    /// Their key.
    pub(crate) key: RowKey,
    subject: Option<Subject>,
    /// The kinds that are asked for; empty: every kind.
    pub(crate) kinds: &'q [Kind],
}

impl<'q> LookupRows<'q> {
    pub(crate) fn of(query: &'q Query, salt: &IndexSalt) -> Self {
        let (key, subject, kinds): (_, _, &[Kind]) = match query {
            Query::Kind(kind) => (RowKey::of_kind(*kind), None, &[]),
            Query::Evidence(digest) => (RowKey::new(Space::Evidence, *digest.as_bytes()), None, &[]),
            Query::Hashed { subject, kinds } => (key_of(subject), Some(*subject), kinds),
            Query::Subject { field, value, kinds } => {
                let hash = subject_hash(salt, *field, value);
                let subject = Subject { field: *field, hash };
                (key_of(&subject), Some(subject), kinds)
            }
        };
        Self {
            query,
            key,
            subject,
            kinds,
        }
    }

    /// What is looked up.
    pub(crate) const fn query(&self) -> &'q Query {
        self.query
    }

    /// Whether an entry to which one of the rows leads is what the lookup asks for; false where it only shares 16 bytes of a hash with
    /// the subject.
    ///
    /// # Errors
    /// [`ReadError::Corrupt`] where no such row can lead to it.
    pub(crate) fn lead_to(&self, entry: &Entry, index: LeafIndex) -> Result<bool, ReadError> {
        let is_of_kind = self.kinds.is_empty() || self.kinds.contains(&entry.kind);
        let is_named = match (self.query, &self.subject) {
            (_, Some(subject)) => {
                require(is_of_kind, index)?;
                return is_of_subject(entry, subject, index);
            }
            (Query::Kind(kind), None) => entry.kind == *kind,
            (Query::Evidence(digest), None) => entry.evidence_digest == *digest,
            (Query::Subject { .. } | Query::Hashed { .. }, None) => false,
        };
        require(is_named && is_of_kind, index).map(|()| true)
    }

    /// Visits the entries in `from..to` that the lookup asks for, kind by kind and ascending in each, until `visit` breaks.
    ///
    /// # Errors
    /// A failed read, and what `visit` answers.
    pub(crate) fn each<E: From<ReadError>>(
        &self,
        reader: &Reader,
        (from, to): (LeafIndex, TreeSize),
        mut visit: impl FnMut(LeafIndex) -> Result<ControlFlow<()>, E>,
    ) -> Result<ControlFlow<()>, E> {
        let of_kinds = self.kinds.iter().map(|kind| Some(RowKey::of_kind(*kind)));
        for of_kind in of_kinds.chain(self.kinds.is_empty().then_some(None)) {
            let mut next = Some(from);
            while let Some(from) = next {
                let found = match &of_kind {
                    Some(of_kind) => {
                        let mut unlimited = usize::MAX;
                        next_common(reader, (&self.key, of_kind), (from, to), &mut unlimited)?
                    }
                    None => first_row(reader, &self.key, from, to)?,
                };
                let Some(found) = found else { break };
                if visit(found)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                next = found.next();
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// The key of the rows of a subject.
pub(crate) fn key_of(subject: &Subject) -> RowKey {
    RowKey::new(Space::Subject(subject.field), *subject.hash.as_bytes())
}

/// The first index from `from` on that a key has.
pub(crate) fn first_row(
    reader: &Reader,
    key: &RowKey,
    from: LeafIndex,
    to: TreeSize,
) -> Result<Option<LeafIndex>, ReadError> {
    let rows = reader.rows(key, from, to, LookupOrder::Ascending, 1)?;
    Ok(rows.first().copied())
}

/// The first index from `from` on that both keys have. `None` also where the steps are used up.
pub(crate) fn next_common(
    reader: &Reader,
    (one, other): (&RowKey, &RowKey),
    (mut from, to): (LeafIndex, TreeSize),
    steps: &mut usize,
) -> Result<Option<LeafIndex>, ReadError> {
    while *steps > 0 {
        *steps = steps.saturating_sub(1);
        let Some(candidate) = first_row(reader, one, from, to)? else {
            return Ok(None);
        };
        match first_row(reader, other, candidate, to)? {
            Some(common) if common == candidate => return Ok(Some(common)),
            Some(later) => from = later,
            None => return Ok(None),
        }
    }
    Ok(None)
}

/// Whether every lookup of a closure has the same answer as of a later size. Then the closure is the same: which lookups
/// it has follows from their answers. The cost is that of one look at the new rows of each lookup.
///
/// # Errors
/// A failed read; and [`ReadError::Abandoned`] where nobody waits any more.
pub(crate) fn is_unchanged(reader: &Reader, closure: &Closure, size: TreeSize) -> Result<bool, ReadError> {
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
