//! Heads, and the limits of lists.

use super::script::{Script, identity, shared_key};
use super::{StoreOpener, index, size};
use crate::store::{
    DOCUMENTS_BYTES_MAX, Head, HeadQuery, LookupOrder, READ_LIMIT_MAX, StoreError, StoredHead, read,
};
use verifier::index::TimestampMs;
use verifier::tile::TileCoord;

pub(super) fn heads_are_found_by_size_and_time(place: &impl StoreOpener) {
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

pub(super) fn lists_have_a_limit(place: &impl StoreOpener) {
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
                LookupOrder::Ascending,
                usize::MAX,
            )
            .unwrap();
        assert_eq!(rows.len(), READ_LIMIT_MAX);
        while store.maintain().unwrap().is_pending {}
    }
    assert_eq!(store.entries(&[index(u64::MAX)]).unwrap(), vec![None]);
    assert_eq!(store.documents(&[index(u64::MAX)]).unwrap(), vec![None]);
}

pub(super) fn a_call_ends_once_it_holds_enough_bytes_of_documents(place: &impl StoreOpener) {
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
