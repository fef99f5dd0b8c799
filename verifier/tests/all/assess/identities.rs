//! Who contradicts itself: one author, one identity, two payloads.

use serde_json::{Value, json};
use verifier::assess::{CheckId, CheckStatus};
use verifier::check::Status;
use verifier::kind::Kind;

use super::scenario::{ScenarioActor, ScenarioJob, ScenarioLog, outcome, passing_job, policy, rfc3339, same};
use kit::key::turned_around;

const CONFLICT: (CheckStatus, &str) = (CheckStatus::Fail, "CONFLICTING_STATEMENTS");
const PASS: (CheckStatus, &str) = (CheckStatus::Pass, "OK");

fn unique(job: &ScenarioJob) -> (CheckStatus, &'static str) {
    outcome(&job.assess(), CheckId::ReceiptsUnique)
}

fn started() -> ScenarioJob {
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    job.publish("test-policy", &policy());
    job.issue("token-1", same);
    job
}

/// The operator registers a key as a gateway, with or without an id.
fn gateway(job: &mut ScenarioJob, actor: ScenarioActor, gateway_id: Option<&str>) {
    let mut members = json!({
        "did": actor.did(), "name": "gateway", "roles": ["gateway"], "not_before": rfc3339(job.log.now),
        "submitters": [actor.submitter()],
    });
    if let Some(gateway_id) = gateway_id {
        members["gateway_id"] = json!(gateway_id);
    }
    job.log
        .own(ScenarioActor::Operator, "issuer_registration", members, None);
}

/// What a key says under the ids of a receipt, changed, and nothing else.
fn said_by(job: &mut ScenarioJob, actor: ScenarioActor, receipt: &Value, change: impl FnOnce(&mut Value)) {
    let mut payload = receipt["payload"].clone();
    change(&mut payload);
    let document = actor.key().clawsig("gateway_receipt", &payload);
    job.log.submit(&document, Some(actor.submitter()), None);
}

/// A job with one receipt of `gateway`, and that receipt.
fn with_receipt(job: &mut ScenarioJob) -> Value {
    let receipt = job.receipt(same);
    let context = job.counted(true);
    job.log.submit(&receipt, Some("gateway"), Some(&context));
    receipt
}

fn other_model(payload: &mut Value) {
    payload["model"] = json!("gpt-5.2-mini");
}

#[test]
fn an_issuance_that_is_signed_again_contradicts_nothing() {
    let mut job = passing_job();
    let token = job.token().index;
    let bytes = match &job.log.record(token).evidence {
        verifier::record::StoredBytes::Bytes(bytes) => bytes.clone(),
        other => panic!("{other:?}"),
    };
    let issuance: Value = serde_json::from_slice(&bytes).unwrap();
    let again = ScenarioActor::TokenIssuer
        .key()
        .own_again(&issuance, "2026-02-12T00:00:09.000Z");
    assert_ne!(again, issuance);
    job.log.submit(&again, Some("issuer"), None);
    let assessment = job.assess();
    assert_eq!((assessment.verdict, assessment.code), (Status::Pass, "OK"));
    // Other claims under the same hash are another statement.
    let mut payload = issuance["payload"].clone();
    payload["kid"] = json!("fedcba9876543210");
    let other = ScenarioActor::TokenIssuer.key().own("cst_issuance", &payload);
    job.log.submit(&other, Some("issuer"), None);
    assert_eq!(unique(&job), CONFLICT);
}

#[test]
fn a_receipt_whose_members_stand_in_another_order_contradicts_nothing() {
    let mut job = started();
    let receipt = with_receipt(&mut job);
    let again = ScenarioActor::Gateway
        .key()
        .clawsig_text("gateway_receipt", &turned_around(&receipt["payload"]));
    let context = json!({ "job_id": job.id, "token_hash": job.token().hash });
    job.log.submit_text(&again, Some("gateway"), Some(&context));
    assert_eq!(unique(&job), PASS);
    said_by(&mut job, ScenarioActor::Gateway, &receipt, other_model);
    assert_eq!(unique(&job), CONFLICT);
}

#[test]
fn a_gateway_with_a_second_key_is_one_gateway() {
    for id in [Some("gateway"), None] {
        let mut job = started();
        gateway(&mut job, ScenarioActor::Gateway, id);
        gateway(&mut job, ScenarioActor::OtherAgent, id);
        let receipt = with_receipt(&mut job);
        said_by(&mut job, ScenarioActor::OtherAgent, &receipt, same);
        assert_eq!(unique(&job), PASS, "{id:?}: the same payload by the next key");
        let mut nonce = job.clone();
        said_by(&mut nonce, ScenarioActor::OtherAgent, &receipt, |payload| {
            payload["receipt_id"] = json!("another");
        });
        said_by(&mut job, ScenarioActor::OtherAgent, &receipt, other_model);
        // A registration that names the id and an older one that does not are one registered key.
        assert_eq!(unique(&job), CONFLICT, "{id:?}: one receipt id");
        assert_eq!(unique(&nonce), CONFLICT, "{id:?}: one nonce in one run");
    }
}

#[test]
fn a_key_that_is_not_registered_for_a_gateway_id_cannot_make_that_gateway_contradict_itself() {
    for id in [Some("another-gateway"), None] {
        let mut job = started();
        gateway(&mut job, ScenarioActor::Gateway, Some("gateway"));
        gateway(&mut job, ScenarioActor::OtherAgent, id);
        let receipt = with_receipt(&mut job);
        said_by(&mut job, ScenarioActor::OtherAgent, &receipt, other_model);
        assert_eq!(unique(&job), PASS, "{id:?}");
    }
    let mut job = started();
    let receipt = with_receipt(&mut job);
    said_by(&mut job, ScenarioActor::Stranger, &receipt, other_model);
    assert_eq!(unique(&job), PASS, "a key that is no gateway");
    // A registration says nothing about entries before it.
    gateway(&mut job, ScenarioActor::Stranger, Some("gateway"));
    assert_eq!(unique(&job), PASS, "registered afterwards");
}

#[test]
fn a_contradiction_between_two_keys_of_a_gateway_outlives_the_erasure_of_one_side() {
    let mut job = started();
    gateway(&mut job, ScenarioActor::Gateway, Some("gateway"));
    gateway(&mut job, ScenarioActor::OtherAgent, Some("gateway"));
    let receipt = with_receipt(&mut job);
    said_by(&mut job, ScenarioActor::OtherAgent, &receipt, other_model);
    let receipts: Vec<u64> = (0..job.log.size())
        .filter(|index| job.log.record(*index).entry.kind == Kind::ReceiptGateway)
        .collect();
    assert_eq!(receipts.len(), 2);
    for index in receipts {
        let mut erased = job.clone();
        erased.log.erase(index);
        assert_eq!(unique(&erased), CONFLICT, "entry {index} erased");
    }
}
