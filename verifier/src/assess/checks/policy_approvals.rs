//! `policy.approvals`: every gated use has the approval that its policy asks for.

use super::super::facts::Facts;
use super::super::verdict::{Check, CheckId};
use super::approval_rules::{Action, Answer, Approvals, Doubt, Recognized, Told, Unfit};
use super::approver::Circumstances;
use super::arguments::CallArguments;
use super::findings::Findings;
use super::gated::{DeniedCall, Gated, Policies};
use super::token_valid::place;
use crate::index::LeafIndex;
use crate::kind::Role;
use crate::payload::ApprovalType;
use crate::wpc::GateUse;

const ID: CheckId = CheckId::PolicyApprovals;

/// What the approvals of a job are held against, read once.
pub(super) struct Hearing<'f> {
    pub(super) policies: Policies<'f>,
    pub(super) gated: Vec<Gated<'f>>,
    denied: Vec<DeniedCall<'f>>,
}

impl<'f> Hearing<'f> {
    pub(super) fn of(facts: &'f Facts<'f>) -> Self {
        let policies = Policies::of(facts);
        let gated = policies.gated(facts);
        let denied = policies.denied();
        Self {
            policies,
            gated,
            denied,
        }
    }

    /// Hears the job's approvals that count, and asks.
    pub(super) fn hear<T>(
        &self,
        facts: &'f Facts<'f>,
        ask: impl FnOnce(&Approvals<'_>, &CallArguments<'_>) -> T,
    ) -> T {
        self.hear_told(facts, false, ask)
    }

    /// The same with the approvals that came before their signer was registered, where there are any.
    fn hear_early<T>(&self, facts: &'f Facts<'f>, ask: impl FnOnce(Option<&Approvals<'_>>) -> T) -> T {
        if facts.early.is_empty() {
            return ask(None);
        }
        self.hear_told(facts, true, |approvals, _| ask(Some(approvals)))
    }

    fn hear_told<T>(
        &self,
        facts: &'f Facts<'f>,
        with_early: bool,
        ask: impl FnOnce(&Approvals<'_>, &CallArguments<'_>) -> T,
    ) -> T {
        let scopes = self.policies.scopes(facts.job_id, &self.gated, &self.denied);
        let arguments = CallArguments::of(facts, &self.policies);
        let recognized = Recognized {
            job_id: facts.job_id,
            scopes: &scopes,
            in_clear: &facts.in_clear.scopes,
        };
        let job = Circumstances::of(facts);
        let told = told(facts).filter(|told| with_early || counts(facts, told));
        let approvals = Approvals::new(told, &job, recognized);
        ask(&approvals, &arguments)
    }
}

pub(super) fn check(facts: &Facts<'_>) -> Check {
    let hearing = Hearing::of(facts);
    let gated = &hearing.gated;
    if gated.is_empty() {
        return if hearing.policies.have_gates() {
            Check::pass(ID, "Nothing that needs an approval was done.", Vec::new())
        } else {
            Check::not_applicable(ID, "No policy of the job asks for approvals.")
        };
    }
    let mut findings = Findings::default();
    let mut loose: Vec<LeafIndex> = Vec::new();
    hearing.hear(facts, |approvals, arguments| {
        hearing.hear_early(facts, |with_early| {
            for one in gated {
                for needed in &one.gates {
                    let action = action(one, needed, arguments);
                    let answer = approvals.answer(&action);
                    if let Answer::Approved {
                        any_arguments: true, ..
                    } = answer
                    {
                        loose.push(one.used.index);
                    }
                    let early = || with_early.map(|early| early.answer(&action));
                    match answer {
                        Answer::Missing(_) => match early() {
                            Some(Answer::Approved { approval, .. }) => {
                                add_early(&mut findings, &action, approval);
                            }
                            _ => add(&mut findings, &action, answer),
                        },
                        answer => add(&mut findings, &action, answer),
                    }
                }
            }
        });
    });
    loose.dedup();
    findings.end(ID, || {
        let told = format!(
            "All gated uses ({}) were approved before they were made.",
            gated.len()
        );
        if loose.is_empty() {
            return Check::pass(ID, told, Vec::new());
        }
        let note = format!(
            "Approved for any arguments: {} of {} gated uses.",
            loose.len(),
            gated.len()
        );
        Check::pass(ID, format!("{told} {note}"), loose).with_note(note)
    })
}

/// A use at one of its gates.
pub(super) fn action<'s>(
    one: &'s Gated<'_>,
    needed: &'s GateUse,
    arguments: &'s CallArguments<'_>,
) -> Action<'s> {
    Action {
        at: place(one.used),
        agent: one.agent,
        policy_hash: one.policy_hash,
        gate: &needed.gate,
        operation: &needed.operation,
        args_hash: one.used.act.args_hash(),
        known: arguments.of_use(one.used),
    }
}

fn add(findings: &mut Findings, action: &Action<'_>, answer: Answer) {
    let index = action.at.index;
    let asks = || {
        let (operation, gate) = (action.operation, action.gate);
        format!("The use at entry {index} needs an approval of {operation:?} at the gate {gate:?}")
    };
    match answer {
        Answer::Approved { .. } => {}
        Answer::Doubtful(doubt, approval) => {
            let (code, what) = match doubt {
                Doubt::Opaque => (
                    (2, "APPROVAL_SCOPE_OPAQUE"),
                    "does not say in a known form what it approves",
                ),
                Doubt::ArgumentsUnknown => (
                    (3, "APPROVED_ARGUMENTS_UNKNOWN"),
                    "is for arguments within limits, and nothing in the log tells the arguments",
                ),
                Doubt::NotComparable => (
                    (4, "APPROVER_NOT_COMPARABLE"),
                    "names its approver in another vocabulary than the one who requested the job, so that the two \
                     cannot be told apart",
                ),
            };
            findings.incomplete(code, [index, approval], || {
                format!("{}; the one at entry {approval} {what}.", asks())
            });
        }
        Answer::Missing(nearest) => {
            let entries = [index].into_iter().chain(nearest.map(|(approval, _)| approval));
            findings.fail((0, "APPROVAL_MISSING"), entries, || {
                let why = nearest.map_or_else(|| ", and nobody gave one.".to_owned(), why);
                format!("{}{why}", asks())
            });
        }
    }
}

/// The only approval is signed for a time at which its signer was not yet registered.
fn add_early(findings: &mut Findings, action: &Action<'_>, approval: LeafIndex) {
    let index = action.at.index;
    let (operation, gate) = (action.operation, action.gate);
    findings.incomplete((1, "SIGNER_NOT_YET_TRUSTED"), [index, approval], || {
        format!(
            "The use at entry {index} needs an approval of {operation:?} at the gate {gate:?}; the one at entry {approval} \
             is signed for a time at which its signer was not yet registered."
        )
    });
}

fn why((approval, unfit): (LeafIndex, Unfit)) -> String {
    format!("; the one at entry {approval} {}.", unfit.reason())
}

/// Whether an approval counts: one that is signed for a time at which its signer was not yet registered does not, unless
/// it denies.
fn counts(facts: &Facts<'_>, told: &Told<'_>) -> bool {
    told.approval.approval_type == ApprovalType::ExplicitDeny || !facts.early.contains(&told.index)
}

/// The job's approvals, in log order.
fn told<'f>(facts: &'f Facts<'f>) -> impl Iterator<Item = Told<'f>> {
    facts.approvals.iter().map(|seen| {
        let approver = facts
            .trust
            .holds_at(seen.signer, Role::Approver, seen.index, seen.logged_at);
        Told {
            index: seen.index,
            logged_at: facts.trust.clocks.logged_from(seen.index, seen.logged_at),
            signer: seen.signer,
            role: if approver { Role::Approver } else { Role::Gateway },
            approval: seen.said,
        }
    })
}
