//! `token.ttl`: no token lives longer than the policies under which it was issued and used allow.

use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::{Facts, Issuance};
use super::super::verdict::{Check, CheckId};
use super::findings::Findings;
use super::gated::{Policies, policy_of};
use crate::digest::TokenHash;

const ID: CheckId = CheckId::TokenTtl;

pub(super) fn check(facts: &Facts<'_>) -> Check {
    let policies = Policies::of(facts);
    let cited: BTreeSet<(TokenHash, &str)> = facts
        .uses
        .iter()
        .filter_map(|used| Some((used.token.hash()?, policy_of(facts, used)?)))
        .collect();
    let pinned = facts.issuances.iter().filter_map(|issuance| {
        let pin = issuance.said.policy_hash?.to_string();
        let (hash, _) = facts.policies.get_key_value(&pin)?;
        Some((issuance.said.token_hash, hash.as_str()))
    });
    let bounds: BTreeSet<(TokenHash, &str)> = pinned.chain(cited).collect();
    let mut by_token: BTreeMap<TokenHash, Vec<&Issuance<'_>>> = BTreeMap::new();
    for issuance in &facts.links.all_issuances {
        by_token
            .entry(issuance.said.token_hash)
            .or_default()
            .push(issuance);
    }
    let mut findings = Findings::default();
    let mut limited = false;
    for (token, hash) in bounds {
        let Some(published) = policies.get(hash) else {
            continue;
        };
        let Some(limit) = published.policy.ttl_max() else {
            continue;
        };
        limited = true;
        let of_token = by_token.get(&token).into_iter().flatten();
        for issuance in of_token.filter(|issuance| lifetime(issuance) > limit.seconds) {
            let at = issuance.doc.index;
            findings.fail((0, "TOKEN_TTL_EXCEEDED"), [at, published.index], || {
                format!(
                    "The token of entry {at} lives {} s; the policy of entry {} allows {} s ({}).",
                    lifetime(issuance),
                    published.index,
                    limit.seconds,
                    limit.pointer
                )
            });
        }
    }
    findings.end(ID, || {
        if limited {
            Check::pass(ID, "No token lives longer than its policy allows.", Vec::new())
        } else {
            Check::not_applicable(ID, "No policy of the job limits the life of its tokens.")
        }
    })
}

/// Seconds from issue to end; a token that ends before it begins has none.
const fn lifetime(issuance: &Issuance<'_>) -> u64 {
    issuance.said.exp.saturating_sub(issuance.said.iat)
}
