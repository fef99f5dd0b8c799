//! Who signs what in tests, each with a fixed key.

use serde_json::json;

use super::ISSUED_AT;
use crate::signer::{EvidenceKey, KeyError};

/// Keys by role. Only the operator is known to a new log.
#[derive(Debug)]
pub struct Actors {
    /// Signed log.genesis.
    pub operator: EvidenceKey,
    /// Signs receipts; its bound submitter is `clawproxy`.
    pub gateway: EvidenceKey,
    /// Issues and revokes tokens.
    pub token_issuer: EvidenceKey,
    /// Publishes policies.
    pub policy_publisher: EvidenceKey,
    /// Decides tool calls.
    pub enforcement_point: EvidenceKey,
    /// Approves.
    pub approver: EvidenceKey,
    /// Opens jobs.
    pub orchestrator: EvidenceKey,
    /// Acts; never registered by [`Actors::registrations`].
    pub agent: EvidenceKey,
}

impl Actors {
    pub(super) fn new() -> Result<Self, KeyError> {
        let key = |number: u8| EvidenceKey::from_seed([number; 32]);
        Ok(Self {
            operator: key(10)?,
            gateway: key(11)?,
            token_issuer: key(12)?,
            policy_publisher: key(13)?,
            enforcement_point: key(14)?,
            approver: key(15)?,
            orchestrator: key(16)?,
            agent: key(17)?,
        })
    }

    /// A registration of each issuer with its role, for the log `origin`.
    pub fn registrations(&self, origin: &str) -> Vec<String> {
        let issuers = [
            (&self.gateway, "gateway", "clawproxy"),
            (&self.token_issuer, "token_issuer", "clawscope"),
            (&self.policy_publisher, "policy_publisher", "clawcontrols"),
            (&self.enforcement_point, "enforcement_point", "enforcer"),
            (&self.approver, "approver", "approvals"),
            (&self.orchestrator, "orchestrator", "orchestrator"),
        ];
        issuers
            .into_iter()
            .filter_map(|(key, role, submitter)| self.registration(origin, key, &[role], submitter))
            .collect()
    }

    /// One registration, open-ended, signed by the operator. `None` where it cannot be signed.
    pub fn registration(
        &self,
        origin: &str,
        key: &EvidenceKey,
        roles: &[&str],
        submitter: &str,
    ) -> Option<String> {
        let payload = json!({
            "event_version": "1",
            "log_origin": origin,
            "did": key.did().as_str(),
            "name": submitter,
            "roles": roles,
            "not_before": "2026-01-01T00:00:00Z",
            "submitters": [submitter],
        });
        self.operator
            .sign_own("issuer_registration", &payload, ISSUED_AT)
            .ok()
    }

    /// A retirement, signed by the operator. `None` where it cannot be signed.
    pub fn retirement(&self, origin: &str, key: &EvidenceKey) -> Option<String> {
        let payload = json!({
            "event_version": "1",
            "log_origin": origin,
            "did": key.did().as_str(),
            "reason": "rotated",
        });
        self.operator
            .sign_own("issuer_retirement", &payload, ISSUED_AT)
            .ok()
    }
}
