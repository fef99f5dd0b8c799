//! Where the replay of an index puts rows for which it has no memory.

use std::cell::Cell;
use std::io;
use std::rc::Rc;

use kit::log::TestLog;
use verifier::check::Status;
use verifier::check::index_replay::{MemorySpace, RowFile, RowSpace};

use crate::check::verdict;
use crate::index_replay::{auditor, log_with_joins, read, text};

/// How a place for rows fails.
#[derive(Clone, Copy, Debug)]
enum Damage {
    None,
    Changed,
    Short,
    Full,
}

/// Memory that fails, and counts its files and what is written.
#[derive(Debug)]
struct DamagedSpace {
    damage: Damage,
    files: Rc<Cell<usize>>,
    written: Rc<Cell<usize>>,
}

impl DamagedSpace {
    fn new(damage: Damage) -> Self {
        Self {
            damage,
            files: Rc::default(),
            written: Rc::default(),
        }
    }
}

#[derive(Debug)]
struct DamagedFile {
    file: Box<dyn RowFile>,
    damage: Damage,
    files: Rc<Cell<usize>>,
    written: Rc<Cell<usize>>,
}

impl RowSpace for DamagedSpace {
    fn create(&mut self) -> io::Result<Box<dyn RowFile>> {
        self.files.set(self.files.get() + 1);
        Ok(Box::new(DamagedFile {
            file: MemorySpace.create()?,
            damage: self.damage,
            files: Rc::clone(&self.files),
            written: Rc::clone(&self.written),
        }))
    }
}

impl RowFile for DamagedFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.written.set(self.written.get() + bytes.len());
        match self.damage {
            Damage::Full => Err(io::ErrorKind::StorageFull.into()),
            Damage::Short => self.file.append(&bytes[1..]),
            Damage::None | Damage::Changed => self.file.append(bytes),
        }
    }

    fn read_next(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        self.file.read_next(buffer)?;
        if matches!(self.damage, Damage::Changed) {
            buffer[0] ^= 1;
        }
        Ok(())
    }
}

impl Drop for DamagedFile {
    fn drop(&mut self) {
        self.files.set(self.files.get() - 1);
    }
}

#[test]
fn rows_that_do_not_come_back_as_they_were_accuse_no_log() {
    let log = log_with_joins();
    let audit = |damage| {
        let space = DamagedSpace::new(damage);
        let files = Rc::clone(&space.files);
        let report = read(auditor(&log).with_row_space(Box::new(space), 30), &log, true);
        assert_eq!(files.get(), 0, "{damage:?}: files are left");
        report
    };
    assert_eq!(text(&audit(Damage::None), "basis"), "replayed");
    for (damage, says) in [
        (Damage::Changed, "came back changed"),
        (Damage::Short, "where this computer failed"),
        (Damage::Full, "where this computer failed"),
    ] {
        let report = audit(damage);
        let expected = (Status::Incomplete, "INDEX_REPLAY_SPACE");
        assert_eq!(verdict(&report), expected, "{damage:?}: {report:?}");
        assert!(report.message.contains(says), "{}", report.message);
    }
}

#[test]
fn rows_that_memory_does_not_hold_are_put_into_the_space_and_small_logs_need_none() {
    const ROW_BYTES: usize = 24;
    let written = |log: &TestLog, rows: usize| {
        let space = DamagedSpace::new(Damage::None);
        let written = Rc::clone(&space.written);
        let report = read(auditor(log).with_row_space(Box::new(space), rows), log, true);
        assert_eq!(report.status, Status::Pass, "{report:?}");
        written.get()
    };
    let mut log = log_with_joins();
    let rows = log.rows().len();
    assert_eq!(written(&log, rows * 4), 0);
    // The largest run holds most of them, and has to be somewhere.
    assert!(written(&log, 20) > (rows - 20) * ROW_BYTES);
    // So do rows that no index.root covers.
    log.entries
        .retain(|entry| verifier::entry::Entry::decode(entry).unwrap().covered.is_none());
    assert!(written(&log, 20) > (rows - 20) * ROW_BYTES);
}
