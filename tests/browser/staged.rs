//! A log of its own with everybody who signs, and jobs in the making.

use crate::LEDGERD;
use harness::actors;
use harness::client::Client;
use kit::cast::Cast;
use kit::documents::{self, Draft};
use kit::server::{self, ORIGIN, Server};
use ledger::signer::EvidenceKey;
use serde_json::{Value, json};
use tempfile::TempDir;
use verifier::base64::encode_url;
use verifier::hash::sha256;

/// Asks often enough for any machine, and not for ever.
const ASKED_MAX: usize = 10_000;

/// A server with a log of its own, and the keys of everybody who signs in it.
pub(crate) struct StagedServer {
    pub(crate) server: Server,
    pub(crate) client: Client,
    pub(crate) cast: Cast,
    _home: TempDir,
}

impl StagedServer {
    /// A log that holds its genesis and nothing else.
    pub(crate) fn empty() -> Self {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("log");
        let operator = EvidenceKey::read(&server::init(LEDGERD, &dir)).unwrap();
        let server = Server::start(LEDGERD, &dir);
        Self {
            client: Client::new(server.url()),
            server,
            cast: Cast::on_loopback(operator),
            _home: home,
        }
    }

    /// The same with every signer registered.
    pub(crate) fn new() -> Self {
        let staged = Self::empty();
        let roles = ["gateway", "token_issuer", "policy_publisher", "orchestrator"];
        for role in roles {
            let draft = staged.cast.registration(ORIGIN, role);
            staged.log(&draft, &staged.cast.operator);
        }
        staged
    }

    /// Ends the server, and leaves the log, in `log/`.
    pub(crate) fn closed(self) -> TempDir {
        let Self {
            server, _home: home, ..
        } = self;
        server.stop();
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
        self.submit(&documents::wrap(document, context))
    }

    fn log(&self, draft: &Draft, key: &EvidenceKey) -> u64 {
        self.submit(&draft.clone().at(&actors::now().unwrap()).sign(key))
    }

    /// Publishes a version of a policy; its hash.
    pub(crate) fn publish(&self, policy_id: &str, policy: &Value) -> String {
        let draft = documents::publication(ORIGIN, policy_id, policy);
        self.log(&draft, &self.cast.policy_publisher);
        documents::policy_hash(policy)
    }

    pub(crate) fn withdraw(&self, policy: &str, reason: &str) -> u64 {
        let payload = json!({
            "policy_hash_b64u": policy, "withdrawn_at": actors::now().unwrap(), "reason": reason,
        });
        self.log(
            &Draft::own(ORIGIN, "wpc_withdrawal", payload),
            &self.cast.policy_publisher,
        )
    }

    /// Something happens to a job, by the orchestrator's word.
    pub(crate) fn event(&self, job: &str, action: &str, members: &Value) -> u64 {
        let mut draft = documents::job_event(ORIGIN, job, action);
        for (name, value) in members.as_object().unwrap() {
            draft = draft.with(&format!("/{name}"), value);
        }
        self.log(&draft, &self.cast.orchestrator)
    }

    /// A receipt under a valid signature of the gateway, whose content no rule accepts; the code of its refusal.
    pub(crate) fn refused_receipt(&self) -> String {
        let draft = documents::gateway_receipt("rcpt_without_a_model", "run").without("model");
        let answer = self.client.submit(&draft.sign(&self.cast.gateway)).unwrap();
        assert_eq!(answer.status, 422, "{}", answer.text());
        answer.json().unwrap()["code"].as_str().unwrap().to_owned()
    }

    /// An event that opens a job, not yet logged.
    pub(crate) fn opened(&self, job: &str) -> String {
        let draft = documents::job_event(ORIGIN, job, "opened").at(&actors::now().unwrap());
        draft.sign(&self.cast.orchestrator)
    }

    /// A job that is opened, with a token for its one run.
    pub(crate) fn job(&self, id: &str, policy: &str) -> StagedJob<'_> {
        self.job_until(id, policy, 4_000_000_000)
    }

    /// The same with the end of the token, s since the Unix epoch.
    pub(crate) fn job_until(&self, id: &str, policy: &str, exp: u64) -> StagedJob<'_> {
        self.event(id, "opened", &json!({ "title": format!("Work on {id}") }));
        let agent = self.cast.agent.did().as_str();
        let mut claims = documents::claims(
            agent,
            &format!("jti-{id}"),
            &["clawproxy:call", id],
            1_770_768_000,
            exp,
        );
        claims["policy_hash_b64u"] = json!(policy);
        let job = StagedJob {
            staged: self,
            id: id.to_owned(),
            run: format!("run_{id}"),
            token: documents::token_hash(id),
            policy: policy.to_owned(),
            scope: documents::scope_hash(&claims),
        };
        let draft = documents::issuance(ORIGIN, &job.token, &claims, id, &job.run);
        self.log(&draft, &self.cast.token_issuer);
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
pub(crate) struct StagedJob<'a> {
    staged: &'a StagedServer,
    pub(crate) id: String,
    pub(crate) run: String,
    pub(crate) token: String,
    pub(crate) policy: String,
    pub(crate) scope: String,
}

impl StagedJob<'_> {
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
        let draft = documents::gateway_receipt(receipt_id, &self.run)
            .with("/model", model)
            .with("/binding/nonce", format!("n_{}_{receipt_id}", self.id))
            .with("/binding/policy_hash", &self.policy)
            .with("/binding/token_scope_hash_b64u", &self.scope);
        draft.at(&actors::now().unwrap()).sign(&self.staged.cast.gateway)
    }

    pub(crate) fn revoke(&self, reason: &str) -> u64 {
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
        let draft = documents::revocation(ORIGIN, &self.token, now).with("/reason", reason);
        self.staged.log(&draft, &self.staged.cast.token_issuer)
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
