use kit::test_ledger::{ORIGIN, TestLedger, checked, filled};
use ledger::fsck::{FsckReport, codes, fsck};
use ledger::high_water::{HighWaterFile, HighWaterMark};
use ledger::rows::{Row, Space};
use ledger::signer::{CheckpointSigner, LogKey};
use ledger::store::memory::{MemoryStore, ReadFault, ReadObject};
use ledger::store::{READ_LIMIT_MAX, StoreError, StoreUpkeep};
use std::collections::BTreeSet;
use std::sync::Arc;
use verifier::check::index_replay::MemorySpace;
use verifier::index::LeafIndex;

fn found(report: &FsckReport) -> BTreeSet<&'static str> {
    report.faults.iter().map(|fault| fault.code).collect()
}

#[test]
fn a_sound_log_has_no_fault() {
    let store = MemoryStore::new();
    let log = filled(Arc::new(store.clone()), 20);
    let mut last = (0, 0);
    let mark = HighWaterFile::new(log.high_water());
    let report = fsck(
        &store,
        TestLedger::key().verifier_key(),
        Some(&mark),
        Box::new(MemorySpace),
        &mut |done, total| {
            last = (done, total);
        },
    )
    .unwrap();
    assert_eq!(report.faults, Vec::new());
    assert_eq!(last, (report.tree_size, report.tree_size));
    while store.maintain().unwrap().is_pending {}
    assert_eq!(checked(&store, Some(&log.high_water())).fault_count, 0);
}

#[test]
fn wrong_bytes_that_the_store_does_not_notice_are_faults() {
    let store = MemoryStore::new();
    drop(filled(Arc::new(store.clone()), 6));
    let cases: [(ReadObject, ReadFault, &[&str]); 6] = [
        (
            ReadObject::Entries,
            ReadFault::FlipByte,
            &[codes::ENTRY_MALFORMED, codes::TILE_MISMATCH, codes::HEAD_MISMATCH],
        ),
        (ReadObject::Entries, ReadFault::Lose, &[codes::ENTRY_DAMAGED]),
        (ReadObject::Tile, ReadFault::FlipByte, &[codes::TILE_MISMATCH]),
        (ReadObject::Tile, ReadFault::Lose, &[codes::TILE_MISMATCH]),
        (
            ReadObject::Document,
            ReadFault::FlipByte,
            &[codes::GENESIS_INVALID],
        ),
        (ReadObject::Document, ReadFault::Lose, &[codes::GENESIS_INVALID]),
    ];
    for (object, fault, expected) in cases {
        let handle = store.reopen();
        handle.fail_reads(object, fault);
        let report = checked(&handle, None);
        for code in expected {
            assert!(
                found(&report).contains(code),
                "{object:?} {fault:?}: {:?}",
                found(&report)
            );
        }
    }
}

#[test]
fn an_engine_that_fails_is_an_error_and_not_a_clean_report() {
    let store = MemoryStore::new();
    drop(filled(Arc::new(store.clone()), 2));
    for object in [
        ReadObject::Head,
        ReadObject::Tile,
        ReadObject::Entries,
        ReadObject::Document,
        ReadObject::Rows,
    ] {
        let handle = store.reopen();
        handle.fail_reads(object, ReadFault::Fail);
        let outcome = fsck(
            &handle,
            TestLedger::key().verifier_key(),
            None,
            Box::new(MemorySpace),
            &mut |_, _| {},
        );
        assert!(matches!(outcome, Err(StoreError::Engine(_))), "{object:?}");
    }
    let empty = fsck(
        &MemoryStore::new(),
        TestLedger::key().verifier_key(),
        None,
        Box::new(MemorySpace),
        &mut |_, _| {},
    );
    assert!(matches!(empty, Err(StoreError::Engine(_))));
}

#[test]
fn names_the_row_that_is_missing_and_the_one_that_is_too_many() {
    let store = MemoryStore::new();
    drop(filled(Arc::new(store.clone()), 6));
    let rows = store.scan_rows(None, READ_LIMIT_MAX).unwrap().rows;
    for row in rows.iter().step_by(7) {
        assert!(store.remove_row(row));
        let report = checked(&store, None);
        assert_eq!(found(&report), BTreeSet::from([codes::ROW_MISSING]), "{row:?}");
        assert_eq!(report.fault_count, 1);

        // One is missing and another too many: the counts agree, the rows do not.
        let extra = Row::new(Space::Leaf, [0xaa; 32], row.index);
        store.insert_row(extra);
        let report = checked(&store, None);
        assert_eq!(
            found(&report),
            BTreeSet::from([codes::ROW_MISSING, codes::ROW_EXTRA])
        );
        assert!(
            report
                .faults
                .iter()
                .any(|fault| fault.object.contains(&"aa".repeat(32)))
        );
        store.remove_row(&extra);
        store.insert_row(*row);
    }
    let beyond = Row::new(Space::Leaf, [0xbb; 32], LeafIndex::new(1_000));
    store.insert_row(beyond);
    assert_eq!(found(&checked(&store, None)), BTreeSet::from([codes::ROW_EXTRA]));
    store.remove_row(&beyond);
    assert_eq!(checked(&store, None).fault_count, 0);
}

#[test]
fn another_key_is_a_fault() {
    let store = MemoryStore::new();
    drop(filled(Arc::new(store.clone()), 2));
    let other = LogKey::from_seed(ORIGIN, [99; 32]).unwrap();
    let report = fsck(
        &store,
        other.verifier_key(),
        None,
        Box::new(MemorySpace),
        &mut |_, _| {},
    )
    .unwrap();
    assert!(found(&report).contains(codes::KEY_MISMATCH));
    // The signatures of heads are verified with the keys that the log's entries name, whatever the caller has.
    assert!(!found(&report).contains(codes::SIGNATURE_INVALID));
}

#[test]
fn a_store_behind_its_high_water_mark_is_a_fault() {
    let store = MemoryStore::new();
    let log = filled(Arc::new(store.clone()), 2);
    let path = log.high_water();
    let mut mark = HighWaterFile::new(&path);
    let mut beyond = mark.recall().unwrap();
    beyond.size = verifier::index::TreeSize::new(beyond.size.value() + 1);
    mark.record(&beyond).unwrap();
    assert_eq!(
        found(&checked(&store, Some(&path))),
        BTreeSet::from([codes::HIGH_WATER])
    );
    std::fs::remove_file(&path).unwrap();
    assert_eq!(
        found(&checked(&store, Some(&path))),
        BTreeSet::from([codes::HIGH_WATER])
    );
}
