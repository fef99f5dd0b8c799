//! Who may do what, on and off loopback.

use crate::support::{ApiAnswer, ApiLog, get, post};
use api::{AuthConfig, Credential, HostLimits};
use axum::body::Body;
use axum::http::{Request, header};
use verifier::context::SubmitterName;
use verifier::hash::sha256;

const SUBMITTER_TOKEN: &str = "submitter-token";
const READER_TOKEN: &str = "reader-token";

fn credential(name: &str, token: &str) -> Credential {
    Credential {
        name: SubmitterName::parse(name).unwrap(),
        token_sha256: sha256(token.as_bytes()),
    }
}

fn configured(open_loopback: bool) -> AuthConfig {
    AuthConfig {
        submitters: vec![credential("clawproxy", SUBMITTER_TOKEN)],
        readers: vec![credential("auditor", READER_TOKEN)],
        open_loopback,
    }
}

async fn with_token(log: &ApiLog, mut request: Request<Body>, token: &str) -> ApiAnswer {
    let value = format!("Bearer {token}").parse().unwrap();
    request.headers_mut().insert(header::AUTHORIZATION, value);
    log.send(request).await
}

fn read(path: &str) -> Request<Body> {
    get(path).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn off_loopback_only_checkpoint_hash_tiles_and_health_are_public() {
    let log = ApiLog::bare(configured(false), HostLimits::default());
    for path in ["/log/checkpoint", "/log/tile/0/000.p/1", "/healthz", "/readyz"] {
        assert_eq!(log.get(path).await.status, 200, "{path}");
    }
    for path in [
        "/v1/log",
        "/v1/entries",
        "/v1/entries/0",
        "/v1/entries/0/proof",
        "/v1/jobs",
        "/v1/issuers",
        "/v1/events",
        "/v1/checkpoints",
        "/v1/proofs/inclusion?index=0",
        "/log/tile/entries/000.p/1",
        "/openapi.json",
        "/metrics",
    ] {
        let refused = log.get(path).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (401, "UNAUTHENTICATED"),
            "{path}"
        );
        assert!(refused.header(header::WWW_AUTHENTICATE).starts_with("Bearer"));
        for token in [SUBMITTER_TOKEN, READER_TOKEN] {
            assert_eq!(with_token(&log, read(path), token).await.status, 200, "{path}");
        }
        assert_eq!(
            with_token(&log, read(path), "unknown").await.status,
            401,
            "{path}"
        );
    }
}

#[tokio::test]
async fn guarded_entry_bundles_are_not_for_shared_caches() {
    let log = ApiLog::bare(configured(false), HostLimits::default());
    let bundle = with_token(&log, read("/log/tile/entries/000.p/1"), READER_TOKEN).await;
    assert!(bundle.header(header::CACHE_CONTROL).starts_with("private"));
}

#[tokio::test]
async fn only_submitters_submit_and_entries_carry_their_name() {
    let log = ApiLog::bare(configured(false), HostLimits::default());
    let document = log.registration(&log.keys().gateway, "clawproxy", "gateway");
    let request = || post("/v1/evidence", "application/json", document.clone());
    assert_eq!(log.send(request()).await.code(), "UNAUTHENTICATED");
    assert_eq!(
        with_token(&log, request(), READER_TOKEN).await.code(),
        "UNAUTHENTICATED"
    );
    assert_eq!(log.size(), 1);
    let receipt = with_token(&log, request(), SUBMITTER_TOKEN).await;
    assert_eq!(receipt.status, 201, "{}", receipt.text());
    let entry = with_token(&log, read("/v1/entries/1"), READER_TOKEN).await.json();
    assert_eq!(entry["submitter"], "clawproxy");
}

#[tokio::test]
async fn on_loopback_configured_submitters_are_still_asked_for_their_token() {
    let submitters_only = AuthConfig {
        readers: Vec::new(),
        ..configured(true)
    };
    let log = ApiLog::bare(submitters_only, HostLimits::default());
    let document = log.registration(&log.keys().gateway, "clawproxy", "gateway");
    assert_eq!(log.post(&document).await.code(), "UNAUTHENTICATED");
    assert_eq!(log.get("/v1/log").await.status, 200);
    assert_eq!(with_token(&log, read("/v1/log"), "unknown").await.status, 401);
}

#[tokio::test]
async fn on_loopback_configured_readers_are_asked_for_their_token_too() {
    let log = ApiLog::bare(configured(true), HostLimits::default());
    for path in [
        "/v1/log",
        "/v1/entries/0",
        "/v1/jobs",
        "/log/tile/entries/000.p/1",
        "/metrics",
    ] {
        assert_eq!(log.get(path).await.code(), "UNAUTHENTICATED", "{path}");
        for token in [SUBMITTER_TOKEN, READER_TOKEN] {
            assert_eq!(with_token(&log, read(path), token).await.status, 200, "{path}");
        }
    }
    for path in ["/log/checkpoint", "/log/tile/0/000.p/1", "/healthz", "/readyz"] {
        assert_eq!(log.get(path).await.status, 200, "{path}");
    }
    // Nothing is open, so that a proxy may name the host that it is known by.
    let request = Request::get("/v1/log")
        .header(header::HOST, "ledger.example")
        .body(Body::empty())
        .unwrap();
    assert_eq!(with_token(&log, request, READER_TOKEN).await.status, 200);
}

#[test]
fn who_may_do_what_is_said_in_words() {
    let [submit, read, public] = configured(true).described();
    assert_eq!(submit, "submit: by token: clawproxy");
    assert_eq!(read, "read: by token: clawproxy, auditor");
    assert!(public.contains("/log/checkpoint"));
    let readers_only = AuthConfig {
        submitters: Vec::new(),
        ..configured(true)
    };
    let [submit, read, _] = readers_only.described();
    assert!(submit.contains("open: anybody"), "{submit}");
    assert_eq!(read, "read: by token: auditor");
    let [_, read, _] = AuthConfig {
        readers: Vec::new(),
        ..configured(true)
    }
    .described();
    assert!(read.contains("open: anybody"), "{read}");
    let [submit, ..] = AuthConfig {
        submitters: Vec::new(),
        ..configured(false)
    }
    .described();
    assert!(submit.contains("closed"), "{submit}");
}

#[tokio::test]
async fn a_request_that_names_two_hosts_or_none_is_refused() {
    let log = ApiLog::start().await;
    for hosts in [
        &["localhost", "localhost"][..],
        &["localhost", "evil.example"],
        &[],
    ] {
        let mut request = Request::get("/v1/log");
        for host in hosts {
            request = request.header(header::HOST, *host);
        }
        let refused = log.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (400, "HOST_INVALID"),
            "{hosts:?}"
        );
    }
}

#[tokio::test]
async fn an_open_listener_answers_loopback_names_only() {
    let log = ApiLog::start().await;
    let ask = |host: &str| {
        Request::get("/v1/log")
            .header(header::HOST, host)
            .body(Body::empty())
            .unwrap()
    };
    assert_eq!(log.send(ask("127.0.0.1:8080")).await.status, 200);
    let refused = log.send(ask("rebound.example")).await;
    assert_eq!(
        (refused.status, &refused.json()["parameter"]),
        (422, &"Host".into())
    );
}
