//! What an order covers, what a hold protects, and what is left.

use kit::documents::{Draft, bundle, disposition, evidence_target, job_event, model_call, wrap};
use kit::key::TIME;
use kit::test_ledger::{ORIGIN, TestLedger, accepted, faults, refusal, run, submit_one};
use ledger::erasure::{ErasureStatus, KeptEntry, KeptReason};
use ledger::handle::{Ack, Ledger, SubmissionOutcome};
use ledger::store::memory::{EraseStep, MemoryStore};
use ledger::store::{LogStore, OrderedErasure, Remains};
use serde_json::{Value, json};
use std::sync::Arc;
use verifier::code::Code;
use verifier::index::{LeafIndex, TimestampMs};
use verifier::payload::Settings;
use verifier::proof::TlogProof;

/// Sends what is refused without a trace; the code.
async fn refused(ledger: &Ledger, submitter: &str, body: String) -> Code {
    let size = ledger.reader().published().head.tree.size;
    let (code, ..) = refusal(submit_one(ledger, submitter, body).await);
    let now = ledger.reader().published().head.tree.size;
    assert_eq!(now, size, "nothing is logged");
    code
}

fn in_job(document: &str, job: &str) -> String {
    wrap(document, &json!({ "job_id": job }))
}

fn signed_context(log: &TestLedger, ack: &Ack, job: &str) -> String {
    let payload = evidence_target(ack.evidence_digest);
    let context = Draft::own(ORIGIN, "submission_context", payload).with("/job_id", job);
    context.sign(&log.cast.gateway)
}

/// A log with its issuers. Closing the ledger carries out what was ordered.
async fn opened(store: &MemoryStore) -> (TestLedger, Ledger) {
    let log = TestLedger::create(Arc::new(store.clone()), Settings::default());
    let ledger = log.open();
    log.register_all(&ledger).await;
    (log, ledger)
}

async fn reopened(log: &TestLedger, ledger: Ledger) -> Ledger {
    ledger.shutdown().await;
    drop(ledger);
    log.open()
}

#[test]
fn an_order_takes_evidence_and_context_and_leaves_leaf_and_proof() {
    run(async {
        let store = MemoryStore::new();
        let (log, ledger) = opened(&store).await;
        let first = accepted(&ledger, "clawproxy", in_job(&log.receipt(1), "job-1")).await;
        let later = accepted(&ledger, "stranger", in_job(&log.receipt(1), "job-2")).await;
        let order = log.erasure_of(first.evidence_digest);
        let order = accepted(&ledger, "operator", order).await;
        let erasure = order.erasure.unwrap();
        assert_eq!(erasure.covered, [first.index, later.index]);
        assert_eq!((erasure.covered_count, erasure.kept_count), (2, 0));

        let ledger = reopened(&log, ledger).await;
        assert_eq!(
            ledger.reader().erasure_status(order.index).unwrap(),
            ErasureStatus::Done
        );
        for ack in [&first, &later] {
            let record = ledger.reader().entry(ack.index).unwrap().unwrap();
            assert_eq!((record.evidence, record.context), (None, None));
            assert_eq!(record.erased.unwrap().order, order.index);
            assert_eq!(record.bytes, ack.entry, "the leaf is what it was");
            let proof = ledger.reader().tlog_proof(ack.index, None).unwrap();
            assert_eq!(TlogProof::parse(proof.as_bytes()).unwrap().index, ack.index);
        }
        ledger.shutdown().await;
        assert_eq!(faults(&store), Vec::<&str>::new());
    });
}

#[test]
fn what_was_erased_does_not_come_back() {
    run(async {
        let store = MemoryStore::new();
        let (log, ledger) = opened(&store).await;
        let sent = log.receipt(1);
        let first = accepted(&ledger, "clawproxy", sent.clone()).await;
        let order = log.erasure_of(first.evidence_digest);
        accepted(&ledger, "operator", order.clone()).await;
        let size = ledger.reader().published().head.tree.size;
        let variant = model_call(1).issued_at("2026-03-01T00:00:00Z");
        let variant = variant.sign(&log.cast.gateway);
        // Whether or not the order is carried out yet.
        let mut ledger = ledger;
        for _ in 0..2 {
            for body in [
                sent.clone(),
                in_job(&sent, "job-new"),
                variant.clone(),
                in_job(&variant, "job-x"),
            ] {
                let ack = accepted(&ledger, "clawproxy", body).await;
                assert_eq!(
                    (ack.outcome, ack.index, ack.erased.is_some()),
                    (SubmissionOutcome::Known, first.index, true)
                );
            }
            let signed = signed_context(&log, &first, "job-signed");
            assert_eq!(refused(&ledger, "clawproxy", signed).await, Code::EvidenceErased);
            ledger = reopened(&log, ledger).await;
        }
        assert_eq!(ledger.reader().published().head.tree.size, size);
        let again = accepted(&ledger, "operator", order).await;
        assert_eq!((again.outcome, again.erased), (SubmissionOutcome::Known, None));

        // The contradiction stays one.
        let other = model_call(1).with("/model", "another");
        let other = accepted(&ledger, "clawproxy", other.sign(&log.cast.gateway)).await;
        assert_eq!(other.conflicts, [first.index]);
    });
}

#[test]
fn a_job_order_covers_what_counts_and_tells_what_stays() {
    run(async {
        let store = MemoryStore::new();
        let (log, ledger) = opened(&store).await;
        let own = accepted(&ledger, "clawproxy", in_job(&log.receipt(1), "job-1")).await;
        let foreign = accepted(&ledger, "stranger", in_job(&log.receipt(2), "job-1")).await;
        let tied = accepted(&ledger, "clawproxy", log.receipt(3)).await;
        let context = accepted(&ledger, "clawproxy", in_job(&log.receipt(3), "job-1")).await;
        let word = accepted(&ledger, "stranger", in_job(&log.receipt(4), "job-2")).await;
        let rumour = accepted(&ledger, "stranger", in_job(&log.receipt(4), "job-1")).await;
        let held = accepted(&ledger, "clawproxy", in_job(&log.receipt(5), "job-1")).await;
        let signed = signed_context(&log, &tied, "job-other");
        let signed = accepted(&ledger, "anybody", signed).await;
        let event = job_event(ORIGIN, "job-1", "opened").sign(&log.cast.orchestrator);
        let event_word = in_job(&event, "job-1");
        let event = accepted(&ledger, "orchestrator", event).await;
        let event_word = accepted(&ledger, "orchestrator", event_word).await;
        let case = log.disposition("legal_hold", &evidence_target(held.evidence_digest), "case");
        accepted(&ledger, "operator", case).await;
        let order = log.disposition("erasure_order", &json!({ "job_id": "job-1" }), "asked");
        let order = accepted(&ledger, "operator", order).await;
        let late = accepted(&ledger, "clawproxy", in_job(&log.receipt(6), "job-1")).await;

        let ledger = reopened(&log, ledger).await;
        let erasure = ledger.reader().erasure(order.index).unwrap().unwrap();
        let kept = |index, reason| KeptEntry { index, reason };
        assert_eq!(
            erasure.covered,
            [own.index, tied.index, context.index, rumour.index, signed.index]
        );
        assert_eq!(
            erasure.kept,
            [
                kept(foreign.index, KeptReason::ContextNotCounted),
                kept(held.index, KeptReason::EvidenceHeld),
                kept(event.index, KeptReason::ErasureNotAllowed),
                kept(event_word.index, KeptReason::ErasureNotAllowed),
            ]
        );
        assert_eq!(erasure.status, ErasureStatus::Done);
        for index in erasure.covered {
            assert!(
                ledger.reader().entry(index).unwrap().unwrap().erased.is_some(),
                "{index}"
            );
        }
        for ack in [foreign, word, held, event, late] {
            let record = ledger.reader().entry(ack.index).unwrap().unwrap();
            assert!(record.evidence.is_some(), "{}", ack.index);
        }
        ledger.shutdown().await;
        assert_eq!(faults(&store), Vec::<&str>::new());
    });
}

#[test]
fn refuses_what_is_held_unknown_or_of_a_kind_that_stays() {
    run(async {
        let (log, ledger) = opened(&MemoryStore::new()).await;
        let ack = accepted(&ledger, "clawproxy", in_job(&log.receipt(1), "job-1")).await;
        // A stranger's word ties the document to another job, whose hold protects it too.
        accepted(&ledger, "stranger", in_job(&log.receipt(1), "job-held")).await;
        let order = |target: &Value| log.disposition("erasure_order", target, "asked");
        let (digest, job) = (
            evidence_target(ack.evidence_digest),
            json!({ "job_id": "job-held" }),
        );

        for unknown in [
            json!({ "evidence_digest": "ab".repeat(32) }),
            json!({ "job_id": "job-9" }),
        ] {
            for kind in ["erasure_order", "legal_hold", "legal_hold_release"] {
                let code = refused(&ledger, "operator", log.disposition(kind, &unknown, "r")).await;
                assert_eq!(code, Code::NotFound, "{kind}");
            }
        }
        let by_another = disposition(ORIGIN, "erasure_order", &digest, "r").sign(&log.cast.gateway);
        assert_eq!(refused(&ledger, "x", by_another).await, Code::RoleMismatch);
        let registration = ledger.reader().entry(LeafIndex::new(1)).unwrap().unwrap();
        let stays = evidence_target(registration.entry.evidence_digest);
        assert_eq!(
            refused(&ledger, "operator", order(&stays)).await,
            Code::ErasureNotAllowed
        );

        for reason in ["one case", "another case"] {
            accepted(&ledger, "operator", log.disposition("legal_hold", &job, reason)).await;
        }
        for reason in ["first over", "second over"] {
            for held in [&digest, &job] {
                assert_eq!(
                    refused(&ledger, "operator", order(held)).await,
                    Code::EvidenceHeld
                );
            }
            accepted(
                &ledger,
                "operator",
                log.disposition("legal_hold_release", &job, reason),
            )
            .await;
        }
        let third = log.disposition("legal_hold_release", &job, "no third");
        assert_eq!(refused(&ledger, "operator", third).await, Code::NotFound);
        let erasure = accepted(&ledger, "operator", order(&digest))
            .await
            .erasure
            .unwrap();
        assert_eq!(erasure.covered_count, 2);
    });
}

#[test]
fn a_step_that_fails_is_done_again_and_never_told_as_done() {
    for step in [EraseStep::Hide, EraseStep::Remove] {
        run(async {
            let store = MemoryStore::new();
            let (log, ledger) = opened(&store).await;
            ledger.shutdown().await;
            let failing = store.reopen();
            failing.fail_erasure(step);
            let ledger = log
                .open_store(Arc::new(failing), ledger::config::Limits::default())
                .unwrap();
            let ack = accepted(&ledger, "clawproxy", log.receipt(1)).await;
            let order = log.erasure_of(ack.evidence_digest);
            let order = accepted(&ledger, "operator", order).await;
            ledger.shutdown().await;
            assert_eq!(
                ledger.reader().erasure_status(order.index).unwrap(),
                ErasureStatus::Pending
            );
            assert_eq!(
                faults(&store),
                Vec::<&str>::new(),
                "an order under way is no fault"
            );
            // As after a crash between the order and what it asks for.
            let ledger = reopened(&log, log.open()).await;
            assert_eq!(
                ledger.reader().erasure_status(order.index).unwrap(),
                ErasureStatus::Done
            );
            let record = ledger.reader().entry(ack.index).unwrap().unwrap();
            assert_eq!(record.erased.unwrap().order, order.index);
        });
    }
}

#[test]
fn bytes_that_are_removed_later_are_hidden_at_once_and_pending_until_then() {
    run(async {
        let store = MemoryStore::new();
        let (log, ledger) = opened(&store).await;
        ledger.shutdown().await;
        let slow = store.reopen();
        slow.remove_by(TimestampMs::new(u64::MAX));
        let ledger = log
            .open_store(Arc::new(slow.clone()), ledger::config::Limits::default())
            .unwrap();
        let ack = accepted(&ledger, "clawproxy", log.receipt(1)).await;
        let order = log.erasure_of(ack.evidence_digest);
        let order = accepted(&ledger, "operator", order).await;
        ledger.shutdown().await;
        let record = ledger.reader().entry(ack.index).unwrap().unwrap();
        assert_eq!(record.erased.unwrap().order, order.index);
        let status = || ledger.reader().erasure_status(order.index).unwrap();
        assert_eq!(status(), ErasureStatus::Pending);
        assert_eq!(faults(&store), Vec::<&str>::new());
        slow.remove_to(order.index.size_with().unwrap());
        assert_eq!(status(), ErasureStatus::Done);
        assert_eq!(faults(&store), Vec::<&str>::new());
    });
}

#[test]
fn lost_is_not_erased() {
    run(async {
        let store = MemoryStore::new();
        let (log, ledger) = opened(&store).await;
        let ack = accepted(&ledger, "clawproxy", log.receipt(1)).await;
        let other = accepted(&ledger, "clawproxy", log.receipt(2)).await;
        let order = log.erasure_of(other.evidence_digest);
        let order = accepted(&ledger, "operator", order).await;
        ledger.shutdown().await;
        // The operator of the storage puts remains in the place of evidence that no order covers.
        let left = Remains {
            order: order.index,
            target: None,
            keys: Vec::new(),
        };
        let unordered = OrderedErasure {
            order: order.index,
            covered: vec![ack.index],
            remains: vec![(ack.index, left)],
            is_last: true,
        };
        store.erase(&unordered).unwrap();
        let error = ledger.reader().entry(ack.index).unwrap_err().to_string();
        assert!(error.contains("no order that covers it"), "{error}");
        let found = faults(&store);
        assert!(found.contains(&"ERASED_WITHOUT_ORDER"), "{found:?}");
        assert!(ledger.reader().entry(other.index).unwrap().is_some());
    });
}

#[test]
fn evidence_that_is_there_although_its_order_is_done_is_a_fault() {
    run(async {
        let store = MemoryStore::new();
        let (log, ledger) = opened(&store).await;
        ledger.shutdown().await;
        let failing = store.reopen();
        failing.fail_erasure(EraseStep::Hide);
        let ledger = log
            .open_store(Arc::new(failing), ledger::config::Limits::default())
            .unwrap();
        let ack = accepted(&ledger, "clawproxy", log.receipt(1)).await;
        let order = log.erasure_of(ack.evidence_digest);
        let order = accepted(&ledger, "operator", order).await;
        ledger.shutdown().await;
        store.remove_to(order.index.size_with().unwrap());
        assert_eq!(faults(&store), ["ERASED_EVIDENCE_PRESENT"]);
    });
}

#[test]
fn names_the_bundles_that_hold_a_copy() {
    run(async {
        let store = MemoryStore::new();
        let (log, ledger) = opened(&store).await;
        let sent = log.receipt(1);
        let ack = accepted(&ledger, "clawproxy", sent.clone()).await;
        let hash = "A".repeat(43);
        let event = json!({
            "event_id": "e1", "run_id": "run_test", "event_type": "llm_call", "timestamp": TIME,
            "payload_hash_b64u": hash, "prev_hash_b64u": null, "event_hash_b64u": hash,
        });
        let bundle = |id: &str, embedded: &[&str]| {
            let embedded = embedded
                .iter()
                .map(|document| serde_json::from_str(document).unwrap());
            let (agent, receipts) = (&log.cast.agent, embedded.collect::<Vec<_>>());
            bundle(
                id,
                agent.did().as_str(),
                std::slice::from_ref(&event),
                &receipts,
                &[],
            )
            .sign(agent)
        };
        let holding = accepted(&ledger, "agent", bundle("b1", &[&log.receipt(2), &sent])).await;
        accepted(&ledger, "agent", bundle("b2", &[&log.receipt(2)])).await;
        let order = log.erasure_of(ack.evidence_digest);
        let order = accepted(&ledger, "operator", order).await;
        // Before and after the bytes are gone: the statement is remembered.
        let ledger = reopened(&log, ledger).await;
        for erasure in [
            *order.erasure.unwrap(),
            ledger.reader().erasure(order.index).unwrap().unwrap(),
        ] {
            assert_eq!(
                (erasure.embedded_in, erasure.embedded_complete),
                (vec![holding.index], true)
            );
        }
        let record = ledger.reader().entry(holding.index).unwrap().unwrap();
        assert!(record.evidence.is_some(), "told, not erased");
    });
}
