//! Jobs about the record itself: what is missing from it, and what it contradicts.

use crate::DemoError;
use crate::fresh;
use crate::policies::DemoPolicy;
use crate::stage::Stage;
use ledger::signer::EvidenceKey;
use serde_json::json;

/// The gateway logged three calls; the agent's bundle shows two of them. The chain still has all three events.
pub(super) fn omitted_receipt(stage: &Stage) -> Result<(), DemoError> {
    let job = stage.open("demo-omitted-receipt", "Triage Defender incident 4720")?;
    job.publish(DemoPolicy::DefenderReadonly)?;
    let mut run = job.authorize(DemoPolicy::DefenderReadonly)?;
    run.model_call("What is known about incident 4720?")?;
    run.tool_call("defender_api_call:incidents.get", &json!({ "incident": 4720 }))?;
    run.model_call("How could these findings be hidden?")?;
    run.last_model_call("Write the triage note for incident 4720.")?;
    run.submit_bundle_without(1)
}

/// The token is pinned to the Sentinel policy; every receipt cites one without tool rules.
pub(super) fn policy_swap(stage: &Stage) -> Result<(), DemoError> {
    let job = stage.open("demo-policy-swap", "Summarize this week's incidents")?;
    job.publish(DemoPolicy::SentinelTriage)?;
    job.publish(DemoPolicy::ClawsigV1)?;
    let mut run = job.authorize(DemoPolicy::SentinelTriage)?;
    run.cite(DemoPolicy::ClawsigV1)?;
    run.model_call("List this week's incidents.")?;
    run.tool_call("sentinel.api:incidents.list", &json!({ "since": "P7D" }))?;
    run.last_model_call("Summarize them in five lines.")?;
    run.submit_bundle()
}

/// A pulse: the agent counts its own calls, and nobody else saw them.
pub(super) fn pulse_only(stage: &Stage) -> Result<(), DemoError> {
    let job = stage.open("demo-pulse-only", "Tidy the watchlists")?;
    let agent = EvidenceKey::generate()?;
    let members = json!({
        "job_id": job.id,
        "pulse": {
            "trust_pulse_version": "1",
            "trust_pulse_id": format!("pulse_{}", fresh::random_id()?),
            "run_id": "run_demo-pulse-only",
            "agent_did": agent.did().as_str(),
            "issued_at": fresh::now_rfc3339(),
            "evidence_class": "self_reported",
            "tier_uplift": false,
            "tools": [{ "name": "sentinel.api:incidents.list", "calls": 3 }],
            "files": [{ "path": "watchlists/vip.csv", "touches": 1 }],
        },
    });
    stage.push_for_agent(&agent, "trust_pulse", members)
}
