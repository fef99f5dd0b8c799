//! `policy.pinned`: token pin, receipts and bundle cite the same policy.

use std::collections::{BTreeMap, BTreeSet};

use super::super::check::{Check, CheckId};
use super::super::facts::{JobFacts, UseToken};
use super::use_list::policy_of_hash;
use evidence::digest::{PolicyHash, ScopeHash};
use evidence::text::plain::{self as text, counted};

const ID: CheckId = CheckId::PolicyPinned;

pub(super) fn check(facts: &JobFacts<'_>) -> Check {
    let mut entries = Vec::new();
    let mut differ = BTreeSet::new();
    let mut pinned = false;
    let mut compare = |index, cited: String, pin: PolicyHash| {
        let pin = pin.to_string();
        if cited != pin {
            entries.push(index);
            differ.insert((cited, pin));
        }
    };
    for used in &facts.uses {
        let Some(pin) = facts.pin(used.token) else {
            continue;
        };
        pinned = true;
        if let Some(cited) = used.cites() {
            compare(used.index, cited, pin);
        }
    }
    // A scope hash covers the pin, so all tokens of one scope have the same.
    let pins: BTreeMap<ScopeHash, Option<PolicyHash>> = facts
        .issuances
        .iter()
        .map(|issuance| (issuance.said.scope_hash, issuance.said.policy_hash))
        .collect();
    for (bundle, receipt) in facts.embedded() {
        let scope = receipt
            .binding
            .token_scope_hash
            .as_deref()
            .and_then(ScopeHash::parse);
        let pin = scope.and_then(|scope| pins.get(&scope).copied().flatten());
        let cited = receipt.binding.policy_hash.as_deref();
        if let (Some(pin), Some(cited)) = (pin, cited) {
            pinned = true;
            compare(bundle.index, cited.to_owned(), pin);
        }
    }
    if !entries.is_empty() {
        entries.sort_unstable();
        entries.dedup();
        let message = format!(
            "{} another policy than the token requires ({}){}.",
            counted(entries.len(), "document names", "documents name"),
            text::entries(&entries),
            named(facts, &differ)
        );
        entries.extend(pins_of(facts));
        return Check::fail(ID, "POLICY_PIN_MISMATCH", message, entries);
    }
    if pinned {
        Check::pass(
            ID,
            "Receipts and bundles name the policy that their token requires.",
            pins_of(facts),
        )
    } else {
        Check::not_applicable(ID, "No token that was used requires a certain policy.")
    }
}

/// Which policy is named instead of which, as `(named, required)`: the first pair where there are more.
fn named(facts: &JobFacts<'_>, differ: &BTreeSet<(String, String)>) -> String {
    let Some((cited, pin)) = differ.first() else {
        return String::new();
    };
    let instead = format!(
        "{} instead of {}",
        policy_of_hash(facts, cited),
        policy_of_hash(facts, pin)
    );
    match differ.len() {
        1 => format!(": {instead}"),
        _ => format!(", such as {instead}"),
    }
}

/// The issuances of the tokens that were used.
fn pins_of(facts: &JobFacts<'_>) -> Vec<tlog::index::LeafIndex> {
    let known = facts.uses.iter().filter_map(|used| match used.token {
        UseToken::Known(token) => facts.issuance(token),
        UseToken::Unknown(_) | UseToken::Ambiguous => None,
    });
    known.map(|issuance| issuance.doc.index).collect()
}
