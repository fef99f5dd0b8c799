//! What is asked of a log while nothing is sent to it.

use harness::HarnessError;
use harness::load::jobs::LoadJob;
use harness::load::mission::Pace;
use harness::load::traffic::{JOB_RECEIPTS, JOBS_EVERY, JOBS_IN_BATCH, Traffic};

use crate::plan::Plan;
use crate::report;
use crate::world::{World, at, views_of};

/// Steps through what there is that hardly meet a place twice: a prime.
const STRIDE: u64 = 7_919;
/// Proofs that are asked for in a second, and by how many.
const PROOFS: u64 = 1_000;
const PROVERS: u64 = 32;
/// Jobs of a hundred entries in one request.
const HUNDREDS_IN_BATCH: u64 = 8;
/// Numbers of jobs with a hundred entries, above those of usual jobs.
const HUNDREDS: u64 = 700_000_000;
const OF_A_HUNDRED: u64 = 98;
/// How many of these are added at each size.
const ADDED: u64 = 64;

/// What is asked about a job.
type PathOf = fn(&LoadJob) -> String;

/// A usual job.
pub(crate) fn usual_job(number: u64) -> LoadJob {
    LoadJob::new(number, JOB_RECEIPTS)
}

/// How many usual jobs were sent.
pub(crate) fn usual_jobs(world: &World) -> u64 {
    world.mixed().div_ceil(JOBS_EVERY) * JOBS_IN_BATCH
}

/// Jobs, tokens, runs and entries all over the log.
pub(crate) fn usual(world: &World, plan: &Plan, size: u64) -> Result<(), HarnessError> {
    let of_jobs: [(&str, PathOf); 5] = [
        ("lookup_entries_of_a_job", |job| {
            format!("/v1/jobs/{}/entries", job.id)
        }),
        ("lookup_job", |job| format!("/v1/jobs/{}", job.id)),
        ("lookup_token", |job| format!("/v1/tokens/{}", job.token_hash)),
        ("lookup_run", |job| format!("/v1/runs/{}", job.run)),
        ("page_token", |job| format!("/tokens/{}", job.token_hash)),
    ];
    let jobs = usual_jobs(world).max(1);
    for (figure, path) in of_jobs {
        let mut all = Vec::new();
        for turn in 0..plan.views {
            let job = usual_job(turn * STRIDE % jobs);
            all.extend(views_of(world.client(), &path(&job), 1)?);
        }
        report::latencies(&format!("{figure}{}", at(size)), all);
    }
    Ok(())
}

/// Jobs of a hundred entries each: asked for, and judged.
pub(crate) fn hundreds(world: &mut World, plan: &Plan, turn: u64, size: u64) -> Result<(), HarnessError> {
    let traffic = Traffic::Jobs {
        first: HUNDREDS + turn * ADDED,
        jobs: ADDED,
        receipts: vec![OF_A_HUNDRED],
        in_batch: HUNDREDS_IN_BATCH,
    };
    let mut mission = world.mission(
        traffic,
        ADDED.div_ceil(HUNDREDS_IN_BATCH),
        Pace::Closed { connections: 1 },
    );
    mission.signed_before = false;
    world.send(&mission)?;
    world.verdicts_known()?;
    let jobs = (turn + 1) * ADDED;
    for (figure, suffix) in [("job_query", ""), ("job_verdict", "/assessment")] {
        let mut all = Vec::new();
        for number in 0..plan.views {
            let job = LoadJob::new(HUNDREDS + number * STRIDE % jobs, OF_A_HUNDRED);
            all.extend(views_of(
                world.client(),
                &format!("/v1/jobs/{}{suffix}", job.id),
                1,
            )?);
        }
        report::latencies(&format!("{figure}{}", at(size)), all);
    }
    Ok(())
}

/// Inclusion proofs at a fixed rate, from when each was due.
pub(crate) fn proofs(world: &mut World, plan: &Plan, size: u64) -> Result<(), HarnessError> {
    let entries = world.size();
    let requests = PROOFS * plan.offered_s;
    let path = |turn: u64| format!("/v1/entries/{}/proof", turn * STRIDE % entries);
    let traffic = Traffic::Get {
        paths: (0..requests).map(path).collect(),
    };
    let pace = Pace::Open {
        rate: PROOFS,
        connections: PROVERS,
    };
    let mission = world.mission(traffic, requests, pace);
    let sent = world.send(&mission)?;
    report::figure(
        &format!("inclusion_proof_over_http_p50{}", at(size)),
        sent.p50_ms,
        "ms",
    );
    report::figure(
        &format!("inclusion_proof_over_http_p99{}", at(size)),
        sent.p99_ms,
        "ms",
    );
    Ok(())
}
