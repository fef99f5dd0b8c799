//! What becomes of what a caller chose, and of a document that is refused: its bytes are kept, and are nobody's evidence.

use kit::documents::{evidence_target, model_call, wrap};
use kit::test_ledger::{TestLedger, accepted, faults, refusal, submit_one};
use ledger::handle::Ledger;
use ledger::store::memory::MemoryStore;
use serde_json::json;
use std::sync::Arc;
use verifier::code::Code;
use verifier::digest::{EvidenceDigest, RawDigest};
use verifier::hash::sha256;
use verifier::index::LeafIndex;
use verifier::kind::Kind;
use verifier::refused::RefusedDocument;

/// A receipt that no log takes: the gateway repeats a run id of more than 4 KiB.
fn odd(log: &TestLedger, number: u64) -> String {
    let receipt = model_call(number).with("/binding/run_id", "r".repeat(4097));
    receipt.sign(&log.cast.gateway)
}

/// Sends what has to be refused; the code, and the entry that was logged of it.
async fn refused(ledger: &Ledger, submitter: &str, body: String) -> (Code, Option<LeafIndex>) {
    let (code, entry, _) = refusal(submit_one(ledger, submitter, body).await);
    (code, entry)
}

fn raw(document: &str) -> RawDigest {
    RawDigest::from_bytes(sha256(document.as_bytes()))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_odd_run_id_or_model_keeps_no_receipt_out_of_the_log() {
    let store = MemoryStore::new();
    let (log, ledger) = TestLedger::registered_on(Arc::new(store.clone())).await;
    for (number, run_id, model) in [
        (1, "r".repeat(304), "m".repeat(300)),
        (2, "run\u{200b}\u{202e}\u{0}".to_owned(), "gpt\u{200b}".to_owned()),
        (3, "\u{fc}".repeat(2048), " ".to_owned()),
    ] {
        let receipt = model_call(number)
            .with("/binding/run_id", run_id.clone())
            .with("/model", model);
        let document = receipt.sign(&log.cast.gateway);
        let ack = accepted(&ledger, "clawproxy", document.clone()).await;
        assert_eq!(ack.kind, Kind::ReceiptGateway);
        let size = ledger.reader().published().head.tree.size;
        let found = ledger
            .reader()
            .subject(verifier::subject::Field::Run, &run_id, None, size, false, 10)
            .unwrap();
        assert_eq!(found.items, [ack.index]);
        let record = ledger.reader().entry(ack.index).unwrap().unwrap();
        assert_eq!(record.evidence.as_deref(), Some(document.as_bytes()));
    }
    ledger.shutdown().await;
    assert_eq!(faults(&store), Vec::<&str>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bytes_of_a_refused_document_are_kept_and_are_no_evidence() {
    let store = MemoryStore::new();
    let (log, ledger) = TestLedger::registered_on(Arc::new(store.clone())).await;
    let sent = odd(&log, 1);
    let (code, entry) = refused(&ledger, "clawproxy", wrap(&sent, &json!({ "job_id": "job-1" }))).await;
    assert_eq!(code, Code::SchemaInvalid);
    let reader = ledger.reader();
    let record = reader.entry(entry.unwrap()).unwrap().unwrap();
    assert_eq!(record.entry.kind, Kind::Refused);
    assert_eq!(record.evidence, None);
    assert_eq!(record.refused.as_deref(), Some(sent.as_bytes()));
    assert_eq!(record.document(), Some(sent.as_bytes()));
    let read = RefusedDocument::read(&record.entry, sent.as_bytes(), reader.origin()).unwrap();
    assert_eq!(read.fault.unwrap().pointer, "/payload/binding/run_id");
    assert_eq!(reader.refused_by_raw(&raw(&sent)).unwrap(), [record.index]);
    assert_eq!(reader.by_raw(&raw(&sent)).unwrap(), None);
    ledger.shutdown().await;
    assert_eq!(faults(&store), Vec::<&str>::new());
}

/// A gateway's receipt into whose model its caller put a bearer token.
fn leaking(log: &TestLedger, number: u64) -> String {
    let token = format!(
        "{}.{}.{}",
        "eyJhbGciOiJFZERTQSJ9",
        "eyJzdWIiOiJhIn0",
        "A".repeat(86)
    );
    let receipt = model_call(number).with("/model", token);
    receipt.sign(&log.cast.gateway)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_in_a_receipt_does_not_keep_the_call_out_of_the_log_and_is_kept_nowhere() {
    let store = MemoryStore::new();
    let (log, ledger) = TestLedger::registered_on(Arc::new(store.clone())).await;
    let sent = leaking(&log, 1);
    let named = wrap(&sent, &json!({ "job_id": "job-1" }));
    let (code, entry) = refused(&ledger, "clawproxy", named.clone()).await;
    assert_eq!(code, Code::TokenLeaked);
    let entry = entry.unwrap();
    assert_eq!(refused(&ledger, "clawproxy", named).await.1, Some(entry));
    let reader = ledger.reader();
    let record = reader.entry(entry).unwrap().unwrap();
    assert_eq!(record.entry.refused.as_deref(), Some("TOKEN_LEAKED"));
    assert_eq!(record.entry.signer, log.cast.gateway.did().as_str());
    assert_eq!(record.entry.raw_digest, Some(raw(&sent)));
    assert_eq!(record.document(), None);
    assert_eq!(record.context.unwrap().job_id.as_deref(), Some("job-1"));
    assert_eq!(reader.refused_by_raw(&raw(&sent)).unwrap(), [entry]);
    ledger.shutdown().await;
    assert_eq!(faults(&store), Vec::<&str>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_about_a_document_that_was_never_kept_covers_what_was_said_with_it() {
    let store = MemoryStore::new();
    let (log, ledger) = TestLedger::registered_on(Arc::new(store.clone())).await;
    let (bare, named) = (leaking(&log, 1), leaking(&log, 2));
    refused(&ledger, "clawproxy", bare.clone()).await;
    let (_, entry) = refused(&ledger, "clawproxy", wrap(&named, &json!({ "job_id": "job-1" }))).await;
    for (sent, covered) in [(bare, vec![]), (named, vec![entry.unwrap()])] {
        let digest = EvidenceDigest::from_bytes(*raw(&sent).as_bytes());
        let order = log.erasure_of(digest);
        let order = accepted(&ledger, "operator", order).await;
        assert_eq!(order.erasure.unwrap().covered, covered);
    }
    ledger.shutdown().await;
    drop(ledger);
    let ledger = log.open();
    let record = ledger.reader().entry(entry.unwrap()).unwrap().unwrap();
    assert_eq!(record.context, None);
    ledger.shutdown().await;
    assert_eq!(faults(&store), Vec::<&str>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_no_signature_vouches_for_is_not_kept() {
    let store = MemoryStore::new();
    let (log, ledger) = TestLedger::registered_on(Arc::new(store.clone())).await;
    let before = ledger.reader().published().head.tree.size;
    for forged in [
        odd(&log, 2).replace("rcpt_2", "rcpt_3"),
        leaking(&log, 2).replace("rcpt_2", "rcpt_3"),
    ] {
        assert_eq!(refused(&ledger, "clawproxy", forged).await.1, None);
    }
    assert_eq!(ledger.reader().published().head.tree.size, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_erases_a_refused_document_by_its_raw_digest_and_it_does_not_come_back() {
    let store = MemoryStore::new();
    let (log, ledger) = TestLedger::registered_on(Arc::new(store.clone())).await;
    let sent = odd(&log, 1);
    let (_, entry) = refused(&ledger, "clawproxy", sent.clone()).await;
    let entry = entry.unwrap();
    let digest = EvidenceDigest::from_bytes(*raw(&sent).as_bytes());
    let order = log.erasure_of(digest);
    let order = accepted(&ledger, "operator", order).await;
    assert_eq!(order.erasure.unwrap().covered, [entry]);
    let size = ledger.reader().published().head.tree.size;
    for (submitter, body) in [
        ("clawproxy", sent.clone()),
        ("stranger", wrap(&sent, &json!({ "job_id": "job-2" }))),
    ] {
        let (_, again) = refused(&ledger, submitter, body).await;
        assert_eq!(again, Some(entry));
    }
    assert_eq!(ledger.reader().published().head.tree.size, size);
    ledger.shutdown().await;
    drop(ledger);
    let ledger = log.open();
    let record = ledger.reader().entry(entry).unwrap().unwrap();
    assert_eq!((record.document(), &record.context), (None, &None));
    assert_eq!(record.erased.unwrap().order, order.index);
    ledger.shutdown().await;
    assert_eq!(faults(&store), Vec::<&str>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_on_a_refused_document_keeps_it() {
    let store = MemoryStore::new();
    let (log, ledger) = TestLedger::registered_on(Arc::new(store.clone())).await;
    let sent = odd(&log, 1);
    refused(&ledger, "clawproxy", sent.clone()).await;
    let digest = evidence_target(EvidenceDigest::from_bytes(*raw(&sent).as_bytes()));
    let hold = log.disposition("legal_hold", &digest, "asked");
    accepted(&ledger, "operator", hold).await;
    let order = log.disposition("erasure_order", &digest, "asked");
    assert_eq!(refused(&ledger, "operator", order).await.0, Code::EvidenceHeld);
}
