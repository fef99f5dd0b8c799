//! `policy.approvals`: every gated use has the approval that its policy asks for.

use super::super::check::{Check, CheckId};
use super::super::facts::{JobFacts, TokenUseFact};
use super::approval_rules::{Approvals, RecognizedScopes};
use super::approval_terms::{
    ApprovalAnswer, ApprovalDefect, ApprovalDoubt, ArgsKey, EntitledApproval, GatedAction,
};
use super::approver::Circumstances;
use super::arguments::CallArguments;
use super::entitled_approvals;
use super::findings::{FindingCollector, UseSentence};
use super::gated_uses::{DeniedCall, GatedUse, Policies};
use super::token_valid::place;
use evidence::digest::ScopeHash;
use evidence::payload::ApprovalType;
use evidence::text::plain::{all_of, counted, sentence};
use evidence::wpc::GateUse;
use tlog::index::LeafIndex;

const ID: CheckId = CheckId::PolicyApprovals;

/// What the approvals of a job are held against, read once.
pub(super) struct ApprovalCase<'f> {
    pub(super) policies: Policies<'f>,
    pub(super) gated: Vec<GatedUse<'f>>,
    denied: Vec<DeniedCall<'f>>,
}

impl<'f> ApprovalCase<'f> {
    pub(super) fn of(facts: &'f JobFacts<'f>) -> Self {
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
    pub(super) fn with_approvals<T>(
        &self,
        facts: &'f JobFacts<'f>,
        ask: impl FnOnce(&Approvals<'_>, &CallArguments<'_>) -> T,
    ) -> T {
        self.with_approval_set(facts, false, ask)
    }

    /// The same with the approvals that came before their signer was registered, where there are any.
    fn with_early_approvals<T>(
        &self,
        facts: &'f JobFacts<'f>,
        ask: impl FnOnce(Option<&Approvals<'_>>) -> T,
    ) -> T {
        if facts.early.is_empty() {
            return ask(None);
        }
        self.with_approval_set(facts, true, |approvals, _| ask(Some(approvals)))
    }

    fn with_approval_set<T>(
        &self,
        facts: &'f JobFacts<'f>,
        with_early: bool,
        ask: impl FnOnce(&Approvals<'_>, &CallArguments<'_>) -> T,
    ) -> T {
        let scopes = self.policies.scopes(facts.job_id, &self.gated, &self.denied);
        let arguments = CallArguments::of(facts, &self.policies);
        let made = self.gated.iter().filter_map(|one| one.used.act.args_hash());
        let denied = self.denied.iter().map(DeniedCall::args_hash);
        let calls = made.chain(denied).map(ArgsKey::from).collect();
        let recognized = RecognizedScopes {
            calls: &calls,
            job_id: facts.job_id,
            scopes: &scopes,
            in_clear: &facts.in_clear.scopes,
        };
        let job = Circumstances::of(facts);
        let told = entitled_approvals::of(facts).into_iter();
        let told = told.filter(|told| with_early || counts(facts, told));
        let approvals = Approvals::new(told, &job, recognized);
        ask(&approvals, &arguments)
    }
}

pub(super) fn check(facts: &JobFacts<'_>) -> Check {
    let hearing = ApprovalCase::of(facts);
    let gated = &hearing.gated;
    if gated.is_empty() {
        return if hearing.policies.have_gates() {
            Check::pass(ID, "Nothing that needs an approval was done.", [])
        } else {
            Check::not_applicable(ID, "No policy of this job requires approvals.")
        };
    }
    let mut findings = FindingCollector::default();
    let mut loose: Vec<LeafIndex> = Vec::new();
    hearing.with_approvals(facts, |approvals, arguments| {
        hearing.with_early_approvals(facts, |with_early| {
            for one in gated {
                for needed in &one.gates {
                    let action = action(facts, one, needed, arguments);
                    let answer = approvals.answer(&action);
                    if let ApprovalAnswer::Approved {
                        any_arguments: true, ..
                    } = answer
                    {
                        loose.push(one.used.index);
                    }
                    let early = || with_early.map(|early| early.answer(&action));
                    match answer {
                        ApprovalAnswer::Missing(_) => match early() {
                            Some(ApprovalAnswer::Approved { approval, .. }) => {
                                add_early(&mut findings, one.used, &action, approval);
                            }
                            _ => add(&mut findings, one.used, &action, answer),
                        },
                        answer => add(&mut findings, one.used, &action, answer),
                    }
                }
            }
        });
    });
    loose.dedup();
    findings.end(ID, || {
        let approved = all_of(
            gated.len(),
            "action that needs an approval was",
            "actions that need an approval were",
        );
        let message = sentence(&format!("{approved} approved beforehand."));
        if loose.is_empty() {
            return Check::pass(ID, message, []);
        }
        let note = format!(
            "Approved for any arguments: {} of {}.",
            loose.len(),
            counted(
                gated.len(),
                "action that needs an approval",
                "actions that need an approval"
            )
        );
        Check::pass(ID, format!("{message} {note}"), loose).with_note(note)
    })
}

/// A use at one of its gates.
pub(super) fn action<'s>(
    facts: &'s JobFacts<'_>,
    one: &'s GatedUse<'_>,
    needed: &'s GateUse,
    arguments: &'s CallArguments<'_>,
) -> GatedAction<'s> {
    GatedAction {
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
fn token_scope(facts: &JobFacts<'_>, one: &GatedUse<'_>) -> Option<ScopeHash> {
    let issuance = one.used.token.hash().and_then(|token| facts.issuance(token));
    let stated = || ScopeHash::parse(one.used.act.binding()?.token_scope_hash.as_deref()?);
    issuance.map(|issuance| issuance.said.scope_hash).or_else(stated)
}

fn add(
    findings: &mut FindingCollector,
    used: &TokenUseFact<'_>,
    action: &GatedAction<'_>,
    answer: ApprovalAnswer,
) {
    let said = |what: &str, then: String| UseSentence {
        then,
        ..UseSentence::new(what, asked(action))
    };
    match answer {
        ApprovalAnswer::Approved { .. } => {}
        ApprovalAnswer::Doubtful(doubt, approval) => {
            let (code, who, what) = match doubt {
                ApprovalDoubt::Opaque => (
                    (2, "APPROVAL_SCOPE_OPAQUE"),
                    "approval",
                    "does not say in a known form what it approves",
                ),
                ApprovalDoubt::Refused => (
                    (2, "APPROVAL_SCOPE_OPAQUE"),
                    "refusal",
                    "does not say in a known form what it refuses, and no approval follows it",
                ),
                ApprovalDoubt::ArgumentsUnknown => (
                    (3, "APPROVED_ARGUMENTS_UNKNOWN"),
                    "approval",
                    "is for arguments within limits, and the log does not show the arguments",
                ),
                ApprovalDoubt::NotComparable => (
                    (4, "APPROVER_NOT_COMPARABLE"),
                    "approval",
                    "names its approver in a different form than the requester or the agent, so that nobody can tell \
                     whether they are the same person",
                ),
            };
            findings.incomplete_use(code, used, [approval], || {
                let then = format!("The {who} at entry {approval} {what}.");
                said("It is not known whether what was done was approved", then)
            });
        }
        ApprovalAnswer::Missing(nearest) => {
            let others = nearest.map(|(approval, _)| approval);
            findings.fail_use((0, "APPROVAL_MISSING"), used, others, || {
                said(
                    "Carried out without the approval that the policy requires",
                    nearest.map_or_else(|| "Nobody approved it.".to_owned(), why),
                )
            });
        }
    }
}

/// The only approval is signed for a time at which its signer was not yet registered.
fn add_early(
    findings: &mut FindingCollector,
    used: &TokenUseFact<'_>,
    action: &GatedAction<'_>,
    approval: LeafIndex,
) {
    findings.incomplete_use((1, "SIGNER_NOT_YET_TRUSTED"), used, [approval], || UseSentence {
        then: format!("The approval at entry {approval} was signed before its signer was registered."),
        ..UseSentence::new(
            "It is not known whether what was done was approved",
            asked(action),
        )
    });
}

/// `"transfer" at the gate "payments"`.
fn asked(action: &GatedAction<'_>) -> String {
    format!("{:?} at the gate {:?}", action.operation, action.gate)
}

fn why((approval, unfit): (LeafIndex, ApprovalDefect)) -> String {
    format!(
        "The approval at entry {approval} does not count: it {}.",
        unfit.reason()
    )
}

/// Whether an approval counts: one that is signed for a time at which its signer was not yet registered does not, unless
/// it denies.
fn counts(facts: &JobFacts<'_>, told: &EntitledApproval<'_>) -> bool {
    told.approval.approval_type == ApprovalType::ExplicitDeny || !facts.early.contains(&told.index)
}
