//! Health and metrics.

use crate::support::ApiLog;

#[tokio::test]
async fn a_running_log_is_alive_and_ready() {
    let log = ApiLog::start().await;
    assert_eq!(log.get("/healthz").await.status, 200);
    let ready = log.get("/readyz").await;
    assert_eq!((ready.status, &ready.json()["status"]), (200, &"ready".into()));
}

#[tokio::test]
async fn metrics_count_requests_by_route_and_show_the_ledger() {
    let log = ApiLog::start().await;
    log.get("/v1/jobs/secret-job-id").await;
    log.get("/v1/jobs/another").await;
    log.post("{").await;
    let metrics = log.get("/metrics").await;
    let text = metrics.text();
    let count =
        "evidence_ledger_http_requests_total{method=\"GET\",route=\"/v1/jobs/{job_id}\",status=\"404\"} 2";
    assert!(text.contains(count), "{text}");
    assert!(
        text.contains("route=\"/v1/evidence\",status=\"400\"} 1"),
        "{text}"
    );
    assert!(
        text.contains(&format!("evidence_ledger_tree_size_entries {}", log.size())),
        "{text}"
    );
    assert!(
        text.contains("evidence_ledger_http_request_duration_seconds_bucket"),
        "{text}"
    );
    assert!(!text.contains("secret-job-id"));
    assert!(text.ends_with("# EOF\n"));
}

#[tokio::test]
async fn the_description_is_served() {
    let log = ApiLog::start().await;
    let served = log.get("/openapi.json").await;
    assert_eq!(served.text(), api::openapi::document().unwrap());
}
