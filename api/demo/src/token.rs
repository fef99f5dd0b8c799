//! The token issuer: a real compact token, of which the log sees the hash and the claims.

use super::DemoError;
use super::documents::parse;
use super::policies::DemoPolicy;
use super::stage::Stage;
use crate::fresh;
use ledger::signer::EvidenceKey;
use ledger_client::log::Acknowledged;
use serde::Serialize;
use serde_json::{Value, json};
use verifier::base64::encode_url;
use verifier::digest::TokenHash;
use verifier::hash::sha256;
use zeroize::Zeroizing;

/// Ten minutes: more than every demo needs, less than every policy of the demo allows.
const LIFETIME_S: u64 = 600;

/// What an orchestrator asks the issuer for.
pub(super) struct Request<'a> {
    /// `None`: a token that is not bound to a job.
    pub(super) job_id: Option<&'static str>,
    pub(super) run_id: &'a str,
    pub(super) policy: DemoPolicy,
}

/// The claims in the issuer's own order (`claw.auth.scoped_token_claims.v1`).
#[derive(Serialize)]
struct ClaimsJson {
    token_version: &'static str,
    sub: String,
    aud: &'static str,
    scope: [&'static str; 1],
    iat: u64,
    exp: u64,
    agent_did: String,
    policy_hash_b64u: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_scope_hash_b64u: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mission_id: Option<&'static str>,
    jti: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
}

/// An agent and the token that was issued to it.
pub(super) struct Grant {
    pub(super) agent: EvidenceKey,
    pub(super) token_hash: String,
    pub(super) scope_hash: String,
    /// Hash of the policy that the token is pinned to.
    pub(super) pin: String,
    jti: String,
}

impl Grant {
    /// Issues a token to a fresh agent and logs the issuance.
    pub(super) fn issue(stage: &Stage, request: &Request<'_>) -> Result<Self, DemoError> {
        let agent = EvidenceKey::generate()?;
        let issuer = &stage.cast.clawscope;
        let mut claims = claims(&agent, request)?;
        let scope_hash = scope_hash(&claims)?;
        claims.token_scope_hash_b64u = Some(scope_hash.clone());
        let logged_claims = serde_json::to_value(&claims)?;
        claims.nonce = Some(fresh::random_id()?);
        let kid = kid(&issuer.key);
        let token = compact(&issuer.key, &kid, &claims)?;
        let token_hash = TokenHash::from_bytes(sha256(token.as_bytes())).to_string();
        let mut members = json!({
            "token_hash": token_hash,
            "claims": logged_claims,
            "kid": kid,
            "run_id": request.run_id,
        });
        if let (Some(job_id), Some(members)) = (request.job_id, members.as_object_mut()) {
            members.insert("job_id".into(), json!(job_id));
        }
        stage.sign_and_push(issuer, "cst_issuance", members, None)?;
        Ok(Self {
            agent,
            token_hash,
            scope_hash,
            pin: claims.policy_hash_b64u,
            jti: claims.jti,
        })
    }

    /// The issuer revokes the token now.
    pub(super) fn revoke(&self, stage: &Stage, reason: &str) -> Result<Acknowledged, DemoError> {
        let members: Value = json!({
            "token_hash": self.token_hash,
            "jti": self.jti,
            "revoked_at": fresh::now_ms() / 1000,
            "reason": reason,
            "revoked_by": "soc-lead@contoso.example",
        });
        stage.sign_and_push(&stage.cast.clawscope, "cst_revocation", members, None)
    }
}

fn claims(agent: &EvidenceKey, request: &Request<'_>) -> Result<ClaimsJson, DemoError> {
    let iat = fresh::now_ms() / 1000;
    Ok(ClaimsJson {
        token_version: "1",
        sub: agent.did().to_string(),
        aud: "clawproxy",
        scope: ["clawproxy:call"],
        iat,
        exp: iat.saturating_add(LIFETIME_S),
        agent_did: agent.did().to_string(),
        policy_hash_b64u: request.policy.hash()?,
        token_scope_hash_b64u: None,
        mission_id: request.job_id,
        jti: fresh::random_id()?,
        nonce: None,
    })
}

fn scope_hash(claims: &ClaimsJson) -> Result<String, DemoError> {
    let claims = parse(&serde_json::to_string(claims)?)?;
    claims
        .as_object()
        .and_then(verifier::token::scope_hash)
        .map(|hash| hash.to_string())
        .ok_or(DemoError::Story("the demo's claims have no scope hash"))
}

/// The first 16 hex digits of SHA-256 of the public key, as clawscope names its keys.
fn kid(key: &EvidenceKey) -> String {
    TokenHash::from_bytes(sha256(key.did().public_key()))
        .to_string()
        .chars()
        .take(16)
        .collect()
}

fn compact(key: &EvidenceKey, kid: &str, claims: &ClaimsJson) -> Result<Zeroizing<String>, DemoError> {
    let header = format!(r#"{{"alg":"EdDSA","typ":"JWT","kid":"{kid}"}}"#);
    let signed = format!(
        "{}.{}",
        encode_url(header.as_bytes()),
        encode_url(&serde_json::to_vec(claims)?)
    );
    let signature = encode_url(&key.sign(signed.as_bytes()));
    Ok(Zeroizing::new(format!("{signed}.{signature}")))
}
