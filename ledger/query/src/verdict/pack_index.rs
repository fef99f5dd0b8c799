//! Under which checkpoint a pack is made, and what the log's index proves of its answers.

use std::collections::BTreeMap;

use verifier::assess::Closure;
use verifier::index::{LeafIndex, TreeSize};
use verifier::pack::PackError;
use verifier::runs::{IndexRow, ROWS_OF_ENTRY_MAX};
use verifier::subject_index::{IndexLookup, IndexQuestion, code_of, rows_of};

use super::collect::CLOSURE_RECORDS_MAX;
use super::pack::PackFault;
use ledger::error::ReadError;
use ledger::index::{IndexAnswer, IndexProofError, IndexRoot};
use ledger::reader::{Reader, ReaderTree};
use ledger::shared::PublishedHead;

/// The head under which a pack is made. Its last entry is an index.root that covers the closure's size exactly where there is an
/// answer from the index.
pub(super) struct PackHead {
    pub(super) published: PublishedHead,
    pub(super) answer: Option<IndexAnswer>,
}

impl PackHead {
    /// The head of the newest index.root, if that covers the closure; otherwise the published one. It has `at_least` so many
    /// entries.
    ///
    /// # Errors
    /// As every question to a [`Reader`], and [`PackFault::Pack`] where the index has more entries than a pack.
    pub(super) fn choose(reader: &Reader, closure: &Closure, at_least: TreeSize) -> Result<Self, PackFault> {
        let as_of = closure.as_of.size;
        let lookups = lookups(closure)?;
        // An index.root that came between both looks is the newest, and covers enough, the second time.
        for _ in 0..2 {
            if let Some(answer) = answer(reader, &lookups, as_of)?
                && answer.head.head.tree.size >= at_least
            {
                agree(closure, &answer)?;
                return Ok(Self {
                    published: answer.head.clone(),
                    answer: Some(answer),
                });
            }
            let published = reader.published();
            if !ends_in_index(reader, &published, as_of)? {
                return Ok(Self {
                    published,
                    answer: None,
                });
            }
        }
        let expected = "what the last entry of the published head covers";
        Err(ReadError::corrupt("the newest index.root", expected, "less").into())
    }

    /// The entries that only share 16 bytes of a hash with what was looked up.
    ///
    /// # Errors
    /// [`ReadError::Corrupt`] for an entry that was looked up and not found: the store has lost a row.
    pub(super) fn colliding(
        &self,
        reader: &Reader,
        tree: &ReaderTree<'_>,
        closure: &Closure,
    ) -> Result<BTreeMap<LeafIndex, Vec<u8>>, PackFault> {
        let needed = self.answer.iter().flat_map(IndexAnswer::needed);
        let unknown = needed.filter(|index| !closure.records.contains_key(index));
        let lookups = lookups(closure)?;
        let mut found = BTreeMap::new();
        for index in unknown {
            let record = reader.record(reader.leaf(tree, index)?)?;
            let code = code_of(record.entry.kind);
            let is_asked = |lookup: &IndexLookup| {
                code.is_some_and(|code| lookup.codes().contains(code)) && lookup.fits(&record.entry)
            };
            if lookups.iter().any(is_asked) {
                let what = format!("the lookups of the job {:?}", closure.job_id);
                return Err(
                    ReadError::corrupt(what, format!("entry {index}"), "an answer without it").into(),
                );
            }
            found.insert(index, record.bytes);
        }
        Ok(found)
    }
}

fn lookups(closure: &Closure) -> Result<Vec<IndexLookup>, PackError> {
    let questions = closure
        .answers
        .iter()
        .map(|answer| IndexQuestion::from(&answer.query));
    questions
        .map(|question| question.lookup(&closure.salt))
        .collect::<Result<_, _>>()
        .map_err(|_| PackError::Contents("a lookup that no index can prove"))
}

/// What the newest index.root proves; `None` where it does not cover so much.
fn answer(
    reader: &Reader,
    lookups: &[IndexLookup],
    as_of: TreeSize,
) -> Result<Option<IndexAnswer>, PackFault> {
    let rows_max = CLOSURE_RECORDS_MAX.saturating_mul(ROWS_OF_ENTRY_MAX.into());
    match reader.prove_lookups(lookups, as_of, rows_max) {
        Ok(answer) => Ok(Some(answer)),
        Err(IndexProofError::NoIndex | IndexProofError::NotCovered { .. }) => Ok(None),
        Err(IndexProofError::Read(error)) => Err(error.into()),
        Err(_) => Err(PackError::TooLarge.into()),
    }
}

fn ends_in_index(reader: &Reader, published: &PublishedHead, as_of: TreeSize) -> Result<bool, ReadError> {
    let tree = reader.tree()?;
    let Some(last) = published.head.tree.size.last_index() else {
        return Ok(false);
    };
    let root = IndexRoot::of_entry(last, &reader.decoded(&tree, last)?)?;
    Ok(root.is_some_and(|root| root.list.covered() >= as_of))
}

/// Every row of the closure's records that was asked for is in the index.
fn agree(closure: &Closure, answer: &IndexAnswer) -> Result<(), ReadError> {
    let (asked, rows) = (answer.rows.asked(), answer.rows.rows());
    let is_left_out = |row: &IndexRow| asked.contains(row) && rows.binary_search(row).is_err();
    for (index, record) in &closure.records {
        let of_record = rows_of(*index, &record.entry, &closure.salt).unwrap_or_default();
        if of_record.iter().any(is_left_out) {
            let what = format!("the index.root at {}", answer.root.index);
            return Err(ReadError::corrupt(
                what,
                format!("all rows of entry {index}"),
                "one less",
            ));
        }
    }
    Ok(())
}
