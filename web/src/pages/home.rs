//! `/`: is the log alive, and what happened last.

use std::time::{SystemTime, UNIX_EPOCH};

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use ledger::reader::Reader;

use super::answer;
use super::jobs::JobRow;
use crate::chrome::{Chrome, Section};
use crate::error::PageError;
use crate::text::{Time, age, counted};

/// Jobs on the page.
const JOBS_SHOWN: usize = 10;

#[derive(Template)]
#[template(path = "home.html")]
struct HomeView {
    chrome: Chrome,
    entries: String,
    root: String,
    time: Time,
    age: String,
    origin: String,
    vkey: String,
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

/// `now` in milliseconds since the Unix epoch: nothing but the age of the newest entry depends on it.
fn view(reader: &Reader, now: u64) -> Result<HomeView, PageError> {
    let published = reader.published();
    let head = &published.head;
    let jobs = reader.jobs(None, head.tree.size, JOBS_SHOWN)?;
    Ok(HomeView {
        chrome: Chrome::new(Section::None, reader, &published),
        entries: counted(head.tree.size.value(), "entry", "entries"),
        root: head.tree.root.to_string(),
        time: Time::new(head.time),
        age: age(now.saturating_sub(head.time.value())),
        origin: reader.origin().to_owned(),
        vkey: reader.verifier_key().to_string(),
        more: jobs.next.is_some(),
        jobs: jobs.items.iter().map(JobRow::new).collect(),
    })
}
