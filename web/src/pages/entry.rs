//! `/entries/{index}`: one entry whole, and how to check it without us.

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use ledger::reader::Reader;
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;

use super::answer;
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::model::Known;
use crate::model::context::ContextView;
use crate::model::document::DocumentView;
use crate::model::path::{Step, steps};
use crate::model::row::EntryRow;
use crate::model::signers::Signers;
use crate::model::subjects::{self, SubjectView};
use crate::request::Segment;
use crate::text::{counted, grouped};

/// One field of the entry and its value.
struct FieldRow {
    name: &'static str,
    value: String,
}

#[derive(Template)]
#[template(path = "entry.html")]
struct EntryPage {
    chrome: Chrome,
    row: EntryRow,
    fields: Vec<FieldRow>,
    context: Option<ContextView>,
    subjects: Vec<SubjectView>,
    document: Option<DocumentView>,
    erased: Option<u64>,
    leaf_hash: String,
    steps: Vec<Step>,
    size: String,
    root: String,
    checkpoint: String,
    vkey: String,
    previous: Option<u64>,
    following: Option<u64>,
}

/// Handles `/entries/{index}`.
pub(crate) async fn show(State(reader): State<Reader>, segment: Segment) -> Result<Html<String>, PageError> {
    let index = segment.parse("position", "a whole number without leading zeros", parse_index)?;
    answer(reader, move |reader| view(reader, index)).await
}

/// One text a number, so that an entry has one address.
fn parse_index(text: &str) -> Option<LeafIndex> {
    let index: u64 = text.parse().ok()?;
    (index.to_string() == text).then_some(LeafIndex::new(index))
}

fn view(reader: &Reader, index: LeafIndex) -> Result<EntryPage, PageError> {
    let published = reader.published();
    let size = published.head.tree.size;
    if !size.contains(index) {
        return Err(PageError::NotFound { what: "entry" });
    }
    let known = Known::read(reader, index)?.ok_or(PageError::NotFound { what: "entry" })?;
    let path = reader.inclusion_proof(index, size)?;
    let signers = Signers::new(reader);
    let row = EntryRow::new(&known, &signers);
    Ok(EntryPage {
        chrome: Chrome::new(Section::None, reader, &published),
        context: ContextView::of(&known, &signers),
        fields: fields(&known),
        subjects: subjects::of(&known, &reader.index_salt()),
        document: DocumentView::of(&known),
        erased: known.record.erased.as_ref().map(|remains| remains.order.value()),
        leaf_hash: known.record.leaf_hash.to_string(),
        steps: steps(index, size, &path),
        size: grouped(size.value()),
        root: published.head.tree.root.to_string(),
        checkpoint: published.checkpoint,
        vkey: reader.verifier_key().to_string(),
        previous: index.value().checked_sub(1),
        following: index
            .next()
            .filter(|&next| TreeSize::contains(size, next))
            .map(LeafIndex::value),
        row,
    })
}

/// The members of the entry that are not shown apart, in the order of their numbers.
fn fields(known: &Known) -> Vec<FieldRow> {
    let entry = &known.record.entry;
    let mut fields = Vec::new();
    let mut add = |name, value: Option<String>| {
        if let Some(value) = value {
            fields.push(FieldRow { name, value });
        }
    };
    let digest_name = match entry.kind {
        Kind::IndexRoot => "Map root",
        _ => "Evidence digest",
    };
    add("Kind", Some(entry.kind.to_string()));
    add(
        digest_name,
        Some(entry.evidence_digest.to_string()).filter(|_| entry.kind != Kind::Refused),
    );
    add("Raw digest", entry.raw_digest.map(|digest| digest.to_string()));
    add("Signer", Some(entry.signer.clone()));
    add("Logged at", Some(format!("{} ms since 1970", entry.logged_at)));
    add(
        "Submitter",
        entry.submitter.as_ref().map(|name| name.as_str().to_owned()),
    );
    let stream = entry.stream.as_ref().map(|position| {
        let stream = verifier::digest::ArtifactHash::from_bytes(position.stream);
        let last = if position.last { ", last" } else { "" };
        format!("{stream}, number {}{last}", grouped(position.number))
    });
    add("Stream", stream);
    add(
        "Covers",
        entry
            .covered
            .map(|size| counted(size.value(), "entry", "entries")),
    );
    add("Refused because", entry.refused.clone());
    let length = u64::try_from(known.record.bytes.len()).unwrap_or(u64::MAX);
    add("Length", Some(counted(length, "byte of CBOR", "bytes of CBOR")));
    fields
}
