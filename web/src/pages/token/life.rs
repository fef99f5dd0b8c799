//! What a token's issuer says about it: issuances and revocations.

use std::collections::BTreeSet;

use ledger_query::QueryEngine;
use verifier::digest::{ScopeHash, TokenHash};
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::json::{self, Value};
use verifier::kind::Kind;
use verifier::payload::{Payload, TokenIssued, TokenRevoked};
use verifier::subject::Field;

use crate::error::PageError;
use crate::model::Known;
use crate::model::row::EntryRow;
use crate::model::signers::Signers;
use crate::model::subjects::href;
use crate::text::{Time, age, epoch_seconds, grouped, shortened};

/// Issuances and revocations that are read of a token.
const ACTS_READ: usize = 200;
/// Scope hashes by which uses are looked for: issuances of one token that differ in what they permit
/// contradict each other, and are few.
const SCOPES_MAX: usize = 8;
/// Issuances that are shown with their claims, claims of each, and characters of a claim; the entry's own page
/// has them whole.
const ISSUANCES_SHOWN: usize = 3;
const CLAIMS_SHOWN: usize = 24;
const CLAIM_CHARACTERS_MAX: usize = 240;
/// Revocations that are shown.
const REVOCATIONS_SHOWN: usize = 20;

/// One claim.
pub(super) struct Claim {
    pub(super) name: String,
    pub(super) value: String,
}

/// What an issuance says.
pub(super) struct Issuance {
    pub(super) entry: EntryRow,
    pub(super) issued: Time,
    pub(super) expires: Time,
    pub(super) lifetime: String,
    pub(super) scope: String,
    pub(super) agent: (String, Option<String>),
    pub(super) policy: Option<String>,
    pub(super) job: Option<(String, Option<String>)>,
    pub(super) run: Option<(String, Option<String>)>,
    pub(super) claims: Vec<Claim>,
    pub(super) claims_more: usize,
}

/// What a revocation says.
pub(super) struct Revocation {
    pub(super) entry: EntryRow,
    /// From when on it holds by its signer's word.
    pub(super) holds_from: Time,
    pub(super) by: Option<String>,
}

/// A place in the log that cuts the life line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Act {
    pub(super) index: LeafIndex,
    pub(super) logged_at: TimestampMs,
}

/// The issuances and revocations of one token.
#[derive(Default)]
pub(super) struct Life {
    pub(super) issuances: Vec<Issuance>,
    pub(super) issuances_more: usize,
    pub(super) revocations: Vec<Revocation>,
    pub(super) revocations_more: usize,
    /// Where it was issued and revoked, all that were read, in log order.
    pub(super) issued_at: Vec<Act>,
    pub(super) revoked_at: Vec<Act>,
    /// The end that the first issuance gives it, ms since the Unix epoch.
    pub(super) expires_at: Option<TimestampMs>,
    /// The jobs that issuances name: those of an entry that names none itself.
    pub(super) issued_for: BTreeSet<String>,
    pub(super) scopes: BTreeSet<ScopeHash>,
    /// Whether there may be more than were read.
    pub(super) cut: bool,
}

impl Life {
    pub(super) fn of(
        engine: &QueryEngine,
        token: TokenHash,
        as_of: TreeSize,
        signers: &Signers,
    ) -> Result<Self, PageError> {
        let name = token.to_string();
        let issued = engine.subject_of_kind(Field::Token, &name, Kind::TokenIssued, as_of, ACTS_READ)?;
        let revoked = engine.subject_of_kind(Field::Token, &name, Kind::TokenRevoked, as_of, ACTS_READ)?;
        let mut life = Self {
            cut: !(issued.complete && revoked.complete),
            ..Self::default()
        };
        for index in issued.indices.into_iter().chain(revoked.indices) {
            let known = Known::read(engine, index)?.ok_or(PageError::NotFound { what: "entry" })?;
            life.add(&known, signers);
        }
        Ok(life)
    }

    fn add(&mut self, known: &Known, signers: &Signers) {
        let act = Act {
            index: known.record.index,
            logged_at: known.record.entry.logged_at,
        };
        // An erased document still says by its entry that it was issued, or revoked, and when.
        match known.record.entry.kind {
            Kind::TokenIssued => self.issued_at.push(act),
            _ => self.revoked_at.push(act),
        }
        match known.evidence.as_ref().map(verifier::evidence::Evidence::payload) {
            Some(Payload::TokenIssued(said)) => self.issuance(known, said, signers),
            Some(Payload::TokenRevoked(said)) => self.revocation(known, said, signers),
            _ => {}
        }
    }

    fn issuance(&mut self, known: &Known, said: &TokenIssued, signers: &Signers) {
        if self.scopes.len() < SCOPES_MAX {
            self.scopes.insert(said.scope_hash);
        }
        self.cut |= !self.scopes.contains(&said.scope_hash);
        self.issued_for.extend(said.job_id.clone());
        self.expires_at = self
            .expires_at
            .or(Some(TimestampMs::new(said.exp.saturating_mul(1_000))));
        if self.issuances.len() >= ISSUANCES_SHOWN {
            self.issuances_more += 1;
            return;
        }
        let linked = |field, value: &str| (value.to_owned(), href(field, value));
        self.issuances.push(Issuance {
            entry: EntryRow::new(known, signers),
            issued: epoch_seconds(said.iat),
            expires: epoch_seconds(said.exp),
            lifetime: lifetime(said),
            scope: said.scope_hash.to_string(),
            agent: linked(Field::Agent, &said.agent),
            policy: said.policy_hash.map(|hash| hash.to_string()),
            job: said.job_id.as_deref().map(|id| linked(Field::Job, id)),
            run: said.run_id.as_deref().map(|id| linked(Field::Run, id)),
            claims: claims(said),
            claims_more: said.claims.members().len().saturating_sub(CLAIMS_SHOWN),
        });
    }

    fn revocation(&mut self, known: &Known, said: &TokenRevoked, signers: &Signers) {
        if self.revocations.len() >= REVOCATIONS_SHOWN {
            self.revocations_more += 1;
            return;
        }
        self.revocations.push(Revocation {
            entry: EntryRow::new(known, signers),
            holds_from: epoch_seconds(said.revoked_at),
            by: said.revoked_by.clone(),
        });
    }
}

/// In seconds, as policies limit it, and as people read it.
fn lifetime(said: &TokenIssued) -> String {
    let seconds = said.exp.saturating_sub(said.iat);
    format!("{} s ({})", grouped(seconds), age(seconds.saturating_mul(1_000)))
}

fn claims(said: &TokenIssued) -> Vec<Claim> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => json::to_jcs(other),
    };
    said.claims
        .members()
        .iter()
        .take(CLAIMS_SHOWN)
        .map(|(name, value)| Claim {
            name: shortened(name, CLAIM_CHARACTERS_MAX),
            value: shortened(&text(value), CLAIM_CHARACTERS_MAX),
        })
        .collect()
}
