//! Which uses of a job need an approval, by the policy that they cite.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::super::approval_scope::{Gate, Scopes};
use super::super::facts::{AgentAct, GATED_POLICIES_MAX, JobFacts, TokenUseFact};
use super::parents::ParentPolicies;
use evidence::issuers::Registration;
use evidence::wpc::{ActionKind, GateUse, Policy, PolicyAction, PolicyDecision};
use tlog::index::{LeafIndex, TimestampMs};

/// A policy of the job and the first entry that publishes it.
#[derive(Debug)]
pub(super) struct JobPolicy {
    pub(super) index: LeafIndex,
    pub(super) policy: Policy,
}

/// The published policies of a job, read once, by hash as cited.
#[derive(Debug)]
pub(super) struct Policies<'f> {
    by_hash: BTreeMap<&'f str, JobPolicy>,
    parents: ParentPolicies<'f>,
    facts: &'f JobFacts<'f>,
}

#[derive(Debug)]
pub(super) struct GatedUse<'f> {
    pub(super) used: &'f TokenUseFact<'f>,
    pub(super) agent: &'f str,
    pub(super) policy_hash: &'f str,
    pub(super) gates: Vec<GateUse>,
}

/// A call that was denied and needs an approval: what may have been approved instead of what was done.
#[derive(Debug)]
pub(super) struct DeniedCall<'f> {
    policy_hash: &'f str,
    args_hash: &'f str,
    gate: GateUse,
}

impl<'f> DeniedCall<'f> {
    /// Hash of its arguments, as stated.
    pub(super) const fn args_hash(&self) -> &'f str {
        self.args_hash
    }
}

impl<'f> Policies<'f> {
    pub(super) fn of(facts: &'f JobFacts<'f>) -> Self {
        let by_hash = facts.policies.iter().filter_map(|(hash, policy)| {
            let first = policy.published.first()?;
            let read = JobPolicy {
                index: first.index,
                policy: Policy::normalize(&first.said.policy),
            };
            Some((hash.as_str(), read))
        });
        Self {
            by_hash: by_hash.collect(),
            parents: ParentPolicies::of(facts),
            facts,
        }
    }

    /// A policy by its hash; `None` if the log has no publication.
    pub(super) fn get(&self, hash: &str) -> Option<&JobPolicy> {
        self.by_hash.get(hash)
    }

    /// Whether any policy of the job has gates that it lists.
    pub(super) fn have_gates(&self) -> bool {
        self.by_hash
            .values()
            .any(|published| !published.policy.gates().is_empty())
    }

    /// Every policy, by hash.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'f str, &JobPolicy)> {
        self.by_hash.iter().map(|(hash, published)| (*hash, published))
    }

    /// What a use's policy says to it; `None` if the use has none that is published.
    pub(super) fn decide(&self, used: &TokenUseFact<'f>) -> Option<(&'f str, PolicyDecision)> {
        let hash = policy_of(self.facts, used)?;
        let action = action(self.facts, used, agent_of(self.facts, used));
        Some((hash, self.evaluate(hash, &action, used.index, used.signed_at)?))
    }

    /// What nobody sees in a use's names, in words; empty if there is nothing.
    pub(super) fn hidden(&self, used: &TokenUseFact<'f>) -> String {
        let action = action(self.facts, used, agent_of(self.facts, used));
        action.hidden().map_or_else(String::new, |(member, text, found)| {
            format!(
                "; its {member} {} has {found}",
                evidence::text::shown::brief(text)
            )
        })
    }

    /// The approvals that an action needs under a policy, as the log was before an entry, and at the time that the
    /// action is signed for.
    pub(super) fn gates(
        &self,
        policy_hash: &str,
        action: &PolicyAction<'_>,
        index: LeafIndex,
        signed_at: TimestampMs,
    ) -> Vec<GateUse> {
        self.evaluate(policy_hash, action, index, signed_at)
            .map_or_else(Vec::new, |decision| decision.gates)
    }

    fn evaluate(
        &self,
        policy_hash: &str,
        action: &PolicyAction<'_>,
        index: LeafIndex,
        signed_at: TimestampMs,
    ) -> Option<PolicyDecision> {
        let policy = &self.by_hash.get(policy_hash)?.policy;
        let Some(parent) = policy.inherits() else {
            return Some(policy.evaluate_with(action, None));
        };
        let (by_order, by_time) = self.parents.governing(parent, index, signed_at);
        let decision = policy.evaluate_with(action, by_order.as_deref());
        Some(match (&by_order, &by_time) {
            (Some(by_order), Some(by_time)) if Rc::ptr_eq(by_order, by_time) => decision,
            _ => decision.or_stricter(policy.evaluate_with(action, by_time.as_deref())),
        })
    }

    /// Every use that needs approvals, in log order.
    pub(super) fn gated(&self, facts: &'f JobFacts<'f>) -> Vec<GatedUse<'f>> {
        facts
            .uses
            .iter()
            .filter_map(|used| {
                let (policy_hash, decision) = self.decide(used)?;
                (!decision.gates.is_empty()).then_some(GatedUse {
                    used,
                    agent: agent_of(facts, used),
                    policy_hash,
                    gates: decision.gates,
                })
            })
            .collect()
    }

    /// Every denied call that needs approvals, under the policy of the decision.
    pub(super) fn denied(&self) -> Vec<DeniedCall<'f>> {
        let denied = self
            .facts
            .decisions
            .iter()
            .filter(|decision| !decision.said.allow);
        let calls = denied.flat_map(|decision| {
            let said = decision.said;
            let cited = said.policy_hash.to_string();
            let Some((hash, _)) = self.by_hash.get_key_value(cited.as_str()) else {
                return Vec::new();
            };
            let action = PolicyAction::tool_operation(&said.tool, said.operation.as_deref());
            let gates = self
                .gates(hash, &action, decision.index, said.decided_at.at())
                .into_iter();
            let calls = gates.map(|gate| DeniedCall {
                policy_hash: hash,
                args_hash: &said.args_hash,
                gate,
            });
            calls.collect()
        });
        calls.collect()
    }

    /// The scopes that approvals of these uses may have, by policy hash.
    pub(super) fn scopes<'s>(
        &'s self,
        job_id: &str,
        gated: &'s [GatedUse<'f>],
        denied: &'s [DeniedCall<'f>],
    ) -> BTreeMap<&'s str, Scopes<'s>> {
        let mut policies: BTreeMap<&'s str, BTreeMap<&'s str, Gate<'s>>> = BTreeMap::new();
        for one in gated {
            let asked = policies.entry(one.policy_hash).or_default();
            for needed in &one.gates {
                let gate = asked
                    .entry(&needed.gate)
                    .or_insert_with(|| self.gate(one, needed));
                gate.used.insert(&needed.operation);
                gate.calls.extend(
                    one.used
                        .act
                        .args_hash()
                        .map(|hash| (needed.operation.as_str(), hash)),
                );
            }
        }
        for call in denied {
            let asked = policies.get_mut(call.policy_hash);
            if let Some(gate) = asked.and_then(|asked| asked.get_mut(call.gate.gate.as_str())) {
                gate.calls.insert((&call.gate.operation, call.args_hash));
            }
        }
        policies
            .into_iter()
            .take(GATED_POLICIES_MAX)
            .map(|(hash, gates)| (hash, Scopes::new(job_id, hash, gates.into_values())))
            .collect()
    }

    /// A gate with the operations that the policy lists for it.
    fn gate<'s>(&'s self, gated: &GatedUse<'_>, needed: &'s GateUse) -> Gate<'s> {
        let policy = self.by_hash.get(gated.policy_hash);
        let listed = policy
            .into_iter()
            .flat_map(|published| published.policy.gates())
            .filter(|gate| gate.name == needed.gate)
            .flat_map(evidence::wpc::GateRequirement::operations_alone)
            .collect();
        Gate {
            listed,
            ..Gate::new(&needed.gate)
        }
    }
}

/// The policy that a use cites, else the one that its token is pinned to.
pub(super) fn policy_of<'f>(facts: &'f JobFacts<'f>, used: &TokenUseFact<'_>) -> Option<&'f str> {
    let stated = match used.act {
        AgentAct::Allowed(decision) => Some(decision.policy_hash.to_string()),
        AgentAct::Model(_) | AgentAct::Tool(_) | AgentAct::SideEffect(_) => used.policy.map(str::to_owned),
    };
    let pin = || {
        let issuance = facts.issuance(used.token.hash()?)?;
        issuance.said.policy_hash.map(|hash| hash.to_string())
    };
    let (hash, _) = facts.policies.get_key_value(&stated.or_else(pin)?)?;
    Some(hash)
}

/// Who acts: the agent of the receipt, else that of the token; empty where the log does not say.
fn agent_of<'f>(facts: &'f JobFacts<'f>, used: &TokenUseFact<'f>) -> &'f str {
    match used.act {
        AgentAct::Tool(receipt) | AgentAct::SideEffect(receipt) => &receipt.agent_did,
        AgentAct::Model(_) | AgentAct::Allowed(_) => {
            let issuance = used.token.hash().and_then(|token| facts.issuance(token));
            issuance.map_or("", |issuance| &issuance.said.agent)
        }
    }
}

/// The name and the id by which a policy knows the gateway of a receipt. A gateway whose stated id differs from its
/// registration matches no policy list.
fn gateway<'f>(registered: Option<&'f Registration>, stated: &'f str) -> (Option<&'f str>, &'f str) {
    const NOBODY: &str = "";
    match registered {
        Some(registered) if registered.gateway_id.as_deref().is_some_and(|id| id != stated) => (None, NOBODY),
        Some(registered) => (Some(&registered.name), stated),
        None => (None, stated),
    }
}

/// A use as a policy sees it.
fn action<'f>(facts: &'f JobFacts<'f>, used: &TokenUseFact<'f>, agent: &'f str) -> PolicyAction<'f> {
    let action = match used.act {
        AgentAct::Model(receipt) => {
            let registered = facts.trust.registration(used.signer, used.index, used.logged_at);
            let (name, id) = gateway(registered, &receipt.gateway_id);
            PolicyAction {
                gateway_name: name,
                ..PolicyAction::model(&receipt.provider, &receipt.model, id)
            }
        }
        AgentAct::Tool(receipt) => PolicyAction::tool(&receipt.what),
        AgentAct::SideEffect(receipt) => PolicyAction::new(ActionKind::SideEffect { class: &receipt.what }),
        AgentAct::Allowed(decision) => PolicyAction {
            resource: decision.resource.as_deref(),
            ..PolicyAction::tool_operation(&decision.tool, decision.operation.as_deref())
        },
    };
    PolicyAction {
        agent: Some(agent).filter(|agent| !agent.is_empty()),
        at: Some(used.signed_at),
        ..action
    }
}
