//! Heads: growth, and each way in which a log takes something back.

use kit::log::{gateway_receipt, job_event, log_key};
use kit::pack::JobLog;
use monitor::alarm::{AlarmLife, code};
use verifier::check::check_fork;

use crate::world::{Watching, at, codes, shown, tiles_alone, unseen};

fn grown(by: u8) -> JobLog {
    let mut log = JobLog::new();
    for seed in 0..by {
        log.document(&gateway_receipt(20 + seed), None);
    }
    log
}

#[test]
fn a_log_that_grows_is_followed_and_only_what_is_new_is_read() {
    let watching = Watching::new();
    let log = grown(6);
    let first = watching.round(&shown(&at(&log, 5)));
    assert_eq!(
        (first.read, first.exit_status(), codes(&first.state.alarms)),
        (5, 0, vec![])
    );
    let second = watching.round(&shown(&log));
    assert_eq!(
        (second.read, second.exit_status()),
        (log.log.size() - 5, 0),
        "{second:?}"
    );
    assert_eq!(watching.round(&shown(&log)).read, 0);
    assert_eq!(watching.state().head.unwrap(), log.log.checkpoint(log.log.size()));
}

#[test]
fn a_copy_of_the_files_without_an_api_is_followed_through_its_entries_alone() {
    let watching = Watching::new();
    let log = grown(6);
    assert_eq!(watching.round(&tiles_alone(&at(&log, 5))).exit_status(), 0);
    let second = watching.round(&tiles_alone(&log));
    assert_eq!(
        (second.exit_status(), second.size.value()),
        (0, log.log.size()),
        "{second:?}"
    );
}

#[test]
fn an_older_head_is_an_alarm_as_long_as_it_is_shown_and_is_never_taken() {
    let watching = Watching::new();
    let log = grown(6);
    watching.round(&shown(&log));
    let kept = watching.state();
    let back = watching.round(&shown(&at(&log, 5)));
    assert_eq!(codes(&back.changes.raised), [code::ROLLBACK]);
    assert_eq!((back.exit_status(), back.read), (1, 0));
    assert_eq!(
        (watching.state().head, watching.state().audit),
        (kept.head, kept.audit)
    );
    let sentence = &back.changes.raised[0].sentence;
    for word in ["5 entries", "10 entries", "https://ledger.example.com"] {
        assert!(sentence.contains(word), "{sentence}");
    }
    // It is told once, and so is its end.
    assert_eq!(
        codes(&watching.round(&shown(&at(&log, 5))).changes.raised),
        [""; 0]
    );
    let again = watching.round(&shown(&log));
    assert_eq!(
        (codes(&again.changes.over), again.exit_status()),
        (vec![code::ROLLBACK], 0)
    );
}

#[test]
fn two_trees_of_one_size_are_a_fork_for_ever_with_a_file_that_proves_it() {
    let watching = Watching::new();
    let log = grown(3);
    watching.round(&shown(&log));
    let mut other = at(&log, log.log.size() - 1);
    other.document(&job_event(9, "job-9"), None);
    let forked = watching.round(&shown(&other));
    assert_eq!(codes(&forked.changes.raised), [code::FORK]);
    let alarm = &forked.changes.raised[0];
    assert_eq!(alarm.life, AlarmLife::Forever);
    let file = std::fs::read(alarm.file.as_ref().unwrap()).unwrap();
    assert_eq!(check_fork(&file, &log_key()).reason_code, "LOG_FORKED");
    // Back on the first history nothing is taken back, and the fork stays.
    let back = watching.round(&shown(&log));
    assert_eq!(
        (codes(&back.state.alarms), codes(&back.changes.raised)),
        (vec![code::FORK], vec![])
    );
    assert_eq!(back.exit_status(), 1);
}

#[test]
fn a_longer_second_history_is_a_fork_where_the_log_shows_its_head_of_the_known_size() {
    let watching = Watching::new();
    let log = grown(3);
    watching.round(&shown(&log));
    let mut other = at(&log, log.log.size() - 1);
    other.document(&job_event(9, "job-9"), None);
    let head = other.log.checkpoint(other.log.size());
    other.document(&job_event(10, "job-9"), None);
    let mut server = shown(&other);
    let first = watching.look(&server);
    assert_eq!(codes(&first.changes.raised), ["CONSISTENCY_FAILED"]);
    assert_eq!(first.state.head, watching.state().head);
    let answer = serde_json::json!({ "checkpoint": head }).to_string();
    let path = format!("/v1/checkpoints?size={}", log.log.size());
    server.0.insert(path, answer.into_bytes());
    let forked = watching.round(&server);
    assert_eq!(codes(&forked.changes.raised), [code::FORK]);
    let file = std::fs::read(forked.changes.raised[0].file.as_ref().unwrap()).unwrap();
    assert_eq!(check_fork(&file, &log_key()).reason_code, "LOG_FORKED");
}

#[test]
fn a_longer_second_history_in_tiles_alone_is_an_alarm_and_is_not_taken() {
    let watching = Watching::new();
    let log = grown(3);
    watching.round(&tiles_alone(&log));
    let mut other = at(&log, 2);
    for seed in 0..8 {
        other.document(&gateway_receipt(40 + seed), None);
    }
    let result = watching.round(&tiles_alone(&other));
    assert_eq!(codes(&result.changes.raised), ["ENTRY_CHANGED"]);
    assert!(result.changes.raised[0].file.is_some());
    assert_eq!(result.state.head.unwrap(), log.log.checkpoint(log.log.size()));
}

#[test]
fn what_another_key_signed_and_what_is_no_checkpoint_is_refused() {
    let watching = Watching::new();
    let log = grown(3);
    watching.round(&shown(&log));
    let mut server = shown(&log);
    let note = log.log.checkpoint(log.log.size());
    let forged = note.replacen("\n\n", "0\n\n", 1).into_bytes();
    server.0.insert("/log/checkpoint".to_owned(), forged);
    let result = watching.round(&server);
    assert_eq!(result.exit_status(), 1);
    assert!(
        result.changes.raised[0].code.starts_with("CHECKPOINT_"),
        "{result:?}"
    );
}

#[test]
fn a_server_that_is_away_is_not_seen_and_closes_no_alarm() {
    let watching = Watching::new();
    let log = grown(3);
    watching.round(&shown(&log));
    watching.round(&shown(&at(&log, 3)));
    let mut server = shown(&log);
    server.0.remove("/log/checkpoint");
    let away = watching.round(&server);
    assert_eq!(
        (unseen(&away), codes(&away.state.alarms)),
        (vec!["RESOURCE_UNREADABLE"], vec![code::ROLLBACK])
    );
}

#[test]
fn a_bundle_that_is_missing_or_false_is_the_servers_fault_and_nothing_is_taken() {
    let watching = Watching::new();
    let log = grown(3);
    let mut server = shown(&log);
    let path = server
        .0
        .keys()
        .find(|path| path.contains("entries/000"))
        .unwrap()
        .clone();
    let bundle = server.0.remove(&path).unwrap();
    let result = watching.look(&server);
    assert_eq!(
        (codes(&result.changes.raised), result.state.head),
        (vec!["RESOURCE_MISSING"], None)
    );
    server.0.insert(path, bundle[..bundle.len() - 1].to_vec());
    assert_eq!(
        codes(&watching.look(&server).changes.raised),
        ["BUNDLE_MALFORMED"]
    );
}
