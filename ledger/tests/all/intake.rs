//! The five decisions of intake, seen from outside.

use kit::documents::{Draft, job_event, model_call, revocation, tool_receipt, wrap};
use kit::key::TIME;
use kit::test_ledger::{ORIGIN, TestLedger, accepted, refusal, submit, submit_one};
use ledger::error::SubmitError;
use ledger::handle::{Ack, Ledger, SubmissionOutcome};
use ledger::signer::EvidenceKey;
use ledger::store::memory::MemoryStore;
use serde_json::json;
use std::sync::Arc;
use verifier::code::Code;
use verifier::entry::{Entry, entry_leaf_hash};
use verifier::index::LeafIndex;
use verifier::kind::Kind;
use verifier::payload::Settings;
use verifier::proof::TlogProof;

async fn send(ledger: &Ledger, document: &str) -> Result<Ack, SubmitError> {
    submit_one(ledger, "clawproxy", document).await
}

fn size(ledger: &Ledger) -> u64 {
    ledger.reader().published().head.tree.size.value()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_receipt_comes_back_with_a_proof_that_verifies() {
    let (log, ledger) = TestLedger::registered().await;
    let document = log.receipt(1);
    let ack = send(&ledger, &document).await.unwrap();
    assert_eq!(
        (ack.outcome, ack.kind),
        (SubmissionOutcome::Created, Kind::ReceiptGateway)
    );
    assert_eq!(ack.index, LeafIndex::new(7));
    let proof = TlogProof::parse(ack.proof.as_bytes()).unwrap();
    let key = ledger.reader().verifier_key();
    let checkpoint = proof.verify(&entry_leaf_hash(&ack.entry), &key).unwrap();
    assert_eq!(checkpoint.head(), &ledger.reader().published().head.tree);
    assert_eq!(proof.extra.as_deref(), Some(ack.entry.as_slice()));
    let record = ledger.reader().entry(ack.index).unwrap().unwrap();
    assert_eq!(record.evidence.as_deref(), Some(document.as_bytes()));
}

#[tokio::test(flavor = "multi_thread")]
async fn results_stand_in_the_order_of_the_bodies_and_a_bad_one_spoils_no_other() {
    let (log, ledger) = TestLedger::registered().await;
    let mut bodies: Vec<String> = (0..300).map(|n| log.receipt(n)).collect();
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
    let (log, ledger) = TestLedger::registered().await;
    let document = log.receipt(1);
    let results = submit(&ledger, "clawproxy", vec![document.clone(), document.clone()]).await;
    let first = results[0].clone().unwrap();
    let second = results[1].clone().unwrap();
    assert_eq!(
        (first.outcome, second.outcome),
        (SubmissionOutcome::Created, SubmissionOutcome::Known)
    );
    assert_eq!(first.index, second.index);
    let later = accepted(&ledger, "somebody", format!(" {document}\n")).await;
    assert_eq!(
        (later.outcome, later.index, later.variant),
        (SubmissionOutcome::Known, first.index, false)
    );
    assert_eq!(size(&ledger), 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_context_becomes_an_entry_once_per_submitter() {
    let (log, ledger) = TestLedger::registered().await;
    let document = log.receipt(1);
    let wrong = wrap(&document, &json!({ "job_id": "wrong" }));
    let right = wrap(
        &document,
        &json!({ "job_id": "right", "stream": "s", "number": 0, "last": true }),
    );
    let early = accepted(&ledger, "stranger", wrong.as_str()).await;
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
    let first_again = accepted(&ledger, "stranger", wrong.as_str()).await;
    assert_eq!(
        (first_again.outcome, first_again.index),
        (SubmissionOutcome::Known, early.index)
    );
    let other = accepted(&ledger, "stranger", right).await;
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
    let (log, ledger) = TestLedger::registered().await;
    let document = log.receipt(1);
    let said = wrap(&document, &json!({ "job_id": "job-1" }));
    let first = accepted(&ledger, "local", said.as_str()).await;
    let before = accepted(&ledger, "local", said.as_str()).await;
    assert_eq!(
        (before.outcome, before.index),
        (SubmissionOutcome::Known, first.index)
    );
    let linked = log
        .cast
        .register(ORIGIN, &log.cast.gateway, "local", &["gateway"]);
    accepted(&ledger, "operator", linked).await;
    let after = accepted(&ledger, "local", said.as_str()).await;
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
    let stranger = accepted(&ledger, "stranger", said.as_str()).await;
    let stranger_again = accepted(&ledger, "stranger", said.as_str()).await;
    assert_eq!(
        (stranger_again.outcome, stranger_again.index),
        (SubmissionOutcome::Known, stranger.index)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn other_bytes_of_a_statement_are_a_variant_and_not_stored() {
    let (log, ledger) = TestLedger::registered().await;
    let document = log.receipt(1);
    let first = send(&ledger, &document).await.unwrap();
    let other = model_call(1).issued_at("2026-02-12T00:00:01Z");
    let variant = other.sign(&log.cast.gateway);
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
    let (log, ledger) = TestLedger::registered().await;
    let document = log.receipt(1);
    let original = send(&ledger, &document).await.unwrap();
    let members = r#""tokens_input":10,"tokens_output":20"#;
    assert!(document.contains(members));
    let copy = document.replace(members, r#""tokens_output":20,"tokens_input":10"#);
    let (code, refused_entry, known_index) = refusal(send(&ledger, &copy).await);
    assert_eq!(code, Code::HashMismatch);
    assert_eq!((refused_entry, known_index), (None, Some(original.index)));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_statements_of_one_identity_are_both_logged_and_the_second_names_the_first() {
    let (log, ledger) = TestLedger::registered().await;
    let one = log.receipt(1);
    let two = model_call(1).with("/model", "another");
    let two = two.sign(&log.cast.gateway);
    let results = submit(&ledger, "clawproxy", vec![one, two]).await;
    let (one, two) = (results[0].clone().unwrap(), results[1].clone().unwrap());
    assert_eq!(two.outcome, SubmissionOutcome::Created);
    assert_eq!(two.conflicts, vec![one.index]);
    assert_eq!(one.conflicts, Vec::new());
    assert_eq!(ledger.metrics().conflicts, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_counts_from_its_place_on_even_within_one_batch() {
    let log = TestLedger::new();
    let ledger = log.open();
    let receipt = |n| log.receipt(n);
    let registration = log
        .cast
        .register(ORIGIN, &log.cast.gateway, "clawproxy", &["gateway"]);
    let results = submit(&ledger, "clawproxy", vec![receipt(1), registration, receipt(2)]).await;
    let (code, refused_entry, _) = refusal(results[0].clone());
    assert_eq!((code, refused_entry), (Code::SignerNotTrusted, None));
    assert!(results[1].is_ok() && results[2].is_ok());
    assert!(send(&ledger, &receipt(1)).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retired_signer_is_refused_and_the_refusal_is_logged_once() {
    let (log, ledger) = TestLedger::registered().await;
    let retirement = log.cast.retire(ORIGIN, &log.cast.gateway);
    send(&ledger, &retirement).await.unwrap();
    let document = log.receipt(1);
    let wrapped = wrap(&document, &json!({ "job_id": "job-1" }));
    let (code, refused_entry, _) = refusal(send(&ledger, &wrapped).await);
    assert_eq!(code, Code::SignerRetired);
    let record = ledger.reader().entry(refused_entry.unwrap()).unwrap().unwrap();
    assert_eq!(record.entry.kind, Kind::Refused);
    assert_eq!(record.entry.refused.as_deref(), Some("SIGNER_RETIRED"));
    assert_eq!(record.entry.signer, log.cast.gateway.did().as_str());
    assert_eq!(record.context.unwrap().job_id.as_deref(), Some("job-1"));
    assert_eq!(record.evidence, None);
    let before = size(&ledger);
    assert_eq!(refusal(send(&ledger, &wrapped).await).1, refused_entry);
    assert_eq!(size(&ledger), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_content_rule_refusal_is_logged_under_the_signed_job_and_within_the_budget() {
    let log = TestLedger::new();
    let limits = ledger::config::Limits {
        refused_per_minute_max: 2,
        ..ledger::config::Limits::default()
    };
    let ledger = log.open_with(limits);
    log.register_all(&ledger).await;
    let event =
        |n: u64| job_event("other.example/log", &format!("job-{n}"), "opened").sign(&log.cast.orchestrator);
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
    let (log, ledger) = TestLedger::registered().await;
    let stranger = EvidenceKey::from_seed([99; 32]).unwrap();
    let document = model_call(1).sign(&stranger);
    let (code, refused_entry, _) = refusal(send(&ledger, &document).await);
    assert_eq!((code, refused_entry), (Code::SignerNotTrusted, None));
    let mismatch = model_call(2).sign(&log.cast.token_issuer);
    let (code, refused_entry, _) = refusal(send(&ledger, &mismatch).await);
    assert_eq!((code, refused_entry), (Code::RoleMismatch, None));
    assert_eq!(size(&ledger), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signer_of_clawsig_envelopes_gets_no_second_role() {
    let (log, ledger) = TestLedger::registered().await;
    let both = |key, roles: &[&str]| log.cast.register(ORIGIN, key, "x", roles);
    let second = both(&log.cast.gateway, &["token_issuer"]);
    assert_eq!(refusal(send(&ledger, &second).await).0, Code::SchemaInvalid);
    let fresh = EvidenceKey::from_seed([98; 32]).unwrap();
    let two = both(&fresh, &["orchestrator", "approver"]);
    assert_eq!(refusal(send(&ledger, &two).await).0, Code::SchemaInvalid);
    let own_types_only = both(&fresh, &["orchestrator", "token_issuer"]);
    assert!(send(&ledger, &own_types_only).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_covers_both_its_ends_and_nothing_else() {
    let log = TestLedger::new();
    let ledger = log.open();
    let draft = log
        .cast
        .registration(ORIGIN, "gateway")
        .with("/not_before", "2026-02-12T00:00:01Z");
    let registration = draft
        .with("/not_after", "2026-02-12T00:00:02Z")
        .sign(&log.cast.operator);
    send(&ledger, &registration).await.unwrap();
    let receipt = |n| log.receipt(n);
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
    let (log, ledger) = TestLedger::registered().await;
    let now_s = 1_770_854_400;
    let revocation = |at_s: u64| revocation(ORIGIN, &"ab".repeat(32), at_s).sign(&log.cast.token_issuer);
    let (code, refused_entry, _) = refusal(send(&ledger, &revocation(now_s + 31)).await);
    assert_eq!(code, Code::RevokedAtAhead);
    assert!(refused_entry.is_some());
    let settings = Draft::own(ORIGIN, "log_settings", json!({ "clock_skew_s": 40 })).sign(&log.cast.operator);
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
        let log = TestLedger::create(Arc::new(MemoryStore::new()), settings);
        let ledger = log.open();
        let agent = &log.cast.agent;
        let document = tool_receipt("tool_1", "run_test", agent.did().as_str(), "search").sign(agent);
        let result = send(&ledger, &document).await;
        match expected {
            None => assert_eq!(result.unwrap().kind, Kind::ReceiptTool),
            Some(code) => assert_eq!(refusal(result).0, code),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_context_is_its_signers_to_give_and_speaks_of_known_evidence() {
    let (log, ledger) = TestLedger::registered().await;
    let receipt = log.receipt(1);
    let digest = verifier::document::Document::parse(receipt.as_bytes())
        .unwrap()
        .evidence_digest();
    let context = |key: &EvidenceKey| {
        let payload = json!({ "evidence_digest": digest, "job_id": "job-1", "stream": "s", "number": 3 });
        Draft::own(ORIGIN, "submission_context", payload).sign(key)
    };
    let own = context(&log.cast.gateway);
    assert_eq!(refusal(send(&ledger, &own).await), (Code::NotFound, None, None));
    send(&ledger, &receipt).await.unwrap();
    let ack = send(&ledger, &own).await.unwrap();
    assert_eq!(ack.kind, Kind::Context);
    let entry = Entry::decode(&ack.entry).unwrap();
    let stream = verifier::context::stream_hash(log.cast.gateway.did().as_str(), "s");
    assert_eq!(entry.stream.unwrap().stream, stream);
    assert_eq!(entry.context_subjects, None);
    let foreign = context(&log.cast.token_issuer);
    assert_eq!(refusal(send(&ledger, &foreign).await).0, Code::SignerNotTrusted);
    let wrapped = wrap(&own, &json!({ "job_id": "job-2" }));
    assert_eq!(refusal(send(&ledger, &wrapped).await).0, Code::SchemaInvalid);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_genesis_is_refused() {
    let (log, ledger) = TestLedger::registered().await;
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
    let second = Draft::own(ORIGIN, "log_genesis", payload).sign(&log.cast.operator);
    assert_eq!(refusal(send(&ledger, &second).await).0, Code::SchemaInvalid);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_contract_signed_by_its_canonical_hash_is_published() {
    let (log, ledger) = TestLedger::registered().await;
    let did = log.cast.policy_publisher.did().as_str();
    let policy = json!({ "policy_version": "1", "policy_id": "pol_test", "issuer_did": did });
    let document = log
        .cast
        .policy_publisher
        .sign_clawsig("work_policy_contract", &policy.to_string(), TIME)
        .unwrap();
    assert_eq!(
        send(&ledger, &document).await.unwrap().kind,
        Kind::PolicyPublished
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_with_little_room_still_takes_a_document_at_a_time() {
    let log = TestLedger::new();
    let limits = ledger::config::Limits {
        queue_bytes_max: 0,
        ..ledger::config::Limits::default()
    };
    let ledger = log.open_with(limits);
    log.register_all(&ledger).await;
    let document = log.receipt(1);
    assert!(send(&ledger, &document).await.is_ok());
}
