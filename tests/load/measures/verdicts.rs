//! Verdicts: of many jobs that came at once, and of one large job.

use std::time::Instant;

use harness::HarnessError;
use harness::load::jobs::LoadJob;
use harness::load::mission::Pace;
use harness::load::traffic::{BATCH, JOBS_IN_BATCH, Traffic};

use crate::plan::Plan;
use crate::process::{ProcessorTime, report_cpu};
use crate::report::{self, Bound};
use crate::world::{World, at, report_rate, views_of};

/// Numbers of jobs whose verdicts are awaited, above those of usual jobs.
const MANY: u64 = 500_000_000;
/// Receipts of one job and of the next: 12.5 on average.
const RECEIPTS: [u64; 2] = [12, 13];
const CURRENT_WITHIN_S: f64 = 10.0;
/// The job that is judged by itself.
const LARGE: u64 = 800_000_000;
const LARGE_RECEIPTS: u64 = 10_000;
/// How often it is judged again.
const AGAIN: u64 = 10;

/// How long the verdicts on many jobs take after the last answer.
pub(crate) fn of_many(world: &mut World, plan: &Plan, size: u64) -> Result<(), HarnessError> {
    world.verdicts_known()?;
    let traffic = Traffic::Jobs {
        first: MANY,
        jobs: plan.verdict_jobs,
        receipts: RECEIPTS.to_vec(),
        in_batch: JOBS_IN_BATCH,
    };
    let batches = plan.verdict_jobs.div_ceil(JOBS_IN_BATCH);
    let mission = world.mission(traffic, batches, Pace::Closed { connections: 4 });
    let name = format!("http_receipts_of_{}_jobs", plan.verdict_jobs);
    let before = ProcessorTime::of(world.server().id());
    let sent = world.send(&mission)?;
    let elapsed = world.verdicts_known()?;
    let used = ProcessorTime::of(world.server().id()).since(&before);
    report_rate(&name, &at(size), &sent);
    report_cpu(&format!("{name}_with_verdicts"), &at(size), &used, sent.items);
    report::figure_against(
        &format!(
            "verdicts_of_{}_jobs_after_the_last_receipt{}",
            plan.verdict_jobs,
            at(size)
        ),
        elapsed.as_secs_f64(),
        "s",
        Bound::AtMost(CURRENT_WITHIN_S),
    );
    Ok(())
}

/// The large job.
pub(crate) fn large_job() -> LoadJob {
    LoadJob::new(LARGE, LARGE_RECEIPTS)
}

/// Logs the large job.
pub(crate) fn add_large(world: &mut World) -> Result<(), HarnessError> {
    let job = large_job();
    let traffic = Traffic::Job {
        number: LARGE,
        receipts: LARGE_RECEIPTS,
    };
    let batches = job.documents().div_ceil(BATCH);
    let mission = world.mission(traffic, batches, Pace::Closed { connections: 1 });
    world.send(&mission)?;
    world.verdicts_known().map(drop)
}

/// Judges the large job on a server that has just started and remembers nothing of it, and again after each of some more receipts.
pub(crate) fn of_large(world: &World, size: u64) -> Result<(), HarnessError> {
    let job = large_job();
    let path = format!("/v1/jobs/{}/assessment", job.id);
    let first = views_of(world.client(), &path, 1)?;
    report::millis(
        &format!("job_of_{LARGE_RECEIPTS}_judged_first{}", at(size)),
        first.first().copied().unwrap_or_default(),
    );
    let mut again = Vec::new();
    for more in 0..AGAIN {
        world.log_all(&[job.call(world.gateways(), LARGE_RECEIPTS + more)?])?;
        let start = Instant::now();
        views_of(world.client(), &path, 1)?;
        again.push(start.elapsed());
    }
    again.sort_unstable();
    report::millis(
        &format!("job_of_{LARGE_RECEIPTS}_judged_again{}", at(size)),
        report::percentile(&again, 50),
    );
    Ok(())
}
