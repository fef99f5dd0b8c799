//! Jobs about what an agent did, and whether anybody let it.

use crate::DemoError;
use crate::control::Denial;
use crate::policies::DemoPolicy;
use crate::run::DemoRun;
use crate::stage::{DemoFile, Stage};
use serde_json::{Value, json};

/// The operation that the policy denies unless a person approves it.
const GATED: &str = "incidents.update";

/// A person approves first; the approval is in the log before the call.
pub(super) fn write_approved(stage: &Stage) -> Result<(), DemoError> {
    let job = stage.open(
        "demo-sentinel-write-approved",
        "Close the triage of INC-2231 in Sentinel",
    )?;
    job.publish(DemoPolicy::SentinelTriage)?;
    let mut run = job.authorize(DemoPolicy::SentinelTriage)?;
    job.attach(&DemoFile {
        label: "change_ticket",
        name: "CHG-1042.txt",
        media_type: "text/plain",
        content: "CHG-1042: set the status of INC-2231 to active, owner to tier 2. Approved by the duty manager.\n",
    })?;
    run.model_call("Propose the update of INC-2231.")?;
    run.approve_write(GATED, &update(), "CHG-1042: set status and owner of INC-2231")?;
    update_incident(&mut run)?;
    run.submit_bundle()
}

/// The same call, and nobody approved it.
pub(super) fn write_unapproved(stage: &Stage) -> Result<(), DemoError> {
    let job = stage.open("demo-sentinel-write-unapproved", "Triage INC-2232 in Sentinel")?;
    job.publish(DemoPolicy::SentinelTriage)?;
    let mut run = job.authorize(DemoPolicy::SentinelTriage)?;
    run.model_call("Propose the update of INC-2232.")?;
    update_incident(&mut run)?;
    run.submit_bundle()
}

/// Arguments of the update.
fn update() -> Value {
    json!({ "status": "active", "owner": "tier-2" })
}

fn update_incident(run: &mut DemoRun<'_>) -> Result<(), DemoError> {
    run.tool_call(&format!("sentinel.api:{GATED}"), &update())?;
    run.last_model_call("Confirm the update.")
}

/// The operation is allowed, its size is not; the agent runs the very call that was denied.
pub(super) fn denied_executed(stage: &Stage) -> Result<(), DemoError> {
    let job = stage.open("demo-denied-executed", "Hunt for token theft in sign-in logs")?;
    job.publish(DemoPolicy::SentinelTriage)?;
    let mut run = job.authorize(DemoPolicy::SentinelTriage)?;
    run.model_call("Which sign-ins look like token theft?")?;
    let args = json!({ "query": "SigninLogs | where TimeGenerated > ago(365d)", "rows": 250_000 });
    run.deny(&Denial {
        tool: "sentinel.api",
        operation: "kql.query",
        args: &args,
        pointer: "/allow/0/ops/3",
        limit: 10_000,
        actual: 250_000,
    })?;
    run.tool_call("sentinel.api:kql.query", &args)?;
    run.last_model_call("Summarize the sign-ins.")?;
    run.submit_bundle()
}

/// All uses are logged, then the halt. The gateway closes its stream and the agent hands in its bundle after it:
/// neither is a use.
pub(super) fn halted_clean(stage: &Stage) -> Result<(), DemoError> {
    let job = stage.open("demo-halted-clean", "Sweep stale incidents")?;
    job.publish(DemoPolicy::SentinelTriage)?;
    let mut run = job.authorize(DemoPolicy::SentinelTriage)?;
    run.model_call("Which incidents are stale?")?;
    run.tool_call(
        "sentinel.api:incidents.list",
        &json!({ "status": "new", "older_than": "P30D" }),
    )?;
    run.model_call("Order them by risk.")?;
    job.event(
        "halted",
        json!({ "reason": "the incident queue is under legal review" }),
    )?;
    run.close_stream()?;
    run.submit_bundle()
}

/// A job of its own, with its own token, run and bundle, that says whose rollback it is.
pub(super) fn rollback_of_halted(stage: &Stage) -> Result<(), DemoError> {
    let job = stage.open(
        "demo-rollback-of-halted",
        "Check what the halted sweep left behind",
    )?;
    job.event("rollback_of", json!({ "related_job_id": "demo-halted-clean" }))?;
    job.publish(DemoPolicy::SentinelTriage)?;
    let mut run = job.authorize(DemoPolicy::SentinelTriage)?;
    run.model_call("What did the halted sweep touch?")?;
    run.tool_call("sentinel.api:incidents.list", &json!({ "touched_by": "sweep" }))?;
    run.last_model_call("Confirm that nothing was left half done.")?;
    run.submit_bundle()
}
