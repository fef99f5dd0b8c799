//! `/gateways/{did}`: a gateway's registration, when it was last heard of, its streams, its receipts by job.

mod streams;

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use ledger_query::QueryEngine;
use verifier::subject::Field;

use super::assessed;
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::export::ExportLinks;
use crate::model::activity::{self, Activity};
use crate::model::claims::{PageClaims, ProvableClaim};
use crate::model::refusals::{RefusalRow, Refusals};
use crate::model::registration::{RegistrationRow, RetirementRow, SignerHistory};
use crate::model::row::EntryRow;
use crate::model::signers::SignerTable;
use crate::request::{NoQuery, PageQuery, PathSegment};
use crate::state::Pages;
use crate::text::segment;
use streams::GatewayReceipts;

/// Registrations, retirements and newest receipts on the page.
const REGISTRATIONS_SHOWN: usize = 8;
const NEWEST_SHOWN: usize = 12;
/// Entries that are looked at for when it was last seen.
const SAMPLE: usize = 10;
/// Characters of a DID; others are no gateway's.
const DID_BYTES_MAX: usize = 256;

#[derive(Template)]
#[template(path = "gateway.html")]
struct GatewayView {
    chrome: Chrome,
    did: String,
    name: Option<String>,
    export: ExportLinks,
    as_of: String,
    claims: PageClaims,
    registrations: Vec<RegistrationRow>,
    retirements: Vec<RetirementRow>,
    activity: Activity,
    receipts: GatewayReceipts,
    newest: Vec<EntryRow>,
    refused: Vec<RefusalRow>,
    api_href: String,
}

/// Handles `/gateways/{did}`.
pub(crate) async fn show(
    State(pages): State<Pages>,
    PathSegment(did): PathSegment,
    PageQuery(_): PageQuery<NoQuery>,
) -> Result<Html<String>, PageError> {
    if did.len() > DID_BYTES_MAX {
        return Err(PageError::NotFound { what: "gateway" });
    }
    // Hundreds of signatures are verified: a few such pages at a time.
    assessed(pages, move |engine| view(engine, did)).await
}

fn view(engine: &QueryEngine, did: String) -> Result<GatewayView, PageError> {
    let published = engine.published();
    let as_of = super::size_of(engine, None, published.head.tree.size)?;
    let now = published.head.time;
    let issuer = engine.issuers().into_iter().find(|issuer| issuer.did == did);
    let named = engine.subject(Field::Gateway, &did, None, as_of, true, 1)?;
    if issuer.is_none() && named.items.is_empty() {
        return Err(PageError::NotFound { what: "gateway" });
    }
    let signers = SignerTable::new(engine);
    let receipts = streams::of(engine, &did, as_of, &signers)?;
    let sample = activity::lateness(&receipts.known);
    let history = |issuer| SignerHistory::of(issuer, now, REGISTRATIONS_SHOWN);
    let history = issuer.as_ref().map(history).unwrap_or_default();
    let newest = receipts.known.iter().take(NEWEST_SHOWN);
    let chrome = Chrome::new(Section::None, engine, &published);
    Ok(GatewayView {
        claims: chrome
            .claims(as_of)
            .with(ProvableClaim::of(Field::Gateway, &did, &[])),
        chrome,
        name: history.name,
        as_of: super::as_of_words(engine, as_of)?,
        registrations: history.registrations,
        retirements: history.retirements,
        activity: Activity {
            last: activity::of(engine, &did, as_of, crate::text::now(), SAMPLE)?.last,
            ..sample
        },
        export: super::entries::links(Some((Field::Gateway, &did)), as_of),
        newest: newest.map(|known| EntryRow::new(known, &signers)).collect(),
        receipts,
        refused: Refusals::of(engine, as_of)?.by(&did),
        api_href: format!("/issuers?did={}", segment(&did)),
        did,
    })
}
