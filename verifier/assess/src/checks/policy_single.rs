//! `policy.single`: one policy a run, over its uses and bundles.

use std::collections::BTreeMap;

use super::super::check::{Check, CheckId};
use super::super::facts::JobFacts;
use evidence::text::plain::counted;
use tlog::index::LeafIndex;

const ID: CheckId = CheckId::PolicySingle;

pub(super) fn check(facts: &JobFacts<'_>) -> Check {
    let mut runs: BTreeMap<&str, BTreeMap<String, LeafIndex>> = BTreeMap::new();
    for used in &facts.uses {
        if let (Some(run), Some(policy)) = (used.run, used.cites()) {
            runs.entry(run).or_default().entry(policy).or_insert(used.index);
        }
    }
    for (bundle, receipt) in facts.embedded() {
        if let (Some(run), Some(policy)) = (&receipt.binding.run_id, &receipt.binding.policy_hash) {
            let policies = runs.entry(run.as_str()).or_default();
            policies.entry(policy.to_string()).or_insert(bundle.index);
        }
    }
    if runs.is_empty() {
        return Check::not_applicable(ID, "No run of this job names a policy.");
    }
    let mixed: Vec<_> = runs.values().filter(|policies| policies.len() > 1).collect();
    if mixed.is_empty() {
        return Check::pass(ID, "Each run names one policy.", []);
    }
    let message = counted(
        mixed.len(),
        "run of this job names more than one policy.",
        "runs of this job name more than one policy each.",
    );
    let entries = mixed.iter().flat_map(|policies| policies.values().copied());
    Check::fail(ID, "POLICY_NOT_SINGLE", message, entries)
}
