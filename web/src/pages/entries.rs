//! `/export/entries`: every entry of the log, or every one that names an id, in log order, for spreadsheets and programs.

use axum::extract::State;
use axum::response::Response;
use ledger::reader::EntryRecord;
use ledger_query::QueryEngine;
use serde::{Deserialize, Serialize};
use verifier::caller_text::is_caller_text;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::kind::Kind;
use verifier::subject::Field;
use verifier::text::hash::HashForm;

use super::{ROWS_MAX, asked};
use crate::error::PageError;
use crate::export::{self, ExportItem, ExportLinks, Format, ListPage};
use crate::request::{PageQuery, did, hash, id};
use crate::state::Pages;
use crate::text::segment;

/// Which entries; one id at most.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntriesPageQuery {
    run: Option<String>,
    agent: Option<String>,
    gateway: Option<String>,
    policy: Option<String>,
    token: Option<String>,
    artifact: Option<String>,
    as_of: Option<u64>,
    format: Option<String>,
}

/// One entry, as the log has it.
#[derive(Serialize)]
struct EntryLine {
    index: LeafIndex,
    logged_at: TimestampMs,
    kind: Kind,
    signer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    submitter: Option<String>,
    evidence_digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
}

impl From<EntryRecord> for EntryLine {
    fn from(record: EntryRecord) -> Self {
        let entry = record.entry;
        Self {
            index: record.index,
            logged_at: entry.logged_at,
            kind: entry.kind,
            signer: entry.signer,
            submitter: entry.submitter.map(|name| name.as_str().to_owned()),
            evidence_digest: entry.evidence_digest.to_string(),
            refused: entry.refused,
        }
    }
}

impl ExportItem for EntryLine {
    const COLUMNS: &'static [&'static str] = &[
        "index",
        "logged_at",
        "kind",
        "signer",
        "submitter",
        "evidence_digest",
        "refused",
    ];
    const TIMES: &'static [&'static str] = &["logged_at"];
}

/// The addresses of every entry that names an id, below a size; without one, of all.
pub(super) fn links(named: Option<(Field, &str)>, as_of: TreeSize) -> ExportLinks {
    let filter = named.map(|(field, value)| format!("{}={}&", field.as_str(), segment(value)));
    let path = format!("/export/entries?{}as_of={as_of}", filter.unwrap_or_default());
    ExportLinks::of(&path)
}

impl EntriesPageQuery {
    /// The one id that is asked for, as the log spells it.
    fn named(&self) -> Result<Option<(Field, String)>, PageError> {
        let all = [
            (Field::Run, &self.run),
            (Field::Agent, &self.agent),
            (Field::Gateway, &self.gateway),
            (Field::Policy, &self.policy),
            (Field::Token, &self.token),
            (Field::Artifact, &self.artifact),
        ];
        let mut given = all
            .into_iter()
            .filter_map(|(field, value)| Some((field, value.as_deref()?)));
        let first = given.next();
        if given.next().is_some() {
            return Err(PageError::Malformed {
                what: "filter",
                expected: "one id at most",
            });
        }
        first
            .map(|(field, value)| Ok((field, spelled(field, value)?)))
            .transpose()
    }
}

/// The id as the log has it. What cannot be one is refused: a file of nothing would read as an answer.
fn spelled(field: Field, value: &str) -> Result<String, PageError> {
    match field {
        Field::Policy => hash("policy", value, HashForm::Base64url),
        Field::Token => hash("token", value, HashForm::Hex),
        Field::Artifact => hash("artifact", value, HashForm::Hex),
        Field::Gateway => did("gateway", value).map(|()| value.to_owned()),
        // The caller of a gateway names its run.
        Field::Run if is_caller_text(value) => Ok(value.to_owned()),
        Field::Run => Err(PageError::Malformed {
            what: "run",
            expected: "a text of 1 to 4,096 bytes",
        }),
        _ => id("agent", value).map(|()| value.to_owned()),
    }
}

/// Handles `/export/entries`.
pub(crate) async fn export(
    State(pages): State<Pages>,
    PageQuery(query): PageQuery<EntriesPageQuery>,
) -> Result<Response, PageError> {
    let format = Format::read(query.format.as_deref().unwrap_or_default())?.unwrap_or(Format::NdJson);
    let named = query.named()?;
    let as_of = query.as_of.map(TreeSize::new);
    let as_of = asked(pages.clone(), move |engine| {
        Ok(as_of.unwrap_or(engine.published().head.tree.size))
    })
    .await?;
    export::whole(pages, (format, "entries", as_of), move |engine, from| {
        page(engine, named.as_ref(), from, as_of)
    })
    .await
}

fn page(
    engine: &QueryEngine,
    named: Option<&(Field, String)>,
    from: Option<LeafIndex>,
    as_of: TreeSize,
) -> Result<ListPage<EntryLine, LeafIndex>, PageError> {
    let Some((field, value)) = named else {
        return all(engine, from, as_of);
    };
    let page = engine.subject(*field, value, from, as_of, false, ROWS_MAX)?;
    let mut items = Vec::with_capacity(page.items.len());
    for index in page.items {
        items.extend(engine.entry(index)?.map(EntryLine::from));
    }
    Ok(ListPage {
        items,
        next: page.next,
    })
}

/// A page of the whole log.
fn all(
    engine: &QueryEngine,
    from: Option<LeafIndex>,
    as_of: TreeSize,
) -> Result<ListPage<EntryLine, LeafIndex>, PageError> {
    // A size in the future is refused as by every other list.
    engine.tree_of(as_of)?;
    let records = engine.entries(from.unwrap_or(LeafIndex::ZERO), ROWS_MAX)?;
    let items: Vec<EntryLine> = records
        .into_iter()
        .filter(|record| as_of.contains(record.index))
        .map(EntryLine::from)
        .collect();
    let next = items
        .last()
        .map(|last| LeafIndex::new(last.index.value().saturating_add(1)))
        .filter(|next| as_of.contains(*next));
    Ok(ListPage { items, next })
}
