//! What pages cost on a log of a million entries with twenty thousand jobs, each of whose verdicts is known.
//!
//! Three quarters of the receipts are in no job: a verdict verifies every receipt of its job again, and a million of
//! them would keep the bench waiting for what no page depends on.

use crate::http::{BATCH, BATCH_CLIENTS, documents, in_parallel, size};
use crate::jobs::LoadJob;
use crate::{report, subjects};
use harness::HarnessError;
use harness::client::Client;
use harness::weight::PageWeight;
use kit::cast::Cast;
use std::time::{Duration, Instant};

/// Size of the log at which pages are measured.
const ENTRIES: u64 = 1_000_000;
const JOBS: u32 = 20_000;
/// Of every hundred jobs, from the first on: how many, and the receipts of each.
const SIZES: [(u32, u32); 4] = [(60, 3), (30, 12), (9, 40), (1, 200)];
/// A job of 40 receipts.
const SMALL: usize = 95;
/// The receipts of the job that is looked at by itself.
const LARGE_JOB: u32 = 10_000;
/// Of so many jobs one uses a token that was revoked before.
const REVOKED_EVERY: u32 = 200;
/// Documents signed and held at once.
const ROUND: u32 = 40_000;
const VIEWS: u32 = 100;
const LARGE_VIEWS: u32 = 10;
/// Enough that what is held against the budget is no hiccup of the machine.
const HOME_VIEWS: u32 = 1_000;
/// How long the verdicts may take.
const VERDICTS_MAX: Duration = Duration::from_secs(900);
const POLL: Duration = Duration::from_millis(50);
/// What a server may take for the home page of a log of a million entries.
const HOME_MAX: Duration = Duration::from_millis(50);
/// A first visit, compressed, without the verifier in WebAssembly; and a page, uncompressed.
const FIRST_VISIT_MAX: usize = 100 << 10;
const PAGE_MAX: usize = 500 << 10;

pub(crate) fn run(client: &Client, url: &str, cast: &Cast) -> Result<(), HarnessError> {
    let jobs: Vec<LoadJob> = (0..JOBS)
        .map(|number| LoadJob::new(number, receipts_of(number)))
        .collect();
    let large = LoadJob::new(JOBS, LARGE_JOB);
    // Long before the tokens are used: a use must be later than the revocation by more than clocks may differ.
    revoke(url, cast, &jobs)?;
    fill(client, url, cast, &jobs)?;
    let mut rest = jobs.iter().chain([&large]).peekable();
    let (mut sending, mut sent) = (Duration::ZERO, 0);
    let round = usize::try_from(ROUND).unwrap_or(usize::MAX);
    while rest.peek().is_some() {
        let (mut beginnings, mut calls) = (Vec::new(), Vec::new());
        while let Some(job) = rest.next_if(|_| calls.len() < round) {
            beginnings.extend(job.beginning(cast)?);
            calls.extend(job.calls(cast)?);
        }
        logged(url, &beginnings)?;
        sending += logged(url, &calls)?;
        sent += u32::try_from(calls.len()).unwrap_or(u32::MAX);
    }
    report::rate("http_batches_of_500_in_jobs", sent, sending, "receipts/s");
    let entries = size(client)?;
    if entries < ENTRIES {
        return Err(HarnessError::unexpected("a million entries", entries.to_string()));
    }
    verdicts(client)?;
    measure(client, &jobs, &large)?;
    let small = jobs.get(SMALL).unwrap_or(&large);
    subjects::run(client, &cast.gateway, &small.id, &large.id)
}

/// Adds receipts that are in no job, until with the jobs there will be as many entries as wanted.
fn fill(client: &Client, url: &str, cast: &Cast, jobs: &[LoadJob]) -> Result<(), HarnessError> {
    let of_jobs: u64 = jobs.iter().map(|job| u64::from(job.receipts) + 2).sum();
    let others = ENTRIES.saturating_sub(of_jobs + u64::from(LARGE_JOB));
    for round in 0_u32.. {
        let more = others.saturating_sub(size(client)?);
        if more == 0 {
            break;
        }
        let count = u32::try_from(more).unwrap_or(u32::MAX).min(ROUND);
        logged(url, &documents(&cast.gateway, &format!("fill-{round}"), count)?)?;
    }
    Ok(())
}

fn receipts_of(number: u32) -> u32 {
    let mut place = number % 100;
    for (jobs, receipts) in SIZES {
        match place.checked_sub(jobs) {
            Some(beyond) => place = beyond,
            None => return receipts,
        }
    }
    0
}

fn revoke(url: &str, cast: &Cast, jobs: &[LoadJob]) -> Result<(), HarnessError> {
    let every = usize::try_from(REVOKED_EVERY).unwrap_or(1);
    let mut documents = Vec::new();
    for job in jobs.iter().step_by(every) {
        documents.push(job.revocation(cast)?);
    }
    logged(url, &documents).map(drop)
}

fn logged(url: &str, documents: &[String]) -> Result<Duration, HarnessError> {
    in_parallel(url, documents, BATCH_CLIENTS, BATCH)
}

/// Waits until every job has its verdict.
pub(crate) fn verdicts_known(client: &Client) -> Result<(), HarnessError> {
    let start = Instant::now();
    while gauge(client, "projection_lag")? > 0 {
        if start.elapsed() > VERDICTS_MAX {
            return Err(HarnessError::unexpected("a verdict on every job", "some without"));
        }
        std::thread::sleep(POLL);
    }
    Ok(())
}

/// The same, and says how long that took from the last answer on.
fn verdicts(client: &Client) -> Result<(), HarnessError> {
    let start = Instant::now();
    verdicts_known(client)?;
    report::figure(
        "verdicts_after_the_last_entry",
        start.elapsed().as_secs_f64(),
        "s",
    );
    Ok(())
}

fn gauge(client: &Client, name: &str) -> Result<u64, HarnessError> {
    let text = client.get("/metrics")?.text();
    let line = text
        .lines()
        .find(|line| !line.starts_with('#') && line.contains(name));
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok())
        .ok_or_else(|| HarnessError::unexpected("a gauge", name))
}

fn measure(client: &Client, jobs: &[LoadJob], large: &LoadJob) -> Result<(), HarnessError> {
    let small = jobs.get(SMALL).unwrap_or(large);
    let large_page = format!("/jobs/{}", large.id);
    let pages = [
        ("page_jobs", "/jobs".to_owned(), VIEWS),
        ("page_jobs_of_verdict", "/jobs?verdict=FAIL".to_owned(), VIEWS),
        (
            "page_jobs_of_token",
            format!("/jobs?token={}", small.token_hash),
            VIEWS,
        ),
        ("page_alarms", "/alarms".to_owned(), VIEWS),
        ("page_log", "/log".to_owned(), VIEWS),
        (
            "page_search_of_nothing",
            "/search?q=nothing-of-that-name".to_owned(),
            VIEWS,
        ),
    ];
    for (figure, path, views) in pages {
        report::latencies(figure, views_of(client, &path, views)?);
    }
    for (figure, path, views) in [
        ("page_job_of_40_receipts", format!("/jobs/{}", small.id), VIEWS),
        ("page_job_of_10000_receipts", large_page.clone(), LARGE_VIEWS),
    ] {
        report::latencies(&format!("{figure}_first"), first_views_of(client, &path, views)?);
        report::latencies(&format!("{figure}_again"), views_of(client, &path, views)?);
    }
    let pack = format!("/v1{large_page}/pack");
    report::latencies("pack_of_10000_receipts", views_of(client, &pack, LARGE_VIEWS)?);
    let home = report::latencies("page_home", views_of(client, "/", HOME_VIEWS)?);
    for (figure, path) in [("visit_home", "/"), ("visit_job_of_10000_receipts", &large_page)] {
        weigh(client, figure, path)?;
    }
    if home > HOME_MAX {
        return Err(HarnessError::unexpected(
            "the home page within 50 ms",
            format!("{home:?}"),
        ));
    }
    Ok(())
}

/// One client that opens a page again and again.
pub(crate) fn views_of(client: &Client, path: &str, views: u32) -> Result<Vec<Duration>, HarnessError> {
    let mut all = Vec::new();
    for _ in 0..views {
        let start = Instant::now();
        let answer = client.get(path)?;
        all.push(start.elapsed());
        if answer.status != 200 {
            return Err(HarnessError::unexpected("status 200", answer.text()));
        }
    }
    Ok(all)
}

/// The same where each view is as of another size: the job's verdict as of that one is not known to the server yet.
fn first_views_of(client: &Client, path: &str, views: u32) -> Result<Vec<Duration>, HarnessError> {
    let size = size(client)?;
    let mut all = Vec::new();
    for back in 1..=u64::from(views) {
        let path = format!("{path}?as_of={}", size.saturating_sub(back));
        all.extend(views_of(client, &path, 1)?);
    }
    Ok(all)
}

fn weigh(client: &Client, figure: &str, path: &str) -> Result<(), HarnessError> {
    let visit = PageWeight::pay(client, path)?;
    report::bytes(&format!("{figure}_transferred"), visit.total());
    report::bytes(&format!("{figure}_page"), visit.page);
    if visit.total() > FIRST_VISIT_MAX || visit.page > PAGE_MAX {
        return Err(HarnessError::unexpected(
            "a page within its budget",
            format!("{visit:?}"),
        ));
    }
    Ok(())
}
