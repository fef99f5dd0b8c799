//! `/tokens/{hash}`: what the log says about a token, by its hash. The token itself never comes here.

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use ledger::reader::Reader;
use verifier::digest::TokenHash;
use verifier::json::{self, Value};
use verifier::payload::{Payload, TokenIssued};
use verifier::subject::Field;

use super::{ROWS_MAX, answer};
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::model::Known;
use crate::model::row::EntryRow;
use crate::model::signers::Signers;
use crate::request::{Asked, ListQuery, Segment, next_href};
use crate::text::{Time, epoch_seconds, grouped, segment, shortened};

/// Entries about the token that are looked through for issuance and revocation: issuances come before
/// uses, and a revocation carries a subject of its own.
const ACTS_SEARCHED: usize = 50;
/// Characters of a claim; the entry's page has it whole.
const CLAIM_CHARACTERS_MAX: usize = 1_000;

/// One claim.
struct Claim {
    name: String,
    value: String,
}

/// What an issuance says.
struct Issuance {
    entry: EntryRow,
    issued: Time,
    expires: Time,
    lifetime: String,
    policy: Option<String>,
    job: Option<(String, String)>,
    run: Option<String>,
    claims: Vec<Claim>,
}

#[derive(Template)]
#[template(path = "token.html")]
struct TokenView {
    chrome: Chrome,
    hash: String,
    as_of: String,
    issuances: Vec<Issuance>,
    revocations: Vec<EntryRow>,
    rows: Vec<EntryRow>,
    next: Option<String>,
}

/// Handles `/tokens/{hash}`.
pub(crate) async fn show(
    State(reader): State<Reader>,
    segment: Segment,
    Asked(query): Asked<ListQuery>,
) -> Result<Html<String>, PageError> {
    let hash = segment.parse("token hash", "64 lower-case hex digits", TokenHash::parse_hex)?;
    answer(reader, move |reader| view(reader, hash, query)).await
}

fn view(reader: &Reader, hash: TokenHash, query: ListQuery) -> Result<TokenView, PageError> {
    let published = reader.published();
    let as_of = query.as_of(published.head.tree.size);
    let value = hash.to_string();
    let page = reader.subject(Field::Token, &value, query.from(), as_of, false, ROWS_MAX)?;
    let first = reader.subject(Field::Token, &value, None, as_of, false, ACTS_SEARCHED)?;
    if first.items.is_empty() {
        return Err(PageError::NotFound { what: "token" });
    }
    let revocations = reader.subject(Field::Revocation, &value, None, as_of, false, ACTS_SEARCHED)?;
    let signers = Signers::new(reader);
    let first = Known::read_all(reader, &first.items)?;
    Ok(TokenView {
        chrome: Chrome::new(Section::None, reader, &published),
        as_of: grouped(as_of.value()),
        issuances: first
            .iter()
            .filter_map(|known| issuance(known, &signers))
            .collect(),
        revocations: EntryRow::all(&Known::read_all(reader, &revocations.items)?, &signers),
        rows: EntryRow::all(&Known::read_all(reader, &page.items)?, &signers),
        next: next_href(&format!("/tokens/{value}"), page.next, as_of),
        hash: value,
    })
}

fn issuance(known: &Known, signers: &Signers) -> Option<Issuance> {
    let Payload::TokenIssued(issued) = known.evidence.as_ref()?.payload() else {
        return None;
    };
    Some(Issuance {
        entry: EntryRow::new(known, signers),
        issued: epoch_seconds(issued.iat),
        expires: epoch_seconds(issued.exp),
        lifetime: grouped(issued.exp.saturating_sub(issued.iat)),
        policy: issued.policy_hash.map(|hash| hash.to_string()),
        job: issued
            .job_id
            .clone()
            .map(|id| (format!("/jobs/{}", segment(&id)), id)),
        run: issued.run_id.clone(),
        claims: claims(issued),
    })
}

fn claims(issued: &TokenIssued) -> Vec<Claim> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => json::to_jcs(other),
    };
    issued
        .claims
        .members()
        .iter()
        .map(|(name, value)| Claim {
            name: name.clone(),
            value: shortened(&text(value), CLAIM_CHARACTERS_MAX),
        })
        .collect()
}
