//! `policy.frozen`: no use of a withdrawn policy, nor of a newer one while an older one is frozen.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

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
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Ban {
    /// When it holds: never before it is logged.
    from: TimestampMs,
    index: LeafIndex,
    until: Option<TimestampMs>,
}

/// Bans of one kind on one policy, as the uses of a job pass them in log order: of those in force the one that
/// holds longest is enough to judge a use by, so that all uses together cost no more than sorting the bans.
#[derive(Default)]
struct Bans {
    /// Last logged first.
    ahead: Vec<Ban>,
    in_force: BinaryHeap<Reverse<Ban>>,
}

/// What is said against a use.
struct Broken {
    ban: LeafIndex,
    /// Beyond the tolerance between clocks; else it may have been made before the ban.
    surely: bool,
}

/// Judges it.
pub(super) fn check(facts: &Facts<'_>) -> Check {
    let mut withdrawn: BTreeMap<&str, Bans> = BTreeMap::new();
    let mut frozen: BTreeMap<&str, Bans> = BTreeMap::new();
    for hash in facts.policies.keys() {
        withdrawn.insert(hash, withdrawals(facts, hash));
        frozen.insert(hash, freezes(facts, hash));
    }
    let skew = Seconds(facts.settings.clock_skew_s);
    let mut findings = Findings::default();
    let mut cited = false;
    for used in &facts.uses {
        let pin = facts.pin(used.token).map(|pin| pin.to_string());
        let hashes: BTreeSet<String> = used.cites().into_iter().chain(pin).collect();
        cited |= !hashes.is_empty();
        for hash in &hashes {
            let kinds = [
                (WITHDRAWN, withdrawn.get_mut(hash.as_str())),
                (FROZEN, frozen.get_mut(hash.as_str())),
            ];
            for (code, bans) in kinds {
                if let Some(broken) = bans.and_then(|bans| bans.against(used, skew)) {
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

impl Bans {
    fn new(mut bans: Vec<Ban>) -> Self {
        bans.sort_unstable_by_key(|ban| Reverse(ban.index));
        Self {
            ahead: bans,
            in_force: BinaryHeap::new(),
        }
    }

    /// What they say against the next use in log order.
    fn against(&mut self, used: &Use<'_>, skew: Seconds) -> Option<Broken> {
        while let Some(ban) = self.ahead.pop_if(|ban| ban.index < used.index) {
            self.in_force.push(Reverse(ban));
        }
        // What is over for one use is over for all that follow.
        let is_over = |ban: &Ban| ban.until.is_some_and(|until| used.logged_at > until);
        while self.in_force.peek().is_some_and(|Reverse(ban)| is_over(ban)) {
            self.in_force.pop();
        }
        let Reverse(ban) = self.in_force.peek()?;
        (used.logged_at >= ban.from).then(|| Broken {
            ban: ban.index,
            surely: Moment::from(used.signed_at) > Moment::from(ban.from).after(skew),
        })
    }
}

fn withdrawals(facts: &Facts<'_>, hash: &str) -> Bans {
    let policy = facts.all_policies.get(hash);
    let withdrawn = policy.into_iter().flat_map(|policy| &policy.withdrawn);
    let bans = withdrawn.map(|seen| Ban {
        index: seen.index,
        from: seen.logged_at.max(seen.said.withdrawn_at.at()),
        until: None,
    });
    Bans::new(bans.collect())
}

/// Freezes of older versions of a policy.
fn freezes(facts: &Facts<'_>, hash: &str) -> Bans {
    let first = facts
        .all_policies
        .get(hash)
        .and_then(|policy| policy.published.first());
    let Some(first) = first else {
        return Bans::default();
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
    let bans = frozen.flat_map(|version| &version.frozen).map(|seen| Ban {
        index: seen.index,
        from: seen.logged_at,
        until: seen.said.until.as_ref().map(crate::payload::Timestamp::at),
    });
    Bans::new(bans.collect())
}
