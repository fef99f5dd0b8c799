//! A process that is killed at any point leaves a state from which the next one goes on.

use std::fs;

use kit::log::gateway_receipt;
use kit::pack::JobLog;
use monitor::round::without_state;
use monitor::state::{LogState, StateDirectory, StateError};
use verifier::index::TimestampMs;

use crate::world::{Watching, at, codes, index, shown, snapshot};

fn log() -> JobLog {
    let mut log = JobLog::new();
    index(&mut log);
    for seed in 0..3 {
        log.document(&gateway_receipt(20 + seed), None);
        index(&mut log);
    }
    log
}

#[test]
fn a_round_that_was_not_written_is_made_again_and_its_rows_are_swept() {
    let watching = Watching::new();
    let log = log();
    watching.round(&shown(&at(&log, 5)));
    let before = watching.state();
    // Killed before the state was written: rows are there that no state names.
    let lost = watching.look(&shown(&log));
    assert!(snapshot(&watching.directory().rows()).len() > before.audit.as_ref().unwrap().files().count());
    assert_eq!(watching.state(), before);
    let again = watching.round(&shown(&log));
    assert_eq!((again.read, again.exit_status()), (lost.read, 0));
    let needed = again.state.audit.unwrap().files().count();
    assert_eq!(snapshot(&watching.directory().rows()).len(), needed);
}

#[test]
fn a_state_that_was_half_written_under_its_other_name_does_not_count() {
    let watching = Watching::new();
    let log = log();
    watching.round(&shown(&at(&log, 5)));
    let before = watching.state();
    let whole = fs::read(watching.directory().path().join("state")).unwrap();
    for length in [0, 1, 64, 65, whole.len() / 2, whole.len()] {
        fs::write(watching.directory().path().join("state.new"), &whole[..length]).unwrap();
        assert_eq!(watching.state(), before);
    }
    assert_eq!(watching.round(&shown(&log)).exit_status(), 0);
}

#[test]
fn a_state_that_was_cut_or_changed_is_damaged_and_nothing_is_taken_for_it() {
    let watching = Watching::new();
    let log = log();
    watching.round(&shown(&log));
    let path = watching.directory().path().join("state");
    let whole = fs::read(&path).unwrap();
    let key = watching.log.key.to_string();
    for length in [0, 1, 64, 65, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        assert!(matches!(
            watching.directory().load(&key),
            Err(StateError::Damaged { .. })
        ));
    }
    let mut changed = whole.clone();
    *changed.last_mut().unwrap() ^= 1;
    fs::write(&path, &changed).unwrap();
    assert!(watching.directory().load(&key).is_err());
    fs::write(&path, &whole).unwrap();
    assert!(watching.directory().load("another log").is_err());
}

#[test]
fn a_lost_state_says_so_until_somebody_begins_again() {
    let key = Watching::new().log.key.to_string();
    let now = TimestampMs::new(1);
    let result = without_state(LogState::begin(key, now), false, "there is no state", now);
    assert_eq!(
        (codes(&result.changes.raised), result.exit_status()),
        (vec!["STATE_LOST"], 1)
    );
    let again = without_state(result.state, false, "there is no state", now);
    assert_eq!((codes(&again.changes.raised), again.exit_status()), (vec![], 1));
    let damaged = without_state(again.state, true, "damaged", now);
    assert_eq!(codes(&damaged.changes.raised), ["STATE_DAMAGED"]);
}

#[test]
fn one_state_is_used_by_one_process() {
    let watching = Watching::new();
    let held = watching.directory();
    let other = StateDirectory::open(watching.home.path(), &watching.log.key.to_string());
    assert!(matches!(other, Err(StateError::InUse { .. })));
    drop(held);
    watching.directory();
}
