//! Rows that the runs of the index hold, too, leave the database; lookups stay what they were, also after a crash.

use kit::documents::wrap;
use kit::files::copy_at_one_moment;
use kit::test_ledger::{TestLedger, checked, compare_subject_rows, run, submit};
use ledger::config::Limits;
use ledger::handle::Ledger;
use ledger::index::IndexRoot;
use ledger::recovery::follow;
use ledger::rows::{Row, RowKey, Space};
use ledger::signer::CheckpointSigner as _;
use ledger::store::LogStore;
use ledger_rocks::RocksStore;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use verifier::index::TreeSize;

fn indexed() -> Limits {
    Limits {
        index_after: Some(Duration::ZERO),
        ..Limits::default()
    }
}

async fn send(log: &TestLedger, ledger: &Ledger, batch: u64) {
    log.clock.advance(10);
    let receipts = (batch * 5..batch * 5 + 5).map(|number| {
        let context = json!({ "job_id": format!("job-{}", number % 7), "stream": "s", "number": number });
        wrap(&log.receipt(number), &context)
    });
    for result in submit(ledger, "clawproxy", receipts.collect()).await {
        result.unwrap();
    }
}

fn covered(ledger: &Ledger) -> IndexRoot {
    loop {
        let reader = ledger.reader();
        let size = reader.published().head.tree.size;
        let root = reader.newest_index_root().unwrap();
        if let Some(root) = root
            && root.index.size_with() == Some(size)
            && root.list.covered().next_index() == root.index
        {
            return root;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn store(path: &Path) -> Arc<RocksStore> {
    Arc::new(RocksStore::open_existing(path).unwrap())
}

/// Every stored row.
fn rows(store: &dyn LogStore) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    loop {
        let page = store.scan_rows(rows.last(), 4_096).unwrap();
        let is_last = page.rows.len() < 4_096;
        rows.extend(page.rows);
        if is_last {
            return rows;
        }
    }
}

#[test]
fn rows_leave_the_database_and_every_lookup_stays_also_after_a_crash_and_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("db");
    let mut log = TestLedger::create(
        Arc::new(RocksStore::open_or_create(&path).unwrap()),
        verifier::payload::Settings::default(),
    );
    run(async {
        let ledger = log.open_with(indexed());
        log.register_all(&ledger).await;
        ledger.shutdown().await;
    });
    for round in 0..3 {
        run(async {
            let ledger = log.open_with(indexed());
            for batch in 0..6 {
                send(&log, &ledger, round * 6 + batch).await;
                compare_subject_rows(ledger.reader(), 1);
                let root = covered(&ledger);
                let merged = || log.store.head().unwrap().unwrap().rows_released >= root.list.covered();
                while batch % 2 == 0 && !merged() {
                    std::thread::sleep(Duration::from_millis(1));
                }
                compare_subject_rows(ledger.reader(), 1);
                // The process is killed here, before what was merged is flushed.
                let crashed = dir.path().join(format!("crashed-{round}-{batch}"));
                copy_at_one_moment(&path, &crashed);
                let ledger = log.open_store(store(&crashed), Limits::default()).unwrap();
                compare_subject_rows(ledger.reader(), 1);
                ledger.shutdown().await;
            }
            ledger.shutdown().await;
        });
        log.store = Arc::new(ledger::store::memory::MemoryStore::new());
        log.store = store(&path);
    }
    let released = log.store.head().unwrap().unwrap().rows_released;
    assert!(released > TreeSize::new(100), "{released}");
    let rows = rows(log.store.as_ref());
    let below = |row: &&Row| row.key.space.is_in_runs() && released.contains(row.index);
    let left = rows.iter().filter(below).count();
    // Those of the first entries were merged before there was an index.root.
    assert!(left < 40, "{left} of {} rows", rows.len());
    assert!(rows.iter().any(|row| row.key.space == Space::Raw));
}

#[test]
fn a_directory_whose_rows_were_dropped_is_checked_and_followed_by_its_runs() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("db");
    let log = TestLedger::create(
        Arc::new(RocksStore::open_or_create(&path).unwrap()),
        verifier::payload::Settings::default(),
    );
    let mut served = None;
    run(async {
        let ledger = log.open_with(indexed());
        log.register_all(&ledger).await;
        for batch in 0..6 {
            send(&log, &ledger, batch).await;
            covered(&ledger);
        }
        ledger.shutdown().await;
        served = Some(ledger.reader().published());
    });
    let clock = Arc::clone(&log.clock);
    let high_water = log.high_water();
    let mut log = log;
    log.store = Arc::new(ledger::store::memory::MemoryStore::new());
    let looked_at = Arc::new(RocksStore::open_read_only(&path).unwrap());
    assert!(looked_at.head().unwrap().unwrap().rows_released > TreeSize::new(0));
    assert_eq!(checked(looked_at.as_ref(), Some(&high_water)).faults, Vec::new());
    let key = TestLedger::key().verifier_key().clone();
    let follower = follow(looked_at, &key, &served.unwrap().checkpoint, clock).unwrap();
    compare_subject_rows(follower.reader(), 1);
}

#[test]
fn segments_wait_until_their_rows_are_released_and_never_without_end() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("db");
    let log = TestLedger::create(
        Arc::new(RocksStore::open_or_create(&path).unwrap()),
        verifier::payload::Settings::default(),
    );
    run(async {
        let ledger = log.open();
        log.register_all(&ledger).await;
        ledger.shutdown().await;
    });
    log.store.release_rows(TreeSize::new(1)).unwrap();
    let size = log.store.head().unwrap().unwrap().newest.head.tree.size;
    while log.store.maintain().unwrap().is_pending {}
    // Whatever the sequencer's thread merged before, the rest waits, and is found.
    let upkeep = log.store.maintain().unwrap();
    assert!(!upkeep.is_pending);
    log.store.release_rows(size).unwrap();
    while log.store.maintain().unwrap().is_pending {}
    assert_eq!(log.store.maintain().unwrap().indexed_to, size);
    let kinds = RowKey::of_kind(verifier::kind::Kind::IssuerRegistered);
    assert!(rows(log.store.as_ref()).iter().any(|row| row.key == kinds));
}
