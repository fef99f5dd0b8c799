//! Sorted runs after crashes, in older databases, and after somebody meddled with them.

use kit::files::{copy_directory, files_with};
use kit::test_ledger::{checked, filled};
use ledger::store::{LogStore, RunPartKey, RunStore, StoreError, StoreUpkeep, StoredRun};
use ledger_rocks::RocksStore;
use rocksdb::{DB, Options};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use tlog::hash::sha256;
use tlog::index::TreeSize;
use tlog::runs::{RunDescriptor, RunHash, RunRange};

/// Bytes of a part of a large run: two hundred of them are more than the engine keeps of one family in memory.
const LARGE_PART: usize = 512 << 10;

fn range(begin: u64, end: u64) -> RunRange {
    RunRange::new(TreeSize::new(begin), TreeSize::new(end)).unwrap()
}

fn run(range: RunRange) -> StoredRun {
    StoredRun {
        descriptor: RunDescriptor {
            range,
            pages: 7,
            root: RunHash::from_bytes([9; 32]),
        },
        rows: 100,
    }
}

fn key(number: u64) -> RunPartKey {
    RunPartKey { part: 1, number }
}

/// Bytes that no compression changes.
fn mark(range: RunRange, number: u64) -> [u8; 32] {
    sha256(format!("part {number} of {range}").as_bytes())
}

fn content(range: RunRange, number: u64, bytes: usize) -> Vec<u8> {
    mark(range, number).into_iter().cycle().take(bytes).collect()
}

fn put(store: &RocksStore, range: RunRange, parts: u64, bytes: usize) {
    for number in 0..parts {
        let part = (key(number), content(range, number, bytes));
        store.put_run_parts(range, &[part]).unwrap();
    }
}

/// The parts of a run that are there and as they were put.
fn parts_of(store: &RocksStore, range: RunRange, parts: u64, bytes: usize) -> u64 {
    let mut there = 0;
    for number in 0..parts {
        if let Some(found) = store.run_parts(range, &[key(number)]).unwrap().remove(0) {
            assert!(found == content(range, number, bytes), "part {number} of {range}");
            there += 1;
        }
    }
    there
}

/// A database with a log, and copies of its files as a crash would leave them.
struct Place {
    dir: TempDir,
    copies: u32,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = RocksStore::open_or_create(&dir.path().join("db")).unwrap();
        drop(filled(Arc::new(store), 2));
        Self { dir, copies: 0 }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("db")
    }

    fn open(&self) -> RocksStore {
        RocksStore::open_existing(&self.path()).unwrap()
    }

    fn crashed(&mut self) -> RocksStore {
        self.copies += 1;
        let copy = self.dir.path().join(format!("copy-{}", self.copies));
        copy_directory(&self.path(), &copy);
        RocksStore::open_existing(&copy).unwrap()
    }
}

#[test]
fn a_crash_leaves_a_run_whole_or_not_listed() {
    let mut place = Place::new();
    let (first, second) = (range(0, 8), range(0, 16));
    let store = place.open();
    put(&store, first, 20, 100);
    let crashed = place.crashed();
    assert_eq!(crashed.runs().unwrap(), []);
    crashed.drop_unfinished_runs().unwrap();
    assert_eq!(parts_of(&crashed, first, 20, 100), 0);

    store.finish_run(&run(first)).unwrap();
    let crashed = place.crashed();
    assert_eq!(crashed.runs().unwrap(), [run(first)]);
    assert_eq!(parts_of(&crashed, first, 20, 100), 20);

    // Parts that became durable, since something else was flushed, are not a run.
    put(&store, second, 20, 100);
    store.raw_flush().unwrap();
    let crashed = place.crashed();
    assert_eq!(crashed.runs().unwrap(), [run(first)]);
    assert_eq!(parts_of(&crashed, second, 20, 100), 20);
    crashed.drop_unfinished_runs().unwrap();
    assert_eq!(parts_of(&crashed, second, 20, 100), 0);
    assert_eq!(parts_of(&crashed, first, 20, 100), 20);
}

#[test]
fn a_drop_that_a_crash_takes_back_leaves_the_whole_run() {
    let mut place = Place::new();
    let (first, second) = (range(0, 8), range(0, 16));
    let store = place.open();
    put(&store, first, 20, 100);
    store.finish_run(&run(first)).unwrap();
    store.drop_run(first).unwrap();
    assert_eq!(store.runs().unwrap(), []);
    // It is made again, in part, when the crash comes.
    put(&store, first, 3, 50);
    let crashed = place.crashed();
    assert_eq!(crashed.runs().unwrap(), [run(first)]);
    assert_eq!(parts_of(&crashed, first, 20, 100), 20);

    // What is durable later takes the drop with it.
    put(&store, second, 4, 100);
    store.finish_run(&run(second)).unwrap();
    let crashed = place.crashed();
    assert_eq!(crashed.runs().unwrap(), [run(second)]);
    assert_eq!(parts_of(&crashed, second, 4, 100), 4);
    assert_eq!(parts_of(&crashed, first, 20, 50), 3);
}

#[test]
fn a_run_that_fills_several_tables_is_durable_with_all_of_them() {
    let mut place = Place::new();
    let large = range(0, 1 << 20);
    let store = place.open();
    put(&store, large, 200, LARGE_PART);
    store.finish_run(&run(large)).unwrap();
    let crashed = place.crashed();
    assert_eq!(crashed.runs().unwrap(), [run(large)]);
    assert_eq!(parts_of(&crashed, large, 200, LARGE_PART), 200);

    store.drop_run(large).unwrap();
    assert_eq!(parts_of(&store, large, 200, LARGE_PART), 0);
    drop(store);
    let store = place.open();
    assert_eq!(store.runs().unwrap(), []);
    assert_eq!(parts_of(&store, large, 200, LARGE_PART), 0);
}

#[test]
fn nothing_of_a_run_is_in_the_write_ahead_log() {
    let place = Place::new();
    let store = place.open();
    put(&store, range(0, 8), 20, 100);
    store.finish_run(&run(range(0, 8))).unwrap();
    put(&store, range(8, 16), 20, 100);
    store.drop_run(range(0, 8)).unwrap();
    let found = files_with(&place.path(), &mark(range(0, 8), 7));
    assert!(!found.is_empty(), "the search finds it");
    for file in [found, files_with(&place.path(), &mark(range(8, 16), 7))].concat() {
        assert_eq!(file.extension().unwrap(), "sst");
    }
}

/// Takes a family out of a database.
fn without_family(path: &Path, family: &str) {
    let options = Options::default();
    let names = DB::list_cf(&options, path).unwrap();
    let mut db = DB::open_cf(&options, path, &names).unwrap();
    db.drop_cf(family).unwrap();
}

#[test]
fn a_database_that_was_made_before_there_were_runs_opens() {
    for may_create in [false, true] {
        let place = Place::new();
        without_family(&place.path(), "runs");
        {
            let store = RocksStore::open_read_only(&place.path()).unwrap();
            assert!(store.head().unwrap().is_some());
            assert_eq!(store.runs().unwrap(), []);
            assert_eq!(store.run_parts(range(0, 8), &[key(0)]).unwrap(), [None]);
            assert_eq!(checked(&store, None).fault_count, 0);
        }
        let store = if may_create {
            RocksStore::open_or_create(&place.path()).unwrap()
        } else {
            place.open()
        };
        put(&store, range(0, 8), 3, 100);
        store.finish_run(&run(range(0, 8))).unwrap();
        drop(store);
        let store = RocksStore::open_read_only(&place.path()).unwrap();
        assert_eq!(store.runs().unwrap(), [run(range(0, 8))]);
        assert_eq!(parts_of(&store, range(0, 8), 3, 100), 3);
    }
}

#[test]
fn a_database_without_another_family_is_refused() {
    for family in ["heads", "tiles"] {
        let place = Place::new();
        without_family(&place.path(), family);
        for is_older in [false, true] {
            if is_older {
                without_family(&place.path(), "runs");
            }
            assert!(RocksStore::open_existing(&place.path()).is_err());
            assert!(RocksStore::open_read_only(&place.path()).is_err());
        }
    }
}

#[test]
fn a_damaged_run_is_named_and_can_be_dropped() {
    let place = Place::new();
    let (first, second) = (range(0, 8), range(8, 16));
    let store = place.open();
    for range in [first, second] {
        put(&store, range, 2, 100);
        store.finish_run(&run(range)).unwrap();
    }
    let values = store.raw_values().unwrap();
    let values: Vec<_> = values.into_iter().filter(|value| value.0 == "runs").collect();
    assert_eq!(values.len(), 6);
    for (family, key, value) in &values {
        let mut damaged = value.clone();
        damaged[5] ^= 1;
        store.raw_put(family, key, Some(&damaged)).unwrap();
        let mut found = Vec::new();
        store
            .check_stored(&mut |error| found.push(error.to_string()))
            .unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].contains("run [") && found[0].contains("checksum"),
            "{found:?}"
        );
        store.raw_put(family, key, Some(value)).unwrap();
    }
    // The part, then the header.
    let mut damaged = values[1].2.clone();
    damaged[0] ^= 1;
    store.raw_put("runs", &values[1].1, Some(&damaged)).unwrap();
    let error = store.run_parts(first, &[key(0)]).unwrap_err().to_string();
    assert!(error.contains("part 1/0 of run [0, 8)"), "{error}");
    store.raw_put("runs", &values[0].1, Some(&damaged)).unwrap();
    let error = store.runs().unwrap_err().to_string();
    assert!(error.contains("run [0, 8)"), "{error}");
    store.drop_unfinished_runs().unwrap();
    assert_eq!(store.runs().unwrap(), [run(second)]);
    assert_eq!(store.run_parts(first, &[key(0), key(1)]).unwrap(), [None, None]);
    assert_eq!(parts_of(&store, second, 2, 100), 2);
}

#[test]
fn runs_in_a_file_that_the_engine_cannot_read_are_taken_away_unread() {
    let place = Place::new();
    let first = range(0, 8);
    let head = {
        let store = place.open();
        put(&store, first, 20, 100);
        store.finish_run(&run(first)).unwrap();
        store.head().unwrap()
    };
    let mark = mark(first, 7);
    for file in files_with(&place.path(), &mark) {
        let mut bytes = std::fs::read(&file).unwrap();
        let at = bytes
            .windows(mark.len())
            .position(|window| window == mark)
            .unwrap();
        bytes[at] ^= 4;
        std::fs::write(&file, bytes).unwrap();
    }
    let damaged = place.open().drop_unfinished_runs();
    assert!(matches!(damaged, Err(StoreError::Damaged { .. })), "{damaged:?}");

    let store = RocksStore::open_without_runs(&place.path()).unwrap();
    assert_eq!(store.head().unwrap(), head);
    assert_eq!(store.runs().unwrap(), []);
    store.drop_unfinished_runs().unwrap();
    put(&store, first, 3, 100);
    store.finish_run(&run(first)).unwrap();
    assert_eq!(parts_of(&store, first, 3, 100), 3);
}

#[test]
fn a_key_that_is_of_no_run_is_damage() {
    let place = Place::new();
    let store = place.open();
    for key in [&b"short"[..], &[0; 16], &[1; 24], &[0xff; 16], &[1; 26]] {
        store.raw_put("runs", key, Some(b"anything")).unwrap();
        assert!(matches!(store.runs(), Err(StoreError::Damaged { .. })), "{key:?}");
        assert!(store.drop_unfinished_runs().is_err());
        store.raw_put("runs", key, None).unwrap();
        assert_eq!(store.runs().unwrap(), []);
    }
}

#[test]
fn runs_without_a_head_are_no_empty_database() {
    let dir = tempfile::tempdir().unwrap();
    let store = RocksStore::open_or_create(dir.path()).unwrap();
    assert_eq!(store.head().unwrap(), None);
    put(&store, range(0, 8), 1, 100);
    assert!(matches!(store.head(), Err(StoreError::Damaged { .. })));
    store.drop_unfinished_runs().unwrap();
    assert_eq!(store.head().unwrap(), None);
}
