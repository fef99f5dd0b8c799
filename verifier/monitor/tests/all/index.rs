//! The log's index, computed again in every round.

use kit::log::gateway_receipt;
use kit::pack::JobLog;
use monitor::alarm::AlarmLife;

use crate::world::{Watching, at, codes, index, shown, snapshot, unseen};

#[test]
fn the_index_is_followed_from_round_to_round_with_the_rows_that_it_needs_and_no_others() {
    let watching = Watching::new();
    let mut log = JobLog::new();
    let mut sizes = Vec::new();
    for seed in 0..5 {
        log.document(&gateway_receipt(20 + seed), None);
        index(&mut log);
        sizes.push(log.log.size());
    }
    for size in sizes {
        let result = watching.round(&shown(&at(&log, size)));
        assert_eq!(
            (result.exit_status(), result.state.index_followed),
            (0, true),
            "{result:?}"
        );
        let files = result.state.audit.unwrap().files().count();
        let there = snapshot(&watching.directory().rows()).len();
        assert_eq!(files, there);
    }
}

#[test]
fn an_index_root_without_a_row_is_an_alarm_for_ever_and_the_entries_are_followed_on() {
    let watching = Watching::new();
    let mut log = JobLog::new();
    index(&mut log);
    watching.round(&shown(&log));
    log.document(&gateway_receipt(20), None);
    let covered = log.log.size();
    let root = log.index_in(&[covered], |rows| {
        rows.pop();
    });
    let result = watching.round(&shown(&log));
    assert_eq!(codes(&result.changes.raised), ["INDEX_ROOT_FALSE"]);
    let alarm = &result.changes.raised[0];
    assert_eq!((alarm.life, alarm.entries[0].value()), (AlarmLife::Forever, root));
    assert!(
        alarm.sentence.contains(&format!("entry {root} ")),
        "{}",
        alarm.sentence
    );
    log.document(&gateway_receipt(21), None);
    let later = watching.round(&shown(&log));
    assert_eq!((later.exit_status(), later.size.value()), (1, log.log.size()));
    assert_eq!((codes(&later.changes.raised), unseen(&later)), (vec![], vec![]));
}

#[test]
fn rows_that_are_lost_or_changed_have_the_log_read_again_under_the_head_that_is_known() {
    let watching = Watching::new();
    let mut log = JobLog::new();
    index(&mut log);
    watching.round(&shown(&log));
    for file in snapshot(&watching.directory().rows()).keys() {
        std::fs::remove_file(file).unwrap();
    }
    log.document(&gateway_receipt(20), None);
    index(&mut log);
    let damaged = watching.round(&shown(&log));
    assert_eq!(unseen(&damaged), ["AUDIT_STATE_DAMAGED"]);
    let again = watching.round(&shown(&log));
    assert_eq!(
        (again.exit_status(), again.read),
        (0, log.log.size()),
        "{again:?}"
    );
}

#[test]
fn a_log_without_genesis_is_not_seen() {
    let watching = Watching::new();
    let log = JobLog::new();
    let mut server = shown(&log);
    server.0.remove("/v1/entries/0");
    let result = watching.round(&server);
    assert_eq!(
        (unseen(&result), result.exit_status()),
        (vec!["GENESIS_MISSING"], 2)
    );
    assert_eq!(result.state.head, None);
}
