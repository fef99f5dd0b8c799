//! `policy.tools`: every tool call, side effect and allowed decision of the job against the policy
//! (`docs/policies.md`). What needs an approval is `policy.approvals`' matter alone.

use super::super::check::{Check, CheckId};
use super::super::facts::{AgentAct, JobFacts};
use super::governed;

pub(super) fn check(facts: &JobFacts<'_>) -> Check {
    let tool = |act: &AgentAct<'_>| !matches!(act, AgentAct::Model(_));
    governed::check(facts, CheckId::PolicyTools, "tool call", tool)
}
