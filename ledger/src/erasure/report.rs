//! What became of an order, recomputed from the log whenever it is asked for.

use std::collections::HashSet;

use serde::Serialize;
use verifier::erasure::KeptReason;
use verifier::index::LeafIndex;
use verifier::kind::Kind;
use verifier::payload::{Disposition, Payload};
use verifier::subject::Field;

use super::embedded::embedding;
use super::remains::statement_of;
use crate::coverage::plan;
use crate::error::ReadError;
use crate::reader::Reader;

/// Entries that a report lists one by one; the rest is counted.
pub(crate) const ENTRIES_LISTED_MAX: usize = 1_000;

/// How far an order is carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErasureStatus {
    /// Some of the bytes may still be in the store's files.
    Pending,
    /// No file of the store holds them.
    Done,
}

/// An entry that stays.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct KeptEntry {
    /// Position of the entry in the log.
    pub index: LeafIndex,
    /// Why the entry stays.
    pub reason: KeptReason,
}

/// An order with its outcome.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Erasure {
    /// The entry of the order.
    pub order: LeafIndex,
    /// The order itself: its target and reason.
    pub said: Disposition,
    /// How far it is carried out.
    pub status: ErasureStatus,
    /// Entries whose evidence and context it takes away, the first [`ENTRIES_LISTED_MAX`].
    pub covered: Vec<LeafIndex>,
    /// The number of all of them.
    pub covered_count: u64,
    /// Entries that it is about and that stay, the first [`ENTRIES_LISTED_MAX`].
    pub kept: Vec<KeptEntry>,
    /// The number of all of them.
    pub kept_count: u64,
    /// Bundles that hold a copy of something erased. They are not erased.
    pub embedded_in: Vec<LeafIndex>,
    /// Whether every bundle of the log and every covered entry was looked at for copies.
    pub embedded_complete: bool,
}

impl Reader {
    /// How far the order at `order` is carried out.
    ///
    /// # Errors
    /// As every question to a [`Reader`].
    pub fn erasure_status(&self, order: LeafIndex) -> Result<ErasureStatus, ReadError> {
        let erased_to = self.shared().store.head()?.map(|log| log.erased_to);
        Ok(if erased_to.unwrap_or_default().contains(order) {
            ErasureStatus::Done
        } else {
            ErasureStatus::Pending
        })
    }

    /// The order at an index with its outcome; `None` where the entry is no order.
    ///
    /// # Errors
    /// As every question to a [`Reader`]; an index beyond the published head is no error.
    pub fn erasure(&self, order: LeafIndex) -> Result<Option<Erasure>, ReadError> {
        let Some(said) = self.order_at(order)? else {
            return Ok(None);
        };
        let view = self.view()?;
        let plan = plan(&view, order, &said.target)?;
        let listed: Vec<LeafIndex> = plan.covered.iter().copied().take(ENTRIES_LISTED_MAX).collect();
        let (mut statements, mut runs, mut runless) = (HashSet::new(), HashSet::new(), false);
        for index in &listed {
            let Some(record) = self.entry(*index)? else {
                continue;
            };
            if matches!(record.entry.kind, Kind::Context | Kind::Refused) {
                continue;
            }
            statements.extend(statement_of(self, &record)?);
            let mut named = record
                .entry
                .subjects
                .iter()
                .filter(|subject| subject.field == Field::Run)
                .peekable();
            runless |= named.peek().is_none();
            runs.extend(named.map(|subject| *subject.hash.as_bytes()));
        }
        if runless {
            runs.clear();
        }
        let as_of = self.published().head.tree.size;
        let embedding = embedding(self, &statements, &runs, as_of)?;
        let covered: HashSet<LeafIndex> = plan.covered.iter().copied().collect();
        let all_looked_at = listed.len() == plan.covered.len();
        let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        let kept = plan.kept.iter().take(ENTRIES_LISTED_MAX);
        Ok(Some(Erasure {
            order,
            said,
            status: self.erasure_status(order)?,
            covered_count: count(plan.covered.len()),
            kept: kept
                .map(|(index, reason)| KeptEntry {
                    index: *index,
                    reason: *reason,
                })
                .collect(),
            kept_count: count(plan.kept.len()),
            embedded_in: embedding
                .entries
                .into_iter()
                .filter(|index| !covered.contains(index))
                .collect(),
            embedded_complete: embedding.complete && all_looked_at,
            covered: listed,
        }))
    }

    /// What the order at an index says; `None` where the entry is no order.
    pub(crate) fn order_at(&self, index: LeafIndex) -> Result<Option<Disposition>, ReadError> {
        let record = self.entry(index)?;
        let Some(record) = record.filter(|record| record.entry.kind == Kind::ErasureOrdered) else {
            return Ok(None);
        };
        let verified = self.evidence(&record)?;
        Ok(
            match verified.as_ref().map(|verified| verified.evidence.payload()) {
                Some(Payload::ErasureOrdered(said)) => Some(said.clone()),
                _ => None,
            },
        )
    }
}
