//! `policy.frozen`: no use of a withdrawn policy, nor of a newer one while an older one is frozen.

use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::{Facts, Use};
use super::super::token_table::{Moment, Seconds};
use super::super::verdict::{Check, CheckId};
use super::findings::Findings;
use crate::index::{LeafIndex, TimestampMs};

const ID: CheckId = CheckId::PolicyFrozen;
const WITHDRAWN: (u8, &str) = (0, "POLICY_WITHDRAWN");
const FROZEN: (u8, &str) = (1, "POLICY_FROZEN");
const LATE: (u8, &str) = (2, "LATE_SUBMISSION");

/// From where on a policy must not be used.
#[derive(Clone, Copy)]
struct Ban {
    /// When it holds: never before it is logged.
    from: TimestampMs,
    index: LeafIndex,
}

/// The withdrawals of a policy, in log order: at each position, of this and all before it the one that holds first.
struct Withdrawals {
    indices: Vec<LeafIndex>,
    first: Vec<Ban>,
}

/// The freezes of a policy's older versions, in log order, and at each position the latest end of this and all before
/// it. A freeze holds from its logging on, so that of two the earlier one holds first.
struct Freezes {
    all: Vec<Ban>,
    ends: Vec<Moment>,
}

/// What is said against a use.
struct Broken {
    ban: LeafIndex,
    /// Beyond the tolerance between clocks; else it may have been made before the ban.
    surely: bool,
}

/// Judges it.
pub(super) fn check(facts: &Facts<'_>) -> Check {
    let bans: BTreeMap<&str, (Withdrawals, Freezes)> = facts
        .policies
        .keys()
        .map(|hash| (hash.as_str(), (withdrawals(facts, hash), freezes(facts, hash))))
        .collect();
    let skew = Seconds(facts.settings.clock_skew_s);
    let mut findings = Findings::default();
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
                (WITHDRAWN, withdrawals.against(used, skew)),
                (FROZEN, freezes.against(used, facts)),
            ];
            for (code, broken) in broken {
                if let Some(broken) = broken {
                    add(&mut findings, code, used.index, &broken);
                }
            }
        }
    }
    findings.end(ID, || {
        if cited {
            let message = "No policy was used that was withdrawn or frozen out.";
            Check::pass(ID, message, Vec::new())
        } else {
            Check::not_applicable(ID, "No use cites a policy.")
        }
    })
}

fn add(findings: &mut Findings, code: (u8, &'static str), index: LeafIndex, broken: &Broken) {
    let entries = [index, broken.ban];
    if !broken.surely {
        return findings.incomplete(LATE, entries, || {
            format!(
                "The use at entry {index} may be older than the ban on its policy, after which it was logged."
            )
        });
    }
    findings.fail(code, entries, || {
        if code == WITHDRAWN {
            format!("The use at entry {index} is of a policy that was withdrawn before.")
        } else {
            format!("The use at entry {index} is of a policy that came after one that was frozen.")
        }
    });
}

impl Ban {
    fn breaks(self, used: &Use<'_>, skew: Seconds) -> Broken {
        Broken {
            ban: self.index,
            surely: Moment::from(used.signed_at) > Moment::from(self.from).after(skew),
        }
    }
}

impl Withdrawals {
    fn against(&self, used: &Use<'_>, skew: Seconds) -> Option<Broken> {
        let before = self.indices.partition_point(|index| *index < used.index);
        let first = self.first.get(before.checked_sub(1)?)?;
        (used.logged_at >= first.from).then(|| first.breaks(used, skew))
    }
}

impl Freezes {
    /// In force when a use was logged; or, whenever that was, at the time that the use is signed for.
    fn against(&self, used: &Use<'_>, facts: &Facts<'_>) -> Option<Broken> {
        let skew = Seconds(facts.settings.clock_skew_s);
        let logged = Moment::from(facts.trust.clocks.logged_from(used.index, used.logged_at));
        let when_logged = self.first(used, |end| end >= logged);
        let signed = Moment::from(used.signed_at).after(skew);
        let when_signed = self.first(used, |end| end > signed);
        let broken = [when_signed, when_logged].map(|ban| ban.map(|ban| ban.breaks(used, skew)));
        let [when_signed, when_logged] = broken;
        when_signed.filter(|broken| broken.surely).or(when_logged)
    }

    /// The first freeze before a use that lasts long enough.
    fn first(&self, used: &Use<'_>, lasts: impl Fn(Moment) -> bool) -> Option<Ban> {
        let position = self.ends.partition_point(|end| !lasts(*end));
        self.all
            .get(position)
            .copied()
            .filter(|ban| ban.index < used.index)
    }
}

fn withdrawals(facts: &Facts<'_>, hash: &str) -> Withdrawals {
    let policy = facts.all_policies.get(hash);
    let withdrawn = policy.into_iter().flat_map(|policy| &policy.withdrawn);
    let mut withdrawals = Withdrawals {
        indices: Vec::new(),
        first: Vec::new(),
    };
    for seen in withdrawn {
        let ban = Ban {
            index: seen.index,
            from: seen.logged_at.max(seen.said.withdrawn_at.at()),
        };
        let earlier = withdrawals.first.last().copied();
        let first = earlier.filter(|earlier| earlier.from <= ban.from).unwrap_or(ban);
        withdrawals.indices.push(ban.index);
        withdrawals.first.push(first);
    }
    withdrawals
}

/// Freezes of older versions of a policy.
fn freezes(facts: &Facts<'_>, hash: &str) -> Freezes {
    let mut all: Vec<(Ban, Moment)> = frozen_before(facts, hash);
    all.sort_unstable_by_key(|(ban, _)| ban.index);
    let mut latest = None;
    let ends = all.iter().map(|(_, end)| {
        let end = latest.max(Some(*end)).unwrap_or(*end);
        latest = Some(end);
        end
    });
    Freezes {
        ends: ends.collect(),
        all: all.into_iter().map(|(ban, _)| ban).collect(),
    }
}

/// Each freeze of an older version, with its end.
fn frozen_before(facts: &Facts<'_>, hash: &str) -> Vec<(Ban, Moment)> {
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
    let bans = frozen.flat_map(|version| &version.frozen).map(|seen| {
        let ban = Ban {
            index: seen.index,
            from: seen.logged_at,
        };
        let until = seen.said.until.as_ref().map(crate::payload::Timestamp::at);
        (ban, until.map_or(Moment::END, Moment::from))
    });
    bans.collect()
}
