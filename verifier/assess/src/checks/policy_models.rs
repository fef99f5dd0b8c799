//! `policy.models`: every model call of the job, by its gateway receipts, against the policy
//! (`docs/policies.md`).

use super::super::check::{Check, CheckId};
use super::super::facts::{AgentAct, JobFacts};
use super::governed;

pub(super) fn check(facts: &JobFacts<'_>) -> Check {
    let model = |act: &AgentAct<'_>| matches!(act, AgentAct::Model(_));
    governed::check(facts, CheckId::PolicyModels, "model call", model)
}
