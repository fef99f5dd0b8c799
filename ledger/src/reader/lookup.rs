//! Lookups through index rows. A row is only a hint: the entry that it points to is read, verified and
//! asked whether it really carries the key.

use verifier::digest::{EvidenceDigest, RawDigest, StatementDigest};
use verifier::entry::Entry;
use verifier::hash::{LeafHash, NodeHash};
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;
use verifier::subject::{Field, Subject, subject_hash};

use super::subject::{is_of_subject, require};
use super::{EntryRecord, LookupPage, PAGE_ENTRIES_MAX, Reader};
use crate::error::ReadError;
use crate::rows::{RowKey, Space};
use crate::store::LookupOrder;

/// Where a page of a lookup lies.
struct LookupWindow {
    from: Option<LeafIndex>,
    as_of: TreeSize,
    newest_first: bool,
    limit: usize,
}

#[expect(clippy::missing_errors_doc, reason = "`Reader` says them")]
impl Reader {
    /// Indices of a subject below `as_of`, from `from` on (itself included) in the given direction.
    /// At most 1,000 at once; `as_of` is at most the published size.
    ///
    /// # Errors
    /// [`ReadError::Beyond`] where `as_of` is beyond the published size; otherwise as every question to a
    /// [`Reader`].
    pub fn subject(
        &self,
        field: Field,
        value: &str,
        from: Option<LeafIndex>,
        as_of: TreeSize,
        newest_first: bool,
        limit: usize,
    ) -> Result<LookupPage<LeafIndex>, ReadError> {
        let subject = Subject {
            field,
            hash: subject_hash(&self.index_salt(), field, value),
        };
        let key = RowKey::new(Space::Subject(field), *subject.hash.as_bytes());
        let window = LookupWindow {
            from,
            as_of,
            newest_first,
            limit,
        };
        self.page(key, &window, |index, entry| is_of_subject(entry, &subject, index))
    }

    /// Entries of a kind below `as_of`; otherwise as [`Reader::subject`].
    ///
    /// # Errors
    /// As [`subject`](Self::subject).
    pub fn by_kind(
        &self,
        kind: Kind,
        from: Option<LeafIndex>,
        as_of: TreeSize,
        newest_first: bool,
        limit: usize,
    ) -> Result<LookupPage<LeafIndex>, ReadError> {
        let key = RowKey::of_kind(kind);
        let window = LookupWindow {
            from,
            as_of,
            newest_first,
            limit,
        };
        self.page(key, &window, |index, entry| held(entry.kind == kind, index))
    }

    /// The first entry with an evidence digest: that of the evidence itself, since only what is logged is spoken of.
    pub fn first_by_evidence(&self, digest: &EvidenceDigest) -> Result<Option<LeafIndex>, ReadError> {
        let Some(index) = self.first_row(&RowKey::new(Space::Evidence, *digest.as_bytes()))? else {
            return Ok(None);
        };
        require(self.entry_of(index)?.evidence_digest == *digest, index)?;
        Ok(Some(index))
    }

    /// All entries with an evidence digest, its own and contexts on it, ascending, at most 1,000.
    pub fn by_evidence(&self, digest: &EvidenceDigest) -> Result<Vec<LeafIndex>, ReadError> {
        let as_of = self.published().head.tree.size;
        let all = |from| LookupWindow {
            from,
            as_of,
            newest_first: false,
            limit: PAGE_ENTRIES_MAX,
        };
        let key = RowKey::new(Space::Evidence, *digest.as_bytes());
        let own = self.page(key, &all(None), |index, entry| {
            held(entry.evidence_digest == *digest, index)
        })?;
        // A signed submission_context has a digest of its own and names its target as a subject; so does
        // a review of the evidence, which is not about what the evidence is.
        let target = self.subject(
            Field::Evidence,
            &digest.to_string(),
            None,
            as_of,
            false,
            PAGE_ENTRIES_MAX,
        )?;
        let tree = self.tree()?;
        let mut indices = own.items;
        for leaf in self.leaves_at(&tree, &target.items)? {
            if leaf.decode()?.kind == Kind::Context {
                indices.push(leaf.index);
            }
        }
        indices.sort_unstable();
        indices.dedup();
        indices.truncate(PAGE_ENTRIES_MAX);
        Ok(indices)
    }

    /// The entries that refused a document with this digest, which is its raw digest: its evidence digest stands in no
    /// entry. Ascending, at most 1,000.
    pub fn refused_by_raw(&self, raw: &RawDigest) -> Result<Vec<LeafIndex>, ReadError> {
        let window = LookupWindow {
            from: None,
            as_of: self.published().head.tree.size,
            newest_first: false,
            limit: PAGE_ENTRIES_MAX,
        };
        let key = RowKey::new(Space::Refused, *raw.as_bytes());
        let is_refused = |entry: &Entry| entry.kind == Kind::Refused && entry.raw_digest == Some(*raw);
        let page = self.page(key, &window, |index, entry| held(is_refused(entry), index))?;
        Ok(page.items)
    }

    /// The first entry whose document makes this statement; of an erased one, what is left of it says so.
    pub fn by_statement(&self, statement: &StatementDigest) -> Result<Option<LeafIndex>, ReadError> {
        let key = RowKey::new(Space::Statement, *statement.as_bytes());
        let Some(index) = self.first_row(&key)? else {
            return Ok(None);
        };
        let record = self.entry(index)?;
        let makes = match record {
            Some(EntryRecord {
                erased: Some(remains),
                ..
            }) => remains.keys.contains(&key),
            Some(record) => self
                .evidence(&record)?
                .is_some_and(|verified| verified.evidence.envelope().statement() == *statement),
            None => false,
        };
        if makes {
            return Ok(Some(index));
        }
        Err(ReadError::corrupt(
            "the row of a statement",
            "an entry that makes it",
            format!("entry {index}"),
        ))
    }

    /// The first entry with this leaf hash; `None` if the published tree has none.
    pub fn by_leaf(&self, leaf: &LeafHash) -> Result<Option<LeafIndex>, ReadError> {
        let Some(index) = self.first_row(&RowKey::new(Space::Leaf, *leaf.as_bytes()))? else {
            return Ok(None);
        };
        let found = self.tree()?.leaf(index)?;
        if found != NodeHash::from(*leaf) {
            return Err(ReadError::corrupt(
                format!("the row of leaf hash {leaf}"),
                leaf,
                found,
            ));
        }
        Ok(Some(index))
    }

    /// The first published entry of a key.
    pub(super) fn first_row(&self, key: &RowKey) -> Result<Option<LeafIndex>, ReadError> {
        let size = self.published().head.tree.size;
        let rows = self.rows(key, LeafIndex::ZERO, size, LookupOrder::Ascending, 1)?;
        Ok(rows.first().copied())
    }

    /// One page of a key's rows, with the entries that `is_held` says the key has.
    fn page(
        &self,
        key: RowKey,
        window: &LookupWindow,
        is_held: impl Fn(LeafIndex, &Entry) -> Result<bool, ReadError>,
    ) -> Result<LookupPage<LeafIndex>, ReadError> {
        let tree = self.tree()?;
        if window.as_of > tree.size() {
            return Err(ReadError::beyond("tree size", window.as_of.value(), tree.size()));
        }
        let limit = window.limit.clamp(1, PAGE_ENTRIES_MAX);
        let (mut from, mut to, order) = if window.newest_first {
            let end = window.from.and_then(LeafIndex::size_with).unwrap_or(window.as_of);
            (LeafIndex::new(0), end.min(window.as_of), LookupOrder::Descending)
        } else {
            (
                window.from.unwrap_or_default(),
                window.as_of,
                LookupOrder::Ascending,
            )
        };
        loop {
            // One more than asked for says whether there is a next page, and where it begins.
            let mut rows = self.rows(&key, from, to, order, limit.saturating_add(1))?;
            let next = rows.get(limit).copied();
            rows.truncate(limit);
            let mut items = Vec::with_capacity(rows.len());
            for leaf in self.leaves_at(&tree, &rows)? {
                if is_held(leaf.index, &leaf.decode()?)? {
                    items.push(leaf.index);
                }
            }
            match (next, order) {
                // Every row was that of another key. An empty page would say that there is none of this one.
                (Some(next), LookupOrder::Ascending) if items.is_empty() => from = next,
                (Some(next), LookupOrder::Descending) if items.is_empty() => {
                    to = next.size_with().unwrap_or(to);
                }
                _ => {
                    return Ok(LookupPage {
                        items,
                        next,
                        as_of: window.as_of,
                    });
                }
            }
        }
    }

    /// Rows of a key in `from..to`: in order, without repetition, within bounds. An entry to which the row of a subject leads may only
    /// share 16 bytes of its hash: [`is_of_subject`] says it.
    pub fn rows(
        &self,
        key: &RowKey,
        from: LeafIndex,
        to: TreeSize,
        order: LookupOrder,
        limit: usize,
    ) -> Result<Vec<LeafIndex>, ReadError> {
        self.wanted.check()?;
        if from >= to.next_index() {
            return Ok(Vec::new());
        }
        let rows = self
            .shared()
            .rows
            .rows(key, (from, to.next_index()), order, limit)?;
        let ordered = rows.is_sorted_by(|a, b| match order {
            LookupOrder::Ascending => a < b,
            LookupOrder::Descending => a > b,
        });
        if !ordered || rows.iter().any(|&index| index < from || !to.contains(index)) {
            return Err(ReadError::corrupt(
                "an index row",
                "ascending indices within bounds",
                "others",
            ));
        }
        Ok(rows)
    }
}

fn held(carries: bool, index: LeafIndex) -> Result<bool, ReadError> {
    require(carries, index).map(|()| true)
}
