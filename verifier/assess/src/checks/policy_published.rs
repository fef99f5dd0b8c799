//! `policy.published`: each cited policy is in the log before its first use, by the order of the log and by the time that
//! the use is signed for.

use std::collections::BTreeMap;

use super::super::check::{Check, CheckId};
use super::super::facts::JobFacts;
use super::super::token_table::{Moment, Seconds};
use evidence::text::plain::counted;
use tlog::index::LeafIndex;

const ID: CheckId = CheckId::PolicyPublished;

pub(super) fn check(facts: &JobFacts<'_>) -> Check {
    if facts.policies.is_empty() {
        let message = "Nothing in this job names a policy.";
        return Check::incomplete(ID, "POLICY_MISSING", message, []);
    }
    let skew = Seconds(facts.settings.clock_skew_s);
    let first_uses = first_uses(facts);
    let mut entries = Vec::new();
    let (mut missing, mut late) = (Vec::new(), Vec::new());
    for (hash, policy) in &facts.policies {
        let used = first_uses.get(hash);
        let Some(published) = policy.published.first() else {
            missing.extend(used.map(|used| used.logged));
            entries.push(hash);
            continue;
        };
        let Some(used) = used else { continue };
        if used.logged < published.index {
            late.extend([published.index, used.logged]);
        }
        let (signed_at, signed) = used.signed;
        let from = facts
            .trust
            .clocks
            .logged_from(published.index, published.logged_at);
        if signed_at.after(skew) < Moment::from(from) {
            late.extend([published.index, signed]);
        }
    }
    if !late.is_empty() {
        let message = match late.as_slice() {
            [published, used, ..] => {
                format!("A policy was used (entry {used}) before it was published (entry {published}).")
            }
            _ => "A policy was used before it was published.".to_owned(),
        };
        return Check::fail(ID, "POLICY_PUBLISHED_LATE", message, late);
    }
    if !entries.is_empty() {
        let message = counted(
            entries.len(),
            "policy that this job names is not in the log.",
            "policies that this job names are not in the log.",
        );
        return Check::incomplete(ID, "POLICY_MISSING", message, missing);
    }
    let published = facts
        .policies
        .values()
        .filter_map(|policy| policy.published.first());
    let message = "Every policy of this job was published before it was used.";
    Check::pass(ID, message, published.map(|seen| seen.index))
}

/// The first of the uses under a policy.
struct FirstUse {
    /// In the log.
    logged: LeafIndex,
    /// By the times that they are signed for.
    signed: (Moment, LeafIndex),
}

/// The first uses under each policy: by what they cite, and by the pins of their tokens.
fn first_uses(facts: &JobFacts<'_>) -> BTreeMap<String, FirstUse> {
    let mut all: BTreeMap<String, FirstUse> = BTreeMap::new();
    for used in &facts.uses {
        let pin = facts.pin(used.token).map(|pin| pin.to_string());
        for hash in used.cites().into_iter().chain(pin) {
            let signed = (Moment::from(used.signed_at), used.index);
            let first = all.entry(hash).or_insert(FirstUse {
                logged: used.index,
                signed,
            });
            first.signed = first.signed.min(signed);
        }
    }
    all
}
