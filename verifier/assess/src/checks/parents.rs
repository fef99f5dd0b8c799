//! The parents of policies, as the log had them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::super::facts::JobFacts;
use super::super::token_table::{Moment, Seconds};
use super::policy_frozen::withdrawals;
use evidence::digest::PolicyHash;
use evidence::wpc::Policy;
use tlog::index::{LeafIndex, TimestampMs};

/// Parents of a job's policies, each read once however many uses ask for it.
#[derive(Debug)]
pub(super) struct ParentPolicies<'f> {
    facts: &'f JobFacts<'f>,
    /// By policy id: how many of its versions, in log order, are by the publisher of the first.
    by_one: BTreeMap<&'f str, usize>,
    read: RefCell<BTreeMap<PolicyHash, Rc<Policy>>>,
}

impl<'f> ParentPolicies<'f> {
    pub(super) fn of(facts: &'f JobFacts<'f>) -> Self {
        let by_one = facts.families.iter().map(|(id, versions)| {
            let first = versions.first().map(|first| first.signer);
            let mut versions = versions
                .iter()
                .take_while(|version| Some(version.signer) == first);
            (*id, versions.by_ref().count())
        });
        Self {
            facts,
            by_one: by_one.collect(),
            read: RefCell::default(),
        }
    }

    /// The parent that governs what was logged at an entry and signed for a time: the newest publication under an id before
    /// the entry, and the newest of these that was logged by that time, within the tolerance between clocks. A later one
    /// changes nothing of what was allowed then, and an earlier one nothing where a time is only stated: each has to
    /// allow. Both are the same unless the parent changed between.
    pub(super) fn governing(
        &self,
        policy_id: &str,
        index: LeafIndex,
        signed_at: TimestampMs,
    ) -> (Option<Rc<Policy>>, Option<Rc<Policy>>) {
        let done = Moment::from(signed_at).after(Seconds(self.facts.settings.clock_skew_s));
        let by_order = self.newest(policy_id, index, Moment::END);
        (by_order, self.newest(policy_id, index, done))
    }

    /// The newest publication under an id before an entry that was logged by a time. None if a withdrawal was in force when the entry was logged, or if
    /// different publishers use the id: which of them is meant is then anybody's guess.
    fn newest(&self, policy_id: &str, index: LeafIndex, by: Moment) -> Option<Rc<Policy>> {
        let versions = self.facts.families.get(policy_id)?;
        let clocks = &self.facts.trust.clocks;
        let count = versions.partition_point(|published| {
            let from = clocks.logged_from(published.index, published.logged_at);
            published.index < index && Moment::from(from) <= by
        });
        if count > *self.by_one.get(policy_id)? {
            return None;
        }
        let newest = versions.get(count.checked_sub(1)?)?;
        let hash = newest.said.policy_hash;
        let logged_at = self.facts.doc(index)?.logged_at;
        let withdrawals = withdrawals(self.facts, &hash.to_string());
        if withdrawals.in_force(index, logged_at).is_some() {
            return None;
        }
        let mut read = self.read.borrow_mut();
        let policy = read
            .entry(hash)
            .or_insert_with(|| Rc::new(Policy::normalize(&newest.said.policy)));
        Some(Rc::clone(policy))
    }
}
