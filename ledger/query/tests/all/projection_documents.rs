//! A log with jobs, their documents, and a projection that follows it.

use kit::documents::{claims, issuance, job_event, model_call, publication, revocation, scope_hash, wrap};
use kit::test_ledger::{ORIGIN, TestLedger, accepted};
use std::sync::Arc;

use ledger::config::Limits;
use ledger::handle::Ledger;
use ledger::store::LogStore;
use ledger::store::derived::{DerivedStore, MemoryDerived};
use ledger::store::memory::MemoryStore;
use ledger_query::QueryEngine;
use ledger_query::projection::{JobRecord, Projection};
use serde_json::{Value, json};
use verifier::assess::assess;
use verifier::index::{LeafIndex, TreeSize};
use verifier::payload::Settings;

pub(crate) struct FollowedLog {
    pub(crate) log: TestLedger,
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

    /// The same with limits of the log.
    pub(crate) async fn start_with(limits: Limits) -> Self {
        Self::start_in(Arc::new(MemoryStore::new()), limits).await
    }

    /// The same in an empty store.
    pub(crate) async fn start_in(store: Arc<dyn LogStore>, limits: Limits) -> Self {
        let log = TestLedger::create(store, Settings::default());
        let ledger = log.open_with(limits);
        log.register_all(&ledger).await;
        Self::follow(log, ledger, Arc::new(MemoryDerived::default()))
    }

    pub(crate) async fn start_on(derived: Arc<dyn DerivedStore>) -> Self {
        let (log, ledger) = TestLedger::registered().await;
        Self::follow(log, ledger, derived)
    }

    fn follow(log: TestLedger, ledger: Ledger, derived: Arc<dyn DerivedStore>) -> Self {
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
        let ledger = log.open();
        Self::follow(log, ledger, derived)
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
        accepted(&self.ledger, submitter, document).await.index
    }

    pub(crate) async fn open_job(&self, job: &str) -> LeafIndex {
        let document = job_event(ORIGIN, job, "opened").sign(&self.log.cast.orchestrator);
        self.send("orchestrator", document).await
    }

    fn claims(&self, run: &str) -> Value {
        let agent = self.log.cast.agent.did().as_str();
        claims(
            agent,
            &format!("jti-{run}"),
            &["clawproxy:call:anthropic"],
            1_770_854_400,
            1_770_858_000,
        )
    }

    pub(crate) async fn issue(&self, token: &str, job: &str, run: &str) -> LeafIndex {
        let document = issuance(ORIGIN, token, &self.claims(run), job, run).sign(&self.log.cast.token_issuer);
        self.send("clawscope", document).await
    }

    pub(crate) async fn revoke(&self, token: &str) -> LeafIndex {
        let document = revocation(ORIGIN, token, 1_770_854_400).sign(&self.log.cast.token_issuer);
        self.send("clawscope", document).await
    }

    pub(crate) async fn publish(&self, name: &str) -> LeafIndex {
        let policy = json!({"allow": [name]});
        let document = publication(ORIGIN, name, &policy).sign(&self.log.cast.policy_publisher);
        self.send("clawcontrols", document).await
    }

    /// A model call that counts for the job: its scope hash is that of the run's token.
    pub(crate) async fn receipt(&self, number: u64, run: &str, model: &str, job: &str) -> LeafIndex {
        let draft = model_call(number)
            .with("/model", model)
            .with("/binding/run_id", run)
            .with("/binding/token_scope_hash_b64u", scope_hash(&self.claims(run)));
        let document = draft.sign(&self.log.cast.gateway);
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

/// 64 hex digits.
pub(crate) fn token(number: usize) -> String {
    format!("{number:064x}")
}
