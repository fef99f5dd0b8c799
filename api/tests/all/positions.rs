//! Positions beyond the log's end: a client that holds one may hold the proof of a rollback, and the answer says
//! that.

use crate::support::{ApiLog, get};
use axum::body::Body;
use axum::http::header;

#[tokio::test]
async fn a_position_beyond_the_end_is_named_and_may_prove_a_rollback() {
    let log = ApiLog::start().await;
    let (size, beyond) = (log.size(), log.size() + 1);
    for (path, parameter) in [
        (format!("/v1/events?after_index={size}"), "after_index"),
        (format!("/v1/events?after_index={}", u64::MAX), "after_index"),
        (format!("/v1/entries?from={beyond}"), "from"),
        (format!("/v1/entries?as_of={beyond}"), "as_of"),
        (format!("/v1/entries?cursor={beyond}.1"), "cursor"),
        (format!("/v1/jobs?as_of={beyond}"), "as_of"),
        (format!("/v1/issuers?as_of={beyond}"), "as_of"),
        (format!("/v1/policies?as_of={beyond}"), "as_of"),
        (format!("/v1/checkpoints?as_of={beyond}"), "as_of"),
        (format!("/v1/checkpoints?size={beyond}"), "size"),
        (format!("/v1/proofs/consistency?first={beyond}"), "first"),
        (
            format!("/v1/proofs/consistency?first=1&second={beyond}"),
            "second",
        ),
        (format!("/v1/proofs/inclusion?index=1&size={beyond}"), "size"),
        (format!("/v1/proofs/inclusion?index={size}"), "index"),
    ] {
        let answer = log.get(&path).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (409, "POSITION_AHEAD"),
            "{path}"
        );
        let problem = answer.json();
        assert_eq!(problem["parameter"], parameter, "{path}");
        let detail = problem["detail"].as_str().unwrap();
        let size = format!("size {size}");
        for part in [
            size.as_str(),
            "rolled back",
            "keep your checkpoint",
            "/log/checkpoint",
        ] {
            assert!(detail.contains(part), "{path}: {detail}");
        }
    }
}

#[tokio::test]
async fn every_form_of_the_feed_refuses_a_position_that_the_log_has_not_reached() {
    let log = ApiLog::start().await;
    let (newest, ahead) = (log.size() - 1, log.size());
    for accept in ["application/json", "application/x-ndjson", "text/event-stream"] {
        let path = format!("/v1/events?after_index={ahead}");
        let answer = log.get_as(&path, accept).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (409, "POSITION_AHEAD"),
            "{accept}"
        );
        let path = format!("/v1/events?after_index={newest}");
        let open = log
            .open(
                get(&path)
                    .header(header::ACCEPT, accept)
                    .body(Body::empty())
                    .unwrap(),
            )
            .await;
        assert_eq!(
            open.status(),
            200,
            "{accept}: the newest entry is a place to go on from"
        );
    }
    let resumed = get("/v1/events").header(header::ACCEPT, "text/event-stream");
    let resumed = resumed.header("last-event-id", ahead.to_string());
    let answer = log.send(resumed.body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status, answer.code().as_str()), (409, "POSITION_AHEAD"));
    assert_eq!(answer.json()["parameter"], "Last-Event-ID");
}
