//! `/runs/{id}`: one execution by one agent: its jobs, models, tools, tokens, policy, and its entries.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use ledger_query::QueryEngine;
use verifier::index::TimestampMs;
use verifier::subject::Field;

use super::{ROWS_MAX, assessed};
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::export::ExportLinks;
use crate::model::KnownRecord;
use crate::model::claims::{PageClaims, ProvableClaim};
use crate::model::row::EntryRow;
use crate::model::run::{Calls, RunFacts, Tool};
use crate::model::signers::SignerTable;
use crate::model::standing::EvidenceStanding;
use crate::model::verdict::VerdictState as Shown;
use crate::request::{ListQuery, PageQuery, PathSegment, next_href};
use crate::state::Pages;
use crate::text::{GroupedNumber, Time, age, counted, grouped, segment, shortened};

/// Values of one list on the page.
const VALUES_SHOWN: usize = 40;
/// Characters of a name.
const NAME_CHARACTERS_MAX: usize = 160;

/// A job of the run, with its verdict where one is known.
pub(super) struct RunJobLink {
    pub(super) id: String,
    pub(super) href: String,
    pub(super) state: Shown,
}

/// A model with its calls.
struct RunModelRow {
    name: String,
    calls: String,
    tokens_input: String,
    tokens_output: String,
}

/// A tool with its uses.
struct RunToolRow {
    name: String,
    what: &'static str,
    word: EvidenceStanding,
    count: String,
}

#[derive(Template)]
#[template(path = "run.html")]
struct RunView {
    chrome: Chrome,
    id: String,
    id_segment: String,
    export: ExportLinks,
    as_of: String,
    claims: PageClaims,
    entries: String,
    cut: bool,
    logged: Option<(Time, Time, String)>,
    stated: Option<(Time, Time, String)>,
    jobs: Vec<RunJobLink>,
    agents: Vec<(String, String)>,
    gateways: Vec<(String, String)>,
    policies: Vec<String>,
    tokens: Vec<(String, bool)>,
    scopes: Vec<String>,
    models: Vec<RunModelRow>,
    tools: Vec<RunToolRow>,
    decisions: Vec<(&'static str, String)>,
    bundles: Vec<GroupedNumber>,
    rows: Vec<EntryRow>,
    next: Option<String>,
}

/// Handles `/runs/{id}`.
pub(crate) async fn show(
    State(pages): State<Pages>,
    PathSegment(run_id): PathSegment,
    PageQuery(query): PageQuery<ListQuery>,
) -> Result<Html<String>, PageError> {
    assessed(pages, move |engine| view(engine, &run_id, query)).await
}

fn view(engine: &QueryEngine, run_id: &str, query: ListQuery) -> Result<RunView, PageError> {
    let published = engine.published();
    let as_of = super::size_of(engine, query.as_of(), published.head.tree.size)?;
    let run = RunFacts::of(engine, run_id, as_of)?.ok_or(PageError::NotFound { what: "run" })?;
    let page = engine.subject(Field::Run, run_id, query.from(), as_of, false, ROWS_MAX)?;
    let span = |(first, last): (TimestampMs, TimestampMs)| {
        let length = age(last.value().saturating_sub(first.value()));
        (Time::new(first), Time::new(last), length)
    };
    let links = |section: &str, ids: &BTreeSet<String>| -> Vec<(String, String)> {
        let ids = ids.iter().take(VALUES_SHOWN);
        ids.map(|id| (format!("/{section}/{}", segment(id)), id.clone()))
            .collect()
    };
    let shown = |texts: &BTreeSet<String>| -> Vec<String> {
        let texts = texts.iter().take(VALUES_SHOWN);
        texts.map(|text| shortened(text, NAME_CHARACTERS_MAX)).collect()
    };
    let chrome = Chrome::new(Section::Jobs, engine, &published);
    Ok(RunView {
        claims: chrome
            .claims(as_of)
            .with(ProvableClaim::of(Field::Run, run_id, &[])),
        chrome,
        id: run_id.to_owned(),
        id_segment: segment(run_id),
        as_of: super::as_of_words(engine, as_of)?,
        entries: grouped(run.entries),
        cut: run.cut,
        logged: run.logged.map(span),
        stated: run.stated.map(span),
        jobs: run
            .jobs
            .iter()
            .take(VALUES_SHOWN)
            .map(|id| RunJobLink::new(engine, id))
            .collect(),
        agents: links("agents", &run.agents),
        gateways: links("gateways", &run.gateways),
        policies: shown(&run.policies),
        tokens: run
            .tokens
            .iter()
            .take(VALUES_SHOWN)
            .map(|hash| (hash.clone(), run.revoked.contains(hash)))
            .collect(),
        scopes: shown(&run.scopes),
        models: run.models.iter().take(VALUES_SHOWN).map(model).collect(),
        tools: run.tools.iter().take(VALUES_SHOWN).map(tool).collect(),
        decisions: run
            .decisions
            .iter()
            .map(|(what, count)| (*what, grouped(*count)))
            .collect(),
        bundles: run
            .bundles
            .iter()
            .take(VALUES_SHOWN)
            .map(GroupedNumber::from)
            .collect(),
        rows: EntryRow::all(
            &KnownRecord::read_all(engine, &page.items)?,
            &SignerTable::new(engine),
        ),
        export: super::entries::links(Some((Field::Run, run_id)), as_of),
        next: next_href(&format!("/runs/{}", segment(run_id)), page.next, as_of),
    })
}

impl RunJobLink {
    pub(super) fn new(engine: &QueryEngine, id: &str) -> Self {
        // A verdict that cannot be looked up now is left out; the job's own page assesses it.
        let record = engine
            .projection()
            .and_then(|projection| projection.job(engine, id).ok().flatten());
        Self {
            id: id.to_owned(),
            href: format!("/jobs/{}", segment(id)),
            state: record
                .and_then(|record| record.outcome.verdict)
                .map_or(Shown::NO_VERDICT, Shown::from),
        }
    }
}

fn model((name, calls): (&String, &Calls)) -> RunModelRow {
    RunModelRow {
        name: shortened(name, NAME_CHARACTERS_MAX),
        calls: counted(calls.count, "call", "calls"),
        tokens_input: grouped(calls.tokens_input),
        tokens_output: grouped(calls.tokens_output),
    }
}

fn tool((tool, count): (&Tool, &u64)) -> RunToolRow {
    RunToolRow {
        name: shortened(&tool.name, NAME_CHARACTERS_MAX),
        what: tool.what,
        word: tool.word,
        count: counted(*count, "time", "times"),
    }
}
