//! Files with two checkpoints: which of them prove that a log shows two histories, and that none accuses a log that does not.

use kit::log::{TestLog, job_event, log_key};
use proptest::prelude::*;
use proptest::sample::Index;
use verifier::check::{Authenticity, FilePurpose, Report, Status, check_fork, something_else};
use verifier::fork::{FORK_FILE_BYTES_MAX, ForkFile};

/// A log of 20 entries; the document makes it another one from entry 5 on.
fn log_with(document: &[u8]) -> TestLog {
    let mut log = TestLog::new();
    log.fill(5);
    log.push_document(document);
    log.fill(20);
    log
}

fn honest() -> TestLog {
    log_with(&job_event(4, "job-1"))
}

fn forked() -> TestLog {
    log_with(&job_event(4, "job-2"))
}

fn check(first: &str, second: &str) -> Report {
    check_fork(ForkFile::new(first, second).encode().as_bytes(), &log_key())
}

fn said(report: &Report) -> (Status, &'static str, Authenticity) {
    (report.status, report.reason_code, report.answers.authenticity)
}

#[test]
fn two_trees_of_one_size_prove_a_fork_in_either_order() {
    let (one, other) = (honest().checkpoint(12), forked().checkpoint(12));
    for report in [check(&one, &other), check(&other, &one)] {
        assert_eq!(said(&report), (Status::Fail, "LOG_FORKED", Authenticity::Genuine));
        assert!(
            report.message.contains("the log signed two trees of size 12"),
            "{}",
            report.message
        );
    }
}

#[test]
fn trees_of_two_sizes_prove_nothing_and_the_report_says_what_to_ask_for() {
    let report = check(&honest().checkpoint(20), &forked().checkpoint(12));
    assert_eq!(
        said(&report),
        (Status::Incomplete, "CONSISTENCY_NOT_SHOWN", Authenticity::Genuine)
    );
    assert!(
        report
            .message
            .contains("/v1/proofs/consistency?first=12&second=20")
    );
    assert!(report.message.contains("/v1/checkpoints?size=12"));
}

#[test]
fn one_tree_twice_is_no_fork() {
    let note = honest().checkpoint(12);
    assert_eq!(
        said(&check(&note, &note)),
        (Status::Pass, "OK", Authenticity::Genuine)
    );
}

#[test]
fn a_checkpoint_that_the_log_did_not_sign_accuses_nobody() {
    let (one, other) = (honest().checkpoint(12), forked().checkpoint(12));
    // The text of another tree under a signature of this one.
    let (_, signature) = one.split_once("\n\n").unwrap();
    let (text, _) = other.split_once("\n\n").unwrap();
    let report = check(&one, &format!("{text}\n\n{signature}"));
    assert_eq!(
        said(&report),
        (
            Status::Fail,
            "CHECKPOINT_SIGNATURE_INVALID",
            Authenticity::NotGenuine
        )
    );
    assert!(
        report.message.contains("the second checkpoint"),
        "{}",
        report.message
    );
}

#[test]
fn what_is_no_such_file_is_refused_and_the_commands_name_each_other() {
    let file = ForkFile::new(honest().checkpoint(12), forked().checkpoint(12)).encode();
    let without_end = file.trim_end();
    let three = format!("{file}\n{}", honest().checkpoint(12));
    let long = format!("{file}{}", " ".repeat(FORK_FILE_BYTES_MAX));
    for other in [
        "",
        "x",
        &file[1..],
        without_end,
        &three,
        &long,
        &file.replace("\n\n", "\n"),
    ] {
        let report = check_fork(other.as_bytes(), &log_key());
        assert_eq!(
            report.answers.authenticity,
            Authenticity::NotGenuine,
            "{other:.40}"
        );
    }
    let named = something_else(FilePurpose::Proof, file.as_bytes()).unwrap();
    assert!(
        named.message.contains("use \"ledger-verify fork\""),
        "{}",
        named.message
    );
    let other = something_else(FilePurpose::Fork, b"c2sp.org/tlog-proof@v1\nindex 3\n").unwrap();
    assert!(other.message.contains("ledger-verify proof"), "{}", other.message);
    assert_eq!(something_else(FilePurpose::Fork, file.as_bytes()), None);
}

proptest! {
    #[test]
    fn a_file_is_read_as_it_was_written(first in 1..20_u64, second in 1..20_u64) {
        let file = ForkFile::new(honest().checkpoint(first), forked().checkpoint(second));
        prop_assert_eq!(ForkFile::parse(file.encode().as_bytes()), Ok(file));
    }

    #[test]
    fn no_changed_byte_makes_a_fork_of_one_history(at in any::<Index>(), to in any::<u8>()) {
        let note = honest().checkpoint(12);
        let mut file = ForkFile::new(note.clone(), note).encode().into_bytes();
        let at = at.index(file.len());
        file[at] = to;
        prop_assert_ne!(check_fork(&file, &log_key()).reason_code, "LOG_FORKED");
    }

    #[test]
    fn other_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut file = b"evidence-ledger/fork/v1\n\n".to_vec();
        file.extend(bytes);
        prop_assert_ne!(check_fork(&file, &log_key()).status, Status::Pass);
    }
}
