//! Jobs as an orchestrator, a token issuer and a gateway leave them: opened, one token, receipts in one stream.

use harness::server::ORIGIN;
use harness::{HarnessError, actors};
use ledger::signer::EvidenceKey;
use serde_json::{Value, json};
use verifier::base64::encode_url;
use verifier::digest::ArtifactHash;
use verifier::hash::sha256;

/// Who signs.
pub(crate) struct Signers {
    pub(crate) operator: EvidenceKey,
    pub(crate) gateway: EvidenceKey,
    issuer: EvidenceKey,
    orchestrator: EvidenceKey,
}

impl Signers {
    pub(crate) fn new(operator: EvidenceKey) -> Result<Self, HarnessError> {
        Ok(Self {
            operator,
            gateway: EvidenceKey::from_seed([9; 32])?,
            issuer: EvidenceKey::from_seed([8; 32])?,
            orchestrator: EvidenceKey::from_seed([7; 32])?,
        })
    }

    /// The operator's registrations of the others.
    pub(crate) fn registrations(&self) -> Result<Vec<String>, HarnessError> {
        let roles = [
            (&self.gateway, "clawproxy", "gateway"),
            (&self.issuer, "clawscope", "token_issuer"),
            (&self.orchestrator, "orchestrator", "orchestrator"),
        ];
        roles
            .into_iter()
            .map(|(signer, name, role)| actors::registration(&self.operator, ORIGIN, signer, name, &[role]))
            .collect()
    }
}

/// One job with one run.
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) token_hash: String,
    pub(crate) receipts: u32,
    run: String,
    claims: Value,
    scope_hash: String,
}

impl Job {
    pub(crate) fn new(number: u32, receipts: u32) -> Result<Self, HarnessError> {
        let id = format!("job-{number:06}");
        let claims = json!({
            "token_version": "1", "sub": "did:key:z6MkagentOfTheBench", "aud": ["clawproxy"],
            "scope": ["bench:call", id], "iat": 1_770_768_000, "exp": 4_102_444_800_u64, "jti": id,
        });
        let parsed = verifier::json::parse(claims.to_string().as_bytes());
        let scope_hash = parsed
            .ok()
            .and_then(|claims| verifier::token::scope_hash(claims.as_object()?))
            .ok_or_else(|| HarnessError::unexpected("claims with a scope hash", claims.to_string()))?;
        Ok(Self {
            token_hash: ArtifactHash::from_bytes(sha256(id.as_bytes())).to_string(),
            receipts,
            run: format!("run-{number:06}"),
            claims,
            scope_hash: scope_hash.to_string(),
            id,
        })
    }

    /// The token, and that the job began.
    pub(crate) fn beginning(&self, signers: &Signers) -> Result<[String; 2], HarnessError> {
        let at = actors::now()?;
        let issued = json!({
            "event_version": "1", "log_origin": ORIGIN, "token_hash": self.token_hash,
            "claims": self.claims, "kid": "bench", "job_id": self.id, "run_id": self.run,
        });
        let opened = json!({
            "event_version": "1", "log_origin": ORIGIN, "job_id": self.id, "action": "opened", "at": at,
        });
        Ok([
            signers.issuer.sign_own("cst_issuance", &issued, &at)?,
            signers.orchestrator.sign_own("job_event", &opened, &at)?,
        ])
    }

    /// That the token must not be used any more.
    pub(crate) fn revocation(&self, signers: &Signers) -> Result<String, HarnessError> {
        let revoked = json!({
            "event_version": "1", "log_origin": ORIGIN, "token_hash": self.token_hash,
            "revoked_at": 1_770_768_000, "reason": "bench",
        });
        let at = actors::now()?;
        Ok(signers.issuer.sign_own("cst_revocation", &revoked, &at)?)
    }

    /// Its model calls, each with the context that a gateway sends along.
    pub(crate) fn calls(&self, signers: &Signers) -> Result<Vec<String>, HarnessError> {
        (0..self.receipts)
            .map(|number| self.call(signers, number))
            .collect()
    }

    fn call(&self, signers: &Signers, number: u32) -> Result<String, HarnessError> {
        let at = actors::now()?;
        let hash = |what: &str| encode_url(&sha256(format!("{what} {} {number}", self.run).as_bytes()));
        let payload = json!({
            "receipt_version": "1", "receipt_id": format!("rcpt_{}_{number}", self.run),
            "gateway_id": "gw_bench", "provider": "anthropic", "model": "claude-test",
            "request_hash_b64u": hash("request"), "response_hash_b64u": hash("response"),
            "tokens_input": 10, "tokens_output": 20, "latency_ms": 12, "timestamp": at,
            "binding": {
                "run_id": self.run, "event_hash_b64u": hash("event"),
                "nonce": format!("n_{}_{number}", self.run), "token_scope_hash_b64u": self.scope_hash,
            },
        });
        let receipt = signers
            .gateway
            .sign_clawsig("gateway_receipt", &payload.to_string(), &at)?;
        let context = json!({
            "job_id": self.id, "token_hash": self.token_hash, "stream": self.id, "number": number,
            "last": number + 1 == self.receipts,
        });
        Ok(format!(r#"{{"evidence":{receipt},"context":{context}}}"#))
    }
}
