//! Lies in one answer. They need no key, and the answer does not hold.

use crate::log::{RealLog, StolenLog, of_job};
use crate::table::{Outcome, is_caught};
use kit::index::AnswerParts;
use kit::shown::ShownAnswers;

/// Where the job's answer is asked for.
const ADDRESS: &str = "/v1/subjects/job/job-1/proof";

/// What `subject` says of the answer of a server that lies in it.
fn asked(log: &RealLog, answer: Vec<u8>, more: &[&str]) -> Outcome {
    let liar = log.lie(&ShownAnswers::from([(ADDRESS.to_owned(), answer)]));
    log.subject(&liar.client.get(ADDRESS).unwrap().body, more)
}

/// The same of the honest answer with what a liar makes of it.
fn changed(log: &RealLog, change: impl FnOnce(&StolenLog, &mut AnswerParts)) -> Outcome {
    let stolen = log.stolen();
    let mut answer = stolen.answer(stolen.root);
    change(&stolen, &mut answer);
    asked(log, stolen.log.log.answer_file(&answer), &[])
}

#[test]
fn an_honest_answer_passes_and_is_byte_for_byte_what_is_changed_here() {
    let log = RealLog::new();
    let stolen = log.stolen();
    let shown = log.client.get(ADDRESS).unwrap().body;
    assert_eq!(shown, stolen.log.log.answer_file(&stolen.answer(stolen.root)));
    assert_eq!(stolen.entries_of_job().len(), 4);
    assert_eq!(asked(&log, shown, &[]).to_string(), "`OK` (0)");
}

#[test]
fn an_entry_is_taken_out() {
    let log = RealLog::new();
    let seen = changed(&log, |stolen, answer| {
        assert!(answer.entries.remove(&stolen.entries_of_job()[1]));
    });
    is_caught(
        "takes an entry out of the answer about a job",
        &[("subject", seen)],
    );
}

#[test]
fn entries_change_their_places() {
    let log = RealLog::new();
    let mut stolen = log.stolen();
    let answer = stolen.answer(stolen.root);
    let [first, .., last] = stolen.entries_of_job()[..] else {
        panic!("a job with entries")
    };
    let honest = stolen.log.log.checkpoint(answer.size);
    let places = [first, last].map(|index| usize::try_from(index).unwrap());
    stolen.log.log.entries.swap(places[0], places[1]);
    let forged = stolen.log.log.checkpoint(answer.size);
    // Under the head that the log did sign.
    let file = stolen.log.log.answer_file(&answer);
    let file = replaced(&file, forged.as_bytes(), honest.as_bytes());
    let seen = asked(&log, file, &[]);
    is_caught(
        "lets two entries of an answer change places, under the signed head",
        &[("subject", seen)],
    );
}

#[test]
fn a_job_that_is_there_is_called_absent() {
    let log = RealLog::new();
    let seen = changed(&log, |stolen, answer| {
        let index = stolen.log.signed_index(stolen.root);
        let nobody = index.answer(&stolen.log.log, &of_job("job-3"), answer.as_of);
        answer.run_proofs = nobody.run_proofs;
        answer.entries = nobody.entries;
    });
    is_caught(
        "answers that a job has no entries, with the proof about another job",
        &[("subject", seen)],
    );
}

#[test]
fn an_answer_from_before_is_given_again() {
    let log = RealLog::new();
    let stolen = log.stolen();
    let old = log.client.get(ADDRESS).unwrap().body;
    let newer = (stolen.root + 1).to_string();
    let seen = asked(&log, old, &["--as-of", &newer]);
    is_caught(
        "answers from an older `index.root`, as it was true then",
        &[("subject --as-of", seen)],
    );
}

#[test]
fn an_older_index_is_given_under_a_newer_head() {
    let log = RealLog::new();
    let mut stolen = log.stolen();
    let mut answer = stolen.answer(stolen.root);
    stolen.hide(u64::MAX);
    answer.size = stolen.log.log.size();
    let seen = asked(&log, stolen.log.log.answer_file(&answer), &[]);
    is_caught(
        "answers from an older `index.root` under a newer head",
        &[("subject", seen)],
    );
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let place = bytes
        .windows(from.len())
        .position(|window| window == from)
        .unwrap();
    [&bytes[..place], to, &bytes[place + from.len()..]].concat()
}
