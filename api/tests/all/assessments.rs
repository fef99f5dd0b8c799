//! Verdicts: one job from the log itself, all jobs and alarms from the projection.

use crate::documents::token_hash;
use crate::support::{ApiLog, get};
use axum::body::Body;
use axum::http::header;
use kit::documents::wrap;
use ledger::store::derived::MemoryDerived;
use ledger_query::projection::Projection;
use serde_json::{Value, json};
use std::sync::Arc;
use verifier::assess::assess;
use verifier::index::TreeSize;

async fn with_jobs() -> ApiLog {
    let log = ApiLog::start().await;
    for (job, digit) in [("a", 'a'), ("b/1", 'b')] {
        let token = token_hash(digit);
        log.logged(&log.issuance(&token, job, &format!("run-{digit}")))
            .await;
        let receipt = log.receipt(&format!("rcpt-{digit}"), &format!("run-{digit}"));
        log.logged(&wrap(&receipt, &json!({"job_id": job, "token_hash": token})))
            .await;
    }
    log
}

async fn projected(log: &ApiLog) -> Projection {
    let projection = log.state.engine().project(Arc::new(MemoryDerived::default()));
    projection.reached(TreeSize::new(log.size())).await;
    projection.clone()
}

fn ids(page: &Value) -> Vec<&str> {
    page["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| job["job_id"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn an_assessment_is_the_bytes_that_the_verifier_gives_for_every_size() {
    let log = with_jobs().await;
    let mut before = Vec::new();
    for action in ["opened", "closed"] {
        for as_of in 0..=log.size() {
            let answer = log.get(&format!("/v1/jobs/b%2F1/assessment?as_of={as_of}")).await;
            let closure = log.state.engine().closure("b/1", TreeSize::new(as_of)).unwrap();
            match closure {
                None => assert_eq!((answer.status, answer.code().as_str()), (404, "NOT_FOUND")),
                Some(closure) => {
                    assert_eq!(answer.status, 200);
                    assert_eq!(answer.header(header::CONTENT_TYPE), "application/json");
                    assert_eq!(answer.text(), assess(&closure).to_jcs());
                    before.push((as_of, answer.body));
                }
            }
        }
        log.logged(&log.job_event("b/1", action)).await;
    }
    assert!(!before.is_empty());
    for (as_of, body) in before {
        let answer = log.get(&format!("/v1/jobs/b%2F1/assessment?as_of={as_of}")).await;
        assert_eq!(answer.body, body, "as of {as_of}");
    }
}

#[tokio::test]
async fn an_assessment_that_is_known_is_not_sent_again() {
    let log = with_jobs().await;
    let first = log.get("/v1/jobs/a/assessment").await;
    let etag = first.header(header::ETAG).to_owned();
    let request = get("/v1/jobs/a/assessment").header(header::IF_NONE_MATCH, &etag);
    let second = log.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!((second.status, second.body.len()), (304, 0));
    assert_eq!(second.header(header::ETAG), etag);
}

#[tokio::test]
async fn unknown_jobs_and_future_sizes_have_no_assessment() {
    let log = with_jobs().await;
    let unknown = log.get("/v1/jobs/c/assessment").await;
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "NOT_FOUND"));
    let future = log
        .get(&format!("/v1/jobs/a/assessment?as_of={}", log.size() + 1))
        .await;
    assert_eq!((future.status, future.code().as_str()), (409, "POSITION_AHEAD"));
}

#[tokio::test]
async fn a_job_in_short_tells_the_newest_verdict_and_how_far_it_looked() {
    let log = with_jobs().await;
    let without = log.get("/v1/jobs/a").await.json();
    assert!(without.get("known_verdict").is_none() && without.get("projected_to").is_none());
    let projection = projected(&log).await;
    let job = log.get("/v1/jobs/a").await.json();
    let assessed_at = job["known_verdict"]["assessed_at"].as_u64().unwrap();
    let same = log
        .get(&format!("/v1/jobs/a/assessment?as_of={assessed_at}"))
        .await
        .json();
    assert_eq!(job["known_verdict"]["verdict"], same["verdict"]);
    assert_eq!(job["known_verdict"]["code"], same["code"]);
    assert_eq!(job["projected_to"], log.size());
    let earlier = log.get(&format!("/v1/jobs/a?as_of={}", log.size())).await.json();
    assert!(
        earlier.get("known_verdict").is_none(),
        "an answer for a size stays what it is"
    );
    // What is of no concern to the job leaves its verdict where it was.
    log.logged(&log.job_event("another", "opened")).await;
    projection.reached(TreeSize::new(log.size())).await;
    let later = log.get("/v1/jobs/a").await.json();
    assert_eq!(later["known_verdict"], job["known_verdict"]);
    assert_eq!(later["projected_to"], log.size());
}

#[tokio::test]
async fn jobs_show_their_verdict_and_are_found_by_it() {
    let log = with_jobs().await;
    let bare = log.get("/v1/jobs").await.json();
    assert_eq!(ids(&bare), ["b/1", "a"]);
    assert!(bare["jobs"][0].get("verdict").is_none());
    assert!(bare.get("projected_to").is_none());
    let without = log.get("/v1/jobs?verdict=PASS").await;
    assert_eq!((without.status, without.code().as_str()), (503, "UNAVAILABLE"));

    projected(&log).await;
    let page = log.get("/v1/jobs").await.json();
    assert_eq!(ids(&page), ["b/1", "a"]);
    assert_eq!(page["projected_to"], log.size());
    let size = page["jobs"][1]["assessed_at"].as_u64().unwrap();
    let direct = assess(
        &log.state
            .engine()
            .closure("a", TreeSize::new(size))
            .unwrap()
            .unwrap(),
    );
    let verdict = direct.verdict.as_str();
    assert_eq!(page["jobs"][1]["verdict"], verdict);
    assert_eq!(page["jobs"][1]["code"], direct.code);
    assert_eq!(page["jobs"][1]["summary"]["tokens"], json!([token_hash('a')]));
    assert_eq!(page["jobs"][1]["summary"]["runs"], json!(["run-a"]));

    let list = async |query: &str| {
        let page = log.get(&format!("/v1/jobs?{query}")).await.json();
        assert_eq!(page["as_of_tree_size"], log.size());
        ids(&page).iter().map(|id| (*id).to_owned()).collect::<Vec<_>>()
    };
    // Incomplete and without a bundle: they run.
    let state = page["jobs"][1]["state"].as_str().unwrap();
    assert_eq!((verdict, state), ("INCOMPLETE", "RUNNING"));
    let of_agent = async |state| list(&format!("verdict={state}&agent=did:key:zAgent")).await;
    assert_eq!(of_agent(state).await, ["b/1", "a"]);
    assert_eq!(of_agent(verdict).await, [""; 0]);
    assert_eq!(list("model=other").await, [""; 0]);
    assert_eq!(list(&format!("token={}", token_hash('b'))).await, ["b/1"]);
    assert_eq!(list("agent=did:key:zAgent&from=0").await, ["b/1", "a"]);
    assert_eq!(list("to=2020-01-01T00:00:00Z").await, [""; 0]);
    assert_eq!(list(&format!("policy={}", "A".repeat(43))).await, [""; 0]);

    let first = log.get("/v1/jobs?agent=did:key:zAgent&limit=1").await.json();
    assert_eq!(ids(&first), ["b/1"]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = log
        .get(&format!("/v1/jobs?agent=did:key:zAgent&limit=1&cursor={cursor}"))
        .await
        .json();
    assert_eq!(ids(&second), ["a"]);
    assert!(second.get("next_cursor").is_none());
}

#[tokio::test]
async fn filters_of_another_form_are_refused() {
    let log = with_jobs().await;
    projected(&log).await;
    for query in [
        "verdict=pass",
        "verdict=",
        "from=yesterday",
        "to=-1",
        "colour=red",
        "verdict=PASS&limit=0",
    ] {
        let answer = log.get(&format!("/v1/jobs?{query}")).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (422, "INVALID_PARAMETER"),
            "{query}"
        );
    }
    for query in ["cursor=1", "cursor=1.2.x", "limit=201"] {
        let answer = log.get(&format!("/v1/alarms?{query}")).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (422, "INVALID_PARAMETER"),
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_job_runs_until_its_bundle_or_somebody_ends_it() {
    let log = with_jobs().await;
    log.logged(&log.job_event("closed", "opened")).await;
    log.logged(&log.job_event("closed", "closed")).await;
    log.logged(&log.job_event("stopped", "halted")).await;
    let _projection = projected(&log).await;
    let list = async |query: &str| log.get(&format!("/v1/jobs{query}")).await.json();
    assert_eq!(ids(&list("?state=RUNNING").await), ["b/1", "a"]);
    assert_eq!(ids(&list("?state=INCOMPLETE").await), ["stopped", "closed"]);
    // One rule under both names, the same as on the page.
    for state in ["RUNNING", "INCOMPLETE", "PASS", "FAIL"] {
        let (one, other) = (format!("?state={state}"), format!("?verdict={state}"));
        assert_eq!(ids(&list(&one).await), ids(&list(&other).await), "{state}");
    }
    let both = log.get("/v1/jobs?state=RUNNING&verdict=INCOMPLETE").await;
    assert_eq!((both.status, &both.json()["parameter"]), (422, &json!("verdict")));
    let row = list("?state=RUNNING&limit=1").await["jobs"][0].clone();
    assert_eq!(
        (&row["verdict"], &row["state"]),
        (&json!("INCOMPLETE"), &json!("RUNNING"))
    );
    assert_eq!(
        log.get("/v1/jobs/a").await.json()["known_verdict"]["state"],
        "RUNNING"
    );
    let wrong = log.get("/v1/jobs?state=running").await;
    assert_eq!((wrong.status, &wrong.json()["parameter"]), (422, &json!("state")));
}

#[tokio::test]
async fn a_contradiction_is_listed_with_its_job_and_found_by_code_and_job() {
    let log = with_jobs().await;
    let gateway = &log.keys().gateway;
    let other = crate::documents::receipt_by(gateway, "rcpt-a", "run-a", "another", "2026-02-12T00:00:00Z");
    let second = log.logged(&wrap(&other, &json!({"job_id": "a"}))).await;
    projected(&log).await;
    let page = log
        .get("/v1/alarms?code=CONFLICTING_STATEMENTS&job=a&limit=1")
        .await
        .json();
    let alarm = &page["alarms"][0];
    assert_eq!(alarm["job_id"], "a");
    let unknown = log.get("/v1/alarms?code=FOO").await;
    assert_eq!(unknown.status, 422);
    assert_eq!(unknown.json()["parameter"], "code");
    let entries = alarm["entries"].as_array().unwrap();
    assert!(entries.contains(&second["index"]));
    assert!(alarm["raised_at"].as_u64().unwrap() > 0);
    assert_eq!(page["projected_to"], log.size());

    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = log.get(&format!("/v1/alarms?limit=1{cursor}")).await.json();
        seen.extend(page["alarms"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(json!(seen), log.get("/v1/alarms").await.json()["alarms"]);
    let none = log
        .get("/v1/alarms?job=b%2F1&code=CONFLICTING_STATEMENTS")
        .await
        .json();
    assert_eq!(none["alarms"], json!([]));
}

#[tokio::test]
async fn the_metrics_tell_how_far_the_verdicts_are_behind() {
    let log = with_jobs().await;
    let projection = projected(&log).await;
    let value = |text: &str, name: &str| -> u64 {
        let line = text
            .lines()
            .find(|line| !line.starts_with('#') && line.contains(name))
            .unwrap();
        line.rsplit(' ').next().unwrap().parse().unwrap()
    };
    let text = log.get("/metrics").await.text().to_owned();
    assert_eq!(value(&text, "projection_lag_entries"), 0);
    projection.stop().await;
    log.logged(&log.job_event("c", "opened")).await;
    let text = log.get("/metrics").await.text().to_owned();
    assert_eq!(value(&text, "projection_lag_entries"), 1);
    assert_eq!(value(&text, "projected_to_entries"), log.size() - 1);
}

#[tokio::test]
async fn an_explanation_has_the_title_of_each_check_and_leaves_the_assessments_bytes_alone() {
    let log = with_jobs().await;
    let size = log.size();
    let explained = log
        .get(&format!("/v1/jobs/a/explanation?as_of={size}"))
        .await
        .json();
    let assessed = log
        .get(&format!("/v1/jobs/a/assessment?as_of={size}"))
        .await
        .json();
    assert_eq!(explained["as_of_tree_size"], size);
    assert_eq!(explained["state"], "RUNNING");
    for member in ["job_id", "verdict", "code", "message"] {
        assert_eq!(explained[member], assessed[member], "{member}");
    }
    let (told, stated) = (&explained["checks"], &assessed["checks"]);
    assert_eq!(told.as_array().unwrap().len(), stated.as_array().unwrap().len());
    for (told, stated) in told.as_array().unwrap().iter().zip(stated.as_array().unwrap()) {
        for member in ["id", "status", "code", "message", "entries"] {
            assert_eq!(told[member], stated[member]);
        }
        let title = told["title"].as_str().unwrap();
        assert!(!title.is_empty() && stated.get("title").is_none());
    }
    assert_eq!(log.get("/v1/jobs/nobody/explanation").await.status, 404);
    assert_eq!(log.get("/v1/jobs/a/explanation?as_of=99999").await.status, 409);
}

#[tokio::test]
async fn an_explanation_says_why_evidence_does_not_count_and_how_to_mend_it() {
    let log = with_jobs().await;
    let receipt = log.receipt("rcpt-loose", "run-a");
    let entry = log.logged(&wrap(&receipt, &json!({ "job_id": "c" }))).await["index"].clone();
    let explained = log.get("/v1/jobs/c/explanation").await.json();
    let told = explained["not_counted"].as_array().unwrap();
    assert_eq!(explained["not_counted_count"], told.len());
    let of = |code: &str| told.iter().find(|one| one["code"] == code).unwrap();
    let lacks = of("SCOPE_HASH_MISSING");
    assert_eq!((&lacks["entries"], &lacks["count"]), (&json!([entry]), &json!(1)));
    assert!(lacks["mend"].as_str().unwrap().contains("token_scope_hash_b64u"));
    assert!(lacks.get("command").is_none());
}
