//! A run from its beginning to its end.

use std::path::Path;

use harness::HarnessError;

use crate::measures::{
    appended, audit, evidence, fairness, growing, growth, index_cost, ingest, lookups, packs, pages, pure,
    space, subjects, verdicts,
};
use crate::plan::Plan;
use crate::world::{ServerSettings, World, at};
use crate::{place, references, report};

/// Jobs whose tokens are revoked before they are used, spread over the log: their verdicts are alarms.
const REVOKED: u64 = 50;
/// Entries for one usual job, on average.
const ENTRIES_A_JOB: u64 = 64;

pub(crate) fn run(plan: &Plan) -> Result<(), HarnessError> {
    let directory = place::scratch()?;
    let directory = directory.path();
    references::run(directory)?;
    pure::run()?;
    audit::run()?;
    evidence::run()?;
    index_cost::run(directory, plan)?;
    fairness::run(directory, plan)?;
    one_log(&directory.join("log"), plan)?;
    growth::report(plan);
    Ok(())
}

/// Fills one log, and measures it at each size of the plan.
fn one_log(log: &Path, plan: &Plan) -> Result<(), HarnessError> {
    let mut world = World::start(log, ServerSettings::default())?;
    revoke(&world, plan)?;
    for (turn, size) in (0..).zip(&plan.sizes) {
        ingest::fill(&mut world, plan, *size)?;
        at_size(&mut world, plan, turn, *size)?;
        world = restarted(world, plan, *size)?;
    }
    let size = plan.sizes.last().copied().unwrap_or_default();
    ingest::sustained(&mut world, plan, size)?;
    verdicts::of_many(&mut world, plan, size)?;
    growing::run(&world)?;
    verdicts::add_large(&mut world)?;
    // A server that has just started remembers nothing of the large job.
    let (world, (), _) = world.restart_after(|_| Ok(()))?;
    verdicts::of_large(&world, size)?;
    packs::entries_verified(&world, size)?;
    pages::large(&world, size)?;
    world.stop();
    Ok(())
}

fn revoke(world: &World, plan: &Plan) -> Result<(), HarnessError> {
    let jobs = plan.sizes.last().copied().unwrap_or_default() / ENTRIES_A_JOB;
    let revoked = (0..REVOKED).map(|number| lookups::usual_job(number * jobs / REVOKED));
    let revocations = revoked.map(|job| job.revocation(world.cast()));
    world.log_all(&revocations.collect::<Result<Vec<_>, _>>()?)
}

fn at_size(world: &mut World, plan: &Plan, turn: u64, size: u64) -> Result<(), HarnessError> {
    ingest::batches(world, plan, size)?;
    report::seconds(
        &format!("verdicts_after_the_last_receipt{}", at(size)),
        world.verdicts_known()?,
    );
    space::at_rest(world, size)?;
    ingest::singles(world, plan, size)?;
    ingest::one_by_one(world, plan, size)?;
    ingest::offered(world, plan, size)?;
    world.verdicts_known()?;
    lookups::usual(world, plan, size)?;
    lookups::hundreds(world, plan, turn, size)?;
    lookups::proofs(world, plan, size)?;
    packs::closures(world, turn, size)?;
    subjects::run(world, plan, size)?;
    pages::usual(world, plan, size)
}

/// Measures the log while no server has it open, and how soon one serves it again.
fn restarted(world: World, plan: &Plan, size: u64) -> Result<World, HarnessError> {
    let entries = world.size();
    let (mut world, appended, elapsed) = world.restart_after(|log| {
        space::of_index(log, entries, size)?;
        appended::run(log, plan, size)
    })?;
    world.count_bytes(appended);
    report::seconds(&format!("reopened{}", at(size)), elapsed);
    Ok(world)
}
