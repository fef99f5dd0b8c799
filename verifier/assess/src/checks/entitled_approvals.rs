//! The approvals and refusals of a job as they are heard: in log order, with what other entries say about each.

use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::{JobFacts, LogStatement};
use super::approval_terms::EntitledApproval;
use evidence::digest::PayloadHash;
use evidence::kind::Role;
use evidence::payload::Approval;
use tlog::index::LeafIndex;

/// What several entries say together.
struct CrossReferences<'f> {
    /// The first entry of each payload.
    first: BTreeMap<PayloadHash, LeafIndex>,
    /// Payloads by `receipt_id`.
    said: BTreeMap<&'f str, BTreeSet<PayloadHash>>,
    /// Runs of events, as the bundles of the job tell them.
    runs: BTreeMap<&'f str, &'f str>,
}

impl<'f> CrossReferences<'f> {
    fn of(facts: &'f JobFacts<'f>) -> Self {
        let mut first = BTreeMap::new();
        let mut said: BTreeMap<&str, BTreeSet<PayloadHash>> = BTreeMap::new();
        for seen in &facts.approvals {
            if let Some(payload) = facts.payload_digest(seen.index) {
                first.entry(payload).or_insert(seen.index);
                said.entry(&seen.said.receipt_id).or_default().insert(payload);
            }
        }
        let mut runs = BTreeMap::new();
        for bundle in facts.bundles.iter().filter_map(|bundle| bundle.facts.as_ref()) {
            if let Some(run) = bundle.run_id.as_deref() {
                runs.extend(bundle.event_hashes.iter().map(|hash| (hash.as_str(), run)));
            }
        }
        Self { first, said, runs }
    }
}

/// The job's approvals and refusals, and the refusals that may be of its actions.
pub(super) fn of<'f>(facts: &'f JobFacts<'f>) -> Vec<EntitledApproval<'f>> {
    let together = CrossReferences::of(facts);
    let both = facts.approvals.iter().chain(&facts.refusals);
    let mut told: Vec<EntitledApproval<'f>> = both
        .map(|seen| entitled_approval(facts, &together, seen))
        .collect();
    told.sort_unstable_by_key(|told| told.index);
    told
}

fn entitled_approval<'f>(
    facts: &'f JobFacts<'f>,
    together: &CrossReferences<'f>,
    seen: &LogStatement<'f, Approval>,
) -> EntitledApproval<'f> {
    let said: &'f Approval = seen.said;
    let approver = facts
        .trust
        .holds_at(seen.signer, Role::Approver, seen.index, seen.logged_at);
    let payload = facts.payload_digest(seen.index);
    let first = payload.and_then(|payload| together.first.get(&payload));
    let payloads = together.said.get(said.receipt_id.as_str());
    let event = said.binding.event_hash.as_deref();
    EntitledApproval {
        index: seen.index,
        logged_at: facts.trust.clocks.logged_from(seen.index, seen.logged_at),
        signer: seen.signer,
        role: if approver { Role::Approver } else { Role::Gateway },
        approval: said,
        first: first.copied().unwrap_or(seen.index),
        contradicted: payloads.is_some_and(|payloads| payloads.len() > 1),
        event_run: event.and_then(|event| together.runs.get(event).copied()),
    }
}
