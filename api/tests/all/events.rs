//! The feed: in index order, without gaps, resumable.

use crate::support::{ApiAnswer, ApiLog, get, open_loopback};
use api::HostLimits;
use axum::body::Body;
use axum::http::header;
use futures_util::StreamExt;
use serde_json::{Value, json};

fn indices(events: &Value) -> Vec<u64> {
    events
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["index"].as_u64().unwrap())
        .collect()
}

#[tokio::test]
async fn a_reader_that_keeps_its_token_sees_every_entry_once() {
    let log = ApiLog::start().await;
    let mut seen = Vec::new();
    let mut path = "/v1/events?limit=3".to_owned();
    loop {
        let page = log.get(&path).await.json();
        let events = indices(&page["events"]);
        if events.is_empty() {
            assert_eq!(page["next_token"], log.size() - 1);
            break;
        }
        seen.extend(events);
        path = format!("/v1/events?limit=3&after_index={}", page["next_token"]);
    }
    assert_eq!(seen, (0..log.size()).collect::<Vec<_>>());
}

#[tokio::test]
async fn kinds_filter_and_the_token_passes_over_the_rest() {
    let log = ApiLog::start().await;
    log.logged(&log.job_event("job-1", "opened")).await;
    log.logged(&log.receipt("rcpt-1", "run-1")).await;
    let page = log
        .get("/v1/events?kinds=job.event,log.genesis&include=evidence")
        .await
        .json();
    let kinds: Vec<_> = page["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["kind"].clone())
        .collect();
    assert_eq!(kinds, [json!("log.genesis"), json!("job.event")]);
    assert!(page["events"][1]["evidence"].is_string());
    assert_eq!(page["next_token"], log.size() - 1);
    assert_eq!(page["tree_size"], log.size());
}

#[tokio::test]
async fn ndjson_has_one_event_a_line_and_the_token_in_a_header() {
    let log = ApiLog::start().await;
    let answer = log
        .get_as("/v1/events?limit=2&include=evidence", "application/x-ndjson")
        .await;
    assert_eq!(answer.header(header::CONTENT_TYPE), "application/x-ndjson");
    assert_eq!(answer.header("evidence-ledger-next-token"), "1");
    let lines: Vec<u64> = answer
        .lines()
        .iter()
        .map(|line| line["index"].as_u64().unwrap())
        .collect();
    assert_eq!(lines, [0, 1]);
}

#[tokio::test]
async fn a_long_poll_answers_with_the_first_event() {
    let log = ApiLog::start().await;
    let path = format!("/v1/events?wait_s=30&after_index={}", log.size() - 1);
    let event = log.job_event("job-1", "opened");
    let (page, receipt): (ApiAnswer, Value) = tokio::join!(log.get(&path), log.logged(&event));
    assert_eq!(
        indices(&page.json()["events"]),
        [receipt["index"].as_u64().unwrap()]
    );
}

#[tokio::test]
async fn a_long_poll_ends_when_the_server_stops() {
    let log = ApiLog::start().await;
    log.draining.send(true).unwrap();
    let path = format!("/v1/events?wait_s=30&after_index={}", log.size() - 1);
    let page = log.get(&path).await.json();
    assert_eq!(page["events"], json!([]));
}

/// Reads a stream until `count` events are there, and answers their ids.
async fn ids(body: &mut axum::body::BodyDataStream, count: usize) -> Vec<String> {
    let mut text = String::new();
    loop {
        let ids: Vec<String> = text
            .lines()
            .filter_map(|line| line.strip_prefix("id: "))
            .map(str::to_owned)
            .collect();
        if ids.len() >= count && text.ends_with("\n\n") {
            return ids;
        }
        let chunk = body.next().await.expect("the stream ended").unwrap();
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
}

#[tokio::test]
async fn a_stream_goes_on_with_new_entries_and_resumes_where_it_broke() {
    let log = ApiLog::start().await;
    let request = get("/v1/events?after_index=2").header(header::ACCEPT, "text/event-stream");
    let response = log.open(request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
    let mut body = response.into_body().into_data_stream();
    let told = ids(&mut body, usize::try_from(log.size() - 3).unwrap()).await;
    assert_eq!(told.first().map(String::as_str), Some("3"));
    let receipt = log.logged(&log.job_event("job-1", "opened")).await;
    assert_eq!(ids(&mut body, 1).await, [receipt["index"].to_string()]);
    drop(body);

    let request = get("/v1/events?after_index=0").header(header::ACCEPT, "text/event-stream");
    let request = request.header("last-event-id", (log.size() - 2).to_string());
    let response = log.open(request.body(Body::empty()).unwrap()).await;
    let mut body = response.into_body().into_data_stream();
    assert_eq!(ids(&mut body, 1).await, [receipt["index"].to_string()]);
    log.draining.send(true).unwrap();
    while let Some(chunk) = body.next().await {
        chunk.unwrap();
    }
}

#[tokio::test]
async fn streams_are_bounded() {
    let log = ApiLog::bare(
        open_loopback(),
        HostLimits {
            pools: ledger_query::share::PoolLimits {
                streams: 0,
                ..Default::default()
            },
            ..HostLimits::default()
        },
    );
    let answer = log.get_as("/v1/events", "text/event-stream").await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "UNAVAILABLE"));
}
