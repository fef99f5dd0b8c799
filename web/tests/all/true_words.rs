//! Pages say nothing that is false: what an empty list allows, what an approval allows, which lane a denial is in.

use serde_json::{Value, json};

use crate::site::TestSite;
use crate::story::{StoryJob, at};

/// The rows of a policy's rules.
async fn rules(policy: &Value) -> Vec<String> {
    let site = TestSite::new().await;
    let job = StoryJob::open_under(&site, "job", policy, json!({})).await;
    let page = site.page(&format!("/policies/{}", job.policy)).await;
    let (_, rules) = page.split_once("<h2 id=\"rules\">").unwrap();
    let (rules, _) = rules.split_once("<h2 id=\"approvals\">").unwrap();
    let rows = rules.split("<tr").skip(2);
    rows.map(|row| row.split("</tr>").next().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn an_empty_list_of_targets_is_shown_as_denying_all_of_them() {
    let contract = json!({
        "policy_version": "1", "policy_id": "no-egress", "issuer_did": "did:web:policies.example",
        "egress_allowlist": [],
    });
    let rows = rules(&contract).await;
    let [row] = rows.as_slice() else {
        panic!("{rows:?}")
    };
    assert!(row.contains("✕ deny</span>"), "{row}");
    assert!(
        row.contains("egress targets") && row.contains("all of them"),
        "{row}"
    );
    assert!(row.contains("the list of what is allowed is empty"), "{row}");
    assert!(!row.contains("✓ allow") && !row.contains("no limit"), "{row}");
}

#[tokio::test]
async fn an_operation_that_an_approval_allows_is_one_row_and_not_denied() {
    let rows = rules(&json!({
        "allow": [{ "tool": "api", "ops": ["list"] }],
        "deny": [{ "tool": "api", "ops": ["update", "delete"] }],
        "approvals": [{ "name": "writes", "required_for": ["update"], "mode": "explicit" }],
    }))
    .await;
    let about: Vec<&String> = rows.iter().filter(|row| row.contains(">update<")).collect();
    let [row] = about.as_slice() else {
        panic!("{rows:?}")
    };
    assert!(row.contains("! only with approval</span>"), "{row}");
    assert!(row.contains("approved at") && row.contains(">writes<"), "{row}");
    let deleted = rows.iter().find(|row| row.contains(">delete<")).unwrap();
    assert!(deleted.contains("✕ deny</span>"), "{deleted}");
}

#[tokio::test]
async fn a_denial_has_a_lane_of_its_own_and_not_that_of_approvals() {
    let site = TestSite::new().await;
    let job = StoryJob::open(&site, "denied", json!({})).await;
    let decision = json!({
        "decision_id": "dec-1", "run_id": job.run, "job_id": "denied", "policy_hash_b64u": job.policy,
        "tool": "incidents", "operation": "close", "args_hash_b64u": "A".repeat(43), "effect": "deny",
        "reason_code": "TEST", "decided_at": at(5),
    });
    let enforcement = &site.log.cast.enforcement_point;
    site.own(enforcement, "authorization_decision", decision).await;
    let page = site.page(&job.href()).await;
    let (_, timeline) = page.split_once("<h2 id=\"timeline\">").unwrap();
    let (timeline, _) = timeline.split_once("<h2 id=\"checks\">").unwrap();
    assert!(timeline.contains(">Decisions</text>"), "{timeline}");
    assert!(!timeline.contains(">Approvals</text>"), "{timeline}");
    assert!(timeline.contains("Decisions 1"), "{timeline}");
}

#[tokio::test]
async fn a_job_whose_token_was_revoked_has_one_failed_check_and_nobody_stopped_it() {
    let site = TestSite::new().await;
    let job = StoryJob::open(&site, "after", json!({})).await;
    job.call(0, 1, false).await;
    job.revoke().await;
    site.log.clock.advance(120_000);
    job.call(1, 100, true).await;
    let page = site.page(&job.href()).await;
    assert!(page.contains("Of 21 checks, 1 failed, "));
    assert!(page.contains("1 check failed</h3>") && page.contains("Nobody stopped the job."));
    assert!(!page.contains("USE_AFTER_HALT"));
}
