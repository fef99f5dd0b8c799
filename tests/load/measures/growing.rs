//! What a job costs whose receipts arrive one by one, while the list of verdicts follows.

use harness::HarnessError;
use harness::load::jobs::LoadJob;

use crate::process::ProcessorTime;
use crate::report;
use crate::world::World;

/// Number of the job: no other part of the bench has it.
const NUMBER: u64 = 900_000_000;
/// Receipts of the job.
const RECEIPTS: u64 = 5_000;
/// Receipts over which the processor time is measured: the first of the job, and its last.
const SPAN: u64 = 1_000;

pub(crate) fn run(world: &World) -> Result<(), HarnessError> {
    let job = LoadJob::new(NUMBER, RECEIPTS);
    let beginning = job.documents().saturating_sub(RECEIPTS);
    let documents = |from: u64, to: u64| {
        (from..to)
            .map(|number| job.document(number, world.cast(), world.gateways()))
            .collect::<Result<Vec<_>, _>>()
    };
    world.log_all(&documents(0, beginning)?)?;
    for end in (SPAN..=RECEIPTS).step_by(1_000) {
        let calls = documents(beginning + end - SPAN, beginning + end)?;
        let before = ProcessorTime::of(world.server().id());
        world.log_all(&calls)?;
        world.verdicts_known()?;
        if end == SPAN || end == RECEIPTS {
            let used = ProcessorTime::of(world.server().id()).since(&before);
            let all = used.first().map(|(_, time)| *time).unwrap_or_default();
            let micros = all.as_secs_f64() * 1e6 / report::float(SPAN);
            report::figure(
                &format!("job_that_grows_to_{end}_cpu_all"),
                micros,
                "CPU-us/receipt",
            );
        }
    }
    Ok(())
}
