//! The suite that every store of derived data must pass. The numbers are those of the rules of [`DerivedStore`].
#![expect(
    clippy::unwrap_used,
    reason = "a test suite next to the contract: a failure is a panic"
)]

use super::{DerivedStore, KeyChange, KeyRange, KeyValue};
use std::sync::Arc;

/// Where one map can be opened again and again.
pub trait DerivedStoreOpener {
    /// Opens what is there. No earlier handle is in use any more.
    fn open(&self) -> Arc<dyn DerivedStore>;
}

/// Runs every test, each on a place of its own.
pub fn run<P: DerivedStoreOpener>(make: impl Fn() -> P) {
    // 1, 2
    the_last_change_of_a_key_holds(&make());
    // 3
    a_range_is_listed_in_either_direction(&make());
    // 4
    what_was_persisted_is_there_after_reopening(&make());
    // 5
    a_purge_keeps_what_is_there(&make());
    // 6
    a_wiped_map_is_empty_and_goes_on(&make());
}

fn pair(key: u8, value: &str) -> KeyValue {
    (vec![key], value.as_bytes().to_vec())
}

fn put(key: u8, value: &str) -> KeyChange {
    let (key, value) = pair(key, value);
    KeyChange::put(key, value)
}

fn all(store: &dyn DerivedStore) -> Vec<KeyValue> {
    let everything = KeyRange {
        from: &[],
        to: &[0xff],
        descending: false,
        limit: usize::MAX,
    };
    store.list(everything).unwrap()
}

fn the_last_change_of_a_key_holds(place: &impl DerivedStoreOpener) {
    let store = place.open();
    assert_eq!(all(&*store), Vec::new());
    assert_eq!(store.get(&[1]).unwrap(), None);
    store
        .write(vec![put(1, "one"), put(2, "two"), put(1, "uno")])
        .unwrap();
    assert_eq!(all(&*store), [pair(1, "uno"), pair(2, "two")]);
    store
        .write(vec![
            KeyChange::delete(vec![2]),
            put(3, ""),
            KeyChange::delete(vec![9]),
        ])
        .unwrap();
    assert_eq!(all(&*store), [pair(1, "uno"), pair(3, "")]);
    assert_eq!(store.get(&[3]).unwrap(), Some(Vec::new()));
    assert_eq!(store.get(&[2]).unwrap(), None);
}

fn a_range_is_listed_in_either_direction(place: &impl DerivedStoreOpener) {
    let store = place.open();
    let keys: Vec<u8> = (0..20).map(|number| number * 10).collect();
    store
        .write(keys.iter().map(|key| put(*key, "value")).collect())
        .unwrap();
    for (from, to) in [(0, 200), (10, 50), (11, 49), (50, 50), (60, 20)] {
        for limit in [0, 1, 3, usize::MAX] {
            for descending in [false, true] {
                let mut expected: Vec<u8> = keys
                    .iter()
                    .copied()
                    .filter(|key| *key >= from && *key < to)
                    .collect();
                if descending {
                    expected.reverse();
                }
                expected.truncate(limit);
                let range = KeyRange {
                    from: &[from],
                    to: &[to],
                    descending,
                    limit,
                };
                let found: Vec<u8> = store
                    .list(range)
                    .unwrap()
                    .into_iter()
                    .flat_map(|(key, _)| key)
                    .collect();
                assert_eq!(found, expected, "{from}..{to} {limit} {descending}");
            }
        }
    }
}

fn what_was_persisted_is_there_after_reopening(place: &impl DerivedStoreOpener) {
    let store = place.open();
    store.write(vec![put(1, "one")]).unwrap();
    store.write(vec![put(1, "uno"), put(2, "two")]).unwrap();
    store.persist().unwrap();
    drop(store);
    assert_eq!(all(&*place.open()), [pair(1, "uno"), pair(2, "two")]);
}

fn a_purge_keeps_what_is_there(place: &impl DerivedStoreOpener) {
    let store = place.open();
    store.write(vec![put(1, "one"), put(2, "two")]).unwrap();
    store
        .write(vec![put(1, "uno"), KeyChange::delete(vec![2])])
        .unwrap();
    store.purge().unwrap();
    assert_eq!(all(&*store), [pair(1, "uno")]);
    drop(store);
    assert_eq!(all(&*place.open()), [pair(1, "uno")]);
}

fn a_wiped_map_is_empty_and_goes_on(place: &impl DerivedStoreOpener) {
    let store = place.open();
    store.write(vec![put(1, "one")]).unwrap();
    store.persist().unwrap();
    store.wipe().unwrap();
    assert_eq!(all(&*store), Vec::new());
    store.write(vec![put(2, "two")]).unwrap();
    store.persist().unwrap();
    drop(store);
    assert_eq!(all(&*place.open()), [pair(2, "two")]);
}
