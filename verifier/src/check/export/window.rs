//! All entries of a window: they follow each other, and lead to the signed root together.

use super::invalid;
use super::manifest::ManifestWindow;
use crate::check::{Details, Finding};
use crate::checkpoint::{Checkpoint, TreeHead};
use crate::hash::LeafHash;
use crate::index::{LeafIndex, TimestampMs};
use crate::merkle::multi::{range_proof, roots};
use crate::note::VerifierKey;
use crate::text::plain::counted;

/// What an export of all entries does not prove.
const NOT_PROVED: &str = "that no other entry was logged in the period, which the operator's signature alone says of those in front of \
                          the first line and behind the last one; anything about evidence that was never submitted";

#[derive(Debug)]
pub(super) struct WindowEntries {
    window: ManifestWindow,
    head: TreeHead,
    /// Where the window ends.
    to: TimestampMs,
    /// When the entry of the last line was logged; at first where the window begins.
    last_time: TimestampMs,
}

impl WindowEntries {
    pub(super) fn open(
        (window, (from, to)): (ManifestWindow, (TimestampMs, TimestampMs)),
        lines: usize,
        key: &VerifierKey,
        details: &mut Details,
    ) -> Result<Self, Finding> {
        let head = Checkpoint::open(window.checkpoint.as_bytes(), key)?
            .head()
            .clone();
        if window.first > window.last || !head.size.contains(window.last) {
            return Err(invalid("its entries are not below the checkpoint's size"));
        }
        let between = window.last.value().saturating_sub(window.first.value());
        if u64::try_from(lines).ok() != Some(between.saturating_add(1)) {
            return Err(invalid("entries.sha256 has another number of lines"));
        }
        details.checked("checkpoint");
        details.set("first_index", window.first.value());
        details.set("last_index", window.last.value());
        details.set("tree_size", head.size.value());
        details.set("not_proved", NOT_PROVED);
        let entries = Self {
            window,
            head,
            to,
            last_time: from,
        };
        if entries.is_open() {
            details.set("window_closed", false);
        }
        Ok(entries)
    }

    /// Whether the last line is of the last entry of the tree, so that nothing shows that the period was over.
    fn is_open(&self) -> bool {
        self.window.last.size_with() == Some(self.head.size)
    }

    pub(super) fn index_at(&self, position: usize) -> LeafIndex {
        let offset = u64::try_from(position).unwrap_or(u64::MAX);
        LeafIndex::new(self.window.first.value().saturating_add(offset))
    }

    /// Holds the entry of a line against its place and its window.
    pub(super) fn check(
        &mut self,
        position: usize,
        found: LeafIndex,
        time: TimestampMs,
    ) -> Result<(), Finding> {
        if found != self.index_at(position) {
            return Err(invalid("it was signed over lines of other entries"));
        }
        if time < self.last_time || time >= self.to {
            return Err(Finding::fail(
                "EXPORT_WINDOW_MISMATCH",
                format!("entry {found} was not logged in the window, or before an earlier one"),
            ));
        }
        self.last_time = time;
        Ok(())
    }

    pub(super) fn conclude(&self, leaves: &[(LeafIndex, LeafHash)]) -> Result<String, Finding> {
        let ManifestWindow { first, last, .. } = self.window;
        let proof = range_proof(
            (first, &self.window.first_path),
            (last, &self.window.last_path),
            self.head.size,
        );
        let prefix = last.size_with().unwrap_or(self.head.size);
        let failed = |what: String| {
            Finding::fail(
                "INCLUSION_FAILED",
                format!("the entries are not in the tree: {what}"),
            )
        };
        let found =
            roots(leaves, prefix, self.head.size, &proof).map_err(|error| failed(error.to_string()))?;
        if found.whole != self.head.root {
            return Err(failed("they lead to another root".to_owned()));
        }
        let entries = counted(leaves.len(), "entry", "entries");
        let open = if self.is_open() {
            format!(
                "; the log had no entry behind them at size {}, so that more of the period can follow",
                self.head.size
            )
        } else {
            String::new()
        };
        Ok(format!(
            "{entries}, from entry {first} to entry {last}, as the log has them, and none between them is left out. That none in front \
             of them or behind them was logged in the period, the operator's signature alone says{open}"
        ))
    }
}
