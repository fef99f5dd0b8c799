//! What stands around the routes of the API, put around the routes of somebody else.

use crate::documents::COMPACT_JWS;
use crate::support::{ApiAnswer, ApiLog, get, open_loopback};
use api::{AuthConfig, HostLimits, protect_reads, surround};
use axum::Router;
use axum::body::Body;
use axum::routing;
use tower::ServiceExt;

async fn page(log: &ApiLog, path: &str) -> ApiAnswer {
    let pages = Router::new()
        .route("/jobs/{id}", routing::get(|| async { "a page" }))
        .route("/broken", routing::get(broken));
    let pages = surround(protect_reads(pages, &log.state), log.state.clone());
    let request = get(path).body(Body::empty()).unwrap();
    ApiAnswer::of(pages.oneshot(request).await.unwrap()).await
}

async fn broken() {
    panic!("a secret of the page");
}

#[tokio::test]
async fn pages_need_a_readers_token_off_loopback_only() {
    let open = ApiLog::bare(open_loopback(), HostLimits::default());
    assert_eq!(page(&open, "/jobs/a").await.text(), "a page");
    let guarded = ApiLog::bare(AuthConfig::default(), HostLimits::default());
    assert_eq!(page(&guarded, "/jobs/a").await.code(), "UNAUTHENTICATED");
}

#[tokio::test]
async fn tokens_in_addresses_of_pages_are_left_to_the_pages_which_refuse_them_in_words() {
    let log = ApiLog::bare(open_loopback(), HostLimits::default());
    assert_eq!(page(&log, &format!("/jobs/{COMPACT_JWS}")).await.text(), "a page");
}

#[tokio::test]
async fn a_panic_is_a_problem_that_tells_nothing() {
    let log = ApiLog::bare(open_loopback(), HostLimits::default());
    let answer = page(&log, "/broken").await;
    assert_eq!((answer.status, answer.code().as_str()), (500, "INTERNAL"));
    assert!(!answer.text().contains("secret"), "{}", answer.text());
}
