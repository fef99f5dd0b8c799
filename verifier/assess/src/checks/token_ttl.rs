//! `token.ttl`: no token lives longer than the policies under which it was issued and used allow.

use std::collections::{BTreeMap, BTreeSet};

use super::super::check::{Check, CheckId};
use super::super::facts::{JobFacts, LoggedIssuance};
use super::findings::FindingCollector;
use super::gated_uses::{Policies, policy_of};
use evidence::digest::TokenHash;
use evidence::text::plain::grouped;

const ID: CheckId = CheckId::TokenTtl;

pub(super) fn check(facts: &JobFacts<'_>) -> Check {
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
    let mut by_token: BTreeMap<TokenHash, Vec<&LoggedIssuance<'_>>> = BTreeMap::new();
    for issuance in &facts.links.all_issuances {
        by_token
            .entry(issuance.said.token_hash)
            .or_default()
            .push(issuance);
    }
    let mut findings = FindingCollector::default();
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
                    "The token issued at entry {at} is valid for {} s; the policy at entry {} allows {} s ({}).",
                    grouped(lifetime(issuance)),
                    published.index,
                    grouped(limit.seconds),
                    limit.pointer
                )
            });
        }
    }
    findings.end(ID, || {
        if limited {
            Check::pass(ID, "No token is valid for longer than its policy allows.", [])
        } else {
            Check::not_applicable(ID, "No policy of this job limits how long a token is valid.")
        }
    })
}

/// Seconds from issue to end; a token that ends before it begins has none.
const fn lifetime(issuance: &LoggedIssuance<'_>) -> u64 {
    issuance.said.exp.saturating_sub(issuance.said.iat)
}
