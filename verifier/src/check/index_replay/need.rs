//! Whether an index.root was needed (`schemas/index.md` §3, rule 4).

use crate::index::LeafIndex;
use crate::runs::RunList;

/// The index.root entries that cover nothing new and name no joined run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct NeedlessRoots {
    pub(super) count: u64,
    pub(super) first: Option<LeafIndex>,
}

/// Watches what each index.root is for.
#[derive(Debug, Default)]
pub(super) struct IndexNeed {
    /// The newest entry that is no index.root.
    newest: Option<LeafIndex>,
    needless: NeedlessRoots,
}

impl IndexNeed {
    /// What is known of the entries that an earlier replay took.
    pub(super) fn resume(newest: Option<LeafIndex>) -> Self {
        Self {
            newest,
            ..Self::default()
        }
    }

    /// The newest entry that is no index.root.
    pub(super) fn newest(&self) -> Option<LeafIndex> {
        self.newest
    }

    /// What was found.
    pub(super) fn needless(&self) -> NeedlessRoots {
        self.needless
    }

    /// Takes an entry that is no index.root.
    pub(super) fn take_entry(&mut self, index: LeafIndex) {
        self.newest = Some(index);
    }

    /// Takes an index.root, whose list follows the one before. Without a join that list and one run for the earlier index.root are
    /// all of its runs.
    pub(super) fn take_index_root(&mut self, index: LeafIndex, list: &RunList, before: &RunList) {
        let covers_nothing_new = self.newest.is_none_or(|newest| before.covered().contains(newest));
        if covers_nothing_new && list.runs().len() > before.runs().len() {
            self.needless.count = self.needless.count.saturating_add(1);
            self.needless.first.get_or_insert(index);
        }
    }
}
