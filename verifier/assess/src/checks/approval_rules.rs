//! Which approval lets which action through a gate.
//!
//! What an approval says of itself is checked once, when it is added; what depends on the action, its place, time and
//! arguments, is asked of the words on its scope (`approval_words`).

use std::collections::{BTreeMap, BTreeSet};

use super::super::approval_scope::{ApprovedScope, ScopeObject, ScopeObjects, Scopes, says_another_scope};
use super::super::token_table::{Moment, Seconds};
use super::approval_terms::{
    ApprovalAnswer, ApprovalDefect, ApprovalDoubt, ArgsKey, EntitledApproval, GatedAction,
};
use super::approver::{Approver, Circumstances};
use super::scope_statements::{ScopeStatement, Series, in_force};
use evidence::payload::{Approval, ApprovalType};
use evidence::wpc::LimitCheck;
use tlog::index::LeafIndex;

/// What an approval's words are about: policy, gate, operation, agent.
type ScopeForm<'a> = (&'a str, &'a str, &'a str, &'a str);

/// The approvals of a job, ready to be asked.
#[derive(Debug, Default)]
pub(super) struct Approvals<'a> {
    skew: Seconds,
    /// By scope and by hash of the arguments; without one, whatever the arguments.
    recognized: BTreeMap<(ScopeForm<'a>, Option<ArgsKey<'a>>), Series<'a>>,
    /// By scope: the last that is for one call only.
    exact: BTreeMap<ScopeForm<'a>, LeafIndex>,
    /// By agent.
    opaque: BTreeMap<&'a str, Series<'a>>,
    /// By agent and policy, in log order: refusals that may be of any action.
    refusals: BTreeMap<(&'a str, &'a str), Vec<LeafIndex>>,
    /// By agent: the last that satisfies nothing.
    unfit: BTreeMap<&'a str, (LeafIndex, ApprovalDefect)>,
}

/// What a scope hash may stand for: the forms that are tried under each policy, and the scopes that the log shows in
/// clear.
#[derive(Clone, Copy, Debug)]
pub(super) struct RecognizedScopes<'s, 'a> {
    pub(super) job_id: &'a str,
    /// By the policy hash that an action cites.
    pub(super) scopes: &'s BTreeMap<&'a str, Scopes<'a>>,
    pub(super) in_clear: &'a ScopeObjects,
    /// Arguments of the calls at the gates, made or decided on.
    pub(super) calls: &'s BTreeSet<ArgsKey<'a>>,
}

impl<'a> Approvals<'a> {
    /// From the approvals in log order.
    pub(super) fn new(
        told: impl IntoIterator<Item = EntitledApproval<'a>>,
        job: &Circumstances<'a>,
        recognized: RecognizedScopes<'_, 'a>,
    ) -> Self {
        let mut approvals = Self {
            skew: job.skew,
            ..Self::default()
        };
        for told in told {
            let unfit = match told.approval.approval_type {
                ApprovalType::ExplicitApprove => approvals.add(&told, job, recognized).err(),
                ApprovalType::AutoApprove | ApprovalType::TimeoutDeny => Some(ApprovalDefect::NotExplicit),
                ApprovalType::ExplicitDeny => {
                    if job.could_hold(&told) {
                        approvals.refuse(&told, recognized);
                    }
                    None
                }
            };
            if let Some(unfit) = unfit {
                let agent = told.approval.agent_did.as_str();
                approvals.unfit.insert(agent, (told.index, unfit));
            }
        }
        approvals
    }

    fn add(
        &mut self,
        told: &EntitledApproval<'a>,
        job: &Circumstances<'a>,
        recognized: RecognizedScopes<'_, 'a>,
    ) -> Result<(), ApprovalDefect> {
        let comparable = match job.approver(told) {
            Approver::Other => true,
            Approver::NotComparable => false,
            Approver::Unfit(unfit) => return Err(unfit),
        };
        let end = job.end_of(told);
        sound(told, end.after(self.skew))?;
        let word = ScopeStatement::approval(told, end, comparable);
        let approval = told.approval;
        let policies = [
            approval.policy_hash.as_deref(),
            approval.binding.policy_hash.as_deref(),
        ];
        let stated = |hash: &str| policies.into_iter().flatten().all(|stated| is_same(stated, hash));
        if !recognized.scopes.keys().any(|hash| stated(hash)) {
            return Err(ApprovalDefect::PolicyMismatch);
        }
        let object = recognized.in_clear.get(&approval.scope_hash);
        if self.recognize(told, recognized, word, &stated) {
            return Ok(());
        }
        // Who states the policy speaks in the terms of this log; what is not found under it is about something else.
        if policies.iter().any(Option::is_some) || object.is_some() {
            return Err(ApprovalDefect::SomethingElse);
        }
        self.opaque.entry(&approval.agent_did).or_default().push(word);
        Ok(())
    }

    /// A refusal holds for any `approver_subject` and any binding. One that may be of any call
    /// leaves a doubt about every one.
    fn refuse(&mut self, told: &EntitledApproval<'a>, recognized: RecognizedScopes<'_, 'a>) {
        let refusal = told.approval;
        let stated = |hash: &str| {
            refusal
                .policy_hash
                .as_deref()
                .is_none_or(|stated| is_same(stated, hash))
        };
        let known = self.recognize(told, recognized, ScopeStatement::refusal(told), &stated);
        let object = recognized.in_clear.get(&refusal.scope_hash);
        // A call that nobody made or decided on may be one that was made, under another hash of its arguments.
        let elsewhere = |object: &ScopeObject| {
            let args = object.args_hash.as_deref().map(ArgsKey::from);
            let ours = |hash: &&str| stated(hash) && object.is_for(recognized.job_id, hash);
            !recognized.scopes.keys().any(ours) || args.is_none_or(|args| recognized.calls.contains(&args))
        };
        if object.map_or(known, elsewhere) {
            return;
        }
        for hash in recognized.scopes.keys().filter(|hash| stated(hash)) {
            let key = (refusal.agent_did.as_str(), *hash);
            self.refusals.entry(key).or_default().push(told.index);
        }
    }

    /// Keeps a word for each scope that it is on; whether there is any.
    fn recognize(
        &mut self,
        told: &EntitledApproval<'a>,
        recognized: RecognizedScopes<'_, 'a>,
        word: ScopeStatement<'a>,
        stated: &impl Fn(&str) -> bool,
    ) -> bool {
        let approval = told.approval;
        let object = recognized.in_clear.get(&approval.scope_hash);
        let mut known = false;
        for (policy_hash, scopes) in recognized.scopes.iter().filter(|(hash, _)| stated(hash)) {
            let tried = scopes.find(&approval.scope_hash).map(ApprovedScope::parts);
            let in_clear = object
                .filter(|object| object.is_for(recognized.job_id, policy_hash))
                .map(ScopeObject::parts);
            let Some((gate, operations, args_hash, limits)) = tried.or(in_clear) else {
                continue;
            };
            known = true;
            let args = args_hash.map(ArgsKey::from);
            for operation in operations {
                let scope = (*policy_hash, gate, operation, approval.agent_did.as_str());
                if args.is_some() && word.end.is_some() {
                    self.exact.insert(scope, word.index);
                }
                let series = self.recognized.entry((scope, args)).or_default();
                series.push(word.about(args, limits));
            }
        }
        known
    }

    /// What they say to an action.
    pub(super) fn answer(&self, action: &GatedAction<'a>) -> ApprovalAnswer {
        let mut doubt = None;
        for (_, word) in self.of_action(action) {
            match doubt_about(word, action) {
                Ok(None) => {
                    if let Some(refusal) = self.refused_after(word, action) {
                        doubt = doubt.or(Some(ApprovalAnswer::Doubtful(ApprovalDoubt::Refused, refusal)));
                        continue;
                    }
                    return ApprovalAnswer::Approved {
                        approval: word.index,
                        any_arguments: word.any_arguments,
                    };
                }
                Ok(Some(about)) => doubt = doubt.or(Some(ApprovalAnswer::Doubtful(about, word.index))),
                Err(BindingMismatch) => {}
            }
        }
        if let Some(doubt) = doubt {
            return doubt;
        }
        let opaque = self.opaque.get(action.agent);
        let mut opaque = in_force([opaque, None], action.at, self.skew);
        if let Some((_, word)) = opaque.find(|(_, word)| word.is_bound_to(action)) {
            return ApprovalAnswer::Doubtful(ApprovalDoubt::Opaque, word.index);
        }
        ApprovalAnswer::Missing(self.nearest(action))
    }

    /// A refusal between an approval and an action that may be of the action.
    fn refused_after(&self, word: &ScopeStatement<'a>, action: &GatedAction<'a>) -> Option<LeafIndex> {
        let refusals = self.refusals.get(&(action.agent, action.policy_hash))?;
        let before = refusals.partition_point(|index| *index < action.at.index);
        let last = refusals.get(before.checked_sub(1)?)?;
        (*last > word.index).then_some(*last)
    }

    /// Every approval that an action may rely on, by its first entry, the one that ends first before the others.
    pub(super) fn all(&self, action: &GatedAction<'a>) -> Vec<LeafIndex> {
        let sound = self.of_action(action).filter(|(_, word)| {
            doubt_about(word, action) == Ok(None) && self.refused_after(word, action).is_none()
        });
        let mut covering: Vec<(Moment, LeafIndex)> = sound.map(|(end, word)| (end, word.first)).collect();
        covering.sort_unstable();
        covering.into_iter().map(|(_, index)| index).collect()
    }

    fn of_action(&self, action: &GatedAction<'a>) -> impl Iterator<Item = (Moment, &ScopeStatement<'a>)> {
        let exact = action.args.and_then(|args| self.series(action, Some(args)));
        in_force([self.series(action, None), exact], action.at, self.skew)
    }

    fn series(&self, action: &GatedAction<'a>, args: Option<ArgsKey<'a>>) -> Option<&Series<'a>> {
        self.recognized.get(&(scope_of(action), args))
    }

    /// The approval that comes nearest to one of an action that has none.
    fn nearest(&self, action: &GatedAction<'a>) -> Option<(LeafIndex, ApprovalDefect)> {
        let exact = action.args.and_then(|args| self.series(action, Some(args)));
        let last = [exact, self.series(action, None)]
            .into_iter()
            .flatten()
            .find_map(Series::last);
        let last = last.map(|word| {
            let unfit = if !word.is_bound_to(action) {
                ApprovalDefect::BoundToAnother
            } else if word.limits.is_empty() {
                ApprovalDefect::NotThen
            } else {
                ApprovalDefect::OtherArguments
            };
            (word.index, unfit)
        });
        let other = self.exact.get(&scope_of(action)).copied();
        last.or_else(|| other.map(|index| (index, ApprovalDefect::OtherArguments)))
            .or_else(|| self.unfit.get(action.agent).copied())
    }
}

const fn scope_of<'a>(action: &GatedAction<'a>) -> ScopeForm<'a> {
    (action.policy_hash, action.gate, action.operation, action.agent)
}

/// An approval is for other arguments, or bound to another run or token.
#[derive(PartialEq, Eq)]
struct BindingMismatch;

/// What is doubtful about an approval in force, taken for one of the action.
fn doubt_about(
    word: &ScopeStatement<'_>,
    action: &GatedAction<'_>,
) -> Result<Option<ApprovalDoubt>, BindingMismatch> {
    if !word.is_bound_to(action) {
        return Err(BindingMismatch);
    }
    match action.known.keep(word.limits) {
        LimitCheck::No(_) => Err(BindingMismatch),
        LimitCheck::Unknown(_) => Ok(Some(ApprovalDoubt::ArgumentsUnknown)),
        LimitCheck::Yes if !word.comparable => Ok(Some(ApprovalDoubt::NotComparable)),
        LimitCheck::Yes => Ok(None),
    }
}

/// What is wrong with an approval that ends at `end`, whatever it approves.
fn sound(told: &EntitledApproval<'_>, end: Moment) -> Result<(), ApprovalDefect> {
    let approval: &Approval = told.approval;
    if approval.method.is_some_and(|method| !method.is_of_a_person()) {
        Err(ApprovalDefect::NoPerson)
    } else if told.contradicted {
        Err(ApprovalDefect::Contradicted)
    } else if says_another_scope(approval) {
        Err(ApprovalDefect::SummaryDiffers)
    } else if Moment::from(told.logged_at) > end {
        Err(ApprovalDefect::OverWhenLogged)
    } else {
        Ok(())
    }
}

fn is_same(one: &str, other: &str) -> bool {
    ArgsKey::from(one) == ArgsKey::from(other)
}
