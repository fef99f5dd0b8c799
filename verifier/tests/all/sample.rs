//! The audit of random entries: what it finds in an index that leaves something out, and what it says where it was not answered.

use kit::log::{job_event, log_key};
use kit::pack::JobLog;
use serde_json::json;
use verifier::check::sample::{SampleAudit, SampleFault, SampleQuestion, SampleSeed};
use verifier::check::{Authenticity, Finding, OmissionFiles, Report, Status, check_omission};
use verifier::index::{LeafIndex, TreeSize};
use verifier::runs::{IndexRow, RunRange};
use verifier::subject_index::{IndexQuestion, SubjectProof};

/// A server with a log whose last entry is an index.root.
struct ShownLog {
    log: JobLog,
    root: u64,
}

/// What came of an audit, and what proves it.
struct Audited {
    report: Report,
    faults: Vec<SampleFault>,
}

impl ShownLog {
    /// A log whose index has what `change` leaves of its rows.
    fn new(change: impl FnOnce(&mut Vec<IndexRow>)) -> Self {
        let mut log = JobLog::new();
        for seed in 6..9 {
            log.document(&job_event(seed, "job-1"), None);
        }
        let covered = log.log.size();
        let root = log.index_of(covered, change);
        Self { log, root }
    }

    /// A log whose index has no row of an entry.
    fn without(index: u64) -> Self {
        Self::new(|rows| rows.retain(|row| row.index() != LeafIndex::new(index)))
    }

    /// The answer about all entries below a size.
    fn answer(&self, question: &IndexQuestion, as_of: u64) -> Vec<u8> {
        let index = self.log.signed_index(self.root);
        self.log
            .log
            .answer_file(&index.answer(&self.log.log, question, as_of))
    }

    /// What was asked for: the answer about one entry.
    fn piece(&self, asked: &SampleQuestion) -> Vec<u8> {
        let index = self.log.signed_index(self.root);
        let log = &self.log.log;
        log.answer_file(&index.answer_in(log, asked.range, &asked.question, self.root))
    }

    fn started(&self, checkpoint: &str) -> Result<SampleAudit, Finding> {
        let log = &self.log.log;
        let mut audit = SampleAudit::new(checkpoint.as_bytes(), &log_key())?;
        let size = audit.head().size.value();
        let entry = self.log.entry_answer(0);
        let first = audit.take_genesis(&entry, &log.inclusion_answer(0, size), None)?;
        let (covered, unlinked) = audit.take_covered(&first, &self.answer(&first, self.root))?;
        assert_eq!(covered, TreeSize::new(self.root.min(size)));
        if let Some(unlinked) = unlinked {
            let (first, second) = unlinked.sizes();
            audit.take_consistency(&unlinked, &log.consistency_answer(first.value(), second.value()))?;
        }
        Ok(audit)
    }

    /// Audits all entries; each question is answered as `answers` has it, or not at all.
    fn audit(&self, answers: impl Fn(&SampleQuestion) -> Option<Vec<u8>>) -> Audited {
        let size = self.root + 1;
        let mut audit = self.started(&self.log.log.checkpoint(size)).unwrap();
        let mut found = Vec::new();
        for index in SampleSeed::from_bytes([1; 32]).draw(1_000, TreeSize::new(self.root)) {
            let inclusion = self.log.log.inclusion_answer(index.value(), size);
            let entry = self.log.entry_answer(index.value());
            let drawn = audit.take_entry(index, &entry, &inclusion).unwrap();
            for asked in drawn.questions() {
                let Some(file) = answers(asked) else {
                    audit.take_unasked();
                    continue;
                };
                match audit.take_answer(&drawn, asked, &file) {
                    Ok((fault, unlinked)) => {
                        assert_eq!(unlinked, None);
                        if let Some(fault) = &fault {
                            audit.take_fault(fault, &["a file".to_owned()]);
                        }
                        found.extend(fault);
                    }
                    Err(finding) => {
                        return Audited {
                            report: audit.break_off(finding),
                            faults: found,
                        };
                    }
                }
            }
            audit.finish_entry(&drawn);
        }
        Audited {
            report: audit.finish(),
            faults: found,
        }
    }

    /// Audits all entries, and asks everything that is no question about a kind.
    fn audited(&self) -> Audited {
        self.audit(|asked| match asked.question {
            IndexQuestion::Kind(_) => None,
            _ => Some(self.piece(asked)),
        })
    }

    /// The report of `ledger-verify omission` on the files of a fault.
    fn omission(&self, fault: &SampleFault) -> Report {
        let file = |extension| {
            let file = fault.files.iter().find(|file| file.extension == extension);
            file.unwrap().bytes.as_slice()
        };
        let files = OmissionFiles {
            proof: file("proof"),
            entry: None,
            answer: file("answer"),
            genesis: &self.log.log.genesis,
        };
        check_omission(&files, &log_key())
    }
}

#[test]
fn a_right_index_passes_and_the_report_says_how_much_that_shows() {
    let Audited { report, faults } = ShownLog::new(|_| {}).audited();
    assert_eq!((report.status, report.reason_code), (Status::Pass, "OK"));
    assert_eq!(faults, []);
    assert!(
        report
            .message
            .starts_with("the index leaves out none of the entries below size 7, all of which were drawn: "),
        "{}",
        report.message
    );
    // An earlier index.root was asked nothing.
    assert!(
        report
            .message
            .ends_with("The index.root at entry 7 answered: an earlier one may have left something out, which an audit of the whole log finds"),
        "{}",
        report.message
    );
    let asked = report.details.get("index_roots_asked").unwrap();
    assert_eq!(*asked, json!({ "first": 7, "last": 7 }));
    assert_eq!(report.details.get("basis").unwrap(), "sampled");
    assert!(report.details.has_checked("index_sample"));
    // log.genesis is of a listed kind.
    let not_asked = report.details.get("rows_not_asked").unwrap();
    assert_eq!(not_asked["no_such_question"], 1);
    assert_eq!(not_asked["value_not_shown"], 0);
}

#[test]
fn an_entry_that_is_left_out_is_found_wherever_it_is_and_its_files_convict_the_operator() {
    for index in 1..7 {
        let log = ShownLog::without(index);
        let Audited { report, faults } = log.audited();
        assert_eq!(report.reason_code, "INDEX_OMITS", "{index}");
        assert_eq!(report.answers.exit_status(), 1);
        assert!(!faults.is_empty());
        for fault in &faults {
            let message = &fault.finding.message;
            assert!(
                fault.entry.is_none_or(|entry| entry == LeafIndex::new(index)),
                "{message}"
            );
            assert!(message.contains(&format!("ntry {index}")), "{message}");
            let omission = log.omission(fault);
            assert_eq!(omission.reason_code, "INDEX_OMITS", "{}", omission.message);
            assert_eq!(omission.answers.authenticity, Authenticity::Genuine);
        }
    }
}

#[test]
fn a_row_that_no_entry_has_is_found_in_an_answer_about_more_entries_than_the_drawn_one() {
    let log = ShownLog::new(|rows| {
        let shared = rows.iter().find(|row| row.index() == LeafIndex::new(4)).unwrap();
        let (key, code) = (shared.key(), shared.code());
        rows.push(IndexRow::new(key, code, LeafIndex::new(5)).unwrap());
        rows.sort_unstable();
        rows.dedup();
    });
    assert_eq!(log.audited().report.reason_code, "OK");
    let Audited { report, faults } = log.audit(|asked| Some(log.answer(&asked.question, log.root)));
    assert_eq!(report.reason_code, "INDEX_FALSE", "{}", report.message);
    assert_eq!(log.omission(&faults[0]).reason_code, "INDEX_FALSE");
}

#[test]
fn an_entry_of_which_nothing_could_be_asked_leaves_the_audit_incomplete() {
    let log = ShownLog::new(|_| {});
    let Audited { report, .. } = log.audit(|_| None);
    assert_eq!(
        (report.status, report.reason_code),
        (Status::Incomplete, "ROWS_NOT_ASKED")
    );
    assert_eq!(report.answers.exit_status(), 2);
}

#[test]
fn an_answer_about_one_entry_is_as_small_as_any_however_many_entries_the_subject_has() {
    let mut log = JobLog::new();
    for seed in 6..60 {
        log.document(&job_event(seed, "job-1"), None);
    }
    let covered = log.log.size();
    let root = log.index_of(covered, |_| {});
    let log = ShownLog { log, root };
    let Audited { report, .. } = log.audit(|asked| {
        let file = log.piece(asked);
        // log.genesis, the entry, the last one and the index.root.
        assert!(SubjectProof::decode(&file).unwrap().entries.len() <= 4);
        Some(file)
    });
    assert_eq!(report.reason_code, "OK", "{}", report.message);
    assert_eq!(report.details.get("rows"), report.details.get("rows_asked"));
}

#[test]
fn an_answer_about_other_entries_than_the_drawn_one_is_no_answer() {
    let log = ShownLog::without(5);
    let other = |asked: &SampleQuestion| {
        let range = RunRange::new(TreeSize::new(0), asked.range.begin());
        let range = range.or_else(|| RunRange::new(asked.range.end(), TreeSize::new(log.root)));
        SampleQuestion {
            range: range.unwrap(),
            ..asked.clone()
        }
    };
    let report = log.audit(|asked| Some(log.piece(&other(asked)))).report;
    assert_eq!(
        (report.status, report.reason_code),
        (Status::Incomplete, "RANGE_TOO_SHORT")
    );
}

#[test]
fn an_answer_to_another_question_or_as_of_less_is_no_answer() {
    let log = ShownLog::new(|_| {});
    let other = IndexQuestion::Kind(verifier::kind::Kind::LogFrozen);
    let report = log.audit(|_| Some(log.answer(&other, log.root))).report;
    assert_eq!(report.reason_code, "UNEXPECTED_QUESTION");
    let report = log.audit(|asked| Some(log.answer(&asked.question, 3))).report;
    assert_eq!(report.reason_code, "ANSWER_TOO_OLD");
    assert_eq!(report.answers.exit_status(), 2);
}

#[test]
fn a_damaged_answer_accuses_nobody() {
    let log = ShownLog::without(4);
    let report = log
        .audit(|asked| {
            let mut file = log.piece(asked);
            file.pop();
            Some(file)
        })
        .report;
    assert_eq!(report.reason_code, "INDEX_PROOF_INVALID");
    assert_eq!(report.answers.exit_status(), 3);
}

#[test]
fn heads_of_two_histories_are_not_taken_for_one() {
    let log = ShownLog::new(|_| {});
    let mut other = JobLog::new();
    other.fill(6);
    let forked = log.started(&other.log.checkpoint(6)).err().unwrap();
    assert_eq!(forked.reason_code, "INCLUSION_FAILED");
    let audit = log.started(&log.log.log.checkpoint(log.root + 1)).unwrap();
    let kept = other.log.checkpoint(6);
    let mut audit = audit;
    let unlinked = audit.take_kept_checkpoint(kept.as_bytes()).unwrap().unwrap();
    let proof = log.log.log.consistency_answer(6, log.root + 1);
    let finding = audit.take_consistency(&unlinked, &proof).unwrap_err();
    assert_eq!(finding.reason_code, "CONSISTENCY_FAILED");
    let newer = log.log.log.checkpoint(log.root + 1);
    let old = log.started(&log.log.log.checkpoint(6)).unwrap();
    let finding = old.take_kept_checkpoint(newer.as_bytes()).unwrap_err();
    assert_eq!(
        (finding.status, finding.reason_code),
        (Status::Incomplete, "CHECKPOINT_OLDER")
    );
}

#[test]
fn a_draw_has_the_wanted_number_of_entries_none_twice_and_is_the_same_for_one_seed() {
    let seed = SampleSeed::from_bytes([7; 32]);
    let below = TreeSize::new(1_000_003);
    let drawn = seed.draw(500, below);
    assert_eq!(drawn.len(), 500);
    assert!(drawn.is_sorted_by(|one, next| one < next));
    assert!(drawn.iter().all(|index| below.contains(*index)));
    assert_eq!(drawn, seed.draw(500, below));
    assert_ne!(drawn, SampleSeed::from_bytes([8; 32]).draw(500, below));
    // Every tenth of the log has some of them.
    for tenth in 0..10 {
        let begin = LeafIndex::new(tenth * 100_000);
        let end = LeafIndex::new((tenth + 1) * 100_000);
        assert!(drawn.iter().any(|index| (begin..end).contains(index)), "{tenth}");
    }
    assert_eq!(seed.draw(5, TreeSize::new(3)).len(), 3);
    assert_eq!(seed.draw(5, TreeSize::new(0)), []);
}
