//! `decisions`: nothing that was denied was done, unless it was allowed later.
//!
//! A call is known by run, tool, operation and hash of its arguments; another call after a denial is fine. The
//! last decision before a call in the log decides. Which came first, call or denial, is for the log's order to
//! say, not for the time that the agent states: only where a denial is logged after the call, and by both
//! words the call came after it, is the order in doubt.

use std::collections::BTreeMap;

use super::super::facts::{Act, Facts};
use super::super::token_table::{Moment, Seconds};
use super::super::verdict::{Check, CheckId};
use super::findings::Findings;
use crate::index::LeafIndex;
use crate::wpc::{Action, ActionKind};

const ID: CheckId = CheckId::Decisions;

/// Run, tool, operation, hash of the arguments.
type Call<'f> = (&'f str, &'f str, Option<&'f str>, &'f str);

/// Decisions on one call, in log order.
#[derive(Debug, Default)]
struct Decided {
    /// Index, and whether it was allowed.
    all: Vec<(LeafIndex, bool)>,
    /// At each position: of this and all later denials the one that was decided first.
    denied_first: Vec<Option<(Moment, LeafIndex)>>,
}

pub(super) fn check(facts: &Facts<'_>) -> Check {
    let calls = decided(facts);
    if calls
        .values()
        .all(|decided| decided.all.iter().all(|(_, allow)| *allow))
    {
        return Check::not_applicable(ID, "Nothing was denied.");
    }
    let skew = Seconds(facts.settings.clock_skew_s);
    let mut findings = Findings::default();
    for used in &facts.uses {
        let (Act::Tool(receipt), Some(run)) = (used.act, used.run) else {
            continue;
        };
        let Some(args_hash) = receipt.args_hash.as_deref() else {
            continue;
        };
        let key = call(run, &Action::tool(&receipt.what), args_hash);
        let Some(decided) = key.and_then(|key| calls.get(&key)) else {
            continue;
        };
        let count = decided.all.partition_point(|(index, _)| *index < used.index);
        let last = count.checked_sub(1).and_then(|last| decided.all.get(last));
        if let Some((denial, false)) = last {
            findings.fail((0, "DENIED_ACTION_EXECUTED"), [used.index, *denial], || {
                format!(
                    "The call at entry {} is the very one that entry {denial} denies, and nobody allowed it since.",
                    used.index
                )
            });
        }
        let later = decided.denied_first.get(count).copied().flatten();
        if let Some((_, denial)) = later.filter(|(at, _)| Moment::from(used.signed_at) > at.after(skew)) {
            findings.incomplete((1, "DENIAL_LOGGED_LATE"), [used.index, denial], || {
                format!(
                    "The call at entry {} was made after it was denied, and logged before the denial at entry {denial} was.",
                    used.index
                )
            });
        }
    }
    findings.end(ID, || Check::pass(ID, "No denied call was made.", Vec::new()))
}

fn decided<'f>(facts: &'f Facts<'f>) -> BTreeMap<Call<'f>, Decided> {
    let mut calls: BTreeMap<Call<'f>, Vec<(LeafIndex, bool, Moment)>> = BTreeMap::new();
    for seen in &facts.decisions {
        let said = seen.said;
        let action = Action::tool_operation(&said.tool, said.operation.as_deref());
        if let Some(key) = call(&said.run_id, &action, &said.args_hash) {
            let decision = (seen.index, said.allow, said.decided_at.at().into());
            calls.entry(key).or_default().push(decision);
        }
    }
    calls
        .into_iter()
        .map(|(key, list)| (key, Decided::of(list)))
        .collect()
}

impl Decided {
    fn of(mut list: Vec<(LeafIndex, bool, Moment)>) -> Self {
        list.sort_by_key(|(index, _, _)| *index);
        let mut first: Option<(Moment, LeafIndex)> = None;
        let mut denied_first = Vec::with_capacity(list.len());
        for (index, allow, at) in list.iter().rev() {
            let denial = (!allow).then_some((*at, *index));
            first = [first, denial].into_iter().flatten().min();
            denied_first.push(first);
        }
        denied_first.reverse();
        let all = list.into_iter().map(|(index, allow, _)| (index, allow)).collect();
        Self { all, denied_first }
    }
}

/// The identity of a call. Receipts and decisions spell `tool:operation` in two ways.
fn call<'f>(run: &'f str, action: &Action<'f>, args_hash: &'f str) -> Option<Call<'f>> {
    match action.kind {
        ActionKind::Tool { tool, operation } => Some((run, tool, operation, args_hash)),
        ActionKind::Model | ActionKind::SideEffect { .. } => None,
    }
}
