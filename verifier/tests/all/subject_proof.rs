//! Subject-proofs: a question and its answer in one file, and what becomes of a file that leaves something out.

use kit::index::SignedIndex;
use kit::log::{SALT, TestLog, gateway_receipt, job_event, log_key};
use verifier::check::{Authenticity, Status, SubjectCheck, SubjectExpectation, check_subject};
use verifier::entry::Entry;
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;
use verifier::note::VerifierKey;
use verifier::runs::{IndexRow, RunRange};
use verifier::subject::Field;
use verifier::subject_index::{IndexQuestion, SubjectProof};

use crate::vectors::{Vector, unhex, vectors};

/// A log with two jobs, under an index.root over all of it.
struct IndexedLog {
    log: TestLog,
    index: SignedIndex,
}

fn index(index: u64) -> LeafIndex {
    LeafIndex::new(index)
}

fn decoded(log: &TestLog, at: u64) -> Entry {
    Entry::decode(&log.entries[usize::try_from(at).unwrap()]).unwrap()
}

impl IndexedLog {
    /// The log, whose index has what `change` leaves of the rows.
    fn new(change: impl FnOnce(&mut Vec<IndexRow>)) -> Self {
        let mut log = TestLog::new();
        for seed in 3..9 {
            log.push_document(&job_event(seed, if seed % 2 == 0 { "job-1" } else { "job-2" }));
            log.push_document(&gateway_receipt(seed));
        }
        let mut rows = log.rows();
        change(&mut rows);
        let covered = log.size();
        let index = log.sign_index(rows, &[covered]);
        Self { log, index }
    }

    fn sound() -> Self {
        Self::new(|_| {})
    }

    /// The file that answers a question, with the entries that `kept` leaves and those of `also`.
    fn file(
        &self,
        question: &IndexQuestion,
        as_of: u64,
        also: &[u64],
        kept: impl Fn(u64) -> bool,
    ) -> Vec<u8> {
        let mut answer = self.index.answer(&self.log, question, as_of);
        answer.entries.extend(also);
        answer.entries.retain(|at| kept(*at));
        self.log.answer_file(&answer)
    }

    /// The same for the job with an answer that is restricted to a range.
    fn file_in(&self, range: RunRange, as_of: u64, kept: impl Fn(u64) -> bool) -> Vec<u8> {
        let mut answer = self.index.answer_in(&self.log, range, &job("job-1"), as_of);
        answer.entries.retain(|at| kept(*at));
        self.log.answer_file(&answer)
    }

    fn check(&self, file: &[u8]) -> SubjectCheck {
        check_subject(
            file,
            &self.log.genesis,
            &log_key(),
            &SubjectExpectation::default(),
        )
    }

    /// The code with which a file is refused.
    fn refused(&self, file: &[u8]) -> &'static str {
        let check = self.check(file);
        assert_eq!(check.answer, None);
        check.report.reason_code
    }
}

fn job(value: &str) -> IndexQuestion {
    IndexQuestion::Subject {
        field: Field::Job.into(),
        value: value.to_owned(),
        kinds: vec![],
    }
}

fn checked(vector: &Vector) -> SubjectCheck {
    let key = VerifierKey::parse(vector.text("vkey")).unwrap();
    let file = unhex(vector.text("file_hex"));
    check_subject(
        &file,
        vector.text("genesis").as_bytes(),
        &key,
        &SubjectExpectation::default(),
    )
}

#[test]
fn valid_vectors_have_their_answer_and_invalid_ones_their_code() {
    for vector in &vectors("subject-proof/valid") {
        let check = checked(vector);
        let answer = check
            .answer
            .unwrap_or_else(|| panic!("{}: {}", vector.name, check.report.message));
        let found: Vec<u64> = answer.found().iter().map(|index| index.value()).collect();
        let expected: Vec<u64> = serde_json::from_value(vector.members["answer"].clone()).unwrap();
        assert_eq!(found, expected, "{}", vector.name);
        let file = unhex(vector.text("file_hex"));
        assert_eq!(
            SubjectProof::decode(&file).unwrap().encode().unwrap(),
            file,
            "{}",
            vector.name
        );
    }
    for vector in &vectors("subject-proof/invalid") {
        let check = checked(vector);
        assert_eq!(
            check.report.reason_code,
            vector.text("code"),
            "{}: {}",
            vector.name,
            check.report.message
        );
        assert_eq!(check.answer, None, "{}", vector.name);
    }
}

#[test]
fn a_file_answers_with_all_entries_of_a_job_as_of_every_size() {
    let log = IndexedLog::sound();
    for as_of in 1..log.log.size() {
        let check = log.check(&log.file(&job("job-1"), as_of, &[], |_| true));
        let answer = check.answer.unwrap_or_else(|| panic!("{}", check.report.message));
        let found: Vec<u64> = answer.found().iter().map(|index| index.value()).collect();
        let expected: Vec<u64> = [3, 7, 11].into_iter().filter(|at| *at < as_of).collect();
        assert_eq!(found, expected, "as of {as_of}");
        assert_eq!(check.report.status, Status::Pass);
        assert_eq!(check.report.answers.authenticity, Authenticity::Genuine);
        assert!(
            answer
                .entries
                .iter()
                .all(|(index, entry)| *entry == decoded(&log.log, index.value()))
        );
    }
}

fn range(from: u64, to: u64) -> RunRange {
    RunRange::new(TreeSize::new(from), TreeSize::new(to)).unwrap()
}

/// The entries of the job.
const OF_JOB: [u64; 3] = [3, 7, 11];

#[test]
fn every_range_as_of_every_size_has_what_a_scan_finds_and_no_entry_of_it_can_be_left_out() {
    let log = IndexedLog::sound();
    for as_of in 1..log.log.size() {
        for (from, to) in (0..as_of).flat_map(|from| (from + 1..=as_of).map(move |to| (from, to))) {
            let range = range(from, to);
            let check = log.check(&log.file_in(range, as_of, |_| true));
            let answer = check.answer.unwrap_or_else(|| panic!("{}", check.report.message));
            let found: Vec<u64> = answer.found().iter().map(|index| index.value()).collect();
            let expected: Vec<u64> = OF_JOB
                .into_iter()
                .filter(|at| range.contains(index(*at)))
                .collect();
            assert_eq!(found, expected, "{range} as of {as_of}");
            for gone in expected {
                let check = log.check(&log.file_in(range, as_of, |at| at != gone));
                assert_eq!(check.answer, None, "{range} as of {as_of} without {gone}");
            }
        }
    }
}

#[test]
fn pieces_of_a_walk_are_the_whole_answer() {
    let log = IndexedLog::sound();
    for length in 1..=13_usize {
        let mut found = Vec::new();
        for from in (0..13).step_by(length) {
            let piece = range(from, 13.min(from + u64::try_from(length).unwrap()));
            found.extend(
                log.check(&log.file_in(piece, 13, |_| true))
                    .answer
                    .unwrap()
                    .entries,
            );
        }
        let whole = log.check(&log.file(&job("job-1"), 13, &[], |_| true));
        assert_eq!(found, whole.answer.unwrap().entries, "{length}");
    }
}

#[test]
fn a_range_that_is_not_all_that_was_asked_for_passes_no_gate() {
    let log = IndexedLog::sound();
    let held = |part: (u64, u64), expectation: SubjectExpectation<'_>| {
        let file = log.file_in(range(part.0, part.1), 13, |_| true);
        let report = check_subject(&file, &log.log.genesis, &log_key(), &expectation).report;
        assert_eq!(report.answers.authenticity, Authenticity::Genuine);
        (report.status, report.reason_code)
    };
    let question = job("job-1").to_json();
    let none = SubjectExpectation {
        none: true,
        ..SubjectExpectation::default()
    };
    let of_question = SubjectExpectation {
        question: Some(&question),
        ..SubjectExpectation::default()
    };
    let as_of = SubjectExpectation {
        as_of_min: Some(TreeSize::new(13)),
        ..SubjectExpectation::default()
    };
    let (pass, too_short) = ((Status::Pass, "OK"), (Status::Incomplete, "RANGE_TOO_SHORT"));
    for expectation in [none, of_question, as_of] {
        assert_eq!(held((4, 7), expectation), too_short);
        let (since, to) = (Some(TreeSize::new(4)), Some(TreeSize::new(7)));
        assert_eq!(
            held((4, 7), SubjectExpectation { since, ..expectation }),
            too_short
        );
        assert_eq!(held((4, 7), SubjectExpectation { to, ..expectation }), too_short);
        assert_eq!(
            held(
                (4, 7),
                SubjectExpectation {
                    since,
                    to,
                    ..expectation
                }
            ),
            pass
        );
    }
    assert_eq!(held((4, 7), SubjectExpectation::default()), pass);
    assert_eq!(held((0, 13), of_question), pass);
    assert_eq!(held((0, 13), none), (Status::Fail, "ENTRIES_FOUND"));
    let after = |after| SubjectExpectation {
        after: Some(index(after)),
        none: true,
        ..SubjectExpectation::default()
    };
    let not_covered = (Status::Incomplete, "AFTER_NOT_COVERED");
    assert_eq!(held((12, 13), after(11)), pass);
    assert_eq!(held((12, 13), after(10)), not_covered);
    assert_eq!(held((11, 13), after(10)), (Status::Fail, "ENTRIES_FOUND"));
    assert_eq!(held((8, 11), after(7)), not_covered);
}

#[test]
fn a_file_answers_that_there_are_none() {
    let log = IndexedLog::sound();
    let check = log.check(&log.file(&job("job-3"), 13, &[], |_| true));
    assert_eq!(check.answer.unwrap().entries, []);
    assert!(
        check
            .report
            .message
            .starts_with("No entry of the job \"job-3\" is in the log, as of size 13. Basis: the index"),
        "{}",
        check.report.message
    );
}

#[test]
fn an_entry_that_is_left_out_is_missed_by_whom_it_concerns() {
    let log = IndexedLog::sound();
    let file = |kept: fn(u64) -> bool| log.file(&job("job-1"), 13, &[], kept);
    assert_eq!(log.refused(&file(|at| at != 7)), "INDEX_PROOF_INVALID");
    assert_eq!(log.refused(&file(|at| at != 13)), "INDEX_PROOF_INVALID");
    assert_eq!(log.refused(&file(|at| at != 0)), "GENESIS_INVALID");
    assert_eq!(log.refused(&file(|at| at != 12)), "INCLUSION_FAILED");
    assert_eq!(
        log.refused(&log.file(&job("job-1"), 13, &[5], |_| true)),
        "RECORD_SUPERFLUOUS"
    );
}

#[test]
fn an_index_that_leaves_out_or_makes_up_is_the_operators_fault() {
    let lookup = job("job-1").lookup(&SALT).unwrap();
    let without =
        IndexedLog::new(|rows| rows.retain(|row| row.key() != lookup.key() || row.index() != index(7)));
    assert_eq!(
        without.refused(&without.file(&job("job-1"), 13, &[7], |_| true)),
        "INDEX_OMITS"
    );
    let with = IndexedLog::new(|rows| {
        let code = rows.iter().find(|row| row.key() == lookup.key()).unwrap().code();
        rows.push(IndexRow::new(lookup.key(), code, index(5)).unwrap());
        rows.sort_unstable();
    });
    assert_eq!(
        with.refused(&with.file(&job("job-1"), 13, &[], |_| true)),
        "INDEX_FALSE"
    );
    // All of it is what the log signed, so that the file is genuine and convicts it.
    for (log, also) in [(&without, &[7][..]), (&with, &[])] {
        let report = log.check(&log.file(&job("job-1"), 13, also, |_| true)).report;
        assert_eq!(report.answers.authenticity, Authenticity::Genuine);
        assert_eq!(report.answers.verdict, Some(Status::Fail));
        assert_eq!(report.answers.exit_status(), 1);
    }
}

/// Status and code of the report on the job's entries as of 9, which are 3 and 7, under an expectation.
fn expected(expectation: SubjectExpectation<'_>) -> (Status, &'static str) {
    let log = IndexedLog::sound();
    let file = log.file(&job("job-1"), 9, &[], |_| true);
    let report = check_subject(&file, &log.log.genesis, &log_key(), &expectation).report;
    assert_eq!(report.answers.authenticity, Authenticity::Genuine);
    (report.status, report.reason_code)
}

#[test]
fn an_answer_to_another_question_is_no_answer() {
    let asked = job("job-1").to_json();
    let expecting = |question| SubjectExpectation {
        question: Some(question),
        ..SubjectExpectation::default()
    };
    assert_eq!(expected(expecting(&asked)), (Status::Pass, "OK"));
    let other = job("job-2").to_json();
    assert_eq!(expected(expecting(&other)), (Status::Fail, "UNEXPECTED_QUESTION"));
}

#[test]
fn an_answer_about_what_no_entry_can_have_is_no_answer() {
    let log = IndexedLog::sound();
    let upper = "AB".repeat(32);
    for (field, value, kinds) in [
        (Field::Revocation, upper.as_str(), vec![]),
        (Field::Token, &upper, vec![Kind::TokenRevoked]),
        (Field::Policy, "x", vec![Kind::PolicyWithdrawn]),
    ] {
        let question = IndexQuestion::Subject {
            field: field.into(),
            value: value.to_owned(),
            kinds,
        };
        let report = log.check(&log.file(&question, 13, &[], |_| true)).report;
        assert_eq!(
            (report.status, report.reason_code),
            (Status::Incomplete, "VALUE_NOT_OF_FIELD")
        );
        assert_eq!(report.answers.authenticity, Authenticity::Genuine);
        assert!(!report.message.contains("never"), "{}", report.message);
    }
}

#[test]
fn an_answer_that_is_too_old_is_not_enough() {
    let expecting = |size| SubjectExpectation {
        as_of_min: Some(TreeSize::new(size)),
        ..SubjectExpectation::default()
    };
    assert_eq!(expected(expecting(9)), (Status::Pass, "OK"));
    assert_eq!(expected(expecting(10)), (Status::Incomplete, "ANSWER_TOO_OLD"));
}

#[test]
fn entries_that_were_not_expected_fail_and_those_up_to_an_entry_do_not_matter() {
    let expecting = |after: Option<u64>| SubjectExpectation {
        after: after.map(index),
        none: true,
        ..SubjectExpectation::default()
    };
    assert_eq!(expected(expecting(None)), (Status::Fail, "ENTRIES_FOUND"));
    assert_eq!(expected(expecting(Some(6))), (Status::Fail, "ENTRIES_FOUND"));
    assert_eq!(expected(expecting(Some(7))), (Status::Pass, "OK"));
    // As of 9 nothing is known of entries after 8.
    for after in [8, 9, u64::MAX] {
        assert_eq!(
            expected(expecting(Some(after))),
            (Status::Incomplete, "AFTER_NOT_COVERED")
        );
    }
}

#[test]
fn every_changed_byte_of_a_file_is_noticed() {
    let log = IndexedLog::sound();
    let whole = log.file(&job("job-1"), 9, &[], |_| true);
    let ranged = log.file_in(range(2, 8), 9, |_| true);
    for file in [whole, ranged] {
        let answer = log.check(&file).answer;
        for at in 0..file.len() {
            let mut changed = file.clone();
            changed[at] ^= 1 << (at % 8);
            let check = log.check(&changed);
            assert_ne!(
                check.report.reason_code,
                "OK",
                "byte {at}: {:?}",
                check.answer == answer
            );
        }
        for end in 0..file.len() {
            assert_eq!(log.refused(&file[..end]), "INDEX_PROOF_INVALID", "{end}");
        }
    }
}

#[test]
fn a_file_of_a_later_version_is_left_open() {
    let log = IndexedLog::sound();
    let whole = log.file(&job("job-1"), 9, &[], |_| true);
    let ranged = log.file_in(range(2, 8), 9, |_| true);
    for (mut file, start, later) in [(whole, [0x87, 1], 2), (ranged, [0x88, 2], 3)] {
        assert_eq!(file[..2], start);
        file[1] = later;
        let check = log.check(&file);
        assert_eq!(check.report.status, Status::Incomplete);
        assert_eq!(check.report.reason_code, "UNKNOWN_FORMAT");
    }
}

#[test]
fn a_question_by_hash_is_for_packs_alone() {
    let log = IndexedLog::sound();
    let question = IndexQuestion::Hashed {
        field: Field::Job.into(),
        hash: verifier::subject::subject_hash(&SALT, Field::Job, "job-1"),
        kinds: vec![Kind::JobEvent],
    };
    assert_eq!(
        log.refused(&log.file(&question, 9, &[], |_| true)),
        "INDEX_PROOF_INVALID"
    );
}
