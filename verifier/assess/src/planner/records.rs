//! What a record carries, and whether earlier answers should have had it.

use std::collections::HashMap;

use super::lookups::{LookupKey, keys, kinds_of, matches};
use super::wrong;
use crate::closure::{ClosureError, LookupAnswer};
use evidence::kind::Kind;
use evidence::record::Record;
use tlog::index::LeafIndex;

/// Records by what they carry, and answers by what they were asked: an entry that comes up in one lookup
/// and was kept back in another is noticed whichever comes first.
#[derive(Debug, Default)]
pub(super) struct RecordIndex {
    records: HashMap<LookupKey, Vec<(LeafIndex, Kind)>>,
    /// Positions in the list of answers.
    answers: HashMap<LookupKey, Vec<usize>>,
}

impl RecordIndex {
    /// A new record: every answer that it belongs to has to hold it.
    pub(super) fn add(&mut self, record: &Record, answers: &[LookupAnswer]) -> Result<(), ClosureError> {
        let (index, kind) = (record.index, record.entry.kind);
        for key in keys(&record.entry) {
            let positions = self.answers.get(&key).into_iter().flatten();
            let mut given = positions.filter_map(|position| answers.get(*position));
            if given.any(|answer| is_withheld(answer, index, kind)) {
                return Err(wrong(format!(
                    "entry {index} was kept back from an earlier lookup"
                )));
            }
            self.records.entry(key).or_default().push((index, kind));
        }
        Ok(())
    }

    /// A new answer, which goes by `key` and comes after `position` others: it has to hold every record that is known
    /// and belongs to it.
    pub(super) fn close(
        &mut self,
        key: LookupKey,
        answer: &LookupAnswer,
        position: usize,
    ) -> Result<(), ClosureError> {
        let mut known = self.records.get(&key).into_iter().flatten();
        if let Some((index, _)) = known.find(|(index, kind)| is_withheld(answer, *index, *kind)) {
            return Err(wrong(format!("entry {index} is known and was kept back")));
        }
        self.answers.entry(key).or_default().push(position);
        Ok(())
    }
}

fn is_withheld(answer: &LookupAnswer, index: LeafIndex, kind: Kind) -> bool {
    matches(kinds_of(&answer.query), kind) && answer.indices.binary_search(&index).is_err()
}
