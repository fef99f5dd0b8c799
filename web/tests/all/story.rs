//! Jobs in the making: documents that the assessment ties together.

use ledger::signer::EvidenceKey;
use ledger::testing::{ISSUED_AT, wrap};
use serde_json::{Value, json};
use verifier::hash::sha256;

use crate::site::Site;

/// A job with one token and one run.
pub(crate) struct Job<'a> {
    site: &'a Site,
    pub(crate) id: String,
    pub(crate) run: String,
    pub(crate) token: String,
    pub(crate) policy: String,
    scope: String,
}

/// A second of the day on which the test clock starts.
pub(crate) fn at(second: u64) -> String {
    format!("2026-02-11T00:{:02}:{:02}Z", second / 60, second % 60)
}

impl<'a> Job<'a> {
    /// Publishes a policy, issues a token for the job and opens it.
    pub(crate) async fn open(site: &'a Site, id: &str, event: Value) -> Job<'a> {
        let policy = json!({ "name": "triage", "tools": { "allow": ["incidents.get"] } });
        Self::open_under(site, id, &policy, event).await
    }

    /// The same under a policy.
    pub(crate) async fn open_under(site: &'a Site, id: &str, policy: &Value, event: Value) -> Job<'a> {
        let actors = &site.log.actors;
        let publication = json!({ "policy_id": "triage-readonly", "policy": policy });
        let published = site
            .own(&actors.policy_publisher, "wpc_publication", publication)
            .await;
        let policy = site.policy_hash(published);
        let token = verifier::digest::ArtifactHash::from_bytes(sha256(id.as_bytes())).to_string();
        let agent = actors.agent.did().as_str();
        let claims = json!({
            "token_version": "1", "sub": agent, "aud": ["clawproxy"], "scope": ["triage:read", id],
            "iat": 1_770_768_000, "exp": 1_770_768_900, "agent_did": agent, "policy_hash_b64u": policy,
        });
        let parsed = verifier::json::parse(claims.to_string().as_bytes()).unwrap();
        let scope = verifier::token::scope_hash(parsed.as_object().unwrap()).unwrap();
        let job = Job {
            site,
            id: id.to_owned(),
            run: format!("run_{}", &token[..8]),
            token,
            policy,
            scope: scope.to_string(),
        };
        let issuance = json!({
            "token_hash": job.token, "claims": claims, "kid": "0123456789abcdef", "job_id": id, "run_id": job.run,
        });
        site.own(&actors.token_issuer, "cst_issuance", issuance).await;
        job.event("opened", event).await;
        job
    }

    /// An event of the job by its orchestrator.
    pub(crate) async fn event(&self, action: &str, extra: Value) -> u64 {
        let mut payload = json!({ "job_id": self.id, "action": action, "at": ISSUED_AT });
        for (name, value) in extra.as_object().unwrap() {
            payload[name] = value.clone();
        }
        self.site
            .own(&self.site.log.actors.orchestrator, "job_event", payload)
            .await
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
        let hash = "A".repeat(43);
        let payload = json!({
            "receipt_version": "1", "receipt_id": format!("{}_{number}", self.run),
            "gateway_id": "did:web:clawproxy.example", "provider": "anthropic", "model": model,
            "request_hash_b64u": hash, "response_hash_b64u": hash,
            "tokens_input": 1_000, "tokens_output": 20, "latency_ms": 3, "timestamp": at(second),
            "binding": {
                "run_id": self.run, "event_hash_b64u": event_hash, "nonce": format!("{}_{number}", self.run),
                "policy_hash": self.policy, "token_scope_hash_b64u": self.scope,
            },
        });
        sign(&self.site.log.actors.gateway, "gateway_receipt", &payload)
    }

    /// A tool call, by the agent's own word.
    pub(crate) async fn tool(&self, name: &str, second: u64) -> u64 {
        let hash = "A".repeat(43);
        let agent = &self.site.log.actors.agent;
        let payload = json!({
            "receipt_version": "1", "receipt_id": format!("{}_tool_{second}", self.run),
            "agent_did": agent.did().as_str(), "tool_name": name,
            "args_hash_b64u": hash, "result_hash_b64u": hash, "hash_algorithm": "SHA-256",
            "latency_ms": 3, "timestamp": at(second),
            "binding": { "run_id": self.run, "event_hash_b64u": hash, "token_scope_hash_b64u": self.scope },
        });
        let document = sign(agent, "tool_receipt", &payload);
        self.site.submit("agents", document).await
    }

    /// An approval of an operation at a gate, with more members of its scope.
    pub(crate) async fn approve(&self, gate: &str, operation: &str, more: Value, second: u64) -> u64 {
        let actors = &self.site.log.actors;
        let mut scope = json!({
            "gate": gate, "job_id": self.id, "operations": [operation], "policy_hash_b64u": self.policy,
        });
        for (name, value) in more.as_object().unwrap() {
            scope[name] = value.clone();
        }
        let scope = verifier::json::parse(scope.to_string().as_bytes()).unwrap();
        let payload = json!({
            "receipt_version": "1", "receipt_id": format!("{}_approval_{second}", self.run),
            "approval_type": "explicit_approve", "approver_subject": "manager@example.com",
            "agent_did": actors.agent.did().as_str(), "policy_hash_b64u": self.policy,
            "scope_hash_b64u": verifier::base64::encode_url(&verifier::json::hash_jcs(&scope)),
            "minted_capability_ttl_seconds": 900, "hash_algorithm": "SHA-256", "timestamp": at(second),
        });
        let document = sign(&actors.approver, "human_approval_receipt", &payload);
        let body = wrap(&document, &json!({ "job_id": self.id }));
        self.site.submit("approvals", body).await
    }

    /// A tool call as the host saw it: neither arguments nor result.
    pub(crate) async fn observed(&self, name: &str, second: u64) -> u64 {
        let actors = &self.site.log.actors;
        let payload = json!({
            "receipt_version": "1", "receipt_id": format!("{}_seen_{second}", self.run),
            "agent_did": actors.agent.did().as_str(), "tool_name": name, "hash_algorithm": "SHA-256",
            "latency_ms": 3, "timestamp": at(second),
            "binding": { "run_id": self.run, "token_scope_hash_b64u": self.scope },
        });
        let document = sign(&actors.enforcement_point, "tool_receipt", &payload);
        self.site.submit("enforcer", document).await
    }

    /// The revocation of the job's token.
    pub(crate) async fn revoke(&self) -> u64 {
        let payload = json!({
            "token_hash": self.token, "revoked_at": 1_770_768_000, "reason": "suspicious query volume",
        });
        self.site
            .own(&self.site.log.actors.token_issuer, "cst_revocation", payload)
            .await
    }

    /// The address of the job's page.
    pub(crate) fn href(&self) -> String {
        format!("/jobs/{}", self.id)
    }
}

pub(crate) fn sign(key: &EvidenceKey, kind: &str, payload: &Value) -> String {
    key.sign_clawsig(kind, &payload.to_string(), ISSUED_AT).unwrap()
}
