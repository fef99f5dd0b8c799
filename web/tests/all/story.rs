//! Jobs in the making: documents that the assessment ties together.

use kit::documents::{self, Draft, wrap};
use kit::test_ledger::ORIGIN;
use ledger::signer::EvidenceKey;
use serde_json::{Value, json};

use crate::site::TestSite;

/// A job with one token and one run.
pub(crate) struct StoryJob<'a> {
    site: &'a TestSite,
    pub(crate) id: String,
    pub(crate) run: String,
    pub(crate) token: String,
    pub(crate) policy: String,
    scope: String,
}

/// A second of the day on which the test clock starts.
pub(crate) fn at(second: u64) -> String {
    format!("2026-02-12T00:{:02}:{:02}Z", second / 60, second % 60)
}

impl<'a> StoryJob<'a> {
    /// Publishes a policy, issues a token for the job and opens it.
    pub(crate) async fn open(site: &'a TestSite, id: &str, event: Value) -> StoryJob<'a> {
        let policy = json!({ "name": "triage", "tools": { "allow": ["incidents.get"] } });
        Self::open_under(site, id, &policy, event).await
    }

    /// The same under a policy.
    pub(crate) async fn open_under(
        site: &'a TestSite,
        id: &str,
        policy: &Value,
        event: Value,
    ) -> StoryJob<'a> {
        let cast = &site.log.cast;
        let publication = documents::publication(ORIGIN, "triage-readonly", policy);
        site.log_draft(&cast.policy_publisher, publication).await;
        let policy = documents::policy_hash(policy);
        let token = documents::token_hash(id);
        let agent = cast.agent.did().as_str();
        let jti = format!("jti-{}", &token[..8]);
        let mut claims = documents::claims(agent, &jti, &["triage:read", id], 1_770_854_400, 1_770_855_300);
        claims["agent_did"] = json!(agent);
        claims["policy_hash_b64u"] = json!(policy);
        let job = StoryJob {
            site,
            id: id.to_owned(),
            run: format!("run_{}", &token[..8]),
            token,
            policy,
            scope: documents::scope_hash(&claims),
        };
        let issuance = documents::issuance(ORIGIN, &job.token, &claims, id, &job.run);
        site.log_draft(&cast.token_issuer, issuance).await;
        job.event("opened", event).await;
        job
    }

    /// An event of the job by its orchestrator.
    pub(crate) async fn event(&self, action: &str, extra: Value) -> u64 {
        let mut draft = documents::job_event(ORIGIN, &self.id, action);
        for (name, value) in extra.as_object().unwrap() {
            draft = draft.with(&format!("/{name}"), value);
        }
        self.site.log_draft(&self.site.log.cast.orchestrator, draft).await
    }

    /// A model call at a second, in the job's stream.
    pub(crate) async fn call(&self, number: u64, second: u64, last: bool) -> u64 {
        let context = json!({
            "job_id": self.id, "token_hash": self.token, "stream": self.id, "number": number, "last": last,
        });
        let body = wrap(&self.receipt(number, second), &context);
        self.site.submit("clawproxy", body).await
    }

    /// The receipt of such a call.
    pub(crate) fn receipt(&self, number: u64, second: u64) -> String {
        self.receipt_of(number, second, "claude-test")
    }

    /// The same of another model.
    pub(crate) fn receipt_of(&self, number: u64, second: u64, model: &str) -> String {
        self.receipt_for(number, second, model, &"A".repeat(43))
    }

    /// The same for an event of the run.
    pub(crate) fn receipt_for(&self, number: u64, second: u64, model: &str, event_hash: &str) -> String {
        documents::gateway_receipt(&format!("{}_{number}", self.run), &self.run)
            .with("/model", model)
            .with("/tokens_input", 1_000)
            .with("/binding/event_hash_b64u", event_hash)
            .with("/binding/policy_hash", &self.policy)
            .with("/binding/token_scope_hash_b64u", &self.scope)
            .at(&at(second))
            .signed(&self.site.log.cast.gateway)
            .to_string()
    }

    /// A tool call, by the agent's own word.
    pub(crate) async fn tool(&self, name: &str, second: u64) -> u64 {
        let agent = &self.site.log.cast.agent;
        let id = format!("{}_tool_{second}", self.run);
        let draft = documents::tool_receipt(&id, &self.run, agent.did().as_str(), name)
            .without("result_status")
            .with("/binding/token_scope_hash_b64u", &self.scope);
        self.site
            .submit("agents", draft.at(&at(second)).sign(agent))
            .await
    }

    /// An approval of an operation at a gate, with more members of its scope.
    pub(crate) async fn approve(&self, gate: &str, operation: &str, more: Value, second: u64) -> u64 {
        let cast = &self.site.log.cast;
        let mut scope = json!({
            "gate": gate, "job_id": self.id, "operations": [operation], "policy_hash_b64u": self.policy,
        });
        for (name, value) in more.as_object().unwrap() {
            scope[name] = value.clone();
        }
        let id = format!("{}_approval_{second}", self.run);
        let agent = cast.agent.did().as_str();
        let draft = documents::approval(&id, agent, &scope, Some(&self.policy));
        let document = draft.at(&at(second)).sign(&cast.approver);
        let body = wrap(&document, &json!({ "job_id": self.id }));
        self.site.submit("approvals", body).await
    }

    /// A tool call as the host saw it: neither arguments nor result.
    pub(crate) async fn observed(&self, name: &str, second: u64) -> u64 {
        let cast = &self.site.log.cast;
        let id = format!("{}_seen_{second}", self.run);
        let draft = documents::tool_receipt(&id, &self.run, cast.agent.did().as_str(), name)
            .without("args_hash_b64u")
            .without("result_hash_b64u")
            .without("result_status")
            .with(
                "/binding",
                json!({ "run_id": self.run, "token_scope_hash_b64u": self.scope }),
            );
        let document = draft.at(&at(second)).sign(&cast.enforcement_point);
        self.site.submit("enforcer", document).await
    }

    /// The revocation of the job's token.
    pub(crate) async fn revoke(&self) -> u64 {
        let draft = documents::revocation(ORIGIN, &self.token, 1_770_854_400);
        let draft = draft.with("/reason", "suspicious query volume");
        self.site.log_draft(&self.site.log.cast.token_issuer, draft).await
    }

    /// The address of the job's page.
    pub(crate) fn href(&self) -> String {
        format!("/jobs/{}", self.id)
    }
}

pub(crate) fn sign(key: &EvidenceKey, kind: &'static str, payload: Value) -> String {
    Draft::clawsig(kind, payload).signed(key).to_string()
}
