//! What a log of some size costs while nothing is sent to it.

use std::path::Path;
use std::time::Instant;

use harness::HarnessError;
use harness::client::Client;
use kit::server::Server;

use super::process::{bytes_of, memory_kib};
use super::traffic::Traffic;
use super::{named, seconds};
use crate::http::require_logged;
use crate::jobs::LoadJob;
use crate::pages::{verdicts_known, views_of};
use crate::{report, subjects};

/// Questions of each kind.
const VIEWS: u64 = 500;
/// Views of a page.
const PAGE_VIEWS: u32 = 100;
/// Steps through what there is that hardly meet a place twice: a prime.
const STRIDE: u64 = 7_919;
/// Lines that one request may have.
const BATCH_MAX: usize = 1_000;
/// Jobs whose closures are proved: receipts of each.
const CLOSURES: [u32; 2] = [40, 1_000];
/// Numbers of these jobs, above those of all others.
const CLOSURE_JOBS: u32 = 900_000_000;

/// What is asked about a job.
type PathOf = fn(&LoadJob) -> String;

pub(super) fn measure(
    client: &Client,
    server: &Server,
    log: &Path,
    traffic: &Traffic<'_>,
) -> Result<(), HarnessError> {
    let at = traffic.receipts();
    let start = Instant::now();
    verdicts_known(client)?;
    seconds("verdicts_after_the_last_entry", at, start.elapsed());
    let closures = closures(client, traffic)?;
    verdicts_known(client)?;
    space(server, log, traffic)?;
    lookups(client, traffic)?;
    proofs(client, traffic, &closures)?;
    for (page, path) in [
        ("home", "/"),
        ("log", "/log"),
        ("jobs", "/jobs"),
        ("alarms", "/alarms"),
    ] {
        report::latencies(
            &named(&format!("page_{page}"), at),
            views_of(client, path, PAGE_VIEWS)?,
        );
    }
    subjects::lag(client, traffic.gateway(), &at.to_string())
}

fn space(server: &Server, log: &Path, traffic: &Traffic<'_>) -> Result<(), HarnessError> {
    let (at, sent) = (traffic.receipts(), traffic.bytes());
    if let Some((now, most)) = memory_kib(server.id()) {
        report::mib(&named("memory", at), now);
        report::mib(&named("memory_at_most", at), most);
    }
    let stored = bytes_of(log).map_err(|source| HarnessError::Io {
        what: "measure the directory of the log",
        source,
    })?;
    report::mib(&named("evidence", at), sent >> 10);
    report::mib(&named("disk", at), stored >> 10);
    Ok(())
}

/// Jobs, tokens, runs and entries all over the log.
fn lookups(client: &Client, traffic: &Traffic<'_>) -> Result<(), HarnessError> {
    let (at, jobs) = (traffic.receipts(), traffic.jobs());
    let of_jobs: [(&str, PathOf); 5] = [
        ("entries_of_a_job", |job| format!("/v1/jobs/{}/entries", job.id)),
        ("job", |job| format!("/v1/jobs/{}", job.id)),
        ("token", |job| format!("/v1/tokens/{}", job.token_hash)),
        ("run", |job| format!("/v1/runs/{}", job.run)),
        ("page_token", |job| format!("/tokens/{}", job.token_hash)),
    ];
    for (figure, path) in of_jobs {
        let mut all = Vec::new();
        for turn in 0..VIEWS {
            let job = Traffic::job(turn * STRIDE % jobs.max(1));
            all.extend(views_of(client, &path(&job), 1)?);
        }
        report::latencies(&named(figure, at), all);
    }
    let mut all = Vec::new();
    for turn in 0..VIEWS {
        let path = format!("/v1/entries/{}/proof", turn * STRIDE % at);
        all.extend(views_of(client, &path, 1)?);
    }
    report::latencies(&named("inclusion_proof", at), all);
    Ok(())
}

/// Adds the jobs whose closures are proved.
fn closures(client: &Client, traffic: &Traffic<'_>) -> Result<Vec<LoadJob>, HarnessError> {
    let at = u32::try_from(traffic.receipts()).unwrap_or(u32::MAX);
    let mut jobs = Vec::new();
    for receipts in CLOSURES {
        let job = LoadJob::new(CLOSURE_JOBS.saturating_add(at).saturating_add(receipts), receipts);
        let mut documents = job.beginning(traffic.cast())?.to_vec();
        documents.extend(job.calls(traffic.cast())?);
        for documents in documents.chunks(BATCH_MAX) {
            require_logged(client, documents)?;
        }
        jobs.push(job);
    }
    Ok(jobs)
}

fn proofs(client: &Client, traffic: &Traffic<'_>, closures: &[LoadJob]) -> Result<(), HarnessError> {
    let (at, jobs) = (traffic.receipts(), traffic.jobs());
    let usual = Traffic::job(jobs / 2);
    let check = subjects::Checks::new(client)?;
    check.subject(&named("subject_proof_of_14_receipts", at), &usual.id)?;
    check.subject(&named("subject_proof_of_nothing", at), "no-such-job")?;
    for job in closures {
        check.pack(&named(&format!("pack_of_{}_receipts", job.receipts), at), &job.id)?;
    }
    Ok(())
}
