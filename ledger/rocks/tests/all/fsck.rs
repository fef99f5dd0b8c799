//! What fsck finds in files that somebody meddled with.

use kit::test_ledger::{TestLedger, checked, filled};
use ledger::fsck::fsck;
use ledger::signer::CheckpointSigner as _;
use ledger_rocks::RocksStore;
use std::collections::BTreeSet;
use std::sync::Arc;
use verifier::check::index_replay::MemorySpace;

#[test]
fn a_byte_flipped_in_any_stored_value_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("db");
    drop(filled(Arc::new(RocksStore::open_or_create(&path).unwrap()), 6));
    let writer = RocksStore::open_existing(&path).unwrap();
    assert_eq!(
        checked(&RocksStore::open_read_only(&path).unwrap(), None).fault_count,
        0
    );
    let mut families = BTreeSet::new();
    for (family, key, value) in writer.raw_values().unwrap() {
        families.insert(family);
        for position in [0, value.len() / 3, value.len().saturating_sub(1)] {
            let mut damaged = value.clone();
            let Some(byte) = damaged.get_mut(position) else {
                continue;
            };
            *byte ^= 0x20;
            writer.raw_put(family, &key, Some(&damaged)).unwrap();
            let report = checked(&RocksStore::open_read_only(&path).unwrap(), None);
            assert_ne!(report.fault_count, 0, "{family} {key:?} byte {position}");
        }
        writer.raw_put(family, &key, None).unwrap();
        if let Ok(store) = RocksStore::open_read_only(&path) {
            let outcome = fsck(
                &store,
                TestLedger::key().verifier_key(),
                None,
                Box::new(MemorySpace),
                &mut |_, _| {},
            );
            let lost_history =
                family == "heads" && outcome.as_ref().is_ok_and(|report| report.fault_count == 0);
            assert!(
                lost_history || outcome.is_err() || outcome.unwrap().fault_count > 0,
                "{family} {key:?} deleted"
            );
        }
        writer.raw_put(family, &key, Some(&value)).unwrap();
    }
    assert_eq!(
        checked(&RocksStore::open_read_only(&path).unwrap(), None).fault_count,
        0
    );
    for family in ["meta", "tiles", "entries", "beside", "heads"] {
        assert!(families.contains(family), "{family}");
    }
    assert!(families.contains("rows") || families.contains("segments"));
}

#[test]
fn a_byte_flipped_in_a_table_file_is_found_or_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("db");
    drop(filled(Arc::new(RocksStore::open_or_create(&path).unwrap()), 6));
    let values = {
        let store = RocksStore::open_existing(&path).unwrap();
        store.raw_flush().unwrap();
        store.raw_values().unwrap()
    };
    let mut refused = 0;
    for table in std::fs::read_dir(&path)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        if table.extension().is_none_or(|extension| extension != "sst") {
            continue;
        }
        let content = std::fs::read(&table).unwrap();
        for part in 0..16 {
            let mut damaged = content.clone();
            damaged[content.len() * part / 16] ^= 0x04;
            std::fs::write(&table, &damaged).unwrap();
            let report = RocksStore::open_read_only(&path).and_then(|store| {
                Ok((
                    fsck(
                        &store,
                        TestLedger::key().verifier_key(),
                        None,
                        Box::new(MemorySpace),
                        &mut |_, _| {},
                    )?,
                    store,
                ))
            });
            match report {
                // Bytes that nothing is read from, such as statistics of the table.
                Ok((report, store)) if report.fault_count == 0 => {
                    assert_eq!(store.raw_values().unwrap(), values);
                }
                Ok(_) | Err(_) => refused += 1,
            }
        }
        std::fs::write(&table, &content).unwrap();
    }
    assert!(refused > 0);
    assert_eq!(
        checked(&RocksStore::open_read_only(&path).unwrap(), None).fault_count,
        0
    );
}
