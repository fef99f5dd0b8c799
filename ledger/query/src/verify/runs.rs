//! The bundles of runs, read once for all receipts of a request that name the run.

use std::collections::{HashMap, HashSet};

use verifier::index::{LeafIndex, TreeSize};
use verifier::json::Value;
use verifier::kind::Kind;
use verifier::subject::Field;

use super::binding::{NoBundle, at};
use crate::QueryEngine;
use crate::intersect::INTERSECTION_STEPS_MAX;
use ledger::error::ReadError;

/// Bundles of this log that one request has read: a receipt's run may have any number, each of 1 MiB.
const BUNDLES_READ_MAX: usize = 64;
/// Runs that one request has looked up.
const RUNS_LOOKED_UP_MAX: usize = 64;

/// What one request may still ask about runs, and what it has found. Its cost does not grow with the entries of a run:
/// only bundles are read, and what it takes to find them has a bound for all runs together.
pub(super) struct RunBudget {
    known: HashMap<String, RunBundles>,
    bundles_left: usize,
    lookups_left: usize,
    steps_left: usize,
}

/// The bundles of one run.
#[derive(Default)]
pub(super) struct RunBundles {
    /// In log order, each with the event hashes of its chain.
    bundles: Vec<(LeafIndex, HashSet<String>)>,
    /// Whether these are all.
    complete: bool,
}

impl RunBudget {
    pub(super) fn new() -> Self {
        Self {
            known: HashMap::new(),
            bundles_left: BUNDLES_READ_MAX,
            lookups_left: RUNS_LOOKED_UP_MAX,
            steps_left: INTERSECTION_STEPS_MAX,
        }
    }

    /// The bundles of a run below a size.
    pub(super) fn bundles(
        &mut self,
        reader: &QueryEngine,
        run_id: &str,
        size: TreeSize,
    ) -> Result<&RunBundles, ReadError> {
        let run = match self.known.remove(run_id) {
            Some(run) => run,
            None => self.look_up(reader, run_id, size)?,
        };
        Ok(self.known.entry(run_id.to_owned()).or_insert(run))
    }

    fn look_up(
        &mut self,
        reader: &QueryEngine,
        run_id: &str,
        size: TreeSize,
    ) -> Result<RunBundles, ReadError> {
        if self.lookups_left == 0 || self.bundles_left == 0 || self.steps_left == 0 {
            return Ok(RunBundles::default());
        }
        self.lookups_left -= 1;
        let steps = &mut self.steps_left;
        let found = reader.subject_of_kind_within(
            Field::Run,
            run_id,
            Kind::Bundle,
            size,
            self.bundles_left,
            steps,
        )?;
        let mut run = RunBundles {
            bundles: Vec::with_capacity(found.indices.len()),
            complete: found.complete,
        };
        for index in found.indices {
            self.bundles_left = self.bundles_left.saturating_sub(1);
            let record = reader.entry(index)?;
            let verified = record
                .map(|record| reader.evidence(&record))
                .transpose()?
                .flatten();
            let events = verified.map_or_else(HashSet::new, |verified| events(verified.document.value()));
            run.bundles.push((index, events));
        }
        Ok(run)
    }
}

impl RunBundles {
    /// The newest bundle with an event in its chain.
    pub(super) fn with_event(&self, event_hash: &str) -> Result<LeafIndex, NoBundle> {
        let mut newest_first = self.bundles.iter().rev();
        let found = newest_first.find(|(_, events)| events.contains(event_hash));
        let without = match (self.complete, self.bundles.is_empty()) {
            (false, _) => NoBundle::NotLookedUp,
            (true, true) => NoBundle::NoBundle,
            (true, false) => NoBundle::NotInBundle,
        };
        found.map(|(index, _)| *index).ok_or(without)
    }
}

/// The event hashes of a bundle's chain.
fn events(bundle: &Value) -> HashSet<String> {
    let events = at(bundle, &["payload", "event_chain"]).and_then(|events| events.as_array());
    let hashes = events
        .unwrap_or_default()
        .iter()
        .filter_map(|event| at(event, &["event_hash_b64u"])?.as_str());
    hashes.map(str::to_owned).collect()
}
