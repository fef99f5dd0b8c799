//! Sorted runs: complete ones are listed, unfinished ones are not, and each is taken away alone.

use super::script::{Script, identity};
use super::{StoreOpener, size};
use crate::store::{LogStore, READ_LIMIT_MAX, RunPartKey, StoreError, StoredRun};
use std::sync::Arc;
use verifier::runs::{RunDescriptor, RunHash, RunRange};

/// Ranges that overlap, lie within each other, touch, and share where they begin or end; ascending.
const RANGES: [(u64, u64); 9] = [
    (0, 1),
    (0, 8),
    (0, 9),
    (0, 255),
    (0, 256),
    (4, 8),
    (8, 16),
    (255, 256),
    (256, (1 << 56) - 1),
];
/// Parts of every run: of more than one list, and of the outermost numbers.
const PARTS: [(u8, u64); 6] = [
    (0, 0),
    (0, 1),
    (0, 256),
    (1, 0),
    (7, u64::MAX),
    (u8::MAX, u64::MAX),
];

fn ranges() -> Vec<RunRange> {
    let ranges = RANGES.iter();
    ranges
        .map(|(begin, end)| RunRange::new(size(*begin), size(*end)).unwrap())
        .collect()
}

fn keys() -> Vec<RunPartKey> {
    let keys = PARTS.iter();
    keys.map(|(part, number)| RunPartKey {
        part: *part,
        number: *number,
    })
    .collect()
}

fn run(range: RunRange) -> StoredRun {
    let mark = u8::try_from(range.entries() % 251).unwrap();
    StoredRun {
        descriptor: RunDescriptor {
            range,
            pages: range.entries() / 3,
            root: RunHash::from_bytes([mark; 32]),
        },
        rows: range.entries() * 16,
    }
}

/// The parts of a run, of different lengths; the first one is empty.
fn parts(range: RunRange) -> Vec<(RunPartKey, Vec<u8>)> {
    let content = [
        range.begin().value().to_be_bytes(),
        range.end().value().to_be_bytes(),
    ]
    .concat();
    let parts = keys().into_iter().enumerate();
    parts.map(|(times, key)| (key, content.repeat(times))).collect()
}

/// A store with a log: the runs are those of its entries.
fn created(place: &impl StoreOpener) -> Arc<dyn LogStore> {
    let store = place.open();
    store.create(&identity(), &Script::new().next(1)).unwrap();
    store
}

fn put(store: &dyn LogStore, range: RunRange) {
    // In two calls, of which the second one replaces what the first one put.
    let stale: Vec<_> = keys().into_iter().map(|key| (key, vec![0xee; 40])).collect();
    store.put_run_parts(range, &stale).unwrap();
    store.put_run_parts(range, &parts(range)).unwrap();
}

fn finished(store: &dyn LogStore, range: RunRange) -> StoredRun {
    put(store, range);
    store.finish_run(&run(range)).unwrap();
    run(range)
}

fn require_parts(store: &dyn LogStore, range: RunRange) {
    let found = store.run_parts(range, &keys()).unwrap();
    let expected: Vec<_> = parts(range)
        .into_iter()
        .map(|(_, content)| Some(content))
        .collect();
    assert_eq!(found, expected, "run {range}");
}

fn require_nothing(store: &dyn LogStore, range: RunRange) {
    let found = store.run_parts(range, &keys()).unwrap();
    assert_eq!(found, vec![None; keys().len()], "run {range}");
}

pub(super) fn a_run_is_listed_once_it_is_finished(place: &impl StoreOpener) {
    let ranges = ranges();
    let mut expected = Vec::new();
    {
        let store = created(place);
        assert_eq!(store.runs().unwrap(), []);
        // Not in the order of the list.
        for range in ranges.iter().rev() {
            require_nothing(&*store, *range);
            put(&*store, *range);
            assert_eq!(store.runs().unwrap(), expected, "run {range} is not finished");
            require_parts(&*store, *range);
            store.finish_run(&run(*range)).unwrap();
            expected.insert(0, run(*range));
            assert_eq!(store.runs().unwrap(), expected);
        }
        // A run without parts is a run.
        let empty = RunRange::new(size(300), size(301)).unwrap();
        store.finish_run(&run(empty)).unwrap();
        expected.push(run(empty));
        assert_eq!(store.runs().unwrap(), expected);
    }
    let store = place.open();
    assert_eq!(store.runs().unwrap(), expected);
    for range in ranges {
        require_parts(&*store, range);
    }
}

pub(super) fn a_finished_run_does_not_change(place: &impl StoreOpener) {
    let range = ranges()[3];
    {
        let store = created(place);
        let there = finished(&*store, range);
        let complete = Err(StoreError::RunComplete { range });
        let other = (keys()[0], b"other".to_vec());
        assert_eq!(store.put_run_parts(range, &[other]), complete);
        let more = StoredRun {
            rows: there.rows + 1,
            ..there
        };
        assert_eq!(store.finish_run(&more), complete);
        // As after an answer that was lost.
        assert_eq!(store.finish_run(&there), Ok(()));
    }
    let store = place.open();
    assert_eq!(store.runs().unwrap(), [run(range)]);
    require_parts(&*store, range);
}

pub(super) fn parts_are_answered_in_the_order_of_the_list(place: &impl StoreOpener) {
    let store = created(place);
    let range = ranges()[3];
    for is_finished in [false, true] {
        if is_finished {
            store.finish_run(&run(range)).unwrap();
        } else {
            put(&*store, range);
        }
        let absent = RunPartKey { part: 2, number: 0 };
        let keys = keys();
        let asked = [keys[4], absent, keys[1], keys[1], keys[0]];
        let content = |at: usize| Some(parts(range)[at].1.clone());
        let expected = [content(4), None, content(1), content(1), Some(Vec::new())];
        assert_eq!(store.run_parts(range, &asked).unwrap(), expected);
        assert_eq!(
            store.run_parts(range, &[]).unwrap(),
            Vec::<Option<Vec<u8>>>::new()
        );
        let most = vec![keys[0]; READ_LIMIT_MAX];
        assert_eq!(store.run_parts(range, &most).unwrap().len(), READ_LIMIT_MAX);
        let too_many = vec![keys[0]; READ_LIMIT_MAX + 1];
        let refused = StoreError::TooMany {
            asked: READ_LIMIT_MAX + 1,
            max: READ_LIMIT_MAX,
        };
        assert_eq!(store.run_parts(range, &too_many), Err(refused));
    }
}

pub(super) fn a_run_is_dropped_alone(place: &impl StoreOpener) {
    let ranges = ranges();
    let mut store = created(place);
    for (at, dropped) in ranges.iter().enumerate() {
        // Every other run is finished; which ones alternates.
        let is_finished = |other: usize| (other + at).is_multiple_of(2);
        for (other, range) in ranges.iter().enumerate() {
            if is_finished(other) {
                finished(&*store, *range);
            } else {
                put(&*store, *range);
            }
        }
        store.drop_run(*dropped).unwrap();
        store.drop_run(*dropped).unwrap();
        let left = ranges.iter().enumerate().filter(|(other, _)| *other != at);
        let listed = left.clone().filter(|(other, _)| is_finished(*other));
        let listed: Vec<_> = listed.map(|(_, range)| run(*range)).collect();
        assert_eq!(store.runs().unwrap(), listed, "without {dropped}");
        require_nothing(&*store, *dropped);
        for (_, range) in left {
            require_parts(&*store, *range);
        }
        // It can be made again, and what was dropped does not come back with it.
        store.finish_run(&run(*dropped)).unwrap();
        drop(store);
        store = place.open();
        require_nothing(&*store, *dropped);
        for run in store.runs().unwrap() {
            store.drop_run(run.descriptor.range).unwrap();
        }
        store.drop_unfinished_runs().unwrap();
        assert_eq!(store.runs().unwrap(), []);
    }
}

pub(super) fn unfinished_runs_are_dropped_together(place: &impl StoreOpener) {
    let ranges = ranges();
    let (complete, unfinished): (Vec<_>, Vec<_>) = ranges
        .iter()
        .copied()
        .partition(|range| range.end().value() % 8 == 0);
    {
        let store = created(place);
        store.drop_unfinished_runs().unwrap();
        for range in &unfinished {
            put(&*store, *range);
        }
        for range in &complete {
            finished(&*store, *range);
        }
    }
    let store = place.open();
    for _ in 0..2 {
        store.drop_unfinished_runs().unwrap();
        let expected: Vec<_> = complete.iter().map(|range| run(*range)).collect();
        assert_eq!(store.runs().unwrap(), expected);
        for range in &complete {
            require_parts(&*store, *range);
        }
        for range in &unfinished {
            require_nothing(&*store, *range);
        }
    }
}

pub(super) fn runs_are_no_part_of_the_log(place: &impl StoreOpener) {
    let mut script = Script::new();
    let genesis = script.next(3);
    let store = place.open();
    store.create(&identity(), &genesis).unwrap();
    let range = ranges()[2];
    finished(&*store, range);
    script.compare(&*store);
    store.commit(&genesis.head, &script.next(5)).unwrap();
    script.compare(&*store);
    assert_eq!(store.runs().unwrap(), [run(range)]);
    require_parts(&*store, range);
    store.drop_run(range).unwrap();
    drop(store);
    script.compare(&*place.open());
}
