//! A gateway: its registration, when it was last seen, gaps in its streams, its receipts by job.

use axum::http::StatusCode;
use kit::documents::{model_call, wrap};
use kit::test_ledger::{ORIGIN, submit};
use serde_json::json;

use crate::site::TestSite;

fn href(site: &TestSite) -> String {
    format!("/gateways/{}", site.log.cast.gateway.did().as_str())
}

async fn receipt(site: &TestSite, number: u64, context: serde_json::Value) -> u64 {
    let document = site.log.receipt(number);
    site.submit("clawproxy", wrap(&document, &context)).await
}

#[tokio::test]
async fn a_number_that_is_not_there_is_a_gap_and_names_the_job() {
    let site = TestSite::new().await;
    for number in [0, 1, 4] {
        let context = json!({ "job_id": "j", "stream": "s1", "number": number, "last": number == 4 });
        receipt(&site, number, context).await;
    }
    receipt(
        &site,
        9,
        json!({ "job_id": "k", "stream": "s2", "number": 0, "last": true }),
    )
    .await;
    receipt(&site, 10, json!({ "job_id": "k", "stream": "s3", "number": 0 })).await;
    let body = site.page(&href(&site)).await;
    let streams = body.split("<h2 id=\"streams\">").nth(1).unwrap();
    let rows: Vec<&str> = streams.split("<tr").skip(2).take(3).collect();
    // What lacks a number stands first.
    assert!(rows[0].contains(">s1<") && rows[0].contains("gap") && rows[0].contains("not here: 2 to 3"));
    assert!(rows[0].contains("/jobs/j"));
    let of = |name: &str| {
        rows.iter()
            .find(|row| row.contains(&format!(">{name}<")))
            .copied()
            .unwrap()
    };
    assert!(of("s2").contains("closed") && of("s3").contains("not closed yet"));
}

#[tokio::test]
async fn only_words_of_bound_submitters_count_and_later_ones_do_too() {
    let site = TestSite::new().await;
    let document = site.log.receipt(1);
    let claim = |stream: &str| json!({ "job_id": "j", "stream": stream, "number": 0, "last": true });
    site.submit("stranger", wrap(&document, &claim("strange"))).await;
    let body = site.page(&href(&site)).await;
    let streams = body.split("<h2 id=\"newest\">").next().unwrap();
    assert!(!streams.contains("strange") && streams.contains("None of its receipts is numbered"));
    assert!(streams.contains("1 of these receipts belongs to no job"));
    site.submit("clawproxy", wrap(&document, &claim("bound"))).await;
    let body = site.page(&href(&site)).await;
    let streams = body.split("<h2 id=\"newest\">").next().unwrap();
    assert!(streams.contains(">bound<") && streams.contains("href=\"/jobs/j\""));
}

#[tokio::test]
async fn when_it_was_last_seen_is_counted_to_the_time_of_the_page() {
    let site = TestSite::new().await;
    let last = receipt(&site, 1, json!({ "job_id": "j" })).await;
    site.log.clock.advance(7_200_000);
    let event = json!({ "job_id": "j", "action": "opened", "at": "2026-02-12T02:00:00Z" });
    site.own(&site.log.cast.orchestrator, "job_event", event).await;
    let body = site.page(&href(&site)).await;
    // How long ago is counted to the time of the page: the newest entry of the log may be the gateway's own.
    let seen = body.split(&format!("entry {last}</a>, ")).nth(1).unwrap();
    let ago = seen.split('.').next().unwrap();
    assert!(ago.ends_with(" ago"), "{ago}");
    assert!(!body.contains("before the newest entry"));
}

#[tokio::test]
async fn a_retired_gateway_shows_its_end_and_what_was_refused_since() {
    let site = TestSite::new().await;
    let cast = &site.log.cast;
    let retired = site.submit("operator", cast.retire(ORIGIN, &cast.gateway)).await;
    let document = model_call(1).sign(&cast.gateway);
    assert!(submit(&site.ledger, "clawproxy", vec![document]).await[0].is_err());
    let body = site.page(&href(&site)).await;
    assert!(
        body.contains("retired</span>")
            && body.contains(&format!("entry {retired}</a>: “<bdi>rotated</bdi>”"))
    );
    assert!(body.contains("1 × SIGNER_RETIRED"));
}

#[tokio::test]
async fn an_unknown_gateway_is_not_found() {
    let site = TestSite::new().await;
    for did in ["did:key:zNobody", &"x".repeat(600)] {
        let answer = site.get(&format!("/gateways/{did}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_number_given_twice_is_told_and_never_called_closed_without_a_gap() {
    let site = TestSite::new().await;
    for (number, place) in [(0, 0), (1, 1), (2, 0), (3, 1)] {
        let context = json!({ "job_id": "j", "stream": "again", "number": place, "last": number == 3 });
        receipt(&site, number, context).await;
    }
    let body = site.page(&href(&site)).await;
    let streams = body.split("<h2 id=\"streams\">").nth(1).unwrap();
    assert!(streams.contains("repeated") && streams.contains("two receipts with one number: 0, 1"));
    assert!(!streams.contains("without a gap"));
}

#[tokio::test]
async fn a_second_context_closes_a_stream_or_shows_that_a_receipt_has_two_numbers() {
    let site = TestSite::new().await;
    let place = |stream: &str, number: u64, last: bool| json!({ "job_id": "j", "stream": stream, "number": number, "last": last });
    let document = site.log.receipt(1);
    site.submit("clawproxy", wrap(&document, &place("s1", 0, false)))
        .await;
    let body = site.page(&href(&site)).await;
    assert!(body.contains("not closed yet"));
    site.submit("clawproxy", wrap(&document, &place("s1", 0, true)))
        .await;
    let body = site.page(&href(&site)).await;
    assert!(body.contains("without a gap, closed at 0"));
    site.submit("clawproxy", wrap(&document, &place("s1", 1, false)))
        .await;
    let body = site.page(&href(&site)).await;
    assert!(body.contains("one receipt with two numbers: 0 and 1"));
}
