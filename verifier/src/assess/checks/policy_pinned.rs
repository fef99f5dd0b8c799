//! `policy.pinned`: token pin, receipts and bundle cite the same policy.

use std::collections::BTreeMap;

use super::super::facts::{Facts, TokenOf};
use super::super::verdict::{Check, CheckId};
use crate::digest::{PolicyHash, ScopeHash};

const ID: CheckId = CheckId::PolicyPinned;

/// Judges it.
pub(super) fn check(facts: &Facts<'_>) -> Check {
    let mut entries = Vec::new();
    let mut pinned = false;
    for used in &facts.uses {
        let Some(pin) = facts.pin(used.token) else {
            continue;
        };
        pinned = true;
        if used.cites().is_some_and(|cited| cited != pin.to_string()) {
            entries.push(used.index);
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
            if cited != pin.to_string() {
                entries.push(bundle.index);
            }
        }
    }
    if !entries.is_empty() {
        let first = entries.iter().min().map(ToString::to_string).unwrap_or_default();
        entries.extend(pins_of(facts));
        let message = format!("Entry {first} cites another policy than the one that its token is pinned to.");
        return Check::fail(ID, "POLICY_PIN_MISMATCH", message, entries);
    }
    if pinned {
        Check::pass(
            ID,
            "Receipts and bundles cite the policy that their token is pinned to.",
            pins_of(facts),
        )
    } else {
        Check::not_applicable(ID, "No token that was used is pinned to a policy.")
    }
}

/// The issuances of the tokens that were used.
fn pins_of(facts: &Facts<'_>) -> Vec<crate::index::LeafIndex> {
    let known = facts.uses.iter().filter_map(|used| match used.token {
        TokenOf::Known(token) => facts.issuance(token),
        TokenOf::Unknown(_) | TokenOf::Ambiguous => None,
    });
    known.map(|issuance| issuance.doc.index).collect()
}
