//! What others say about a run's calls before they are made: a person approves, enforcement denies.

use super::DemoError;
use super::documents::{ApprovalJson, hash_jcs, hash_js, parse};
use super::run::DemoRun;
use crate::fresh;
use serde_json::{Value, json};

/// The approval gate of the Sentinel policy.
const WRITE_GATE: &str = "sentinel-write-approval";

/// A call that enforcement does not let through.
pub(super) struct Denial<'a> {
    pub(super) tool: &'a str,
    pub(super) operation: &'a str,
    pub(super) args: &'a Value,
    /// JSON pointer into the policy.
    pub(super) pointer: &'a str,
    pub(super) limit: u64,
    pub(super) actual: u64,
}

impl DemoRun<'_> {
    /// A person approves one call of this job at the policy's write gate: the operation with these arguments and no
    /// other.
    pub(super) fn approve_write(
        &self,
        operation: &str,
        args: &Value,
        summary: &'static str,
    ) -> Result<(), DemoError> {
        let approver = &self.stage.cast.approver;
        let scope = json!({
            "args_hash_b64u": hash_js(args)?,
            "gate": WRITE_GATE,
            "job_id": self.job_id,
            "operations": [operation],
            "policy_hash_b64u": self.cited,
        });
        let timestamp = fresh::now_rfc3339();
        let payload = ApprovalJson {
            receipt_version: "1",
            receipt_id: format!("approval_{}", fresh::random_id()?),
            approval_type: "explicit_approve",
            approver_subject: String::from("duty-manager@contoso.example"),
            agent_did: self.grant.agent.did().to_string(),
            scope_hash_b64u: hash_jcs(&parse(&scope.to_string())?),
            scope_summary: summary,
            policy_hash_b64u: self.cited.clone(),
            minted_capability_ttl_seconds: 300,
            hash_algorithm: "SHA-256",
            timestamp: timestamp.clone(),
            binding: self.binding(None),
        };
        let document = approver.key.sign_clawsig(
            "human_approval_receipt",
            &serde_json::to_string(&payload)?,
            &timestamp,
        )?;
        approver.push(&document, Some(&self.named())).map(drop)
    }

    /// The gateway's policy enforcement denies a call whose operation is allowed but whose size is not.
    pub(super) fn deny(&self, denial: &Denial<'_>) -> Result<(), DemoError> {
        let members = json!({
            "decision_id": format!("dec_{}", fresh::random_id()?),
            "run_id": self.id,
            "job_id": self.job_id,
            "token_hash": self.grant.token_hash,
            "policy_hash_b64u": self.cited,
            "tool": denial.tool,
            "operation": denial.operation,
            "args_hash_b64u": hash_js(denial.args)?,
            "effect": "deny",
            "reason_code": "CONSTRAINT_EXCEEDED",
            "statement": denial.pointer,
            "constraint": { "pointer": denial.pointer, "limit": denial.limit, "actual": denial.actual },
            "decided_at": fresh::now_rfc3339(),
        });
        let stage = self.stage;
        stage
            .sign_and_push(&stage.cast.clawproxy, "authorization_decision", members, None)
            .map(drop)
    }
}
