//! The audit of whole logs: sound ones at every boundary, and each way in which one is not.

use verifier::check::audit::Auditor;
use verifier::check::{Authenticity, Finding, Report, Status};
use verifier::entry::Entry;
use verifier::index::{TimestampMs, TreeSize};
use verifier::kind::Kind;
use verifier::tile::TilePath;

use crate::check::{lists, verdict};
use kit::documents;
use kit::key::Key;
use kit::log::{ORIGIN, TestLog, job_event, log_key};

/// Audits the resources of `log`, as `read` hands them out.
fn audit_with(log: &TestLog, mut read: impl FnMut(TilePath, &[u8]) -> Vec<u8>) -> Result<Report, Finding> {
    let mut auditor = Auditor::new(log.checkpoint(log.size()).as_bytes(), &log_key())?;
    let resources = log.resources();
    let mut fetched = 0;
    while let Some(path) = auditor.wanted() {
        let (_, bytes) = resources
            .iter()
            .find(|(there, _)| *there == path)
            .unwrap_or_else(|| panic!("{path}"));
        auditor.feed(&read(path, bytes))?;
        if fetched == 0 {
            auditor.take_genesis(&log.genesis_file())?;
        }
        fetched += 1;
    }
    assert_eq!(fetched, resources.len(), "everything is looked at once");
    Ok(auditor.finish())
}

fn audit(log: &TestLog) -> Result<Report, Finding> {
    audit_with(log, |_, bytes| bytes.to_vec())
}

#[test]
fn a_sound_log_passes_at_every_boundary_of_tiles() {
    let mut log = TestLog::new();
    for size in [1, 2, 255, 256, 257, 511, 512, 700, 65_535, 65_536, 65_537] {
        log.fill(size);
        let report = audit(&log).unwrap();
        assert_eq!(verdict(&report), (Status::Pass, "OK"), "size {size}: {report:?}");
        assert!(lists(&report, "checked", "genesis"));
    }
}

#[test]
fn a_full_resource_serves_for_a_partial_one() {
    let mut log = TestLog::new();
    log.fill(300);
    let old = log.checkpoint(260);
    let mut auditor = Auditor::new(old.as_bytes(), &log_key()).unwrap();
    log.fill(512);
    let resources = log.resources();
    while let Some(path) = auditor.wanted() {
        let same_place = |other: &TilePath| match (path, *other) {
            (TilePath::Hashes { coord, .. }, TilePath::Hashes { coord: other, .. }) => coord == other,
            (TilePath::Entries { index, .. }, TilePath::Entries { index: other, .. }) => index == other,
            _ => false,
        };
        let (_, bytes) = resources.iter().find(|(there, _)| same_place(there)).unwrap();
        auditor.feed(bytes).unwrap();
    }
    assert_eq!(verdict(&auditor.finish()), (Status::Pass, "OK"));
}

#[test]
fn any_flipped_byte_is_found_and_its_place_named() {
    let mut log = TestLog::new();
    log.fill(600);
    for (path, bytes) in log.resources() {
        for at in [0, bytes.len() / 2, bytes.len() - 1] {
            let found = audit_with(&log, |read, bytes| {
                let mut bytes = bytes.to_vec();
                if read == path {
                    bytes[at] ^= 1;
                }
                bytes
            })
            .unwrap_err();
            assert_eq!(found.status, Status::Fail, "{path} at {at}: {found:?}");
            let place = match path {
                // An entry that still decodes is found by the tile that stands over it.
                TilePath::Entries { index, .. } => format!("/{index:03}"),
                TilePath::Hashes { .. } => path.to_string(),
            };
            assert!(found.message.contains(&place), "{path} at {at}: {found:?}");
        }
    }
}

#[test]
fn a_resource_that_is_cut_short_is_found() {
    let mut log = TestLog::new();
    log.fill(300);
    for (path, _) in log.resources() {
        let found = audit_with(&log, |read, bytes| {
            bytes[..bytes.len() - usize::from(read == path)].to_vec()
        });
        assert_eq!(found.unwrap_err().status, Status::Fail, "{path}");
    }
}

#[test]
fn a_tree_that_agrees_with_itself_but_not_with_the_checkpoint_fails() {
    let (mut one, mut other) = (TestLog::new(), TestLog::new());
    one.push_document(&job_event(4, "job-1"));
    other.push_document(&job_event(4, "job-2"));
    let mut auditor = Auditor::new(one.checkpoint(2).as_bytes(), &log_key()).unwrap();
    for (_, bytes) in other.resources() {
        auditor.feed(&bytes).unwrap();
    }
    assert_eq!(verdict(&auditor.finish()), (Status::Fail, "ROOT_MISMATCH"));
}

#[test]
fn an_audit_that_was_broken_off_is_incomplete() {
    let mut log = TestLog::new();
    log.fill(300);
    let mut auditor = Auditor::new(log.checkpoint(300).as_bytes(), &log_key()).unwrap();
    auditor.feed(&log.resources()[0].1).unwrap();
    assert_eq!(
        verdict(&auditor.finish()),
        (Status::Incomplete, "AUDIT_UNFINISHED")
    );
}

#[test]
fn rules_between_entries_are_checked() {
    let document = job_event(4, "job-1");
    let covering = |covered: u64, log: &TestLog| Entry {
        kind: Kind::IndexRoot,
        signer: ORIGIN.to_owned(),
        covered: Some(TreeSize::new(covered)),
        raw_digest: None,
        refused: None,
        ..log.filler()
    };
    let base = TestLog::new();
    let early = Entry {
        logged_at: TimestampMs::new(5),
        ..base.filler()
    };
    let genesis_again = base.entry_of(&base.genesis);
    let cases: Vec<(&str, Vec<Entry>)> = vec![
        ("LOGGED_AT_DECREASED", vec![early]),
        ("GENESIS_MISPLACED", vec![genesis_again]),
        ("INDEX_ROOT_COVERAGE", vec![covering(2, &base)]),
        ("INDEX_ROOT_COVERAGE", vec![covering(0, &base)]),
        (
            "INDEX_ROOT_COVERAGE",
            vec![covering(1, &base), covering(1, &base)],
        ),
        (
            "WRONG_LOG",
            vec![Entry {
                signer: "another.log".to_owned(),
                ..covering(1, &base)
            }],
        ),
    ];
    for (expected, entries) in cases {
        let mut log = TestLog::new();
        log.push_document(&document);
        log.entries.pop();
        for entry in entries {
            log.push(&entry);
        }
        assert_eq!(audit(&log).unwrap_err().reason_code, expected);
    }
    let mut log = TestLog::new();
    log.entries.remove(0);
    log.fill(3);
    let found = Auditor::new(log.checkpoint(3).as_bytes(), &log_key())
        .unwrap()
        .feed(&log.resources()[0].1);
    assert_eq!(found.unwrap_err().reason_code, "GENESIS_MISPLACED");
}

/// A log that was closed with entry 2, and entries of the kinds behind it: an index.root that covers so many entries, or a filler.
fn closed(after: &[Option<u64>]) -> TestLog {
    let mut log = TestLog::new();
    log.fill(2);
    let freeze = documents::freeze(ORIGIN, 2, "moved").sign(&Key::new(2));
    log.push_document(freeze.as_bytes());
    for covered in after {
        let entry = match covered {
            Some(covered) => Entry {
                kind: Kind::IndexRoot,
                signer: ORIGIN.to_owned(),
                covered: Some(TreeSize::new(*covered)),
                raw_digest: None,
                refused: None,
                ..log.filler()
            },
            None => log.filler(),
        };
        log.push(&entry);
    }
    log
}

#[test]
fn a_log_that_was_closed_says_so_with_its_size() {
    for after in [&[][..], &[Some(3)]] {
        let log = closed(after);
        let report = audit(&log).unwrap();
        assert_eq!(verdict(&report), (Status::Pass, "OK"), "{report:?}");
        assert!(
            report
                .message
                .contains("the log was closed with entry 2, at size 3"),
            "{report:?}"
        );
        assert_eq!(report.details.get("frozen_index"), Some(&2.into()));
        assert_eq!(report.details.get("frozen_size"), Some(&3.into()));
    }
    let mut open = TestLog::new();
    open.fill(3);
    let report = audit(&open).unwrap();
    assert_eq!(report.details.get("frozen_index"), None);
    assert!(!report.message.contains("closed"), "{report:?}");
}

#[test]
fn anything_else_that_follows_the_end_of_a_log_fails_the_audit_and_the_log_has_signed_it() {
    let cases: [&[Option<u64>]; 5] = [
        // Not an index.root; one that does not cover log.frozen; a second one; an entry behind the only one that may come.
        &[None],
        &[Some(2)],
        &[Some(3), Some(4)],
        &[Some(3), None],
        &[None, Some(3)],
    ];
    for after in cases {
        let report = audit(&closed(after)).unwrap();
        assert_eq!(
            verdict(&report),
            (Status::Fail, "ENTRY_AFTER_FREEZE"),
            "{after:?}: {report:?}"
        );
        assert_eq!(
            report.answers.authenticity,
            Authenticity::Genuine,
            "{after:?}: {report:?}"
        );
    }
    let mut log = closed(&[]);
    let mut later = log.filler().encode().unwrap();
    later[2] = 2;
    log.entries.push(later);
    let report = audit(&log).unwrap();
    assert_eq!(verdict(&report), (Status::Fail, "ENTRY_AFTER_FREEZE"));
    assert!(
        report.message.contains("entry 3 is of an unknown format"),
        "{report:?}"
    );
}

#[test]
fn entries_of_a_later_format_leave_the_audit_incomplete() {
    let mut log = TestLog::new();
    let mut later = log.filler().encode().unwrap();
    later[2] = 2;
    log.entries.push(later);
    log.fill(5);
    let report = audit(&log).unwrap();
    assert_eq!(verdict(&report), (Status::Incomplete, "UNKNOWN_FORMAT"));
    assert!(report.message.contains("the first is 1"), "{report:?}");
}
