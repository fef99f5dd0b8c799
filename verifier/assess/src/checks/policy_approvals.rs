//! `policy.approvals`: every gated use has the approval that its policy asks for.

use super::super::facts::Facts;
use super::super::verdict::{Check, CheckId};
use super::approval_rules::{Approvals, Recognized};
use super::approval_terms::{Action, Answer, ArgsKey, Doubt, Told, Unfit};
use super::approvals_told;
use super::approver::Circumstances;
use super::arguments::CallArguments;
use super::findings::Findings;
use super::gated::{DeniedCall, Gated, Policies};
use super::token_valid::place;
use crate::digest::ScopeHash;
use crate::index::LeafIndex;
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
        let made = self.gated.iter().filter_map(|one| one.used.act.args_hash());
        let denied = self.denied.iter().map(DeniedCall::args_hash);
        let calls = made.chain(denied).map(ArgsKey::from).collect();
        let recognized = Recognized {
            calls: &calls,
            job_id: facts.job_id,
            scopes: &scopes,
            in_clear: &facts.in_clear.scopes,
        };
        let job = Circumstances::of(facts);
        let told = approvals_told::of(facts).into_iter();
        let told = told.filter(|told| with_early || counts(facts, told));
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
                    let action = action(facts, one, needed, arguments);
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
    facts: &'s Facts<'_>,
    one: &'s Gated<'_>,
    needed: &'s GateUse,
    arguments: &'s CallArguments<'_>,
) -> Action<'s> {
    Action {
        at: place(one.used),
        agent: one.agent,
        policy_hash: one.policy_hash,
        run: one.used.run,
        token_scope: token_scope(facts, one),
        gate: &needed.gate,
        operation: &needed.operation,
        args: one.used.act.args_hash().map(ArgsKey::from),
        known: arguments.of_use(one.used),
    }
}

/// The scope hash of the token of a use: as it was issued, else as the use states it.
fn token_scope(facts: &Facts<'_>, one: &Gated<'_>) -> Option<ScopeHash> {
    let issuance = one.used.token.hash().and_then(|token| facts.issuance(token));
    let stated = || ScopeHash::parse(one.used.act.binding()?.token_scope_hash.as_deref()?);
    issuance.map(|issuance| issuance.said.scope_hash).or_else(stated)
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
            let (code, who, what) = match doubt {
                Doubt::Opaque => (
                    (2, "APPROVAL_SCOPE_OPAQUE"),
                    "one",
                    "does not say in a known form what it approves",
                ),
                Doubt::Refused => (
                    (2, "APPROVAL_SCOPE_OPAQUE"),
                    "refusal",
                    "does not say in a known form what it refuses, and no approval of this follows it",
                ),
                Doubt::ArgumentsUnknown => (
                    (3, "APPROVED_ARGUMENTS_UNKNOWN"),
                    "one",
                    "is for arguments within limits, and nothing in the log tells the arguments",
                ),
                Doubt::NotComparable => (
                    (4, "APPROVER_NOT_COMPARABLE"),
                    "one",
                    "names its approver in another form than the requester of the job or the agent is named, so that \
                     the two cannot be told apart",
                ),
            };
            findings.incomplete(code, [index, approval], || {
                format!("{}; the {who} at entry {approval} {what}.", asks())
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
