//! The suite that every backend must pass.
//!
//! A backend's tests implement [`Place`] and call [`run`]. The hashes in it are made up: a store does not
//! look at them, beyond that a tile only grows.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test suite that lives beside the contract: a failure is a panic"
)]

mod erase;
mod script;

use super::{
    CommitError, DOCUMENTS_BYTES_MAX, Head, HeadQuery, LogStore, Order, READ_LIMIT_MAX, StoreError,
    StoredHead, read,
};
use crate::rows::{Row, RowKey, Space};
use script::{Script, identity, shared_key, single_key};
use std::sync::Arc;
use verifier::hash::RootHash;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::tile::TileCoord;

/// Where one log can be opened again and again.
pub trait Place {
    /// Opens what is there. No earlier handle is in use any more.
    fn open(&self) -> Arc<dyn LogStore>;
}

/// Runs every test, each on a place of its own. The numbers are those of the rules in [`super`]; reopening the place
/// is what "durable" means here.
pub fn run<P: Place>(make: impl Fn() -> P) {
    // 1
    an_empty_store_has_nothing(&make());
    // 2, 3
    a_log_is_created_once(&make());
    // 3, 7, 8
    what_was_committed_is_read_back(&make());
    // 4
    a_commit_on_another_head_is_a_conflict(&make());
    of_two_commits_on_one_head_one_succeeds(&make());
    // 5
    a_malformed_batch_is_not_applied(&make());
    // 7
    a_handle_reads_its_own_commits(&make());
    // 10, 12
    rows_are_found_merged_or_not(&make());
    // 11
    heads_are_found_by_size_and_time(&make());
    // 8, 10
    lists_have_a_limit(&make());
    // 9
    a_call_ends_once_it_holds_enough_bytes_of_documents(&make());
    // 13, 14
    erase::what_is_erased_stays_erased(&make());
    erase::only_what_is_there_is_erased(&make());
}

fn size(value: u64) -> TreeSize {
    TreeSize::new(value)
}

fn index(value: u64) -> LeafIndex {
    LeafIndex::new(value)
}

fn an_empty_store_has_nothing(place: &impl Place) {
    for _ in 0..2 {
        let store = place.open();
        assert_eq!(store.head().unwrap(), None);
        assert_eq!(store.entries(&[index(0), index(9)]).unwrap(), vec![None; 2]);
        assert_eq!(store.documents(&[index(0), index(9)]).unwrap(), vec![None; 2]);
        assert_eq!(
            store.tiles(&[TileCoord { level: 0, index: 0 }]).unwrap(),
            vec![None]
        );
        for query in [
            HeadQuery::OfSize(size(0)),
            HeadQuery::ALL,
            HeadQuery::UpToTime(TimestampMs::new(u64::MAX)),
        ] {
            assert_eq!(store.heads(query, 10).unwrap(), Vec::new());
        }
        let found = store
            .rows(&shared_key(), index(0), index(u64::MAX), Order::Ascending, 10)
            .unwrap();
        assert_eq!(found, Vec::new());
        let upkeep = store.maintain().unwrap();
        assert_eq!((upkeep.indexed_to, upkeep.is_pending), (size(0), false));
    }
}

fn a_log_is_created_once(place: &impl Place) {
    let mut script = Script::new();
    let genesis = script.next(1);
    {
        let store = place.open();
        let early = store.commit(&genesis.head, &Script::after(&genesis).next(1));
        assert!(
            matches!(early, Err(CommitError::Conflict { found: None, .. })),
            "{early:?}"
        );
        store.create(&identity(), &genesis).unwrap();
        let again = store.create(&identity(), &genesis);
        assert_eq!(
            again,
            Err(CommitError::Conflict {
                expected: None,
                found: Some(size(1))
            })
        );
    }
    let store = place.open();
    let found = store.head().unwrap().unwrap();
    assert_eq!(found.identity, identity());
    assert_eq!(
        (found.newest.head, found.newest.signature),
        (genesis.head.clone(), None)
    );
    let again = store.create(&identity(), &genesis);
    assert_eq!(
        again,
        Err(CommitError::Conflict {
            expected: None,
            found: Some(size(1))
        })
    );
}

fn what_was_committed_is_read_back(place: &impl Place) {
    let mut script = Script::new();
    let genesis = script.next(1);
    place.open().create(&identity(), &genesis).unwrap();
    let mut head = genesis.head;
    // Bundles are filled by one batch, by many, and by batches that cross them.
    for count in [1, 2, 50, 202, 255, 1, 256, 257, 1, 1, 600, 3] {
        let store = place.open();
        let batch = script.next(count);
        store.commit(&head, &batch).unwrap();
        head = batch.head;
        script.compare(&*store);
    }
    script.compare(&*place.open());
}

fn a_commit_on_another_head_is_a_conflict(place: &impl Place) {
    let store = place.open();
    let mut script = Script::new();
    let genesis = script.next(1);
    store.create(&identity(), &genesis).unwrap();
    let first = script.next(3);
    store.commit(&genesis.head, &first).unwrap();
    let second = script.next(3);

    let stale = store.commit(&genesis.head, &second);
    assert_eq!(
        stale,
        Err(CommitError::Conflict {
            expected: Some(size(1)),
            found: Some(size(4))
        })
    );
    let mut other_root = first.head.clone();
    other_root.tree.root = RootHash::from_bytes([0xee; 32]);
    assert!(matches!(
        store.commit(&other_root, &second),
        Err(CommitError::Conflict { .. })
    ));
    let mut other_time = first.head.clone();
    other_time.time = TimestampMs::new(other_time.time.value() + 1);
    assert!(matches!(
        store.commit(&other_time, &second),
        Err(CommitError::Conflict { .. })
    ));
    // A batch that was applied is not applied again, whatever the caller believes.
    assert!(matches!(
        store.commit(&genesis.head, &first),
        Err(CommitError::Conflict { .. })
    ));

    assert_eq!(store.head().unwrap().unwrap().newest.head, first.head);
    assert_eq!(store.entries(&[index(4)]).unwrap(), vec![None]);
    store.commit(&first.head, &second).unwrap();
    script.compare(&*store);
}

fn of_two_commits_on_one_head_one_succeeds(place: &impl Place) {
    let store = place.open();
    let mut script = Script::new();
    let genesis = script.next(1);
    store.create(&identity(), &genesis).unwrap();
    for round in 0..8 {
        let mut next = script.clone();
        let batch = next.next(3);
        let head = store.head().unwrap().unwrap().newest.head;
        let outcomes: Vec<_> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| store.commit(&head, &batch)))
                .collect();
            writers.into_iter().map(|writer| writer.join().unwrap()).collect()
        });
        let succeeded = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(succeeded, 1, "round {round}: {outcomes:?}");
        let refused = outcomes
            .iter()
            .filter(|outcome| matches!(outcome, Err(CommitError::Conflict { .. })));
        assert_eq!(refused.count(), 3, "round {round}: {outcomes:?}");
        script = next;
        script.compare(&*store);
    }
}

fn a_handle_reads_its_own_commits(place: &impl Place) {
    let store = place.open();
    let mut script = Script::new();
    let genesis = script.next(1);
    store.create(&identity(), &genesis).unwrap();
    let mut head = genesis.head;
    for count in [1, 255, 3] {
        let batch = script.next(count);
        store.commit(&head, &batch).unwrap();
        head = batch.head;
        script.compare(&*store);
        compare_rows(&*store, &script);
        assert_eq!(read::newest(&*store, HeadQuery::ALL).unwrap().unwrap().head, head);
    }
}

fn a_malformed_batch_is_not_applied(place: &impl Place) {
    let store = place.open();
    let mut script = Script::new();
    let genesis = script.next(1);
    store.create(&identity(), &genesis).unwrap();
    let mut good_script = script.clone();
    let good = good_script.next(2);
    let mut bad = vec![good.clone(); 9];
    bad[0].entries.clear();
    bad[1].first = index(2);
    bad[2].head.tree.size = size(4);
    bad[3].head.time = TimestampMs::new(0);
    bad[4].rows.reverse();
    bad[5].rows.push(Row::new(
        Space::Subject(verifier::subject::Field::Halt),
        [0xff; 32],
        index(3),
    ));
    bad[6].tiles[0].1.pop();
    bad[7].tiles[0].1[0] ^= 1;
    bad[8].signature = Some((size(2), [1; 64]));
    for (number, batch) in bad.iter().enumerate() {
        let outcome = store.commit(&genesis.head, batch);
        assert!(
            matches!(outcome, Err(CommitError::NotApplied(_))),
            "{number}: {outcome:?}"
        );
        script.compare(&*store);
    }
    store.commit(&genesis.head, &good).unwrap();
    good_script.compare(&*store);
}

fn rows_are_found_merged_or_not(place: &impl Place) {
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

fn compare_rows(store: &dyn LogStore, script: &Script) {
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
                .rows(&shared_key(), index(from), index(to), Order::Ascending, limit)
                .unwrap();
            assert_eq!(
                up,
                expected.iter().copied().take(limit).collect::<Vec<_>>(),
                "{from}..{to} {limit}"
            );
            let down = store
                .rows(&shared_key(), index(from), index(to), Order::Descending, limit)
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
                Order::Ascending,
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
        for order in [Order::Ascending, Order::Descending] {
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

fn heads_are_found_by_size_and_time(place: &impl Place) {
    let mut script = Script::new();
    let genesis = script.next(1);
    let store = place.open();
    store.create(&identity(), &genesis).unwrap();
    let mut heads = vec![genesis.head];
    // The script's clock stands still for every third batch.
    for count in [2, 3, 1, 1, 9, 2, 2, 5, 1, 1, 1] {
        let mut batch = script.next(count);
        let before = heads.last().unwrap();
        batch.signature = Some((before.tree.size, [u8::try_from(heads.len()).unwrap(); 64]));
        store.commit(before, &batch).unwrap();
        heads.push(batch.head);
    }
    drop(store);
    let store = place.open();
    for (number, head) in heads.iter().enumerate() {
        let stored = store.heads(HeadQuery::OfSize(head.tree.size), 2).unwrap();
        let signed = (number + 1 < heads.len()).then(|| [u8::try_from(number + 1).unwrap(); 64]);
        let expected = StoredHead {
            head: head.clone(),
            signature: signed,
        };
        assert_eq!(stored, [expected]);
    }
    let last = heads.last().unwrap();
    let ask = |query, limit| -> Vec<Head> {
        let found = store.heads(query, limit).unwrap().into_iter();
        found.map(|stored| stored.head).collect()
    };
    let expect = |limit: usize, described: &dyn Fn(&Head) -> bool| -> Vec<Head> {
        let found = heads.iter().rev().filter(|head| described(head));
        found.take(limit).cloned().collect()
    };
    for limit in [0, 1, 3, usize::MAX] {
        for other in 0..=last.tree.size.value() + 1 {
            let of = size(other);
            let found = ask(HeadQuery::OfSize(of), limit);
            assert_eq!(found, expect(limit, &|head| head.tree.size == of), "of size {of}");
            let found = ask(HeadQuery::UpToSize(of), limit);
            assert_eq!(
                found,
                expect(limit, &|head| head.tree.size <= of),
                "up to size {of}"
            );
        }
        for at in heads[0].time.value() - 1..=last.time.value() + 1 {
            let at = TimestampMs::new(at);
            let found = ask(HeadQuery::UpToTime(at), limit);
            assert_eq!(found, expect(limit, &|head| head.time <= at), "up to {at}");
        }
    }
}

fn lists_have_a_limit(place: &impl Place) {
    let store = place.open();
    let mut script = Script::new();
    let genesis = script.next(1);
    store.create(&identity(), &genesis).unwrap();
    store
        .commit(&genesis.head, &script.next(READ_LIMIT_MAX + 10))
        .unwrap();
    let all = read::indices(index(0), READ_LIMIT_MAX);
    assert_eq!(store.entries(&all).unwrap().len(), READ_LIMIT_MAX);
    let too_many = read::indices(index(0), READ_LIMIT_MAX + 1);
    let coords = vec![TileCoord { level: 0, index: 0 }; READ_LIMIT_MAX + 1];
    let refused = StoreError::TooMany {
        asked: READ_LIMIT_MAX + 1,
        max: READ_LIMIT_MAX,
    };
    assert_eq!(store.entries(&too_many), Err(refused.clone()));
    assert_eq!(store.documents(&too_many), Err(refused.clone()));
    assert_eq!(store.tiles(&coords), Err(refused));
    for _ in 0..2 {
        let rows = store
            .rows(
                &shared_key(),
                index(0),
                index(u64::MAX),
                Order::Ascending,
                usize::MAX,
            )
            .unwrap();
        assert_eq!(rows.len(), READ_LIMIT_MAX);
        while store.maintain().unwrap().is_pending {}
    }
    assert_eq!(store.entries(&[index(u64::MAX)]).unwrap(), vec![None]);
    assert_eq!(store.documents(&[index(u64::MAX)]).unwrap(), vec![None]);
}

fn a_call_ends_once_it_holds_enough_bytes_of_documents(place: &impl Place) {
    let store = place.open();
    let mut script = Script::new();
    let genesis = script.next(1);
    store.create(&identity(), &genesis).unwrap();
    let mut batch = script.next(100);
    for entry in &mut batch.entries {
        entry.evidence = Some(vec![7; DOCUMENTS_BYTES_MAX / 20]);
        entry.context = None;
    }
    batch.entries[0].evidence = Some(vec![7; DOCUMENTS_BYTES_MAX + 1]);
    store.commit(&genesis.head, &batch).unwrap();
    let all = read::indices(index(1), 100);
    assert_eq!(store.documents(&all).unwrap().len(), 1, "never less than one");
    let rest = store.documents(&all[1..]).unwrap();
    assert_eq!(
        rest.len(),
        21,
        "the one with which the bytes are reached is the last"
    );
    assert!(rest.iter().all(Option::is_some));
}
