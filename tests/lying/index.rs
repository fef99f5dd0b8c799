//! Lies that the log signs: an index that is not that of its entries.

use crate::log::{JOB, Liar, RealLog, StolenLog, has_file, of_job};
use crate::run::LyingRun;
use crate::table::is_caught;
use kit::index::{AnswerParts, SignedIndex, run_list};
use kit::shown::{files, shown};
use verifier::index::{LeafIndex, TreeSize};
use verifier::record::StoredBytes;
use verifier::runs::{AskedRows, IndexKey, IndexRow, RunList};

/// A server that shows the stolen log up to an index.root.
fn shown_up_to(log: &RealLog, stolen: &StolenLog, root: u64) -> Liar {
    log.lie(&files(&stolen.log, root + 1))
}

#[test]
fn an_entry_is_hidden_from_the_index() {
    let log = RealLog::new();
    let mut stolen = log.stolen();
    let hidden = stolen.entries_of_job()[2];
    let root = stolen.hide(hidden);
    let answer = stolen.log.log.answer_file(&stolen.answer(root));
    assert_eq!(
        log.subject(&answer, &[]).exit,
        Some(0),
        "the file shows what the log signed"
    );
    let liar = log.lie(&shown(&stolen.log, root));
    let faults = log.faults();
    let sampled = log.audit(&liar, &["--random", "1000", "--out", &faults]);
    let written = has_file(&faults, &format!("-entry-{hidden}.answer")).unwrap();
    let convicts = log.omission(hidden, &std::fs::read(written).unwrap());
    assert_eq!(convicts.to_string(), "`INDEX_OMITS` (1)");
    is_caught(
        "signs an index without an entry, and answers without it",
        &[
            ("omission", log.omission(hidden, &answer)),
            ("audit", log.audit(&liar, &[])),
            ("audit --random", sampled),
        ],
    );
}

#[test]
fn an_entry_is_hidden_from_one_index_root_and_not_from_the_next() {
    let log = RealLog::new();
    let mut stolen = log.stolen();
    let hidden = stolen.entries_of_job()[2];
    let root = stolen.hide(hidden);
    let answer = stolen.log.log.answer_file(&stolen.answer(root));
    let covered = stolen.log.log.size();
    let repaired = stolen.log.index_in(&[covered], |_| {});
    let liar = log.lie(&shown(&stolen.log, repaired));
    // All rows are asked for, and the index.root that answers has them.
    let sampled = log.audit(&liar, &["--random", "1000"]);
    assert_eq!(sampled.to_string(), "`OK` (0)");
    is_caught(
        "signs one index without an entry, answers without it, and signs a right one a moment later",
        &[
            ("omission", log.omission(hidden, &answer)),
            ("audit", log.audit(&liar, &[])),
        ],
    );
}

#[test]
fn a_job_is_hidden_from_the_index() {
    let log = RealLog::new();
    let mut stolen = log.stolen();
    let lookup = of_job(JOB).lookup(&stolen.log.log.identity.salt).unwrap();
    let covered = stolen.log.log.size();
    let root = stolen.log.index_in(&[covered], |rows| {
        rows.retain(|row| row.key() != lookup.key());
    });
    let answer = stolen.log.log.answer_file(&stolen.answer(root));
    assert_eq!(log.subject(&answer, &["--none"]).exit, Some(0));
    let liar = log.lie(&shown(&stolen.log, root));
    let faults = log.faults();
    is_caught(
        "signs an index without a job, and answers that it has no entries",
        &[
            ("omission", log.omission(stolen.entries_of_job()[0], &answer)),
            ("audit", log.audit(&liar, &[])),
            (
                "audit --random",
                log.audit(&liar, &["--random", "1000", "--out", &faults]),
            ),
        ],
    );
}

#[test]
fn a_row_is_made_up() {
    let log = RealLog::new();
    let mut stolen = log.stolen();
    let lookup = of_job(JOB).lookup(&stolen.log.log.identity.salt).unwrap();
    let covered = stolen.log.log.size();
    let root = stolen.log.index_in(&[covered], |rows| {
        let code = rows.iter().find(|row| row.key() == lookup.key()).unwrap().code();
        rows.push(IndexRow::new(lookup.key(), code, LeafIndex::ZERO).unwrap());
        rows.sort_unstable();
    });
    let answer = stolen.log.log.answer_file(&stolen.answer(root));
    let liar = shown_up_to(&log, &stolen, root);
    is_caught(
        "signs an index that has an entry under a job that is not its own",
        &[
            ("subject", log.subject(&answer, &[])),
            ("audit", log.audit(&liar, &[])),
        ],
    );
}

/// The stolen log with a signed run that a liar changed; the answer about the job from it, and who shows it.
fn with_run(log: &RealLog, change: impl FnOnce(&StolenLog, &mut LyingRun)) -> (Vec<u8>, Liar) {
    let mut stolen = log.stolen();
    let covered = stolen.log.log.size();
    let mut run = LyingRun::new(&stolen.log.log.rows(), covered);
    change(&stolen, &mut run);
    let list = RunList::new(vec![run.descriptor()]).unwrap();
    let entry = stolen.log.log.index_root(&list);
    let root = stolen.log.entry(&entry, StoredBytes::Nothing);
    let lookup = of_job(JOB).lookup(&stolen.log.log.identity.salt).unwrap();
    let asked = AskedRows::new([(lookup.key(), lookup.codes())], TreeSize::new(covered));
    let honest = stolen.answer(stolen.root);
    let mut entries = honest.entries;
    entries.remove(&stolen.root);
    entries.extend([covered - 1, root]);
    let answer = AnswerParts {
        as_of: covered,
        size: root + 1,
        root: LeafIndex::new(root),
        run_proofs: vec![run.prove(&asked)],
        entries,
        ..honest
    };
    let liar = shown_up_to(log, &stolen, root);
    (stolen.log.log.answer_file(&answer), liar)
}

#[test]
fn the_rows_of_a_page_are_not_sorted() {
    let log = RealLog::new();
    let (answer, liar) = with_run(&log, |stolen, run| {
        let page = run.page_of(key_of_job(stolen));
        let rows: Vec<IndexRow> = run.rows(page).into_iter().rev().collect();
        run.write(page, &rows);
    });
    is_caught(
        "signs a run whose rows are not sorted, under a root that matches",
        &[
            ("subject", log.subject(&answer, &[])),
            ("audit", log.audit(&liar, &[])),
        ],
    );
}

#[test]
fn a_row_is_put_into_a_page_where_nobody_looks_for_it() {
    let log = RealLog::new();
    let mut hidden = 0;
    let (answer, liar) = with_run(&log, |stolen, run| {
        let page = run.page_of(key_of_job(stolen));
        let mut rows = run.rows(page);
        let row = rows.pop().unwrap();
        hidden = row.index().value();
        run.write(page, &rows);
        let other = run.other_than(page);
        let rows: Vec<IndexRow> = run.rows(other).into_iter().chain([row]).collect();
        run.write(other, &rows);
    });
    assert_ne!(hidden, 0);
    is_caught(
        "signs a run with a row in a page where no question looks for it, under a root that matches",
        &[
            ("omission", log.omission(hidden, &answer)),
            ("audit", log.audit(&liar, &[])),
        ],
    );
}

fn key_of_job(stolen: &StolenLog) -> IndexKey {
    of_job(JOB).lookup(&stolen.log.log.identity.salt).unwrap().key()
}

#[test]
fn a_run_is_split() {
    let log = RealLog::new();
    let mut stolen = log.stolen();
    let joined = stolen.log.log.size();
    stolen.log.index_in(&[joined], |_| {});
    let root = stolen.log.index_in(&[1, joined + 1], |_| {});
    let answer = stolen.log.log.answer_file(&stolen.answer(root));
    assert_eq!(
        log.subject(&answer, &[]).exit,
        Some(0),
        "each list for itself is right"
    );
    is_caught(
        "splits a run that an earlier `index.root` named",
        &[("audit", log.audit(&shown_up_to(&log, &stolen, root), &[]))],
    );
}

#[test]
fn the_number_of_pages_is_false() {
    let log = RealLog::new();
    let mut stolen = log.stolen();
    let (rows, covered) = (stolen.log.log.rows(), stolen.log.log.size());
    let honest = run_list(&rows, &[covered]);
    let mut runs = honest.runs().to_vec();
    assert!(runs[0].pages > 1);
    runs[0].pages = 1;
    let entry = stolen.log.log.index_root(&RunList::new(runs).unwrap());
    let root = stolen.log.entry(&entry, StoredBytes::Nothing);
    let signed = SignedIndex::of(LeafIndex::new(root), honest, rows);
    let answer = signed.answer(&stolen.log.log, &of_job(JOB), covered);
    let answer = stolen.log.log.answer_file(&answer);
    let liar = shown_up_to(&log, &stolen, root);
    is_caught(
        "signs one page for a run that has several",
        &[
            ("subject", log.subject(&answer, &[])),
            ("audit", log.audit(&liar, &[])),
        ],
    );
}

#[test]
fn the_number_of_pages_is_false_where_no_proof_shows_it() {
    let log = RealLog::new();
    let mut stolen = log.stolen();
    let (rows, covered) = (stolen.log.log.rows(), stolen.log.log.size());
    let honest = run_list(&rows, &[covered]);
    let mut runs = honest.runs().to_vec();
    // The left half of the tree is the same: the largest power of two that is below both numbers.
    let pages = runs[0].pages;
    runs[0].pages = if (pages - 1).is_power_of_two() {
        pages + 1
    } else {
        pages - 1
    };
    let entry = stolen.log.log.index_root(&RunList::new(runs).unwrap());
    let root = stolen.log.entry(&entry, StoredBytes::Nothing);
    let signed = SignedIndex::of(LeafIndex::new(root), honest, rows);
    // Keys are spread by their hashes, so that some of these are looked for in the left half alone.
    let passes = (0..64).any(|number| {
        let question = of_job(&format!("job-nobody-{number}"));
        let answer = signed.answer(&stolen.log.log, &question, covered);
        let answer = stolen.log.log.answer_file(&answer);
        log.subject(&answer, &["--none"]).exit == Some(0)
    });
    assert!(passes, "no proof opens the left half of {pages} pages alone");
    let liar = shown_up_to(&log, &stolen, root);
    is_caught(
        "signs a number of pages that changes nothing in what a proof opens",
        &[("audit", log.audit(&liar, &[]))],
    );
}
