//! `/artifacts/{sha256}`: a file that evidence names by its hash, who named it, and whether one's own copy is it.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::response::Html;
use ledger_query::QueryEngine;
use serde::Deserialize;
use verifier::digest::ArtifactHash;
use verifier::index::{LeafIndex, TreeSize};
use verifier::payload::{Artifact, Payload};
use verifier::subject::Field;
use verifier::text::hash::{HashForm, SpelledHash};

use super::{ROWS_MAX, answer};
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::export::ExportLinks;
use crate::model::signers::{EntrySigner, SignerTable};
use crate::model::{KnownRecord, host};
use crate::request::{PageQuery, PathSegment};
use crate::state::Pages;
use crate::text::{GroupedNumber, Time, counted, segment, shortened};

/// Characters of a name or address.
const TEXT_CHARACTERS_MAX: usize = 300;

/// Which page, and the hash of the visitor's copy.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ArtifactQuery {
    from: Option<u64>,
    as_of: Option<u64>,
    /// 64 hex digits, or a line that `sha256sum` wrote.
    copy: Option<String>,
}

/// How the visitor's copy compares.
enum CopyComparison {
    Same,
    Differs(String),
    NoHash,
}

/// One document that names the file.
struct NamingDocument {
    index: GroupedNumber,
    signer: EntrySigner,
    time: Time,
    /// Absent where the document was erased.
    file: Option<FileView>,
}

/// What it says about the file.
struct FileView {
    label: String,
    name: String,
    size: String,
    media_type: String,
    job: Option<(String, String)>,
    run: Option<(String, String)>,
    uri: Option<String>,
    kept: bool,
    /// What it says about the host that ran the agent.
    host: Vec<String>,
}

#[derive(Template)]
#[template(path = "artifact.html")]
struct ArtifactView {
    chrome: Chrome,
    hash: String,
    as_of: String,
    export: ExportLinks,
    compared: Option<CopyComparison>,
    namings: Vec<NamingDocument>,
    next: Option<String>,
}

/// Handles `/artifacts/{sha256}`.
pub(crate) async fn show(
    State(pages): State<Pages>,
    segment: PathSegment,
    PageQuery(query): PageQuery<ArtifactQuery>,
) -> Result<Html<String>, PageError> {
    let hash = segment.hash(("artifacts", "SHA-256"), HashForm::Hex, ArtifactHash::parse_hex)?;
    answer(pages, move |engine| view(engine, hash, &query)).await
}

/// What a form sends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CopyForm {
    copy: String,
}

/// Handles `POST /artifacts/{sha256}`. The answer has no address of its own: what was pasted may be anything.
pub(crate) async fn compare_copy(
    State(pages): State<Pages>,
    segment: PathSegment,
    form: Result<Form<CopyForm>, FormRejection>,
) -> Result<Html<String>, PageError> {
    let hash = segment.hash(("artifacts", "SHA-256"), HashForm::Hex, ArtifactHash::parse_hex)?;
    let Form(form) = form.map_err(|_| PageError::Query {
        detail: "The form sends one field, copy.".to_owned(),
    })?;
    let query = ArtifactQuery {
        copy: Some(form.copy),
        ..ArtifactQuery::default()
    };
    answer(pages, move |engine| view(engine, hash, &query)).await
}

fn view(engine: &QueryEngine, hash: ArtifactHash, query: &ArtifactQuery) -> Result<ArtifactView, PageError> {
    let published = engine.published();
    let as_of = query.as_of.map_or(published.head.tree.size, TreeSize::new);
    let value = hash.to_string();
    let from = query.from.map(LeafIndex::new);
    let page = engine.subject(Field::Artifact, &value, from, as_of, false, ROWS_MAX)?;
    if page.items.is_empty() && from.is_none() {
        return Err(PageError::NotFound { what: "artifact" });
    }
    let signers = SignerTable::new(engine);
    let known = KnownRecord::read_all(engine, &page.items)?;
    Ok(ArtifactView {
        chrome: Chrome::new(Section::None, engine, &published),
        as_of: super::as_of_words(engine, as_of)?,
        compared: query.copy.as_deref().map(|copy| compare(copy, hash)),
        namings: known.iter().map(|known| naming(known, &signers)).collect(),
        export: super::entries::links(Some((Field::Artifact, &value)), as_of),
        next: crate::request::next_href(&format!("/artifacts/{value}"), page.next, as_of),
        hash: value,
    })
}

/// The first word of what was pasted, in whatever spelling: `sha256sum` writes the file's name behind it.
fn compare(copy: &str, hash: ArtifactHash) -> CopyComparison {
    let word = copy.split_whitespace().next().unwrap_or_default();
    match SpelledHash::read(word).map(|own| own.to(HashForm::Hex)) {
        Some(own) if own == hash.to_string() => CopyComparison::Same,
        Some(own) => CopyComparison::Differs(own),
        None => CopyComparison::NoHash,
    }
}

fn naming(known: &KnownRecord, signers: &SignerTable) -> NamingDocument {
    let record = &known.record;
    let file = match known.payload() {
        Some(Payload::Artifact(artifact)) => Some(file(artifact)),
        _ => None,
    };
    NamingDocument {
        index: record.index.into(),
        signer: signers.of(&record.entry, record.index),
        time: Time::new(record.entry.logged_at),
        file,
    }
}

fn file(artifact: &Artifact) -> FileView {
    let link = |section: &str, id: Option<&str>| {
        let id = id?;
        Some((format!("/{section}/{}", segment(id)), id.to_owned()))
    };
    FileView {
        label: artifact.label.as_str().replace('_', " "),
        name: shortened(&artifact.name, TEXT_CHARACTERS_MAX),
        size: counted(artifact.size, "byte", "bytes"),
        media_type: artifact.media_type.clone(),
        job: link("jobs", artifact.job_id.as_deref()),
        run: link("runs", artifact.run_id.as_deref()),
        uri: artifact
            .uri
            .as_ref()
            .map(|uri| shortened(uri, TEXT_CHARACTERS_MAX)),
        kept: artifact.content.is_some(),
        host: host::setting_sentences(artifact),
    }
}
