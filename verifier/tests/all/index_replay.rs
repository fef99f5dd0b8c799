//! The audit computes the authenticated index again: logs whose index is right, and each way in which it is not.

use kit::index::run_list;
use kit::log::{TestLog, gateway_receipt, job_event, log_key};
use serde_json::{Value, json};
use verifier::check::audit::Auditor;
use verifier::check::index_replay::MemorySpace;
use verifier::check::{Authenticity, Report, Status};
use verifier::digest::EvidenceDigest;
use verifier::entry::Entry;
use verifier::hash::sha256;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::kind::Kind;
use verifier::runs::{IndexRow, MemoryRun, RunDescriptor, RunHash, RunList, RunRange};

use crate::check::{lists, verdict};

/// Feeds a whole log.
pub(crate) fn read(mut auditor: Auditor, log: &TestLog, genesis: bool) -> Report {
    let resources = log.resources();
    let mut is_first = true;
    while let Some(path) = auditor.wanted() {
        let (_, bytes) = resources.iter().find(|(there, _)| *there == path).unwrap();
        if let Err(finding) = auditor.feed(bytes) {
            return auditor.break_off(finding);
        }
        if genesis && is_first {
            auditor.take_genesis(&log.genesis_file()).unwrap();
        }
        is_first = false;
    }
    auditor.finish()
}

pub(crate) fn auditor(log: &TestLog) -> Auditor {
    Auditor::new(log.checkpoint(log.size()).as_bytes(), &log_key()).unwrap()
}

pub(crate) fn audit(log: &TestLog) -> Report {
    read(auditor(log), log, true)
}

/// The audit with a number of rows in memory.
pub(crate) fn audit_within(log: &TestLog, rows: usize) -> Report {
    read(
        auditor(log).with_row_space(Box::new(MemorySpace), rows),
        log,
        true,
    )
}

pub(crate) fn text<'a>(report: &'a Report, name: &str) -> &'a str {
    report.details.get(name).and_then(Value::as_str).unwrap()
}

/// A log of a few jobs, without an index.
pub(crate) fn log_of_jobs() -> TestLog {
    let mut log = TestLog::new();
    for seed in 3..9 {
        log.push_document(&job_event(seed, if seed % 2 == 0 { "job-1" } else { "job-2" }));
        log.push_document(&gateway_receipt(seed));
    }
    log
}

/// A log with runs that stay, and runs that are joined with others and with new entries.
pub(crate) fn log_with_joins() -> TestLog {
    let mut log = log_of_jobs();
    log.push_index_root(&[5]);
    log.push_index_root(&[5, 8, 13]);
    log.push_document(&job_event(9, "job-3"));
    log.push_index_root(&[5, 13, 14]);
    log.push_document(&job_event(10, "job-3"));
    log.push_index_root(&[5, 17]);
    log.push_index_root(&[18]);
    log.fill(300);
    log.push_document(&job_event(11, "job-1"));
    log.push_index_root(&[18, 301]);
    log
}

#[test]
fn an_index_that_follows_from_the_entries_passes_and_is_called_replayed() {
    let report = audit(&log_with_joins());
    assert_eq!(verdict(&report), (Status::Pass, "OK"), "{report:?}");
    assert!(lists(&report, "checked", "index_replay"));
    assert!(lists(&report, "not_checked", "index_heads"));
    let expected = json!({
        "basis": "replayed", "index_roots": 6, "index_runs": 8, "covered": 301, "index_lag_breaches": {"count": 0},
        "index_roots_needless": {"count": 0},
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(report.details.get(name), Some(value), "{name}");
    }
    let says = "computed again from all entries below 301, it leaves nothing out and adds nothing";
    assert!(report.message.contains(says), "{}", report.message);
}

#[test]
fn index_roots_that_cover_nothing_new_are_counted_except_after_a_join() {
    let mut log = log_of_jobs();
    log.push_index_root(&[5, 13]);
    // The run of the index.root before, and no join.
    let first = log.push_index_root(&[5, 13, 14]);
    log.push_index_root(&[15]);
    log.push_index_root(&[15, 16]);
    log.push_document(&job_event(9, "job-3"));
    log.push_index_root(&[15, 16, 18]);
    let report = audit(&log);
    assert_eq!(verdict(&report), (Status::Pass, "OK"), "{report:?}");
    let expected = json!({ "count": 2, "first": first });
    assert_eq!(report.details.get("index_roots_needless"), Some(&expected));
}

#[test]
fn little_memory_leads_to_the_same_report() {
    let log = log_with_joins();
    let expected = audit(&log);
    for rows in [0, 1, 2, 7, 16, 40, 300] {
        assert_eq!(audit_within(&log, rows), expected, "{rows} rows");
    }
}

#[test]
fn more_rows_than_files_of_one_level_are_sorted_in_little_memory() {
    let mut log = TestLog::new();
    // With one row in memory, 64 rows make a file of the next level.
    while log.size() < 1_100 {
        let genesis = log.entry_of(&log.genesis);
        let entry = Entry {
            evidence_digest: EvidenceDigest::from_bytes(sha256(&log.size().to_be_bytes())),
            kind: Kind::LogSettings,
            ..genesis
        };
        log.push(&entry);
    }
    log.push_index_root(&[1, 1_100]);
    assert!(log.rows().len() > 3_000);
    let report = audit_within(&log, 4);
    assert_eq!(verdict(&report), (Status::Pass, "OK"), "{report:?}");
}

/// The list whose last run has other rows.
pub(crate) fn with_rows(log: &TestLog, ends: &[u64], change: impl FnOnce(&mut Vec<IndexRow>)) -> RunList {
    let mut rows = log.rows();
    change(&mut rows);
    rows.sort_unstable();
    run_list(&rows, ends)
}

/// The list whose last run says something else.
fn with_run(list: &RunList, change: impl FnOnce(&mut RunDescriptor)) -> RunList {
    let mut runs = list.runs().to_vec();
    change(runs.last_mut().unwrap());
    RunList::new(runs).unwrap()
}

/// The root of a run of one page whose first two keys are in the other order.
fn unsorted(log: &TestLog, begin: u64, end: u64) -> RunHash {
    // The byte in front of a group's rows is their number, 1 here.
    const GROUP: usize = 16 + 1 + 8;
    let range = RunRange::new(TreeSize::new(begin), TreeSize::new(end)).unwrap();
    let rows = log.rows().into_iter().filter(|row| range.contains(row.index()));
    let (run, built) = MemoryRun::build(range, rows).unwrap();
    assert_eq!(run.pages, 1);
    let mut page = [&[2], built.pages()[0].as_slice()].concat();
    let (first, rest) = page[2..].split_at_mut(GROUP);
    first.swap_with_slice(&mut rest[..GROUP]);
    RunHash::from_bytes(sha256(&page))
}

/// A log with a right index.root at 13, entries behind it, and at 15 the index.root that `root` makes of it.
fn log_with_root(root: impl FnOnce(&TestLog) -> Entry) -> TestLog {
    let mut log = log_of_jobs();
    log.push_index_root(&[10, 13]);
    log.push_document(&job_event(9, "job-3"));
    let root = root(&log);
    assert_eq!(log.push(&root), 15);
    log.push_document(&job_event(10, "job-3"));
    log
}

/// The finding on the log, which is genuine and has a false index.
fn assert_false(log: &TestLog, reason_code: &str, says: &str) {
    let report = audit(log);
    assert_eq!(
        verdict(&report),
        (Status::Fail, reason_code),
        "{says}: {report:?}"
    );
    assert_eq!(report.answers.authenticity, Authenticity::Genuine);
    assert!(
        report.message.starts_with("entry 15, an index.root, is wrong"),
        "{}",
        report.message
    );
    assert!(report.message.contains(says), "{says}: {}", report.message);
    assert!(lists(&report, "not_checked", "index_replay") && report.details.get("basis").is_none());
    assert_eq!(report.details.get("index_roots"), Some(&json!(1)));
    assert_eq!(report.details.get("covered"), Some(&json!(13)));
}

#[test]
fn a_run_that_does_not_follow_from_the_entries_is_named_with_both_roots() {
    const ENDS: [u64; 3] = [10, 13, 15];
    let honest = |log: &TestLog| run_list(&log.rows(), &ENDS);
    let hidden = log_with_root(|log| {
        let job = *log.rows().iter().find(|row| row.index().value() == 14).unwrap();
        log.index_root(&with_rows(log, &ENDS, |rows| rows.retain(|row| *row != job)))
    });
    assert_false(
        &hidden,
        "INDEX_ROOT_FALSE",
        "its run [13, 15) has 1 page with the root",
    );
    let added = log_with_root(|log| {
        let other = log.rows()[0];
        let row = IndexRow::new(other.key(), other.code(), LeafIndex::new(13)).unwrap();
        log.index_root(&with_rows(log, &ENDS, |rows| rows.push(row)))
    });
    assert_false(
        &added,
        "INDEX_ROOT_FALSE",
        "and the entries give 1 page with the root",
    );
    let pages = log_with_root(|log| log.index_root(&with_run(&honest(log), |run| run.pages += 1)));
    assert_false(&pages, "INDEX_ROOT_FALSE", "[13, 15) has 2 pages");
    let layout = log_with_root(|log| {
        let root = unsorted(log, 13, 15);
        log.index_root(&with_run(&honest(log), |run| run.root = root))
    });
    let expected = honest(&in_front_of_root()).runs()[2].root;
    assert_false(&layout, "INDEX_ROOT_FALSE", &expected.to_string());
    let joined = log_with_root(|log| {
        let job = *log.rows().iter().find(|row| row.index().value() == 12).unwrap();
        log.index_root(&with_rows(log, &[10, 15], |rows| rows.retain(|row| *row != job)))
    });
    assert_false(&joined, "INDEX_ROOT_FALSE", "its run [10, 15) has");
}

/// The log in front of the index.root at 15.
fn in_front_of_root() -> TestLog {
    let mut log = log_with_root(|log| log.index_root(&run_list(&log.rows(), &[15])));
    log.entries.truncate(15);
    log
}

#[test]
fn a_list_that_does_not_follow_the_one_before_is_named() {
    let split = log_with_root(|log| log.index_root(&run_list(&log.rows(), &[9, 13, 15])));
    assert_false(
        &split,
        "INDEX_ROOT_JOIN",
        "the run [0, 9) has only a part of an earlier run",
    );
    let changed = log_with_root(|log| {
        let list = run_list(&log.rows(), &[10, 13, 15]);
        let mut runs = list.runs().to_vec();
        runs[0].root = RunHash::of_nothing();
        log.index_root(&RunList::new(runs).unwrap())
    });
    assert_false(
        &changed,
        "INDEX_ROOT_JOIN",
        "the run [0, 10) has other pages or another root",
    );
    let without = log_with_root(|log| Entry {
        index_runs: None,
        ..log.index_root(&run_list(&log.rows(), &[15]))
    });
    assert_false(&without, "INDEX_ROOT_WITHOUT_RUNS", "it has no list of runs");
}

#[test]
fn a_list_that_is_none_is_named() {
    let right = |log: &TestLog| log.index_root(&run_list(&log.rows(), &[15]));
    let digest = log_with_root(|log| Entry {
        evidence_digest: EvidenceDigest::from_bytes([1; 32]),
        ..right(log)
    });
    assert_false(&digest, "INDEX_ROOT_MALFORMED", "the hash of the list is");
    let short = log_with_root(|log| Entry {
        index_runs: Some(vec![0; 47]),
        ..right(log)
    });
    assert_false(&short, "INDEX_ROOT_MALFORMED", "has 47 bytes");
    let covered = log_with_root(|log| Entry {
        covered: Some(TreeSize::new(14)),
        ..right(log)
    });
    assert_false(
        &covered,
        "INDEX_ROOT_MALFORMED",
        "the last run ends at 15, expected 14",
    );
}

#[test]
fn coverage_that_does_not_grow_ends_the_audit() {
    let log = log_with_root(|log| log.index_root(&run_list(&log.rows(), &[10, 13])));
    let report = audit(&log);
    assert_eq!(verdict(&report), (Status::Fail, "INDEX_ROOT_COVERAGE"));
    assert!(report.message.contains("entry 15"), "{}", report.message);
    assert!(lists(&report, "not_checked", "index_replay"));
}

#[test]
fn nobody_is_accused_of_a_false_index_before_the_root_was_compared() {
    let log = log_with_root(|log| {
        let list = run_list(&log.rows(), &[15]);
        log.index_root(&with_run(&list, |run| run.pages += 1))
    });
    let mut other = log_of_jobs();
    other.fill(log.size());
    // The checkpoint is of another log, as if a copy had been changed.
    let auditor = Auditor::new(other.checkpoint(log.size()).as_bytes(), &log_key()).unwrap();
    let report = read(auditor, &log, true);
    assert_eq!(verdict(&report), (Status::Fail, "ROOT_MISMATCH"));
    let index = text(&report, "index");
    assert!(
        index.starts_with("the index.root at entry 15 seems wrong"),
        "{index}"
    );
}

#[test]
fn without_genesis_only_lists_are_checked_and_the_report_says_so() {
    let mut log = log_with_root(|log| {
        let list = run_list(&log.rows(), &[10, 15]);
        log.index_root(&with_run(&list, |run| run.pages += 1))
    });
    log.fill(600);
    let report = read(auditor(&log), &log, false);
    assert_eq!(verdict(&report), (Status::Pass, "OK"));
    assert!(lists(&report, "not_checked", "index_replay"));
    assert!(
        report.message.contains("without log.genesis"),
        "{}",
        report.message
    );
    assert!(report.details.get("basis").is_none());
    let split = log_with_root(|log| log.index_root(&run_list(&log.rows(), &[9, 15])));
    let report = read(auditor(&split), &split, false);
    assert_eq!(verdict(&report), (Status::Fail, "INDEX_ROOT_JOIN"));
}

#[test]
fn a_log_without_lists_of_runs_is_not_replayed() {
    let mut log = log_of_jobs();
    let list = run_list(&log.rows(), &[13]);
    let without = Entry {
        index_runs: None,
        ..log.index_root(&list)
    };
    log.push(&without);
    let report = audit(&log);
    assert_eq!(verdict(&report), (Status::Pass, "OK"));
    assert!(lists(&report, "not_checked", "index_replay"));
    assert_eq!(
        text(&report, "index"),
        "not replayed: the log has no index.root with a list of runs"
    );
    // The first list may follow.
    log.push_index_root(&[14]);
    assert_eq!(text(&audit(&log), "basis"), "replayed");
}

#[test]
fn an_entry_of_a_later_format_ends_the_replay() {
    let mut log = log_with_root(|log| log.index_root(&run_list(&log.rows(), &[13, 15])));
    let mut later = log.filler().encode().unwrap();
    later[2] = 2;
    log.entries.push(later);
    let report = audit(&log);
    assert_eq!(verdict(&report), (Status::Incomplete, "UNKNOWN_FORMAT"));
    let index = text(&report, "index");
    assert!(index.contains("from all entries below 15"), "{index}");
    assert!(
        index.contains("the replay ends at entry 17, which is of a format"),
        "{index}"
    );
    assert!(report.details.get("basis").is_none());
}

/// Logs an entry of a time; its index.
fn at(log: &mut TestLog, logged_at: u64) -> u64 {
    let filler = log.filler();
    log.push(&Entry {
        logged_at: TimestampMs::new(logged_at),
        ..filler
    })
}

#[test]
fn entries_that_come_too_late_behind_the_index_are_counted_and_fail_nothing() {
    let mut log = log_of_jobs();
    let start = 1_800_000_000_000;
    let root_at = |log: &mut TestLog, ends: &[u64], logged_at: u64| {
        let root = log.index_root(&run_list(&log.rows(), ends));
        log.push(&Entry {
            logged_at: TimestampMs::new(logged_at),
            ..root
        });
    };
    // The rule does not hold before there is an index.
    at(&mut log, start - 90_000);
    root_at(&mut log, &[14], start);
    at(&mut log, start);
    at(&mut log, start + 1_000);
    // Behind an index.root that comes late, entries follow that are late themselves.
    root_at(&mut log, &[16], start + 5_000);
    assert_eq!(at(&mut log, start + 2_000 + 4_000), 18);
    assert_eq!(at(&mut log, start + 2_000 + 7_000), 19);
    root_at(&mut log, &[18], start + 9_000);
    at(&mut log, start + 9_000);
    let report = audit(&log);
    assert_eq!(verdict(&report), (Status::Pass, "OK"), "{report:?}");
    let breaches = report.details.get("index_lag_breaches").unwrap();
    // 18 and 19 come behind 16, which is not covered then, and 21 behind 18.
    assert_eq!(*breaches, json!({"count": 3, "first": 18, "longest_ms": 8_000}));
}

#[test]
fn an_index_that_always_leaves_the_newest_entry_uncovered_is_late_all_the_same() {
    let mut log = log_of_jobs();
    let start = 1_800_000_000_000;
    // An index.root of a version that had no runs begins nothing, and none that has covers everything in front of it.
    let with_runs = log.index_root(&run_list(&log.rows(), &[13]));
    log.push(&Entry {
        index_runs: None,
        ..with_runs
    });
    at(&mut log, start - 9_000_000);
    at(&mut log, start);
    log.push_index_root(&[14]);
    for hour in 1..4 {
        at(&mut log, start + hour * 3_600_000);
    }
    let report = audit(&log);
    assert_eq!(verdict(&report), (Status::Pass, "OK"), "{report:?}");
    let breaches = report.details.get("index_lag_breaches").unwrap();
    assert_eq!(
        *breaches,
        json!({"count": 2, "first": 18, "longest_ms": 7_200_000})
    );
    let late = "the index was late: entry 18 and 1 other came more than a second after one that it did not cover yet, up to 7200000 ms";
    assert!(report.message.contains(late), "{}", report.message);
}
