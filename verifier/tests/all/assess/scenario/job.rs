//! A job and its steps.

use kit::documents;
use serde_json::{Value, json};
use verifier::assess::Assessment;
use verifier::base64::encode_url;
use verifier::hash::sha256;
use verifier::json::hash_js;

use super::log::{ORIGIN, ScenarioActor, ScenarioLog, rfc3339};
use super::same;

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
pub(crate) struct ScenarioToken {
    pub(crate) index: u64,
    pub(crate) hash: String,
    pub(crate) scope: String,
    pub(crate) pin: Option<String>,
    pub(crate) agent: ScenarioActor,
}

/// One run of one agent for one job.
#[derive(Clone)]
pub(crate) struct ScenarioJob {
    pub(crate) log: ScenarioLog,
    pub(crate) id: String,
    pub(crate) run: String,
    pub(crate) token: Option<ScenarioToken>,
    /// The policy that receipts cite.
    pub(crate) cited: Option<String>,
    pub(crate) stream: String,
    chain: Vec<Value>,
    receipts: Vec<Value>,
    tool_receipts: Vec<Value>,
    /// Receipts given to the stream.
    sent: u64,
}

impl ScenarioJob {
    /// Opened in a log.
    pub(crate) fn open(log: ScenarioLog, id: &str) -> Self {
        let mut job = Self::in_log(log, id);
        job.event("opened", same);
        job
    }

    /// In a log, where nothing says that it was opened.
    pub(crate) fn in_log(log: ScenarioLog, id: &str) -> Self {
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
        let draft = documents::artifact(
            ORIGIN,
            &self.id,
            "shown.json",
            "application/json",
            content.as_bytes(),
        );
        self.log.draft(ScenarioActor::Orchestrator, &draft, None);
    }

    pub(crate) fn assess(&self) -> Assessment {
        self.log.assess(&self.id)
    }

    pub(crate) fn event(&mut self, action: &str, change: impl FnOnce(&mut Value)) -> u64 {
        let mut draft = documents::job_event(ORIGIN, &self.id, action).with("/at", rfc3339(self.log.now));
        if action == "opened" {
            draft = draft.with("/requested_by", "lead@example");
        }
        self.log
            .draft(ScenarioActor::Orchestrator, &draft.changed(change), None)
    }

    /// Publishes a policy, which the job's receipts cite from here on.
    pub(crate) fn publish(&mut self, policy_id: &str, policy: &Value) -> (u64, String) {
        let hash = documents::policy_hash(policy);
        let draft = documents::publication(ORIGIN, policy_id, policy);
        let index = self.log.draft(ScenarioActor::Registry, &draft, None);
        self.cited = Some(hash.clone());
        (index, hash)
    }

    /// Issues a token for job and run, pinned to the policy that the job cites.
    pub(crate) fn issue(&mut self, name: &str, change: impl FnOnce(&mut Value)) -> ScenarioToken {
        let agent = ScenarioActor::Agent;
        let iat = self.log.now / 1000;
        let mut claims = documents::claims(
            &agent.did(),
            &format!("jti-{name}"),
            &["gateway:call"],
            iat,
            iat + 600,
        );
        claims["agent_did"] = json!(agent.did());
        claims["mission_id"] = json!(self.id);
        if let Some(pin) = &self.cited {
            claims["policy_hash_b64u"] = json!(pin);
        }
        let hash = documents::token_hash(name);
        let draft = documents::issuance(ORIGIN, &hash, &claims, &self.id, &self.run).changed(change);
        let said = draft.payload().clone();
        let scope = documents::scope_hash(&said["claims"]);
        let draft = draft.with("/claims/token_scope_hash_b64u", &scope);
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let token = ScenarioToken {
            hash: text(&said["token_hash"]).unwrap(),
            pin: text(&said["claims"]["policy_hash_b64u"]),
            index: self.log.draft(ScenarioActor::TokenIssuer, &draft, None),
            scope,
            agent,
        };
        self.token = Some(token.clone());
        token
    }

    pub(crate) fn revoke(&mut self, change: impl FnOnce(&mut Value)) -> u64 {
        let draft = documents::revocation(ORIGIN, &self.token().hash, self.log.now / 1000);
        self.log
            .draft(ScenarioActor::TokenIssuer, &draft.changed(change), None)
    }

    pub(crate) fn token(&self) -> ScenarioToken {
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
        let draft = documents::gateway_receipt(&format!("rcpt-{}-{number}", self.id), &self.run)
            .with("/provider", "openai")
            .with("/model", "gpt-5.2")
            .with("/timestamp", rfc3339(self.log.now))
            .with("/binding", self.binding(&event_hash))
            .with("/binding/nonce", format!("nonce-{}-{number}", self.id));
        draft.changed(change).signed(&ScenarioActor::Gateway.key())
    }

    /// A model call through the gateway: sent with its place in the gateway's stream, and bundled.
    pub(crate) fn model_call(&mut self, change: impl FnOnce(&mut Value)) -> u64 {
        let document = self.receipt(change);
        let context = self.counted(false);
        self.receipts.push(document.clone());
        self.log.submit(
            &document,
            Some(ScenarioActor::Gateway.submitter()),
            Some(&context),
        )
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
        self.log
            .context(newest, ScenarioActor::Gateway.submitter(), &context)
    }

    /// A tool call by the agent, `tool:operation`; its arguments are the name's.
    pub(crate) fn tool_call(&mut self, tool: &str, change: impl FnOnce(&mut Value)) -> u64 {
        let event_hash = self.event_of_chain("tool_call");
        let agent = self
            .token
            .as_ref()
            .map_or(ScenarioActor::Agent, |token| token.agent);
        let id = format!("tool-{}-{}", self.id, self.chain.len());
        let draft = documents::tool_receipt(&id, &self.run, &agent.did(), tool)
            .with("/timestamp", rfc3339(self.log.now))
            .with("/binding", self.binding(&event_hash));
        let document = draft.changed(change).signed(&agent.key());
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
        self.log.own(
            ScenarioActor::Enforcement,
            "authorization_decision",
            members,
            None,
        )
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
        let id = format!("approval-{}-{}", self.id, self.log.size());
        let draft = documents::approval(&id, &self.token().agent.did(), scope, self.cited.as_deref())
            .with("/timestamp", rfc3339(self.log.now));
        let document = draft.changed(change).signed(&ScenarioActor::Approver.key());
        self.log
            .submit(&document, Some(ScenarioActor::Approver.submitter()), None)
    }

    /// The bundle of the run, with every receipt so far.
    pub(crate) fn bundle_document(&self, change: impl FnOnce(&mut Value)) -> Value {
        let agent = self
            .token
            .as_ref()
            .map_or(ScenarioActor::Agent, |token| token.agent);
        documents::bundle(
            &format!("bundle-{}", self.id),
            &agent.did(),
            &self.chain,
            &self.receipts,
            &self.tool_receipts,
        )
        .changed(change)
        .signed(&agent.key())
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
    documents::hash(tool)
}

/// Policy, token, two model calls around a tool call, closed stream, bundle: PASS.
pub(crate) fn passing_job() -> ScenarioJob {
    passing_under(&policy())
}

/// The same under another policy.
pub(crate) fn passing_under(policy: &Value) -> ScenarioJob {
    let mut job = ScenarioJob::open(ScenarioLog::new(), "job-1");
    job.pass_under(policy);
    job
}
