//! The pages over a small log with one job from policy to bundle-less end.

use kit::test_ledger::{ORIGIN, TestLedger, accepted};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::Response;
use kit::documents::{self, Draft, model_call, wrap};
use ledger::config::Limits;
use ledger::handle::Ledger;
use ledger::signer::EvidenceKey;
use ledger::store::derived::MemoryDerived;
use ledger_query::QueryEngine;
use ledger_query::share::Pools;
use serde_json::{Value, json};
use tokio::sync::watch;
use tower::ServiceExt;

pub(crate) const JOB: &str = "job/2026 ü";
pub(crate) const JOB_HREF: &str = "/jobs/job%2F2026%20%C3%BC";
pub(crate) const TOKEN: &str = "9c41e7b29c41e7b29c41e7b29c41e7b29c41e7b29c41e7b29c41e7b29c41e7b2";

/// An answer.
pub(crate) struct SiteAnswer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// A log and its pages.
pub(crate) struct TestSite {
    pub(crate) log: TestLedger,
    pub(crate) ledger: Ledger,
    pub(crate) engine: QueryEngine,
    router: Router,
    stop: watch::Sender<bool>,
}

impl TestSite {
    /// A log with its issuers.
    pub(crate) async fn new() -> Self {
        Self::new_with(Arc::default()).await
    }

    /// The same, with pages that draw on these pools.
    pub(crate) async fn new_with(pools: Arc<Pools>) -> Self {
        let (log, ledger) = TestLedger::registered().await;
        let engine = QueryEngine::new(ledger.reader().clone());
        let (stop, stopping) = watch::channel(false);
        let router = web::router(engine.clone(), pools, stopping);
        Self {
            log,
            ledger,
            engine,
            router,
            stop,
        }
    }

    /// The published size.
    pub(crate) fn newest(&self) -> u64 {
        self.engine.published().head.tree.size.value()
    }

    /// The same with a list of verdicts, as far as the log.
    pub(crate) async fn projected(self) -> Self {
        let projection = self.engine.project(Arc::new(MemoryDerived::default()));
        projection.reached(self.engine.published().head.tree.size).await;
        self
    }

    /// The same after a restart; what was ordered to be erased is erased then.
    pub(crate) async fn reopened(self) -> Self {
        self.reopened_with(Limits::default()).await
    }

    /// The same after a restart with an index, which covers everything.
    pub(crate) async fn indexed(self) -> Self {
        let covered = self.engine.published().head.tree.size;
        let limits = Limits {
            index_after: Some(Duration::ZERO),
            ..Limits::default()
        };
        let indexed = self.reopened_with(limits).await;
        let mut heads = indexed.engine.watch();
        while indexed.engine.index_covered() < covered {
            heads.changed().await.unwrap();
        }
        indexed
    }

    async fn reopened_with(self, limits: Limits) -> Self {
        let Self {
            log,
            ledger,
            engine,
            router,
            ..
        } = self;
        engine.stop().await;
        ledger.shutdown().await;
        drop((ledger, engine, router));
        let ledger = log.open_with(limits);
        let engine = QueryEngine::new(ledger.reader().clone());
        let (stop, stopping) = watch::channel(false);
        let router = web::router(engine.clone(), Arc::default(), stopping);
        Self {
            log,
            ledger,
            engine,
            router,
            stop,
        }
    }

    /// The same with one job: policy, token, event, two receipts, revocation.
    pub(crate) async fn with_job() -> (Self, String) {
        let site = Self::new().await;
        let cast = &site.log.cast;
        let policy = json!({ "name": "triage", "tools": { "allow": ["incidents.get"] } });
        site.log_draft(
            &cast.policy_publisher,
            documents::publication(ORIGIN, "triage-readonly", &policy),
        )
        .await;
        let hash = documents::policy_hash(&policy);
        let agent = cast.agent.did().as_str();
        let mut claims = documents::claims(agent, "jti-1", &["triage:read"], 1_770_854_400, 1_770_855_300);
        claims["agent_did"] = json!(agent);
        claims["policy_hash_b64u"] = json!(hash);
        let issuance = documents::issuance(ORIGIN, TOKEN, &claims, JOB, "run_test");
        site.log_draft(&cast.token_issuer, issuance).await;
        let opened = documents::job_event(ORIGIN, JOB, "opened").with("/title", "Triage <b>now</b>");
        site.log_draft(&cast.orchestrator, opened).await;
        for number in 0..2 {
            let document = model_call(number).sign(&cast.gateway);
            let context = json!({
                "job_id": JOB, "token_hash": TOKEN, "stream": "s1", "number": number, "last": number == 1,
            });
            site.submit("clawproxy", wrap(&document, &context)).await;
        }
        let revocation = documents::revocation(ORIGIN, TOKEN, 1_770_854_400);
        site.log_draft(
            &cast.token_issuer,
            revocation.with("/reason", "suspicious query volume"),
        )
        .await;
        (site, hash)
    }

    /// Signs a document of our own and logs it; its index.
    pub(crate) async fn own(&self, key: &EvidenceKey, kind: &'static str, payload: Value) -> u64 {
        self.log_draft(key, Draft::own(ORIGIN, kind, payload)).await
    }

    /// Logs a document; its index.
    pub(crate) async fn log_draft(&self, key: &EvidenceKey, draft: Draft) -> u64 {
        self.submit("orchestrator", draft.sign(key)).await
    }

    /// Logs one body; its index.
    pub(crate) async fn submit(&self, submitter: &str, body: String) -> u64 {
        accepted(&self.ledger, submitter, body).await.index.value()
    }

    pub(crate) fn policy_hash(&self, index: u64) -> String {
        let record = self
            .engine
            .entry(verifier::index::LeafIndex::new(index))
            .unwrap()
            .unwrap();
        let document: Value = serde_json::from_slice(&record.evidence.unwrap()).unwrap();
        let policy = document["payload"]["policy"].to_string();
        let value = verifier::json::parse(policy.as_bytes()).unwrap();
        verifier::digest::PolicyHash::from_bytes(verifier::json::hash_jcs(&value)).to_string()
    }

    /// Asks for a page.
    pub(crate) async fn get(&self, path: &str) -> SiteAnswer {
        self.get_from(path, "pulse.example:8443").await
    }

    /// The same, with the host that the visitor names.
    pub(crate) async fn get_from(&self, path: &str, host: &str) -> SiteAnswer {
        let request = Request::get(path).header(HOST, host).body(Body::empty()).unwrap();
        self.send(request).await
    }

    /// Sends a form.
    pub(crate) async fn post(&self, path: &str, content_type: &str, body: Vec<u8>) -> SiteAnswer {
        let request = Request::post(path).header(CONTENT_TYPE, content_type);
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// Asks for what pages do not do.
    pub(crate) async fn delete(&self, path: &str) -> SiteAnswer {
        self.send(Request::delete(path).body(Body::empty()).unwrap())
            .await
    }

    /// Says that the server stops.
    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// The answer as it is sent, its body not yet read.
    pub(crate) async fn begin(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> SiteAnswer {
        let response = self.begin(request).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), 4 << 20).await.unwrap();
        SiteAnswer {
            status,
            headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    /// Asks for a page that must be there.
    pub(crate) async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        answer.body
    }
}
