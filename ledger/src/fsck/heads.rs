//! Every head kept, against the entries below it; and the high-water mark.

use super::{FsckReport, codes};
use crate::high_water::HighWaterMark;
use crate::store::{HeadQuery, LogStore, StoreError, StoredHead, read};
use verifier::checkpoint::checkpoint_text;
use verifier::hash::LeafHash;
use verifier::index::{TimestampMs, TreeSize};
use verifier::key_history::KeyHistory;
use verifier::merkle::frontier::Frontier;
use verifier::note::VerifierKey;
use verifier::signature::verify_ed25519;

/// Compares heads as the walk reaches their size.
pub(super) struct HeadCheck<'a> {
    store: &'a dyn LogStore,
    keys: Option<&'a KeyHistory>,
    /// `None` once a leaf was unknown: roots cannot be recomputed from there on.
    frontier: Option<Frontier>,
    /// The heads with a size within the bundle at hand, the smallest last.
    ahead: Vec<StoredHead>,
}

impl<'a> HeadCheck<'a> {
    pub(super) fn new(store: &'a dyn LogStore, keys: Option<&'a KeyHistory>) -> Self {
        Self {
            store,
            keys,
            frontier: Some(Frontier::new()),
            ahead: Vec::new(),
        }
    }

    /// Fetches the heads with sizes in `start + 1 ..= end`: at most one an entry.
    pub(super) fn load(&mut self, start: u64, end: u64, report: &mut FsckReport) -> Result<(), StoreError> {
        let limit = usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX);
        let read = self.store.heads(HeadQuery::UpToSize(TreeSize::new(end)), limit);
        let mut heads = match report.sound(codes::HEAD_DAMAGED, read)? {
            Some(heads) => heads,
            // One of them is damaged: each that can still be read is checked.
            None => self.one_by_one(start, end, report)?,
        };
        heads.retain(|stored| stored.head.tree.size.value() > start);
        for stored in &heads {
            self.check_signature(stored, report);
        }
        self.ahead = heads;
        Ok(())
    }

    fn one_by_one(
        &self,
        start: u64,
        end: u64,
        report: &mut FsckReport,
    ) -> Result<Vec<StoredHead>, StoreError> {
        let mut heads = Vec::new();
        for size in (start.saturating_add(1)..=end).rev() {
            let read = read::newest(self.store, HeadQuery::OfSize(TreeSize::new(size)));
            heads.extend(report.sound(codes::HEAD_DAMAGED, read)?.flatten());
        }
        Ok(heads)
    }

    fn check_signature(&self, stored: &StoredHead, report: &mut FsckReport) {
        let Some((signature, keys)) = stored.signature.as_ref().zip(self.keys) else {
            return;
        };
        let key = keys.oldest(stored.head.tree.size);
        let text = checkpoint_text(key.name(), &stored.head.tree);
        if !verify_ed25519(key.public_key(), text.as_bytes(), signature) {
            let object = format!("head of size {}", stored.head.tree.size);
            report.add(
                codes::SIGNATURE_INVALID,
                object,
                format!("it does not verify under {key}"),
            );
        }
    }

    /// The next leaf is unknown.
    pub(super) fn lose(&mut self) {
        self.frontier = None;
    }

    /// The next leaf, with the time of its entry where that could be read.
    pub(super) fn leaf(&mut self, leaf: LeafHash, time: Option<TimestampMs>, report: &mut FsckReport) {
        let Some(frontier) = &mut self.frontier else {
            return;
        };
        frontier.append(leaf);
        let Some(stored) = self
            .ahead
            .pop_if(|stored| stored.head.tree.size == frontier.size())
        else {
            return;
        };
        let object = || format!("head of size {}", stored.head.tree.size);
        let root = frontier.root();
        if root != stored.head.tree.root {
            let detail = format!("its root is {}, the entries give {root}", stored.head.tree.root);
            report.add(codes::HEAD_MISMATCH, object(), detail);
        }
        if let Some(time) = time.filter(|time| *time != stored.head.time) {
            let detail = format!(
                "its time is {}, its last entry was logged at {time}",
                stored.head.time
            );
            report.add(codes::HEAD_MISMATCH, object(), detail);
        }
    }

    /// Nothing may be kept above the newest head.
    pub(super) fn finish(&self, newest: &StoredHead, report: &mut FsckReport) -> Result<(), StoreError> {
        let read = self.store.heads(HeadQuery::ALL, 1);
        let Some(heads) = report.sound(codes::HEAD_DAMAGED, read)? else {
            return Ok(());
        };
        if heads.first() != Some(newest) {
            let found = heads.first().map(|stored| stored.head.tree.size.value());
            let detail = format!("the newest head kept has size {found:?}");
            report.add(
                codes::HEAD_MISMATCH,
                format!("head of size {}", newest.head.tree.size),
                detail,
            );
        }
        Ok(())
    }
}

/// The mark must be the newest head, or the one before it: a crash may fall between a commit and its mark.
pub(super) fn check_high_water(
    store: &dyn LogStore,
    key: &VerifierKey,
    newest: &StoredHead,
    high_water: &dyn HighWaterMark,
    report: &mut FsckReport,
) -> Result<(), StoreError> {
    let object = || format!("high-water file of {}", key.name());
    let mark = match high_water.recall() {
        Ok(mark) => mark,
        Err(error) => {
            report.add(codes::HIGH_WATER, object(), error.to_string());
            return Ok(());
        }
    };
    let read = store.heads(HeadQuery::UpToSize(newest.head.tree.size), 2);
    let Some(heads) = report.sound(codes::HEAD_DAMAGED, read)? else {
        return Ok(());
    };
    if !heads.iter().any(|stored| stored.head.tree == mark) {
        let relation = if mark.size > newest.head.tree.size {
            "the store is behind it"
        } else {
            "it is neither the newest head nor the one before"
        };
        let detail = format!(
            "it says size {} and root {}, the store has size {} and root {}: {relation}",
            mark.size, mark.root, newest.head.tree.size, newest.head.tree.root
        );
        report.add(codes::HIGH_WATER, object(), detail);
    }
    Ok(())
}
