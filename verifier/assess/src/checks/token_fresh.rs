//! `token.fresh`: no two runs that do what needs an approval share a token.

use std::collections::{BTreeMap, BTreeSet};

use super::super::check::{Check, CheckId};
use super::super::facts::JobFacts;
use super::findings::FindingCollector;
use super::gated_uses::Policies;
use evidence::digest::TokenHash;
use evidence::wpc::PolicyAction;
use tlog::index::LeafIndex;

const ID: CheckId = CheckId::TokenFresh;

/// The gated uses of a token, by run.
type UsesByRun<'f> = BTreeMap<&'f str, Vec<LeafIndex>>;

pub(super) fn check(facts: &JobFacts<'_>) -> Check {
    let policies = Policies::of(facts);
    let mut tokens: BTreeMap<TokenHash, UsesByRun<'_>> = BTreeMap::new();
    for gated in policies.gated(facts) {
        if let (Some(token), Some(run)) = (gated.used.token.hash(), gated.used.run) {
            let uses = tokens.entry(token).or_default().entry(run).or_default();
            uses.push(gated.used.index);
        }
    }
    if tokens.is_empty() {
        return Check::not_applicable(ID, "Nothing that needs an approval was done.");
    }
    other_runs(facts, &policies, &mut tokens);
    let mut findings = FindingCollector::default();
    for runs in tokens.into_values().filter(|runs| runs.len() > 1) {
        let count = runs.len();
        findings.fail((0, "TOKEN_NOT_FRESH"), runs.into_values().flatten(), || {
            format!("{count} runs in which something needed an approval share one token.")
        });
    }
    findings.end(ID, || {
        Check::pass(
            ID,
            "Each run in which something needed an approval has its own token.",
            [],
        )
    })
}

/// Gated actions of the runs in which other jobs use the tokens of this one.
fn other_runs<'f>(
    facts: &'f JobFacts<'f>,
    policies: &Policies<'f>,
    tokens: &mut BTreeMap<TokenHash, UsesByRun<'f>>,
) {
    let mut shared: BTreeMap<&str, BTreeSet<TokenHash>> = BTreeMap::new();
    for other in &facts.other_uses {
        if let Some(run) = other.run {
            shared.entry(run).or_default().insert(other.token);
        }
    }
    for act in &facts.other_acts {
        let binding = &act.said.binding;
        let Some((run, used)) = binding
            .run_id
            .as_deref()
            .and_then(|run| Some((run, shared.get(run)?)))
        else {
            continue;
        };
        for token in used {
            let pin = || {
                let pin = facts.issuance(*token)?.said.policy_hash?;
                Some(pin.to_string())
            };
            let Some(hash) = binding.policy_hash.clone().map(String::from).or_else(pin) else {
                continue;
            };
            let signed_at = act.said.timestamp.at();
            let gates = policies.gates(&hash, &PolicyAction::tool(&act.said.what), act.index, signed_at);
            if !gates.is_empty() {
                let of_run = tokens.entry(*token).or_default().entry(run).or_default();
                of_run.push(act.index);
            }
        }
    }
}
