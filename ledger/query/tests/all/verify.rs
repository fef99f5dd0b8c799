//! What somebody brings to be verified is told apart by its first bytes, and never logged.

use kit::test_ledger::{TestLedger, accepted, submit};
use ledger::error::ReadError;
use ledger::handle::Ledger;
use ledger::interest::CancellationToken;
use ledger::store::memory::MemoryStore;
use ledger_query::QueryEngine;
use ledger_query::verify::{
    DocumentBinding, NoBundle, ReceiptBinding, SentForm, VerifyError, holds_token, items, with_evidence,
};
use std::sync::Arc;
use verifier::check::Status;
use verifier::index::LeafIndex;

#[test]
fn a_thing_without_a_media_type_is_known_by_how_it_begins() {
    for (bytes, form) in [
        (&b"c2sp.org/tlog-proof@v1\nindex 3\n"[..], SentForm::Proof),
        (&[0x82, 0xa1][..], SentForm::Pack),
        (b" {\"a\": 1}\n", SentForm::Json),
        (b"{\n \"a\": 1\n}", SentForm::Json),
        (b"{\"a\":1}\n{\"a\":2}\n", SentForm::Lines),
        (b"{\"a\":1}\nnothing", SentForm::Lines),
        (b"{\"a\":", SentForm::Json),
        (b"anything", SentForm::Json),
        (b"", SentForm::Json),
    ] {
        assert_eq!(SentForm::of(bytes), form, "{}", String::from_utf8_lossy(bytes));
    }
}

fn engine(ledger: &Ledger) -> QueryEngine {
    QueryEngine::new(ledger.reader().clone())
}

#[tokio::test]
async fn a_proof_beside_its_document_is_judged_with_it_and_nothing_is_logged() {
    let (log, ledger) = TestLedger::registered().await;
    let document = log.receipt(1);
    let ack = accepted(&ledger, "clawproxy", document.clone()).await;
    let reader = &engine(&ledger);
    let size = reader.published().head.tree.size;
    let proof = reader.tlog_proof(ack.index, None).unwrap();
    let item = with_evidence(reader, proof.as_bytes(), document.as_bytes()).unwrap();
    assert_eq!((item.status, item.log.index), (Status::Pass, Some(ack.index)));
    let alone = items(reader, SentForm::Proof, proof.as_bytes())
        .unwrap()
        .pop()
        .unwrap();
    assert_eq!(alone.reason_code, "EVIDENCE_NOT_SUPPLIED");
    let unlogged = log.receipt(2);
    let item = items(reader, SentForm::Json, unlogged.as_bytes())
        .unwrap()
        .pop()
        .unwrap();
    assert!(!item.log.found && item.missing.contains(&"log_entry"));
    assert_eq!(reader.published().head.tree.size, size);
    assert_eq!(
        reader
            .by_raw(
                &reader
                    .entry(LeafIndex::new(0))
                    .unwrap()
                    .unwrap()
                    .entry
                    .raw_digest
                    .unwrap()
            )
            .unwrap(),
        Some(LeafIndex::new(0))
    );
}

#[tokio::test]
async fn a_token_or_what_is_no_json_is_refused() {
    let log = TestLedger::new();
    let ledger = log.open();
    let token = b"{\"a\":\"eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl\"}";
    // An object is looked at as one, also where its sender calls it a pack.
    assert!(holds_token(SentForm::Json, token) && holds_token(SentForm::Pack, token));
    let pack = [&b"\x82\x8a"[..], token].concat();
    assert!(!holds_token(SentForm::Pack, &pack));
    let refused = items(&engine(&ledger), SentForm::Json, token);
    assert!(matches!(refused, Err(VerifyError::TokenLeaked(_))), "{refused:?}");
    let refused = items(&engine(&ledger), SentForm::Json, b"nothing");
    assert!(matches!(refused, Err(VerifyError::Malformed(_))), "{refused:?}");
}

/// Reads of the store that a verification of fifty receipts takes, all of one run of so many logged ones.
async fn reads_for_a_run_of(logged: u64) -> u64 {
    let store = Arc::new(MemoryStore::new());
    let (log, ledger) = TestLedger::registered_on(store.clone()).await;
    let receipt = |number| log.receipt(number);
    for result in submit(&ledger, "clawproxy", (0..logged).map(receipt).collect()).await {
        result.unwrap();
    }
    let brought: Vec<String> = (1_000..1_050).map(receipt).collect();
    let before = store.reads_done();
    let found = items(&engine(&ledger), SentForm::Lines, brought.join("\n").as_bytes()).unwrap();
    let reads = store.reads_done() - before;
    assert_eq!(found.len(), brought.len());
    for item in found {
        let DocumentBinding::Receipt(ReceiptBinding::Event { bundle, .. }) = item.binding.unwrap() else {
            panic!("a receipt that names an event");
        };
        assert_eq!(bundle, Err(NoBundle::NoBundle));
    }
    ledger.shutdown().await;
    reads
}

#[tokio::test]
async fn what_a_verification_reads_does_not_grow_with_the_run_that_it_names() {
    let (small, large) = (reads_for_a_run_of(3).await, reads_for_a_run_of(240).await);
    assert!(
        large <= small + 16,
        "{small} reads for a run of 3, {large} for one of 240"
    );
}

#[tokio::test]
async fn a_verification_ends_when_nobody_waits_for_it() {
    let (log, ledger) = TestLedger::registered().await;
    let receipt = log.receipt(1);
    let abandoned = engine(&ledger).with_cancellation(CancellationToken::cancelled());
    let lines = [receipt.as_str(); 3].join("\n");
    let answer = items(&abandoned, SentForm::Lines, lines.as_bytes());
    assert!(matches!(answer, Err(VerifyError::Read(ReadError::Abandoned))));
    let answer = abandoned.closure("job", abandoned.published().head.tree.size);
    assert!(answer.is_err(), "no other question is answered either");
    ledger.shutdown().await;
}
