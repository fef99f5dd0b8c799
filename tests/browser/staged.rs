//! A log of its own with everybody who signs, and jobs in the making.

use crate::LEDGERD;
use harness::actors;
use harness::client::Client;
use harness::server::{self, ORIGIN, Server};
use ledger::signer::EvidenceKey;
use serde_json::{Value, json};
use tempfile::TempDir;
use verifier::base64::encode_url;
use verifier::digest::TokenHash;
use verifier::hash::sha256;
use verifier::json::{hash_jcs, parse};

/// Asks often enough for any machine, and not for ever.
const ASKED_MAX: usize = 10_000;

/// A server with a log of its own, and the keys of everybody who signs in it.
pub(crate) struct Staged {
    pub(crate) server: Server,
    pub(crate) client: Client,
    pub(crate) operator: EvidenceKey,
    pub(crate) gateway: EvidenceKey,
    issuer: EvidenceKey,
    publisher: EvidenceKey,
    orchestrator: EvidenceKey,
    agent: EvidenceKey,
    _home: TempDir,
}

impl Staged {
    /// A log that holds its genesis and nothing else.
    pub(crate) fn empty() -> Self {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("log");
        let operator = EvidenceKey::read(&server::init(LEDGERD, &dir).unwrap()).unwrap();
        let server = Server::start(LEDGERD, &dir).unwrap();
        let key = |seed| EvidenceKey::from_seed([seed; 32]).unwrap();
        Self {
            client: Client::new(server.url()),
            server,
            operator,
            gateway: key(31),
            issuer: key(32),
            publisher: key(33),
            orchestrator: key(34),
            agent: key(35),
            _home: home,
        }
    }

    /// The same with every signer registered.
    pub(crate) fn new() -> Self {
        let staged = Self::empty();
        for (key, name, role) in [
            (&staged.gateway, "clawproxy", "gateway"),
            (&staged.issuer, "clawscope", "token_issuer"),
            (&staged.publisher, "clawcontrols", "policy_publisher"),
            (&staged.orchestrator, "orchestrator", "orchestrator"),
        ] {
            let document = actors::registration(&staged.operator, ORIGIN, key, name, &[role]).unwrap();
            staged.submit(&document);
        }
        staged
    }

    /// Ends the server, and leaves the log, in `log/`.
    pub(crate) fn closed(self) -> TempDir {
        let Self {
            server, _home: home, ..
        } = self;
        assert!(server.terminate().unwrap());
        home
    }

    /// Logs a document, or a document with its context; its index.
    pub(crate) fn submit(&self, document: &str) -> u64 {
        let answer = self.client.submit(document).unwrap();
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json().unwrap()["index"].as_u64().unwrap()
    }

    /// The same with a context.
    pub(crate) fn submit_with(&self, document: &str, context: &Value) -> u64 {
        self.submit(&wrap(document, context))
    }

    fn own(&self, key: &EvidenceKey, kind: &str, mut payload: Value) -> u64 {
        payload["event_version"] = json!("1");
        payload["log_origin"] = json!(ORIGIN);
        self.submit(&key.sign_own(kind, &payload, &actors::now().unwrap()).unwrap())
    }

    /// Publishes a version of a policy; its hash.
    pub(crate) fn publish(&self, policy_id: &str, policy: &Value) -> String {
        let payload = json!({ "policy_id": policy_id, "policy": policy });
        self.own(&self.publisher, "wpc_publication", payload);
        encode_url(&hash_jcs(&parse(policy.to_string().as_bytes()).unwrap()))
    }

    pub(crate) fn withdraw(&self, policy: &str, reason: &str) -> u64 {
        let payload = json!({
            "policy_hash_b64u": policy, "withdrawn_at": actors::now().unwrap(), "reason": reason,
        });
        self.own(&self.publisher, "wpc_withdrawal", payload)
    }

    /// Something happens to a job, by the orchestrator's word.
    pub(crate) fn event(&self, job: &str, action: &str, mut members: Value) -> u64 {
        members["job_id"] = json!(job);
        members["action"] = json!(action);
        members["at"] = json!(actors::now().unwrap());
        self.own(&self.orchestrator, "job_event", members)
    }

    /// A receipt under a valid signature of the gateway, whose content no rule accepts; the code of its refusal.
    pub(crate) fn refused_receipt(&self) -> String {
        let at = actors::now().unwrap();
        let payload = json!({"receipt_version": "1", "receipt_id": "rcpt_without_a_model", "timestamp": at});
        let document = self
            .gateway
            .sign_clawsig("gateway_receipt", &payload.to_string(), &at);
        let answer = self.client.submit(&document.unwrap()).unwrap();
        assert_eq!(answer.status, 422, "{}", answer.text());
        answer.json().unwrap()["code"].as_str().unwrap().to_owned()
    }

    /// An event that opens a job, not yet logged.
    pub(crate) fn opened(&self, job: &str) -> String {
        let at = actors::now().unwrap();
        let payload = json!({
            "event_version": "1", "log_origin": ORIGIN, "job_id": job, "action": "opened", "at": at,
        });
        self.orchestrator.sign_own("job_event", &payload, &at).unwrap()
    }

    /// A job that is opened, with a token for its one run.
    pub(crate) fn job(&self, id: &str, policy: &str) -> Job<'_> {
        self.job_until(id, policy, 4_000_000_000)
    }

    /// The same with the end of the token, s since the Unix epoch.
    pub(crate) fn job_until(&self, id: &str, policy: &str, exp: u64) -> Job<'_> {
        self.event(id, "opened", json!({ "title": format!("Work on {id}") }));
        let did = self.agent.did().as_str();
        let claims = json!({
            "token_version": "1", "sub": did, "aud": "clawproxy.com", "scope": ["clawproxy:call", id],
            "iat": 1_770_768_000, "exp": exp, "policy_hash_b64u": policy, "jti": format!("jti-{id}"),
        });
        let parsed = parse(claims.to_string().as_bytes()).unwrap();
        let job = Job {
            staged: self,
            id: id.to_owned(),
            run: format!("run_{id}"),
            token: TokenHash::from_bytes(sha256(id.as_bytes())).to_string(),
            policy: policy.to_owned(),
            scope: verifier::token::scope_hash(parsed.as_object().unwrap())
                .unwrap()
                .to_string(),
        };
        let payload = json!({
            "token_hash": job.token, "claims": claims, "kid": "k", "job_id": id, "run_id": job.run,
        });
        self.own(&self.issuer, "cst_issuance", payload);
        job
    }

    /// Waits until verdicts and alarms are known as far as the log goes.
    pub(crate) fn is_judged(&self) {
        let json = |path: &str| self.client.get(path).unwrap().json().unwrap();
        let size = json("/v1/log")["tree_size"].as_u64();
        let reached = (0..ASKED_MAX).any(|_| json("/v1/jobs?limit=1")["projected_to"].as_u64() >= size);
        assert!(reached, "the projection stands still");
    }
}

/// A job with its token and run.
pub(crate) struct Job<'a> {
    staged: &'a Staged,
    pub(crate) id: String,
    pub(crate) run: String,
    pub(crate) token: String,
    pub(crate) policy: String,
    pub(crate) scope: String,
}

impl Job<'_> {
    /// A model call, in the job's stream.
    pub(crate) fn call(&self, number: u64, last: bool) -> u64 {
        self.log(&self.receipt(&number.to_string(), "claude-test"), number, last)
    }

    /// Logs a receipt as the job's, in its stream.
    pub(crate) fn log(&self, receipt: &str, number: u64, last: bool) -> u64 {
        let context = json!({
            "job_id": self.id, "token_hash": self.token, "stream": self.id, "number": number, "last": last,
        });
        self.staged.submit_with(receipt, &context)
    }

    /// A receipt of this job's run, by a name of its own.
    pub(crate) fn receipt(&self, name: &str, model: &str) -> String {
        self.receipt_of(&format!("rcpt_{}_{name}", self.id), model)
    }

    /// The same by any id.
    pub(crate) fn receipt_of(&self, receipt_id: &str, model: &str) -> String {
        let at = actors::now().unwrap();
        let hash = |what: &str| encode_url(&sha256(format!("{what} of {receipt_id}").as_bytes()));
        let payload = json!({
            "receipt_version": "1", "receipt_id": receipt_id, "gateway_id": "gw_test", "provider": "anthropic",
            "model": model, "request_hash_b64u": hash("request"), "response_hash_b64u": hash("response"),
            "tokens_input": 10, "tokens_output": 20, "latency_ms": 12, "timestamp": at,
            "binding": {
                "run_id": self.run, "event_hash_b64u": hash("event"), "nonce": format!("n_{}_{receipt_id}", self.id),
                "policy_hash": self.policy, "token_scope_hash_b64u": self.scope,
            },
        });
        let key = &self.staged.gateway;
        key.sign_clawsig("gateway_receipt", &payload.to_string(), &at)
            .unwrap()
    }

    pub(crate) fn revoke(&self, reason: &str) -> u64 {
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
        let payload = json!({ "token_hash": self.token, "revoked_at": now, "reason": reason });
        self.staged.own(&self.staged.issuer, "cst_revocation", payload)
    }

    pub(crate) fn href(&self) -> String {
        format!("/jobs/{}", self.id)
    }
}

/// A compact token, as somebody might paste it.
pub(crate) fn token() -> String {
    let part = |value: Value| encode_url(value.to_string().as_bytes());
    let signature = encode_url(&sha256(b"a signature"));
    format!(
        "{}.{}.{signature}",
        part(json!({"alg": "EdDSA"})),
        part(json!({"sub": "somebody"}))
    )
}

fn wrap(document: &str, context: &Value) -> String {
    format!("{{\"evidence\":{document},\"context\":{context}}}")
}
