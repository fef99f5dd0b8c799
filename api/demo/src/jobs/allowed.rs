//! Jobs in which everything was allowed, and all of it is on record.

use crate::DemoError;
use crate::policies::DemoPolicy;
use crate::run::Route;
use crate::stage::{DemoFile, Stage};
use serde_json::json;

/// The secure-execution policy names its tools whole and its provider; the sandbox was audited.
pub(super) fn secure_execution(stage: &Stage) -> Result<(), DemoError> {
    let job = stage.open(
        "job-2026-02-11-001",
        "Refresh the vendor report from approved hosts",
    )?;
    job.publish(DemoPolicy::SecureExecution)?;
    let mut run = job.authorize(DemoPolicy::SecureExecution)?;
    run.route(Route {
        provider: "openrouter_via_fal",
        model: "anthropic/claude-sonnet-4.5",
    });
    run.model_call("Plan the refresh of the vendor report.")?;
    run.tool_call("read", &json!({ "path": "reports/vendors.md" }))?;
    run.tool_call(
        "http:approved_hosts",
        &json!({ "url": "https://vendors.contoso.example/list" }),
    )?;
    run.model_call("Merge the new list into the report.")?;
    run.tool_call("write:workspace", &json!({ "path": "reports/vendors.md" }))?;
    run.last_model_call("Summarize what changed.")?;
    run.submit_bundle()?;
    job.attach(&DemoFile {
        label: "runtime_audit",
        name: "security-audit.json",
        media_type: "application/json",
        // As `openclaw security audit --json` prints it.
        content: r#"{"ts":1770796800000,"summary":{"critical":0,"warn":1,"info":1},"findings":[{"checkId":"summary.attack_surface","severity":"info","title":"Attack surface summary","detail":"tools.elevated: disabled\nbrowser control: disabled"},{"checkId":"fs.state_dir.perms_readable","severity":"warn","title":"State dir is readable by others","detail":"/srv/agents/.openclaw mode=755","remediation":"chmod 700 /srv/agents/.openclaw"}],"secretDiagnostics":[]}"#,
    })
}

/// Two read-only calls to the Defender API; the vendor's own log is attached.
pub(super) fn defender_triage(stage: &Stage) -> Result<(), DemoError> {
    let job = stage.open("demo-defender-triage", "Triage Defender incident 4711")?;
    job.publish(DemoPolicy::DefenderReadonly)?;
    let mut run = job.authorize(DemoPolicy::DefenderReadonly)?;
    run.model_call("What is known about incident 4711?")?;
    run.tool_call("defender_api_call:incidents.get", &json!({ "incident": 4711 }))?;
    run.tool_call(
        "defender_api_call:hunting.query",
        &json!({ "query": "DeviceLogonEvents | take 50" }),
    )?;
    run.last_model_call("Is incident 4711 a true positive?")?;
    run.submit_bundle()?;
    job.attach(&DemoFile {
        label: "vendor_audit_log",
        name: "defender-api-audit.csv",
        media_type: "text/csv",
        content: "operation,result\nincidents.get,200\nhunting.query,200\n",
    })
}

/// Read-only calls to the Sentinel API.
pub(super) fn sentinel_triage(stage: &Stage) -> Result<(), DemoError> {
    let job = stage.open("demo-sentinel-triage", "Triage overnight Sentinel alerts")?;
    job.publish(DemoPolicy::SentinelTriage)?;
    let mut run = job.authorize(DemoPolicy::SentinelTriage)?;
    run.model_call("Which alerts of last night belong together?")?;
    run.tool_call("sentinel.api:alerts.list", &json!({ "since": "PT8H" }))?;
    run.tool_call("sentinel.api:incidents.get", &json!({ "incident": "INC-2231" }))?;
    run.tool_call(
        "sentinel.api:kql.query",
        &json!({ "query": "SigninLogs | take 100" }),
    )?;
    run.last_model_call("Write the triage note for INC-2231.")?;
    run.submit_bundle()
}
