//! The five decisions of intake, seen from outside.

use ledger::error::SubmitError;
use ledger::handle::{Ack, Ledger, SubmissionOutcome};
use ledger::signer::EvidenceKey;
use ledger::store::memory::MemoryStore;
use ledger::testing::{ISSUED_AT, ORIGIN, TestLog, TestReceipt, submit, wrap};
use serde_json::json;
use std::sync::Arc;
use verifier::code::Code;
use verifier::entry::{Entry, entry_leaf_hash};
use verifier::index::LeafIndex;
use verifier::kind::Kind;
use verifier::payload::Settings;
use verifier::proof::TlogProof;

/// A log with every issuer registered at indices 1 to 6.
async fn registered() -> (TestLog, Ledger) {
    let log = TestLog::new().unwrap();
    let ledger = log.open().unwrap();
    log.register_all(&ledger).await.unwrap();
    (log, ledger)
}

async fn send(ledger: &Ledger, document: &str) -> Result<Ack, SubmitError> {
    submit(ledger, "clawproxy", vec![document.to_owned()])
        .await
        .remove(0)
}

async fn send_as(ledger: &Ledger, submitter: &str, document: &str) -> Result<Ack, SubmitError> {
    submit(ledger, submitter, vec![document.to_owned()])
        .await
        .remove(0)
}

fn refusal(result: Result<Ack, SubmitError>) -> (Code, Option<LeafIndex>, Option<LeafIndex>) {
    match result {
        Err(SubmitError::Refused {
            fault,
            refused_entry,
            known_index,
        }) => (fault.code, refused_entry, known_index),
        other => panic!("expected a refusal, got {other:?}"),
    }
}

fn size(ledger: &Ledger) -> u64 {
    ledger.reader().published().head.tree.size.value()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_receipt_comes_back_with_a_proof_that_verifies() {
    let (log, ledger) = registered().await;
    let document = TestReceipt::new(1).sign(&log.actors.gateway).unwrap();
    let ack = send(&ledger, &document).await.unwrap();
    assert_eq!(
        (ack.outcome, ack.kind),
        (SubmissionOutcome::Created, Kind::ReceiptGateway)
    );
    assert_eq!(ack.index, LeafIndex::new(7));
    let proof = TlogProof::parse(ack.proof.as_bytes()).unwrap();
    let key = ledger.reader().verifier_key();
    let checkpoint = proof.verify(&entry_leaf_hash(&ack.entry), key).unwrap();
    assert_eq!(checkpoint.head(), &ledger.reader().published().head.tree);
    assert_eq!(proof.extra.as_deref(), Some(ack.entry.as_slice()));
    let record = ledger.reader().entry(ack.index).unwrap().unwrap();
    assert_eq!(record.evidence.as_deref(), Some(document.as_bytes()));
}

#[tokio::test(flavor = "multi_thread")]
async fn results_stand_in_the_order_of_the_bodies_and_a_bad_one_spoils_no_other() {
    let (log, ledger) = registered().await;
    let mut bodies: Vec<String> = (0..300)
        .map(|n| TestReceipt::new(n).sign(&log.actors.gateway).unwrap())
        .collect();
    bodies.insert(100, "{".to_owned());
    let results = submit(&ledger, "clawproxy", bodies).await;
    assert_eq!(refusal(results[100].clone()).0, Code::MalformedJson);
    let indices: Vec<u64> = results
        .iter()
        .filter_map(|result| Some(result.as_ref().ok()?.index.value()))
        .collect();
    assert_eq!(indices, (7..307).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_document_is_answered_with_its_entry() {
    let (log, ledger) = registered().await;
    let document = TestReceipt::new(1).sign(&log.actors.gateway).unwrap();
    let results = submit(&ledger, "clawproxy", vec![document.clone(), document.clone()]).await;
    let first = results[0].clone().unwrap();
    let second = results[1].clone().unwrap();
    assert_eq!(
        (first.outcome, second.outcome),
        (SubmissionOutcome::Created, SubmissionOutcome::Known)
    );
    assert_eq!(first.index, second.index);
    let later = send_as(&ledger, "somebody", &format!(" {document}\n"))
        .await
        .unwrap();
    assert_eq!(
        (later.outcome, later.index, later.variant),
        (SubmissionOutcome::Known, first.index, false)
    );
    assert_eq!(size(&ledger), 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_context_becomes_an_entry_once_per_submitter() {
    let (log, ledger) = registered().await;
    let document = TestReceipt::new(1).sign(&log.actors.gateway).unwrap();
    let wrong = wrap(&document, &json!({ "job_id": "wrong" }));
    let right = wrap(
        &document,
        &json!({ "job_id": "right", "stream": "s", "number": 0, "last": true }),
    );
    let early = send_as(&ledger, "stranger", &wrong).await.unwrap();
    assert_eq!(
        (early.outcome, early.kind),
        (SubmissionOutcome::Created, Kind::ReceiptGateway)
    );
    let late = send(&ledger, &right).await.unwrap();
    assert_eq!(
        (late.outcome, late.kind, late.variant),
        (SubmissionOutcome::Created, Kind::Context, false)
    );
    let again = send(&ledger, &right).await.unwrap();
    assert_eq!(
        (again.outcome, again.index),
        (SubmissionOutcome::Known, late.index)
    );
    let first_again = send_as(&ledger, "stranger", &wrong).await.unwrap();
    assert_eq!(
        (first_again.outcome, first_again.index),
        (SubmissionOutcome::Known, early.index)
    );
    let other = send_as(&ledger, "stranger", &right).await.unwrap();
    assert_eq!(
        (other.outcome, other.kind),
        (SubmissionOutcome::Created, Kind::Context)
    );

    let target = Entry::decode(&early.entry).unwrap();
    let context = Entry::decode(&late.entry).unwrap();
    assert_eq!(context.evidence_digest, target.evidence_digest);
    assert_eq!(context.raw_digest, target.raw_digest);
    assert_eq!(context.signer, target.signer);
    assert_eq!(context.subjects.len(), 1);
    assert!(context.stream.unwrap().last);
    let record = ledger.reader().entry(late.index).unwrap().unwrap();
    assert_eq!(record.context.unwrap().job_id.as_deref(), Some("right"));
    assert_eq!(record.evidence, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_context_that_did_not_count_is_logged_once_more_when_its_submitter_was_linked_since() {
    let (log, ledger) = registered().await;
    let document = TestReceipt::new(1).sign(&log.actors.gateway).unwrap();
    let said = wrap(&document, &json!({ "job_id": "job-1" }));
    let first = send_as(&ledger, "local", &said).await.unwrap();
    let before = send_as(&ledger, "local", &said).await.unwrap();
    assert_eq!(
        (before.outcome, before.index),
        (SubmissionOutcome::Known, first.index)
    );
    let linked = log
        .actors
        .registration(ORIGIN, &log.actors.gateway, &["gateway"], "local")
        .unwrap();
    send_as(&ledger, "operator", &linked).await.unwrap();
    let after = send_as(&ledger, "local", &said).await.unwrap();
    assert_eq!(
        (after.outcome, after.kind),
        (SubmissionOutcome::Created, Kind::Context)
    );
    // Once, also within one batch, and for nobody else.
    for again in submit(&ledger, "local", vec![said.clone(), said.clone()]).await {
        let again = again.unwrap();
        assert_eq!(
            (again.outcome, again.index),
            (SubmissionOutcome::Known, after.index)
        );
    }
    let stranger = send_as(&ledger, "stranger", &said).await.unwrap();
    let stranger_again = send_as(&ledger, "stranger", &said).await.unwrap();
    assert_eq!(
        (stranger_again.outcome, stranger_again.index),
        (SubmissionOutcome::Known, stranger.index)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn other_bytes_of_a_statement_are_a_variant_and_not_stored() {
    let (log, ledger) = registered().await;
    let document = TestReceipt::new(1).sign(&log.actors.gateway).unwrap();
    let first = send(&ledger, &document).await.unwrap();
    let other = TestReceipt {
        issued_at: "2026-02-11T00:00:01Z".to_owned(),
        ..TestReceipt::new(1)
    };
    let variant = other.sign(&log.actors.gateway).unwrap();
    let known = send(&ledger, &variant).await.unwrap();
    assert_eq!(
        (known.outcome, known.index, known.variant),
        (SubmissionOutcome::Known, first.index, true)
    );
    let context = wrap(&variant, &json!({ "job_id": "job" }));
    let ack = send(&ledger, &context).await.unwrap();
    assert_eq!(
        (ack.outcome, ack.kind, ack.variant),
        (SubmissionOutcome::Created, Kind::Context, true)
    );
    assert_eq!(ack.evidence_digest, first.evidence_digest);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_re_ordered_copy_is_refused_and_names_the_original() {
    let (log, ledger) = registered().await;
    let document = TestReceipt::new(1).sign(&log.actors.gateway).unwrap();
    let original = send(&ledger, &document).await.unwrap();
    let members = r#""tokens_input":1,"tokens_output":2"#;
    assert!(document.contains(members));
    let copy = document.replace(members, r#""tokens_output":2,"tokens_input":1"#);
    let (code, refused_entry, known_index) = refusal(send(&ledger, &copy).await);
    assert_eq!(code, Code::HashMismatch);
    assert_eq!((refused_entry, known_index), (None, Some(original.index)));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_statements_of_one_identity_are_both_logged_and_the_second_names_the_first() {
    let (log, ledger) = registered().await;
    let one = TestReceipt::new(1).sign(&log.actors.gateway).unwrap();
    let two = TestReceipt {
        model: "another".to_owned(),
        ..TestReceipt::new(1)
    };
    let two = two.sign(&log.actors.gateway).unwrap();
    let results = submit(&ledger, "clawproxy", vec![one, two]).await;
    let (one, two) = (results[0].clone().unwrap(), results[1].clone().unwrap());
    assert_eq!(two.outcome, SubmissionOutcome::Created);
    assert_eq!(two.conflicts, vec![one.index]);
    assert_eq!(one.conflicts, Vec::new());
    assert_eq!(ledger.metrics().conflicts, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_counts_from_its_place_on_even_within_one_batch() {
    let log = TestLog::new().unwrap();
    let ledger = log.open().unwrap();
    let receipt = |n| TestReceipt::new(n).sign(&log.actors.gateway).unwrap();
    let registration = log
        .actors
        .registration(ORIGIN, &log.actors.gateway, &["gateway"], "clawproxy")
        .unwrap();
    let results = submit(&ledger, "clawproxy", vec![receipt(1), registration, receipt(2)]).await;
    let (code, refused_entry, _) = refusal(results[0].clone());
    assert_eq!((code, refused_entry), (Code::SignerNotTrusted, None));
    assert!(results[1].is_ok() && results[2].is_ok());
    assert!(send(&ledger, &receipt(1)).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retired_signer_is_refused_and_the_refusal_is_logged_once() {
    let (log, ledger) = registered().await;
    let retirement = log.actors.retirement(ORIGIN, &log.actors.gateway).unwrap();
    send(&ledger, &retirement).await.unwrap();
    let document = TestReceipt::new(1).sign(&log.actors.gateway).unwrap();
    let wrapped = wrap(&document, &json!({ "job_id": "job-1" }));
    let (code, refused_entry, _) = refusal(send(&ledger, &wrapped).await);
    assert_eq!(code, Code::SignerRetired);
    let record = ledger.reader().entry(refused_entry.unwrap()).unwrap().unwrap();
    assert_eq!(record.entry.kind, Kind::Refused);
    assert_eq!(record.entry.refused.as_deref(), Some("SIGNER_RETIRED"));
    assert_eq!(record.entry.signer, log.actors.gateway.did().as_str());
    assert_eq!(record.context.unwrap().job_id.as_deref(), Some("job-1"));
    assert_eq!(record.evidence, None);
    let before = size(&ledger);
    assert_eq!(refusal(send(&ledger, &wrapped).await).1, refused_entry);
    assert_eq!(size(&ledger), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_content_rule_refusal_is_logged_under_the_signed_job_and_within_the_budget() {
    let log = TestLog::new().unwrap();
    let limits = ledger::config::Limits {
        refused_per_minute_max: 2,
        ..ledger::config::Limits::default()
    };
    let ledger = log.open_with(limits).unwrap();
    log.register_all(&ledger).await.unwrap();
    let event = |n: u64| {
        let payload = json!({ "event_version": "1", "log_origin": "other.example/log", "job_id": format!("job-{n}"),
            "action": "opened", "at": ISSUED_AT });
        log.actors
            .orchestrator
            .sign_own("job_event", &payload, ISSUED_AT)
            .unwrap()
    };
    let (code, refused_entry, _) = refusal(send(&ledger, &event(1)).await);
    assert_eq!(code, Code::WrongLog);
    let record = ledger.reader().entry(refused_entry.unwrap()).unwrap().unwrap();
    assert_eq!(record.context.unwrap().job_id.as_deref(), Some("job-1"));
    assert!(refusal(send(&ledger, &event(2)).await).1.is_some());
    assert!(refusal(send(&ledger, &event(3)).await).1.is_none());
    log.clock.advance(60_000);
    assert!(refusal(send(&ledger, &event(3)).await).1.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_causes_no_refused_entry() {
    let (log, ledger) = registered().await;
    let stranger = EvidenceKey::from_seed([99; 32]).unwrap();
    let document = TestReceipt::new(1).sign(&stranger).unwrap();
    let (code, refused_entry, _) = refusal(send(&ledger, &document).await);
    assert_eq!((code, refused_entry), (Code::SignerNotTrusted, None));
    let mismatch = TestReceipt::new(2).sign(&log.actors.token_issuer).unwrap();
    let (code, refused_entry, _) = refusal(send(&ledger, &mismatch).await);
    assert_eq!((code, refused_entry), (Code::RoleMismatch, None));
    assert_eq!(size(&ledger), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signer_of_clawsig_envelopes_gets_no_second_role() {
    let (log, ledger) = registered().await;
    let both = |key, roles: &[&str]| log.actors.registration(ORIGIN, key, roles, "x").unwrap();
    let second = both(&log.actors.gateway, &["token_issuer"]);
    assert_eq!(refusal(send(&ledger, &second).await).0, Code::SchemaInvalid);
    let fresh = EvidenceKey::from_seed([98; 32]).unwrap();
    let two = both(&fresh, &["orchestrator", "approver"]);
    assert_eq!(refusal(send(&ledger, &two).await).0, Code::SchemaInvalid);
    let own_types_only = both(&fresh, &["orchestrator", "token_issuer"]);
    assert!(send(&ledger, &own_types_only).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_covers_both_its_ends_and_nothing_else() {
    let log = TestLog::new().unwrap();
    let ledger = log.open().unwrap();
    let payload = json!({ "event_version": "1", "log_origin": ORIGIN, "did": log.actors.gateway.did().as_str(),
        "name": "clawproxy", "roles": ["gateway"], "not_before": "2026-02-11T00:00:01Z",
        "not_after": "2026-02-11T00:00:02Z" });
    let registration = log
        .actors
        .operator
        .sign_own("issuer_registration", &payload, ISSUED_AT)
        .unwrap();
    send(&ledger, &registration).await.unwrap();
    let receipt = |n| TestReceipt::new(n).sign(&log.actors.gateway).unwrap();
    assert_eq!(
        refusal(send(&ledger, &receipt(1)).await).0,
        Code::SignerNotTrusted
    );
    log.clock.advance(1000);
    assert!(send(&ledger, &receipt(1)).await.is_ok());
    log.clock.advance(1000);
    assert!(send(&ledger, &receipt(2)).await.is_ok());
    log.clock.advance(1);
    assert_eq!(
        refusal(send(&ledger, &receipt(3)).await).0,
        Code::SignerNotTrusted
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_from_the_future_is_refused_and_the_skew_is_a_setting() {
    let (log, ledger) = registered().await;
    let now_s = 1_770_768_000;
    let revocation = |at_s: u64| {
        let payload = json!({ "event_version": "1", "log_origin": ORIGIN, "token_hash": "ab".repeat(32),
            "revoked_at": at_s });
        log.actors
            .token_issuer
            .sign_own("cst_revocation", &payload, ISSUED_AT)
            .unwrap()
    };
    let (code, refused_entry, _) = refusal(send(&ledger, &revocation(now_s + 31)).await);
    assert_eq!(code, Code::RevokedAtAhead);
    assert!(refused_entry.is_some());
    let settings = json!({ "event_version": "1", "log_origin": ORIGIN, "clock_skew_s": 40 });
    let settings = log
        .actors
        .operator
        .sign_own("log_settings", &settings, ISSUED_AT)
        .unwrap();
    assert!(send(&ledger, &settings).await.is_ok());
    assert!(send(&ledger, &revocation(now_s + 31)).await.is_ok());
    assert_eq!(ledger.reader().settings().clock_skew_s, 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn unregistered_agents_are_taken_only_while_the_settings_say_so() {
    let closed = Settings {
        accept_unregistered_agents: false,
        ..Settings::default()
    };
    for (settings, expected) in [
        (Settings::default(), None),
        (closed, Some(Code::SignerNotTrusted)),
    ] {
        let log = TestLog::create(Arc::new(MemoryStore::new()), settings).unwrap();
        let ledger = log.open().unwrap();
        let did = log.actors.agent.did().as_str();
        let payload = json!({ "receipt_id": "tool_1", "tool_name": "search",
            "args_hash_b64u": "A".repeat(43), "result_hash_b64u": "A".repeat(43), "agent_did": did,
            "receipt_version": "1", "hash_algorithm": "SHA-256", "timestamp": ISSUED_AT, "latency_ms": 1 });
        let document = log
            .actors
            .agent
            .sign_clawsig("tool_receipt", &payload.to_string(), ISSUED_AT)
            .unwrap();
        let result = send(&ledger, &document).await;
        match expected {
            None => assert_eq!(result.unwrap().kind, Kind::ReceiptTool),
            Some(code) => assert_eq!(refusal(result).0, code),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_context_is_its_signers_to_give_and_speaks_of_known_evidence() {
    let (log, ledger) = registered().await;
    let receipt = TestReceipt::new(1).sign(&log.actors.gateway).unwrap();
    let digest = verifier::document::Document::parse(receipt.as_bytes())
        .unwrap()
        .evidence_digest();
    let context = |key: &EvidenceKey| {
        let payload = json!({ "event_version": "1", "log_origin": ORIGIN, "evidence_digest": digest.to_string(),
            "job_id": "job-1", "stream": "s", "number": 3 });
        key.sign_own("submission_context", &payload, ISSUED_AT).unwrap()
    };
    let own = context(&log.actors.gateway);
    assert_eq!(refusal(send(&ledger, &own).await), (Code::NotFound, None, None));
    send(&ledger, &receipt).await.unwrap();
    let ack = send(&ledger, &own).await.unwrap();
    assert_eq!(ack.kind, Kind::Context);
    let entry = Entry::decode(&ack.entry).unwrap();
    let stream = verifier::context::stream_hash(log.actors.gateway.did().as_str(), "s");
    assert_eq!(entry.stream.unwrap().stream, stream);
    assert_eq!(entry.context_subjects, None);
    let foreign = context(&log.actors.token_issuer);
    assert_eq!(refusal(send(&ledger, &foreign).await).0, Code::SignerNotTrusted);
    let wrapped = wrap(&own, &json!({ "job_id": "job-2" }));
    assert_eq!(refusal(send(&ledger, &wrapped).await).0, Code::SchemaInvalid);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_genesis_is_refused() {
    let (log, ledger) = registered().await;
    let mine = ledger.reader().entry(LeafIndex::new(0)).unwrap().unwrap();
    let genesis = String::from_utf8(mine.evidence.unwrap()).unwrap();
    let known = send(&ledger, &genesis).await.unwrap();
    assert_eq!(
        (known.outcome, known.index),
        (SubmissionOutcome::Known, LeafIndex::new(0))
    );
    let mut payload: serde_json::Value = serde_json::from_str(&genesis).unwrap();
    let mut payload = payload["payload"].take();
    payload["settings"]["clock_skew_s"] = json!(1);
    let second = log
        .actors
        .operator
        .sign_own("log_genesis", &payload, ISSUED_AT)
        .unwrap();
    assert_eq!(refusal(send(&ledger, &second).await).0, Code::SchemaInvalid);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_contract_signed_by_its_canonical_hash_is_published() {
    let (log, ledger) = registered().await;
    let did = log.actors.policy_publisher.did().as_str();
    let policy = json!({ "policy_version": "1", "policy_id": "pol_test", "issuer_did": did });
    let document = log
        .actors
        .policy_publisher
        .sign_clawsig("work_policy_contract", &policy.to_string(), ISSUED_AT)
        .unwrap();
    assert_eq!(
        send(&ledger, &document).await.unwrap().kind,
        Kind::PolicyPublished
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_with_little_room_still_takes_a_document_at_a_time() {
    let log = TestLog::new().unwrap();
    let limits = ledger::config::Limits {
        queue_bytes_max: 0,
        ..ledger::config::Limits::default()
    };
    let ledger = log.open_with(limits).unwrap();
    log.register_all(&ledger).await.unwrap();
    let document = TestReceipt::new(1).sign(&log.actors.gateway).unwrap();
    assert!(send(&ledger, &document).await.is_ok());
}
