//! An auditor who has the key alone computes the index of a ledger again.

use kit::test_ledger::{TestLedger, accepted, submit};
use ledger::reader::Reader;
use verifier::check::audit::Auditor;
use verifier::check::{Report, Status};
use verifier::index::LeafIndex;
use verifier::tile::TilePath;

use crate::index::{covered, indexed, receipts, with_receipts};

/// Reads the whole log, as a client of the server does.
fn audit(reader: &Reader) -> Report {
    let head = reader.published();
    let mut auditor = Auditor::new(head.checkpoint.as_bytes(), &reader.verifier_key()).unwrap();
    let genesis = reader.entry(LeafIndex::ZERO).unwrap().unwrap().evidence;
    let mut genesis = Some(genesis.unwrap());
    while let Some(path) = auditor.wanted() {
        let bytes = match path {
            TilePath::Entries { index, width } => reader.entry_bundle(index, width),
            TilePath::Hashes { coord, width } => reader.tile(coord, width),
        };
        auditor.feed(&bytes.unwrap().unwrap()).unwrap();
        if let Some(genesis) = genesis.take() {
            auditor.take_genesis(&genesis).unwrap();
        }
    }
    auditor.finish()
}

fn assert_replayed(reader: &Reader) {
    let report = audit(reader);
    assert_eq!(report.status, Status::Pass, "{report:?}");
    assert!(report.details.has_checked("index_replay"), "{report:?}");
    let root = reader.newest_index_root().unwrap().unwrap();
    let told = report.details.get("covered").and_then(serde_json::Value::as_u64);
    assert_eq!(told, Some(root.list.covered().value()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_of_a_ledger_is_the_one_that_its_entries_give() {
    let log = TestLedger::new();
    let ledger = log.open_with(indexed());
    log.register_all(&ledger).await;
    with_receipts(&log, &ledger, 40).await;
    assert_replayed(ledger.reader());
    // A restart goes on with the same runs.
    ledger.shutdown().await;
    drop(ledger);
    let ledger = log.open_with(indexed());
    log.clock.advance(10);
    accepted(&ledger, "clawproxy", log.receipt(1_000)).await;
    covered(&ledger).await;
    assert_replayed(ledger.reader());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_index_of_an_older_log_is_the_one_that_its_entries_give() {
    let (log, ledger) = TestLedger::registered().await;
    for result in submit(&ledger, "clawproxy", receipts(&log, 0..300)).await {
        result.unwrap();
    }
    let report = audit(ledger.reader());
    assert_eq!(report.status, Status::Pass, "{report:?}");
    assert!(!report.details.has_checked("index_replay"), "{report:?}");
    ledger.shutdown().await;
    drop(ledger);
    let ledger = log.open_with(indexed());
    covered(&ledger).await;
    assert_replayed(ledger.reader());
}
