//! `/e/{evidence_digest}`: the short permanent address of a document. It leads to its entry; where several entries
//! are about the document, they are listed.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use ledger_query::QueryEngine;
use verifier::digest::{EvidenceDigest, RawDigest};
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;
use verifier::text::hash::HashForm;

use super::{ROWS_MAX, asked, filled};
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::model::KnownRecord;
use crate::model::row::EntryRow;
use crate::model::signers::SignerTable;
use crate::request::{ListQuery, PageQuery, PathSegment, next_href};
use crate::state::Pages;
use crate::text::GroupedNumber;

#[derive(Template)]
#[template(path = "evidence.html")]
struct EvidenceView {
    chrome: Chrome,
    digest: String,
    /// The entry that holds the document itself.
    own: Option<GroupedNumber>,
    as_of: String,
    rows: Vec<EntryRow>,
    next: Option<String>,
}

/// Handles `/e/{evidence_digest}`.
pub(crate) async fn show(
    State(pages): State<Pages>,
    segment: PathSegment,
    PageQuery(query): PageQuery<ListQuery>,
) -> Result<Response, PageError> {
    let digest = segment.hash(("e", "evidence digest"), HashForm::Hex, EvidenceDigest::parse_hex)?;
    asked(pages, move |engine| answer(engine, digest, query)).await
}

fn answer(engine: &QueryEngine, digest: EvidenceDigest, query: ListQuery) -> Result<Response, PageError> {
    let published = engine.published();
    let as_of = query.as_of().map_or(published.head.tree.size, TreeSize::new);
    let mut indices = engine.by_evidence(&digest)?;
    if indices.is_empty() {
        indices = engine.refused_by_raw(&RawDigest::from_bytes(*digest.as_bytes()))?;
    }
    let indices: Vec<LeafIndex> = indices
        .into_iter()
        .filter(|index| as_of.contains(*index))
        .collect();
    if let [only] = indices.as_slice() {
        return Ok(Redirect::to(&format!("/entries/{only}")).into_response());
    }
    let from = query.from().unwrap_or_default();
    let mut rest = indices.iter().copied().filter(|index| *index >= from);
    let page: Vec<LeafIndex> = rest.by_ref().take(ROWS_MAX).collect();
    if page.is_empty() {
        return Err(PageError::NotFound { what: "evidence" });
    }
    let own = indices
        .first()
        .map(|&first| KnownRecord::read(engine, first))
        .transpose()?
        .flatten();
    let view = EvidenceView {
        chrome: Chrome::new(Section::None, engine, &published),
        own: own
            .filter(|known| known.record.entry.kind != Kind::Context || known.document.is_some())
            .map(|known| known.record.index.into()),
        as_of: super::as_of_words(engine, as_of)?,
        rows: EntryRow::all(&KnownRecord::read_all(engine, &page)?, &SignerTable::new(engine)),
        next: next_href(&format!("/e/{digest}"), rest.next(), as_of),
        digest: digest.to_string(),
    };
    Ok(filled(&view)?.into_response())
}
