//! The uses of a token, job by job.

use serde_json::json;
use verifier::assess::token_table::TableRow;
use verifier::assess::token_uses;
use verifier::digest::TokenHash;
use verifier::kind::Kind;

use super::scenario::{ScenarioActor, ScenarioJob, passing_job, same};

fn uses(job: &ScenarioJob, job_id: &str) -> Vec<(u64, TableRow)> {
    let token = TokenHash::parse_hex(&job.token().hash).unwrap();
    let found = token_uses(&job.log.closure(job_id), token);
    found
        .iter()
        .map(|used| (used.at.index.value(), used.row))
        .collect()
}

#[test]
fn every_use_of_the_job_is_listed_with_its_row() {
    let mut job = passing_job();
    let before = uses(&job, "job-1");
    assert_eq!(before.len(), 3, "two model calls and a tool call");
    assert!(before.iter().all(|(_, row)| *row == TableRow::Valid));
    job.revoke(same);
    job.log.now += 60_000;
    let late = job.tool_call("sentinel.api:incidents.list", same);
    assert_eq!(
        uses(&job, "job-1").last(),
        Some(&(late, TableRow::RevokedBeforeUse))
    );
}

#[test]
fn a_use_for_another_job_is_listed_there() {
    let mut job = passing_job();
    let mut other = job.clone();
    other.run = "run-2".to_owned();
    let receipt = other.receipt(same);
    let context = json!({ "job_id": "job-2", "token_hash": job.token().hash });
    let index = job
        .log
        .submit(&receipt, Some(ScenarioActor::Gateway.submitter()), Some(&context));
    // The gateway's word ties the token to job-2, and with it the agent and the run that the token was issued for:
    // what that agent did in that run is job-2's, too. The model calls of the run stay where the gateway put them.
    let tool = (0..job.log.size())
        .find(|at| job.log.record(*at).entry.kind == Kind::ReceiptTool)
        .unwrap();
    assert_eq!(
        uses(&job, "job-2"),
        [(tool, TableRow::Valid), (index, TableRow::Valid)]
    );
    assert!(uses(&job, "job-1").iter().all(|(at, _)| *at != index));
}

#[test]
fn a_use_of_a_token_that_nobody_issued_is_listed_and_one_of_no_certain_token_is_not() {
    let mut job = passing_job();
    let unknown = "0".repeat(64);
    let index = job.decide("allow", "sentinel.api", "incidents.list", |members| {
        members["token_hash"] = json!(unknown);
    });
    let before = uses(&job, "job-1");
    let token = TokenHash::parse_hex(&unknown).unwrap();
    let found = token_uses(&job.log.closure("job-1"), token);
    let found: Vec<(u64, TableRow)> = found
        .iter()
        .map(|used| (used.at.index.value(), used.row))
        .collect();
    assert_eq!(found, [(index, TableRow::UnknownToken)]);
    let document = job.receipt(|payload| {
        payload["binding"]
            .as_object_mut()
            .unwrap()
            .remove("token_scope_hash_b64u");
    });
    let context = json!({ "job_id": "job-1" });
    job.log.submit(
        &document,
        Some(ScenarioActor::Gateway.submitter()),
        Some(&context),
    );
    assert_eq!(uses(&job, "job-1"), before);
}

#[test]
fn uses_of_another_token_are_not_listed() {
    let job = passing_job();
    let other = TokenHash::from_bytes([9; 32]);
    assert!(token_uses(&job.log.closure("job-1"), other).is_empty());
}
