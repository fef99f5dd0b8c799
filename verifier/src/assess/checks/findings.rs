//! What a check found, of which the worst is told.

use std::collections::BTreeMap;

use super::super::verdict::{Check, CheckId, CheckStatus};
use crate::index::LeafIndex;

/// Findings by how much they weigh: what fails before what is incomplete, then the order in which the check
/// lists its codes.
#[derive(Debug, Default)]
pub(super) struct Findings(BTreeMap<(bool, u8, &'static str), Told>);

/// The first sentence of a code, how often it was found, and every entry that it is about.
#[derive(Debug)]
struct Told {
    message: String,
    count: u64,
    entries: Vec<LeafIndex>,
}

impl Findings {
    /// Something does not hold. Of the same code the first sentence stays, and the entries add up.
    pub(super) fn fail(
        &mut self,
        (order, code): (u8, &'static str),
        entries: impl IntoIterator<Item = LeafIndex>,
        message: impl FnOnce() -> String,
    ) {
        self.add((false, order, code), entries, message);
    }

    /// Something is missing.
    pub(super) fn incomplete(
        &mut self,
        (order, code): (u8, &'static str),
        entries: impl IntoIterator<Item = LeafIndex>,
        message: impl FnOnce() -> String,
    ) {
        self.add((true, order, code), entries, message);
    }

    fn add(
        &mut self,
        key: (bool, u8, &'static str),
        entries: impl IntoIterator<Item = LeafIndex>,
        message: impl FnOnce() -> String,
    ) {
        let told = self.0.entry(key).or_insert_with(|| Told {
            message: message(),
            count: 0,
            entries: Vec::new(),
        });
        told.count = told.count.saturating_add(1);
        told.entries.extend(entries);
    }

    /// The check that ends with the worst finding, or as `otherwise` says if there is none.
    pub(super) fn end(self, id: CheckId, otherwise: impl FnOnce() -> Check) -> Check {
        let Some(((incomplete, _, code), told)) = self.0.into_iter().next() else {
            return otherwise();
        };
        let status = if incomplete {
            CheckStatus::Incomplete
        } else {
            CheckStatus::Fail
        };
        Check::new(id, status, code, told.message, told.entries)
    }

    /// The same where each finding is about one use: the sentence about the first says of how many.
    pub(super) fn end_of_uses(mut self, id: CheckId, otherwise: impl FnOnce() -> Check) -> Check {
        if let Some(mut worst) = self.0.first_entry() {
            let told = worst.get_mut();
            if told.count > 1 {
                let first = told.message.trim_end_matches('.');
                told.message = format!("{first}: the first of {} such uses.", told.count);
            }
        }
        self.end(id, otherwise)
    }
}
