//! `policy.published`: each cited policy is in the log before its first use.

use std::collections::BTreeMap;

use super::super::facts::Facts;
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
    let first_uses = first_uses(facts);
    let mut entries = Vec::new();
    let (mut missing, mut late) = (Vec::new(), Vec::new());
    for (hash, policy) in &facts.policies {
        let used = first_uses.get(hash).copied();
        match (policy.published.first(), used) {
            (None, used) => {
                missing.extend(used);
                entries.push(hash);
            }
            (Some(published), Some(used)) if used < published.index => {
                late.extend([published.index, used]);
            }
            (Some(_), _) => {}
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

/// The first use under each policy: by what it cites, and by the pin of its token.
fn first_uses(facts: &Facts<'_>) -> BTreeMap<String, LeafIndex> {
    let mut first: BTreeMap<String, LeafIndex> = BTreeMap::new();
    for used in &facts.uses {
        let pin = facts.pin(used.token).map(|pin| pin.to_string());
        for hash in used.cites().into_iter().chain(pin) {
            first.entry(hash).or_insert(used.index);
        }
    }
    first
}
