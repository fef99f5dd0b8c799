//! Proved answers, checked as their reader does.

use kit::test_ledger::{TestLedger, submit};
use ledger::config::Limits;
use ledger::handle::Ledger;
use ledger::reader::Reader;
use ledger_query::subject_proof::{
    ProvedSubject, SubjectAsk, SubjectProofFault, newest_provable, subject_proof,
};
use std::time::Duration;
use verifier::check::{SubjectExpectation, check_subject};
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;
use verifier::runs::RunRange;
use verifier::subject::Field;
use verifier::subject_index::IndexQuestion;

async fn indexed_log() -> (TestLedger, Ledger) {
    let log = TestLedger::new();
    let ledger = log.open_with(Limits {
        index_after: Some(Duration::ZERO),
        ..Limits::default()
    });
    log.register_all(&ledger).await;
    let receipts = (0..30).map(|number| log.receipt(number)).collect();
    let mut size = TreeSize::new(0);
    for result in submit(&ledger, "clawproxy", receipts).await {
        let last = result.unwrap().index;
        size = size.max(last.size_with().unwrap());
    }
    // The published size may have an index.root more, which nothing covers yet.
    let mut heads = ledger.reader().watch();
    loop {
        heads.borrow_and_update();
        let root = ledger.reader().newest_index_root().unwrap();
        if root.is_some_and(|root| root.list.covered() >= size) {
            return (log, ledger);
        }
        heads.changed().await.unwrap();
    }
}

fn genesis(reader: &Reader) -> Vec<u8> {
    reader.entry(LeafIndex::ZERO).unwrap().unwrap().evidence.unwrap()
}

/// The answer to a whole question; as of everything that is covered, without a size.
fn proved(
    reader: &Reader,
    question: &IndexQuestion,
    as_of: Option<TreeSize>,
) -> Result<ProvedSubject, SubjectProofFault> {
    subject_proof(reader, &ask(reader, question, as_of))
}

fn ask(reader: &Reader, question: &IndexQuestion, as_of: Option<TreeSize>) -> SubjectAsk {
    SubjectAsk {
        question: question.clone(),
        as_of: as_of.unwrap_or_else(|| newest_provable(reader).unwrap()),
        range: None,
        entries_max: 100,
    }
}

fn of_subject(field: Field, value: &str, kinds: Vec<Kind>) -> IndexQuestion {
    IndexQuestion::Subject {
        field: field.into(),
        value: value.to_owned(),
        kinds,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proved_answer_is_what_the_lookup_finds_and_its_file_holds() {
    let (_log, ledger) = indexed_log().await;
    let reader = ledger.reader();
    let registered = IndexQuestion::Kind(Kind::IssuerRegistered);
    for as_of in [None, Some(TreeSize::new(1)), Some(TreeSize::new(4))] {
        let proved = proved(reader, &registered, as_of).unwrap();
        let as_of = as_of.unwrap_or_else(|| newest_provable(reader).unwrap());
        let page = reader
            .by_kind(Kind::IssuerRegistered, None, as_of, false, 100)
            .unwrap();
        assert_eq!(proved.entries, page.items);
        let check = check_subject(
            &proved.file,
            &genesis(reader),
            &reader.verifier_key(),
            &SubjectExpectation::default(),
        );
        assert_eq!(check.report.reason_code, "OK", "{}", check.report.message);
        let answer = check.answer.unwrap().found();
        assert_eq!(answer, proved.entries);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn that_there_is_nothing_is_proved_too() {
    let (_log, ledger) = indexed_log().await;
    let reader = ledger.reader();
    let proved = proved(reader, &of_subject(Field::Job, "no such job", Vec::new()), None).unwrap();
    assert!(proved.entries.is_empty());
    let check = check_subject(
        &proved.file,
        &genesis(reader),
        &reader.verifier_key(),
        &SubjectExpectation::default(),
    );
    assert_eq!(check.answer.unwrap().entries, [], "{}", check.report.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_rows_is_no_question() {
    let (_log, ledger) = indexed_log().await;
    let question = of_subject(Field::Nonce, "1", Vec::new());
    let answer = proved(ledger.reader(), &question, None);
    assert!(
        matches!(answer, Err(SubjectProofFault::Question(_))),
        "{answer:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_any_length_is_walked_through_by_the_ranges_that_are_named() {
    let (log, ledger) = indexed_log().await;
    let reader = ledger.reader();
    let question = of_subject(Field::Gateway, log.cast.gateway.did().as_str(), Vec::new());
    let whole = ask(reader, &question, None);
    let all = subject_proof(reader, &whole).unwrap().entries;
    assert!(all.len() >= 30);
    for entries_max in [1, 7, 30, 100] {
        let (mut begin, mut found, mut pieces) = (TreeSize::new(0), Vec::new(), 0);
        while begin < whole.as_of {
            let rest = SubjectAsk {
                range: RunRange::new(begin, whole.as_of),
                entries_max,
                ..whole.clone()
            };
            let (range, proved) = piece(reader, &rest);
            assert_eq!(range.begin(), begin);
            assert!(proved.entries.len() <= entries_max);
            let check = check_subject(
                &proved.file,
                &genesis(reader),
                &reader.verifier_key(),
                &SubjectExpectation::default(),
            );
            let answer = check.answer.unwrap_or_else(|| panic!("{}", check.report.message));
            assert_eq!(answer.found(), proved.entries);
            found.extend(proved.entries);
            (begin, pieces) = (range.end(), pieces + 1);
        }
        assert_eq!(found, all, "{entries_max}");
        // Halving a range leaves more than a quarter of what fits, and the last piece.
        assert!(
            pieces <= 4 * all.len() / entries_max + 40,
            "{pieces} of {entries_max}"
        );
    }
}

/// The answer in a range, or in the range that is named where it is too long.
fn piece(reader: &Reader, rest: &SubjectAsk) -> (RunRange, ProvedSubject) {
    match subject_proof(reader, rest) {
        Ok(proved) => (rest.range.unwrap(), proved),
        Err(SubjectProofFault::TooLong { max, next }) => {
            assert_eq!(max, rest.entries_max);
            let first = SubjectAsk {
                range: Some(next),
                ..rest.clone()
            };
            (next, subject_proof(reader, &first).unwrap())
        }
        Err(fault) => panic!("{fault}"),
    }
}
