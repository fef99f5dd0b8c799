//! Building the index again from entries alone, whatever is stored of it.

use crate::index::{covered, indexed, with_receipts};
use kit::test_ledger::{TestLedger, faults};
use ledger::error::OpenError;
use ledger::fsck::codes;
use ledger::high_water::HighWaterFile;
use ledger::index::{IndexRoot, Reindexed};
use ledger::recovery;
use ledger::store::RunPartKey;
use std::sync::Arc;
use verifier::index::TreeSize;
use verifier::runs::{MemoryRun, RunList, RunRange};

fn reindex(log: &TestLedger, progress: &mut dyn FnMut(u64, u64)) -> Result<Reindexed, OpenError> {
    recovery::reindex(
        Arc::clone(&log.store),
        Arc::new(TestLedger::key()),
        Box::new(HighWaterFile::new(log.high_water())),
        Arc::clone(&log.clock) as _,
        progress,
    )
}

async fn closed() -> (TestLedger, IndexRoot) {
    let log = TestLedger::new();
    let ledger = log.open_with(indexed());
    log.register_all(&ledger).await;
    with_receipts(&log, &ledger, 9).await;
    let root = covered(&ledger).await;
    ledger.shutdown().await;
    (log, root)
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_that_are_damaged_or_missing_are_built_again_and_no_others_are_left() {
    let (log, root) = closed().await;
    let named = root.list.runs();
    let largest = named.iter().max_by_key(|run| run.pages).unwrap();
    let stored = log.store.runs().unwrap();
    let whole = stored.iter().find(|run| run.descriptor == *largest).unwrap();
    for run in named.iter().map(|run| run.range) {
        log.store.drop_run(run).unwrap();
    }
    let part = (RunPartKey { part: 0, number: 0 }, vec![0; 9]);
    log.store.put_run_parts(largest.range, &[part]).unwrap();
    log.store.finish_run(whole).unwrap();
    assert!(faults(log.store.as_ref()).contains(&codes::RUN_DAMAGED));

    let mut last = (0, 0);
    let built = reindex(&log, &mut |done, total| last = (done, total)).unwrap();
    let covered = root.list.covered().value();
    assert_eq!(last, (covered, covered));
    assert_eq!(built.root, Some(root.index));
    assert_eq!((built.runs, built.entries), (named.len(), covered));
    let stored = log.store.runs().unwrap();
    let descriptors: Vec<_> = stored.iter().map(|run| run.descriptor).collect();
    assert_eq!(descriptors, named);
    assert_eq!(built.rows, stored.iter().map(|run| run.rows).sum::<u64>());
    assert_eq!(faults(log.store.as_ref()), Vec::<&str>::new());
}

#[test]
fn an_index_root_that_entries_do_not_give_is_refused() {
    let log = TestLedger::new();
    let range = RunRange::new(TreeSize::new(0), TreeSize::new(1)).unwrap();
    let (descriptor, _) = MemoryRun::build(range, []).unwrap();
    log.log_index_root(&RunList::new(vec![descriptor]).unwrap());
    let refused = reindex(&log, &mut |_, _| {}).unwrap_err();
    assert!(matches!(refused, OpenError::Refused(_)), "{refused}");
    assert!(
        refused.to_string().contains("newest index.root says"),
        "{refused}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_without_an_index_has_nothing_to_be_built() {
    let (log, ledger) = TestLedger::registered().await;
    ledger.shutdown().await;
    let built = reindex(&log, &mut |_, _| panic!("nothing is built")).unwrap();
    let expected = Reindexed {
        root: None,
        runs: 0,
        rows: 0,
        entries: 0,
    };
    assert_eq!(built, expected);
    assert_eq!(log.store.runs().unwrap(), []);
}
