//! `/agents/{did}`: what the log says about an agent: its jobs with their verdicts, the tokens issued for it, and the
//! entries that name it. Any signer may name an agent; each job's verdict says what counts.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use ledger_query::QueryEngine;
use ledger_query::projection::{JobFilter, JobRecord};
use serde::Deserialize;
use verifier::index::{LeafIndex, TreeSize};
use verifier::issuers::Registration;
use verifier::kind::Kind;
use verifier::payload::Payload;
use verifier::subject::Field;

use super::answer;
use super::projected::ListedJobRow;
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::export::ExportLinks;
use crate::model::KnownRecord;
use crate::model::claims::{PageClaims, ProvableClaim};
use crate::model::registration::{RegistrationRow, RetirementRow, SignerHistory};
use crate::model::row::EntryRow;
use crate::model::signers::SignerTable;
use crate::model::subjects::href;
use crate::request::{PageQuery, PathSegment};
use crate::state::Pages;
use crate::text::{GroupedNumber, Time, epoch_seconds, segment, shortened};

/// Jobs, tokens and entries on one page, and ids of one sort that its jobs name.
const JOBS_SHOWN: usize = 30;
const TOKENS_SHOWN: usize = 20;
const ENTRIES_SHOWN: usize = 25;
const IDS_SHOWN: usize = 30;
/// Registrations and retirements, which an agent rarely has.
const REGISTRATIONS_SHOWN: usize = 5;
/// Names that a registration gives the agent elsewhere, and characters of each.
const EXTERNAL_SHOWN: usize = 8;
const EXTERNAL_CHARACTERS_MAX: usize = 200;
/// Bytes of an id.
const ID_BYTES_MAX: usize = 256;

/// Which part of the lists.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AgentQuery {
    /// Where the list of jobs begins.
    from: Option<u64>,
    /// Where the list of entries begins, newest first.
    before: Option<u64>,
    as_of: Option<u64>,
}

/// Ids of one sort.
struct IdList {
    title: &'static str,
    ids: Vec<(String, Option<String>)>,
    more: usize,
}

/// A token issued for the agent.
struct AgentTokenRow {
    entry: GroupedNumber,
    hash: String,
    job: Option<(String, Option<String>)>,
    expires: Time,
    time: Time,
}

/// A page of its jobs.
struct AgentJobs {
    rows: Vec<ListedJobRow>,
    ids: Vec<IdList>,
    next: Option<LeafIndex>,
    as_of: TreeSize,
}

#[derive(Template)]
#[template(path = "agent.html")]
struct AgentView {
    chrome: Chrome,
    did: String,
    name: Option<String>,
    export: ExportLinks,
    as_of: String,
    claims: PageClaims,
    registrations: Vec<RegistrationRow>,
    retirements: Vec<RetirementRow>,
    external: Vec<(String, String)>,
    /// Why there is no list of jobs; `None` where there is one.
    no_verdicts: Option<String>,
    jobs: Vec<ListedJobRow>,
    ids: Vec<IdList>,
    tokens: Vec<AgentTokenRow>,
    tokens_cut: bool,
    entries: Vec<EntryRow>,
    is_first: bool,
    first_href: String,
    next_jobs: Option<String>,
    next_entries: Option<String>,
    filter_href: String,
}

/// Handles `/agents/{did}`.
pub(crate) async fn show(
    State(pages): State<Pages>,
    PathSegment(did): PathSegment,
    PageQuery(query): PageQuery<AgentQuery>,
) -> Result<Html<String>, PageError> {
    if did.len() > ID_BYTES_MAX {
        return Err(PageError::NotFound { what: "agent" });
    }
    answer(pages, move |engine| view(engine, did, query)).await
}

fn view(engine: &QueryEngine, did: String, query: AgentQuery) -> Result<AgentView, PageError> {
    let published = engine.published();
    let as_of = super::size_of(engine, query.as_of, published.head.tree.size)?;
    let before = query.before.map(LeafIndex::new);
    let entries = engine.subject(Field::Agent, &did, before, as_of, true, ENTRIES_SHOWN)?;
    let (jobs, no_verdicts) = match jobs(engine, &did, query.from.map(LeafIndex::new), as_of) {
        Ok(jobs) => (Some(jobs), None),
        Err(PageError::NoVerdicts { why }) => (None, Some(why)),
        Err(error) => return Err(error),
    };
    let issuer = engine.issuers().into_iter().find(|issuer| issuer.did == did);
    let named = before.is_some() || !entries.items.is_empty();
    if issuer.is_none() && !named && jobs.as_ref().is_none_or(|jobs| jobs.rows.is_empty()) {
        return Err(PageError::NotFound { what: "agent" });
    }
    let signers = SignerTable::new(engine);
    let (tokens, tokens_cut) = tokens(engine, &did, as_of)?;
    let path = format!("/agents/{}", segment(&did));
    let history = |issuer| SignerHistory::of(issuer, published.head.time, REGISTRATIONS_SHOWN);
    let history = issuer.as_ref().map(history).unwrap_or_default();
    let newest = issuer.as_ref().and_then(|issuer| issuer.registrations.last());
    let jobs_as_of = jobs.as_ref().map_or(as_of, |jobs| jobs.as_of);
    let next_jobs = jobs.as_ref().and_then(|jobs| jobs.next);
    let (rows, ids) = jobs.map(|jobs| (jobs.rows, jobs.ids)).unwrap_or_default();
    let chrome = Chrome::new(Section::None, engine, &published);
    Ok(AgentView {
        claims: chrome
            .claims(as_of)
            .with(ProvableClaim::of(Field::Agent, &did, &[])),
        chrome,
        name: history.name,
        external: external(engine, newest)?,
        registrations: history.registrations,
        retirements: history.retirements,
        as_of: super::as_of_words(engine, as_of)?,
        no_verdicts,
        jobs: rows,
        ids,
        tokens,
        tokens_cut,
        entries: EntryRow::all(&KnownRecord::read_all(engine, &entries.items)?, &signers),
        is_first: query.from.is_none() && before.is_none(),
        export: super::entries::links(Some((Field::Agent, &did)), as_of),
        next_jobs: next_jobs.map(|from| format!("{path}?as_of={jobs_as_of}&from={from}")),
        next_entries: entries
            .next
            .map(|before| format!("{path}?as_of={as_of}&before={before}#entries")),
        first_href: path,
        filter_href: format!("/jobs?agent={}", segment(&did)),
        did,
    })
}

/// From the projection, which may lag behind the log.
fn jobs(
    engine: &QueryEngine,
    did: &str,
    from: Option<LeafIndex>,
    as_of: TreeSize,
) -> Result<AgentJobs, PageError> {
    let projection = engine.kept_projection()?;
    let as_of = as_of.min(projection.projected_to());
    let filter = JobFilter {
        agent: Some(did.to_owned()),
        ..JobFilter::default()
    };
    let page = projection.jobs(engine, &filter, from, as_of, JOBS_SHOWN)?;
    let all = |list: fn(&JobRecord) -> &Vec<String>| -> BTreeSet<&String> {
        page.items.iter().flat_map(list).collect()
    };
    Ok(AgentJobs {
        rows: page.items.iter().map(ListedJobRow::recorded).collect(),
        ids: vec![
            ids("Runs", Field::Run, &all(|record| &record.summary.runs)),
            ids("Policies", Field::Policy, &all(|record| &record.summary.policies)),
            ids("Tokens used", Field::Token, &all(|record| &record.summary.tokens)),
        ],
        next: page.next,
        as_of,
    })
}

fn ids(title: &'static str, field: Field, all: &BTreeSet<&String>) -> IdList {
    IdList {
        title,
        ids: all
            .iter()
            .take(IDS_SHOWN)
            .map(|id| ((*id).clone(), href(field, id)))
            .collect(),
        more: all.len().saturating_sub(IDS_SHOWN),
    }
}

/// The tokens issued for it, the first of them; and whether there are more.
fn tokens(engine: &QueryEngine, did: &str, as_of: TreeSize) -> Result<(Vec<AgentTokenRow>, bool), PageError> {
    let found = engine.subject_of_kind(Field::Agent, did, Kind::TokenIssued, as_of, TOKENS_SHOWN + 1)?;
    let cut = found.indices.len() > TOKENS_SHOWN || !found.complete;
    let mut rows = Vec::new();
    for known in KnownRecord::read_all(
        engine,
        found.indices.get(..TOKENS_SHOWN).unwrap_or(&found.indices),
    )? {
        let Some(Payload::TokenIssued(said)) = known.payload() else {
            continue;
        };
        rows.push(AgentTokenRow {
            entry: known.record.index.into(),
            hash: said.token_hash.to_string(),
            job: said.job_id.clone().map(|id| (id.clone(), href(Field::Job, &id))),
            expires: epoch_seconds(said.exp),
            time: Time::new(known.record.entry.logged_at),
        });
    }
    Ok((rows, cut))
}

/// What its newest registration calls it elsewhere.
fn external(engine: &QueryEngine, newest: Option<&Registration>) -> Result<Vec<(String, String)>, PageError> {
    let Some(registration) = newest else {
        return Ok(Vec::new());
    };
    let known = KnownRecord::read(engine, registration.index)?;
    let Some(Payload::IssuerRegistered(said)) = known.as_ref().and_then(KnownRecord::payload) else {
        return Ok(Vec::new());
    };
    let cut = |text: &str| shortened(text, EXTERNAL_CHARACTERS_MAX);
    let names = said.external_ids.iter().take(EXTERNAL_SHOWN);
    Ok(names.map(|(name, id)| (cut(name), cut(id))).collect())
}
