//! Exports of the entries that have a subject: where their proofs begin and end, and what convicts the operator.

use std::collections::BTreeSet;

use kit::documents::Draft;
use kit::index::SignedIndex;
use kit::key::Key;
use kit::log::{ORIGIN, TestLog, job_event, log_key};
use serde_json::json;
use verifier::base64::encode_standard;
use verifier::check::export::{ExportFiles, ExportLine, MANIFEST_TYPE, VerifiedExport};
use verifier::check::{Details, Report, ReportAnswers, Status};
use verifier::hash::{Hex, sha256};
use verifier::index::TreeSize;
use verifier::runs::{IndexRow, RunRange};
use verifier::subject::Field;
use verifier::subject_index::IndexQuestion;

/// When entry 0 was logged, in milliseconds; each later one comes a millisecond later.
const BEGIN_MS: u64 = 1_700_000_000_000;
/// The jobs of the entries from 1 on. The index covers them all.
const JOBS: [u8; 10] = [1, 2, 1, 1, 2, 2, 1, 2, 1, 2];
const COVERED: u64 = 11;

/// A log with an event of each of the jobs, and its index.
struct Jobs {
    log: TestLog,
    documents: Vec<Vec<u8>>,
    index: SignedIndex,
}

impl Jobs {
    /// Of the rows the index has what `change` leaves. `last` is the job of the last entry.
    fn new(last: u8, change: impl FnOnce(&mut Vec<IndexRow>)) -> Self {
        let mut log = TestLog::new();
        let mut documents = vec![log.genesis.clone()];
        for (seed, number) in (3..).zip(JOBS[..9].iter().chain([&last])) {
            let document = job_event(seed, &format!("job-{number}"));
            log.push_document(&document);
            documents.push(document);
        }
        assert_eq!(log.size(), COVERED);
        let mut rows = log.rows();
        change(&mut rows);
        let index = log.sign_index(rows, &[4, COVERED]);
        Self {
            log,
            documents,
            index,
        }
    }

    /// The proof about a job and a range, with more entries than it needs.
    fn proof(&self, job: u8, (begin, end): (u64, u64), also: &[u64]) -> Vec<u8> {
        let range = RunRange::new(TreeSize::new(begin), TreeSize::new(end)).unwrap();
        let mut answer = self.index.answer_in(&self.log, range, &question(job), COVERED);
        answer.entries.extend(also);
        self.log.answer_file(&answer)
    }

    fn line(&self, index: u64) -> String {
        let place = usize::try_from(index).unwrap();
        let line = ExportLine {
            index,
            entry: encode_standard(&self.log.entries[place]).into(),
            evidence: Some(std::str::from_utf8(&self.documents[place]).unwrap().into()),
            context: None,
        };
        line.to_text().unwrap()
    }

    /// The report on an export of a window of entries, whose manifest names these proofs of the job, and `other` of job 2.
    fn check(&self, window: (u64, u64), proofs: &[Vec<u8>], other: &[Vec<u8>], lines: &[String]) -> Report {
        let mut subjects = vec![(question(1), proofs)];
        if !other.is_empty() {
            subjects.push((question(2), other));
        }
        self.check_of(window, &subjects, lines)
    }

    /// The same of any subjects, each with its proofs.
    fn check_of(
        &self,
        window: (u64, u64),
        subjects: &[(IndexQuestion, &[Vec<u8>])],
        lines: &[String],
    ) -> Report {
        let signed = |lines: &[String]| -> String {
            let hashes = lines.iter().map(|line| hex(line.as_bytes()) + "\n");
            hashes.collect()
        };
        let hashes = signed(lines);
        let subject = |(question, proofs): &(IndexQuestion, &[Vec<u8>])| {
            let hashes: Vec<String> = proofs.iter().map(|proof| hex(proof)).collect();
            let IndexQuestion::Subject { field, value, .. } = question else {
                panic!("exports are about subjects");
            };
            json!({ "field": field.as_str(), "value": value, "proofs_sha256": hashes })
        };
        let payload = json!({
            "from_ms": BEGIN_MS + window.0,
            "to_ms": BEGIN_MS + window.1,
            "as_of": COVERED,
            "lines_sha256": hex(hashes.as_bytes()),
            "subjects": subjects.iter().map(subject).collect::<Vec<_>>(),
        });
        let manifest = Draft::own(ORIGIN, MANIFEST_TYPE, payload).with("/event_version", "2");
        let (manifest, genesis) = (manifest.sign(&Key::new(2)), self.log.genesis_file());
        let files = ExportFiles {
            manifest: manifest.as_bytes(),
            hashes: hashes.as_bytes(),
            genesis: &genesis,
        };
        let mut export = match VerifiedExport::open(&files, &log_key()) {
            Ok(export) => export,
            Err(finding) => return finding.into_report(Details::default()),
        };
        for proof in subjects.iter().flat_map(|(_, proofs)| *proofs) {
            if let Err(finding) = export.proof(proof) {
                return export.refuse(finding);
            }
        }
        assert_eq!(export.next_proof(), None);
        for line in lines {
            if let Err(finding) = export.line(line.as_bytes()) {
                return export.refuse(finding);
            }
        }
        export.finish()
    }

    /// The lines of the entries of job 1 in a window.
    fn lines(&self, (from, to): (u64, u64)) -> Vec<String> {
        let in_window = of_job_1().into_iter().filter(|index| (from..to).contains(index));
        in_window.map(|index| self.line(index)).collect()
    }
}

fn question(job: u8) -> IndexQuestion {
    IndexQuestion::Subject {
        field: Field::Job.into(),
        value: format!("job-{job}"),
        kinds: Vec::new(),
    }
}

fn of_job_1() -> BTreeSet<u64> {
    let numbered = (1..).zip(JOBS);
    numbered
        .filter_map(|(index, job)| (job == 1).then_some(index))
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    Hex(&sha256(bytes)).to_string()
}

#[test]
fn proofs_begin_where_nothing_of_the_window_can_be_in_front_of_them() {
    let log = Jobs::new(2, |_| {});
    for from in 0..COVERED {
        let window = (from, COVERED - 1);
        if from >= window.1 {
            break;
        }
        for begin in 0..COVERED {
            let cut = (begin + COVERED).div_ceil(2);
            let mut ranges = vec![(begin, cut), (cut, COVERED)];
            ranges.retain(|(begin, end)| begin < end);
            let proofs: Vec<Vec<u8>> = ranges.iter().map(|range| log.proof(1, *range, &[])).collect();
            let report = log.check(window, &proofs, &[], &log.lines(window));
            let first = first_held(ranges[0]);
            let expected = if begin == 0 || first < from {
                "OK"
            } else {
                "MANIFEST_INVALID"
            };
            assert_eq!(
                report.reason_code, expected,
                "{window:?} {ranges:?}: {}",
                report.message
            );
        }
    }
}

/// The first entry from the beginning of a proof on that it holds: one of the answer, or else the last one below as-of.
fn first_held((begin, end): (u64, u64)) -> u64 {
    of_job_1()
        .range(begin..end)
        .next()
        .copied()
        .unwrap_or(COVERED - 1)
}

#[test]
fn proofs_that_leave_a_gap_overlap_or_end_early_prove_no_export() {
    let log = Jobs::new(2, |_| {});
    let window = (0, COVERED);
    let check = |ranges: &[(u64, u64)]| {
        let proofs: Vec<Vec<u8>> = ranges.iter().map(|range| log.proof(1, *range, &[])).collect();
        log.check(window, &proofs, &[], &log.lines(window))
    };
    assert_eq!(check(&[(0, 3), (3, 4), (4, COVERED)]).reason_code, "OK");
    for ranges in [
        &[(0, 3), (4, COVERED)][..],
        &[(0, 4), (3, COVERED)],
        &[(0, 3), (0, COVERED)],
        &[(3, COVERED), (0, 3)],
        &[(0, COVERED), (0, COVERED)],
        &[(0, COVERED - 1)],
    ] {
        let report = check(ranges);
        assert_eq!(report.reason_code, "MANIFEST_INVALID", "{ranges:?}");
        assert_eq!(report.answers, ReportAnswers::NOT_GENUINE);
    }
}

#[test]
fn an_export_that_convicts_the_operator_is_genuine_unless_somebody_changed_it() {
    let honest = Jobs::new(2, |_| {});
    let omitting = Jobs::new(2, |rows| rows.retain(|row| row.index().value() != 4));
    // One entry is another one: two histories.
    let forked = Jobs::new(1, |_| {});
    let (window, whole) = ((0, COVERED), (0, COVERED));
    let lines = honest.lines(window);
    let altered = |index: usize| {
        let mut lines = lines.clone();
        lines[index] = lines[index].replacen("opened", "closed", 1);
        assert_ne!(lines[index], honest.lines(window)[index]);
        lines
    };
    let of_both = [honest.proof(2, whole, &[])];
    let cases = [
        (
            vec![honest.proof(1, whole, &[])],
            &[][..],
            &lines[1..],
            "EXPORT_OMITS",
        ),
        (
            vec![omitting.proof(1, whole, &[4])],
            &[],
            &lines[..],
            "INDEX_OMITS",
        ),
        (vec![forked.proof(1, whole, &[])], &of_both, &[], "LOG_FORKED"),
    ];
    for (proofs, other, lines, code) in cases {
        let report = honest.check(window, &proofs, other, lines);
        assert_eq!(report.reason_code, code, "{}", report.message);
        assert_eq!(report.answers, ReportAnswers::genuine(Status::Fail), "{code}");
    }
    for proofs in [honest.proof(1, whole, &[]), omitting.proof(1, whole, &[4])] {
        let report = honest.check(window, &[proofs], &[], &altered(2)[1..]);
        assert_eq!(report.reason_code, "RAW_DIGEST_MISMATCH");
        assert_eq!(report.answers, ReportAnswers::NOT_GENUINE);
    }
}

#[test]
fn an_export_about_a_value_that_no_entry_can_have_is_none() {
    let jobs = Jobs::new(JOBS[9], |_| {});
    let range = RunRange::new(TreeSize::new(0), TreeSize::new(COVERED)).unwrap();
    let check = |value: String| {
        let question = IndexQuestion::Subject {
            field: Field::Token.into(),
            value,
            kinds: Vec::new(),
        };
        let answer = jobs.index.answer_in(&jobs.log, range, &question, COVERED);
        let proofs = [jobs.log.answer_file(&answer)];
        jobs.check_of((1, 9), &[(question, &proofs)], &[])
    };
    // Nothing is under a hash in capital letters, whatever is under the same hash in the letters that it has.
    let spelled = check("AB".repeat(32));
    assert_eq!(
        (spelled.status, spelled.reason_code),
        (Status::Incomplete, "VALUE_NOT_OF_FIELD"),
        "{}",
        spelled.message
    );
    let unknown = check("ab".repeat(32));
    assert_eq!(
        (unknown.status, unknown.reason_code),
        (Status::Pass, "OK"),
        "{}",
        unknown.message
    );
}
