//! What decides erasures that were ordered after the tree of a pack: the orders, and the contexts, holds and
//! registrations up to the last of them that an order is judged by. A registration that only a later order gives a
//! reason for may stand anywhere below it.

use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;

use verifier::assess::{Closure, Query};
use verifier::erasure::lookups;
use verifier::index::{LeafIndex, TreeSize};
use verifier::record::{Record, StoredBytes};

use super::collect::CLOSURE_RECORDS_MAX;
use super::pack::{PackFault, as_record};
use crate::lookup_rows::LookupRows;
use ledger::error::ReadError;
use ledger::reader::{Reader, ReaderTree};
use ledger::store::READ_LIMIT_MAX;

/// Looks for records that decide erasures which were ordered after a closure's tree.
pub(super) struct LaterErasures<'a> {
    pub(super) reader: &'a Reader,
    pub(super) tree: &'a ReaderTree<'a>,
}

impl LaterErasures<'_> {
    /// Records that the closure does not hold, by index; none where everything erased was ordered below its size.
    pub(super) fn of(&self, closure: &Closure) -> Result<BTreeMap<LeafIndex, Record>, PackFault> {
        let mut last = self.last_order(closure.records.values().map(|record| record.record()))?;
        let mut found = BTreeMap::new();
        loop {
            let Some(end) = last
                .filter(|last| !closure.as_of.size.contains(*last))
                .and_then(LeafIndex::size_with)
            else {
                return Ok(found);
            };
            self.decisive(closure, end, &mut found)?;
            // A context that came later went by an order that may stand later still.
            let later = self.last_order(found.values())?;
            if later <= last {
                return Ok(found);
            }
            last = later;
        }
    }

    /// The last order by which one of the records went.
    fn last_order<'r>(
        &self,
        records: impl Iterator<Item = &'r Record>,
    ) -> Result<Option<LeafIndex>, ReadError> {
        let erased = records.filter(|record| record.evidence == StoredBytes::Erased);
        let erased: Vec<LeafIndex> = erased.map(|record| record.index).collect();
        let mut last = None;
        for list in erased.chunks(READ_LIMIT_MAX) {
            let leaves = self.reader.leaves_at(self.tree, list)?;
            self.reader.each_record(leaves, |record| {
                last = last.max(record.erased.map(|remains| remains.order));
                Ok::<_, ReadError>(ControlFlow::Continue(()))
            })?;
        }
        Ok(last)
    }

    /// Adds what lookups about erased records find below `end`, in rounds.
    fn decisive(
        &self,
        closure: &Closure,
        end: TreeSize,
        found: &mut BTreeMap<LeafIndex, Record>,
    ) -> Result<(), PackFault> {
        let salt = self.reader.index_salt();
        let mut asked = HashSet::new();
        loop {
            let of_closure = closure.records.values().map(|record| record.record());
            let known = of_closure.chain(found.values());
            let new: Vec<Query> = lookups(known, &salt)
                .into_iter()
                .filter(|query| asked.insert(query.clone()))
                .collect();
            if new.is_empty() {
                return Ok(());
            }
            for query in &new {
                self.answer_below(query, (closure, end), found)?;
            }
        }
    }

    /// Adds the answer to a lookup, of the entries below `end` that the closure does not hold. By kind it is found in
    /// the shorter of both lists each time: a job has a million entries and one hold.
    fn answer_below(
        &self,
        query: &Query,
        (closure, end): (&Closure, TreeSize),
        found: &mut BTreeMap<LeafIndex, Record>,
    ) -> Result<(), PackFault> {
        let rows = LookupRows::of(query, &closure.salt);
        let from = LeafIndex::default();
        let all = rows.each(self.reader, (from, end), |index| {
            if !found.contains_key(&index) && !closure.records.contains_key(&index) {
                let record = self.later(index, found.len())?;
                if rows.lead_to(&record.entry, index)? {
                    found.insert(index, record);
                }
            }
            Ok::<_, PackFault>(ControlFlow::Continue(()))
        });
        all.map(drop)
    }

    /// One more record, where there is room for it.
    fn later(&self, index: LeafIndex, held: usize) -> Result<Record, PackFault> {
        if held >= CLOSURE_RECORDS_MAX {
            return Err(PackFault::TooManyLater {
                max: CLOSURE_RECORDS_MAX,
            });
        }
        Ok(as_record(
            self.reader.record(self.reader.leaf(self.tree, index)?)?,
        ))
    }
}
