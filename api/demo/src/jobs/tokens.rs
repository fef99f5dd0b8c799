//! Jobs about tokens: revoked while in use, and used by two jobs.

use crate::DemoError;
use crate::fresh;
use crate::policies::DemoPolicy;
use crate::stage::{DemoJob, Stage};
use crate::token::{Grant, Request};
use serde_json::json;
use std::rc::Rc;
use std::time::Duration;

/// Twice the clock skew that the demo's genesis allows: what is signed after it is late beyond doubt.
const AFTER_REVOCATION_MS: u64 = 2_000;
const CLOCK_POLL: Duration = Duration::from_millis(50);

/// One call before the revocation, two after it.
pub(super) fn revoked_midway(stage: &Stage) -> Result<(), DemoError> {
    let job = stage.open("demo-revoked-midway", "Triage a suspected credential leak")?;
    job.publish(DemoPolicy::SentinelTriage)?;
    let mut run = job.authorize(DemoPolicy::SentinelTriage)?;
    run.model_call("Whose credentials leaked?")?;
    let revocation = run.grant().revoke(stage, "token found in a public paste")?;
    wait_until(revocation.logged_at.saturating_add(AFTER_REVOCATION_MS));
    run.tool_call("sentinel.api:incidents.get", &json!({ "incident": "INC-2240" }))?;
    run.last_model_call("Who else may be affected?")?;
    run.submit_bundle()
}

/// By the clock that stamps documents, so that the signed times are as far apart as the story needs.
fn wait_until(ms: u64) {
    while fresh::now_ms() <= ms {
        std::thread::sleep(CLOCK_POLL);
    }
}

/// One token without a job, used for reading by two jobs, each with its own run and stream.
pub(super) fn shared_token(stage: &Stage) -> Result<(), DemoError> {
    let first = stage.open("demo-shared-token-a", "Review Defender incident 4801")?;
    let second = stage.open("demo-shared-token-b", "Review Defender incident 4802")?;
    first.publish(DemoPolicy::DefenderReadonly)?;
    second.publish(DemoPolicy::DefenderReadonly)?;
    let run_id = format!("run_{}", first.id);
    let request = Request {
        job_id: None,
        run_id: &run_id,
        policy: DemoPolicy::DefenderReadonly,
    };
    let grant = Rc::new(Grant::issue(stage, &request)?);
    review(&first, &grant, 4801)?;
    review(&second, &grant, 4802)
}

fn review(job: &DemoJob<'_>, grant: &Rc<Grant>, incident: u32) -> Result<(), DemoError> {
    let mut run = job.run_with(grant);
    run.model_call(&format!("What happened in incident {incident}?"))?;
    run.tool_call(
        "defender_api_call:incidents.get",
        &json!({ "incident": incident }),
    )?;
    run.last_model_call(&format!("Is incident {incident} resolved?"))?;
    run.submit_bundle()
}
