//! `/`: is the log alive, how do its jobs stand, and what should somebody look at.

mod chart;

use std::time::{SystemTime, UNIX_EPOCH};

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use ledger::projection::{AlarmFilter, JobFilter, Projection};
use ledger::reader::Reader;
use verifier::index::LeafIndex;

use super::alarms::AlarmRow;
use super::answer;
use super::projected::{self, JobRow};
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::text::{Time, age, counted, grouped};

/// Jobs and alarms on the page.
const JOBS_SHOWN: usize = 10;
const ALARMS_SHOWN: usize = 6;
/// Jobs of the chart: one page of the projection, however many the log has.
const JOBS_CHARTED: usize = 200;
/// From this age of the newest entry on (ms) the log is called idle: nobody has sent anything.
const IDLE_FROM_MS: u64 = 60_000;

#[derive(Template)]
#[template(path = "home.html")]
struct HomeView {
    chrome: Chrome,
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
    charted: String,
    alarms: Vec<AlarmRow>,
    more_alarms: bool,
    /// Why there are no verdicts and alarms to show, where that is so.
    no_verdicts: Option<String>,
    jobs: Vec<JobRow>,
    /// Whether there are more jobs than shown.
    more: bool,
}

/// Handles `/`.
pub(crate) async fn show(State(reader): State<Reader>) -> Result<Html<String>, PageError> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_millis();
    let now = u64::try_from(now).unwrap_or(u64::MAX);
    answer(reader, move |reader| view(reader, now)).await
}

/// What the projection says; this page stands without it.
#[derive(Default)]
struct Verdicts {
    chart: Option<chart::Chart>,
    charted: usize,
    alarms: Vec<AlarmRow>,
    more_alarms: bool,
}

/// `now` in milliseconds since the Unix epoch: nothing but the age of the newest entry depends on it.
fn view(reader: &Reader, now: u64) -> Result<HomeView, PageError> {
    let published = reader.published();
    let head = &published.head;
    let page = reader.jobs(None, head.tree.size, JOBS_SHOWN)?;
    let mut jobs = Vec::with_capacity(page.items.len());
    let (verdicts, no_verdicts) = match verdicts(reader) {
        Ok(verdicts) => (verdicts, None),
        Err(PageError::NoVerdicts { why }) => (Verdicts::default(), Some(why)),
        Err(other) => return Err(other),
    };
    for job in &page.items {
        let record = match no_verdicts {
            None => reader.projected_job(&job.job_id)?,
            Some(_) => None,
        };
        jobs.push(JobRow::new(job, record.as_ref()));
    }
    let passed = now.saturating_sub(head.time.value());
    Ok(HomeView {
        chrome: Chrome::new(Section::None, reader, &published),
        entries: counted(head.tree.size.value(), "entry", "entries"),
        size: head.tree.size.value(),
        live_after: head.tree.size.last_index().map(LeafIndex::value),
        root: head.tree.root.to_string(),
        time: Time::new(head.time),
        age: age(passed),
        idle: passed >= IDLE_FROM_MS,
        origin: reader.origin().to_owned(),
        vkey: reader.verifier_key().to_string(),
        lag: projected::lag(reader.projection(), head.tree.size),
        chart: verdicts.chart,
        charted: grouped(u64::try_from(verdicts.charted).unwrap_or(u64::MAX)),
        alarms: verdicts.alarms,
        more_alarms: verdicts.more_alarms,
        no_verdicts,
        more: page.next.is_some(),
        jobs,
    })
}

fn verdicts(reader: &Reader) -> Result<Verdicts, PageError> {
    let projection: &Projection = projected::projection(reader)?;
    let as_of = projection.projected_to();
    let jobs = projection.jobs(reader, &JobFilter::default(), None, as_of, JOBS_CHARTED)?;
    let alarms = projection.alarms(&AlarmFilter::default(), None, as_of, ALARMS_SHOWN)?;
    Ok(Verdicts {
        chart: chart::of(&jobs.items),
        charted: jobs.items.len(),
        more_alarms: alarms.next.is_some(),
        alarms: alarms.items.iter().map(AlarmRow::new).collect(),
    })
}
