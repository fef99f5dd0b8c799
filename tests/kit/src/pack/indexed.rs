//! The index of a log with jobs, and proofs from it, made as a ledger makes them.

use std::collections::BTreeSet;

use verifier::assess::Closure;
use verifier::index::{LeafIndex, TreeSize};
use verifier::record::StoredBytes;
use verifier::runs::{AskedRows, IndexRow, prove_each};
use verifier::subject::IndexSalt;
use verifier::subject_index::{IndexQuestion, run_list_of};

use super::JobLog;
use crate::index::SignedIndex;

/// A proof from an index, and the entries that have rows in it.
pub struct IndexAnswers {
    /// The index.root.
    pub index_root: LeafIndex,
    /// One for each run.
    pub run_proofs: Vec<Vec<u8>>,
    /// The entries with rows that were asked for, whatever else they are.
    pub found: BTreeSet<LeafIndex>,
}

impl JobLog {
    /// Logs an index.root over all entries in front of it, in two runs; its index.
    pub fn index(&mut self) -> u64 {
        self.index_of(self.log.size(), |_| {})
    }

    /// The same over the first entries, with what `change` leaves of the rows.
    pub fn index_of(&mut self, covered: u64, change: impl FnOnce(&mut Vec<IndexRow>)) -> u64 {
        let half = covered / 2;
        let ends: Vec<u64> = [half, covered].into_iter().filter(|end| *end > 0).collect();
        self.index_in(&ends, change)
    }

    /// The same in runs that end there.
    pub fn index_in(&mut self, ends: &[u64], change: impl FnOnce(&mut Vec<IndexRow>)) -> u64 {
        let covered = ends.last().copied().unwrap_or_default();
        let mut rows = self.log.rows();
        rows.retain(|row| row.index().value() < covered);
        change(&mut rows);
        let signed = self.log.sign_index(rows, ends);
        let index = signed.root.value();
        self.beside.push((StoredBytes::Nothing, None));
        self.indexes.insert(index, signed);
        index
    }

    /// Goes on with an index.root that is in the log already; its runs.
    pub fn index_at(&mut self, root: u64) -> &SignedIndex {
        let entry = self.record(LeafIndex::new(root)).entry;
        let list = run_list_of(&entry).unwrap().unwrap();
        let mut rows = self.log.rows();
        rows.retain(|row| list.covered().contains(row.index()));
        let signed = SignedIndex::of(LeafIndex::new(root), list, rows);
        self.indexes.entry(root).or_insert(signed)
    }

    /// The index that an index.root signs.
    pub fn signed_index(&self, root: u64) -> &SignedIndex {
        &self.indexes[&root]
    }

    /// What the index.root of a checkpoint of `size` proves for a closure; `None` where the last entry of that tree is none, or
    /// covers less than the closure's size.
    pub fn index_answers(&self, closure: &Closure, size: u64) -> Option<IndexAnswers> {
        let as_of = closure.as_of.size;
        let questions = closure.answers.iter().map(|answer| (&answer.query).into());
        let covers = |index: &&SignedIndex| index.list.covered() >= as_of;
        let index = self.indexes.get(&(size - 1)).filter(covers)?;
        Some(answers(index, &self.log.identity.salt, questions, as_of))
    }
}

fn answers(
    index: &SignedIndex,
    salt: &IndexSalt,
    questions: impl Iterator<Item = IndexQuestion>,
    as_of: TreeSize,
) -> IndexAnswers {
    let lookups = questions.map(|question| question.lookup(salt).unwrap());
    let asked = AskedRows::new(lookups.map(|one| (one.key(), one.codes())), as_of);
    let rows = index.rows.iter().filter(|row| asked.contains(row));
    let found: BTreeSet<LeafIndex> = rows.map(IndexRow::index).collect();
    IndexAnswers {
        index_root: index.root,
        run_proofs: prove_each(&index.list, &index.runs, &asked).unwrap(),
        found,
    }
}
