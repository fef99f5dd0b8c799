//! What a guest of a share link sees: one job, and no way to what they may not open.

use crate::site::{JOB, JOB_HREF, TestSite};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use ledger::error::ReadError;
use std::sync::Arc;

fn guest_of(job: &str) -> web::Visitor {
    web::Visitor {
        name: job.to_owned(),
        is_guest: true,
        jobs: vec![job.to_owned()],
        is_shown: Arc::new(|index, is_page| Ok(!is_page || index.value() > 8)),
        csrf: "csrf".to_owned(),
        is_repeated: Arc::new(|_| true),
        is_signed_in: Arc::new(|| true),
    }
}

/// Where the links of a page lead, and what it says.
async fn seen(site: &TestSite, path: &str, visitor: Option<web::Visitor>) -> (Vec<String>, String) {
    let mut request = Request::get(path).body(Body::empty()).unwrap();
    if let Some(visitor) = visitor {
        request.extensions_mut().insert(visitor);
    }
    let body = site.send(request).await.body;
    let links = body.split("<a ").skip(1);
    let hrefs = links.filter_map(|link| {
        let (tag, _) = link.split_once('>')?;
        let (_, href) = tag.split_once("href=\"")?;
        Some(href.split('"').next()?.to_owned())
    });
    (hrefs.collect(), body.clone())
}

/// Whether a guest of the job may follow a link.
fn leads_to_what_a_guest_sees(href: &str) -> bool {
    let own = [JOB_HREF, "/v1/jobs/job%2F2026%20%C3%BC/"];
    let public = ["/problems", "/checks/", "/help", "/api", "#"];
    let entry = |index: &str| index.parse().is_ok_and(|index: u64| index > 8);
    own.iter().chain(&public).any(|begin| href.starts_with(begin))
        || href.starts_with("/v1/entries/")
        || href.strip_prefix("/entries/").is_some_and(entry)
}

#[tokio::test]
async fn a_guest_gets_no_link_to_what_they_may_not_open() {
    let (site, _) = TestSite::with_job().await;
    let paths = (0..site.newest()).map(|index| format!("/entries/{index}"));
    let mut left_out = Vec::new();
    for path in paths.chain([JOB_HREF.to_owned()]) {
        let (of_reader, _) = seen(&site, &path, None).await;
        let (of_guest, body) = seen(&site, &path, Some(guest_of(JOB))).await;
        let is_refused = |href: &&String| !leads_to_what_a_guest_sees(href);
        assert_eq!(of_guest.iter().find(is_refused), None, "{path}");
        assert!(!of_guest.is_empty(), "{path}: {body}");
        left_out.extend(of_reader.into_iter().filter(|href| is_refused(&href)));
    }
    for begin in ["/entries/8", "/tokens/", "/policies/"] {
        let is_there = left_out.iter().any(|href| href.starts_with(begin));
        assert!(is_there, "these pages lead a reader to {begin}: {left_out:?}");
    }
}

#[tokio::test]
async fn a_guest_is_not_asked_to_sign_a_review() {
    let (site, _) = TestSite::with_job().await;
    let (_, of_reader) = seen(&site, JOB_HREF, None).await;
    let (_, of_guest) = seen(&site, JOB_HREF, Some(guest_of(JOB))).await;
    assert!(of_reader.contains("Sign a review") && !of_guest.contains("Sign a review"));
}

#[tokio::test]
async fn a_guest_of_another_job_gets_no_link_to_this_one() {
    let (site, _) = TestSite::with_job().await;
    let leads_there = |hrefs: &[String]| hrefs.iter().filter(|href| href.contains("job%2F2026")).count();
    let (of_reader, _) = seen(&site, JOB_HREF, None).await;
    let (of_guest, body) = seen(&site, JOB_HREF, Some(guest_of("job"))).await;
    assert!(leads_there(&of_reader) > 0);
    assert_eq!(leads_there(&of_guest), 0, "{of_guest:?}");
    assert!(!of_guest.is_empty(), "the page is there: {body}");
}

#[tokio::test]
async fn a_link_that_cannot_be_looked_up_is_no_text_without_a_link_but_an_error() {
    let (site, _) = TestSite::with_job().await;
    let unread = || ReadError::Corrupt {
        what: "an entry".to_owned(),
        expected: "present".to_owned(),
        found: "nothing".to_owned(),
    };
    let visitor = web::Visitor {
        is_shown: Arc::new(move |_, _| Err(unread().into())),
        ..guest_of(JOB)
    };
    let mut request = Request::get(JOB_HREF).body(Body::empty()).unwrap();
    request.extensions_mut().insert(visitor);
    let answer = site.send(request).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(
        answer.body.contains("Stored bytes do not match"),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn whoever_may_read_all_keeps_every_link() {
    let (site, policy) = TestSite::with_job().await;
    let (hrefs, body) = seen(&site, JOB_HREF, None).await;
    for href in ["/", "/jobs", &format!("/policies/{policy}"), "/log"] {
        assert!(hrefs.iter().any(|link| link == href), "{href}: {hrefs:?}");
    }
    assert!(body.contains("Sign a review") && !body.contains("<a class=\"id\">"));
}
