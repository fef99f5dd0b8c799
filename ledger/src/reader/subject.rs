//! Whether an entry to which a row leads is of the subject that was asked for.

use verifier::entry::Entry;
use verifier::index::{LeafIndex, TreeSize};
use verifier::runs::IndexKey;
use verifier::subject::{Field, Subject, SubjectHash};

use super::{Reader, ReaderTree};
use crate::error::ReadError;
use crate::rows::{RowKey, Space};
use crate::store::LookupOrder;

impl Reader {
    /// The first or the last entry in `from..to` with a subject.
    ///
    /// # Errors
    /// As every question to a [`Reader`].
    pub fn end_of_subject(
        &self,
        tree: &ReaderTree<'_>,
        subject: &Subject,
        (mut from, mut to): (LeafIndex, TreeSize),
        order: LookupOrder,
    ) -> Result<Option<(LeafIndex, Entry)>, ReadError> {
        let key = RowKey::new(Space::Subject(subject.field), *subject.hash.as_bytes());
        loop {
            let Some(index) = self.rows(&key, from, to, order, 1)?.first().copied() else {
                return Ok(None);
            };
            let entry = self.decoded(tree, index)?;
            if is_of_subject(&entry, subject, index)? {
                return Ok(Some((index, entry)));
            }
            match (order, index.next()) {
                (LookupOrder::Ascending, Some(next)) => from = next,
                (LookupOrder::Ascending, None) => return Ok(None),
                (LookupOrder::Descending, _) => to = TreeSize::new(index.value()),
            }
        }
    }
}

/// Whether an entry, or the context on it, names a subject.
pub fn carries(entry: &Entry, subject: &Subject) -> bool {
    entry.every_subject().any(|carried| carried == subject)
}

/// Whether an entry to which a row of a subject leads, or the context on it, names the subject. Runs find entries by 16 bytes of its hash:
/// one that shares no more than these is dropped (`schemas/index.md` §4).
///
/// # Errors
/// [`ReadError::Corrupt`] where the entry shares not even these: such a row is damage.
pub fn is_of_subject(entry: &Entry, subject: &Subject, index: LeafIndex) -> Result<bool, ReadError> {
    if carries(entry, subject) {
        return Ok(true);
    }
    let space = Space::Subject(subject.field);
    let key = IndexKey::of_hash(subject.hash.as_bytes());
    let mut keys = entry
        .every_subject()
        .filter(|carried| carried.field != Field::Nonce)
        .map(|carried| IndexKey::of_hash(carried.hash.as_bytes()));
    require(space.is_in_runs() && keys.any(|carried| carried == key), index)?;
    Ok(false)
}

/// A row that points to an entry which does not carry its key is damage.
///
/// # Errors
/// [`ReadError::Corrupt`] where `carries` is false.
pub fn require(carries: bool, index: LeafIndex) -> Result<(), ReadError> {
    if carries {
        return Ok(());
    }
    Err(ReadError::corrupt(
        "an index row",
        "an entry that carries its key",
        format!("entry {index}"),
    ))
}

/// The subjects of a field that an entry or the context on it names.
pub fn subjects_of(entry: &Entry, field: Field) -> impl Iterator<Item = SubjectHash> {
    entry
        .every_subject()
        .filter(move |subject| subject.field == field)
        .map(|subject| subject.hash)
}
