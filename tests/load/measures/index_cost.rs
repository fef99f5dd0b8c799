//! What the index costs: two logs, one without it, take the same traffic in turns.

use std::path::Path;

use harness::HarnessError;
use harness::load::traffic::BATCH;

use crate::plan::Plan;
use crate::process::{ProcessorTime, memory_kib};
use crate::report::{self, Bound};
use crate::world::{ServerSettings, World, rate};

/// The thread that builds and joins the runs of the index.
const INDEXER: &str = "indexer";
/// What the index may add to the memory of the server.
const MEMORY_MIB_MAX: f64 = 64.0;
/// KiB of a MiB.
const KIB: f64 = 1024.0;

pub(crate) fn run(directory: &Path, plan: &Plan) -> Result<(), HarnessError> {
    let without = ServerSettings {
        is_without_index: true,
        ..ServerSettings::default()
    };
    let mut with = World::start(&directory.join("with-index"), ServerSettings::default())?;
    let mut without = World::start(&directory.join("without-index"), without)?;
    let batches = (plan.appended / 2).div_ceil(BATCH);
    // Both have taken as much before they are measured.
    turn(&mut with, batches)?;
    turn(&mut without, batches)?;
    let before = ProcessorTime::of(with.server().id());
    let (mut rates_with, mut rates_without) = (Vec::new(), Vec::new());
    for _ in 0..plan.index_turns {
        rates_with.push(turn(&mut with, batches)?);
        rates_without.push(turn(&mut without, batches)?);
    }
    let used = ProcessorTime::of(with.server().id()).since(&before);
    let of_index = used.iter().find(|(group, _)| *group == INDEXER);
    let micros = of_index.map_or(0.0, |(_, time)| time.as_secs_f64() * 1e6);
    let count = report::float(plan.index_turns * batches * BATCH);
    report::figure("index_cpu", micros / count, "CPU-us/receipt");
    let (with_index, without_index) = (median(rates_with), median(rates_without));
    report::figure("http_batches_with_index", with_index, "receipts/s");
    report::figure("http_batches_without_index", without_index, "receipts/s");
    report::figure("with_index_of_without", with_index / without_index, "ratio");
    let resident = |world: &World| memory_kib(world.server().id()).map_or(0, |(now, _)| now);
    let (with_kib, without_kib) = (resident(&with), resident(&without));
    report::mib("memory_with_index", with_kib);
    report::mib("memory_without_index", without_kib);
    report::figure_against(
        "memory_of_index",
        (report::float(with_kib) - report::float(without_kib)) / KIB,
        "MiB",
        Bound::AtMost(MEMORY_MIB_MAX),
    );
    with.stop();
    without.stop();
    Ok(())
}

/// One turn; what is left to do afterwards is done before the next begins.
fn turn(world: &mut World, batches: u64) -> Result<f64, HarnessError> {
    let mission = world.mixed_mission(batches);
    let sent = world.send(&mission)?;
    world.verdicts_known()?;
    Ok(rate(&sent))
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_unstable_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or_default()
}
