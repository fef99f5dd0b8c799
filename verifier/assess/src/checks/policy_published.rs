//! `policy.published`: each cited policy is in the log before its first use, by the order of the log and by the time that
//! the use is signed for.

use std::collections::BTreeMap;

use super::super::facts::Facts;
use super::super::token_table::{Moment, Seconds};
use super::super::verdict::{Check, CheckId};
use super::words::counted;
use crate::index::LeafIndex;

const ID: CheckId = CheckId::PolicyPublished;

/// Judges it.
pub(super) fn check(facts: &Facts<'_>) -> Check {
    if facts.policies.is_empty() {
        let message = "Nothing of the job cites a policy.";
        return Check::incomplete(ID, "POLICY_MISSING", message, Vec::new());
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
        let message = "A policy was published only after it was used.";
        return Check::fail(ID, "POLICY_PUBLISHED_LATE", message, late);
    }
    if !entries.is_empty() {
        let message = counted(
            entries.len(),
            "of the policies that the job cites is not in the log.",
            "of the policies that the job cites are not in the log.",
        );
        return Check::incomplete(ID, "POLICY_MISSING", message, missing);
    }
    let published = facts
        .policies
        .values()
        .filter_map(|policy| policy.published.first());
    let message = "Every policy that the job cites was published before its first use.";
    Check::pass(ID, message, published.map(|seen| seen.index).collect())
}

/// The first of the uses under a policy.
struct First {
    /// In the log.
    logged: LeafIndex,
    /// By the times that they are signed for.
    signed: (Moment, LeafIndex),
}

/// The first uses under each policy: by what they cite, and by the pins of their tokens.
fn first_uses(facts: &Facts<'_>) -> BTreeMap<String, First> {
    let mut all: BTreeMap<String, First> = BTreeMap::new();
    for used in &facts.uses {
        let pin = facts.pin(used.token).map(|pin| pin.to_string());
        for hash in used.cites().into_iter().chain(pin) {
            let signed = (Moment::from(used.signed_at), used.index);
            let first = all.entry(hash).or_insert(First {
                logged: used.index,
                signed,
            });
            first.signed = first.signed.min(signed);
        }
    }
    all
}
