//! What does not count, why, and how to mend it, in the verifier's own words.

use verifier::assess::{NotCounted, UncountedEntries};

use crate::text::{GroupedNumber, grouped};

/// Reasons on a page.
const REASONS_SHOWN: usize = 20;
/// Entries of each that are linked.
const ENTRIES_SHOWN: usize = 20;

/// One reason.
pub(crate) struct UncountedRow {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) mend: String,
    pub(crate) command: Option<String>,
    pub(crate) entries: Vec<GroupedNumber>,
    /// Entries beyond those.
    pub(crate) more: String,
}

/// The reasons, and how many there are beyond those.
pub(crate) struct UncountedRows {
    pub(crate) rows: Vec<UncountedRow>,
    pub(crate) more: usize,
}

impl UncountedRows {
    /// In the verifier's order.
    pub(crate) fn of(list: &[UncountedEntries]) -> Self {
        let shown = list.iter().take(REASONS_SHOWN);
        Self {
            rows: shown.map(|one| row(NotCounted::from(one))).collect(),
            more: list.len().saturating_sub(REASONS_SHOWN),
        }
    }

    /// Whether one of them has a command.
    pub(crate) fn has_commands(&self) -> bool {
        self.rows.iter().any(|row| row.command.is_some())
    }
}

fn row(told: NotCounted) -> UncountedRow {
    let more = told.count.saturating_sub(ENTRIES_SHOWN);
    let entries = told.entries.iter().take(ENTRIES_SHOWN);
    UncountedRow {
        entries: entries.map(GroupedNumber::from).collect(),
        more: if more == 0 { String::new() } else { grouped(more) },
        code: told.code,
        message: told.message,
        mend: told.mend,
        command: told.command,
    }
}
