//! A small log in memory, honest about what it holds, and stories in it.
//!
//! [`ScenarioLog`] takes any signed document, entitled or not: what intake would refuse is what the checks have to
//! stand. [`ScenarioJob`] plays a job step by step; every step takes a change to the payload that it is about to sign.

mod intake;
mod job;
mod log;

pub(crate) use intake::{Intake, PlayResult, impersonate};
pub(crate) use job::{ScenarioJob, ScenarioToken, args_hash, passing_job, passing_under, policy};
pub(crate) use log::{ORIGIN, START_MS, ScenarioActor, ScenarioLog, rfc3339, salt, verified};

use serde_json::Value;
use verifier::assess::{Assessment, CheckId, CheckStatus};

/// No change to a payload.
pub(crate) fn same(_payload: &mut Value) {}

/// Status and code of one check.
pub(crate) fn outcome(assessment: &Assessment, id: CheckId) -> (CheckStatus, &'static str) {
    let check = assessment.checks.iter().find(|check| check.id == id).unwrap();
    (check.status, check.code)
}

/// Every check but one, to see that nothing else changed.
pub(crate) fn others(assessment: &Assessment, id: CheckId) -> Vec<(CheckId, CheckStatus, &'static str)> {
    let others = assessment.checks.iter().filter(|check| check.id != id);
    others.map(|check| (check.id, check.status, check.code)).collect()
}
