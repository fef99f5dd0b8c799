//! `approvals.unique`: no approval serves two jobs, or two actions at a gate for single use.

use std::collections::{BTreeMap, BTreeSet};

use super::super::check::{Check, CheckId};
use super::super::facts::{AgentAct, JobFacts};
use super::approval_terms::ApprovalAnswer;
use super::findings::{FindingCollector, UseSentence};
use super::gated_uses::{GatedUse, Policies};
use super::matching::{ApprovalMatching, LOOKS_MAX};
use super::policy_approvals::{ApprovalCase, action};
use evidence::payload::Payload;
use evidence::wpc::{GateMode, GateUse};
use tlog::index::LeafIndex;

const ID: CheckId = CheckId::ApprovalsUnique;
const CODE: (u8, &str) = (0, "APPROVAL_REUSED");

pub(super) fn check(facts: &JobFacts<'_>) -> Check {
    if facts.approvals.is_empty() {
        return Check::not_applicable(ID, "This job has no approvals.");
    }
    let mut findings = FindingCollector::default();
    other_jobs(facts, &mut findings);
    single_use(facts, &mut findings);
    findings.end(ID, || Check::pass(ID, "No approval was used twice.", []))
}

/// Approvals that a context that counts ties to another job too, or that another job's decision cites.
fn other_jobs(facts: &JobFacts<'_>, findings: &mut FindingCollector) {
    let mut by_id: BTreeMap<&str, Vec<LeafIndex>> = BTreeMap::new();
    // What is signed again is one approval, whose id names it as before.
    let mut payloads = BTreeSet::new();
    for seen in &facts.approvals {
        if facts
            .payload_digest(seen.index)
            .is_none_or(|payload| payloads.insert(payload))
        {
            by_id.entry(&seen.said.receipt_id).or_default().push(seen.index);
        }
        let doc = facts.docs.binary_search_by_key(&seen.index, |doc| doc.index);
        let Some(doc) = doc.ok().and_then(|at| facts.docs.get(at)) else {
            continue;
        };
        let tied = facts.words.counted(doc.digest);
        for word in tied.filter(|word| word.job_id.is_some_and(|job_id| job_id != facts.job_id)) {
            findings.fail(CODE, [seen.index, word.index], || {
                format!(
                    "The approval at entry {} was also used for another job.",
                    seen.index
                )
            });
        }
    }
    let own: BTreeSet<LeafIndex> = facts.approvals.iter().map(|seen| seen.index).collect();
    let ambiguous: BTreeSet<&str> = facts
        .docs
        .iter()
        .filter(|doc| facts.trust.counts(doc) && !own.contains(&doc.index))
        .filter(|doc| {
            let payload = facts.payload_digest(doc.index);
            payload.is_none_or(|payload| !payloads.contains(&payload))
        })
        .filter_map(|doc| match doc.payload() {
            Some(Payload::Approval(approval)) => Some(approval.receipt_id.as_str()),
            _ => None,
        })
        .collect();
    for other in facts.other_decisions.iter().filter(|other| other.said.allow) {
        let of_other = other
            .said
            .job_id
            .as_deref()
            .is_some_and(|job_id| job_id != facts.job_id);
        let cited = other
            .said
            .approval_receipt_id
            .as_deref()
            .filter(|id| !ambiguous.contains(id))
            .and_then(|id| by_id.get(id));
        // An id that several approvers chose, whatever their jobs, names none of their approvals.
        if let (true, Some([approval])) = (of_other, cited.map(Vec::as_slice)) {
            findings.fail(CODE, [*approval, other.index], || {
                format!(
                    "The approval at entry {approval} was also used by another job, at entry {}.",
                    other.index
                )
            });
        }
    }
}

/// At a gate for single use the executed actions take one approval each, if there is any way for all to have one.
fn single_use(facts: &JobFacts<'_>, findings: &mut FindingCollector) {
    let hearing = ApprovalCase::of(facts);
    hearing.with_approvals(facts, |approvals, arguments| {
        let mut matched: BTreeMap<(&str, &str), Option<ApprovalMatching<'_>>> = BTreeMap::new();
        let mut looks = LOOKS_MAX;
        for one in hearing.gated.iter().filter(|one| executed(one)) {
            let single = |gate: &&GateUse| is_single_use(&hearing.policies, one.policy_hash, &gate.gate);
            for needed in one.gates.iter().filter(single) {
                let action = action(facts, one, needed, arguments);
                let gate = matched
                    .entry((one.policy_hash, &needed.gate))
                    .or_insert_with(|| Some(ApprovalMatching::default()));
                // One action too many is enough to say so: what follows at the gate is not looked at.
                let (Some(matching), ApprovalAnswer::Approved { approval, .. }) =
                    (gate.as_mut(), approvals.answer(&action))
                else {
                    continue;
                };
                if matching.add(action, approvals, &mut looks) {
                    continue;
                }
                *gate = None;
                findings.fail_use(CODE, one.used, [approval], || {
                    UseSentence::new(
                        "Done under an approval that an earlier action had used up",
                        format!("at the gate {:?}", needed.gate),
                    )
                });
            }
        }
    });
}

/// A decision to allow and the receipt of what was allowed are one action.
const fn executed(gated: &GatedUse<'_>) -> bool {
    !matches!(gated.used.act, AgentAct::Allowed(_))
}

fn is_single_use(policies: &Policies<'_>, policy_hash: &str, name: &str) -> bool {
    let gates = policies
        .get(policy_hash)
        .map_or(&[][..], |published| published.policy.gates());
    let single = |mode: &str| GateMode::read(mode) == Some(GateMode::SingleUse);
    gates
        .iter()
        .any(|gate| gate.name == name && gate.mode.as_deref().is_some_and(single))
}
