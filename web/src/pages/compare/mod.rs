//! `/compare?a=&b=`: two runs side by side: policy, scope, models, tools, timing, tokens. What differs is marked by a
//! sign and a word.

mod groups;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use ledger_query::QueryEngine;
use serde::Deserialize;
use verifier::index::TreeSize;

use super::assessed;
use super::run::RunJobLink;
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::faults::FormFaults;
use crate::model::run::RunFacts;
use crate::pages::filters::{FilterForm, FilterQuery};
use crate::state::Pages;
use crate::text::{Time, counted, grouped, segment, shortened};
use groups::ComparisonGroup;

/// Jobs of one run.
const JOBS_SHOWN: usize = 10;
/// Characters of a value.
const VALUE_CHARACTERS_MAX: usize = 160;

/// The ids of the two runs that are compared.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CompareQuery {
    #[serde(default)]
    a: String,
    #[serde(default)]
    b: String,
}

/// A run of the two.
struct RunSide {
    letter: &'static str,
    id: String,
    href: String,
    entries: String,
    jobs: Vec<RunJobLink>,
    span: Option<(Time, Time)>,
    cut: bool,
}

/// Both runs.
struct RunComparison {
    sides: Vec<RunSide>,
    groups: Vec<ComparisonGroup>,
    differences: usize,
    /// What differs between the policies, where each run has one that the other has not.
    policies_href: Option<String>,
    /// The two ids within an address, the other way round.
    swap_a: String,
    swap_b: String,
}

#[derive(Template)]
#[template(path = "compare.html")]
struct CompareView {
    chrome: Chrome,
    a: String,
    b: String,
    as_of: String,
    problem: Option<String>,
    compared: Option<RunComparison>,
    faults: FormFaults,
}

/// Handles `/compare`.
pub(crate) async fn show(
    State(pages): State<Pages>,
    FilterQuery(query, faults): FilterQuery<CompareQuery>,
) -> Result<Response, PageError> {
    let status = faults.status();
    let page = assessed(pages, move |engine| view(engine, &query, faults)).await?;
    Ok((status, page).into_response())
}

impl FilterForm for CompareQuery {
    const FIELDS: &'static [&'static str] = &["a", "b"];
}

fn view(engine: &QueryEngine, query: &CompareQuery, faults: FormFaults) -> Result<CompareView, PageError> {
    let published = engine.published();
    let as_of = published.head.tree.size;
    let (compared, problem) = match (query.a.as_str(), query.b.as_str()) {
        ("", _) | (_, "") => (None, None),
        (a, b) => match (run(engine, a, as_of)?, run(engine, b, as_of)?) {
            (Ok(first), Ok(second)) => (Some(compare(engine, (a, &first), (b, &second))), None),
            (Err(problem), _) | (_, Err(problem)) => (None, Some(problem)),
        },
    };
    Ok(CompareView {
        chrome: Chrome::new(Section::Jobs, engine, &published),
        a: query.a.clone(),
        b: query.b.clone(),
        as_of: super::as_of_words(engine, as_of)?,
        problem,
        compared,
        faults,
    })
}

fn run(engine: &QueryEngine, id: &str, as_of: TreeSize) -> Result<Result<RunFacts, String>, PageError> {
    let shown = shortened(id, VALUE_CHARACTERS_MAX);
    let run = RunFacts::of(engine, id, as_of)?;
    Ok(run.ok_or_else(|| {
        format!(
            "No entry names the run “{shown}”, as far as this server knows at size {}.",
            grouped(as_of.value())
        )
    }))
}

fn compare(
    engine: &QueryEngine,
    (id_a, a): (&str, &RunFacts),
    (id_b, b): (&str, &RunFacts),
) -> RunComparison {
    let groups = groups::of(a, b);
    let differs = |group: &ComparisonGroup| group.rows.iter().filter(|row| row.differs()).count();
    RunComparison {
        differences: groups.iter().map(differs).sum(),
        sides: vec![side(engine, "A", id_a, a), side(engine, "B", id_b, b)],
        policies_href: policies(a, b),
        swap_a: segment(id_b),
        swap_b: segment(id_a),
        groups,
    }
}

fn side(engine: &QueryEngine, letter: &'static str, id: &str, run: &RunFacts) -> RunSide {
    RunSide {
        letter,
        id: id.to_owned(),
        href: format!("/runs/{}", segment(id)),
        entries: counted(run.entries, "entry", "entries"),
        jobs: run
            .jobs
            .iter()
            .take(JOBS_SHOWN)
            .map(|job| RunJobLink::new(engine, job))
            .collect(),
        span: run
            .stated
            .map(|(first, last)| (Time::new(first), Time::new(last))),
        cut: run.cut,
    }
}

fn policies(a: &RunFacts, b: &RunFacts) -> Option<String> {
    let mut only_a = a.policies.difference(&b.policies);
    let mut only_b = b.policies.difference(&a.policies);
    match (only_a.next(), only_a.next(), only_b.next(), only_b.next()) {
        (Some(from), None, Some(to), None) => Some(format!(
            "/policies/diff?from={}&to={}",
            segment(from),
            segment(to)
        )),
        _ => None,
    }
}
