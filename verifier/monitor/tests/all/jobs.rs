//! Watched jobs.

use kit::documents::{registration, revocation, token_hash};
use kit::key::Key;
use kit::log::{ORIGIN, gateway_receipt, job_event};
use kit::pack::{JobLog, PackRequest};
use monitor::alarm::code;

use crate::world::{Watching, codes, index, shown, unseen, with_pack};

fn watching() -> Watching {
    let mut watching = Watching::new();
    watching.log.config.jobs = vec!["job-1".to_owned(), "job-nobody".to_owned()];
    watching
}

/// A log whose gateway is registered, so that what it says counts.
fn log() -> JobLog {
    let mut log = JobLog::new();
    let gateway = registration(ORIGIN, &Key::new(5).did(), "clawproxy", &["gateway"]);
    log.document(gateway.sign(&Key::new(2)).as_bytes(), None);
    index(&mut log);
    log
}

#[test]
fn a_watched_job_is_judged_once_for_each_growth_and_a_job_that_nobody_named_is_not_asked_for() {
    let watching = watching();
    let mut log = log();
    let first = watching.round(&with_pack(&log, "job-1"));
    assert_eq!(unseen(&first), [""; 0]);
    let job = &first.state.jobs["job-1"];
    assert_eq!(
        (job.verdict.as_deref(), job.entries),
        (Some("FAIL"), 2),
        "{job:?}"
    );
    // Nothing grew, so that no pack is needed.
    assert_eq!(unseen(&watching.round(&shown(&log))), [""; 0]);
    log.document(&gateway_receipt(21), None);
    index(&mut log);
    let missing = watching.round(&shown(&log));
    assert_eq!(unseen(&missing), ["PACK_NOT_SHOWN"]);
    // What the pack before had failed for is not over.
    assert_eq!(
        (codes(&missing.state.alarms), codes(&missing.changes.over)),
        (vec!["SIGNER_NOT_TRUSTED"], vec![])
    );
    assert_eq!(unseen(&watching.round(&with_pack(&log, "job-1"))), [""; 0]);
}

#[test]
fn a_verdict_that_changes_is_told_with_both_verdicts_and_what_decided() {
    let mut watching = watching();
    watching.log.config.jobs = vec!["job-2".to_owned()];
    let mut log = log();
    let first = watching.round(&with_pack(&log, "job-2"));
    assert_eq!(first.state.jobs["job-2"].verdict.as_deref(), Some("INCOMPLETE"));
    // By a signer whom nobody registered: the job fails.
    log.document(&job_event(4, "job-2"), None);
    index(&mut log);
    let result = watching.round(&with_pack(&log, "job-2"));
    assert_eq!(
        codes(&result.changes.raised),
        ["SIGNER_NOT_TRUSTED", code::VERDICT_CHANGED]
    );
    let mut raised = result.changes.raised.iter();
    let changed = raised.find(|alarm| alarm.code == code::VERDICT_CHANGED);
    let sentence = &changed.unwrap().sentence;
    for word in ["\"job-2\"", "was INCOMPLETE", "is FAIL (SIGNER_NOT_TRUSTED)"] {
        assert!(sentence.contains(word), "{sentence}");
    }
    // The failing check stays open, and the change was told.
    let later = watching.round(&shown(&log));
    assert_eq!(codes(&later.state.alarms), ["SIGNER_NOT_TRUSTED"]);
    assert_eq!(later.exit_status(), 1);
}

#[test]
fn a_pack_from_before_of_another_job_or_of_another_history_is_no_answer() {
    let watching = watching();
    let log = log();
    let size = log.log.size();
    let path = format!("/v1/jobs/job-1/pack?as_of={}", size - 1);
    let pack = |log: &JobLog, job: &str, as_of: u64, size: u64| {
        log.pack(PackRequest {
            job,
            as_of,
            size,
            cosigners: &[],
            kept_back: &[],
        })
    };
    let mut server = shown(&log);
    for (bytes, expected) in [
        (pack(&log, "job-1", size - 2, size), "UNEXPECTED_JOB"),
        (pack(&log, "job-2", size - 1, size), "UNEXPECTED_JOB"),
        (b"no pack".to_vec(), "PACK_DAMAGED"),
    ] {
        server.0.insert(path.clone(), bytes);
        assert_eq!(codes(&watching.look(&server).changes.raised), [expected]);
    }
    let mut other = JobLog::new();
    other.document(&job_event(9, "job-9"), None);
    index(&mut other);
    assert_eq!(other.log.size(), size);
    server.0.insert(path, pack(&other, "job-1", size - 1, size));
    assert_eq!(codes(&watching.look(&server).changes.raised), ["LOG_FORKED"]);
}

#[test]
fn a_revocation_that_names_no_job_has_the_pack_asked_for_again() {
    let watching = watching();
    let mut log = log();
    watching.round(&with_pack(&log, "job-1"));
    let revoked = revocation(ORIGIN, &token_hash("t"), 1).sign(&Key::new(4));
    log.document(revoked.as_bytes(), None);
    index(&mut log);
    assert_eq!(unseen(&watching.round(&shown(&log))), ["PACK_NOT_SHOWN"]);
}
