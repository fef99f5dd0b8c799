//! `policy.models`: every model call of the job, by its gateway receipts, against the policy
//! (`docs/policies.md`).

use super::super::check::{Check, CheckId};
use super::super::facts::{Act, Facts};
use super::governed;

/// Evaluates the check `policy.models`.
pub(super) fn check(facts: &Facts<'_>) -> Check {
    let model = |act: &Act<'_>| matches!(act, Act::Model(_));
    governed::check(facts, CheckId::PolicyModels, "model call", model)
}
