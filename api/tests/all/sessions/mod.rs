//! How people get in by a browser, what their session may do, and when it ends.

mod ending;
mod forged;
mod getting_in;
mod links;

use crate::support::{ApiAnswer, ApiLog, get};
use api::entrance::AccessControl;
use api::entrance::pages::{EntrancePages, PageRefusal, SharesPage, SignInPage};
use api::session::SignedIn;
use api::{AuthConfig, Credential, HostLimits, protect_pages, surround};
use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router, routing};
use std::sync::Arc;
use tower::ServiceExt;
use verifier::context::SubmitterName;
use verifier::hash::sha256;

const MINUTE_MS: u64 = 60_000;
const READER: &str = "reader-token";
const SUBMITTER: &str = "submitter-token";
const HTML: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// Says in a line what a page would say.
#[derive(Debug)]
struct PlainPages;

impl EntrancePages for PlainPages {
    fn sign_in(&self, status: StatusCode, page: &SignInPage) -> Response {
        (
            status,
            format!("{:?} next={} needed={}", page.notice, page.next, page.is_needed),
        )
            .into_response()
    }

    fn shares(&self, status: StatusCode, page: &SharesPage) -> Response {
        let made = page.made.as_ref();
        let (path, address) = (made.map(|made| &made.path), made.map(|made| &made.address));
        (
            status,
            format!("{path:?} {:?} {} {address:?}", page.problem, page.links.len()),
        )
            .into_response()
    }

    fn refused(&self, status: StatusCode, refusal: &PageRefusal) -> Response {
        (status, format!("{refusal:?}")).into_response()
    }
}

/// A page that repeats the form token of its reader's session.
async fn page(signed_in: Option<Extension<SignedIn>>) -> String {
    signed_in.map_or("no session".to_owned(), |Extension(session)| {
        session.csrf().to_owned()
    })
}

struct SessionSite {
    log: ApiLog,
    router: Router,
}

fn credential(name: &str, token: &str) -> Credential {
    Credential {
        name: SubmitterName::parse(name).unwrap(),
        token_sha256: sha256(token.as_bytes()),
    }
}

fn guarded() -> AuthConfig {
    AuthConfig {
        submitters: vec![credential("clawproxy", SUBMITTER)],
        readers: vec![credential("auditor", READER)],
        open_loopback: false,
    }
}

impl SessionSite {
    fn guarded() -> Self {
        Self::of(guarded())
    }

    fn of(auth: AuthConfig) -> Self {
        let log = ApiLog::bare(auth, HostLimits::default());
        let pages = Router::new()
            .route("/", routing::get(page))
            .route("/jobs", routing::get(page))
            .route("/jobs/{job_id}", routing::get(page))
            .route("/entries/{index}", routing::get(page));
        let entrance = AccessControl::new(log.state.clone(), Arc::new(PlainPages));
        let pages = protect_pages(pages, &entrance).merge(entrance.router());
        let router = api::router(log.state.clone()).merge(surround(pages, log.state.clone()));
        Self { log, router }
    }

    async fn send(&self, request: Request<Body>) -> ApiAnswer {
        ApiAnswer::of(self.router.clone().oneshot(request).await.unwrap()).await
    }

    async fn get(&self, path: &str, cookie: &str) -> ApiAnswer {
        self.send(by_browser(path, cookie).body(Body::empty()).unwrap())
            .await
    }

    /// Whether the cookie opens pages, which counts as a use of it.
    async fn is_in(&self, cookie: &str) -> bool {
        self.get("/", cookie).await.status == 200
    }

    /// Signs in with a token that is known, and answers the cookie as a browser sends it.
    async fn sign_in(&self, token: &str) -> String {
        let answer = self.send(sign_in_form(token, "/")).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        cookie_of(&answer)
    }

    /// Sends JSON with a token.
    async fn api(&self, method: &str, path: &str, token: &str, body: impl Into<Body>) -> ApiAnswer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "localhost");
        let request = request
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.send(request.body(body.into()).unwrap()).await
    }

    /// The form token of a session.
    async fn csrf(&self, cookie: &str) -> String {
        self.get("/", cookie).await.text().to_owned()
    }
}

fn by_browser(path: &str, cookie: &str) -> Builder {
    get(path)
        .header(header::ACCEPT, HTML)
        .header(header::COOKIE, cookie)
}

fn form(path: &str, body: String) -> Form {
    Form(
        Request::post(path)
            .header(header::HOST, "localhost")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded"),
        body,
    )
}

/// A form and its body.
struct Form(Builder, String);

impl Form {
    fn with(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value), self.1)
    }

    fn done(self) -> Request<Body> {
        self.0.body(Body::from(self.1)).unwrap()
    }
}

fn sign_in_form(token: &str, next: &str) -> Request<Body> {
    let encode = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    form(
        "/sign-in",
        format!("token={}&next={}", encode(token), encode(next)),
    )
    .done()
}

fn cookie_of(answer: &ApiAnswer) -> String {
    let set = answer.header(header::SET_COOKIE);
    set.split(';').next().unwrap().to_owned()
}
