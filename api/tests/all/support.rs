//! A fresh log in memory behind the router, and requests to it.

use api::links::{LinkLimits, ShareLinks};
use api::session::{SessionLimits, Sessions};
use api::{AccessStores, ApiState, AuthConfig, HostLimits, router};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, Response, header};
use kit::cast::Cast;
use kit::test_ledger::TestLedger;
use ledger::clock::Clock;
use ledger::config::Limits;
use ledger::handle::Ledger;
use ledger::signer::EvidenceKey;
use ledger::store::memory::MemoryStore;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tower::ServiceExt;
use verifier::index::TimestampMs;
use verifier::payload::Settings;

pub(crate) struct ApiLog {
    pub(crate) ledger: Ledger,
    /// Nobody has registered it.
    pub(crate) stranger: EvidenceKey,
    pub(crate) draining: watch::Sender<bool>,
    pub(crate) state: ApiState,
    made: TestLedger,
    router: Router,
}

impl ApiLog {
    /// An open loopback server with genesis and one registration for each role.
    pub(crate) async fn start() -> Self {
        Self::start_on(&Arc::new(MemoryStore::new())).await
    }

    /// The same on a store that the test can make fail.
    pub(crate) async fn start_on(store: &Arc<MemoryStore>) -> Self {
        Self::registered(Self::on(store, open_loopback(), HostLimits::default())).await
    }

    /// The same with an index that covers entries as soon as they are seen.
    pub(crate) async fn start_indexed() -> Self {
        Self::start_indexed_with(HostLimits::default()).await
    }

    /// The same with other limits.
    pub(crate) async fn start_indexed_with(host: HostLimits) -> Self {
        let limits = Limits {
            index_after: Some(Duration::ZERO),
            ..Limits::default()
        };
        let store = Arc::new(MemoryStore::new());
        Self::registered(Self::opened(&store, open_loopback(), host, limits)).await
    }

    /// The same with other limits.
    pub(crate) async fn start_with(limits: HostLimits) -> Self {
        Self::registered(Self::bare(open_loopback(), limits)).await
    }

    async fn registered(self) -> Self {
        self.made.register_all(&self.ledger).await;
        self
    }

    /// A server with genesis only.
    pub(crate) fn bare(auth: AuthConfig, limits: HostLimits) -> Self {
        Self::on(&Arc::new(MemoryStore::new()), auth, limits)
    }

    /// A server on a store of which the test keeps a handle, so that it can make it fail.
    pub(crate) fn on(store: &Arc<MemoryStore>, auth: AuthConfig, limits: HostLimits) -> Self {
        Self::opened(store, auth, limits, Limits::default())
    }

    fn opened(store: &Arc<MemoryStore>, auth: AuthConfig, limits: HostLimits, of_log: Limits) -> Self {
        let made = TestLedger::create(store.clone(), Settings::default());
        let ledger = made.open_with(of_log);
        let (draining, drained) = watch::channel(false);
        let file = Box::new(api::links::NoFile);
        let people = AccessStores {
            sessions: Sessions::new(SessionLimits::default(), made.clock.clone()),
            links: ShareLinks::open(LinkLimits::default(), made.clock.clone(), None, file).unwrap(),
        };
        let state = ApiState::with_people(ledger.clone(), auth, limits, drained, people);
        let stranger = EvidenceKey::from_seed([99; 32]).unwrap();
        Self {
            ledger,
            stranger,
            draining,
            made,
            router: router(state.clone()),
            state,
        }
    }

    /// Who signs.
    pub(crate) fn keys(&self) -> &Cast {
        &self.made.cast
    }

    /// Somebody sets the wall clock back.
    pub(crate) fn set_clock_back(&self, ms: u64) {
        let clock = &self.made.clock;
        clock.set_wall(TimestampMs::new(clock.now().value() - ms));
    }

    /// Time passes.
    pub(crate) fn pass(&self, ms: u64) {
        self.made.clock.advance(ms);
    }

    pub(crate) fn now(&self) -> u64 {
        self.made.clock.now().value()
    }

    pub(crate) fn size(&self) -> u64 {
        self.ledger.reader().published().head.tree.size.value()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> ApiAnswer {
        ApiAnswer::of(self.open(request).await).await
    }

    /// The answer with its body still to come.
    pub(crate) async fn open(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> ApiAnswer {
        self.send(get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn get_as(&self, path: &str, accept: &str) -> ApiAnswer {
        self.send(
            get(path)
                .header(header::ACCEPT, accept)
                .body(Body::empty())
                .unwrap(),
        )
        .await
    }

    pub(crate) async fn post(&self, document: &str) -> ApiAnswer {
        self.send(post("/v1/evidence", "application/json", document.to_owned()))
            .await
    }

    pub(crate) async fn post_batch(&self, lines: &str) -> ApiAnswer {
        self.send(post(
            "/v1/evidence/batch",
            "application/x-ndjson",
            lines.to_owned(),
        ))
        .await
    }

    /// Logs a document that must be new, and answers the receipt.
    pub(crate) async fn logged(&self, document: &str) -> Value {
        let answer = self.post(document).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }
}

/// Nobody is configured, everybody on loopback may read, and submits as `local`.
pub(crate) fn open_loopback() -> AuthConfig {
    AuthConfig {
        open_loopback: true,
        ..AuthConfig::default()
    }
}

pub(crate) fn get(path: &str) -> axum::http::request::Builder {
    Request::get(path).header(header::HOST, "localhost")
}

pub(crate) fn post(path: &str, content_type: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post(path)
        .header(header::HOST, "localhost")
        .header(header::CONTENT_TYPE, content_type)
        .body(body.into())
        .unwrap()
}

/// The same request, from an address.
pub(crate) fn from_peer(mut request: Request<Body>, last: u8) -> Request<Body> {
    let peer = api::PeerAddress(std::net::IpAddr::from([192, 0, 2, last]));
    request.extensions_mut().insert(peer);
    request
}

#[derive(Debug)]
pub(crate) struct ApiAnswer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl ApiAnswer {
    pub(crate) async fn of(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Self {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    /// Each line of an NDJSON body.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.text()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    pub(crate) fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The code of a problem, after a look at the members that every problem has.
    pub(crate) fn code(&self) -> String {
        let problem = self.json();
        assert_eq!(self.header(header::CONTENT_TYPE), "application/problem+json");
        assert_eq!(problem["status"], self.status);
        let code = problem["code"].as_str().unwrap().to_owned();
        assert_eq!(problem["type"], format!("/problems/{code}"));
        assert!(!problem["title"].as_str().unwrap().is_empty());
        assert!(!problem["detail"].as_str().unwrap().is_empty());
        code
    }
}
