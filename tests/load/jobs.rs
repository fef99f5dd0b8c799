//! Jobs as an orchestrator, a token issuer and a gateway leave them: opened, one token, receipts in one stream.

use harness::{HarnessError, actors};
use kit::cast::Cast;
use kit::documents::{self, wrap};
use kit::server::ORIGIN;
use serde_json::{Value, json};

/// The roles that have a part in such a job.
pub(crate) const ROLES: [&str; 3] = ["gateway", "token_issuer", "orchestrator"];

/// One job with one run.
pub(crate) struct LoadJob {
    pub(crate) id: String,
    pub(crate) token_hash: String,
    pub(crate) receipts: u32,
    pub(crate) run: String,
    claims: Value,
    scope_hash: String,
}

impl LoadJob {
    pub(crate) fn new(number: u32, receipts: u32) -> Self {
        let id = format!("job-{number:06}");
        let claims = documents::claims(
            "did:key:z6MkagentOfTheBench",
            &id,
            &["bench:call", &id],
            1_770_768_000,
            4_102_444_800,
        );
        Self {
            token_hash: documents::token_hash(&id),
            receipts,
            run: format!("run-{number:06}"),
            scope_hash: documents::scope_hash(&claims),
            claims,
            id,
        }
    }

    /// The token, and that the job began.
    pub(crate) fn beginning(&self, cast: &Cast) -> Result<[String; 2], HarnessError> {
        let at = actors::now()?;
        let issued = documents::issuance(ORIGIN, &self.token_hash, &self.claims, &self.id, &self.run);
        let opened = documents::job_event(ORIGIN, &self.id, "opened");
        Ok([
            issued.at(&at).sign(&cast.token_issuer),
            opened.at(&at).sign(&cast.orchestrator),
        ])
    }

    /// That the token must not be used any more.
    pub(crate) fn revocation(&self, cast: &Cast) -> Result<String, HarnessError> {
        let revoked = documents::revocation(ORIGIN, &self.token_hash, 1_770_768_000);
        Ok(revoked.at(&actors::now()?).sign(&cast.token_issuer))
    }

    /// Its model calls, each with the context that a gateway sends along.
    pub(crate) fn calls(&self, cast: &Cast) -> Result<Vec<String>, HarnessError> {
        (0..self.receipts).map(|number| self.call(cast, number)).collect()
    }

    fn call(&self, cast: &Cast, number: u32) -> Result<String, HarnessError> {
        let receipt = documents::gateway_receipt(&format!("rcpt_{}_{number}", self.run), &self.run)
            .with("/binding/token_scope_hash_b64u", &self.scope_hash);
        let context = json!({
            "job_id": self.id, "token_hash": self.token_hash, "stream": self.id, "number": number,
            "last": number + 1 == self.receipts,
        });
        Ok(wrap(&receipt.at(&actors::now()?).sign(&cast.gateway), &context))
    }
}
