//! `/`: is the log alive, how do its jobs stand, and what should somebody look at.

mod chart;

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use ledger_query::QueryEngine;
use ledger_query::projection::{AlarmFilter, JobFilter, Projection};
use verifier::index::{LeafIndex, TreeSize};

use super::alarms::AlarmListRow;
use super::answer;
use super::projected::{self, ListedJobRow};
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::model::closed_log::ClosedLog;
use crate::request::{NoQuery, PageQuery};
use crate::state::Pages;
use crate::text::{Time, age, counted};

/// Jobs and alarms on the page.
const JOBS_SHOWN: usize = 10;
const ALARMS_SHOWN: usize = 6;
/// From this age of the newest entry on (ms) the log is called idle: nobody has sent anything.
const IDLE_FROM_MS: u64 = 60_000;

#[derive(Template)]
#[template(path = "home.html")]
struct HomeView {
    chrome: Chrome,
    closed: Option<ClosedLog>,
    entries: String,
    size: u64,
    /// The last entry that the page knows.
    live_after: Option<u64>,
    root: String,
    time: Time,
    age: String,
    idle: bool,
    origin: String,
    vkey: String,
    lag: Option<String>,
    chart: Option<chart::Chart>,
    alarms: Vec<AlarmListRow>,
    more_alarms: bool,
    /// Why there are no verdicts and alarms to show; `None` where there are.
    no_verdicts: Option<String>,
    jobs: Vec<ListedJobRow>,
    /// Whether there are more jobs than shown.
    more: bool,
}

/// Handles `/`.
pub(crate) async fn show(
    State(pages): State<Pages>,
    PageQuery(_): PageQuery<NoQuery>,
) -> Result<Html<String>, PageError> {
    let now = crate::text::now().value();
    answer(pages, move |engine| view(engine, now)).await
}

/// What the projection says; this page stands without it.
#[derive(Default)]
struct Verdicts {
    chart: Option<chart::Chart>,
    alarms: Vec<AlarmListRow>,
    more_alarms: bool,
}

/// `now` in milliseconds since the Unix epoch: nothing but the age of the newest entry depends on it.
fn view(engine: &QueryEngine, now: u64) -> Result<HomeView, PageError> {
    let published = engine.published();
    let head = &published.head;
    let (verdicts, no_verdicts) = match verdicts(engine) {
        Ok(verdicts) => (verdicts, None),
        Err(PageError::NoVerdicts { why }) => (Verdicts::default(), Some(why)),
        Err(other) => return Err(other),
    };
    let (jobs, more) = newest(engine, head.tree.size, no_verdicts.is_none())?;
    let passed = now.saturating_sub(head.time.value());
    Ok(HomeView {
        chrome: Chrome::new(Section::None, engine, &published),
        closed: ClosedLog::of(engine),
        entries: counted(head.tree.size.value(), "entry", "entries"),
        size: head.tree.size.value(),
        live_after: head.tree.size.last_index().map(LeafIndex::value),
        root: head.tree.root.to_string(),
        time: Time::new(head.time),
        age: age(passed),
        idle: passed >= IDLE_FROM_MS,
        origin: engine.origin().to_owned(),
        vkey: engine.verifier_key().to_string(),
        lag: projected::lag(engine, head.tree.size)?,
        chart: verdicts.chart,
        alarms: verdicts.alarms,
        more_alarms: verdicts.more_alarms,
        no_verdicts,
        more,
        jobs,
    })
}

/// The newest jobs, and whether there are more. A projection that is as far as the log has each of them once; in the
/// log itself a job stands on every row of it, and one with many entries hides the others.
fn newest(
    engine: &QueryEngine,
    size: TreeSize,
    has_verdicts: bool,
) -> Result<(Vec<ListedJobRow>, bool), PageError> {
    let projection = engine.projection().filter(|_| has_verdicts);
    if let Some(projection) = projection.filter(|projection| projection.projected_to() == size) {
        let page = projection.jobs(engine, &JobFilter::default(), None, size, JOBS_SHOWN)?;
        return Ok((
            page.items.iter().map(ListedJobRow::recorded).collect(),
            page.next.is_some(),
        ));
    }
    let page = engine.jobs(None, size, JOBS_SHOWN)?;
    let mut jobs = Vec::with_capacity(page.items.len());
    for job in &page.items {
        let record = if has_verdicts {
            engine.projected_job(&job.job_id)?
        } else {
            None
        };
        jobs.push(ListedJobRow::listed(job, record.as_ref()));
    }
    Ok((jobs, page.next.is_some()))
}

fn verdicts(engine: &QueryEngine) -> Result<Verdicts, PageError> {
    let projection: &Projection = engine.kept_projection()?;
    let as_of = projection.projected_to();
    let jobs = projection.over_time(chart::BARS_MAX)?;
    let alarms = projection.alarms(&AlarmFilter::default(), None, as_of, ALARMS_SHOWN)?;
    Ok(Verdicts {
        chart: match jobs {
            Some(jobs) => Some(chart::of(&jobs, super::as_of_words(engine, jobs.as_of)?)),
            None => None,
        },
        more_alarms: alarms.next.is_some(),
        alarms: alarms.items.iter().map(AlarmListRow::new).collect(),
    })
}
