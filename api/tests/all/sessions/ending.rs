//! When sessions end. The clock is moved by hand.

use super::{MINUTE_MS, READER, SUBMITTER, SessionSite, by_browser, form};
use crate::support::get;
use axum::body::Body;
use axum::http::{Request, header};
use tower::ServiceExt;

#[tokio::test]
async fn a_session_ends_when_it_is_not_used() {
    let site = SessionSite::guarded();
    let cookie = site.sign_in(READER).await;
    for _ in 0..3 {
        site.log.pass(29 * MINUTE_MS);
        assert!(site.is_in(&cookie).await, "a session that is used goes on");
    }
    site.log.pass(30 * MINUTE_MS);
    assert!(!site.is_in(&cookie).await);
    let api = site.get("/v1/log", &cookie).await;
    assert_eq!((api.status, api.code().as_str()), (401, "UNAUTHENTICATED"));
    assert!(
        site.get("/sign-in", &cookie)
            .await
            .text()
            .starts_with("Some(Ended)")
    );
}

#[tokio::test]
async fn what_a_page_left_open_asks_for_by_itself_keeps_no_session_from_ending() {
    let site = SessionSite::guarded();
    let cookie = site.sign_in(READER).await;
    let by_script = || {
        by_browser("/v1/log", &cookie)
            .header("sec-fetch-dest", "empty")
            .body(Body::empty())
            .unwrap()
    };
    site.log.pass(20 * MINUTE_MS);
    assert_eq!(site.send(by_script()).await.status, 200);
    site.log.pass(10 * MINUTE_MS);
    assert_eq!(site.send(by_script()).await.status, 401);
    assert!(!site.is_in(&cookie).await);
}

#[tokio::test]
async fn a_session_ends_half_a_day_after_it_began_however_much_it_is_used() {
    let site = SessionSite::guarded();
    let cookie = site.sign_in(READER).await;
    for _ in 0..47 {
        site.log.pass(15 * MINUTE_MS);
        assert!(site.is_in(&cookie).await);
    }
    site.log.pass(15 * MINUTE_MS);
    assert!(!site.is_in(&cookie).await);
}

#[tokio::test]
async fn setting_the_wall_clock_prolongs_no_session() {
    let site = SessionSite::guarded();
    let cookie = site.sign_in(READER).await;
    site.log.pass(30 * MINUTE_MS);
    site.log.set_clock_back(30 * MINUTE_MS);
    assert!(!site.is_in(&cookie).await);
}

#[tokio::test]
async fn signing_out_ends_the_session_at_once() {
    let site = SessionSite::guarded();
    let (cookie, other) = (site.sign_in(READER).await, site.sign_in(READER).await);
    let csrf = site.csrf(&cookie).await;
    let out = site
        .send(
            form("/sign-out", format!("csrf={csrf}"))
                .with("cookie", &cookie)
                .done(),
        )
        .await;
    assert_eq!((out.status, out.header(header::LOCATION)), (303, "/sign-in"));
    let cleared = out.header(header::SET_COOKIE);
    assert!(
        cleared.starts_with("__Host-session=;") && cleared.contains("Max-Age=0"),
        "{cleared}"
    );
    assert!(
        cleared.contains("Secure") && cleared.contains("Path=/"),
        "{cleared}"
    );
    assert!(!site.is_in(&cookie).await);
    assert!(site.is_in(&other).await, "a session in another browser goes on");
    let again = site
        .send(
            form("/sign-out", format!("csrf={csrf}"))
                .with("cookie", &cookie)
                .done(),
        )
        .await;
    assert_eq!(again.status, 303, "who is out already is where they want to be");
}

#[tokio::test]
async fn one_person_has_so_many_sessions_and_the_one_unused_for_longest_gives_way() {
    let site = SessionSite::guarded();
    let others = site.sign_in(SUBMITTER).await;
    let mut cookies = Vec::new();
    for _ in 0..16 {
        site.log.pass(1_000);
        cookies.push(site.sign_in(READER).await);
    }
    site.log.pass(1_000);
    assert!(site.is_in(&cookies[0]).await);
    site.log.pass(1_000);
    let newest = site.sign_in(READER).await;
    assert!(!site.is_in(&cookies[1]).await);
    for cookie in [&cookies[0], &cookies[2], &newest, &others] {
        assert!(site.is_in(cookie).await);
    }
}

#[tokio::test]
async fn a_session_does_not_outlive_the_server_that_knew_its_token() {
    let cookie = SessionSite::guarded().sign_in(READER).await;
    assert!(!SessionSite::guarded().is_in(&cookie).await);
}

#[tokio::test]
async fn an_event_stream_ends_with_its_session_and_tells_nothing_more() {
    use futures_util::StreamExt;
    let site = SessionSite::guarded();
    let cookie = site.sign_in(READER).await;
    let csrf = site.csrf(&cookie).await;
    let stream = get("/v1/events")
        .header(header::ACCEPT, "text/event-stream")
        .header(header::COOKIE, &cookie);
    let stream = site
        .router
        .clone()
        .oneshot(stream.body(Body::empty()).unwrap())
        .await
        .unwrap();
    assert_eq!(stream.status(), 200);
    let mut parts = stream.into_body().into_data_stream();
    let first = parts.next().await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&first).contains("log.genesis"));
    let out = form("/sign-out", format!("csrf={csrf}"))
        .with("cookie", &cookie)
        .done();
    assert_eq!(site.send(out).await.status, 303);
    let document = site
        .log
        .registration(&site.log.keys().gateway, "clawproxy", "gateway");
    let request = Request::post("/v1/evidence")
        .header(header::HOST, "localhost")
        .header(header::CONTENT_TYPE, "application/json");
    let request = request.header(header::AUTHORIZATION, format!("Bearer {SUBMITTER}"));
    assert_eq!(
        site.send(request.body(Body::from(document)).unwrap())
            .await
            .status,
        201
    );
    while let Some(part) = parts.next().await {
        let part = part.unwrap();
        assert!(!String::from_utf8_lossy(&part).contains("issuer.registered"));
    }
}
