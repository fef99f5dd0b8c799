//! The cast: who signs what in a log, each with a fixed key, a name and a submitter of that name.

use ledger::signer::EvidenceKey;

use crate::documents::{self, Draft};
use crate::key::Signer as _;

/// The roles of the cast, for each of which [`Cast::registrations`] registers one signer.
pub const ROLES: [&str; 6] = [
    "gateway",
    "token_issuer",
    "policy_publisher",
    "enforcement_point",
    "approver",
    "orchestrator",
];

/// Keys by role. Only the operator is known to a new log.
#[derive(Debug)]
pub struct Cast {
    /// Signed the genesis.
    pub operator: EvidenceKey,
    /// Signs receipts of model calls.
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
    /// Acts; never registered.
    pub agent: EvidenceKey,
    /// Through whom everybody sends, where that is one submitter.
    submitter: Option<&'static str>,
}

impl Cast {
    /// Everybody, with the operator of a log.
    pub fn of(operator: EvidenceKey) -> Self {
        let key = |number: u8| EvidenceKey::from_seed([number; 32]).unwrap();
        Self {
            operator,
            gateway: key(11),
            token_issuer: key(12),
            policy_publisher: key(13),
            enforcement_point: key(14),
            approver: key(15),
            orchestrator: key(16),
            agent: key(17),
            submitter: None,
        }
    }

    /// The same where nobody is configured, and everybody on loopback submits as `local`.
    pub fn on_loopback(operator: EvidenceKey) -> Self {
        Self {
            submitter: Some("local"),
            ..Self::of(operator)
        }
    }

    /// The registration of the signer of a role, to be signed by the operator.
    pub fn registration(&self, origin: &str, role: &str) -> Draft {
        let (key, name) = match role {
            "gateway" => (&self.gateway, "clawproxy"),
            "token_issuer" => (&self.token_issuer, "clawscope"),
            "policy_publisher" => (&self.policy_publisher, "clawcontrols"),
            "enforcement_point" => (&self.enforcement_point, "enforcer"),
            "approver" => (&self.approver, "approvals"),
            "orchestrator" => (&self.orchestrator, "orchestrator"),
            other => panic!("nobody of the cast is {other}"),
        };
        documents::registration(origin, &key.signer_did(), name, &[role])
            .with("/submitters", [self.submitter.unwrap_or(name)])
    }

    /// The registrations of some roles, signed by the operator at a time.
    pub fn registrations(&self, origin: &str, roles: &[&str], at: &str) -> Vec<String> {
        let signed = |role: &&str| self.registration(origin, role).at(at).sign(&self.operator);
        roles.iter().map(signed).collect()
    }

    /// The registration of any key under a name, signed by the operator.
    pub fn register(&self, origin: &str, key: &EvidenceKey, name: &str, roles: &[&str]) -> String {
        documents::registration(origin, &key.signer_did(), name, roles).sign(&self.operator)
    }

    /// The retirement of a key, signed by the operator.
    pub fn retire(&self, origin: &str, key: &EvidenceKey) -> String {
        documents::retirement(origin, &key.signer_did()).sign(&self.operator)
    }
}
