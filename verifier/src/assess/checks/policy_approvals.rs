//! `policy.approvals`: every gated use has the approval that its policy asks for.

use super::super::facts::{Act, Facts};
use super::super::token_table::Seconds;
use super::super::verdict::{Check, CheckId};
use super::approval_rules::{Action, Answer, Approvals, Circumstances, Told, Unfit};
use super::findings::Findings;
use super::gated::Policies;
use super::token_valid::place;
use crate::index::LeafIndex;
use crate::kind::Role;
use crate::payload::ApprovalType;

const ID: CheckId = CheckId::PolicyApprovals;

pub(super) fn check(facts: &Facts<'_>) -> Check {
    let policies = Policies::of(facts);
    let gated = policies.gated(facts);
    if gated.is_empty() {
        return if policies.have_gates() {
            Check::pass(ID, "Nothing that needs an approval was done.", Vec::new())
        } else {
            Check::not_applicable(ID, "No policy of the job asks for approvals.")
        };
    }
    let scopes = policies.scopes(facts.job_id, &gated);
    let circumstances = circumstances(facts);
    let approvals = Approvals::new(told(facts), &circumstances, &scopes);
    let with_early = Approvals::new(all_told(facts), &circumstances, &scopes);
    let mut findings = Findings::default();
    for one in &gated {
        for needed in &one.gates {
            let action = Action {
                at: place(one.used),
                agent: one.agent,
                policy_hash: one.policy_hash,
                gate: &needed.gate,
                operation: &needed.operation,
            };
            match (approvals.answer(&action), with_early.answer(&action)) {
                (Answer::Missing(_), Answer::Approved(early)) => add_early(&mut findings, &action, early),
                (answer, _) => add(&mut findings, &action, answer),
            }
        }
    }
    findings.end(ID, || {
        let count = gated.len();
        Check::pass(
            ID,
            format!("All gated uses ({count}) were approved before they were made."),
            Vec::new(),
        )
    })
}

fn add(findings: &mut Findings, action: &Action<'_>, answer: Answer) {
    let index = action.at.index;
    let (operation, gate) = (action.operation, action.gate);
    match answer {
        Answer::Approved(_) => {}
        Answer::Opaque(approval) => findings.incomplete((1, "APPROVAL_SCOPE_OPAQUE"), [index, approval], || {
            format!(
                "The use at entry {index} needs an approval of {operation:?} at the gate {gate:?}; the one at entry \
                 {approval} does not say in a known form what it approves."
            )
        }),
        Answer::Missing(nearest) => {
            let entries = [index].into_iter().chain(nearest.map(|(approval, _)| approval));
            findings.fail((0, "APPROVAL_MISSING"), entries, || {
                format!(
                    "The use at entry {index} needs an approval of {operation:?} at the gate {gate:?}{}",
                    nearest.map_or_else(|| ", and nobody gave one.".to_owned(), why)
                )
            });
        }
    }
}

/// The only approval is signed for a time at which its signer was not yet registered.
fn add_early(findings: &mut Findings, action: &Action<'_>, approval: LeafIndex) {
    let index = action.at.index;
    let (operation, gate) = (action.operation, action.gate);
    findings.incomplete((2, "SIGNER_NOT_YET_TRUSTED"), [index, approval], || {
        format!(
            "The use at entry {index} needs an approval of {operation:?} at the gate {gate:?}; the one at entry {approval} \
             is signed for a time at which its signer was not yet registered."
        )
    });
}

fn why((approval, unfit): (LeafIndex, Unfit)) -> String {
    format!("; the one at entry {approval} {}.", unfit.reason())
}

/// The job's approvals that count, in log order: all but those that are signed for a time at which their signer was not
/// yet registered, of which only the denials count.
pub(super) fn told<'f>(facts: &'f Facts<'f>) -> impl Iterator<Item = Told<'f>> {
    all_told(facts).filter(|told| {
        told.approval.approval_type == ApprovalType::ExplicitDeny || !facts.early.contains(&told.index)
    })
}

/// The job's approvals, in log order.
fn all_told<'f>(facts: &'f Facts<'f>) -> impl Iterator<Item = Told<'f>> {
    facts.approvals.iter().map(|seen| {
        let approver = facts
            .trust
            .holds_at(seen.signer, Role::Approver, seen.index, seen.logged_at);
        Told {
            index: seen.index,
            logged_at: seen.logged_at,
            signer: seen.signer,
            role: if approver { Role::Approver } else { Role::Gateway },
            approval: seen.said,
        }
    })
}

/// What else of the job the rules of approvals look at.
pub(super) fn circumstances<'f>(facts: &'f Facts<'f>) -> Circumstances<'f> {
    let requested = facts
        .events
        .iter()
        .filter_map(|event| event.said.requested_by.as_deref());
    let recorded = facts.uses.iter().filter_map(|used| match used.act {
        Act::Tool(receipt) | Act::SideEffect(receipt) => {
            (receipt.agent_did != used.signer).then_some(used.signer)
        }
        Act::Model(_) | Act::Allowed(_) => Some(used.signer),
    });
    let decided = facts.decisions.iter().map(|decision| decision.signer);
    Circumstances {
        requested_by: requested.collect(),
        agents: facts.agents.clone(),
        gateways: recorded.chain(decided).collect(),
        skew: Seconds(facts.settings.clock_skew_s),
    }
}
