//! Index rows, by key and all of them.

use super::script::{Script, identity, shared_key, single_key};
use super::{StoreOpener, index};
use crate::rows::{Row, RowKey, Space};
use crate::store::{LogStore, LookupOrder, READ_LIMIT_MAX, StoreError};
use verifier::index::{LeafIndex, TreeSize};

pub(super) fn rows_are_found_merged_or_not(place: &impl StoreOpener) {
    let mut script = Script::new();
    let genesis = script.next(1);
    place.open().create(&identity(), &genesis).unwrap();
    let mut head = genesis.head;
    for count in [4, 1, 7, 3] {
        let batch = script.next(count);
        place.open().commit(&head, &batch).unwrap();
        head = batch.head;
    }
    let total = head.tree.size;
    // How much of the housekeeping survives is the store's affair; that no row is lost or doubled is not.
    for _ in 0..2 {
        let store = place.open();
        compare_rows(&*store, &script);
        while store.maintain().unwrap().is_pending {
            compare_rows(&*store, &script);
        }
        compare_rows(&*store, &script);
        assert_eq!(store.maintain().unwrap().indexed_to, total);
    }
    let store = place.open();
    let batch = script.next(5);
    store.commit(&head, &batch).unwrap();
    compare_rows(&*store, &script);
}

/// Which rows a store drops is its affair; that it keeps all others, and says below which size some may be missing, is not.
pub(super) fn only_rows_that_were_released_are_missing(place: &impl StoreOpener) {
    let mut script = Script::new();
    let genesis = script.next(1);
    let store = place.open();
    store.create(&identity(), &genesis).unwrap();
    let mut head = genesis.head;
    let mut released = 0;
    for (count, release) in [(4, 0), (6, 5), (5, 3), (3, 13), (2, 16)] {
        let batch = script.next(count);
        store.commit(&head, &batch).unwrap();
        head = batch.head;
        released = released.max(release);
        store.release_rows(TreeSize::new(release)).unwrap();
        compare_released(&*store, &script, released);
        while store.maintain().unwrap().is_pending {
            compare_released(&*store, &script, released);
        }
        compare_released(&*store, &script, released);
    }
    drop(store);
    let store = place.open();
    compare_released(&*store, &script, released);
    // It is opened again by a caller who keeps no index: everything is merged.
    let batch = script.next(2);
    store.commit(&head, &batch).unwrap();
    while store.maintain().unwrap().is_pending {}
    compare_released(&*store, &script, released);
    assert_eq!(store.maintain().unwrap().indexed_to, batch.head.tree.size);
}

fn compare_released(store: &dyn LogStore, script: &Script, released: u64) {
    let durable = store.head().unwrap().unwrap().rows_released.value();
    assert!(durable <= released, "{durable} instead of {released} at most");
    let end = script.size();
    let rows = |key: &RowKey, from| {
        let order = LookupOrder::Ascending;
        store
            .rows(key, index(from), index(u64::MAX), order, 1_000)
            .unwrap()
    };
    let kept: Vec<LeafIndex> = (released..end).map(index).collect();
    assert_eq!(rows(&shared_key(), released), kept);
    for entry in 0..end {
        assert_eq!(rows(&single_key(entry), 0), [index(entry)]);
    }
    let mut scanned = store.scan_rows(None, READ_LIMIT_MAX).unwrap().rows;
    let all = script.all_rows();
    assert!(scanned.iter().all(|row| all.contains(row)));
    let is_kept = |row: &Row| row.key != shared_key() || row.index >= index(released);
    scanned.retain(is_kept);
    let expected: Vec<Row> = all.into_iter().filter(is_kept).collect();
    assert_eq!(scanned, expected);
}

/// Keys in no order, of which some are not there, and one stands there twice.
fn compare_first_rows(store: &dyn LogStore, script: &Script) {
    let end = script.size();
    let numbers = [end + 7, end - 1, 0, end / 2, end + 1, 0];
    let keys: Vec<RowKey> = numbers
        .into_iter()
        .map(single_key)
        .chain([shared_key()])
        .collect();
    for to in [0, 1, end / 2, end, u64::MAX] {
        let singles = numbers
            .into_iter()
            .map(|number| (number < end.min(to)).then(|| index(number)));
        let shared = (to > 0).then(|| index(0));
        let expected: Vec<Option<LeafIndex>> = singles.chain([shared]).collect();
        assert_eq!(
            store.first_rows(&keys, index(to)).unwrap(),
            expected,
            "below {to}"
        );
    }
    assert_eq!(store.first_rows(&[], index(end)).unwrap(), []);
    let too_many = vec![shared_key(); READ_LIMIT_MAX + 1];
    let refused = store.first_rows(&too_many, index(end));
    assert!(matches!(refused, Err(StoreError::TooMany { .. })), "{refused:?}");
}

pub(super) fn compare_rows(store: &dyn LogStore, script: &Script) {
    compare_first_rows(store, script);
    let all: Vec<LeafIndex> = (0..script.size()).map(index).collect();
    let end = script.size();
    for (from, to) in [
        (0, end),
        (0, u64::MAX),
        (3, 9),
        (5, 5),
        (9, 3),
        (end - 1, end),
        (end, u64::MAX),
    ] {
        let expected: Vec<LeafIndex> = all
            .iter()
            .copied()
            .filter(|i| (from..to).contains(&i.value()))
            .collect();
        for limit in [0, 1, 2, 100] {
            let up = store
                .rows(
                    &shared_key(),
                    index(from),
                    index(to),
                    LookupOrder::Ascending,
                    limit,
                )
                .unwrap();
            assert_eq!(
                up,
                expected.iter().copied().take(limit).collect::<Vec<_>>(),
                "{from}..{to} {limit}"
            );
            let down = store
                .rows(
                    &shared_key(),
                    index(from),
                    index(to),
                    LookupOrder::Descending,
                    limit,
                )
                .unwrap();
            assert_eq!(
                down,
                expected.iter().rev().copied().take(limit).collect::<Vec<_>>()
            );
        }
    }
    for entry in [0, end / 2, end - 1] {
        let found = store
            .rows(
                &single_key(entry),
                index(0),
                index(u64::MAX),
                LookupOrder::Ascending,
                10,
            )
            .unwrap();
        assert_eq!(found, vec![index(entry)]);
    }
    for absent in [
        single_key(end),
        RowKey::new(Space::Leaf, [1; 32]),
        RowKey::new(Space::Leaf, [0xff; 32]),
    ] {
        for order in [LookupOrder::Ascending, LookupOrder::Descending] {
            assert_eq!(
                store.rows(&absent, index(0), index(u64::MAX), order, 10).unwrap(),
                Vec::new()
            );
        }
    }
    let all: Vec<Row> = script.all_rows().into_iter().collect();
    for limit in [1, 3, all.len(), READ_LIMIT_MAX] {
        let mut scanned: Vec<Row> = Vec::new();
        loop {
            let page = store.scan_rows(scanned.last(), limit).unwrap();
            assert_eq!(page.malformed, Vec::<String>::new());
            assert_eq!(page.rows.len(), limit.min(all.len() - scanned.len()));
            scanned.extend(&page.rows);
            if page.rows.len() < limit {
                break;
            }
        }
        assert_eq!(scanned, all, "ascending, each once");
    }
}
