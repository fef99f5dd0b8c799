//! `/entries/{index}`: one entry whole, and how to check it without us.

mod fields;
mod ladder;

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use ledger_query::QueryEngine;
use ledger_query::parameter::{WHOLE_NUMBER, whole_number};
use verifier::assess::{Reason, UncountedClaim, UncountedEntries};
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::kind::Kind;
use verifier::merkle::inclusion::verify_inclusion;
use verifier::payload::Payload;

use super::answer;
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::model::KnownRecord;
use crate::model::context::ContextView;
use crate::model::document::{DocumentView, misplaced};
use crate::model::exchange::Exchange;
use crate::model::path::{PathRow, steps};
use crate::model::row::EntryRow;
use crate::model::signers::SignerTable;
use crate::model::subjects::{self, SubjectView};
use crate::model::uncounted::UncountedRows;
use crate::model::witnessing::{self, CosignerRow};
use crate::request::{NoQuery, PageQuery, PathSegment};
use crate::state::Pages;
use crate::text::{GroupedNumber, grouped};
use fields::FieldRow;
use ladder::{BOX_HEIGHT, Ladder};

/// Other entries of the same evidence on the page: the document may take most of what a page may weigh.
const RELATED_SHOWN: usize = 12;

/// Other entries of the same evidence.
struct RelatedEntries {
    rows: Vec<EntryRow>,
    /// How many there are beyond those.
    more: usize,
    /// Where all of them are found.
    href: String,
}

#[derive(Template)]
#[template(path = "entry.html")]
struct EntryPageView {
    chrome: Chrome,
    row: EntryRow,
    signer_href: Option<String>,
    signer: String,
    digest: String,
    /// Whether that is the digest of evidence, and not of something else or of nothing.
    has_digest: bool,
    fields: Vec<FieldRow>,
    context: Option<ContextView>,
    /// Why what was said about the entry does not count, as far as the entry itself shows it.
    uncounted: UncountedRows,
    explanation_href: String,
    subjects: Vec<SubjectView>,
    document: Option<DocumentView>,
    /// Where the document has hex in a member of base64url.
    hex_at: Vec<String>,
    /// What a gateway's receipt names by hash.
    exchange: Option<Exchange>,
    /// The order that took the document away.
    erased: Option<GroupedNumber>,
    /// Why the document was refused.
    refused: Option<String>,
    /// Whether a document of its own goes with the entry: none does where it was refused for a token in it.
    keeps_document: bool,
    /// Entries that contradict this one.
    conflicts: Vec<GroupedNumber>,
    /// Whether the entry is a word about evidence that was logged before.
    is_context: bool,
    related: RelatedEntries,
    leaf_hash: String,
    steps: Vec<PathRow>,
    ladder: Ladder,
    narrow_ladder: Ladder,
    size: String,
    root: String,
    checkpoint: String,
    cosigners: Vec<CosignerRow>,
    vkey: String,
    previous: Option<u64>,
    following: Option<u64>,
}

/// Handles `/entries/{index}`.
pub(crate) async fn show(
    State(pages): State<Pages>,
    segment: PathSegment,
    PageQuery(_): PageQuery<NoQuery>,
) -> Result<Html<String>, PageError> {
    let index = segment.parse("position", WHOLE_NUMBER, |text| {
        whole_number(text).map(LeafIndex::new)
    })?;
    answer(pages, move |engine| view(engine, index)).await
}

fn view(engine: &QueryEngine, index: LeafIndex) -> Result<EntryPageView, PageError> {
    let published = engine.published();
    let (size, root) = (published.head.tree.size, published.head.tree.root);
    if !size.contains(index) {
        return Err(PageError::NotFound { what: "entry" });
    }
    let known = KnownRecord::read(engine, index)?.ok_or(PageError::NotFound { what: "entry" })?;
    let record = &known.record;
    let path = engine.inclusion_proof(index, size)?;
    // What the page draws holds, or is not drawn.
    verify_inclusion(index, size, &record.leaf_hash, &path, &root)
        .map_err(|error| PageError::Internal(format!("the audit path of entry {index}: {error}")))?;
    let signers = SignerTable::new(engine);
    let row = EntryRow::new(&known, &signers);
    let leaf_hash = record.leaf_hash.to_string();
    let steps = steps(index, size, &record.leaf_hash, &path);
    Ok(EntryPageView {
        chrome: Chrome::new(Section::None, engine, &published),
        signer_href: signers.href(&row.signer.did),
        signer: record.entry.signer.clone(),
        digest: record.entry.evidence_digest.to_string(),
        has_digest: !matches!(record.entry.kind, Kind::IndexRoot | Kind::Refused),
        context: ContextView::of(&known, &signers),
        uncounted: uncounted_of(&known, &signers, published.head.time),
        explanation_href: String::new(),
        fields: fields::of(&known),
        subjects: subjects::of(&known, &engine.index_salt()),
        document: DocumentView::of(&known),
        hex_at: known
            .document
            .iter()
            .flat_map(|document| misplaced(document.value()))
            .collect(),
        exchange: Exchange::of(&known),
        erased: record.erased.as_ref().map(|remains| remains.order.into()),
        refused: record.entry.refused.clone(),
        keeps_document: record.entry.keeps_document(),
        conflicts: conflicts(engine, &known, size)?,
        is_context: record.entry.kind == Kind::Context,
        related: related(engine, &known, &signers)?,
        ladder: ladder::of(&ladder::WIDE, &row.number, &leaf_hash, &steps),
        narrow_ladder: ladder::of(&ladder::NARROW, &row.number, &leaf_hash, &steps),
        leaf_hash,
        steps,
        size: grouped(size.value()),
        root: root.to_string(),
        cosigners: witnessing::cosigners(engine, &published.checkpoint),
        checkpoint: published.checkpoint,
        vkey: engine.verifier_key().to_string(),
        previous: index.value().checked_sub(1),
        following: index
            .next()
            .filter(|&next| TreeSize::contains(size, next))
            .map(LeafIndex::value),
        row,
    })
}

/// The evidence's own entries and the contexts on it, without this entry.
fn related(
    engine: &QueryEngine,
    known: &KnownRecord,
    signers: &SignerTable,
) -> Result<RelatedEntries, PageError> {
    let entry = &known.record.entry;
    let target = match known.payload() {
        Some(Payload::SubmissionContext(said)) => said.evidence_digest,
        _ => entry.evidence_digest,
    };
    let mut indices = match entry.kind {
        // Neither has evidence: its digest is of something else, or of nothing.
        Kind::IndexRoot | Kind::Refused => Vec::new(),
        _ => engine.by_evidence(&target)?,
    };
    indices.retain(|index| *index != known.record.index);
    let more = indices.len().saturating_sub(RELATED_SHOWN);
    indices.truncate(RELATED_SHOWN);
    Ok(RelatedEntries {
        rows: EntryRow::all(&KnownRecord::read_all(engine, &indices)?, signers),
        more,
        href: format!("/e/{target}"),
    })
}

/// Entries that contradict this one: statements of its author with the same identity that say something else. Both are
/// logged, for a ledger that refuses the second hides the contradiction.
fn conflicts(
    engine: &QueryEngine,
    known: &KnownRecord,
    as_of: TreeSize,
) -> Result<Vec<GroupedNumber>, PageError> {
    let Some(evidence) = &known.evidence else {
        return Ok(Vec::new());
    };
    let record = &known.record;
    let found = engine.contradictions(evidence, record.index, record.entry.logged_at, as_of)?;
    Ok(found.into_iter().map(GroupedNumber::from).collect())
}

/// Why an entry's evidence does not count for the job that its sender names, as far as the entry itself shows it. The job's
/// page has the rest.
fn uncounted_of(known: &KnownRecord, signers: &SignerTable, now: TimestampMs) -> UncountedRows {
    let reasons = known.record.context.as_ref().map(|context| {
        let lost = if context.job_id.is_some() {
            UncountedClaim::Job
        } else {
            UncountedClaim::Context
        };
        let unlinked = signers.unlinked(&known.record.entry, known.record.index, lost, now);
        unlinked.into_iter().chain(lacks_scope_hash(known))
    });
    let uncounted: Vec<UncountedEntries> = reasons
        .into_iter()
        .flatten()
        .map(|reason| UncountedEntries {
            reason,
            entries: Vec::new(),
        })
        .collect();
    UncountedRows::of(&uncounted)
}

fn lacks_scope_hash(known: &KnownRecord) -> Option<Reason> {
    match known.payload() {
        Some(Payload::GatewayReceipt(receipt)) if receipt.binding.token_scope_hash.is_none() => {
            Some(Reason::ScopeHashMissing)
        }
        _ => None,
    }
}
