//! The form of a token's issuances and revocations.

use ledger_query::token::{TokenIssuance, TokenRevocation};
use serde::Serialize;
use utoipa::ToSchema;
use verifier::digest::{PolicyHash, ScopeHash};
use verifier::index::{LeafIndex, TimestampMs};

/// One issuance.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Issuance {
    /// Position of the issuance's entry in the log.
    #[schema(value_type = u64)]
    index: LeafIndex,
    /// When it was logged, in milliseconds since the Unix epoch.
    #[schema(value_type = u64)]
    logged_at: TimestampMs,
    /// The DID of its signer.
    signer: String,
    /// Key id of the token's own signature.
    kid: String,
    /// The policy that the token is pinned to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    policy_hash_b64u: Option<PolicyHash>,
    /// The job for which it was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    job_id: Option<String>,
    /// The run for which it was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    run_id: Option<String>,
    /// Who may use it: the claim `agent_did`, else `sub`.
    agent: String,
    /// The claim `scope`: what the token permits.
    scope: Vec<String>,
    /// The claim `iat`, in seconds since the Unix epoch.
    issued_at: u64,
    /// The claim `exp`, in seconds since the Unix epoch.
    expires_at: u64,
    /// The token's own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    jti: Option<String>,
    /// The scope hash, recomputed from the claims.
    #[schema(value_type = String)]
    scope_hash_b64u: ScopeHash,
    /// Whether the claims state that scope hash; absent where they state none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    scope_hash_ok: Option<bool>,
}

/// One revocation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Revocation {
    /// Position of the revocation's entry in the log.
    #[schema(value_type = u64)]
    index: LeafIndex,
    /// When it was logged, in milliseconds since the Unix epoch.
    #[schema(value_type = u64)]
    logged_at: TimestampMs,
    /// The DID of its signer.
    signer: String,
    /// From when on it holds by its signer's word, in seconds since the Unix epoch.
    revoked_at: u64,
    /// The issuer's reason for the revocation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
    /// Who asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    revoked_by: Option<String>,
}

impl From<TokenIssuance> for Issuance {
    fn from(issued: TokenIssuance) -> Self {
        Self {
            index: issued.act.index,
            logged_at: issued.act.logged_at,
            signer: issued.act.signer,
            kid: issued.kid,
            policy_hash_b64u: issued.policy_hash,
            job_id: issued.job_id,
            run_id: issued.run_id,
            agent: issued.agent,
            scope: issued.scope,
            issued_at: issued.issued_at_s,
            expires_at: issued.expires_at_s,
            jti: issued.jti,
            scope_hash_b64u: issued.scope_hash,
            scope_hash_ok: issued.scope_hash_ok,
        }
    }
}

impl From<TokenRevocation> for Revocation {
    fn from(revoked: TokenRevocation) -> Self {
        Self {
            index: revoked.act.index,
            logged_at: revoked.act.logged_at,
            signer: revoked.act.signer,
            revoked_at: revoked.revoked_at_s,
            reason: revoked.reason,
            revoked_by: revoked.revoked_by,
        }
    }
}
