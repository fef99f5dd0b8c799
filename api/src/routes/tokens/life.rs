//! A token's issuances and revocations, each verified again.

use crate::error::ApiError;
use crate::page::existing;
use ledger::reader::EntryRecord;
use ledger_query::QueryEngine;
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;
use verifier::digest::{PolicyHash, ScopeHash, TokenHash};
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::json::{Object, Value};
use verifier::kind::Kind;
use verifier::payload::{Payload, TokenIssued, TokenRevoked};
use verifier::subject::Field;
use verifier::token::scope_hash;

/// Scope hashes by which uses are looked for: issuances of one token that differ in what they permit
/// contradict each other, and are few.
const SCOPES_MAX: usize = 8;

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
    pub(super) job_id: Option<String>,
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
    pub(super) index: LeafIndex,
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

/// What the token's issuer says about it.
pub(super) struct Life {
    pub(super) issued: Vec<Issuance>,
    pub(super) revoked: Vec<Revocation>,
    /// Whether these are all.
    pub(super) complete: bool,
    /// Of the issuances, none twice.
    pub(super) scopes: BTreeSet<ScopeHash>,
}

impl Life {
    /// Reads at most `limit` of each.
    pub(super) fn of(
        engine: &QueryEngine,
        token: TokenHash,
        as_of: TreeSize,
        limit: usize,
    ) -> Result<Self, ApiError> {
        let name = token.to_string();
        let found = engine.subject_of_kind(Field::Token, &name, Kind::TokenIssued, as_of, limit)?;
        let revocations = engine.subject_of_kind(Field::Token, &name, Kind::TokenRevoked, as_of, limit)?;
        let mut life = Self {
            issued: Vec::with_capacity(found.indices.len()),
            revoked: Vec::with_capacity(revocations.indices.len()),
            complete: found.complete && revocations.complete,
            scopes: BTreeSet::new(),
        };
        for index in found.indices.into_iter().chain(revocations.indices) {
            let record = existing(engine, index)?;
            let verified = engine.evidence(&record)?;
            match verified.as_ref().map(|verified| verified.evidence.payload()) {
                Some(Payload::TokenIssued(said)) => life.issuance(record, said)?,
                Some(Payload::TokenRevoked(said)) => life.revoked.push(revocation(record, said)),
                _ => return Err(ApiError::Internal(format!("entry {index} is about no token"))),
            }
        }
        Ok(life)
    }

    fn issuance(&mut self, record: EntryRecord, said: &TokenIssued) -> Result<(), ApiError> {
        let scope_hash = scope_hash(&said.claims)
            .ok_or_else(|| ApiError::Internal(format!("entry {} has no scope hash", record.index)))?;
        if self.scopes.len() < SCOPES_MAX {
            self.scopes.insert(scope_hash);
        }
        self.complete &= self.scopes.contains(&scope_hash);
        self.issued.push(Issuance {
            index: record.index,
            logged_at: record.entry.logged_at,
            signer: record.entry.signer,
            kid: said.kid.clone(),
            policy_hash_b64u: said.policy_hash,
            job_id: said.job_id.clone(),
            run_id: said.run_id.clone(),
            agent: said.agent.clone(),
            scope: texts(&said.claims, "scope"),
            issued_at: said.iat,
            expires_at: said.exp,
            jti: said.jti.clone(),
            scope_hash_b64u: scope_hash,
            scope_hash_ok: said
                .claims
                .get("token_scope_hash_b64u")
                .map(|stated| stated.as_str() == Some(scope_hash.to_string().as_str())),
        });
        Ok(())
    }
}

fn revocation(record: EntryRecord, said: &TokenRevoked) -> Revocation {
    Revocation {
        index: record.index,
        logged_at: record.entry.logged_at,
        signer: record.entry.signer,
        revoked_at: said.revoked_at,
        reason: said.reason.clone(),
        revoked_by: said.revoked_by.clone(),
    }
}

fn texts(claims: &Object, name: &str) -> Vec<String> {
    let items = claims.get(name).and_then(Value::as_array).unwrap_or_default();
    items
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}
