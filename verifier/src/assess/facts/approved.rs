//! Which approvals a job's actions can rest on.

use std::collections::{BTreeMap, BTreeSet};

use super::super::approval_scope::{Gate, Scopes};
use crate::payload::{Approval, Payload};
use crate::wpc::{Action, ActionKind, Policy};

/// Most distinct actions that are asked about: more spellings than any job has tools.
const ACTIONS_MAX: usize = 4096;

/// What has to be approved for a job under one policy.
#[derive(Debug)]
pub(in crate::assess) struct Gated {
    policy: Policy,
    /// The operations that the job used, by gate.
    used: BTreeMap<String, BTreeSet<String>>,
}

impl Gated {
    /// Asks a policy, and whatever may be meant by its parent, about everything that the job did.
    pub(in crate::assess) fn of(
        policy: Policy,
        parents: &[Policy],
        actions: &BTreeSet<ActionKind<'_>>,
    ) -> Self {
        let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for action in actions.iter().take(ACTIONS_MAX) {
            for gate in std::iter::once(&policy)
                .chain(parents)
                .flat_map(|policy| policy.gates_about(*action))
            {
                used.entry(gate.gate).or_default().insert(gate.operation);
            }
        }
        Self { policy, used }
    }

    /// The scopes that are recognized for a job under this policy.
    pub(in crate::assess) fn scopes(&self, job_id: &str, policy_hash: &str) -> Scopes<'_> {
        let mut gates: BTreeMap<&str, Gate<'_>> = BTreeMap::new();
        for gate in self.policy.gates() {
            let entry = gates.entry(&gate.name).or_insert_with(|| empty(&gate.name));
            entry.listed.extend(gate.operations_alone());
        }
        for (name, operations) in &self.used {
            let entry = gates.entry(name).or_insert_with(|| empty(name));
            entry.used.extend(operations.iter().map(String::as_str));
        }
        Scopes::new(job_id, policy_hash, gates.into_values())
    }
}

const fn empty(name: &str) -> Gate<'_> {
    Gate {
        name,
        listed: BTreeSet::new(),
        used: BTreeSet::new(),
    }
}

/// The approval of a document.
pub(in crate::assess) fn approval(payload: Option<&Payload>) -> Option<&Approval> {
    match payload {
        Some(Payload::Approval(approval)) => Some(approval),
        _ => None,
    }
}

/// What a use of the job does, as a policy's gates see it.
pub(in crate::assess) fn action(payload: &Payload) -> Option<ActionKind<'_>> {
    match payload {
        Payload::GatewayReceipt(_) => Some(ActionKind::Model),
        Payload::ToolReceipt(receipt) => Some(Action::tool(&receipt.what).kind),
        Payload::SideEffectReceipt(receipt) => Some(ActionKind::SideEffect { class: &receipt.what }),
        Payload::Decision(decision) if decision.allow => {
            Some(Action::tool_operation(&decision.tool, decision.operation.as_deref()).kind)
        }
        _ => None,
    }
}
