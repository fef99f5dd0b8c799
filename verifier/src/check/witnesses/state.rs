//! Which witnesses of a policy cosigned a checkpoint, and what that is in words.

use serde_json::{Value, json};

use crate::cosignature::CosignerKey;
use crate::index::TimestampMs;
use crate::quorum::{PolicyWitness, QuorumCount, QuorumPolicy, QuorumUnit};
use crate::rfc3339;
use crate::text::plain;

/// The cosignatures that a policy counts, and how far they reach.
pub(super) struct WitnessState<'a> {
    /// With the time in seconds since the Unix epoch, in the order of the policy.
    cosigned: Vec<(&'a PolicyWitness, u64)>,
    count: QuorumCount,
}

/// An organization that cosigned, with the names of its witnesses that did.
struct Organization<'a> {
    name: &'a str,
    witnesses: Vec<&'a str>,
}

impl<'a> WitnessState<'a> {
    pub(super) fn new(policy: &'a QuorumPolicy, time_of: impl Fn(&CosignerKey) -> Option<u64>) -> Self {
        Self {
            cosigned: policy
                .counted_witnesses()
                .filter_map(|witness| Some((witness, time_of(&witness.key)?)))
                .collect(),
            count: policy.count(|key| time_of(key).is_some()),
        }
    }

    pub(super) fn is_met(&self) -> bool {
        self.count.is_met()
    }

    /// `1 of 2 organizations`
    pub(super) fn reached(&self) -> String {
        let QuorumCount {
            reached,
            needed,
            unit,
        } = self.count;
        let of = match unit {
            QuorumUnit::Organization => plain::counted(needed, "organization", "organizations"),
            QuorumUnit::Member => plain::counted(needed, "member", "members"),
        };
        format!("{reached} of {of}")
    }

    /// As `schemas/witness-policy.md` lists it.
    pub(super) fn to_json(&self) -> Value {
        let organizations = self.organizations();
        let cosignatures = self.cosigned.iter().map(|(witness, time_s)| {
            json!({
                "witness": witness.name,
                "key": witness.key.label(),
                "organization": organization_of(witness),
                "time_s": time_s,
            })
        });
        json!({
            "state": self.name(),
            "sentence": self.sentence(&organizations),
            "quorum_met": self.count.is_met(),
            "reached": self.count.reached,
            "needed": self.count.needed,
            "counted": match self.count.unit {
                QuorumUnit::Organization => "organizations",
                QuorumUnit::Member => "members",
            },
            "organizations": organizations.iter().map(|of| of.name).collect::<Vec<_>>(),
            "newest_s": self.newest_s(),
            "cosignatures": cosignatures.collect::<Vec<_>>(),
        })
    }

    fn name(&self) -> &'static str {
        match (self.cosigned.is_empty(), self.count.is_met()) {
            (true, _) => "log_only",
            (false, true) => "witnessed",
            (false, false) => "quorum_not_reached",
        }
    }

    fn sentence(&self, organizations: &[Organization<'_>]) -> String {
        let names: Vec<String> = organizations.iter().map(Organization::shown).collect();
        let (names, reached) = (plain::listed(&names), self.reached());
        match (self.newest_s().map(utc), self.count.is_met()) {
            (None, true) => "signed by the log only; the policy needs no witness".to_owned(),
            (None, false) => {
                format!("signed by the log only; the quorum of the policy is not met ({reached})")
            }
            (Some(newest), true) => {
                let counted = plain::counted(organizations.len(), "organization", "organizations");
                format!("witnessed by {counted}: {names}; the newest cosignature is from {newest}")
            }
            (Some(newest), false) => format!(
                "cosigned by {names}, the quorum of the policy is not met ({reached}); the newest cosignature is from {newest}"
            ),
        }
    }

    /// Those that cosigned, in the order of the policy.
    fn organizations(&self) -> Vec<Organization<'a>> {
        let mut organizations: Vec<Organization<'_>> = Vec::new();
        for (witness, _) in &self.cosigned {
            let name = organization_of(witness);
            match organizations.iter_mut().find(|known| known.name == name) {
                Some(known) => known.witnesses.push(witness.name.as_str()),
                None => organizations.push(Organization {
                    name,
                    witnesses: vec![witness.name.as_str()],
                }),
            }
        }
        organizations
    }

    fn newest_s(&self) -> Option<u64> {
        self.cosigned.iter().map(|(_, time_s)| *time_s).max()
    }
}

impl Organization<'_> {
    /// `alpha (w1, w2)`, or the name alone of a witness that is an organization by itself.
    fn shown(&self) -> String {
        match self.witnesses.as_slice() {
            [alone] if *alone == self.name => self.name.to_owned(),
            witnesses => format!("{} ({})", self.name, witnesses.join(", ")),
        }
    }
}

fn organization_of(witness: &PolicyWitness) -> &str {
    witness.organization.as_deref().unwrap_or(&witness.name)
}

/// `2026-02-11T09:30:00Z`; the number itself beyond the calendar.
fn utc(time_s: u64) -> String {
    let time = time_s.checked_mul(1000).map(TimestampMs::new);
    time.and_then(rfc3339::format)
        .unwrap_or_else(|| format!("second {time_s} since 1970"))
}
