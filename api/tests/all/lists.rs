//! Runs, policies and issuers.

use crate::documents::sign;
use crate::support::ApiLog;
use serde_json::{Value, json};
use verifier::digest::PolicyHash;

fn kinds(list: &Value) -> Vec<&str> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["kind"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_run_shows_the_entries_that_name_it() {
    let log = ApiLog::start().await;
    log.logged(&log.receipt("rcpt-1", "run-1")).await;
    log.logged(&log.receipt("rcpt-2", "run-2")).await;
    log.logged(&log.receipt("rcpt-3", "run-1")).await;
    let run = log.get("/v1/runs/run-1").await.json();
    assert_eq!(run["run_id"], "run-1");
    assert_eq!(kinds(&run["entries"]), ["receipt.gateway", "receipt.gateway"]);
}

#[tokio::test]
async fn policies_are_found_by_hash_and_by_id() {
    let log = ApiLog::start().await;
    let old = json!({"rules": ["a"]});
    let new = json!({"rules": ["a", "b"]});
    log.logged(&log.policy("pol-1", &old)).await;
    log.logged(&log.policy("pol-1", &new)).await;
    log.logged(&log.policy("pol-2", &json!({}))).await;
    let listed = log.get("/v1/policies?policy_id=pol-1").await.json();
    assert_eq!(listed["policies"].as_array().unwrap().len(), 2);
    let hash = PolicyHash::from_bytes(verifier::json::hash_jcs(
        &verifier::json::parse(old.to_string().as_bytes()).unwrap(),
    ));
    assert_eq!(listed["policies"][0]["policy_hash_b64u"], hash.to_string());
    let all = log.get("/v1/policies").await.json();
    assert_eq!(all["policies"][0]["policy_id"], "pol-2");
    assert_eq!(all["policies"].as_array().unwrap().len(), 3);

    let withdrawal = json!({"policy_hash_b64u": hash.to_string(), "withdrawn_at": "2026-02-12T00:00:00Z", "reason": "old"});
    log.logged(&sign(&log.keys().policy_publisher, "wpc_withdrawal", &withdrawal))
        .await;
    let policy = log.get(&format!("/v1/policies/{hash}")).await.json();
    assert_eq!(kinds(&policy["published"]), ["policy.published"]);
    assert!(
        policy["published"][0]["evidence"]
            .as_str()
            .unwrap()
            .contains("\"rules\"")
    );
    assert_eq!(kinds(&policy["withdrawn"]), ["policy.withdrawn"]);
    assert_eq!((&policy["frozen"], &policy["cited_by"]), (&json!([]), &json!([])));
}

#[tokio::test]
async fn issuers_are_listed_with_their_roles_as_of_a_size() {
    let log = ApiLog::start().await;
    let before = log.size();
    log.logged(&log.retirement(&log.keys().gateway)).await;
    let find = |page: Value| {
        let issuers = page["issuers"].as_array().unwrap().clone();
        issuers
            .into_iter()
            .find(|issuer| issuer["did"] == log.keys().gateway.did().as_str())
            .unwrap()
    };
    let gateway = find(log.get("/v1/issuers").await.json());
    assert_eq!(gateway["registrations"][0]["roles"], json!(["gateway"]));
    assert_eq!(gateway["retirements"][0]["reason"], "rotated");
    let earlier = find(log.get(&format!("/v1/issuers?as_of={before}")).await.json());
    assert_eq!(earlier["retirements"], json!([]));

    let first = log.get("/v1/issuers?limit=2").await.json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = log
        .get(&format!("/v1/issuers?limit=200&cursor={cursor}"))
        .await
        .json();
    let total = log.get("/v1/issuers").await.json()["issuers"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(2 + second["issuers"].as_array().unwrap().len(), total);
}

#[tokio::test]
async fn a_parameter_that_does_not_read_is_named_as_a_member() {
    let log = ApiLog::start().await;
    for (path, parameter) in [
        ("/v1/jobs?limit=banana", "limit"),
        ("/v1/jobs?foo=1", "foo"),
        ("/v1/alarms?job=a&job=b", "job"),
        ("/v1/checkpoints?size=-1", "size"),
    ] {
        let answer = log.get(path).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (422, "INVALID_PARAMETER")
        );
        assert_eq!(answer.json()["parameter"], parameter, "{path}");
    }
}
