//! `policy.frozen`: no use of a withdrawn policy, nor of a newer one while an older one is frozen.

use std::collections::{BTreeMap, BTreeSet};

use super::super::check::{Check, CheckId};
use super::super::facts::{JobFacts, LogStatement, TokenUseFact};
use super::super::token_table::{Moment, Seconds};
use super::findings::{FindingCollector, UseSentence};
use super::use_list::between;
use evidence::payload::PolicyFrozen;
use evidence::wpc::{Ban, FreezeEnd, Freezes, Withdrawals};

const ID: CheckId = CheckId::PolicyFrozen;
const WITHDRAWN: (u8, &str) = (0, "POLICY_WITHDRAWN");
const FROZEN: (u8, &str) = (1, "POLICY_FROZEN");
const LATE: (u8, &str) = (2, "LATE_SUBMISSION");

/// A ban that a use breaks.
struct FreezeBreach {
    ban: Ban,
    /// Beyond the tolerance between clocks; else it may have been made before the ban.
    surely: bool,
}

pub(super) fn check(facts: &JobFacts<'_>) -> Check {
    let bans: BTreeMap<&str, (Withdrawals, Freezes)> = facts
        .policies
        .keys()
        .map(|hash| (hash.as_str(), (withdrawals(facts, hash), freezes(facts, hash))))
        .collect();
    let skew = Seconds(facts.settings.clock_skew_s);
    let mut findings = FindingCollector::default();
    let mut cited = false;
    for used in &facts.uses {
        let pin = facts.pin(used.token).map(|pin| pin.to_string());
        let hashes: BTreeSet<String> = used.cites().into_iter().chain(pin).collect();
        cited |= !hashes.is_empty();
        for hash in &hashes {
            let Some((withdrawals, freezes)) = bans.get(hash.as_str()) else {
                continue;
            };
            let broken = [
                (WITHDRAWN, by_withdrawal(withdrawals, used, skew)),
                (FROZEN, by_freeze(freezes, used, facts)),
            ];
            for (code, broken) in broken {
                if let Some(broken) = broken {
                    add(&mut findings, code, used, &broken);
                }
            }
        }
    }
    findings.end(ID, || {
        if cited {
            let message = "No withdrawn or frozen policy was used.";
            Check::pass(ID, message, [])
        } else {
            Check::not_applicable(ID, "No action of this job names a policy.")
        }
    })
}

fn add(
    findings: &mut FindingCollector,
    code: (u8, &'static str),
    used: &TokenUseFact<'_>,
    broken: &FreezeBreach,
) {
    let ban = broken.ban;
    if !broken.surely {
        return findings.incomplete_use(LATE, used, [ban.index], || {
            UseSentence::new(
                "Logged after its policy was withdrawn or frozen and dated before; only the signer vouches for that date",
                format!("logged after entry {}", ban.index),
            )
        });
    }
    findings.fail_use(code, used, [ban.index], || {
        let late = between(ban.from, used.signed_at);
        if code == WITHDRAWN {
            UseSentence::new(
                "A withdrawn policy was used",
                format!("{late} after it was withdrawn (entry {})", ban.index),
            )
        } else {
            UseSentence::new(
                "A new version of a frozen policy was used",
                format!("{late} after the freeze (entry {})", ban.index),
            )
        }
    });
}

fn broken(ban: Ban, used: &TokenUseFact<'_>, skew: Seconds) -> FreezeBreach {
    FreezeBreach {
        ban,
        surely: Moment::from(used.signed_at) > Moment::from(ban.from).after(skew),
    }
}

fn by_withdrawal(withdrawals: &Withdrawals, used: &TokenUseFact<'_>, skew: Seconds) -> Option<FreezeBreach> {
    let ban = withdrawals.in_force(used.index, used.logged_at)?;
    Some(broken(ban, used, skew))
}

/// A freeze in force when a use was logged; or, whenever that was, at the time that the use is signed for.
fn by_freeze(freezes: &Freezes, used: &TokenUseFact<'_>, facts: &JobFacts<'_>) -> Option<FreezeBreach> {
    let skew = Seconds(facts.settings.clock_skew_s);
    let logged = facts.trust.clocks.logged_from(used.index, used.logged_at);
    let signed = Moment::from(used.signed_at).after(skew);
    let outlasts = |end| match end {
        FreezeEnd::At(end) => Moment::from(end) > signed,
        FreezeEnd::Never => true,
    };
    let when_signed = freezes
        .first(used.index, outlasts)
        .map(|ban| broken(ban, used, skew))
        .filter(|broken| broken.surely);
    when_signed.or_else(|| {
        let ban = freezes.in_force(used.index, logged)?;
        Some(broken(ban, used, skew))
    })
}

/// The withdrawals of a policy that count, in log order.
pub(super) fn withdrawals(facts: &JobFacts<'_>, hash: &str) -> Withdrawals {
    let policy = facts.all_policies.get(hash);
    let mut withdrawals = Withdrawals::default();
    for seen in policy.into_iter().flat_map(|policy| &policy.withdrawn) {
        withdrawals.push(Ban::of_withdrawal(seen.index, seen.logged_at, seen.said));
    }
    withdrawals
}

/// Freezes of older versions of a policy.
fn freezes(facts: &JobFacts<'_>, hash: &str) -> Freezes {
    let mut all = frozen_before(facts, hash);
    all.sort_unstable_by_key(|seen| seen.index);
    let mut freezes = Freezes::default();
    for seen in all {
        freezes.push(seen.index, seen.logged_at, FreezeEnd::of(seen.said));
    }
    freezes
}

/// Each freeze of an older version.
fn frozen_before<'a>(facts: &JobFacts<'a>, hash: &str) -> Vec<LogStatement<'a, PolicyFrozen>> {
    let first = facts
        .all_policies
        .get(hash)
        .and_then(|policy| policy.published.first());
    let Some(first) = first else {
        return Vec::new();
    };
    let family = facts.families.get(first.said.policy_id.as_str());
    let older: BTreeSet<String> = family
        .into_iter()
        .flatten()
        .filter(|version| version.index < first.index)
        .map(|version| version.said.policy_hash.to_string())
        .filter(|version| version != hash)
        .collect();
    let frozen = older.iter().filter_map(|version| facts.all_policies.get(version));
    frozen
        .flat_map(|version| version.frozen.iter().copied())
        .collect()
}
