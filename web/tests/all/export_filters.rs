//! What an export is asked for: ids in the spelling that somebody has, and what is refused.

use crate::exports::lines;
use crate::site::{TOKEN, TestSite};
use axum::http::StatusCode;
use kit::key::TIME;
use serde_json::json;

#[tokio::test]
async fn an_export_of_entries_takes_an_id_in_any_spelling_and_a_run_by_whatever_name_it_has() {
    let (site, policy) = TestSite::with_job().await;
    let run = "run\u{200b} of 50%";
    let statement = json!({
        "label": "other", "sha256": "ab".repeat(32), "size": 1, "media_type": "text/plain", "name": "n", "run_id": run,
    });
    site.own(&site.log.cast.orchestrator, "evidence_artifact", statement)
        .await;
    for (id, found) in [
        (format!("token={}", TOKEN.to_uppercase()), 4),
        (format!("token={TOKEN}"), 4),
        (format!("policy={policy}"), 2),
        (format!("artifact=sha256%3A{}", "AB".repeat(32)), 1),
        ("run=run%E2%80%8B%20of%2050%25".to_owned(), 1),
        ("run=nobody".to_owned(), 0),
    ] {
        let entries = lines(&site.get(&format!("/export/entries?{id}")).await);
        assert_eq!(entries.len(), found, "{id}");
    }
}

#[tokio::test]
async fn an_export_tells_of_each_policy_whether_it_is_withdrawn() {
    let (site, policy) = TestSite::with_job().await;
    let told = async |site: &TestSite| {
        let lines = lines(&site.get("/policies?format=ndjson").await);
        let csv = site.page("/policies?format=csv").await;
        (lines, csv)
    };
    let (before, csv) = told(&site).await;
    assert_eq!(before[0]["withdrawal"], "none");
    assert!(csv.lines().nth(1).unwrap().ends_with(",none,"), "{csv}");
    let withdrawal = json!({ "policy_hash_b64u": policy, "withdrawn_at": TIME, "reason": "too wide" });
    let index = site
        .own(&site.log.cast.policy_publisher, "wpc_withdrawal", withdrawal)
        .await;
    let (after, csv) = told(&site).await;
    assert_eq!(after[0]["policy_hash_b64u"], policy);
    assert_eq!(after[0]["withdrawal"], "in_force");
    assert_eq!(after[0]["withdrawn_index"], index);
    assert!(
        csv.lines()
            .nth(1)
            .unwrap()
            .ends_with(&format!(",in_force,{index}"))
    );
}

#[tokio::test]
async fn an_export_of_two_ids_at_once_or_of_another_form_is_refused() {
    let site = TestSite::new().await;
    for path in [
        "/export/entries?agent=a&run=b",
        "/export/entries?format=xlsx",
        "/export/entries?nobody=a",
        "/export/entries?job=a",
        "/export/entries?token=abc",
        "/export/entries?policy=triage-readonly",
        "/export/entries?artifact=notes.txt",
        "/export/entries?gateway=clawproxy",
        "/export/entries?agent=",
        "/export/entries?run=",
        "/jobs?format=xlsx",
    ] {
        assert_eq!(
            site.get(path).await.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{path}"
        );
    }
    assert_eq!(
        site.get("/export/entries?as_of=999").await.status,
        StatusCode::CONFLICT
    );
}
