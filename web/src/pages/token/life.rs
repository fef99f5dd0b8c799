//! What a token's issuer says about it: issuances and revocations.

use ledger_query::QueryEngine;
use ledger_query::token::{TokenEntry, TokenIssuance, TokenLife, TokenRevocation};
use verifier::index::TimestampMs;
use verifier::json::{self, Value};
use verifier::payload::Payload;
use verifier::subject::Field;

use crate::error::PageError;
use crate::model::KnownRecord;
use crate::model::row::EntryRow;
use crate::model::signers::SignerTable;
use crate::model::subjects::href;
use crate::text::{Time, age, epoch_seconds, grouped, shortened};

/// Issuances that are shown with their claims, claims of each, and characters of a claim; the entry's own page
/// has them whole.
const ISSUANCES_SHOWN: usize = 3;
const CLAIMS_SHOWN: usize = 24;
const CLAIM_CHARACTERS_MAX: usize = 240;
/// Revocations that are shown.
const REVOCATIONS_SHOWN: usize = 20;

/// One claim.
pub(super) struct ClaimRow {
    pub(super) name: String,
    pub(super) value: String,
}

/// What an issuance says.
pub(super) struct IssuanceView {
    pub(super) entry: EntryRow,
    pub(super) issued: Time,
    pub(super) expires: Time,
    pub(super) lifetime: String,
    pub(super) scope: String,
    pub(super) agent: (String, Option<String>),
    pub(super) policy: Option<String>,
    pub(super) job: Option<(String, Option<String>)>,
    pub(super) run: Option<(String, Option<String>)>,
    pub(super) claims: Vec<ClaimRow>,
    pub(super) claims_more: usize,
}

/// What a revocation says.
pub(super) struct RevocationView {
    pub(super) entry: EntryRow,
    /// From when on it holds by its signer's word.
    pub(super) holds_from: Time,
    pub(super) by: Option<String>,
}

/// What the page shows of what a token's issuer says about it.
pub(super) struct TokenLifeView {
    pub(super) issuances: Vec<IssuanceView>,
    pub(super) issuances_more: usize,
    pub(super) revocations: Vec<RevocationView>,
    pub(super) revocations_more: usize,
    /// Where it was issued and revoked, all that were read, in log order.
    pub(super) issued_at: Vec<TokenEntry>,
    pub(super) revoked_at: Vec<TokenEntry>,
    /// The end that the first issuance gives it, ms since the Unix epoch.
    pub(super) expires_at: Option<TimestampMs>,
    /// Whether there may be more than were read.
    pub(super) cut: bool,
}

impl TokenLifeView {
    pub(super) fn of(
        engine: &QueryEngine,
        life: TokenLife,
        signers: &SignerTable,
    ) -> Result<Self, PageError> {
        let (issuances, issuances_more) = shown(&life.issuances, ISSUANCES_SHOWN);
        let (revocations, revocations_more) = shown(&life.revocations, REVOCATIONS_SHOWN);
        Ok(Self {
            issuances: issuances
                .iter()
                .map(|issued| issuance(engine, issued, signers))
                .collect::<Result<_, _>>()?,
            issuances_more,
            revocations: revocations
                .iter()
                .map(|revoked| revocation(engine, revoked, signers))
                .collect::<Result<_, _>>()?,
            revocations_more,
            expires_at: life
                .issuances
                .first()
                .map(|issued| TimestampMs::new(issued.expires_at_s.saturating_mul(1_000))),
            issued_at: life.issuances.into_iter().map(|issued| issued.act).collect(),
            revoked_at: life.revocations.into_iter().map(|revoked| revoked.act).collect(),
            cut: !life.complete,
        })
    }
}

/// The first of a list, and how many more there are.
fn shown<T>(items: &[T], most: usize) -> (&[T], usize) {
    let (shown, more) = items.split_at(items.len().min(most));
    (shown, more.len())
}

fn known(engine: &QueryEngine, act: &TokenEntry) -> Result<KnownRecord, PageError> {
    KnownRecord::read(engine, act.index)?.ok_or(PageError::NotFound { what: "entry" })
}

fn issuance(
    engine: &QueryEngine,
    issued: &TokenIssuance,
    signers: &SignerTable,
) -> Result<IssuanceView, PageError> {
    let known = known(engine, &issued.act)?;
    let Some(Payload::TokenIssued(payload)) =
        known.evidence.as_ref().map(verifier::evidence::Evidence::payload)
    else {
        return Err(PageError::NotFound { what: "issuance" });
    };
    let claims = payload.claims.members();
    let linked = |field, value: &str| (value.to_owned(), href(field, value));
    Ok(IssuanceView {
        entry: EntryRow::new(&known, signers),
        issued: epoch_seconds(issued.issued_at_s),
        expires: epoch_seconds(issued.expires_at_s),
        lifetime: lifetime(issued),
        scope: issued.scope_hash.to_string(),
        agent: linked(Field::Agent, &issued.agent),
        policy: issued.policy_hash.map(|hash| hash.to_string()),
        job: issued.job_id.as_deref().map(|id| linked(Field::Job, id)),
        run: issued.run_id.as_deref().map(|id| linked(Field::Run, id)),
        claims: claims.iter().take(CLAIMS_SHOWN).map(claim).collect(),
        claims_more: claims.len().saturating_sub(CLAIMS_SHOWN),
    })
}

fn revocation(
    engine: &QueryEngine,
    revoked: &TokenRevocation,
    signers: &SignerTable,
) -> Result<RevocationView, PageError> {
    Ok(RevocationView {
        entry: EntryRow::new(&known(engine, &revoked.act)?, signers),
        holds_from: epoch_seconds(revoked.revoked_at_s),
        by: revoked.revoked_by.clone(),
    })
}

/// In seconds, as policies limit it, and as people read it.
fn lifetime(issued: &TokenIssuance) -> String {
    let seconds = issued.expires_at_s.saturating_sub(issued.issued_at_s);
    format!("{} s ({})", grouped(seconds), age(seconds.saturating_mul(1_000)))
}

fn claim((name, value): &(String, Value)) -> ClaimRow {
    let text = match value {
        Value::String(text) => text.clone(),
        other => json::to_jcs(other),
    };
    ClaimRow {
        name: shortened(name, CLAIM_CHARACTERS_MAX),
        value: shortened(&text, CLAIM_CHARACTERS_MAX),
    }
}
