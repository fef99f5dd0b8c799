//! `/policies`: published policies, newest first; or the versions of one id.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use ledger::reader::Reader;
use serde::Deserialize;
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;
use verifier::payload::Payload;
use verifier::subject::Field;

use super::policy::versions::withdrawals;
use super::{ROWS_MAX, answer};
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::model::Known;
use crate::model::row::EntryRow;
use crate::model::signers::Signers;
use crate::request::Asked;
use crate::state::Pages;
use crate::text::{grouped, segment};

/// Which policies, and which page of them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PoliciesQuery {
    /// Only the versions of this id.
    policy_id: Option<String>,
    from: Option<u64>,
    as_of: Option<u64>,
}

/// One publication.
struct PolicyRow {
    id: String,
    id_href: String,
    hash: String,
    withdrawn: Option<(u64, String)>,
    entry: EntryRow,
}

#[derive(Template)]
#[template(path = "policies.html")]
struct PoliciesView {
    chrome: Chrome,
    as_of: String,
    policy_id: String,
    policies: Vec<PolicyRow>,
    next: Option<String>,
}

/// Handles `/policies`.
pub(crate) async fn show(
    State(pages): State<Pages>,
    Asked(query): Asked<PoliciesQuery>,
) -> Result<Html<String>, PageError> {
    answer(pages, move |reader| view(reader, query)).await
}

fn view(reader: &Reader, query: PoliciesQuery) -> Result<PoliciesView, PageError> {
    let published = reader.published();
    let as_of = query.as_of.map_or(published.head.tree.size, TreeSize::new);
    let from = query.from.map(LeafIndex::new);
    // A field left empty in the form is no filter.
    let policy_id = query.policy_id.filter(|id| !id.is_empty());
    if let Some(text) = &policy_id {
        crate::request::id("policy id", text)?;
    }
    let page = match &policy_id {
        Some(id) => reader.subject(Field::PolicyId, id, from, as_of, true, ROWS_MAX)?,
        None => reader.by_kind(Kind::PolicyPublished, from, as_of, true, ROWS_MAX)?,
    };
    let withdrawn = withdrawals(reader, as_of)?;
    let signers = Signers::new(reader);
    let known = Known::read_all(reader, &page.items)?;
    let filter = policy_id
        .as_deref()
        .map(|id| format!("policy_id={}&", segment(id)))
        .unwrap_or_default();
    Ok(PoliciesView {
        chrome: Chrome::new(Section::Policies, reader, &published),
        as_of: grouped(as_of.value()),
        policies: known
            .iter()
            .filter_map(|known| row(known, &signers, &withdrawn))
            .collect(),
        next: page
            .next
            .map(|from| format!("/policies?{filter}from={from}&as_of={as_of}")),
        policy_id: policy_id.unwrap_or_default(),
    })
}

fn row(known: &Known, signers: &Signers, withdrawn: &BTreeMap<String, LeafIndex>) -> Option<PolicyRow> {
    let Payload::PolicyPublished(published) = known.evidence.as_ref()?.payload() else {
        return None;
    };
    let hash = published.policy_hash.to_string();
    Some(PolicyRow {
        id: published.policy_id.clone(),
        id_href: format!("/policies?policy_id={}", segment(&published.policy_id)),
        withdrawn: withdrawn
            .get(&hash)
            .map(|index| (index.value(), grouped(index.value()))),
        entry: EntryRow::new(known, signers),
        hash,
    })
}
