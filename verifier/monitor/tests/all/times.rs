//! What depends on the clock, which the tests set.

use kit::cosigners::cosigned;
use kit::log::{gateway_receipt, log_key};
use kit::pack::JobLog;
use monitor::alarm::code;
use verifier::index::TimestampMs;
use verifier::quorum::QuorumPolicy;

use crate::world::{LOGGED_MS, Shown, Watching, codes, index, shown, unseen};

fn cosigned_by(log: &JobLog, seeds: &[u8]) -> Shown {
    let mut server = shown(log);
    let (note, _) = cosigned(&log.log.checkpoint(log.log.size()), seeds);
    server.0.insert("/log/checkpoint".to_owned(), note.into_bytes());
    server
}

fn policy() -> QuorumPolicy {
    let (_, keys) = cosigned(&JobLog::new().log.checkpoint(1), &[40]);
    let text = format!("log {}\nwitness w {}\nquorum w\n", log_key(), keys[0]);
    QuorumPolicy::parse(text.as_bytes()).unwrap()
}

#[test]
fn without_a_policy_the_newest_entry_says_how_old_the_head_is() {
    let mut watching = Watching::new();
    watching.log.config.head_age_max_s = Some(60);
    let mut log = JobLog::new();
    assert_eq!(watching.round(&shown(&log)).exit_status(), 0);
    watching.now_ms = LOGGED_MS + 61_000;
    let stale = watching.round(&shown(&log));
    assert_eq!(
        (codes(&stale.changes.raised), stale.exit_status()),
        (vec![code::STALE_HEAD], 1)
    );
    // A later round says nothing new, even where the server is away.
    watching.now_ms += 60_000;
    let mut away = shown(&log);
    away.0.remove("/log/checkpoint");
    assert_eq!(codes(&watching.round(&away).changes.raised), [""; 0]);
    let mut entry = log.log.filler();
    entry.logged_at = TimestampMs::new(watching.now_ms);
    log.log.push(&entry);
    let fresh = watching.round(&shown(&log));
    assert_eq!(
        (codes(&fresh.changes.over), fresh.exit_status()),
        (vec![code::STALE_HEAD], 0)
    );
}

#[test]
fn with_a_policy_the_newest_cosignature_counts_and_a_missing_quorum_is_not_seen_until_then() {
    let mut watching = Watching::new();
    watching.log.policy = Some(policy());
    watching.log.config.head_age_max_s = Some(60);
    let mut log = JobLog::new();
    assert_eq!(watching.round(&cosigned_by(&log, &[40])).exit_status(), 0);
    log.document(&gateway_receipt(20), None);
    let alone = watching.round(&shown(&log));
    assert_eq!(
        (unseen(&alone), alone.exit_status()),
        (vec!["QUORUM_NOT_REACHED"], 2)
    );
    assert_eq!(
        alone.size.value(),
        log.log.size(),
        "what the log signed is followed all the same"
    );
    watching.now_ms = LOGGED_MS + 61_000;
    let stale = watching.round(&shown(&log));
    assert_eq!(codes(&stale.changes.raised), [code::STALE_HEAD]);
    assert!(
        stale.changes.raised[0].sentence.contains("cosignature"),
        "{stale:?}"
    );
}

#[test]
fn a_cosignature_that_does_not_verify_is_an_alarm() {
    let mut watching = Watching::new();
    watching.log.policy = Some(policy());
    let log = JobLog::new();
    let mut server = cosigned_by(&log, &[40]);
    let other = cosigned(&log.log.checkpoint(2), &[40]).0;
    let line = other.lines().last().unwrap();
    let note = format!("{}{line}\n", log.log.checkpoint(log.log.size()));
    server.0.insert("/log/checkpoint".to_owned(), note.into_bytes());
    assert_eq!(
        codes(&watching.round(&server).changes.raised),
        ["COSIGNATURE_INVALID"]
    );
}

#[test]
fn an_entry_that_waits_for_the_index_is_a_promise_that_is_missed_until_it_is_covered() {
    let mut watching = Watching::new();
    let mut log = JobLog::new();
    index(&mut log);
    log.document(&gateway_receipt(20), None);
    assert_eq!(watching.round(&shown(&log)).exit_status(), 0);
    watching.now_ms = LOGGED_MS + 70_000;
    let missed = watching.round(&shown(&log));
    assert_eq!(codes(&missed.changes.raised), [code::PROMISE_MISSED]);
    index(&mut log);
    let kept = watching.round(&shown(&log));
    assert_eq!(
        (codes(&kept.changes.over), kept.exit_status()),
        (vec![code::PROMISE_MISSED], 0)
    );
}

#[test]
fn entries_that_came_too_late_are_told_in_the_round_that_reads_them() {
    let watching = Watching::new();
    let mut log = JobLog::new();
    index(&mut log);
    log.document(&gateway_receipt(20), None);
    let mut late = log.log.filler();
    late.logged_at = TimestampMs::new(late.logged_at.value() + 1_500);
    log.log.push(&late);
    let result = watching.round(&shown(&log));
    assert_eq!(
        (codes(&result.changes.raised), result.exit_status()),
        (vec![code::PROMISE_MISSED], 1)
    );
    assert_eq!(watching.round(&shown(&log)).exit_status(), 0);
}
