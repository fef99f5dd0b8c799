//! An audit that goes on as the log grows finds what an audit of the whole finds, and reads nothing twice.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;

use kit::log::{TestLog, job_event, log_key};
use verifier::check::audit::{AuditRound, Auditor, KeptAudit};
use verifier::check::index_replay::{MemorySpace, ReplayEndReason, RowFile, RowSpace};
use verifier::check::{Finding, Status};
use verifier::checkpoint::Checkpoint;
use verifier::entry::Entry;
use verifier::index::{LeafIndex, TimestampMs};
use verifier::tile::TilePath;

use crate::index_replay::{log_with_joins, with_rows};

/// A place for rows that keeps them, as files do.
#[derive(Clone, Debug, Default)]
struct KeptMemory(Rc<RefCell<BTreeMap<u64, Vec<u8>>>>);

#[derive(Debug)]
struct KeptBytes {
    number: u64,
    read: usize,
    all: KeptMemory,
}

impl RowSpace for KeptMemory {
    fn create(&mut self) -> io::Result<Box<dyn RowFile>> {
        let number = u64::try_from(self.0.borrow().len()).unwrap();
        self.0.borrow_mut().insert(number, Vec::new());
        self.reopen(number)
    }

    fn reopen(&mut self, number: u64) -> io::Result<Box<dyn RowFile>> {
        assert!(self.0.borrow().contains_key(&number));
        Ok(Box::new(KeptBytes {
            number,
            read: 0,
            all: self.clone(),
        }))
    }
}

impl RowFile for KeptBytes {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut all = self.all.0.borrow_mut();
        all.get_mut(&self.number).unwrap().extend_from_slice(bytes);
        Ok(())
    }

    fn read_next(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        let all = self.all.0.borrow();
        let rest = &all[&self.number][self.read..];
        buffer.copy_from_slice(rest.get(..buffer.len()).ok_or(io::ErrorKind::UnexpectedEof)?);
        self.read += buffer.len();
        Ok(())
    }

    fn keep(&mut self) -> io::Result<u64> {
        Ok(self.number)
    }
}

/// The log as it was at a size.
fn at(log: &TestLog, size: u64) -> TestLog {
    TestLog {
        entries: log.entries[..usize::try_from(size).unwrap()].to_vec(),
        genesis: log.genesis.clone(),
        identity: log.identity.clone(),
    }
}

/// What is kept between rounds, and what the last one read.
struct Rounds {
    space: KeptMemory,
    kept: Option<KeptAudit>,
    rows: usize,
    read: Vec<TilePath>,
    seen: Vec<LeafIndex>,
}

impl Rounds {
    fn new(rows: usize) -> Self {
        Self {
            space: KeptMemory::default(),
            kept: None,
            rows,
            read: Vec::new(),
            seen: Vec::new(),
        }
    }

    fn begin(&self, log: &TestLog) -> Result<Auditor, Finding> {
        let (note, space) = (log.checkpoint(log.size()), Box::new(self.space.clone()));
        match &self.kept {
            Some(kept) => Auditor::resume(note.as_bytes(), &log_key(), kept, (space, self.rows)),
            None => Ok(Auditor::new(note.as_bytes(), &log_key())?.with_row_space(space, self.rows)),
        }
    }

    fn round(&mut self, log: &TestLog) -> Result<AuditRound, Finding> {
        let auditor = self.begin(log)?;
        self.go_on(auditor, log)
    }

    fn go_on(&mut self, mut auditor: Auditor, log: &TestLog) -> Result<AuditRound, Finding> {
        let resources = log.resources();
        self.read.clear();
        let mut is_first = self.kept.is_none();
        while let Some(path) = auditor.wanted() {
            self.read.push(path);
            let (_, bytes) = resources.iter().find(|(there, _)| *there == path).unwrap();
            auditor.feed_to(bytes, &mut |index, _| self.seen.push(index))?;
            if is_first {
                auditor.take_genesis(&log.genesis_file())?;
            }
            is_first = false;
        }
        let (round, kept) = auditor.keep()?;
        // As it is in a file.
        let text = serde_json::to_string(&kept).unwrap();
        self.kept = Some(serde_json::from_str(&text).unwrap());
        Ok(round)
    }
}

#[test]
fn rounds_at_any_sizes_see_every_entry_once_and_follow_the_index_as_one_audit_does() {
    let mut log = log_with_joins();
    log.fill(700);
    let covered = log.size();
    log.push_index_root(&[18, covered]);
    for rows in [1, 100, 1_000_000] {
        for step in [1, 7, 255, 256, 257, log.size()] {
            let mut rounds = Rounds::new(rows);
            let mut size = 0;
            while size < log.size() {
                size = (size + step).min(log.size());
                let round = rounds.round(&at(&log, size)).unwrap();
                assert!(
                    round.index_followed,
                    "{rows} rows, step {step}, size {size}: {round:?}"
                );
                assert_eq!(round.index_end, None);
            }
            let all: Vec<LeafIndex> = (0..log.size()).map(LeafIndex::new).collect();
            assert_eq!(rounds.seen, all);
            let last = rounds.round(&log).unwrap();
            assert_eq!((last.covered.value(), rounds.read.len()), (covered, 0));
        }
    }
}

#[test]
fn an_index_root_that_is_wrong_is_found_in_the_round_that_reads_it_and_not_again() {
    let mut log = log_with_joins();
    let good = log.size();
    let list = with_rows(&log, &[good], |rows| {
        rows.pop();
    });
    let entry = log.index_root(&list);
    let wrong = log.push(&entry);
    let mut rounds = Rounds::new(100);
    assert_eq!(rounds.round(&at(&log, good)).unwrap().index_end, None);
    let end = rounds.round(&log).unwrap().index_end.unwrap();
    assert_eq!(end.index, LeafIndex::new(wrong));
    assert!(matches!(
        end.reason,
        ReplayEndReason::Wrong {
            reason_code: "INDEX_ROOT_FALSE",
            ..
        }
    ));
    log.fill(log.size() + 3);
    let later = rounds.round(&log).unwrap();
    assert_eq!((later.index_end, later.index_followed), (None, false));
}

#[test]
fn a_round_on_another_history_ends_with_what_differs() {
    let log = log_with_joins();
    let mut rounds = Rounds::new(100);
    rounds.round(&at(&log, 300)).unwrap();
    let mut other = at(&log, 299);
    other.push_document(&job_event(12, "job-1"));
    other.fill(320);
    let finding = rounds.round(&other).unwrap_err();
    assert_eq!(
        (finding.status, finding.reason_code),
        (Status::Fail, "ENTRY_CHANGED")
    );

    // A change in a bundle that is not read again shows in the tile above, or in the root.
    let mut other = at(&log, 0);
    other.entries.clone_from(&log.entries[..300].to_vec());
    other.entries.swap(3, 4);
    let finding = rounds.round(&other).unwrap_err();
    assert_eq!(
        (finding.status, finding.reason_code),
        (Status::Fail, "ROOT_MISMATCH")
    );

    let finding = rounds.round(&at(&log, 200)).unwrap_err();
    assert_eq!(finding.reason_code, "CHECKPOINT_OLDER");
}

#[test]
fn entries_that_lead_past_another_root_than_a_signed_one_are_noticed() {
    let log = log_with_joins();
    let mut other = at(&log, 250);
    other.push_document(&job_event(12, "job-1"));
    other.fill(260);
    for (on_the_way, contradicts) in [(&log, false), (&other, true)] {
        let note = at(on_the_way, 260).checkpoint(260);
        let head = Checkpoint::open(note.as_bytes(), &log_key())
            .unwrap()
            .head()
            .clone();
        let rounds = Rounds::new(100);
        let mut auditor = rounds.begin(&log).unwrap().through(head);
        let resources = log.resources();
        while let Some(path) = auditor.wanted() {
            let (_, bytes) = resources.iter().find(|(there, _)| *there == path).unwrap();
            auditor.feed(bytes).unwrap();
        }
        assert_eq!(auditor.contradicts_waypoint(), contradicts);
    }
}

#[test]
fn what_was_kept_and_changed_is_damage_and_no_fault_of_the_log() {
    let mut log = log_with_joins();
    let mut rounds = Rounds::new(100);
    rounds.round(&at(&log, 300)).unwrap();
    let kept = serde_json::to_value(rounds.kept.as_ref().unwrap()).unwrap();
    let damages: [fn(&mut serde_json::Value); 4] = [
        |kept| kept["levels"][0] = "AAAA".into(),
        |kept| kept["size"] = 299.into(),
        |kept| kept["index"]["salt"] = "00".into(),
        |kept| kept["index"]["runs"][0]["end"] = 0.into(),
    ];
    for damage in damages {
        let mut kept = kept.clone();
        damage(&mut kept);
        rounds.kept = Some(serde_json::from_value(kept.clone()).unwrap());
        let finding = rounds.begin(&log).unwrap_err();
        assert_eq!(
            (finding.status, finding.reason_code),
            (Status::Incomplete, "AUDIT_STATE_DAMAGED"),
            "{kept}"
        );
    }
    // A file whose bytes changed ends the replay, and not the audit.
    rounds.kept = Some(serde_json::from_value(kept).unwrap());
    log.push_index_root(&[log.size()]);
    for bytes in rounds.space.0.borrow_mut().values_mut() {
        if let Some(byte) = bytes.first_mut() {
            *byte ^= 1;
        }
    }
    match rounds.round(&log) {
        Ok(round) => assert!(!round.index_followed, "{round:?}"),
        Err(finding) => assert_eq!(finding.reason_code, "AUDIT_STATE_DAMAGED"),
    }
}

#[test]
fn a_place_that_keeps_nothing_ends_the_replay_with_the_reason() {
    let log = log_with_joins();
    let mut auditor = Auditor::new(log.checkpoint(log.size()).as_bytes(), &log_key())
        .unwrap()
        .with_row_space(Box::new(MemorySpace), 100);
    let resources = log.resources();
    let mut is_first = true;
    while let Some(path) = auditor.wanted() {
        let (_, bytes) = resources.iter().find(|(there, _)| *there == path).unwrap();
        auditor.feed(bytes).unwrap();
        if std::mem::take(&mut is_first) {
            auditor.take_genesis(&log.genesis_file()).unwrap();
        }
    }
    let (round, _) = auditor.keep().unwrap();
    assert!(!round.index_followed);
    assert!(round.index_fault.unwrap().contains("keeps nothing"));
}

#[test]
fn an_entry_that_waits_for_the_index_is_told_with_its_time_and_late_ones_once() {
    let mut log = log_with_joins();
    let mut late: Entry = log.filler();
    late.logged_at = TimestampMs::new(late.logged_at.value() + 5);
    let waiting = log.push(&late);
    let mut rounds = Rounds::new(100);
    let round = rounds.round(&log).unwrap();
    assert_eq!(
        round.uncovered,
        Some((LeafIndex::new(waiting), late.logged_at.value()))
    );
    assert_eq!(round.late, None);
    late.logged_at = TimestampMs::new(late.logged_at.value() + 1_500);
    late.raw_digest = None;
    let mut later = log.filler();
    later.logged_at = late.logged_at;
    let index = log.push(&later);
    let round = rounds.round(&log).unwrap();
    assert_eq!(round.late, Some((1, LeafIndex::new(index), 1_500)));
    assert_eq!(rounds.round(&log).unwrap().late, None);
}
