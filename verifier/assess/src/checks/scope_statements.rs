//! What was said about one scope, in log order: approvals and refusals.
//!
//! An action rests on an approval that stands in the log before it, was logged and signed by the action's own stated
//! time, has not ended by then, and was not taken back. Which of them an action is shown begins with the newest and
//! ends at a refusal or after [`LOOKED_AT_MAX`], so that no flood of approvals makes one action dear.

use super::super::token_table::{Moment, Seconds, UseTimes};
use super::approval_terms::{ArgsKey, EntitledApproval, GatedAction};
use evidence::payload::Binding;
use evidence::wpc::Limit;
use tlog::index::LeafIndex;

/// Most words on one scope, the newest, that one action is held against.
const LOOKED_AT_MAX: usize = 4096;
/// Most approvals within limits, the newest in force, whose limits the arguments of one action are held against.
const LIMITED_MAX: usize = 64;

/// One word on a scope.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScopeStatement<'a> {
    pub(super) index: LeafIndex,
    /// The first entry that says the same.
    pub(super) first: LeafIndex,
    /// From when on it is there: logged, and by its signer's word said.
    from: Moment,
    /// The end of an approval's life; none for a refusal.
    pub(super) end: Option<Moment>,
    /// What the arguments have to keep to.
    pub(super) limits: &'a [Limit],
    /// Whether it names no arguments at all.
    pub(super) any_arguments: bool,
    /// Whether approver and requester can be told apart.
    pub(super) comparable: bool,
    /// What an approval is bound to.
    binding: Option<&'a Binding>,
    /// The run of the event that it is bound to.
    event_run: Option<&'a str>,
}

impl<'a> ScopeStatement<'a> {
    /// An approval until an end.
    pub(super) fn approval(told: &EntitledApproval<'a>, end: Moment, comparable: bool) -> Self {
        let signed = Moment::from(told.approval.timestamp.at());
        let refusal = Self::refusal(told);
        Self {
            from: refusal.from.max(signed),
            end: Some(end),
            comparable,
            binding: Some(&told.approval.binding),
            event_run: told.event_run,
            ..refusal
        }
    }

    /// A refusal, which holds from its place in the log on, whatever time it states.
    pub(super) fn refusal(told: &EntitledApproval<'a>) -> Self {
        Self {
            index: told.index,
            first: told.first,
            from: Moment::from(told.logged_at),
            end: None,
            limits: &[],
            any_arguments: true,
            comparable: true,
            binding: None,
            event_run: None,
        }
    }

    /// Whether its binding names no other run or token than an action's.
    pub(super) fn is_bound_to(&self, action: &GatedAction<'_>) -> bool {
        let Some(binding) = self.binding else {
            return true;
        };
        let runs = [binding.run_id.as_deref(), self.event_run];
        let token = action.token_scope.map(|scope| ArgsKey::Hash(*scope.as_bytes()));
        let scope = binding.token_scope_hash.as_deref().map(ArgsKey::from);
        runs.into_iter().flatten().all(|run| action.run == Some(run))
            && scope.is_none_or(|scope| token == Some(scope))
    }

    /// The same about one call, or about arguments within limits.
    pub(super) fn about(self, args: Option<ArgsKey<'_>>, limits: &'a [Limit]) -> Self {
        Self {
            limits,
            any_arguments: args.is_none() && limits.is_empty(),
            ..self
        }
    }
}

/// Words on one scope, in log order.
#[derive(Debug, Default)]
pub(super) struct Series<'a>(Vec<ScopeStatement<'a>>);

impl<'a> Series<'a> {
    pub(super) fn push(&mut self, word: ScopeStatement<'a>) {
        self.0.push(word);
    }

    pub(super) fn last(&self) -> Option<&ScopeStatement<'a>> {
        self.0.last()
    }

    fn before(&self, index: LeafIndex) -> &[ScopeStatement<'a>] {
        let count = self.0.partition_point(|word| word.index < index);
        self.0.get(..count).unwrap_or_default()
    }
}

/// The approvals of some series that are in force for an action, with their ends, the newest first.
pub(super) fn in_force<'s, 'a>(
    series: [Option<&'s Series<'a>>; 2],
    at: UseTimes,
    skew: Seconds,
) -> impl Iterator<Item = (Moment, &'s ScopeStatement<'a>)> {
    let done = Moment::from(at.signed_at);
    let mut limited = 0_usize;
    newest_first(series.map(|series| series.map_or(&[][..], |series| series.before(at.index))))
        .take(LOOKED_AT_MAX)
        .filter(move |word| word.from <= done.after(skew))
        .map_while(|word| Some((word.end?, word)))
        .filter(move |(end, _)| done <= end.after(skew))
        .filter(move |(_, word)| {
            limited = limited.saturating_add(usize::from(!word.limits.is_empty()));
            word.limits.is_empty() || limited <= LIMITED_MAX
        })
}

/// Two lists in log order as one, backwards.
fn newest_first<'s, 'a>(
    [mut one, mut other]: [&'s [ScopeStatement<'a>]; 2],
) -> impl Iterator<Item = &'s ScopeStatement<'a>> {
    std::iter::from_fn(move || {
        let from = if one.last().map(|word| word.index) >= other.last().map(|word| word.index) {
            &mut one
        } else {
            &mut other
        };
        let (newest, rest) = from.split_last()?;
        *from = rest;
        Some(newest)
    })
}
