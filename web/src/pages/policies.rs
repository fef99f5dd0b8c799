//! `/policies`: published policies, newest first.

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use ledger::reader::Reader;
use verifier::kind::Kind;
use verifier::payload::Payload;

use super::{ROWS_MAX, answer};
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::model::Known;
use crate::model::row::EntryRow;
use crate::model::signers::Signers;
use crate::request::{Asked, ListQuery, next_href};
use crate::text::grouped;

/// One publication.
struct PolicyRow {
    id: String,
    hash: String,
    entry: EntryRow,
}

#[derive(Template)]
#[template(path = "policies.html")]
struct PoliciesView {
    chrome: Chrome,
    as_of: String,
    policies: Vec<PolicyRow>,
    next: Option<String>,
}

/// Handles `/policies`.
pub(crate) async fn show(
    State(reader): State<Reader>,
    Asked(query): Asked<ListQuery>,
) -> Result<Html<String>, PageError> {
    answer(reader, move |reader| view(reader, query)).await
}

fn view(reader: &Reader, query: ListQuery) -> Result<PoliciesView, PageError> {
    let published = reader.published();
    let as_of = query.as_of(published.head.tree.size);
    let page = reader.by_kind(Kind::PolicyPublished, query.from(), as_of, true, ROWS_MAX)?;
    let signers = Signers::new(reader);
    let known = Known::read_all(reader, &page.items)?;
    Ok(PoliciesView {
        chrome: Chrome::new(Section::Policies, reader, &published),
        as_of: grouped(as_of.value()),
        policies: known.iter().filter_map(|known| row(known, &signers)).collect(),
        next: next_href("/policies", page.next, as_of),
    })
}

fn row(known: &Known, signers: &Signers) -> Option<PolicyRow> {
    let Payload::PolicyPublished(published) = known.evidence.as_ref()?.payload() else {
        return None;
    };
    Some(PolicyRow {
        id: published.policy_id.clone(),
        hash: published.policy_hash.to_string(),
        entry: EntryRow::new(known, signers),
    })
}
