//! Jobs as an orchestrator, a token issuer and a gateway leave them: opened, one token, receipts in one stream.

use kit::cast::Cast;
use kit::documents::{self, wrap};
use kit::server::ORIGIN;
use serde_json::{Value, json};

use super::gateways::Gateways;
use super::receipts::Receipt;
use crate::{HarnessError, actors};

/// The roles of the cast that have a part in such a job. The gateways are no part of the cast.
pub const ROLES: [&str; 2] = ["token_issuer", "orchestrator"];

/// The token, and that the job began.
const BEGINNING: u64 = 2;

/// One job with one run.
#[derive(Clone, Debug)]
pub struct LoadJob {
    /// Its id.
    pub id: String,
    /// The hash of its token.
    pub token_hash: String,
    /// Its run.
    pub run: String,
    number: u64,
    receipts: u64,
    claims: Value,
    scope_hash: String,
}

impl LoadJob {
    /// The job of a number, with so many receipts.
    pub fn new(number: u64, receipts: u64) -> Self {
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
            run: format!("run-{number:06}"),
            scope_hash: documents::scope_hash(&claims),
            number,
            receipts,
            claims,
            id,
        }
    }

    /// How many receipts it has.
    pub fn receipts(&self) -> u64 {
        self.receipts
    }

    /// How many documents it has: the token, that the job began, and its model calls.
    pub fn documents(&self) -> u64 {
        self.receipts.saturating_add(BEGINNING)
    }

    /// The document of a number.
    ///
    /// # Errors
    /// As [`actors::now`].
    pub fn document(&self, number: u64, cast: &Cast, gateways: &Gateways) -> Result<String, HarnessError> {
        let at = actors::now()?;
        match number {
            0 => {
                let issued = documents::issuance(ORIGIN, &self.token_hash, &self.claims, &self.id, &self.run);
                Ok(issued.at(&at).sign(&cast.token_issuer))
            }
            1 => {
                let opened = documents::job_event(ORIGIN, &self.id, "opened");
                Ok(opened.at(&at).sign(&cast.orchestrator))
            }
            call => self.call(gateways, call.saturating_sub(BEGINNING)),
        }
    }

    /// That the token must not be used any more.
    ///
    /// # Errors
    /// As [`actors::now`].
    pub fn revocation(&self, cast: &Cast) -> Result<String, HarnessError> {
        let revoked = documents::revocation(ORIGIN, &self.token_hash, 1_770_768_000);
        Ok(revoked.at(&actors::now()?).sign(&cast.token_issuer))
    }

    /// A model call, with the context that a gateway sends along. Calls beyond the last one of the job are in no order.
    ///
    /// # Errors
    /// As [`actors::now`].
    pub fn call(&self, gateways: &Gateways, number: u64) -> Result<String, HarnessError> {
        // One gateway a job: a stream is of one signer.
        let gateway = gateways.of(self.number);
        let gateway = gateway.ok_or_else(|| HarnessError::unexpected("a gateway", "none"))?;
        let receipt = Receipt {
            id: &format!("rcpt_{}_{number}", self.run),
            run: &self.run,
            scope_hash: Some(&self.scope_hash),
            at: &actors::now()?,
        };
        let (job, token) = (&self.id, &self.token_hash);
        let context = if number < self.receipts {
            let last = number.saturating_add(1) == self.receipts;
            json!({ "job_id": job, "token_hash": token, "stream": job, "number": number, "last": last })
        } else {
            json!({ "job_id": job, "token_hash": token })
        };
        Ok(wrap(&receipt.sign(gateway), &context))
    }
}
