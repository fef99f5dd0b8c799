//! A job and its steps.

use serde_json::{Value, json};
use verifier::assess::Assessment;
use verifier::base64::encode_url;
use verifier::digest::TokenHash;
use verifier::hash::sha256;
use verifier::json::{hash_jcs, hash_js};
use verifier::token::scope_hash;

use super::log::{Actor, Log, rfc3339};
use super::same;
use crate::sign::parse;

/// A policy without rules that anything of a passing job could break: which member asks for what is no
/// business of this builder.
pub(crate) fn policy() -> Value {
    json!({
        "policy_name": "test",
        "allow": [{ "tool": "sentinel.api", "ops": ["incidents.list", "incidents.get"] }],
        "deny": [{ "tool": "sentinel.api", "ops": ["incidents.update"] }],
        "approvals": [{ "name": "write", "required_for": ["incidents.update"], "mode": "explicit" }],
    })
}

/// A token as the log sees it.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) index: u64,
    pub(crate) hash: String,
    pub(crate) scope: String,
    pub(crate) pin: Option<String>,
    pub(crate) agent: Actor,
}

/// One run of one agent for one job.
#[derive(Clone)]
pub(crate) struct Job {
    pub(crate) log: Log,
    pub(crate) id: String,
    pub(crate) run: String,
    pub(crate) token: Option<Token>,
    /// The policy that receipts cite.
    pub(crate) cited: Option<String>,
    pub(crate) stream: String,
    chain: Vec<Value>,
    receipts: Vec<Value>,
    tool_receipts: Vec<Value>,
    /// Receipts given to the stream.
    sent: u64,
}

impl Job {
    /// Opened in a log.
    pub(crate) fn open(log: Log, id: &str) -> Self {
        let mut job = Self::in_log(log, id);
        job.event("opened", same);
        job
    }

    /// In a log, where nothing says that it was opened.
    pub(crate) fn in_log(log: Log, id: &str) -> Self {
        Self {
            log,
            id: id.to_owned(),
            run: format!("run-{id}"),
            token: None,
            cited: None,
            stream: format!("calls-{id}"),
            chain: Vec::new(),
            receipts: Vec::new(),
            tool_receipts: Vec::new(),
            sent: 0,
        }
    }

    /// Policy, token, two model calls around a tool call, closed stream, bundle: PASS.
    pub(crate) fn pass_under(&mut self, policy: &Value) {
        self.publish("test-policy", policy);
        self.issue("token-1", same);
        self.model_call(same);
        self.tool_call("sentinel.api:incidents.list", same);
        let last = self.model_call(same);
        self.close_stream(last);
        self.bundle(same);
    }

    /// An artifact of the job that shows a JSON value.
    pub(crate) fn show(&mut self, value: &Value) {
        let content = value.to_string();
        let hash = verifier::digest::ArtifactHash::from_bytes(sha256(content.as_bytes()));
        let members = json!({
            "label": "other", "sha256": hash.to_string(), "size": content.len(), "media_type": "application/json",
            "name": "shown.json", "job_id": self.id, "content_b64": verifier::base64::encode_standard(content.as_bytes()),
        });
        self.log
            .own(Actor::Orchestrator, "evidence_artifact", members, None);
    }

    pub(crate) fn assess(&self) -> Assessment {
        self.log.assess(&self.id)
    }

    pub(crate) fn event(&mut self, action: &str, change: impl FnOnce(&mut Value)) -> u64 {
        let mut members = json!({ "job_id": self.id, "action": action, "at": rfc3339(self.log.now) });
        if action == "opened" {
            members["requested_by"] = json!("lead@example");
        }
        change(&mut members);
        self.log.own(Actor::Orchestrator, "job_event", members, None)
    }

    /// Publishes a policy, which the job's receipts cite from here on.
    pub(crate) fn publish(&mut self, policy_id: &str, policy: &Value) -> (u64, String) {
        let hash = encode_url(&hash_jcs(&parse(policy)));
        let members = json!({ "policy_id": policy_id, "policy": policy });
        let index = self.log.own(Actor::Registry, "wpc_publication", members, None);
        self.cited = Some(hash.clone());
        (index, hash)
    }

    /// Issues a token for job and run, pinned to the policy that the job cites.
    pub(crate) fn issue(&mut self, name: &str, change: impl FnOnce(&mut Value)) -> Token {
        let agent = Actor::Agent;
        let hash = TokenHash::from_bytes(sha256(name.as_bytes())).to_string();
        let iat = self.log.now / 1000;
        let mut members = json!({
            "token_hash": hash,
            "claims": {
                "token_version": "1", "sub": agent.did(), "aud": "gateway", "scope": ["gateway:call"],
                "iat": iat, "exp": iat + 600, "agent_did": agent.did(), "jti": format!("jti-{name}"),
                "mission_id": self.id,
            },
            "kid": "0123456789abcdef",
            "job_id": self.id,
            "run_id": self.run,
        });
        if let Some(pin) = &self.cited {
            members["claims"]["policy_hash_b64u"] = json!(pin);
        }
        change(&mut members);
        let claims = parse(&members["claims"]);
        let scope = scope_hash(claims.as_object().unwrap()).unwrap().to_string();
        members["claims"]["token_scope_hash_b64u"] = json!(scope);
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let token = Token {
            hash: text(&members["token_hash"]).unwrap(),
            pin: text(&members["claims"]["policy_hash_b64u"]),
            index: self.log.own(Actor::TokenIssuer, "cst_issuance", members, None),
            scope,
            agent,
        };
        self.token = Some(token.clone());
        token
    }

    pub(crate) fn revoke(&mut self, change: impl FnOnce(&mut Value)) -> u64 {
        let mut members = json!({ "token_hash": self.token().hash, "revoked_at": self.log.now / 1000 });
        change(&mut members);
        self.log.own(Actor::TokenIssuer, "cst_revocation", members, None)
    }

    pub(crate) fn token(&self) -> Token {
        self.token.clone().unwrap()
    }

    /// An event of the agent's chain; its hash.
    pub(crate) fn event_of_chain(&mut self, event_type: &str) -> String {
        let number = self.chain.len();
        let prev = self
            .chain
            .last()
            .map_or(Value::Null, |event| event["event_hash_b64u"].clone());
        // H_js depends on the order of members.
        let text = format!(
            r#"{{"event_id":"evt-{}-{number}","run_id":"{}","event_type":"{event_type}","timestamp":"{}","payload_hash_b64u":"{}","prev_hash_b64u":{prev}}}"#,
            self.id,
            self.run,
            rfc3339(self.log.now),
            encode_url(&sha256(b"payload")),
        );
        let hash = encode_url(&hash_js(&verifier::json::parse(text.as_bytes()).unwrap()));
        let mut event: Value = serde_json::from_str(&text).unwrap();
        event["event_hash_b64u"] = json!(hash);
        self.chain.push(event);
        hash
    }

    fn binding(&self, event_hash: &str) -> Value {
        let mut binding = json!({ "run_id": self.run, "event_hash_b64u": event_hash });
        if let Some(token) = &self.token {
            binding["token_scope_hash_b64u"] = json!(token.scope);
        }
        if let Some(cited) = &self.cited {
            binding["policy_hash"] = json!(cited);
        }
        binding
    }

    /// A gateway receipt, signed and neither sent nor bundled.
    pub(crate) fn receipt(&mut self, change: impl FnOnce(&mut Value)) -> Value {
        let event_hash = self.event_of_chain("llm_call");
        let number = self.chain.len();
        let mut payload = json!({
            "receipt_version": "1", "receipt_id": format!("rcpt-{}-{number}", self.id), "gateway_id": "gateway",
            "provider": "openai", "model": "gpt-5.2",
            "request_hash_b64u": encode_url(&sha256(b"request")), "response_hash_b64u": encode_url(&sha256(b"response")),
            "tokens_input": 10, "tokens_output": 5, "latency_ms": 100, "timestamp": rfc3339(self.log.now),
            "binding": self.binding(&event_hash),
        });
        payload["binding"]["nonce"] = json!(format!("nonce-{}-{number}", self.id));
        change(&mut payload);
        Actor::Gateway.key().clawsig("gateway_receipt", &payload)
    }

    /// A model call through the gateway: sent with its place in the gateway's stream, and bundled.
    pub(crate) fn model_call(&mut self, change: impl FnOnce(&mut Value)) -> u64 {
        let document = self.receipt(change);
        let context = self.counted(false);
        self.receipts.push(document.clone());
        self.log
            .submit(&document, Some(Actor::Gateway.submitter()), Some(&context))
    }

    /// The same, sent by `submitter` with a context of its own, which takes no place in the stream.
    pub(crate) fn model_call_with(&mut self, submitter: &str, context: Option<&Value>) -> u64 {
        let document = self.receipt(same);
        self.receipts.push(document.clone());
        self.log.submit(&document, Some(submitter), context)
    }

    /// The next place in the gateway's stream for this job and token.
    pub(crate) fn counted(&mut self, last: bool) -> Value {
        let mut context =
            json!({ "job_id": self.id, "stream": self.stream, "number": self.sent, "last": last });
        if let Some(token) = &self.token {
            context["token_hash"] = json!(token.hash);
        }
        self.sent += 1;
        context
    }

    /// The gateway says that the newest of its receipts was the last.
    pub(crate) fn close_stream(&mut self, newest: u64) -> u64 {
        self.sent -= 1;
        let context = self.counted(true);
        self.log.context(newest, Actor::Gateway.submitter(), &context)
    }

    /// A tool call by the agent, `tool:operation`; its arguments are the name's.
    pub(crate) fn tool_call(&mut self, tool: &str, change: impl FnOnce(&mut Value)) -> u64 {
        let event_hash = self.event_of_chain("tool_call");
        let agent = self.token.as_ref().map_or(Actor::Agent, |token| token.agent);
        let mut payload = json!({
            "receipt_version": "1", "receipt_id": format!("tool-{}-{}", self.id, self.chain.len()), "tool_name": tool,
            "args_hash_b64u": args_hash(tool), "result_hash_b64u": encode_url(&sha256(b"result")),
            "result_status": "success", "hash_algorithm": "SHA-256", "agent_did": agent.did(),
            "timestamp": rfc3339(self.log.now), "latency_ms": 10, "binding": self.binding(&event_hash),
        });
        change(&mut payload);
        let document = agent.key().clawsig("tool_receipt", &payload);
        self.tool_receipts.push(document.clone());
        self.log.submit(
            &document,
            Some(agent.submitter()),
            Some(&json!({ "job_id": self.id })),
        )
    }

    /// An enforcement point allows or denies a call of `tool` with the operation.
    pub(crate) fn decide(
        &mut self,
        effect: &str,
        tool: &str,
        operation: &str,
        change: impl FnOnce(&mut Value),
    ) -> u64 {
        let mut members = json!({
            "decision_id": format!("dec-{}", self.log.size()), "run_id": self.run, "job_id": self.id,
            "policy_hash_b64u": self.cited, "tool": tool, "operation": operation,
            "args_hash_b64u": args_hash(&format!("{tool}:{operation}")), "effect": effect, "reason_code": "TEST",
            "decided_at": rfc3339(self.log.now),
        });
        if let Some(token) = &self.token {
            members["token_hash"] = json!(token.hash);
        }
        change(&mut members);
        self.log
            .own(Actor::Enforcement, "authorization_decision", members, None)
    }

    /// An approver approves operations at a gate.
    pub(crate) fn approve(
        &mut self,
        gate: &str,
        operations: &[&str],
        change: impl FnOnce(&mut Value),
    ) -> u64 {
        let scope = self.scope(gate, operations);
        self.approve_scope(&scope, change)
    }

    /// The scope of an approval of operations, whatever their arguments.
    pub(crate) fn scope(&self, gate: &str, operations: &[&str]) -> Value {
        json!({
            "gate": gate, "job_id": self.id, "operations": operations, "policy_hash_b64u": self.cited,
        })
    }

    /// An approver approves a scope, which its approval states by hash.
    pub(crate) fn approve_scope(&mut self, scope: &Value, change: impl FnOnce(&mut Value)) -> u64 {
        let mut payload = json!({
            "receipt_version": "1", "receipt_id": format!("approval-{}-{}", self.id, self.log.size()),
            "approval_type": "explicit_approve", "approver_subject": "manager@example",
            "agent_did": self.token().agent.did(), "scope_hash_b64u": encode_url(&hash_jcs(&parse(scope))),
            "policy_hash_b64u": self.cited, "minted_capability_ttl_seconds": 300, "hash_algorithm": "SHA-256",
            "timestamp": rfc3339(self.log.now),
        });
        change(&mut payload);
        let document = Actor::Approver.key().clawsig("human_approval_receipt", &payload);
        self.log
            .submit(&document, Some(Actor::Approver.submitter()), None)
    }

    /// The bundle of the run, with every receipt so far.
    pub(crate) fn bundle_document(&self, change: impl FnOnce(&mut Value)) -> Value {
        let agent = self.token.as_ref().map_or(Actor::Agent, |token| token.agent);
        let mut payload = json!({
            "bundle_version": "1", "bundle_id": format!("bundle-{}", self.id), "agent_did": agent.did(),
            "event_chain": self.chain, "receipts": self.receipts,
        });
        if !self.tool_receipts.is_empty() {
            payload["tool_receipts"] = json!(self.tool_receipts);
        }
        change(&mut payload);
        agent.key().clawsig("proof_bundle", &payload)
    }

    /// The agent hands in its bundle.
    pub(crate) fn bundle(&mut self, change: impl FnOnce(&mut Value)) -> u64 {
        let document = self.bundle_document(change);
        self.log
            .submit(&document, Some("agents"), Some(&json!({ "job_id": self.id })))
    }
}

/// Hash of the arguments with which a tool is called here.
pub(crate) fn args_hash(tool: &str) -> String {
    encode_url(&sha256(tool.as_bytes()))
}

/// Policy, token, two model calls around a tool call, closed stream, bundle: PASS.
pub(crate) fn passing_job() -> Job {
    passing_under(&policy())
}

/// The same under another policy.
pub(crate) fn passing_under(policy: &Value) -> Job {
    let mut job = Job::open(Log::new(), "job-1");
    job.pass_under(policy);
    job
}
