//! A log with jobs, their documents, and a projection that follows it.

use std::sync::Arc;

use ledger::handle::Ledger;
use ledger::signer::EvidenceKey;
use ledger::store::derived::{DerivedStore, MemoryDerived};
use ledger::testing::{ISSUED_AT, ORIGIN, TestLog, submit, wrap};
use ledger_query::QueryEngine;
use ledger_query::projection::{JobRecord, Projection};
use serde_json::{Value, json};
use verifier::assess::assess;
use verifier::index::{LeafIndex, TreeSize};
use verifier::json::parse;
use verifier::token::scope_hash;

pub(crate) struct FollowedLog {
    pub(crate) log: TestLog,
    pub(crate) ledger: Ledger,
    pub(crate) engine: QueryEngine,
    pub(crate) derived: Arc<dyn DerivedStore>,
    pub(crate) projection: Projection,
}

impl FollowedLog {
    /// A log with every issuer registered.
    pub(crate) async fn start() -> Self {
        Self::start_on(Arc::new(MemoryDerived::default())).await
    }

    pub(crate) async fn start_on(derived: Arc<dyn DerivedStore>) -> Self {
        let log = TestLog::new().unwrap();
        let ledger = log.open().unwrap();
        log.register_all(&ledger).await.unwrap();
        let engine = QueryEngine::new(ledger.reader().clone());
        let projection = engine.project(Arc::clone(&derived)).clone();
        Self {
            log,
            ledger,
            engine,
            derived,
            projection,
        }
    }

    /// The server stops and starts again, with the derived data that it left.
    pub(crate) async fn restart(self) -> Self {
        let derived = Arc::clone(&self.derived);
        self.restart_on(derived).await
    }

    /// The same with other derived data.
    pub(crate) async fn restart_on(self, derived: Arc<dyn DerivedStore>) -> Self {
        self.stop().await;
        let Self { log, .. } = self;
        let ledger = log.open().unwrap();
        let engine = QueryEngine::new(ledger.reader().clone());
        let projection = engine.project(Arc::clone(&derived)).clone();
        Self {
            log,
            ledger,
            engine,
            derived,
            projection,
        }
    }

    /// Stops the list of verdicts, then the log.
    pub(crate) async fn stop(&self) {
        self.engine.stop().await;
        self.ledger.shutdown().await;
    }

    pub(crate) fn size(&self) -> TreeSize {
        self.engine.published().head.tree.size
    }

    pub(crate) async fn send(&self, submitter: &str, document: String) -> LeafIndex {
        let mut results = submit(&self.ledger, submitter, vec![document]).await;
        results.pop().unwrap().unwrap().index
    }

    pub(crate) async fn open_job(&self, job: &str) -> LeafIndex {
        let members = json!({"job_id": job, "action": "opened", "at": "2026-02-11T00:00:00Z"});
        let document = sign(&self.log.actors.orchestrator, "job_event", &members);
        self.send("orchestrator", document).await
    }

    fn claims(&self, run: &str) -> Value {
        json!({
            "token_version": "1", "sub": self.log.actors.agent.did().as_str(), "aud": ["clawproxy.com"],
            "scope": ["clawproxy:call:anthropic"], "iat": 1_770_768_000, "exp": 1_770_771_600,
            "jti": format!("jti-{run}"),
        })
    }

    pub(crate) async fn issue(&self, token: &str, job: &str, run: &str) -> LeafIndex {
        let members = json!({
            "token_hash": token, "kid": "key-1", "job_id": job, "run_id": run, "claims": self.claims(run),
        });
        let document = sign(&self.log.actors.token_issuer, "cst_issuance", &members);
        self.send("clawscope", document).await
    }

    pub(crate) async fn revoke(&self, token: &str) -> LeafIndex {
        let members = json!({"token_hash": token, "revoked_at": 1_770_768_000});
        let document = sign(&self.log.actors.token_issuer, "cst_revocation", &members);
        self.send("clawscope", document).await
    }

    pub(crate) async fn publish(&self, name: &str) -> LeafIndex {
        let members = json!({"policy_id": name, "policy": {"allow": [name]}});
        let document = sign(&self.log.actors.policy_publisher, "wpc_publication", &members);
        self.send("clawcontrols", document).await
    }

    /// A model call that counts for the job: its scope hash is that of the run's token.
    pub(crate) async fn receipt(&self, number: u64, run: &str, model: &str, job: &str) -> LeafIndex {
        let claims = parse(self.claims(run).to_string().as_bytes()).unwrap();
        let scope = scope_hash(claims.as_object().unwrap()).unwrap();
        let hash = "A".repeat(43);
        let payload = json!({
            "receipt_version": "1", "receipt_id": format!("rcpt_{number}"),
            "gateway_id": "did:web:clawproxy.example", "provider": "anthropic", "model": model,
            "request_hash_b64u": hash, "response_hash_b64u": hash, "tokens_input": 1, "tokens_output": 2,
            "latency_ms": 3, "timestamp": ISSUED_AT,
            "binding": {
                "run_id": run, "event_hash_b64u": hash, "nonce": format!("nonce_{number}"),
                "token_scope_hash_b64u": scope.to_string(),
            },
        });
        let gateway = &self.log.actors.gateway;
        let document = gateway
            .sign_clawsig("gateway_receipt", &payload.to_string(), ISSUED_AT)
            .unwrap();
        self.send("clawproxy", wrap(&document, &json!({"job_id": job})))
            .await
    }

    /// Waits until the projection knows all that is logged.
    pub(crate) async fn settle(&self) {
        let size = self.size();
        self.projection.reached(size).await;
        assert!(self.projection.projected_to() >= size);
    }

    pub(crate) fn job(&self, job: &str) -> JobRecord {
        self.projection.job(&self.engine, job).unwrap().unwrap()
    }

    pub(crate) fn job_is_known(&self, job: &str) -> bool {
        self.projection.job(&self.engine, job).unwrap().is_some()
    }

    /// The record is what an assessment made now, at the size that the record names, says.
    pub(crate) fn assert_as_assessed(&self, job: &str) {
        let record = self.job(job);
        let closure = self.engine.closure(job, record.assessed_at).unwrap().unwrap();
        let assessment = assess(&closure);
        assert_eq!(record.outcome.verdict, Some(assessment.verdict.into()), "{job}");
        assert_eq!(record.outcome.code, assessment.code, "{job}");
        assert_eq!(record.outcome.message, assessment.message, "{job}");
        // And nothing since would change it.
        let now = assess(&self.engine.closure(job, self.size()).unwrap().unwrap());
        assert_eq!(now.checks, assessment.checks, "{job}");
        let last = self.engine.job_span(job, self.size()).unwrap().unwrap().1;
        assert_eq!(record.last, last, "{job}");
    }
}

pub(crate) fn sign(key: &EvidenceKey, envelope_type: &str, members: &Value) -> String {
    let mut payload = json!({"event_version": "1", "log_origin": ORIGIN});
    let target = payload.as_object_mut().unwrap();
    target.extend(members.as_object().unwrap().clone());
    key.sign_own(envelope_type, &payload, ISSUED_AT).unwrap()
}

/// 64 hex digits.
pub(crate) fn token(number: usize) -> String {
    format!("{number:064x}")
}
