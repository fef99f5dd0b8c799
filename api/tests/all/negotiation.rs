//! Forms of answers and bodies, by RFC 9110; and no word of a framework in what is refused.

use crate::support::{ApiAnswer, ApiLog, get, post};
use axum::body::Body;
use axum::http::{Request, header};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

const FEED: &str = "/v1/events?limit=1";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn encoded(path: &str, media_type: &str, coding: &str, body: Vec<u8>) -> Request<Body> {
    let mut request = post(path, media_type, body);
    request
        .headers_mut()
        .insert(header::CONTENT_ENCODING, coding.parse().unwrap());
    request
}

async fn media_type(log: &ApiLog, path: &str, accept: &str) -> String {
    let request = get(path)
        .header(header::ACCEPT, accept)
        .body(Body::empty())
        .unwrap();
    let answer = log.open(request).await;
    assert_eq!(answer.status(), 200, "{accept}");
    let value = answer.headers()[header::CONTENT_TYPE].to_str().unwrap();
    value.to_owned()
}

#[tokio::test]
async fn the_form_with_the_highest_weight_is_sent() {
    let log = ApiLog::start().await;
    for (accept, expected) in [
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        (
            "application/json;q=0.1, application/x-ndjson",
            "application/x-ndjson",
        ),
        (
            "application/x-ndjson;q=0.1, application/json;q=0.2",
            "application/json",
        ),
        ("application/json;q=0, */*", "application/x-ndjson"),
        ("application/x-ndjson;q=0, application/json", "application/json"),
        ("Application/NDJSON", "application/ndjson"),
        ("text/*, application/json;q=0.9", "text/event-stream"),
        ("text/event-stream;q=0.5, application/json", "application/json"),
        ("application/json; charset=utf-8", "application/json"),
        // A field that cannot be read is as good as none: old clients send a lone asterisk.
        ("*; q=.2", "application/json"),
    ] {
        assert_eq!(media_type(&log, FEED, accept).await, expected, "{accept}");
    }
    let proof = "/v1/entries/1/proof";
    assert_eq!(
        media_type(&log, proof, "application/json;q=0.1, text/plain").await,
        "text/plain; charset=utf-8"
    );
    assert_eq!(
        media_type(&log, proof, "application/json, text/plain;q=0.1").await,
        "application/json"
    );
}

#[tokio::test]
async fn a_form_that_does_not_exist_is_not_acceptable() {
    let log = ApiLog::start().await;
    for accept in [
        "image/png",
        "application/json;q=0, application/*;q=0",
        "text/html",
    ] {
        let answer = log.get_as(FEED, accept).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (406, "NOT_ACCEPTABLE"),
            "{accept}"
        );
        assert!(
            answer.json()["detail"]
                .as_str()
                .unwrap()
                .contains("application/x-ndjson")
        );
    }
}

#[tokio::test]
async fn media_types_of_bodies_have_parameters_and_no_case() {
    let log = ApiLog::start().await;
    for (number, media_type) in [
        "application/json",
        "Application/JSON; charset=\"utf-8\"",
        "application/json;a=b",
    ]
    .into_iter()
    .enumerate()
    {
        let event = log.job_event(&format!("job-{number}"), "opened");
        let answer = log.send(post("/v1/evidence", media_type, event)).await;
        assert_eq!(answer.status, 201, "{media_type}: {}", answer.text());
    }
    for (number, media_type) in ["application/ndjson", "application/x-ndjson; charset=utf-8"]
        .into_iter()
        .enumerate()
    {
        let lines = format!("{}\n", log.job_event(&format!("batch-{number}"), "opened"));
        let answer = log
            .send(post("/v1/evidence/batch", media_type, lines.clone()))
            .await;
        assert_eq!(answer.status, 200, "{media_type}: {}", answer.text());
        let answer = log.send(post("/v1/verify", media_type, lines)).await;
        assert_eq!(answer.status, 200, "{media_type}: {}", answer.text());
    }
}

#[tokio::test]
async fn a_gzip_body_is_the_body_that_it_holds() {
    let log = ApiLog::start().await;
    for (number, coding) in ["gzip", "GZIP", "x-gzip"].into_iter().enumerate() {
        let event = log.job_event(&format!("job-{number}"), "opened");
        let request = encoded("/v1/evidence", "application/json", coding, gzip(event.as_bytes()));
        assert_eq!(log.send(request).await.status, 201, "{coding}");
        let plain = log.post(&event).await;
        assert_eq!(plain.status, 200, "{coding}: the same bytes are known");
    }
    let event = log.job_event("verified", "opened");
    let request = encoded("/v1/verify", "application/json", "gzip", gzip(event.as_bytes()));
    assert_eq!(log.send(request).await.status, 200);
    let damaged = encoded("/v1/evidence", "application/json", "gzip", b"{}".to_vec());
    let answer = log.send(damaged).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "MALFORMED_JSON"));
    let twice = encoded("/v1/evidence", "application/json", "gzip, gzip", gzip(b"{}"));
    let answer = log.send(twice).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (415, "UNSUPPORTED_MEDIA_TYPE")
    );
}

#[tokio::test]
async fn a_small_body_that_unpacks_to_a_large_one_is_refused_as_the_large_one_is() {
    let log = ApiLog::start().await;
    let before = log.size();
    let bomb = gzip(&vec![b' '; 64 << 20]);
    assert!(bomb.len() < 1 << 20);
    for (path, media_type) in [
        ("/v1/evidence", "application/json"),
        ("/v1/evidence/batch", "application/x-ndjson"),
        ("/v1/verify", "application/json"),
    ] {
        let answer = log.send(encoded(path, media_type, "gzip", bomb.clone())).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (413, "BODY_TOO_LARGE"),
            "{path}"
        );
    }
    assert_eq!(log.size(), before);
}

#[tokio::test]
async fn refusals_are_in_our_words_alone() {
    let log = ApiLog::start().await;
    let named = |answer: &ApiAnswer, part: &str| {
        let text = answer.text().to_lowercase();
        for word in [
            "deserialize",
            "axum",
            "serde",
            "field",
            "unknown variant",
            "invalid digit",
            "rejection",
        ] {
            assert!(!text.contains(word), "{text}");
        }
        assert!(text.contains(part), "{text}");
    };
    for (path, part) in [
        ("/v1/entries?limit=x", "limit: expected a whole number"),
        ("/v1/entries?colour=1", "no such parameter: `colour`"),
        (
            "/v1/entries?limit=1&limit=2",
            "the parameter `limit` is given more than once",
        ),
        ("/v1/entries?include=all", "include: expected"),
        ("/v1/proofs/consistency", "the parameter `first` is missing"),
        ("/v1/jobs/%FF", "percent-encoded utf-8"),
    ] {
        let answer = log.get(path).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (422, "INVALID_PARAMETER"),
            "{path}"
        );
        named(&answer, part);
    }
    let answer = log.send(post("/v1/evidence", "text/csv", "a")).await;
    named(&answer, "application/json");
    let delete = Request::delete("/v1/entries").header(header::HOST, "localhost");
    let delete = delete.body(Body::empty()).unwrap();
    let answer = log.send(delete).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (405, "METHOD_NOT_ALLOWED")
    );
    assert_eq!(answer.header(header::ALLOW), "GET,HEAD");
}
