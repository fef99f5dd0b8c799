//! What an order covers, what a hold protects, and what is left.

use ledger::erasure::{ErasureStatus, KeptEntry, KeptReason};
use ledger::error::SubmitError;
use ledger::fsck::fsck;
use ledger::handle::{Ack, Ledger, SubmissionOutcome};
use ledger::signer::{CheckpointSigner as _, LogKey};
use ledger::store::memory::{EraseStep, MemoryStore};
use ledger::store::{LogStore, OrderedErasure, Remains};
use ledger::testing::sample::run;
use ledger::testing::{
    ISSUED_AT, LOG_SEED, ORIGIN, TestLog, TestReceipt, disposition, evidence_target, submit, wrap,
};
use serde_json::{Value, json};
use std::sync::Arc;
use verifier::code::Code;
use verifier::index::{LeafIndex, TimestampMs};
use verifier::payload::Settings;
use verifier::proof::TlogProof;

/// The operator's order about one document.
pub(crate) fn order_about(log: &TestLog, ack: &Ack) -> String {
    let target = evidence_target(ack.evidence_digest);
    disposition(&log.actors.operator, "erasure_order", &target, "asked").unwrap()
}

pub(crate) async fn accepted(ledger: &Ledger, submitter: &str, body: String) -> Ack {
    let acks = submit(ledger, submitter, vec![body]).await;
    acks.into_iter().next().unwrap().unwrap()
}

async fn refused(ledger: &Ledger, submitter: &str, body: String) -> Code {
    let size = ledger.reader().published().head.tree.size;
    let acks = submit(ledger, submitter, vec![body]).await;
    let Err(SubmitError::Refused { fault, .. }) = &acks[0] else {
        panic!("{:?}", acks[0]);
    };
    assert_eq!(
        ledger.reader().published().head.tree.size,
        size,
        "nothing is logged"
    );
    fault.code
}

fn receipt(log: &TestLog, number: u64) -> String {
    TestReceipt::new(number).sign(&log.actors.gateway).unwrap()
}

fn in_job(document: &str, job: &str) -> String {
    wrap(document, &json!({ "job_id": job }))
}

fn faults(store: &dyn LogStore) -> Vec<&'static str> {
    let key = LogKey::from_seed(ORIGIN, LOG_SEED).unwrap();
    let report = fsck(store, key.verifier_key(), None, &mut |_, _| {}).unwrap();
    report.faults.iter().map(|fault| fault.code).collect()
}

/// A log with its issuers. Closing the ledger carries out what was ordered.
async fn opened(store: &MemoryStore) -> (TestLog, Ledger) {
    let log = TestLog::create(Arc::new(store.clone()), Settings::default()).unwrap();
    let ledger = log.open().unwrap();
    log.register_all(&ledger).await.unwrap();
    (log, ledger)
}

async fn reopened(log: &TestLog, ledger: Ledger) -> Ledger {
    ledger.shutdown().await;
    drop(ledger);
    log.open().unwrap()
}

#[test]
fn an_order_takes_evidence_and_context_and_leaves_leaf_and_proof() {
    run(async {
        let store = MemoryStore::new();
        let (log, ledger) = opened(&store).await;
        let first = accepted(&ledger, "clawproxy", in_job(&receipt(&log, 1), "job-1")).await;
        let later = accepted(&ledger, "stranger", in_job(&receipt(&log, 1), "job-2")).await;
        let order = order_about(&log, &first);
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
        let sent = receipt(&log, 1);
        let first = accepted(&ledger, "clawproxy", sent.clone()).await;
        let order = order_about(&log, &first);
        accepted(&ledger, "operator", order.clone()).await;
        let size = ledger.reader().published().head.tree.size;
        let variant = TestReceipt {
            issued_at: "2026-03-01T00:00:00Z".to_owned(),
            ..TestReceipt::new(1)
        };
        let variant = variant.sign(&log.actors.gateway).unwrap();
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
            let mut context = evidence_target(first.evidence_digest);
            context["job_id"] = json!("job-signed");
            context["event_version"] = json!("1");
            context["log_origin"] = json!(ORIGIN);
            let signed = log
                .actors
                .gateway
                .sign_own("submission_context", &context, ISSUED_AT)
                .unwrap();
            assert_eq!(refused(&ledger, "clawproxy", signed).await, Code::EvidenceErased);
            ledger = reopened(&log, ledger).await;
        }
        assert_eq!(ledger.reader().published().head.tree.size, size);
        let again = accepted(&ledger, "operator", order).await;
        assert_eq!((again.outcome, again.erased), (SubmissionOutcome::Known, None));

        // The contradiction stays one.
        let other = TestReceipt {
            model: "another".to_owned(),
            ..TestReceipt::new(1)
        };
        let other = accepted(&ledger, "clawproxy", other.sign(&log.actors.gateway).unwrap()).await;
        assert_eq!(other.conflicts, [first.index]);
    });
}

#[test]
fn a_job_order_covers_what_counts_and_tells_what_stays() {
    run(async {
        let store = MemoryStore::new();
        let (log, ledger) = opened(&store).await;
        let own = accepted(&ledger, "clawproxy", in_job(&receipt(&log, 1), "job-1")).await;
        let foreign = accepted(&ledger, "stranger", in_job(&receipt(&log, 2), "job-1")).await;
        let tied = accepted(&ledger, "clawproxy", receipt(&log, 3)).await;
        let context = accepted(&ledger, "clawproxy", in_job(&receipt(&log, 3), "job-1")).await;
        let word = accepted(&ledger, "stranger", in_job(&receipt(&log, 4), "job-2")).await;
        let rumour = accepted(&ledger, "stranger", in_job(&receipt(&log, 4), "job-1")).await;
        let held = accepted(&ledger, "clawproxy", in_job(&receipt(&log, 5), "job-1")).await;
        let mut signed = evidence_target(tied.evidence_digest);
        signed["event_version"] = json!("1");
        signed["log_origin"] = json!(ORIGIN);
        signed["job_id"] = json!("job-other");
        let signed = log
            .actors
            .gateway
            .sign_own("submission_context", &signed, ISSUED_AT)
            .unwrap();
        let signed = accepted(&ledger, "anybody", signed).await;
        let event = json!({ "event_version": "1", "log_origin": ORIGIN, "job_id": "job-1", "action": "opened", "at": ISSUED_AT });
        let event = log
            .actors
            .orchestrator
            .sign_own("job_event", &event, ISSUED_AT)
            .unwrap();
        let event_word = in_job(&event, "job-1");
        let event = accepted(&ledger, "orchestrator", event).await;
        let event_word = accepted(&ledger, "orchestrator", event_word).await;
        let operator = &log.actors.operator;
        let case = disposition(
            operator,
            "legal_hold",
            &evidence_target(held.evidence_digest),
            "case",
        )
        .unwrap();
        accepted(&ledger, "operator", case).await;
        let order = disposition(operator, "erasure_order", &json!({ "job_id": "job-1" }), "asked").unwrap();
        let order = accepted(&ledger, "operator", order).await;
        let late = accepted(&ledger, "clawproxy", in_job(&receipt(&log, 6), "job-1")).await;

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
        let operator = &log.actors.operator;
        let ack = accepted(&ledger, "clawproxy", in_job(&receipt(&log, 1), "job-1")).await;
        // A stranger's word ties the document to another job, whose hold protects it too.
        accepted(&ledger, "stranger", in_job(&receipt(&log, 1), "job-held")).await;
        let order = |target: &Value| disposition(operator, "erasure_order", target, "asked").unwrap();
        let (digest, job) = (
            evidence_target(ack.evidence_digest),
            json!({ "job_id": "job-held" }),
        );

        for unknown in [
            json!({ "evidence_digest": "ab".repeat(32) }),
            json!({ "job_id": "job-9" }),
        ] {
            for kind in ["erasure_order", "legal_hold", "legal_hold_release"] {
                let code = refused(
                    &ledger,
                    "operator",
                    disposition(operator, kind, &unknown, "r").unwrap(),
                )
                .await;
                assert_eq!(code, Code::NotFound, "{kind}");
            }
        }
        let by_another = disposition(&log.actors.gateway, "erasure_order", &digest, "r").unwrap();
        assert_eq!(refused(&ledger, "x", by_another).await, Code::RoleMismatch);
        let registration = ledger.reader().entry(LeafIndex::new(1)).unwrap().unwrap();
        let stays = evidence_target(registration.entry.evidence_digest);
        assert_eq!(
            refused(&ledger, "operator", order(&stays)).await,
            Code::ErasureNotAllowed
        );

        for reason in ["one case", "another case"] {
            accepted(
                &ledger,
                "operator",
                disposition(operator, "legal_hold", &job, reason).unwrap(),
            )
            .await;
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
                disposition(operator, "legal_hold_release", &job, reason).unwrap(),
            )
            .await;
        }
        let third = disposition(operator, "legal_hold_release", &job, "no third").unwrap();
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
            let ack = accepted(&ledger, "clawproxy", receipt(&log, 1)).await;
            let order = order_about(&log, &ack);
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
            let ledger = reopened(&log, log.open().unwrap()).await;
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
        let ack = accepted(&ledger, "clawproxy", receipt(&log, 1)).await;
        let order = order_about(&log, &ack);
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
        let ack = accepted(&ledger, "clawproxy", receipt(&log, 1)).await;
        let other = accepted(&ledger, "clawproxy", receipt(&log, 2)).await;
        let order = order_about(&log, &other);
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
        let ack = accepted(&ledger, "clawproxy", receipt(&log, 1)).await;
        let order = order_about(&log, &ack);
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
        let sent = receipt(&log, 1);
        let ack = accepted(&ledger, "clawproxy", sent.clone()).await;
        let hash = "A".repeat(43);
        let bundle = |id: &str, embedded: &[&str]| {
            let embedded: Vec<Value> = embedded
                .iter()
                .map(|document| serde_json::from_str(document).unwrap())
                .collect();
            let payload = json!({
                "bundle_version": "1", "bundle_id": id, "agent_did": log.actors.agent.did().as_str(),
                "event_chain": [{
                    "event_id": "e1", "run_id": "run_test", "event_type": "llm_call", "timestamp": ISSUED_AT,
                    "payload_hash_b64u": hash, "prev_hash_b64u": null, "event_hash_b64u": hash,
                }],
                "receipts": embedded,
            });
            let agent = &log.actors.agent;
            agent
                .sign_clawsig("proof_bundle", &payload.to_string(), ISSUED_AT)
                .unwrap()
        };
        let holding = accepted(&ledger, "agent", bundle("b1", &[&receipt(&log, 2), &sent])).await;
        accepted(&ledger, "agent", bundle("b2", &[&receipt(&log, 2)])).await;
        let order = order_about(&log, &ack);
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
