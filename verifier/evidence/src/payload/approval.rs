//! `human_approval_receipt.v1`.

use crate::fault::Fault;
use crate::json::Object;

use super::binding::{Binding, Owner};
use super::fields::PayloadFields;
use super::forms;
use super::time::Timestamp;
use crate::json::pointer::Pointer;

/// Most items of `evidence_required`.
const EVIDENCE_MAX: usize = 64;

crate::texts!(/// How an action was approved or denied.
ApprovalType {
    /// A person said yes.
    ExplicitApprove => "explicit_approve",
    /// A person said no.
    ExplicitDeny => "explicit_deny",
    /// A rule said yes.
    AutoApprove => "auto_approve",
    /// Nobody said anything in time.
    TimeoutDeny => "timeout_deny",
});

crate::texts!(/// By what means it was said.
ApproverMethod {
    /// Somebody clicked.
    UiClick => "ui_click",
    /// Somebody confirmed at a terminal.
    CliConfirm => "cli_confirm",
    /// A program of the approver called.
    ApiCall => "api_call",
    /// A policy decided.
    PolicyAuto => "policy_auto",
    /// Time ran out.
    Timeout => "timeout",
});

impl ApproverMethod {
    /// Whether a person may have decided.
    pub const fn is_of_a_person(self) -> bool {
        !matches!(self, Self::PolicyAuto | Self::Timeout)
    }
}

/// An approval or denial of an action.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Approval {
    /// The receipt's id, by which decisions cite it.
    pub receipt_id: String,
    /// Whether it approves or denies, and whether a person decided.
    pub approval_type: ApprovalType,
    /// Who said it, in the approver's own words; the signature says more.
    pub approver_subject: String,
    /// By what means, where stated.
    pub method: Option<ApproverMethod>,
    /// DID of the agent whose action it is about.
    pub agent_did: String,
    /// Hash of what was approved, text as received.
    pub scope_hash: String,
    /// The same in words, where given.
    pub scope_summary: Option<String>,
    /// The policy under which it was asked, text as received.
    pub policy_hash: Option<String>,
    /// For how many seconds it holds, where limited.
    pub ttl_s: Option<u64>,
    /// When it was said.
    pub timestamp: Timestamp,
    /// Run, event, nonce, policy and scope; empty where the receipt has none.
    pub binding: Binding,
}

impl Approval {
    pub(crate) fn decode(object: &Object, at: &Pointer<'_>) -> Result<Self, Fault> {
        let mut fields = PayloadFields::new(object, at);
        fields.required("receipt_version", forms::constant("1"))?;
        let approval = Self {
            receipt_id: fields.required("receipt_id", forms::id)?,
            approval_type: fields.required(
                "approval_type",
                forms::parsed("an approval type", ApprovalType::parse),
            )?,
            approver_subject: fields.required("approver_subject", forms::id)?,
            method: fields.optional(
                "approver_method",
                forms::parsed("an approver method", ApproverMethod::parse),
            )?,
            agent_did: fields.required("agent_did", forms::did)?,
            scope_hash: fields.required("scope_hash_b64u", forms::b64u)?,
            scope_summary: fields.optional("scope_summary", forms::short_text)?,
            policy_hash: fields.optional("policy_hash_b64u", forms::b64u)?,
            ttl_s: fields.optional("minted_capability_ttl_seconds", forms::count)?,
            timestamp: fields.required("timestamp", forms::timestamp)?,
            binding: fields
                .optional("binding", Binding::read(Owner::Other))?
                .unwrap_or_default(),
        };
        fields.required("hash_algorithm", forms::constant("SHA-256"))?;
        fields.optional("minted_capability_id", forms::id)?;
        fields.optional("plan_hash_b64u", forms::b64u)?;
        fields.optional(
            "evidence_required",
            forms::list(0..=EVIDENCE_MAX, forms::short_text),
        )?;
        fields.finish()?;
        Ok(approval)
    }
}
