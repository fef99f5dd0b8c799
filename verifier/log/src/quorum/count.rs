//! How many of those whom a quorum asks for have signed, where each organization counts once.
//!
//! Of each organization at most one witness is counted. Where its witnesses are in several groups, the one is counted
//! that serves the quorum best: every choice is tried, of which a policy has at most [`CHOICES_MAX`].

use std::collections::{BTreeMap, BTreeSet};

use super::{PolicyWitness, QuorumParty, QuorumPolicy};
use crate::cosignature::CosignerKey;

/// Most ways in which the organizations of a policy can be counted in one of their groups each.
pub(super) const CHOICES_MAX: usize = 1024;

/// How far the signatures of a policy's witnesses reach.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct QuorumCount {
    /// How many of those that the quorum asks for are there.
    pub reached: usize,
    /// How many it needs; 0 for `quorum none`.
    pub needed: usize,
    /// What is counted.
    pub unit: QuorumUnit,
}

impl QuorumCount {
    /// Whether it is enough.
    pub fn is_met(&self) -> bool {
        self.reached >= self.needed
    }
}

/// What a quorum counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum QuorumUnit {
    /// Witnesses, those of one organization once.
    Organization,
    /// Members of a group that has groups among them.
    Member,
}

/// The group in which each organization is counted, by its label.
type Choice<'a> = BTreeMap<&'a str, usize>;

impl QuorumPolicy {
    /// Counts those of its witnesses that `has_signed`, of each organization one.
    pub fn count(&self, has_signed: impl Fn(&CosignerKey) -> bool) -> QuorumCount {
        let signed: Vec<bool> = (0..self.parties.len())
            .map(|party| {
                self.witness(party)
                    .is_some_and(|witness| has_signed(&witness.key))
            })
            .collect();
        let groups = self.groups_of_organizations(&signed);
        let reached = (0..choices(&groups))
            .map(|number| self.reached(&signed, &choice(&groups, number)))
            .max();
        let (needed, unit) = self.asked();
        QuorumCount {
            reached: reached.unwrap_or_default(),
            needed,
            unit,
        }
    }

    /// In how many ways the organizations can be counted if all witnesses sign.
    pub(super) fn choices(&self) -> usize {
        choices(&self.groups_of_organizations(&vec![true; self.parties.len()]))
    }

    /// For each organization, the groups below the quorum in which one of its witnesses is that signed.
    fn groups_of_organizations<'a>(&'a self, signed: &[bool]) -> BTreeMap<&'a str, Vec<usize>> {
        let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        if self.quorum.is_none() {
            return groups;
        }
        for ((position, party), is_below) in self.parties.iter().enumerate().zip(self.below_quorum()) {
            let QuorumParty::Group { members, .. } = party else {
                continue;
            };
            if !is_below {
                continue;
            }
            for label in self
                .signers(members, signed)
                .filter_map(|(_, witness)| witness.organization.as_deref())
            {
                let of_label = groups.entry(label).or_default();
                if of_label.last() != Some(&position) {
                    of_label.push(position);
                }
            }
        }
        groups
    }

    /// Those of some parties that are witnesses and signed.
    fn signers<'a>(
        &'a self,
        parties: &[usize],
        signed: &[bool],
    ) -> impl Iterator<Item = (usize, &'a PolicyWitness)> {
        parties
            .iter()
            .filter(|position| signed.get(**position) == Some(&true))
            .filter_map(move |position| Some((*position, self.witness(*position)?)))
    }

    /// How many of those that the quorum asks for are there under one choice.
    fn reached(&self, signed: &[bool], choice: &Choice<'_>) -> usize {
        let mut counts: Vec<usize> = Vec::with_capacity(self.parties.len());
        for (position, party) in self.parties.iter().enumerate() {
            counts.push(match party {
                QuorumParty::Witness(_) => usize::from(signed.get(position) == Some(&true)),
                QuorumParty::Group { members, .. } => {
                    let organizations: BTreeSet<_> = self
                        .signers(members, signed)
                        .filter(|(_, witness)| is_counted_in(position, witness, choice))
                        .map(|(place, witness)| witness.organization.as_deref().ok_or(place))
                        .collect();
                    organizations
                        .len()
                        .saturating_add(self.groups_met(members, &counts))
                }
            });
        }
        self.quorum
            .and_then(|quorum| counts.get(quorum).copied())
            .unwrap_or_default()
    }

    fn groups_met(&self, members: &[usize], counts: &[usize]) -> usize {
        let is_met = |member: &&usize| match self.parties.get(**member) {
            Some(QuorumParty::Group { threshold, .. }) => {
                counts.get(**member).is_some_and(|count| count >= threshold)
            }
            Some(QuorumParty::Witness(_)) | None => false,
        };
        members.iter().filter(is_met).count()
    }

    /// How many the quorum needs, and of what.
    fn asked(&self) -> (usize, QuorumUnit) {
        match self.quorum.and_then(|quorum| self.parties.get(quorum)) {
            None => (0, QuorumUnit::Organization),
            Some(QuorumParty::Witness(_)) => (1, QuorumUnit::Organization),
            Some(QuorumParty::Group { threshold, members }) => {
                let is_group =
                    |member: &usize| matches!(self.parties.get(*member), Some(QuorumParty::Group { .. }));
                let unit = if members.iter().any(is_group) {
                    QuorumUnit::Member
                } else {
                    QuorumUnit::Organization
                };
                (*threshold, unit)
            }
        }
    }

    /// The most that can be counted among some members: their organizations, and the groups among them.
    pub(super) fn countable(&self, members: &[usize]) -> usize {
        let countable: BTreeSet<_> = members
            .iter()
            .map(|member| {
                let label = self
                    .witness(*member)
                    .and_then(|witness| witness.organization.as_deref());
                label.ok_or(*member)
            })
            .collect();
        countable.len()
    }
}

/// A witness without a label is an organization by itself, and a member of one group at most.
fn is_counted_in(group: usize, witness: &PolicyWitness, choice: &Choice<'_>) -> bool {
    witness
        .organization
        .as_deref()
        .is_none_or(|label| choice.get(label) == Some(&group))
}

fn choices(groups: &BTreeMap<&str, Vec<usize>>) -> usize {
    groups
        .values()
        .fold(1, |product, groups| product.saturating_mul(groups.len()))
}

/// The choice of a number: a digit for each organization, in the base of how many groups it has.
fn choice<'a>(groups: &BTreeMap<&'a str, Vec<usize>>, number: usize) -> Choice<'a> {
    let mut rest = number;
    let mut choice = Choice::new();
    for (label, groups) in groups {
        let base = groups.len().max(1);
        if let Some(group) = groups.get(rest % base) {
            choice.insert(label, *group);
        }
        rest /= base;
    }
    choice
}
