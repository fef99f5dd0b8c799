//! Where the replay of an index puts rows for which it has no memory.

use std::cell::Cell;
use std::io;
use std::rc::Rc;

use kit::log::{SALT, TestLog, job_event};
use verifier::check::Status;
use verifier::check::index_replay::{IndexReplay, MemorySpace, ReplayEndReason, RowFile, RowSpace};
use verifier::entry::Entry;
use verifier::index::LeafIndex;

use crate::check::verdict;
use crate::index_replay::{auditor, log_of_jobs, log_with_joins, read, text, with_rows};

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

/// Replays the entries of a log without an audit.
fn replayed(log: &TestLog, damage: Damage) -> IndexReplay {
    let mut replay = IndexReplay::with_space(Box::new(DamagedSpace::new(damage)), 30);
    replay.take_salt(SALT);
    for (index, entry) in (0..).zip(&log.entries) {
        replay.take_entry(LeafIndex::new(index), &Entry::decode(entry).unwrap());
    }
    replay
}

#[test]
fn one_who_has_the_entries_learns_where_the_replay_ended_and_whose_fault_that_is() {
    let mut log = log_with_joins();
    assert_eq!(replayed(&log, Damage::None).end(), None);
    let end = replayed(&log, Damage::Full).end().unwrap();
    assert!(matches!(end.reason, ReplayEndReason::Space(_)), "{end:?}");
    let hidden = log.push_document(&job_event(12, "job-4"));
    let list = with_rows(&log, &[18, 301, hidden + 1], |rows| {
        rows.retain(|row| row.index() != LeafIndex::new(hidden));
    });
    let wrong = log.push(&log.index_root(&list));
    let end = replayed(&log, Damage::None).end().unwrap();
    assert_eq!(end.index, LeafIndex::new(wrong));
    assert!(end.reason.to_string().ends_with("(INDEX_ROOT_FALSE)"), "{end:?}");
    let mut replay = replayed(&log_of_jobs(), Damage::None);
    replay.take_unknown(LeafIndex::new(13));
    assert_eq!(replay.end().unwrap().reason, ReplayEndReason::UnknownRows);
}
