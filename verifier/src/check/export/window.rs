//! All entries of a window: they follow each other, and lead to the signed root together.

use super::invalid;
use super::manifest::ManifestWindow;
use crate::check::{Details, Finding};
use crate::checkpoint::{Checkpoint, TreeHead};
use crate::hash::LeafHash;
use crate::index::LeafIndex;
use crate::merkle::multi::{range_proof, roots};
use crate::note::VerifierKey;

#[derive(Debug)]
pub(super) struct WindowEntries {
    window: ManifestWindow,
    head: TreeHead,
}

impl WindowEntries {
    pub(super) fn open(
        window: ManifestWindow,
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
        details.set("first_index", window.first.value());
        details.set("last_index", window.last.value());
        details.set("tree_size", head.size.value());
        Ok(Self { window, head })
    }

    pub(super) fn index_at(&self, position: usize) -> LeafIndex {
        let offset = u64::try_from(position).unwrap_or(u64::MAX);
        LeafIndex::new(self.window.first.value().saturating_add(offset))
    }

    pub(super) fn check(&self, position: usize, found: LeafIndex) -> Result<(), Finding> {
        if found == self.index_at(position) {
            Ok(())
        } else {
            Err(invalid("it was signed over lines of other entries"))
        }
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
        if found.whole == self.head.root {
            Ok(format!(
                "{} entries are those of the log, none left out",
                leaves.len()
            ))
        } else {
            Err(failed("they lead to another root".to_owned()))
        }
    }
}
