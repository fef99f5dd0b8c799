//! Signing in, and where it leads.

use super::{MINUTE_MS, READER, SessionSite, by_browser, cookie_of, form, sign_in_form};
use crate::support::{from_peer, get, open_loopback};
use api::VisitorTransport;
use axum::body::Body;
use axum::http::{Request, header};

#[tokio::test]
async fn a_browser_without_a_session_is_led_to_the_sign_in_page_and_back() {
    let site = SessionSite::guarded();
    for (path, expected) in [
        ("/", "/sign-in"),
        (
            "/jobs/a%2Fb?as_of=3",
            "/sign-in?next=%2Fjobs%2Fa%252Fb%3Fas%5Fof%3D3",
        ),
    ] {
        let led = site.get(path, "").await;
        assert_eq!((led.status, led.header(header::LOCATION)), (303, expected));
        assert!(led.header(header::CACHE_CONTROL).contains("no-store"));
    }
    let asked = site
        .get("/sign-in?next=%2Fjobs%2Fa%252Fb%3Fas%5Fof%3D3", "")
        .await;
    assert_eq!(
        (asked.status, asked.text()),
        (200, "None next=/jobs/a%2Fb?as_of=3 needed=true")
    );
    let in_now = site.send(sign_in_form(READER, "/jobs/a%2Fb?as_of=3")).await;
    assert_eq!(
        (in_now.status, in_now.header(header::LOCATION)),
        (303, "/jobs/a%2Fb?as_of=3")
    );
    assert!(site.is_in(&cookie_of(&in_now)).await);
}

#[tokio::test]
async fn a_client_that_does_not_ask_for_a_page_still_gets_a_problem() {
    let site = SessionSite::guarded();
    for accept in ["*/*", "application/json"] {
        let request = get("/")
            .header(header::ACCEPT, accept)
            .body(Body::empty())
            .unwrap();
        assert_eq!(site.send(request).await.code(), "UNAUTHENTICATED", "{accept}");
    }
    let api = site
        .send(by_browser("/v1/log", "").body(Body::empty()).unwrap())
        .await;
    assert_eq!((api.status, api.code().as_str()), (401, "UNAUTHENTICATED"));
    let wrong = by_browser("/", "")
        .header(header::AUTHORIZATION, "Bearer wrong")
        .body(Body::empty())
        .unwrap();
    assert_eq!(site.send(wrong).await.code(), "UNAUTHENTICATED");
}

#[tokio::test]
async fn the_cookie_is_for_this_host_over_tls_and_for_no_script() {
    let site = SessionSite::guarded();
    let answer = site.send(sign_in_form(READER, "/")).await;
    let set = answer.header(header::SET_COOKIE);
    let (pair, attributes) = set.split_once(';').unwrap();
    let id = pair.strip_prefix("__Host-session=").unwrap();
    assert_eq!(verifier::base64::decode_url(id).unwrap().len(), 32);
    let mut attributes: Vec<&str> = attributes.split(';').map(str::trim).collect();
    attributes.sort_unstable();
    assert_eq!(attributes, ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]);
    assert!(answer.header(header::CACHE_CONTROL).contains("no-store"));
}

#[tokio::test]
async fn what_a_session_shows_is_kept_nowhere() {
    let site = SessionSite::guarded();
    let cookie = site.sign_in(READER).await;
    for path in ["/", "/v1/log", "/v1/entries/0", "/log/tile/entries/000.p/1"] {
        let answer = site.get(path, &cookie).await;
        assert_eq!(
            (answer.status, answer.header(header::CACHE_CONTROL)),
            (200, "private, no-store"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_token_that_is_nobodys_opens_nothing() {
    let site = SessionSite::guarded();
    for token in ["", "wrong", "reader-token2"] {
        let refused = site.send(sign_in_form(token, "/jobs/a")).await;
        assert_eq!(refused.status, 401, "{token}");
        assert_eq!(refused.text(), "Some(Unknown) next=/jobs/a needed=true");
        assert!(refused.headers.get(header::SET_COOKIE).is_none());
        assert!(refused.header(header::WWW_AUTHENTICATE).starts_with("Bearer"));
    }
    let no_form = form("/sign-in", "other=1".to_owned()).done();
    assert_eq!(site.send(no_form).await.status, 422);
    assert!(!site.is_in("__Host-session=").await);
    assert!(
        !site
            .is_in(&format!(
                "__Host-session={}",
                verifier::base64::encode_url(&[7; 32])
            ))
            .await
    );
}

#[tokio::test]
async fn an_address_that_sent_ten_wrong_tokens_waits_and_other_addresses_do_not() {
    let site = SessionSite::guarded();
    for _ in 0..10 {
        assert_eq!(
            site.send(from_peer(sign_in_form("wrong", "/"), 1)).await.status,
            401
        );
    }
    let refused = site.send(from_peer(sign_in_form("wrong", "/"), 1)).await;
    assert_eq!(
        (refused.status, refused.header(header::RETRY_AFTER)),
        (429, "300")
    );
    assert_eq!(
        site.send(from_peer(sign_in_form("wrong", "/"), 2)).await.status,
        401
    );
    site.log.pass(5 * MINUTE_MS);
    assert_eq!(
        site.send(from_peer(sign_in_form("wrong", "/"), 1)).await.status,
        401
    );
}

#[tokio::test]
async fn wrong_tokens_at_the_api_and_at_the_sign_in_page_count_together() {
    let site = SessionSite::guarded();
    let ask = |authorization: &str, peer: u8| {
        let request = get("/v1/log").header(header::AUTHORIZATION, authorization);
        from_peer(request.body(Body::empty()).unwrap(), peer)
    };
    for _ in 0..5 {
        assert_eq!(
            site.send(from_peer(sign_in_form("wrong", "/"), 1)).await.status,
            401
        );
        assert_eq!(site.send(ask("Bearer wrong", 1)).await.status, 401);
    }
    site.log.pass(MINUTE_MS + 1);
    for authorization in ["Bearer wrong", "Bearer ", "Basic cmVhZGVyLXRva2Vu", READER] {
        let refused = site.send(ask(authorization, 1)).await;
        assert_eq!((refused.status, refused.code().as_str()), (429, "UNKNOWN_TOKENS"));
        assert_eq!(refused.header(header::RETRY_AFTER), "240", "rounded up");
        assert_eq!(refused.json()["retry_after_s"], 240);
    }
    let submission = Request::post("/v1/evidence")
        .header(header::HOST, "localhost")
        .header(header::AUTHORIZATION, "Bearer wrong")
        .body(Body::from("{}"))
        .unwrap();
    assert_eq!(site.send(from_peer(submission, 1)).await.status, 429);
    assert_eq!(
        site.send(from_peer(sign_in_form("wrong", "/"), 1)).await.status,
        429
    );
    assert_eq!(
        site.send(ask("Bearer wrong", 2)).await.status,
        401,
        "another address"
    );
    site.log.pass(4 * MINUTE_MS);
    assert_eq!(
        site.send(ask("Bearer wrong", 1)).await.status,
        401,
        "the time is over"
    );
}

#[tokio::test]
async fn wrong_tokens_lock_nobody_out_who_has_a_valid_one() {
    let site = SessionSite::guarded();
    let ask = |path: &str, token: &str| {
        let request = get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        from_peer(request.body(Body::empty()).unwrap(), 1)
    };
    for attempt in 1..=11 {
        let refused = site.send(ask("/v1/log", "wrong")).await;
        let expected = if attempt <= 10 { 401 } else { 429 };
        assert_eq!(refused.status, expected, "{attempt}");
    }
    let refused = site.send(ask("/v1/log", "wrong")).await;
    assert_eq!(refused.json()["code"], "UNKNOWN_TOKENS");
    assert_eq!(site.send(ask("/v1/log", READER)).await.status, 200);
    assert_eq!(
        site.send(from_peer(sign_in_form(READER, "/"), 1)).await.status,
        303
    );
    assert_eq!(
        site.send(ask("/healthz", "wrong")).await.status,
        200,
        "what needs no token is answered whatever token comes with it"
    );
}

#[tokio::test]
async fn a_sign_in_leads_to_no_other_site() {
    let site = SessionSite::guarded();
    for next in [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/%2Fevil.example",
        "/%5Cevil.example",
        "/\t/evil.example",
        "/a\r\nX: b",
    ] {
        let encoded = percent_encoding::utf8_percent_encode(next, percent_encoding::NON_ALPHANUMERIC);
        let asked = site.get(&format!("/sign-in?next={encoded}"), "").await;
        assert_eq!(asked.text(), "None next=/ needed=true", "{next:?}");
        let led = site.send(sign_in_form(READER, next)).await;
        assert_eq!((led.status, led.header(header::LOCATION)), (303, "/"), "{next:?}");
        let already = site
            .get(&format!("/sign-in?next={encoded}"), &cookie_of(&led))
            .await;
        assert_eq!(
            (already.status, already.header(header::LOCATION)),
            (303, "/"),
            "{next:?}"
        );
    }
    // A browser that asks for such an address is not sent on to it, either.
    assert_eq!(site.get("/jobs/a?b=%0d%0a//evil", "").await.status, 303);
}

#[tokio::test]
async fn each_sign_in_has_a_new_id_and_ends_the_session_that_it_follows() {
    let site = SessionSite::guarded();
    let first = site.sign_in(READER).await;
    let again = form("/sign-in", format!("token={READER}")).with("cookie", &first);
    let again = again.with("sec-fetch-site", "same-origin").done();
    let second = cookie_of(&site.send(again).await);
    assert_ne!(first, second);
    assert!(!site.is_in(&first).await && site.is_in(&second).await);
    let chosen = format!("__Host-session={}", verifier::base64::encode_url(&[9; 32]));
    let planted = form("/sign-in", format!("token={READER}"))
        .with("cookie", &chosen)
        .done();
    let given = cookie_of(&site.send(planted).await);
    assert_ne!(given, chosen);
    assert!(!site.is_in(&chosen).await);
}

#[tokio::test]
async fn where_everybody_may_read_nobody_needs_to_sign_in() {
    let site = SessionSite::of(open_loopback());
    assert_eq!(site.get("/", "").await.text(), "no session");
    assert!(site.get("/sign-in", "").await.text().ends_with("needed=false"));
}

#[tokio::test]
async fn over_plain_http_off_loopback_the_sign_in_page_says_so_and_takes_no_token() {
    let site = SessionSite::guarded();
    let asked = |host: &str, transport: VisitorTransport| {
        let mut request = Request::get("/sign-in").body(Body::empty()).unwrap();
        request.headers_mut().insert(header::HOST, host.parse().unwrap());
        request.extensions_mut().insert(transport);
        request
    };
    let sent = |host: &str, transport: VisitorTransport, site: &'static str| {
        let mut request = sign_in_form(READER, "/");
        request.headers_mut().insert(header::HOST, host.parse().unwrap());
        if !site.is_empty() {
            request
                .headers_mut()
                .insert("sec-fetch-site", site.parse().unwrap());
        }
        request.extensions_mut().insert(transport);
        request
    };
    for host in ["ledger.example", "192.0.2.1:8080"] {
        let page = site.send(asked(host, VisitorTransport::Plain)).await;
        assert_eq!(
            (page.status, page.text()),
            (200, "Some(Plain) next=/ needed=true"),
            "{host}"
        );
        let refused = site.send(sent(host, VisitorTransport::Plain, "")).await;
        assert_eq!(
            (refused.status, refused.text()),
            (403, "Some(Plain) next=/ needed=true")
        );
        assert!(refused.headers.get(header::SET_COOKIE).is_none());
        // What a browser says to addresses over TLS alone, so that a proxy that nobody named ends it.
        assert_eq!(
            site.send(sent(host, VisitorTransport::Plain, "same-origin"))
                .await
                .status,
            303
        );
        for transport in [VisitorTransport::Tls, VisitorTransport::Unknown] {
            assert!(site.send(asked(host, transport)).await.text().starts_with("None"));
            assert_eq!(site.send(sent(host, transport, "")).await.status, 303, "{host}");
        }
    }
    for host in ["localhost:8080", "127.0.0.1", "[::1]"] {
        assert_eq!(
            site.send(sent(host, VisitorTransport::Plain, "")).await.status,
            303,
            "{host}"
        );
    }
}
