//! Which approval lets which action through a gate.
//!
//! What an approval says of itself is checked once, when it is added; what depends on the action, its place, time and
//! arguments, is asked of the words on its scope (`approval_words`).

use std::collections::BTreeMap;

use super::super::approval_scope::{ApprovedScope, ScopeObject, ScopeObjects, Scopes};
use super::super::token_table::{Moment, Seconds, Use};
use super::approval_words::{Series, Word, in_force};
use super::approver::{Approver, Circumstances};
use crate::index::{LeafIndex, TimestampMs};
use crate::kind::Role;
use crate::payload::{Approval, ApprovalType};
use crate::wpc::{Arguments, Kept};

/// An approval of the job whose signer was entitled to sign approvals.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    pub(super) index: LeafIndex,
    pub(super) logged_at: TimestampMs,
    pub(super) signer: &'a str,
    /// What entitled the signer: approver or gateway.
    pub(super) role: Role,
    pub(super) approval: &'a Approval,
}

/// An action at a gate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Action<'a> {
    pub(super) at: Use,
    pub(super) agent: &'a str,
    pub(super) policy_hash: &'a str,
    pub(super) gate: &'a str,
    pub(super) operation: &'a str,
    /// Hash of its arguments, where it states one.
    pub(super) args_hash: Option<&'a str>,
    /// What is known of its arguments.
    pub(super) known: Arguments<'a>,
}

/// Why an approval satisfies nothing, whatever the action.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Unfit {
    ByAgent,
    ByRequester,
    NotHeld,
    NotExplicit,
    PolicyMismatch,
    OverWhenLogged,
    /// It states the policy of the action and approves something else under it.
    SomethingElse,
    /// It approves the operation with other arguments.
    OtherArguments,
    /// Nothing is wrong with it but its place or time.
    NotThen,
}

impl Unfit {
    /// Ends the sentence "the approval …".
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::ByAgent => "is given by the agent itself",
            Self::ByRequester => "is given by the one who requested the job",
            Self::NotHeld => "is signed by a gateway that recorded no call of the job",
            Self::NotExplicit => "is not an explicit approval",
            Self::PolicyMismatch => "is for another policy",
            Self::OverWhenLogged => "was over when it was logged",
            Self::SomethingElse => "approves something else under this policy",
            Self::OtherArguments => "approves a call with other arguments",
            Self::NotThen => "was not yet logged or signed, no longer in force, or taken back",
        }
    }
}

/// What an approval's words are about: policy, gate, operation, agent.
type Scope<'a> = (&'a str, &'a str, &'a str, &'a str);

/// What keeps an approval from being taken for one of the action.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Doubt {
    /// Its scope hash is in no form that is known here.
    Opaque,
    /// It is for arguments within limits, and nothing tells the arguments.
    ArgumentsUnknown,
    /// Nobody can tell whether approver and requester are one person.
    NotComparable,
}

/// What the approvals of a job say to one action.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Answer {
    /// Approved, by the approval at this index; `any_arguments`: it names none.
    Approved {
        approval: LeafIndex,
        any_arguments: bool,
    },
    /// Perhaps, by this approval.
    Doubtful(Doubt, LeafIndex),
    /// Not approved; the nearest approval, and what is wrong with it.
    Missing(Option<(LeafIndex, Unfit)>),
}

/// The approvals of a job, ready to be asked.
#[derive(Debug, Default)]
pub(super) struct Approvals<'a> {
    skew: Seconds,
    /// By scope and by hash of the arguments; without one, whatever the arguments.
    recognized: BTreeMap<(Scope<'a>, Option<&'a str>), Series<'a>>,
    /// By scope: the last that is for one call only.
    exact: BTreeMap<Scope<'a>, LeafIndex>,
    /// By agent.
    opaque: BTreeMap<&'a str, Series<'a>>,
    /// By agent: the last that satisfies nothing.
    unfit: BTreeMap<&'a str, (LeafIndex, Unfit)>,
}

/// What a scope hash may stand for: the forms that are tried under each policy, and the scopes that the log shows in
/// clear.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recognized<'s, 'a> {
    pub(super) job_id: &'a str,
    /// By the policy hash that an action cites.
    pub(super) scopes: &'s BTreeMap<&'a str, Scopes<'a>>,
    pub(super) in_clear: &'a ScopeObjects,
}

impl<'a> Approvals<'a> {
    /// From the approvals in log order.
    pub(super) fn new(
        told: impl IntoIterator<Item = Told<'a>>,
        job: &Circumstances<'a>,
        recognized: Recognized<'_, 'a>,
    ) -> Self {
        let mut approvals = Self {
            skew: job.skew,
            ..Self::default()
        };
        for told in told {
            if let Err(unfit) = approvals.add(&told, job, recognized) {
                approvals
                    .unfit
                    .insert(&told.approval.agent_did, (told.index, unfit));
            }
        }
        approvals
    }

    fn add(
        &mut self,
        told: &Told<'a>,
        job: &Circumstances<'a>,
        recognized: Recognized<'_, 'a>,
    ) -> Result<(), Unfit> {
        let comparable = match job.approver(told) {
            Approver::Other => true,
            Approver::NotComparable => false,
            Approver::Unfit(unfit) => return Err(unfit),
        };
        let approval = told.approval;
        let end = match approval.approval_type {
            ApprovalType::ExplicitApprove => Some(job.end_of(told)),
            ApprovalType::ExplicitDeny => None,
            ApprovalType::AutoApprove | ApprovalType::TimeoutDeny => return Err(Unfit::NotExplicit),
        };
        if end.is_some_and(|end| Moment::from(told.logged_at) > end.after(self.skew)) {
            return Err(Unfit::OverWhenLogged);
        }
        let stated = approval.policy_hash.as_deref();
        let mut policies = recognized
            .scopes
            .iter()
            .filter(|(hash, _)| stated.is_none_or(|stated| stated == **hash))
            .peekable();
        if policies.peek().is_none() {
            return Err(Unfit::PolicyMismatch);
        }
        let object = recognized.in_clear.get(&approval.scope_hash);
        let mut known = false;
        for (policy_hash, scopes) in policies {
            let tried = scopes.find(&approval.scope_hash).map(ApprovedScope::parts);
            let in_clear = object
                .filter(|object| object.is_for(recognized.job_id, policy_hash))
                .map(ScopeObject::parts);
            if let Some((gate, operations, args_hash, limits)) = tried.or(in_clear) {
                known = true;
                let word = Word::new(told, end, comparable).about(args_hash, limits);
                for operation in operations {
                    let scope = (*policy_hash, gate, operation, approval.agent_did.as_str());
                    self.recognize(scope, args_hash, word);
                }
            }
        }
        if known || end.is_none() {
            return Ok(());
        }
        // Who states the policy speaks in the terms of this log; what is not found under it is about something else.
        if stated.is_some() || object.is_some() {
            return Err(Unfit::SomethingElse);
        }
        let series = self.opaque.entry(&approval.agent_did).or_default();
        series.push(Word::new(told, end, comparable));
        Ok(())
    }

    fn recognize(&mut self, scope: Scope<'a>, args_hash: Option<&'a str>, word: Word<'a>) {
        if args_hash.is_some() && word.end.is_some() {
            self.exact.insert(scope, word.index);
        }
        self.recognized.entry((scope, args_hash)).or_default().push(word);
    }

    /// What they say to an action.
    pub(super) fn answer(&self, action: &Action<'a>) -> Answer {
        let mut doubt = None;
        for (_, word) in self.of_action(action) {
            match doubt_about(word, action) {
                Ok(None) => {
                    return Answer::Approved {
                        approval: word.index,
                        any_arguments: word.any_arguments,
                    };
                }
                Ok(Some(about)) => doubt = doubt.or(Some(Answer::Doubtful(about, word.index))),
                Err(OutsideLimits) => {}
            }
        }
        if let Some(doubt) = doubt {
            return doubt;
        }
        let opaque = self.opaque.get(action.agent);
        if let Some((_, word)) = in_force([opaque, None], action.at, self.skew).next() {
            return Answer::Doubtful(Doubt::Opaque, word.index);
        }
        Answer::Missing(self.nearest(action))
    }

    /// Every approval that an action may rely on, the one that ends first before the others.
    pub(super) fn all(&self, action: &Action<'a>) -> Vec<LeafIndex> {
        let sound = self
            .of_action(action)
            .filter(|(_, word)| doubt_about(word, action) == Ok(None));
        let mut covering: Vec<(Moment, LeafIndex)> = sound.map(|(end, word)| (end, word.index)).collect();
        covering.sort_unstable();
        covering.into_iter().map(|(_, index)| index).collect()
    }

    fn of_action(&self, action: &Action<'a>) -> impl Iterator<Item = (Moment, &Word<'a>)> {
        let exact = action.args_hash.and_then(|args| self.series(action, Some(args)));
        in_force([self.series(action, None), exact], action.at, self.skew)
    }

    fn series(&self, action: &Action<'a>, args_hash: Option<&'a str>) -> Option<&Series<'a>> {
        self.recognized.get(&(scope_of(action), args_hash))
    }

    /// The approval that comes nearest to one of an action that has none.
    fn nearest(&self, action: &Action<'a>) -> Option<(LeafIndex, Unfit)> {
        let exact = action.args_hash.and_then(|args| self.series(action, Some(args)));
        let last = [exact, self.series(action, None)]
            .into_iter()
            .flatten()
            .find_map(Series::last);
        let out_of_time = last.filter(|word| word.limits.is_empty());
        let limited = last.filter(|word| !word.limits.is_empty());
        let other = self.exact.get(&scope_of(action)).copied();
        out_of_time
            .map(|word| (word.index, Unfit::NotThen))
            .or_else(|| limited.map(|word| (word.index, Unfit::OtherArguments)))
            .or_else(|| other.map(|index| (index, Unfit::OtherArguments)))
            .or_else(|| self.unfit.get(action.agent).copied())
    }
}

const fn scope_of<'a>(action: &Action<'a>) -> Scope<'a> {
    (action.policy_hash, action.gate, action.operation, action.agent)
}

/// The arguments of an action are beyond what an approval is for.
#[derive(PartialEq, Eq)]
struct OutsideLimits;

/// What is doubtful about an approval in force, taken for one of the action.
fn doubt_about(word: &Word<'_>, action: &Action<'_>) -> Result<Option<Doubt>, OutsideLimits> {
    match action.known.keep(word.limits) {
        Kept::No(_) => Err(OutsideLimits),
        Kept::Unknown(_) => Ok(Some(Doubt::ArgumentsUnknown)),
        Kept::Yes if !word.comparable => Ok(Some(Doubt::NotComparable)),
        Kept::Yes => Ok(None),
    }
}
