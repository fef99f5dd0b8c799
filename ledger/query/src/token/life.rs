//! The issuances and revocations of a token, each verified again.

use std::collections::BTreeSet;

use ledger::error::ReadError;
use ledger::reader::EntryRecord;
use verifier::digest::{PolicyHash, ScopeHash, TokenHash};
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::json::{Object, Value};
use verifier::kind::Kind;
use verifier::payload::{Payload, TokenIssued, TokenRevoked};
use verifier::subject::Field;

use crate::QueryEngine;

/// Issuances that are read of one token, and as many revocations.
const ACTS_MAX: usize = 200;
/// Scope hashes by which uses are looked for: issuances of one token that differ in what they permit
/// contradict each other, and are few.
const SCOPES_MAX: usize = 8;

/// The entry of an issuance or a revocation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TokenEntry {
    /// Position of the entry in the log.
    pub index: LeafIndex,
    /// When it was logged.
    pub logged_at: TimestampMs,
    /// The DID of its signer.
    pub signer: String,
}

/// What an issuance states, except for the claims that nothing here depends on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TokenIssuance {
    /// Where it stands.
    pub act: TokenEntry,
    /// Key id of the token's own signature.
    pub kid: String,
    /// The policy that the token is pinned to.
    pub policy_hash: Option<PolicyHash>,
    /// The job for which it was issued.
    pub job_id: Option<String>,
    /// The run for which it was issued.
    pub run_id: Option<String>,
    /// Who may use it: the claim `agent_did`, else `sub`.
    pub agent: String,
    /// The claim `scope`: what the token permits.
    pub scope: Vec<String>,
    /// The claim `iat`, in seconds since the Unix epoch.
    pub issued_at_s: u64,
    /// The claim `exp`, in seconds since the Unix epoch.
    pub expires_at_s: u64,
    /// The token's own id.
    pub jti: Option<String>,
    /// The scope hash, recomputed from the claims.
    pub scope_hash: ScopeHash,
    /// Whether the claims state that scope hash; `None` where they state none.
    pub scope_hash_ok: Option<bool>,
}

/// What a revocation states.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TokenRevocation {
    /// Where it stands.
    pub act: TokenEntry,
    /// From when on it holds by its signer's word, in seconds since the Unix epoch.
    pub revoked_at_s: u64,
    /// The issuer's reason for the revocation.
    pub reason: Option<String>,
    /// Who asked for it.
    pub revoked_by: Option<String>,
}

/// What a token's issuer says about it, in log order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TokenLife {
    /// The issuances. Like the revocations they cannot be erased, so every entry has its document.
    pub issuances: Vec<TokenIssuance>,
    /// The revocations.
    pub revocations: Vec<TokenRevocation>,
    /// Whether these are all entries that issue or revoke it, and all scopes of it are among `scopes`.
    pub complete: bool,
    /// Scope hashes of the issuances, by which uses are looked for.
    pub scopes: BTreeSet<ScopeHash>,
}

impl QueryEngine {
    /// What a token's issuer says about it below a size: at most 200 issuances and 200 revocations. `None` where no entry
    /// below it names the token.
    ///
    /// # Errors
    /// [`ReadError::Beyond`] where `as_of` is beyond the published size; [`ReadError::Corrupt`] where an issuance or a
    /// revocation has no document; otherwise as every question to a [`Reader`](ledger::reader::Reader).
    pub fn token_life(&self, token: TokenHash, as_of: TreeSize) -> Result<Option<TokenLife>, ReadError> {
        let name = token.to_string();
        let named = self.subject(Field::Token, &name, None, as_of, false, 1)?;
        if named.items.is_empty() {
            return Ok(None);
        }
        let issued = self.subject_of_kind(Field::Token, &name, Kind::TokenIssued, as_of, ACTS_MAX)?;
        let revoked = self.subject_of_kind(Field::Token, &name, Kind::TokenRevoked, as_of, ACTS_MAX)?;
        let mut life = TokenLife {
            complete: issued.complete && revoked.complete,
            ..TokenLife::default()
        };
        for index in issued.indices.into_iter().chain(revoked.indices) {
            let record = self.listed_entry(index)?;
            let verified = self.evidence(&record)?;
            life.add(
                record,
                verified.as_ref().map(|verified| verified.evidence.payload()),
            )?;
        }
        Ok(Some(life))
    }
}

impl TokenLife {
    /// The jobs that issuances name: those of an entry that names none itself.
    pub fn issued_for(&self) -> impl Iterator<Item = &str> {
        self.issuances
            .iter()
            .filter_map(|issued| issued.job_id.as_deref())
    }

    fn add(&mut self, record: EntryRecord, payload: Option<&Payload>) -> Result<(), ReadError> {
        let act = TokenEntry {
            index: record.index,
            logged_at: record.entry.logged_at,
            signer: record.entry.signer,
        };
        match payload {
            Some(Payload::TokenIssued(issued)) => self.issuance(act, issued),
            Some(Payload::TokenRevoked(revoked)) => self.revocations.push(revocation(act, revoked)),
            _ => {
                return Err(ReadError::corrupt(
                    format!("the document of entry {}", record.index),
                    format!("a document of the kind {}", record.entry.kind),
                    "none, or one of another kind",
                ));
            }
        }
        Ok(())
    }

    fn issuance(&mut self, act: TokenEntry, issued: &TokenIssued) {
        let scope_hash = issued.scope_hash;
        if self.scopes.len() < SCOPES_MAX {
            self.scopes.insert(scope_hash);
        }
        self.complete &= self.scopes.contains(&scope_hash);
        self.issuances.push(TokenIssuance {
            act,
            kid: issued.kid.clone(),
            policy_hash: issued.policy_hash,
            job_id: issued.job_id.clone(),
            run_id: issued.run_id.clone(),
            agent: issued.agent.clone(),
            scope: texts(&issued.claims, "scope"),
            issued_at_s: issued.iat,
            expires_at_s: issued.exp,
            jti: issued.jti.clone(),
            scope_hash,
            scope_hash_ok: issued
                .claims
                .get("token_scope_hash_b64u")
                .map(|stated| stated.as_str() == Some(scope_hash.to_string().as_str())),
        });
    }
}

fn revocation(act: TokenEntry, revoked: &TokenRevoked) -> TokenRevocation {
    TokenRevocation {
        act,
        revoked_at_s: revoked.revoked_at,
        reason: revoked.reason.clone(),
        revoked_by: revoked.revoked_by.clone(),
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
