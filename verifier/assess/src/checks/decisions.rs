//! `decisions`: nothing that was denied was done, unless it was allowed later.
//!
//! A denial binds the job: whatever run id the agent gives to the call, and however it spells the tool. It compares as
//! a policy's deny entries do; an allowance is for the run and the spelling that it names. Another call after a
//! denial is fine. The last decision before a call in the log decides. Which came first, call or denial, is for the
//! log's order to say, not for the time that the agent states: only where a denial is logged after the call, and by
//! both words the call came after it, is the order in doubt.

use std::collections::BTreeMap;

use super::super::check::{Check, CheckId};
use super::super::facts::{AgentAct, JobFacts, TokenUseFact};
use super::super::token_table::{Moment, Seconds};
use super::denial_reason::denial_reason;
use super::findings::{FindingCollector, UseSentence};
use super::use_list::name_of;
use evidence::payload::Decision;
use evidence::wpc::{ActionKind, PolicyAction, fold_name, folded_operation};
use tlog::base64::decode_url_array;
use tlog::index::LeafIndex;

const ID: CheckId = CheckId::Decisions;
const EXECUTED: (u8, &str) = (0, "DENIED_ACTION_EXECUTED");
const UNCLEAR: (u8, &str) = (1, "DENIED_ACTION_UNCLEAR");
const LATE: (u8, &str) = (2, "DENIAL_LOGGED_LATE");

/// Which operations of a tool.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Operations {
    /// The denial names none, and so denies each.
    Whole,
    /// This one, folded.
    Named(String),
    /// Some that denials name: what a call is compared with that does not say which it is.
    SomeNamed,
}

/// Instead of a hash: the denial states one that cannot be compared.
const INCOMPARABLE: &str = "";

/// What a denial is looked up by: the folded tool, its operations, and the hash of the arguments or none for any.
type DeniedKey<'f> = (String, Operations, Option<&'f str>);

/// What an allowance is for: run, tool, operation (none: each), hash of the arguments.
type AllowedKey<'f> = (&'f str, String, Option<String>, &'f str);

/// Denials, in log order.
#[derive(Debug, Default)]
struct Denials {
    all: Vec<LeafIndex>,
    /// At each position: of this and all later denials the one that was decided first.
    decided_first: Vec<(Moment, LeafIndex)>,
}

#[derive(Debug, Default)]
struct DecisionsByKey<'f> {
    denied: BTreeMap<DeniedKey<'f>, Denials>,
    /// In log order.
    allowed: BTreeMap<AllowedKey<'f>, Vec<LeafIndex>>,
}

/// A call as a tool receipt tells it.
struct Call<'f> {
    used: &'f TokenUseFact<'f>,
    index: LeafIndex,
    at: Moment,
    run: Option<&'f str>,
    tool: String,
    operation: Option<String>,
    args_hash: Option<&'f str>,
}

pub(super) fn check(facts: &JobFacts<'_>) -> Check {
    let decided = DecisionsByKey::of(facts);
    if decided.denied.is_empty() {
        return Check::not_applicable(ID, "Nothing was denied.");
    }
    let skew = Seconds(facts.settings.clock_skew_s);
    let mut findings = FindingCollector::default();
    for call in facts.uses.iter().filter_map(Call::of) {
        add(facts, &mut findings, &decided, &call, skew);
    }
    findings.end(ID, || Check::pass(ID, "No denied action was carried out.", []))
}

fn add(
    facts: &JobFacts<'_>,
    findings: &mut FindingCollector,
    decided: &DecisionsByKey<'_>,
    call: &Call<'_>,
    skew: Seconds,
) {
    let by = |denial: LeafIndex| {
        let decision = facts.decisions.iter().find(|seen| seen.index == denial);
        let who = decision.map(|seen| name_of(facts, seen.signer));
        format!("denied by {} (entry {denial})", who.unwrap_or_default())
    };
    if let Some(denial) = decided.denies(call) {
        findings.fail_use(EXECUTED, call.used, [denial], || UseSentence {
            then: denial_reason(facts, denial),
            ..UseSentence::new(
                "A denied action was carried out anyway",
                format!("{} and not allowed since", by(denial)),
            )
        });
    }
    if let Some(denial) = decided.may_deny(call) {
        let then = match call.args_hash {
            Some(_) if call.operation.is_none() => "The log does not show which operation was called.",
            _ => "The hashes of the arguments cannot be compared.",
        };
        findings.incomplete_use(UNCLEAR, call.used, [denial], || UseSentence {
            then: then.to_owned(),
            ..UseSentence::new(
                "What was done may be an action that was denied",
                format!("perhaps the one {}", by(denial)),
            )
        });
    }
    if let Some(denial) = decided.denies_later(call, skew) {
        findings.incomplete_use(LATE, call.used, [denial], || {
            UseSentence::new(
                "A denied action was carried out, but its denial was logged only later",
                by(denial),
            )
        });
    }
}

impl<'f> Call<'f> {
    fn of(used: &'f TokenUseFact<'f>) -> Option<Self> {
        let AgentAct::Tool(receipt) = used.act else {
            return None;
        };
        let (tool, operation) = named(&receipt.what, None)?;
        Some(Self {
            used,
            index: used.index,
            at: used.signed_at.into(),
            run: used.run,
            tool,
            operation,
            args_hash: receipt.comparable_args(),
        })
    }

    /// The keys of denials of this very call.
    fn definite(&self) -> Vec<DeniedKey<'f>> {
        let Some(args_hash) = self.args_hash else {
            return Vec::new();
        };
        let tool = fold_name(&self.tool);
        let named = folded_operation(self.operation.as_deref()).map(Operations::Named);
        let operations = [Some(Operations::Whole), named];
        operations
            .into_iter()
            .flatten()
            .map(|operations| (tool.clone(), operations, Some(args_hash)))
            .collect()
    }

    /// The keys of denials that may be of this call.
    fn possible(&self) -> Vec<DeniedKey<'f>> {
        let tool = fold_name(&self.tool);
        let named = folded_operation(self.operation.as_deref());
        let unsaid = named.is_none().then_some(Operations::SomeNamed);
        let all = [
            Some(Operations::Whole),
            named.map(Operations::Named),
            unsaid.clone(),
        ];
        let all = all.into_iter().flatten();
        let key = |operations, args_hash| (tool.clone(), operations, args_hash);
        match self.args_hash {
            Some(args_hash) => unsaid
                .map(|operations| key(operations, Some(args_hash)))
                .into_iter()
                .chain(all.map(|operations| key(operations, Some(INCOMPARABLE))))
                .collect(),
            None => all.map(|operations| key(operations, None)).collect(),
        }
    }
}

impl<'f> DecisionsByKey<'f> {
    fn of(facts: &'f JobFacts<'_>) -> Self {
        let mut decided = Self::default();
        let mut denied: BTreeMap<DeniedKey<'f>, Vec<(LeafIndex, Moment)>> = BTreeMap::new();
        for seen in &facts.decisions {
            let said: &'f Decision = seen.said;
            let Some((tool, operation)) = named(&said.tool, said.operation.as_deref()) else {
                continue;
            };
            if said.allow {
                if facts.early.contains(&seen.index) {
                    continue;
                }
                let call = (said.run_id.as_str(), tool, operation, said.args_hash.as_str());
                decided.allowed.entry(call).or_default().push(seen.index);
                continue;
            }
            let operations = match folded_operation(operation.as_deref()) {
                None => vec![Operations::Whole],
                Some(operation) => vec![Operations::Named(operation), Operations::SomeNamed],
            };
            let comparable = decode_url_array::<32>(&said.args_hash).is_some();
            let args_hash = if comparable { &said.args_hash } else { INCOMPARABLE };
            for operations in operations {
                for args_hash in [None, Some(args_hash)] {
                    let key = (fold_name(&tool), operations.clone(), args_hash);
                    let denial = (seen.index, said.decided_at.at().into());
                    denied.entry(key).or_default().push(denial);
                }
            }
        }
        for indices in decided.allowed.values_mut() {
            indices.sort_unstable();
        }
        let denied = denied.into_iter();
        decided.denied = denied.map(|(key, list)| (key, Denials::of(list))).collect();
        decided
    }

    /// The denial of a call that was in force when it was logged.
    fn denies(&self, call: &Call<'f>) -> Option<LeafIndex> {
        let denial = self.last_denial(&call.definite(), call.index)?;
        (self.last_allowance(call) < Some(denial)).then_some(denial)
    }

    /// A denial, logged before a call, of what the call may be. No allowance is of a call that is not told in full.
    fn may_deny(&self, call: &Call<'f>) -> Option<LeafIndex> {
        self.last_denial(&call.possible(), call.index)
    }

    /// A denial of a call that was logged after it, and that the call followed by both their words.
    fn denies_later(&self, call: &Call<'f>, skew: Seconds) -> Option<LeafIndex> {
        let keys = call.definite().into_iter().chain(call.possible());
        let later = keys.filter_map(|key| self.denied.get(&key)?.first_after(call.index));
        let (at, denial) = later.min()?;
        (call.at > at.after(skew)).then_some(denial)
    }

    fn last_denial(&self, keys: &[DeniedKey<'f>], index: LeafIndex) -> Option<LeafIndex> {
        let denials = keys.iter().filter_map(|key| self.denied.get(key));
        denials
            .filter_map(|denials| last_before(&denials.all, index))
            .max()
    }

    fn last_allowance(&self, call: &Call<'f>) -> Option<LeafIndex> {
        let (run, args_hash) = (call.run?, call.args_hash?);
        let of = |operation| self.allowed.get(&(run, call.tool.clone(), operation, args_hash));
        let whole = of(None);
        let named = call.operation.clone().and_then(|operation| of(Some(operation)));
        let allowed = [whole, named].into_iter().flatten();
        allowed.filter_map(|list| last_before(list, call.index)).max()
    }
}

impl Denials {
    fn of(mut list: Vec<(LeafIndex, Moment)>) -> Self {
        list.sort_unstable_by_key(|(index, _)| *index);
        let mut first: Option<(Moment, LeafIndex)> = None;
        let mut decided_first = Vec::with_capacity(list.len());
        for (index, at) in list.iter().rev() {
            let least = first.map_or((*at, *index), |first| first.min((*at, *index)));
            first = Some(least);
            decided_first.push(least);
        }
        decided_first.reverse();
        let all = list.into_iter().map(|(index, _)| index).collect();
        Self { all, decided_first }
    }

    /// Of those after an entry the one that was decided first.
    fn first_after(&self, index: LeafIndex) -> Option<(Moment, LeafIndex)> {
        let before = self.all.partition_point(|denial| *denial < index);
        self.decided_first.get(before).copied()
    }
}

fn last_before(indices: &[LeafIndex], index: LeafIndex) -> Option<LeafIndex> {
    let count = indices.partition_point(|other| *other < index);
    indices.get(count.checked_sub(1)?).copied()
}

/// Tool and operation, split at the first colon of both together: receipts and decisions spell `tool:operation` in
/// more than one way.
fn named(tool: &str, operation: Option<&str>) -> Option<(String, Option<String>)> {
    let whole = match operation.filter(|operation| !operation.is_empty()) {
        Some(operation) => format!("{tool}:{operation}"),
        None => tool.to_owned(),
    };
    match PolicyAction::tool(&whole).kind {
        ActionKind::Tool { tool, operation } => Some((tool.to_owned(), operation.map(str::to_owned))),
        ActionKind::Model | ActionKind::SideEffect { .. } => None,
    }
}
