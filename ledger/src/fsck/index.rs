//! The authenticated index: each index.root against the entries, and the stored runs of the newest one.

use verifier::check::index_replay::{IndexReplay, ROWS_IN_MEMORY, ReplayEndReason, RowSpace, may_cover};
use verifier::entry::Entry;
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;
use verifier::subject::IndexSalt;

use super::{FsckReport, codes};
use crate::index::{IndexRoot, RunState, compare_run};
use crate::runs::REPAIR;
use crate::store::{LogStore, StoreError};

/// Follows the index as the walk reaches its entries.
pub(super) struct IndexCheck<'a> {
    origin: &'a str,
    replay: IndexReplay,
    covered: Option<TreeSize>,
    /// The newest index.root.
    newest: Option<(LeafIndex, Entry)>,
}

impl<'a> IndexCheck<'a> {
    /// `salt` is that of the log's genesis; without it no rows are known, and lists alone are checked.
    pub(super) fn new(origin: &'a str, salt: Option<IndexSalt>, space: Box<dyn RowSpace>) -> Self {
        let mut replay = IndexReplay::with_space(space, ROWS_IN_MEMORY);
        match salt {
            Some(salt) => replay.take_salt(salt),
            None => replay.without_salt(),
        }
        Self {
            origin,
            replay,
            covered: None,
            newest: None,
        }
    }

    /// The next entry; `None` where it could not be read, which the walk has reported.
    pub(super) fn take(&mut self, index: LeafIndex, entry: Option<&Entry>, report: &mut FsckReport) {
        let Some(entry) = entry else {
            self.replay.take_unknown(index);
            return;
        };
        self.replay.take_entry(index, entry);
        if entry.kind != Kind::IndexRoot {
            return;
        }
        let covered = entry.covered.unwrap_or_default();
        if !may_cover(index, covered, self.covered) {
            let before = self.covered.unwrap_or_default();
            let detail = format!("it covers {covered} entries, the index.root before it covers {before}");
            report.add(codes::INDEX_ROOT_FALSE, object(index), detail);
        }
        if entry.signer != self.origin {
            let detail = format!("it is of {}, the log is {}", entry.signer, self.origin);
            report.add(codes::INDEX_ROOT_FALSE, object(index), detail);
        }
        self.covered = Some(covered);
        self.newest = Some((index, entry.clone()));
    }

    /// Reports what the replay found, and looks at the runs that the newest index.root names. They have to hold the rows below
    /// `released`, which the store may not have any more.
    pub(super) fn finish(
        self,
        store: &dyn LogStore,
        released: Option<TreeSize>,
        report: &mut FsckReport,
    ) -> Result<(), StoreError> {
        if let Some(end) = self.replay.end() {
            match end.reason {
                ReplayEndReason::Wrong { .. } => {
                    report.add(codes::INDEX_ROOT_FALSE, object(end.index), end.reason.to_string());
                }
                // The entry itself is reported.
                ReplayEndReason::UnknownRows => {}
                ReplayEndReason::Space(error) => {
                    return Err(StoreError::Engine(format!(
                        "the index was not computed again: {error}"
                    )));
                }
            }
        }
        // A list that does not hold was reported above.
        let newest = self.newest.as_ref();
        let root = newest.and_then(|(index, entry)| IndexRoot::of_entry(*index, entry).ok().flatten());
        let covered = root.as_ref().map_or(TreeSize::new(0), |root| root.list.covered());
        if let Some(released) = released.filter(|released| *released > covered) {
            let detail = format!(
                "the store may not have them below {released}, and the newest index.root covers {covered} entries"
            );
            report.add(codes::ROW_MISSING, "rows of subjects", detail);
        }
        root.map_or(Ok(()), |root| check_runs(store, &root, report))
    }
}

/// Every run that the newest index.root names is there, with all that proofs are made from. Other runs in the store are on their way in or
/// out, and nobody is answered from them.
fn check_runs(store: &dyn LogStore, root: &IndexRoot, report: &mut FsckReport) -> Result<(), StoreError> {
    let Some(stored) = report.sound(codes::RUN_DAMAGED, store.runs())? else {
        return Ok(());
    };
    for named in root.list.runs() {
        let object = format!("run {}", named.range);
        let Some(run) = stored.iter().find(|run| run.descriptor.range == named.range) else {
            let detail = format!("the index.root at {} names it; {REPAIR}", root.index);
            report.add(codes::RUN_MISSING, object, detail);
            continue;
        };
        if run.descriptor != *named {
            let found = run.descriptor;
            let detail = format!(
                "it has {} pages with the root {}, the index.root at {} says {} and {}; {REPAIR}",
                found.pages, found.root, root.index, named.pages, named.root
            );
            report.add(codes::RUN_DAMAGED, object, detail);
            continue;
        }
        if let Some(RunState::Damaged(what)) = report.sound(codes::RUN_DAMAGED, compare_run(store, run))? {
            report.add(codes::RUN_DAMAGED, object, format!("{what}; {REPAIR}"));
        }
    }
    Ok(())
}

fn object(index: LeafIndex) -> String {
    format!("entry {index}, an index.root")
}
