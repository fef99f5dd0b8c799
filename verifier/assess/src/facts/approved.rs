//! Which approvals a job's actions can rest on.

use std::collections::{BTreeMap, BTreeSet};

use super::super::approval_scope::{Gate, ScopeObject, Scopes};
use super::in_clear;
use evidence::payload::{Approval, Payload};
use evidence::wpc::{ActionKind, Policy, PolicyAction};

/// Most distinct actions that are asked about: more spellings than any job has tools.
const ACTIONS_MAX: usize = 4096;

/// What a job did or asked to do.
#[derive(Clone, Default, Debug)]
pub(crate) struct ActionRequest<'a> {
    /// Whether it was done or allowed.
    done: bool,
    /// Hashes of the arguments, as stated.
    args_hashes: BTreeSet<&'a str>,
}

/// What a job did and asked to do, each kind of action once.
pub(crate) type Actions<'a> = BTreeMap<ActionKind<'a>, ActionRequest<'a>>;

/// What has to be approved for a job under one policy.
#[derive(Debug)]
pub(crate) struct RequiredApprovals<'a> {
    policy: Policy,
    /// By gate.
    asked: BTreeMap<String, GateRequests<'a>>,
}

/// What a job asked of one gate.
#[derive(Default, Debug)]
struct GateRequests<'a> {
    /// The operations that were done or allowed.
    used: BTreeSet<String>,
    /// Operation and arguments of every call.
    calls: BTreeSet<(String, &'a str)>,
}

impl<'a> RequiredApprovals<'a> {
    /// Asks a policy, and whatever may be meant by its parent, about everything that the job did.
    pub(crate) fn of(policy: Policy, parents: &[Policy], actions: &Actions<'a>) -> Self {
        let mut asked: BTreeMap<String, GateRequests<'a>> = BTreeMap::new();
        for (kind, action) in actions.iter().take(ACTIONS_MAX) {
            for needed in std::iter::once(&policy)
                .chain(parents)
                .flat_map(|policy| policy.gates_about(*kind))
            {
                let gate = asked.entry(needed.gate).or_default();
                let calls = action.args_hashes.iter();
                gate.calls
                    .extend(calls.map(|hash| (needed.operation.clone(), *hash)));
                if action.done {
                    gate.used.insert(needed.operation);
                }
            }
        }
        Self { policy, asked }
    }

    /// The scopes that are recognized for a job under this policy.
    pub(crate) fn scopes(&self, job_id: &str, policy_hash: &str) -> Scopes<'_> {
        let mut gates: BTreeMap<&str, Gate<'_>> = BTreeMap::new();
        for gate in self.policy.gates() {
            let entry = gates.entry(&gate.name).or_insert_with(|| Gate::new(&gate.name));
            entry.listed.extend(gate.operations_alone());
        }
        for (name, asked) in &self.asked {
            let entry = gates.entry(name).or_insert_with(|| Gate::new(name));
            entry.used.extend(asked.used.iter().map(String::as_str));
            let calls = asked.calls.iter();
            entry
                .calls
                .extend(calls.map(|(operation, hash)| (operation.as_str(), *hash)));
        }
        Scopes::new(job_id, policy_hash, gates.into_values())
    }
}

/// Whether an approval says in clear that it is about a job.
pub(crate) fn names_job(approval: &Approval, job_id: &str) -> bool {
    let scope = in_clear::summary(approval).as_ref().and_then(ScopeObject::read);
    scope.is_some_and(|scope| scope.job_id == job_id)
}

/// Whether an approval says in clear that it is about another job.
pub(crate) fn names_another_job(approval: &Approval, job_id: &str) -> bool {
    let scope = in_clear::summary(approval).as_ref().and_then(ScopeObject::read);
    scope.is_some_and(|scope| scope.job_id != job_id)
}

/// The approval of a document.
pub(crate) fn approval(payload: Option<&Payload>) -> Option<&Approval> {
    match payload {
        Some(Payload::Approval(approval)) => Some(approval),
        _ => None,
    }
}

/// What the documents of a job do, or ask to do, as a policy's gates see it.
pub(crate) fn actions<'a>(payloads: impl Iterator<Item = &'a Payload>) -> Actions<'a> {
    let mut actions = Actions::new();
    for payload in payloads {
        let (kind, args_hash, done) = match payload {
            Payload::GatewayReceipt(_) => (ActionKind::Model, None, true),
            Payload::ToolReceipt(receipt) => (
                PolicyAction::tool(&receipt.what).kind,
                receipt.comparable_args(),
                true,
            ),
            Payload::SideEffectReceipt(receipt) => {
                (ActionKind::SideEffect { class: &receipt.what }, None, true)
            }
            Payload::Decision(decision) => (
                PolicyAction::tool_operation(&decision.tool, decision.operation.as_deref()).kind,
                Some(decision.args_hash.as_str()),
                decision.allow,
            ),
            _ => continue,
        };
        let action = actions.entry(kind).or_default();
        action.args_hashes.extend(args_hash);
        action.done |= done;
    }
    actions
}
