//! What another site, or a page, may try with a session.

use super::{READER, SUBMITTER, SessionSite, by_browser, credential, form};
use api::AuthConfig;
use axum::body::Body;
use axum::http::{Request, header};

#[tokio::test]
async fn a_form_without_the_token_of_its_session_does_nothing() {
    let site = SessionSite::guarded();
    let (cookie, other) = (site.sign_in(READER).await, site.sign_in(READER).await);
    let csrf = site.csrf(&cookie).await;
    assert_ne!(
        csrf,
        site.csrf(&cookie).await,
        "no two pages repeat the same bytes"
    );
    let foreign = site.csrf(&other).await;
    for body in [
        String::new(),
        "csrf=".into(),
        "csrf=wrong".into(),
        format!("csrf={foreign}"),
    ] {
        let refused = site
            .send(form("/sign-out", body.clone()).with("cookie", &cookie).done())
            .await;
        assert_eq!((refused.status, refused.text()), (403, "NotTheForm"), "{body}");
    }
    assert!(site.is_in(&cookie).await);
}

#[tokio::test]
async fn a_form_of_another_site_does_nothing_even_with_the_token() {
    let site = SessionSite::guarded();
    let cookie = site.sign_in(READER).await;
    let csrf = site.csrf(&cookie).await;
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let sent = form("/sign-out", format!("csrf={csrf}"))
            .with("cookie", &cookie)
            .with(name, value);
        let refused = site.send(sent.done()).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (403, "FORBIDDEN"),
            "{name}: {value}"
        );
        let sent = form("/sign-in", format!("token={READER}")).with(name, value);
        let refused = site.send(sent.done()).await;
        assert_eq!(
            (refused.status, refused.headers.get(header::SET_COOKIE)),
            (403, None),
            "{name}: {value}"
        );
        assert!(
            refused.text().starts_with("Some(NotFromHere)"),
            "{}",
            refused.text()
        );
    }
    // A page that sends no referrer has no origin to tell, and the browser still says where the form is from.
    let ours = form("/sign-out", format!("csrf={csrf}")).with("cookie", &cookie);
    let ours = ours.with("origin", "null").with("sec-fetch-site", "same-origin");
    assert_eq!(site.send(ours.done()).await.status, 303);
}

#[tokio::test]
async fn a_form_of_another_site_takes_no_cookie_away() {
    let site = SessionSite::guarded();
    // The cookie does not come with it, so that nobody seems to be signed in.
    let foreign = form("/sign-out", String::new()).with("sec-fetch-site", "cross-site");
    let answer = site.send(foreign.with("origin", "null").done()).await;
    assert_eq!(
        (answer.status, answer.headers.get(header::SET_COOKIE)),
        (403, None)
    );
}

#[tokio::test]
async fn a_session_reads_what_pages_fetch_and_submits_nothing() {
    let site = SessionSite::guarded();
    for token in [READER, SUBMITTER] {
        let cookie = site.sign_in(token).await;
        let csrf = site.csrf(&cookie).await;
        for path in [
            "/v1/log",
            "/v1/entries/0",
            "/v1/entries/0/proof",
            "/v1/jobs",
            "/log/checkpoint",
        ] {
            assert_eq!(site.get(path, &cookie).await.status, 200, "{path}");
        }
        let document = site
            .log
            .registration(&site.log.keys().gateway, "clawproxy", "gateway");
        for path in ["/v1/evidence", "/v1/evidence/batch"] {
            let post = Request::post(path)
                .header(header::HOST, "localhost")
                .header(header::CONTENT_TYPE, "application/json");
            let post = post.header(header::COOKIE, &cookie).header("x-csrf-token", &csrf);
            let refused = site.send(post.body(Body::from(document.clone())).unwrap()).await;
            assert_eq!(
                (refused.status, refused.code().as_str()),
                (403, "FORBIDDEN"),
                "{path}"
            );
        }
        assert_eq!(site.log.size(), 1);
    }
}

#[tokio::test]
async fn where_everybody_may_submit_a_session_still_does_not() {
    let site = SessionSite::of(AuthConfig {
        submitters: Vec::new(),
        readers: vec![credential("auditor", READER)],
        open_loopback: true,
    });
    let cookie = site.sign_in(READER).await;
    let csrf = site.csrf(&cookie).await;
    let document = site
        .log
        .registration(&site.log.keys().gateway, "local", "gateway");
    let post = || {
        Request::post("/v1/evidence")
            .header(header::HOST, "localhost")
            .header(header::CONTENT_TYPE, "application/json")
    };
    let by_session = post()
        .header(header::COOKIE, &cookie)
        .header("x-csrf-token", &csrf);
    assert_eq!(
        site.send(by_session.body(Body::from(document.clone())).unwrap())
            .await
            .code(),
        "FORBIDDEN"
    );
    assert_eq!(
        site.send(post().body(Body::from(document)).unwrap()).await.status,
        201
    );
}

#[tokio::test]
async fn a_question_with_a_body_repeats_the_form_token_in_a_header() {
    let site = SessionSite::guarded();
    let cookie = site.sign_in(READER).await;
    let csrf = site.csrf(&cookie).await;
    let ask = |token: Option<&str>| {
        let ask = Request::post("/v1/verify").header(header::HOST, "localhost");
        let ask = ask
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::COOKIE, &cookie);
        let ask = token
            .into_iter()
            .fold(ask, |ask, token| ask.header("x-csrf-token", token));
        ask.body(Body::from("{}")).unwrap()
    };
    for token in [None, Some(""), Some("wrong")] {
        assert_eq!(site.send(ask(token)).await.code(), "FORBIDDEN", "{token:?}");
    }
    assert_ne!(site.send(ask(Some(&csrf))).await.status, 403);
}

#[tokio::test]
async fn a_token_in_the_header_counts_before_a_cookie() {
    let site = SessionSite::guarded();
    let cookie = site.sign_in(READER).await;
    let request = |token: &str| {
        let request = by_browser("/v1/log", &cookie).header(header::AUTHORIZATION, format!("Bearer {token}"));
        request.body(Body::empty()).unwrap()
    };
    assert_eq!(site.send(request("wrong")).await.status, 401);
    assert_eq!(site.send(request(SUBMITTER)).await.status, 200);
}

#[tokio::test]
async fn a_header_that_comes_twice_counts_as_neither_of_its_values() {
    let site = SessionSite::guarded();
    let cookie = site.sign_in(READER).await;
    let csrf = site.csrf(&cookie).await;
    for (first, second) in [("same-origin", "cross-site"), ("same-origin", "same-origin")] {
        let sent = form("/sign-out", format!("csrf={csrf}")).with("cookie", &cookie);
        let sent = sent.with("sec-fetch-site", first).with("sec-fetch-site", second);
        assert_eq!(site.send(sent.done()).await.status, 403, "{first}, {second}");
    }
    assert!(site.is_in(&cookie).await);
    let twice = by_browser("/v1/log", "")
        .header(header::AUTHORIZATION, format!("Bearer {READER}"))
        .header(header::AUTHORIZATION, "Bearer wrong");
    assert_eq!(site.send(twice.body(Body::empty()).unwrap()).await.status, 401);
    let question = Request::post("/v1/verify")
        .header(header::HOST, "localhost")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::COOKIE, &cookie);
    let question = question
        .header("x-csrf-token", &csrf)
        .header("x-csrf-token", "wrong");
    assert_eq!(
        site.send(question.body(Body::from("{}")).unwrap()).await.status,
        403
    );
}
