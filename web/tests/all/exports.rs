//! Lists as files: whole, as of a size, and safe to open.

use crate::site::{SiteAnswer, TOKEN, TestSite};
use crate::story::StoryJob;
use axum::body::Body;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{Request, StatusCode};
use axum::response::Response;
use futures_util::StreamExt;
use kit::key::TIME;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// More than one page of any list.
const JOBS: usize = 230;

async fn many_jobs() -> TestSite {
    let site = TestSite::new().await;
    for number in 0..JOBS {
        open(&site, &format!("job-{number:03}")).await;
    }
    site.projected().await
}

async fn open(site: &TestSite, job: &str) {
    let event = json!({ "job_id": job, "action": "opened", "at": TIME, "title": "one of many" });
    site.own(&site.log.cast.orchestrator, "job_event", event).await;
}

pub(crate) fn lines(answer: &SiteAnswer) -> Vec<Value> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.headers[CONTENT_TYPE], "application/x-ndjson");
    let lines = answer.body.lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The address behind a button of a page.
async fn button(site: &TestSite, path: &str, form: &str) -> String {
    let page = site.page(path).await;
    assert!(
        !page.contains(" download"),
        "{path}: an error page would be saved as a file"
    );
    let mut hrefs = page.split("href=\"").map(|rest| rest.split('"').next().unwrap());
    let href = hrefs.find(|href| href.contains(&format!("format={form}")));
    href.unwrap_or_else(|| panic!("{path}: no export as {form}"))
        .replace("&#38;", "&")
}

#[tokio::test]
async fn an_export_has_every_job_of_the_list_once_however_many_pages_it_has() {
    let site = many_jobs().await;
    for path in ["/jobs", "/jobs?verdict=RUNNING"] {
        let jobs = lines(&site.get(&button(&site, path, "ndjson").await).await);
        let mut ids: Vec<&str> = jobs.iter().map(|job| job["job_id"].as_str().unwrap()).collect();
        assert_eq!(ids.first(), Some(&"job-229"), "newest first: {path}");
        ids.sort_unstable();
        ids.dedup();
        assert_eq!((ids.len(), jobs.len()), (JOBS, JOBS), "{path}");
        let csv = site.get(&button(&site, path, "csv").await).await;
        assert_eq!(csv.body.lines().count(), JOBS + 1, "{path}");
        let disposition = csv.headers[CONTENT_DISPOSITION].to_str().unwrap();
        assert_eq!(
            disposition,
            format!("attachment; filename=\"jobs-as-of-{}.csv\"", site.newest())
        );
    }
}

#[tokio::test]
async fn an_export_stays_as_of_the_size_of_its_page() {
    let site = many_jobs().await;
    let href = button(&site, "/jobs", "ndjson").await;
    let entries = button(&site, "/log", "ndjson").await;
    let before = site.newest();
    open(&site, "job-later").await;
    assert_eq!(lines(&site.get(&href).await).len(), JOBS);
    let entries = lines(&site.get(&entries).await);
    let indices: Vec<u64> = entries
        .iter()
        .map(|entry| entry["index"].as_u64().unwrap())
        .collect();
    assert_eq!(
        indices,
        (0..before).collect::<Vec<u64>>(),
        "every entry, in log order"
    );
}

#[tokio::test]
async fn every_list_is_exported_with_what_its_filter_wants_and_nothing_else() {
    let (site, policy) = TestSite::with_job().await;
    let site = site.projected().await;
    let cast = &site.log.cast;
    for (path, rows) in [
        (format!("/tokens/{TOKEN}"), 4),
        ("/runs/run_test".to_owned(), 3),
        (format!("/policies/{policy}"), 2),
        (format!("/agents/{}", cast.agent.did().as_str()), 1),
        (format!("/gateways/{}", cast.gateway.did().as_str()), 2),
        ("/policies".to_owned(), 1),
        ("/log".to_owned(), 13),
    ] {
        let found = lines(&site.get(&button(&site, &path, "ndjson").await).await);
        assert_eq!(found.len(), rows, "{path}: {found:?}");
        let csv = site.get(&button(&site, &path, "csv").await).await.body;
        assert_eq!(csv.lines().count(), rows + 1, "{path}: {csv}");
        assert!(
            csv.lines().nth(1).unwrap().contains(",2026-02-"),
            "times for people: {csv}"
        );
    }
}

#[tokio::test]
async fn alarms_are_exported_as_they_are_filtered() {
    let site = TestSite::new().await;
    for name in ["one", "two"] {
        let job = StoryJob::open(&site, name, json!({})).await;
        job.revoke().await;
        site.log.clock.advance(60_000);
        job.call(0, 41, true).await;
    }
    let site = site.projected().await;
    let href = button(&site, "/alarms?code=REVOKED_BEFORE_USE&job=one", "ndjson").await;
    let alarms = lines(&site.get(&href).await);
    assert_eq!(alarms.len(), 1);
    assert_eq!(alarms[0]["job_id"], "one");
    assert_eq!(alarms[0]["source"], "assessment");
    assert!(alarms[0]["raised_at"].is_u64() && alarms[0]["offence_at"].is_u64());
    assert_eq!(
        site.get("/alarms?from=yesterday&format=csv").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn no_part_of_any_cell_is_taken_for_a_formula() {
    let site = TestSite::new().await;
    for id in [
        "=1+1",
        "+1",
        "-1",
        "@x",
        "＝1+1",
        ";=1+1",
        "a;=1+1",
        "a; \"=1+1\"",
        "|+1",
        ",-1",
        ";;@x",
    ] {
        open(&site, id).await;
    }
    let publication =
        json!({ "policy_id": "=cmd|' /C calc'!A0", "policy": { "tools": { "allow": ["-x"] } } });
    site.own(&site.log.cast.policy_publisher, "wpc_publication", publication)
        .await;
    let site = site.projected().await;
    for path in [
        "/jobs?format=csv",
        "/policies?format=csv",
        "/export/entries?format=csv",
    ] {
        let text = site.page(path).await;
        let mut file = csv::Reader::from_reader(text.as_bytes());
        let mut cells = 0;
        for record in file.records() {
            for cell in &record.unwrap() {
                cells += 1;
                // By the settings of its country a spreadsheet may begin a cell after each of these.
                for part in cell.split([';', ',', '|']) {
                    let part = part.trim_start_matches([' ', '"']);
                    assert!(
                        !part.starts_with(['=', '+', '-', '@', '＝', '\t', '\r']),
                        "{path}: {cell}"
                    );
                }
            }
        }
        assert!(cells > 5, "{path}");
    }
}

/// An export that has begun, of more than one page, read by a visitor who is signed in while that is true.
async fn begun(site: &TestSite, signed_in: &Arc<AtomicBool>) -> Response {
    let is_signed_in = Arc::clone(signed_in);
    let visitor = web::Visitor {
        name: "anna".to_owned(),
        is_guest: false,
        jobs: Vec::new(),
        is_shown: Arc::new(|_, _| Ok(true)),
        csrf: "csrf".to_owned(),
        is_repeated: Arc::new(|_| true),
        is_signed_in: Arc::new(move || is_signed_in.load(Ordering::Relaxed)),
    };
    let mut request = Request::get("/jobs?format=ndjson").body(Body::empty()).unwrap();
    request.extensions_mut().insert(visitor);
    let answer = site.begin(request).await;
    assert_eq!(answer.status(), StatusCode::OK);
    answer
}

/// What comes of a body, and whether it ends as one that is whole.
async fn received(answer: Response) -> (String, bool) {
    let (mut text, mut is_whole) = (Vec::new(), true);
    let mut parts = answer.into_body().into_data_stream();
    while let Some(part) = parts.next().await {
        match part {
            Ok(part) => text.extend(part),
            Err(_) => is_whole = false,
        }
    }
    (String::from_utf8(text).unwrap(), is_whole)
}

#[tokio::test]
async fn an_export_breaks_off_when_its_visitor_signs_out_or_the_server_stops() {
    let site = many_jobs().await;
    let signed_in = Arc::new(AtomicBool::new(true));
    let (text, is_whole) = received(begun(&site, &signed_in).await).await;
    assert_eq!((text.lines().count(), is_whole), (JOBS, true));
    let answer = begun(&site, &signed_in).await;
    signed_in.store(false, Ordering::Relaxed);
    let (text, is_whole) = received(answer).await;
    assert!(!is_whole && text.lines().count() < JOBS);
    assert!(
        text.lines().last().unwrap().contains("The session ended"),
        "{text}"
    );
    signed_in.store(true, Ordering::Relaxed);
    let answer = begun(&site, &signed_in).await;
    site.stop();
    let (text, is_whole) = received(answer).await;
    assert!(!is_whole && text.lines().count() < JOBS);
    assert!(
        text.lines().last().unwrap().contains("The server stopped"),
        "{text}"
    );
}
