//! Which approval lets which action through a gate.
//!
//! What an approval says of itself is checked once. What depends on the action is its place and time: the
//! approval stands in the log before the action, and was there before the action's own stated time; the
//! action is done before the approval's life ends. For the first two a prefix of the approvals in log order
//! qualifies, for the third the longest-living one of the prefix is enough, so that each action is judged in
//! logarithmic time.

use std::collections::{BTreeMap, BTreeSet};

use super::super::approval_scope::Scopes;
use super::super::token_table::{Moment, Seconds, Use};
use crate::index::{LeafIndex, TimestampMs};
use crate::kind::Role;
use crate::payload::{Approval, ApprovalType};

/// Most approvals of one scope, the newest, that a single action is given to choose from.
const COVERING_MAX: usize = 4096;

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
    /// Nothing is wrong with it but its place or time.
    NotThen,
}

impl Unfit {
    /// Ends the sentence "the approval …".
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::ByAgent => "is given by the agent itself",
            Self::ByRequester => "is given by whoever requested the job",
            Self::NotHeld => "is signed by a gateway that recorded no call of the job",
            Self::NotExplicit => "is not an explicit approval",
            Self::PolicyMismatch => "is for another policy",
            Self::OverWhenLogged => "was over when it was logged",
            Self::NotThen => "was not yet logged, no longer in force, or taken back",
        }
    }
}

/// What is known of the job beside its approvals.
#[derive(Debug, Default)]
pub(super) struct Circumstances<'a> {
    /// Whoever asked for the job, as its events name them.
    pub(super) requested_by: BTreeSet<&'a str>,
    /// DIDs of the job's agents.
    pub(super) agents: BTreeSet<&'a str>,
    /// Gateways that recorded or decided calls of the job: those that could hold an action.
    pub(super) gateways: BTreeSet<&'a str>,
    /// Tolerance between clocks.
    pub(super) skew: Seconds,
}

impl Circumstances<'_> {
    /// Why the word of an approval's signer is nothing here, whatever it says.
    fn signer_unfit(&self, told: &Told<'_>) -> Option<Unfit> {
        let by = [told.signer, told.approval.approver_subject.as_str()];
        let is_agent = |name: &str| self.agents.contains(name) || name == told.approval.agent_did;
        let has_requested = |name: &str| self.requested_by.iter().any(|by| same_name(by, name));
        if by.into_iter().any(is_agent) {
            Some(Unfit::ByAgent)
        } else if by.into_iter().any(has_requested) {
            Some(Unfit::ByRequester)
        } else if told.role != Role::Approver && !self.gateways.contains(told.signer) {
            Some(Unfit::NotHeld)
        } else {
            None
        }
    }
}

/// Ids of people come from several systems: case and surrounding white space make no other person.
fn same_name(one: &str, other: &str) -> bool {
    one.trim().eq_ignore_ascii_case(other.trim())
}

/// When an approval's life ends: its time to live after it was signed, or logged if that was earlier, so that
/// a stated time in the future wins nothing.
fn end_of(told: &Told<'_>) -> Moment {
    let start = told.approval.timestamp.at().min(told.logged_at);
    match told.approval.ttl_s {
        Some(ttl) => Moment::from(start).after(Seconds(ttl)),
        None => Moment::END,
    }
}

/// One word on a scope.
#[derive(Clone, Copy, Debug)]
struct Word {
    index: LeafIndex,
    /// The latest time of logging so far.
    logged: Moment,
    /// The end of an approval's life; none for a refusal.
    end: Option<Moment>,
    /// Of this and all before it since a refusal, the approval that lives longest.
    longest: Option<(Moment, LeafIndex)>,
}

/// Words on one scope in log order.
#[derive(Debug, Default)]
struct Series(Vec<Word>);

impl Series {
    /// Adds an approval with its end, or a refusal.
    fn push(&mut self, told: &Told<'_>, end: Option<Moment>) {
        let logged = Moment::from(told.logged_at);
        let before = self.0.last().copied();
        self.0.push(Word {
            index: told.index,
            logged: before.map_or(logged, |before| before.logged.max(logged)),
            end,
            longest: end.and_then(|end| {
                before
                    .and_then(|before| before.longest)
                    .max(Some((end, told.index)))
            }),
        });
    }

    /// What stood in the log before an action, and before the time that the action states.
    fn before(&self, at: &Use, skew: Seconds) -> &[Word] {
        let done = Moment::from(at.signed_at).after(skew);
        let count = self
            .0
            .partition_point(|word| word.index < at.index && word.logged <= done);
        self.0.get(..count).unwrap_or_default()
    }

    /// The approval that an action may rely on.
    fn covering(&self, at: &Use, skew: Seconds) -> Option<LeafIndex> {
        let (end, index) = self.before(at, skew).last()?.longest?;
        (Moment::from(at.signed_at) <= end.after(skew)).then_some(index)
    }

    /// Every approval that an action may rely on, the one that ends first before the others.
    fn all_covering(&self, at: &Use, skew: Seconds) -> Vec<LeafIndex> {
        let since_refusal = self.before(at, skew).iter().rev();
        let mut covering: Vec<(Moment, LeafIndex)> = since_refusal
            .map_while(|word| Some((word.end?, word.index)))
            .take(COVERING_MAX)
            .filter(|(end, _)| Moment::from(at.signed_at) <= end.after(skew))
            .collect();
        covering.sort_unstable();
        covering.into_iter().map(|(_, index)| index).collect()
    }
}

/// What an approval's words are about: policy, gate, operation, agent.
type Scope<'a> = (&'a str, &'a str, &'a str, &'a str);

/// What the approvals of a job say to one action.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Answer {
    /// Approved, by the approval at this index.
    Approved(LeafIndex),
    /// Perhaps: this approval may or may not be about the action.
    Opaque(LeafIndex),
    /// Not approved; the nearest approval, and what is wrong with it.
    Missing(Option<(LeafIndex, Unfit)>),
}

/// The approvals of a job, ready to be asked.
#[derive(Debug, Default)]
pub(super) struct Approvals<'a> {
    skew: Seconds,
    recognized: BTreeMap<Scope<'a>, Series>,
    /// By agent.
    opaque: BTreeMap<&'a str, Series>,
    /// By agent: the last that satisfies nothing.
    unfit: BTreeMap<&'a str, (LeafIndex, Unfit)>,
}

impl<'a> Approvals<'a> {
    /// From the approvals in log order, and what is recognized under each policy hash that an action cites.
    pub(super) fn new(
        told: impl IntoIterator<Item = Told<'a>>,
        job: &Circumstances<'a>,
        scopes: &BTreeMap<&'a str, Scopes<'a>>,
    ) -> Self {
        let mut approvals = Self {
            skew: job.skew,
            ..Self::default()
        };
        for told in told {
            if let Err(unfit) = approvals.add(&told, job, scopes) {
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
        scopes: &BTreeMap<&'a str, Scopes<'a>>,
    ) -> Result<(), Unfit> {
        job.signer_unfit(told).map_or(Ok(()), Err)?;
        let approval = told.approval;
        let end = match approval.approval_type {
            ApprovalType::ExplicitApprove => Some(end_of(told)),
            ApprovalType::ExplicitDeny => None,
            ApprovalType::AutoApprove | ApprovalType::TimeoutDeny => return Err(Unfit::NotExplicit),
        };
        if end.is_some_and(|end| Moment::from(told.logged_at) > end.after(self.skew)) {
            return Err(Unfit::OverWhenLogged);
        }
        let agent = approval.agent_did.as_str();
        let stated = approval.policy_hash.as_deref();
        let mut policies = scopes
            .iter()
            .filter(|(hash, _)| stated.is_none_or(|stated| stated == **hash))
            .peekable();
        if policies.peek().is_none() {
            return Err(Unfit::PolicyMismatch);
        }
        let mut known = false;
        for (policy_hash, scopes) in policies {
            if let Some(scope) = scopes.find(&approval.scope_hash) {
                known = true;
                for operation in &scope.operations {
                    let scope = (*policy_hash, scope.gate, *operation, agent);
                    self.recognized.entry(scope).or_default().push(told, end);
                }
            }
        }
        if !known && end.is_some() {
            self.opaque.entry(agent).or_default().push(told, end);
        }
        Ok(())
    }

    /// What they say to an action.
    pub(super) fn answer(&self, action: &Action<'a>) -> Answer {
        let series = self.recognized.get(&Self::scope(action));
        if let Some(index) = series.and_then(|series| series.covering(&action.at, self.skew)) {
            return Answer::Approved(index);
        }
        let opaque = self.opaque.get(action.agent);
        if let Some(index) = opaque.and_then(|series| series.covering(&action.at, self.skew)) {
            return Answer::Opaque(index);
        }
        let out_of_time = series
            .and_then(|series| series.0.last())
            .map(|word| (word.index, Unfit::NotThen));
        Answer::Missing(out_of_time.or_else(|| self.unfit.get(action.agent).copied()))
    }

    /// Every recognized approval that an action may rely on, the one that ends first before the others.
    pub(super) fn all(&self, action: &Action<'a>) -> Vec<LeafIndex> {
        let series = self.recognized.get(&Self::scope(action));
        series.map_or_else(Vec::new, |series| series.all_covering(&action.at, self.skew))
    }

    const fn scope(action: &Action<'a>) -> Scope<'a> {
        (action.policy_hash, action.gate, action.operation, action.agent)
    }
}
