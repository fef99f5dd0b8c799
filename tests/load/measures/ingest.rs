//! Receipts over HTTP, each answered when it is durable and under a signed checkpoint.

use harness::HarnessError;
use harness::load::mission::Pace;
use harness::load::traffic::BATCH;

use super::index_lag;
use crate::plan::Plan;
use crate::process::{bound_peak_memory, memory_kib};
use crate::report::{self, Bound};
use crate::world::{World, at, rate, report_rate};

/// Connections of those who send one receipt a request.
const MANY: u64 = 256;
/// Offered rates, in receipts a second.
const OFFERED: [u64; 2] = [500, 10_000];
/// What one client is to have acknowledged in a second: that, or so much of what the disk can sync.
const ONE_BY_ONE: f64 = 1_600.0;
const ONE_BY_ONE_OF_SYNCS: f64 = 0.4;
/// Two cores of verification in batches; the ledger is to reach a fifth of that.
const CORES: f64 = 2.0;
const OF_BATCH_VERIFICATION: f64 = 0.20;

/// Fills the log up to the batches that are measured in front of a size. What this takes is the steady cost, with every join of runs.
pub(crate) fn fill(world: &mut World, plan: &Plan, size: u64) -> Result<(), HarnessError> {
    let Some(mission) = world.filling_mission(size.saturating_sub(plan.span)) else {
        return Ok(());
    };
    let lag = format!("while_filling{}", at(size));
    let measure = |world: &mut World| world.measured("filling", &at(size), &mission);
    let sent = index_lag::during(world, &lag, measure)?;
    report_rate("filling", &at(size), &sent);
    Ok(())
}

/// Batches of the usual traffic up to a size, with the processor time of each receipt.
pub(crate) fn batches(world: &mut World, plan: &Plan, size: u64) -> Result<(), HarnessError> {
    let mission = world.mixed_mission(plan.span / BATCH);
    let sent = world.measured("http_batches_of_256", &at(size), &mission)?;
    report_rate("http_batches_of_256", &at(size), &sent);
    report::figure(
        &format!("http_batches_of_256_proofs_checked{}", at(size)),
        report::float(sent.checked),
        "proofs",
    );
    Ok(())
}

/// Batches for as long as the plan says, and the memory that this takes.
pub(crate) fn sustained(world: &mut World, plan: &Plan, size: u64) -> Result<(), HarnessError> {
    let known = report::value_of(&format!("http_batches_of_256{}", at(size))).unwrap_or(1_000.0);
    let batches = whole(known).saturating_mul(plan.sustained_s) / BATCH;
    let mission = world.mixed_mission(batches);
    bound_peak_memory(world.server().id());
    let lag = format!("while_sustained{}", at(size));
    let measure = |world: &mut World| world.measured("http_sustained", &at(size), &mission);
    let sent = index_lag::during(world, &lag, measure)?;
    report_rate("http_sustained", &at(size), &sent);
    let batch = report::value_of("reference_ed25519_batch").unwrap_or(f64::INFINITY);
    report::figure_against(
        &format!("http_sustained_of_batch_verification{}", at(size)),
        rate(&sent) / (CORES * batch),
        "ratio",
        Bound::AtLeast(OF_BATCH_VERIFICATION),
    );
    if let Some((_, peak)) = memory_kib(world.server().id()) {
        report::mib(&format!("memory_while_ingesting{}", at(size)), peak);
    }
    Ok(())
}

/// One receipt a request, over many connections.
pub(crate) fn singles(world: &mut World, plan: &Plan, size: u64) -> Result<(), HarnessError> {
    let traffic = world.receipts(1);
    let mission = world.mission(traffic, plan.singles, Pace::Closed { connections: MANY });
    let sent = world.measured("http_singles", &at(size), &mission)?;
    report_rate("http_singles", &at(size), &sent);
    report::figure(&format!("http_singles_p50{}", at(size)), sent.p50_ms, "ms");
    report::figure(&format!("http_singles_p99{}", at(size)), sent.p99_ms, "ms");
    Ok(())
}

/// One client that waits for each acknowledgement: a synced write each.
pub(crate) fn one_by_one(world: &mut World, plan: &Plan, size: u64) -> Result<(), HarnessError> {
    let traffic = world.receipts(1);
    let mission = world.mission(traffic, plan.singles / 10, Pace::Closed { connections: 1 });
    let sent = world.measured("http_one_by_one", &at(size), &mission)?;
    let syncs = report::value_of("reference_fdatasync").unwrap_or(f64::INFINITY);
    let target = ONE_BY_ONE.min(ONE_BY_ONE_OF_SYNCS * syncs);
    report::figure_against(
        &format!("http_one_by_one{}", at(size)),
        rate(&sent),
        "receipts/s",
        Bound::AtLeast(target.round()),
    );
    Ok(())
}

/// Acknowledgements at offered rates, from when each receipt was due.
pub(crate) fn offered(world: &mut World, plan: &Plan, size: u64) -> Result<(), HarnessError> {
    for offered in OFFERED {
        let traffic = world.receipts(1);
        let pace = Pace::Open {
            rate: offered,
            connections: MANY,
        };
        let mission = world.mission(traffic, offered * plan.offered_s, pace);
        let name = format!("http_offered_{offered}_a_second");
        let sent = world.measured(&name, &at(size), &mission)?;
        report_rate(&name, &at(size), &sent);
        report::figure(&format!("{name}_p50{}", at(size)), sent.p50_ms, "ms");
        report::figure(&format!("{name}_p99{}", at(size)), sent.p99_ms, "ms");
    }
    Ok(())
}

/// A rate as a number of things to send.
fn whole(rate: f64) -> u64 {
    let bounded = rate.clamp(0.0, 1e9);
    // A conversion that cannot fail: the number is bounded, and its text has no fraction.
    format!("{bounded:.0}").parse().unwrap_or(1_000)
}
