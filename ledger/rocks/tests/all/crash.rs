//! What a directory looks like after a crash, and after somebody meddled with it.

use kit::files::{copy_directory, write_ahead_log};
use kit::test_ledger::{TestLedger, filled, filled_until, run};
use ledger::config::Limits;
use ledger::recovery::follow;
use ledger::store::{LogStore, StoreError};
use ledger_rocks::RocksStore;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

fn size_of(store: &dyn LogStore) -> u64 {
    store.head().unwrap().unwrap().newest.head.tree.size.value()
}

/// A log whose process was killed after its last acknowledgement: the files as they were at that moment.
struct Crashed {
    dir: TempDir,
    log: TestLedger,
    size: u64,
    copies: u32,
}

impl Crashed {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("db");
        let store = Arc::new(RocksStore::open_or_create(&path).unwrap());
        let log = filled_until(store.clone(), 8, || {
            copy_directory(&path, &dir.path().join("crashed"));
        });
        let size = size_of(&*store);
        Self {
            dir,
            log,
            size,
            copies: 0,
        }
    }

    fn fresh_copy(&mut self) -> PathBuf {
        self.copies += 1;
        let path = self.dir.path().join(format!("copy-{}", self.copies));
        copy_directory(&self.dir.path().join("crashed"), &path);
        path
    }

    /// The write-ahead log that holds the acknowledged batches.
    fn write_ahead_log(path: &Path) -> (PathBuf, Vec<u8>) {
        let largest = write_ahead_log(path);
        let content = std::fs::read(&largest).unwrap();
        assert!(
            content.len() > 10_000,
            "the log was not flushed: {} bytes",
            content.len()
        );
        (largest, content)
    }

    /// Starts the log from a directory; the size that it comes up with, or why it does not.
    fn start(&self, path: &Path) -> Result<u64, String> {
        let store = Arc::new(RocksStore::open_existing(path).map_err(|error| error.to_string())?);
        run(async {
            match self.log.open_store(store, Limits::default()) {
                Ok(ledger) => {
                    let size = ledger.reader().published().head.tree.size.value();
                    ledger.shutdown().await;
                    Ok(size)
                }
                Err(error) => Err(error.to_string()),
            }
        })
    }
}

#[test]
fn everything_acknowledged_is_there_after_a_crash() {
    let mut crashed = Crashed::new();
    let path = crashed.fresh_copy();
    assert_eq!(crashed.start(&path), Ok(crashed.size));
    // The torn tail of a batch that nobody was told of does not keep the log from starting.
    let path = crashed.fresh_copy();
    let (wal, mut content) = Crashed::write_ahead_log(&path);
    content.extend_from_slice(&[0x5a, 0x5a, 0x5a, 0x5a, 0x10]);
    std::fs::write(wal, content).unwrap();
    assert_eq!(crashed.start(&path), Ok(crashed.size));
}

#[test]
fn a_write_ahead_log_that_was_cut_off_is_refused_with_a_reason() {
    let mut crashed = Crashed::new();
    for part in 1..8 {
        let path = crashed.fresh_copy();
        let (wal, content) = Crashed::write_ahead_log(&path);
        std::fs::write(wal, &content[..content.len() * part / 8]).unwrap();
        let reason = crashed.start(&path).expect_err("acknowledged entries are gone");
        assert!(
            reason.contains("high-water") || reason.contains("damaged"),
            "{part}/8: {reason}"
        );
    }
}

#[test]
fn a_write_ahead_log_that_was_damaged_is_refused_with_a_reason() {
    let mut crashed = Crashed::new();
    for part in 1..8 {
        let path = crashed.fresh_copy();
        let (wal, mut content) = Crashed::write_ahead_log(&path);
        let position = content.len() * part / 8;
        content[position] ^= 0xff;
        std::fs::write(wal, content).unwrap();
        let reason = crashed.start(&path).expect_err("a batch is damaged");
        assert!(
            reason.contains("high-water") || reason.contains("damaged"),
            "{part}/8: {reason}"
        );
    }
}

#[test]
fn an_older_copy_of_the_directory_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (path, older) = (dir.path().join("db"), dir.path().join("older"));
    let store: Arc<dyn LogStore> = Arc::new(RocksStore::open_or_create(&path).unwrap());
    let log = TestLedger::create(Arc::clone(&store), verifier::payload::Settings::default());
    copy_directory(&path, &older);
    run(async {
        let ledger = log.open();
        log.register_all(&ledger).await;
        ledger.shutdown().await;
        let store = Arc::new(RocksStore::open_existing(&older).unwrap());
        let reason = log
            .open_store(store, Limits::default())
            .expect_err("it is older")
            .to_string();
        assert!(reason.contains("high-water"), "{reason}");
    });
}

#[test]
fn a_directory_without_a_database_is_not_opened_as_one() {
    let dir = tempfile::tempdir().unwrap();
    assert!(RocksStore::open_existing(&dir.path().join("db")).is_err());
    assert!(RocksStore::open_read_only(&dir.path().join("db")).is_err());
    std::fs::write(dir.path().join("something"), b"else").unwrap();
    let outcome = RocksStore::open_or_create(dir.path());
    assert!(matches!(outcome, Err(StoreError::Damaged { .. })), "{outcome:?}");
}

#[test]
fn a_database_that_lost_its_current_file_is_not_begun_anew() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("db");
    drop(filled(Arc::new(RocksStore::open_or_create(&path).unwrap()), 2));
    let current = std::fs::read(path.join("CURRENT")).unwrap();
    std::fs::remove_file(path.join("CURRENT")).unwrap();
    assert!(matches!(
        RocksStore::open_or_create(&path),
        Err(StoreError::Damaged { .. })
    ));
    std::fs::write(path.join("CURRENT"), current).unwrap();
    assert!(size_of(&RocksStore::open_existing(&path).unwrap()) > 2);
}

#[test]
fn one_handle_writes_and_another_may_look() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("db");
    let writer = RocksStore::open_or_create(&path).unwrap();
    assert!(RocksStore::open_or_create(&path).is_err());
    let reader = RocksStore::open_read_only(&path).unwrap();
    assert_eq!(reader.head().unwrap(), None);
    drop(writer);
}

#[test]
fn a_directory_that_is_opened_to_look_at_can_be_followed_without_the_key() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("db");
    let mut served = None;
    let store = Arc::new(RocksStore::open_or_create(&path).unwrap());
    let log = TestLedger::create(store, verifier::payload::Settings::default());
    run(async {
        let ledger = log.open();
        log.register_all(&ledger).await;
        served = Some((
            ledger.reader().published(),
            ledger.reader().verifier_key().clone(),
        ));
        ledger.shutdown().await;
    });
    let (published, key) = served.unwrap();
    let clock = Arc::clone(&log.clock);
    drop(log);
    let store = Arc::new(RocksStore::open_read_only(&path).unwrap());
    let follower = follow(store, &key, &published.checkpoint, clock).unwrap();
    assert_eq!(follower.reader().published(), published);
    let last = published.head.tree.size.last_index().unwrap();
    assert!(follower.reader().entry(last).unwrap().is_some());
}
