//! `cst_issuance` and `cst_revocation`: the life of a scoped token.
//!
//! A compact token is a bearer secret and never enters the log; its hash and its claims do. The
//! claim `nonce` stays out, because with it the claims would give the token's signed part away.

use crate::code::Code;
use crate::digest::{PolicyHash, ScopeHash, TokenHash};
use crate::fault::Fault;
use crate::json::{Object, Value};

use super::fields::{PayloadFields, members};
use super::forms;
use crate::json::pointer::Pointer;

/// Most audiences, and most scopes, of a token.
const NAMES_MAX: usize = 256;

/// A token was issued.
#[derive(Clone, PartialEq, Debug)]
pub struct TokenIssued {
    /// SHA-256 of the compact token.
    pub token_hash: TokenHash,
    /// The claims as received, without `nonce`.
    pub claims: Object,
    /// Key id of the token's signature.
    pub kid: String,
    /// The job for which it was issued.
    pub job_id: Option<String>,
    /// The run for which it was issued.
    pub run_id: Option<String>,
    /// Recomputed from the claims.
    pub scope_hash: ScopeHash,
    /// `agent_did`, else `sub`.
    pub agent: String,
    /// Unique token id.
    pub jti: Option<String>,
    /// The policy that the token is pinned to.
    pub policy_hash: Option<PolicyHash>,
    /// Issued at, seconds since the epoch.
    pub iat: u64,
    /// Expires at, seconds since the epoch.
    pub exp: u64,
}

/// The claims that other parts of an issuance are derived from.
struct TokenClaims {
    stated_scope_hash: Option<ScopeHash>,
    agent: String,
    jti: Option<String>,
    policy_hash: Option<PolicyHash>,
    iat: u64,
    exp: u64,
}

impl TokenClaims {
    /// `claw.auth.scoped_token_claims.v1` without `nonce`.
    fn decode(value: &Value, at: &Pointer<'_>) -> Result<Self, Fault> {
        let claims = PayloadFields::of(value, at, |fields| {
            fields.required("token_version", forms::constant("1"))?;
            let sub = fields.required("sub", forms::id)?;
            fields.required("aud", audience)?;
            fields.required("scope", forms::list(1..=NAMES_MAX, forms::id))?;
            let agent = fields.optional("agent_did", forms::id)?;
            let claims = Self {
                stated_scope_hash: fields
                    .optional("token_scope_hash_b64u", forms::b64u_hash(ScopeHash::parse))?,
                agent: agent.unwrap_or(sub),
                jti: fields.optional("jti", forms::id)?,
                policy_hash: fields.optional("policy_hash_b64u", forms::policy_hash)?,
                iat: fields.required("iat", forms::epoch_seconds)?,
                exp: fields.required("exp", forms::epoch_seconds)?,
            };
            for name in [
                "owner_ref",
                "owner_did",
                "controller_did",
                "payment_account_did",
                "mission_id",
                "delegation_id",
                "delegator_did",
                "delegate_did",
            ] {
                fields.optional(name, forms::id)?;
            }
            fields.optional("control_plane_policy_hash_b64u", forms::policy_hash)?;
            fields.optional("delegation_policy_hash_b64u", forms::policy_hash)?;
            fields.optional("spend_cap", forms::non_negative)?;
            fields.optional(
                "delegation_spend_cap_minor",
                forms::parsed("decimal digits", digits),
            )?;
            fields.optional("delegation_expires_at", forms::epoch_seconds)?;
            fields.optional("token_lane", forms::one_of(&["legacy", "canonical"]))?;
            Ok(claims)
        })?;
        if claims.exp <= claims.iat {
            return Err(at.member("exp").fault(
                Code::ExpNotAfterIat,
                format!("an end after iat, {} s", claims.iat),
                format!("{} s", claims.exp),
            ));
        }
        Ok(claims)
    }
}

/// One audience or a list of them.
fn audience(value: &Value, at: &Pointer<'_>) -> Result<(), Fault> {
    if value.as_str().is_some() {
        forms::id(value, at).map(drop)
    } else {
        forms::list(1..=NAMES_MAX, forms::id)(value, at).map(drop)
    }
}

fn digits(text: &str) -> Option<()> {
    let digits = (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then_some(())
}

impl TokenIssued {
    /// Decodes an issuance. The scope hash is recomputed here, because the claims mean nothing
    /// without it: `TOKEN_SCOPE_HASH_MISMATCH` where the claims state another. `EXP_NOT_AFTER_IAT` for a token that
    /// is never valid, `SECONDS_EXPECTED` for times in milliseconds.
    pub(crate) fn decode(object: &Object, at: &Pointer<'_>) -> Result<(Self, Option<String>), Fault> {
        let ((token_hash, kid, job_id, run_id, (claims, read)), log_origin) =
            PayloadFields::all(object, at, |fields| {
                fields.required("event_version", forms::constant("1"))?;
                // A token issuer signs before it knows which log takes the issuance.
                let log_origin = fields.optional("log_origin", forms::id)?;
                let members = (
                    fields.required("token_hash", forms::token_hash)?,
                    fields.required("kid", forms::id)?,
                    fields.optional("job_id", forms::id)?,
                    fields.optional("run_id", forms::id)?,
                    fields.required("claims", |value, at| {
                        Ok((forms::object(value, at)?.clone(), TokenClaims::decode(value, at)?))
                    })?,
                );
                Ok((members, log_origin))
            })?;
        let claims_at = at.member("claims");
        let scope_hash = crate::token::scope_hash(&claims)
            .ok_or_else(|| claims_at.invalid("claims that have a scope hash", "claims without one"))?;
        if let Some(stated) = read.stated_scope_hash.filter(|stated| *stated != scope_hash) {
            return Err(claims_at.member("token_scope_hash_b64u").fault(
                Code::TokenScopeHashMismatch,
                scope_hash.to_string(),
                stated.to_string(),
            ));
        }
        let issued = Self {
            token_hash,
            claims,
            kid,
            job_id,
            run_id,
            scope_hash,
            agent: read.agent,
            jti: read.jti,
            policy_hash: read.policy_hash,
            iat: read.iat,
            exp: read.exp,
        };
        Ok((issued, log_origin))
    }
}

members!(/// A token was revoked.
#[derive(Clone, PartialEq, Eq, Debug)]
TokenRevoked of fields {
    /// SHA-256 of the compact token.
    token_hash: TokenHash = fields.required("token_hash", forms::token_hash)?,
    /// Its unique id.
    jti: Option<String> = fields.optional("jti", forms::id)?,
    /// Seconds since the epoch.
    revoked_at: u64 = fields.required("revoked_at", forms::epoch_seconds)?,
    /// The issuer's reason for the revocation.
    reason: Option<String> = fields.optional("reason", forms::text(1..=256))?,
    /// Who asked for it.
    revoked_by: Option<String> = fields.optional("revoked_by", forms::id)?,
});
