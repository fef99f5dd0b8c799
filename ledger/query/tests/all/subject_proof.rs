//! Proved answers, checked as their reader does.

use kit::test_ledger::{TestLedger, submit};
use ledger::config::Limits;
use ledger::handle::Ledger;
use ledger::reader::Reader;
use ledger_query::subject_proof::{SubjectProofFault, subject_proof};
use std::time::Duration;
use verifier::check::{SubjectExpectation, check_subject};
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;
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
    for result in submit(&ledger, "clawproxy", receipts).await {
        result.unwrap();
    }
    let size = ledger.reader().published().head.tree.size;
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
        let proved = subject_proof(reader, &registered, as_of).unwrap();
        let page = reader
            .by_kind(Kind::IssuerRegistered, None, proved.as_of, false, 100)
            .unwrap();
        assert_eq!(proved.entries, page.items);
        let check = check_subject(
            &proved.file,
            &genesis(reader),
            reader.verifier_key(),
            &SubjectExpectation::default(),
        );
        assert_eq!(check.report.reason_code, "OK", "{}", check.report.message);
        let answer: Vec<LeafIndex> = check.answer.unwrap().iter().map(|(index, _)| *index).collect();
        assert_eq!(answer, proved.entries);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn that_there_is_nothing_is_proved_too() {
    let (_log, ledger) = indexed_log().await;
    let reader = ledger.reader();
    let proved = subject_proof(reader, &of_subject(Field::Job, "no such job", Vec::new()), None).unwrap();
    assert!(proved.entries.is_empty());
    let check = check_subject(
        &proved.file,
        &genesis(reader),
        reader.verifier_key(),
        &SubjectExpectation::default(),
    );
    assert_eq!(check.answer, Some(Vec::new()), "{}", check.report.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_rows_is_no_question() {
    let (_log, ledger) = indexed_log().await;
    let question = of_subject(Field::Nonce, "1", Vec::new());
    let answer = subject_proof(ledger.reader(), &question, None);
    assert!(
        matches!(answer, Err(SubjectProofFault::Question(_))),
        "{answer:?}"
    );
}
