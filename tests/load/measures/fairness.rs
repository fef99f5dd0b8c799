//! Two submitters: one sends all it can, and the other, with fifty receipts a second, must not wait for it.

use std::path::Path;

use harness::HarnessError;
use harness::load::mission::Pace;
use harness::load::traffic::BATCH;
use verifier::digest::TokenHash;
use verifier::hash::sha256;

use crate::load::ReadyLoad;
use crate::plan::Plan;
use crate::report;
use crate::world::{ServerSettings, World, rate};

/// The names of the two, and their tokens, which are no secrets.
const STEADY: (&str, &str) = ("steady", "token-of-the-steady-submitter");
const GREEDY: (&str, &str) = ("greedy", "token-of-the-greedy-submitter");
const RATE: u64 = 50;
/// More than any server takes in a second.
const BATCHES_MAX: u64 = 10_000;
const STEADY_CONNECTIONS: u64 = 16;
const GREEDY_CONNECTIONS: u64 = 16;

pub(crate) fn run(directory: &Path, plan: &Plan) -> Result<(), HarnessError> {
    let file = directory.join("submitters.toml");
    std::fs::write(&file, configuration()).map_err(|source| HarnessError::Io {
        what: "write a configuration",
        source,
    })?;
    let settings = ServerSettings {
        submitters: Some((file, vec![STEADY.0, GREEDY.0])),
        token: Some(GREEDY.1.to_owned()),
        ..ServerSettings::default()
    };
    let mut world = World::start(&directory.join("two-submitters"), settings)?;
    // How much the greedy one can send in the time, and somewhat more.
    let traffic = world.receipts(BATCH);
    let closed = Pace::Closed {
        connections: GREEDY_CONNECTIONS,
    };
    let warm = world.mission(traffic, 100, closed);
    let in_a_second = rate(&world.send(&warm)?);
    let traffic = world.receipts(BATCH);
    let batches = (1..=BATCHES_MAX)
        .find(|batches| report::float(batches * BATCH) > in_a_second)
        .unwrap_or(1);
    let greedy = world.mission(traffic, batches * (plan.offered_s + 1), closed);
    let traffic = world.receipts(1);
    let open = Pace::Open {
        rate: RATE,
        connections: STEADY_CONNECTIONS,
    };
    let mut steady = world.mission(traffic, RATE * plan.offered_s, open);
    steady.token = Some(STEADY.1.to_owned());

    let (greedy, steady) = (ReadyLoad::prepare(&greedy)?, ReadyLoad::prepare(&steady)?);
    let greedy = std::thread::spawn(move || greedy.send());
    let steady = steady.send()?;
    let greedy = greedy
        .join()
        .unwrap_or_else(|_| Err(HarnessError::unexpected("a thread that ends", "a panic")))?;
    report::figure("fair_steady_p50", steady.p50_ms, "ms");
    report::figure("fair_steady_p99", steady.p99_ms, "ms");
    report::figure("fair_greedy", rate(&greedy), "receipts/s");
    world.stop();
    Ok(())
}

fn configuration() -> String {
    let one = |(name, token): (&str, &str)| {
        let hash = TokenHash::from_bytes(sha256(token.as_bytes()));
        format!("[[submitters]]\nname = \"{name}\"\ntoken_sha256 = \"{hash}\"\n")
    };
    [STEADY, GREEDY].map(one).concat()
}
