//! `/log`: the log itself: its heads over time, its key, who may sign, what is set.

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use ledger::reader::{Published, Reader};
use serde::Deserialize;
use verifier::context::SubmitterName;
use verifier::index::TreeSize;
use verifier::issuers::{Issuer, Registration};

use super::answer;
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::model::detail;
use crate::request::Asked;
use crate::text::{Time, grouped};

/// Heads on one page.
const HEADS_MAX: usize = 50;
/// Registrations on the page, and submitters named for each; the rest is in the log itself.
const REGISTRATIONS_MAX: usize = 200;
const SUBMITTERS_SHOWN: usize = 10;

/// Which heads.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(crate) struct HeadsQuery {
    /// Heads of this size and smaller.
    upto: Option<u64>,
}

/// One head.
struct HeadRow {
    size: String,
    root: String,
    time: Time,
}

/// One registration.
struct IssuerRow {
    name: String,
    did: String,
    roles: String,
    entry: u64,
    entry_number: String,
    from: Time,
    until: Option<Time>,
    gateway_id: Option<String>,
    submitters: String,
    /// `retired at entry 7: reason`.
    retired: Vec<(u64, String)>,
}

#[derive(Template)]
#[template(path = "log.html")]
struct LogView {
    chrome: Chrome,
    origin: String,
    vkey: String,
    operator: String,
    checkpoint: String,
    indexed_to: String,
    settings: String,
    issuers: Vec<IssuerRow>,
    issuers_cut: bool,
    heads: Vec<HeadRow>,
    next: Option<String>,
}

/// Handles `/log`.
pub(crate) async fn show(
    State(reader): State<Reader>,
    Asked(query): Asked<HeadsQuery>,
) -> Result<Html<String>, PageError> {
    answer(reader, move |reader| view(reader, query)).await
}

fn view(reader: &Reader, query: HeadsQuery) -> Result<LogView, PageError> {
    let published = reader.published();
    let upto = query.upto.map_or(published.head.tree.size, TreeSize::new);
    let heads = reader.checkpoints(upto, HEADS_MAX)?;
    let next = heads
        .last()
        .filter(|_| heads.len() == HEADS_MAX)
        .and_then(|oldest| oldest.head.tree.size.last_index())
        .filter(|index| index.value() > 0)
        .map(|index| format!("/log?upto={index}"));
    let mut issuers: Vec<IssuerRow> = reader.issuers().iter().flat_map(issuer_rows).collect();
    let issuers_cut = issuers.len() > REGISTRATIONS_MAX;
    issuers.truncate(REGISTRATIONS_MAX);
    Ok(LogView {
        chrome: Chrome::new(Section::Log, reader, &published),
        origin: reader.origin().to_owned(),
        vkey: reader.verifier_key().to_string(),
        operator: reader.operator_did().to_owned(),
        indexed_to: grouped(reader.indexed_to().value()),
        settings: detail::settings(&reader.settings()),
        issuers,
        issuers_cut,
        heads: heads.iter().map(head_row).collect(),
        next,
        checkpoint: published.checkpoint,
    })
}

fn head_row(published: &Published) -> HeadRow {
    let head = &published.head;
    HeadRow {
        size: grouped(head.tree.size.value()),
        root: head.tree.root.to_string(),
        time: Time::new(head.time),
    }
}

fn issuer_rows(issuer: &Issuer) -> Vec<IssuerRow> {
    issuer
        .registrations
        .iter()
        .map(|registration| issuer_row(issuer, registration))
        .collect()
}

fn issuer_row(issuer: &Issuer, registration: &Registration) -> IssuerRow {
    let submitters: Vec<&str> = registration
        .submitters
        .iter()
        .take(SUBMITTERS_SHOWN)
        .map(SubmitterName::as_str)
        .collect();
    IssuerRow {
        name: registration.name.clone(),
        did: issuer.did.clone(),
        roles: detail::roles(&registration.roles),
        entry: registration.index.value(),
        entry_number: grouped(registration.index.value()),
        from: Time::new(registration.not_before),
        until: registration.not_after.map(Time::new),
        gateway_id: registration.gateway_id.clone(),
        submitters: submitters.join(", "),
        retired: issuer
            .retirements
            .iter()
            .map(|(index, reason, _)| (index.value(), reason.clone()))
            .collect(),
    }
}
