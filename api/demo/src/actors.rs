//! The simulated services: each has a key of its own, a name and a bearer token of its own.

use super::DemoError;
use super::documents;
use crate::fresh;
use ledger::signer::EvidenceKey;
use ledger_client::log::{Acknowledged, Client, wrap};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use verifier::hash::sha256;
use zeroize::Zeroizing;

/// The submitter for those who try the demo: their evidence is theirs, and nobody of the cast speaks through it.
pub(super) const VISITOR: &str = "visitor";

/// Names of the submitters that the demo's server knows.
const SUBMITTERS: [&str; 8] = [
    "operator",
    "clawcontrols",
    "clawscope",
    "clawproxy",
    "orchestrator",
    "approver",
    "agents",
    VISITOR,
];

/// The bearer tokens of the demo's submitters; only their hashes reach the server's configuration.
pub struct Tokens(Vec<(&'static str, Zeroizing<String>)>);

impl Tokens {
    /// A fresh token for every submitter.
    ///
    /// # Errors
    /// [`DemoError::Entropy`] where the operating system gives no randomness.
    pub fn generate() -> Result<Self, DemoError> {
        let mut tokens = Vec::new();
        for name in SUBMITTERS {
            tokens.push((name, Zeroizing::new(format!("demo_{}", fresh::random_id()?))));
        }
        Ok(Self(tokens))
    }

    /// The server's configuration file.
    pub fn to_config(&self) -> String {
        let mut text = String::from("# Written by `ledgerd demo`.\n[log]\nlevel = \"warn\"\n");
        for (name, token) in &self.0 {
            let hash = verifier::digest::TokenHash::from_bytes(sha256(token.as_bytes()));
            let _ = write!(
                text,
                "\n[[submitters]]\nname = \"{name}\"\ntoken_sha256 = \"{hash}\"\n"
            );
        }
        text
    }

    pub(super) fn of(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, token)| token.as_str())
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tokens({} of them)", self.0.len())
    }
}

/// A service: who it is, and how it reaches the log.
pub(super) struct DemoActor {
    pub(super) key: EvidenceKey,
    client: Client,
}

impl DemoActor {
    fn new(url: &str, tokens: &Tokens, name: &str, key: EvidenceKey) -> Self {
        Self {
            key,
            client: Client::new(url, tokens.of(name)),
        }
    }

    /// Sends a document with its context.
    pub(super) fn push(&self, document: &str, context: Option<&Value>) -> Result<Acknowledged, DemoError> {
        push(&self.client, document, context)
    }

    /// Its DID, as documents spell it.
    pub(super) fn did(&self) -> &str {
        self.key.did().as_str()
    }
}

fn push(client: &Client, document: &str, context: Option<&Value>) -> Result<Acknowledged, DemoError> {
    let raw: &RawValue = serde_json::from_str(document)?;
    Ok(client.submit(&wrap(raw, context)?)?)
}

/// Everybody who sends evidence. Agents have a key for each job, and one way in: their harness.
pub(super) struct Cast {
    operator: DemoActor,
    pub(super) clawcontrols: DemoActor,
    pub(super) clawscope: DemoActor,
    pub(super) clawproxy: DemoActor,
    pub(super) orchestrator: DemoActor,
    pub(super) approver: DemoActor,
    harness: Client,
}

impl Cast {
    /// Everybody with a fresh key, except the operator, whose key made the log.
    pub(super) fn assemble(url: &str, tokens: &Tokens, operator_key: &Path) -> Result<Self, DemoError> {
        let actor = |name| EvidenceKey::generate().map(|key| DemoActor::new(url, tokens, name, key));
        Ok(Self {
            operator: DemoActor::new(url, tokens, "operator", EvidenceKey::read(operator_key)?),
            clawcontrols: actor("clawcontrols")?,
            clawscope: actor("clawscope")?,
            clawproxy: actor("clawproxy")?,
            orchestrator: actor("orchestrator")?,
            approver: actor("approver")?,
            harness: Client::new(url, tokens.of("agents")),
        })
    }

    /// The operator registers every service, before any of them sends anything.
    pub(super) fn register(&self, origin: &str) -> Result<(), DemoError> {
        let registrations = [
            (&self.clawcontrols, "clawcontrols", "policy_publisher"),
            (&self.clawscope, "clawscope", "token_issuer"),
            (&self.clawproxy, "clawproxy", "gateway"),
            (&self.orchestrator, "orchestrator", "orchestrator"),
            (&self.approver, "approver", "approver"),
        ];
        for (actor, name, role) in registrations {
            self.register_one(origin, actor.did(), name, role)?;
        }
        Ok(())
    }

    /// Registers one signer whose context counts when `name` submits it. The gateway's receipts name it by the
    /// same word.
    pub(super) fn register_one(
        &self,
        origin: &str,
        did: &str,
        name: &str,
        role: &str,
    ) -> Result<(), DemoError> {
        let mut members = json!({
            "did": did,
            "name": name,
            "roles": [role],
            "not_before": fresh::now_rfc3339(),
            "submitters": [name],
        });
        if let (true, Some(members)) = (role == "gateway", members.as_object_mut()) {
            members.insert("gateway_id".into(), json!(name));
        }
        let document = documents::sign(&self.operator.key, origin, "issuer_registration", members)?;
        self.operator.push(&document, None).map(drop)
    }

    /// Sends what an agent signed.
    pub(super) fn push_for_agent(
        &self,
        document: &str,
        context: Option<&Value>,
    ) -> Result<Acknowledged, DemoError> {
        push(&self.harness, document, context)
    }
}
