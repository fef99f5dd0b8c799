//! `policy.models`: every model call of the job, by its gateway receipts, against the policy
//! (`docs/policies.md`).

use super::super::facts::{Act, Facts};
use super::super::verdict::{Check, CheckId};
use super::governed;

/// Judges it.
pub(super) fn check(facts: &Facts<'_>) -> Check {
    let model = |act: &Act<'_>| matches!(act, Act::Model(_));
    governed::check(facts, CheckId::PolicyModels, "model call", model)
}
