//! `human_approval_receipt.v1`.

use crate::fault::Fault;
use crate::json::Object;

use super::binding::{Binding, Owner};
use super::fields::{PayloadFields, members};
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

members!(/// An approval or denial of an action.
#[derive(Clone, PartialEq, Eq, Debug)]
Approval of fields {
    /// The receipt's id, by which decisions cite it.
    receipt_id: String = fields.required("receipt_id", forms::id)?,
    /// Whether it approves or denies, and whether a person decided.
    approval_type: ApprovalType =
        fields.required("approval_type",forms::parsed("an approval type", ApprovalType::parse),)?,
    /// Who said it, in the approver's own words; the signature says more.
    approver_subject: String = fields.required("approver_subject", forms::id)?,
    /// By what means, where stated.
    method: Option<ApproverMethod> =
        fields.optional("approver_method",forms::parsed("an approver method", ApproverMethod::parse),)?,
    /// DID of the agent whose action it is about.
    agent_did: String = fields.required("agent_did", forms::did)?,
    /// Hash of what was approved, text as received.
    scope_hash: String = fields.required("scope_hash_b64u", forms::b64u)?,
    /// The same in words, where given.
    scope_summary: Option<String> = fields.optional("scope_summary", forms::short_text)?,
    /// The policy under which it was asked, text as received.
    policy_hash: Option<String> = fields.optional("policy_hash_b64u", forms::b64u)?,
    /// For how many seconds it holds, where limited.
    ttl_s: Option<u64> = fields.optional("minted_capability_ttl_seconds", forms::count)?,
    /// When it was said.
    timestamp: Timestamp = fields.required("timestamp", forms::timestamp)?,
    /// Run, event, nonce, policy and scope; empty where the receipt has none.
    binding: Binding = fields.optional("binding", Binding::of(Owner::Other))?.unwrap_or_default(),
});

impl Approval {
    pub(crate) fn decode(object: &Object, at: &Pointer<'_>) -> Result<Self, Fault> {
        PayloadFields::all(object, at, |fields| {
            fields.required("receipt_version", forms::constant("1"))?;
            let approval = Self::read(fields)?;
            fields.required("hash_algorithm", forms::constant("SHA-256"))?;
            fields.optional("minted_capability_id", forms::id)?;
            fields.optional("plan_hash_b64u", forms::b64u)?;
            let evidence = forms::list(0..=EVIDENCE_MAX, forms::short_text);
            fields.optional("evidence_required", evidence)?;
            Ok(approval)
        })
    }
}
