//! An approval of its own for each action: a bipartite matching, grown by one action at a time along augmenting paths
//! (C. Berge, "Two theorems in graph theory", 1957; H. W. Kuhn, "The Hungarian method", 1955). If the actions so far
//! have one each and no augmenting path begins at the next, no assignment serves all of them: which action is one too
//! many follows from the log alone.
//!
//! What an action may rely on is asked again where a path passes it, not kept: an action may choose among 4,096
//! approvals, and a job has tens of thousands of actions.

use std::collections::{BTreeMap, VecDeque};

use super::approval_rules::Approvals;
use super::approval_terms::GatedAction;
use tlog::index::LeafIndex;

/// Approvals that the paths of one job may look at, in addition to each action's own. Normative, since a search that
/// ends here says that the action is one too many (`schemas/assessment.md`).
pub(super) const LOOKS_MAX: usize = 1 << 24;

/// An action with the approval that it holds.
struct ActionMatch<'a> {
    action: GatedAction<'a>,
    approval: Option<LeafIndex>,
}

/// Approvals and the actions that hold them.
#[derive(Default)]
pub(super) struct ApprovalMatching<'a> {
    actions: Vec<ActionMatch<'a>>,
    /// By approval, the position of its holder.
    holders: BTreeMap<LeafIndex, usize>,
}

impl<'a> ApprovalMatching<'a> {
    /// Gives an action an approval of its own, if need be by giving others another one; `false` where there is no
    /// way, and then nothing is changed. `looks`: how many approvals may still be looked at.
    pub(super) fn add(
        &mut self,
        action: GatedAction<'a>,
        approvals: &Approvals<'a>,
        looks: &mut usize,
    ) -> bool {
        let newest = self.actions.len();
        self.actions.push(ActionMatch {
            action,
            approval: None,
        });
        let found = self.path(newest, approvals, looks);
        if !found {
            self.actions.pop();
        }
        found
    }

    /// Breadth first, so that the fewest actions get another approval.
    fn path(&mut self, newest: usize, approvals: &Approvals<'a>, looks: &mut usize) -> bool {
        // Of each approval that was reached, the action that would take it.
        let mut takers: BTreeMap<LeafIndex, usize> = BTreeMap::new();
        let mut open = VecDeque::from([newest]);
        while let Some(position) = open.pop_front() {
            let Some(holding) = self.actions.get(position) else {
                return false;
            };
            let choices = approvals.all(&holding.action);
            if position != newest {
                let Some(rest) = looks.checked_sub(choices.len()) else {
                    *looks = 0;
                    return false;
                };
                *looks = rest;
            }
            for approval in choices {
                if takers.contains_key(&approval) {
                    continue;
                }
                takers.insert(approval, position);
                let Some(holder) = self.holders.get(&approval) else {
                    self.hand_over(approval, &takers);
                    return true;
                };
                open.push_back(*holder);
            }
        }
        false
    }

    /// Along the path, each action takes what the one after it gave up. It ends at the newest, which held nothing.
    fn hand_over(&mut self, free: LeafIndex, takers: &BTreeMap<LeafIndex, usize>) {
        let mut given = Some(free);
        while let Some(approval) = given {
            let Some(&position) = takers.get(&approval) else {
                return;
            };
            let Some(taker) = self.actions.get_mut(position) else {
                return;
            };
            given = taker.approval.replace(approval);
            self.holders.insert(approval, position);
        }
    }
}
