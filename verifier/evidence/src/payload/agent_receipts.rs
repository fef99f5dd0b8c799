//! `tool_receipt` v1 and v2 and `side_effect_receipt.v1`: what an agent, or a gateway or host that watched it, says that the
//! agent did.

use crate::caller_text::CallerText;
use crate::fault::Fault;
use crate::json::Object;
use tlog::base64;

use super::binding::{Binding, Owner};
use super::fields::PayloadFields;
use super::forms;
use super::time::Timestamp;
use crate::json::pointer::Pointer;

/// What tool and side-effect receipts share.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AgentReceipt {
    /// The receipt's id.
    pub receipt_id: String,
    /// Who acted. Where the signer is another, it has to be a gateway or an enforcement point.
    pub agent_did: String,
    /// `tool_name`, as the caller wrote it, or `effect_class`.
    pub what: CallerText,
    /// Hash of the tool's arguments, text as received; `None` for a side effect, and where the signer did not see them.
    pub args_hash: Option<CallerText>,
    /// Whether salts are hashed with arguments and result (version 2), so that equal arguments have other hashes.
    pub is_salted: bool,
    /// The first hash that is missing: nobody but an observer may leave one out.
    pub unseen: Option<&'static str>,
    /// `result_status` or `response_status`.
    pub outcome: Option<&'static str>,
    /// When it was done, by the signer's word.
    pub timestamp: Timestamp,
    /// Run, event, nonce, policy and scope; empty where the receipt has none.
    pub binding: Binding,
}

impl AgentReceipt {
    /// The hash of the arguments, where it can be compared with another call's: SHA-256 in base64url without padding,
    /// and without a salt. A hash in another spelling tells nobody which arguments it is of.
    pub fn comparable_args(&self) -> Option<&str> {
        let hash = self.args_hash.as_deref().filter(|_| !self.is_salted);
        hash.filter(|hash| base64::decode_url_array::<32>(hash).is_some())
    }

    /// A tool receipt; version 2 adds the salts and disclosures of hidden arguments and results.
    pub(crate) fn decode_tool(object: &Object, at: &Pointer<'_>) -> Result<Self, Fault> {
        PayloadFields::all(object, at, |fields| {
            let version = fields.required("receipt_version", forms::one_of(&["1", "2"]))?;
            // The reference gives hashes no form in version 1.
            let hash = if version == "2" {
                forms::caller_hash
            } else {
                forms::caller_text
            };
            let mut receipt = Self {
                receipt_id: fields.required("receipt_id", forms::id)?,
                agent_did: fields.required("agent_did", forms::did)?,
                what: fields.required("tool_name", forms::caller_text)?,
                args_hash: fields.optional("args_hash_b64u", hash)?,
                is_salted: version == "2",
                unseen: None,
                outcome: fields.optional("result_status", forms::one_of(&["success", "error", "timeout"]))?,
                timestamp: fields.required("timestamp", forms::timestamp)?,
                binding: fields
                    .optional("binding", Binding::of(Owner::Other))?
                    .unwrap_or_default(),
            };
            fields.optional("tool_version", forms::caller_text)?;
            let result_hash = fields.optional("result_hash_b64u", hash)?;
            fields.required("hash_algorithm", forms::constant("SHA-256"))?;
            fields.required("latency_ms", forms::non_negative)?;
            receipt.unseen = match (&receipt.args_hash, result_hash) {
                (None, _) => Some("args_hash_b64u"),
                (Some(_), None) => Some("result_hash_b64u"),
                (Some(_), Some(_)) => None,
            };
            if version == "2" {
                // Salts and disclosures are of nothing without their hashes.
                fields.required("args_hash_b64u", hash)?;
                fields.required("result_hash_b64u", hash)?;
                fields.required("args_salt_b64u", forms::b64u)?;
                fields.required("result_salt_b64u", forms::b64u)?;
                fields.optional("args_disclosure", forms::object)?;
                fields.optional("result_disclosure", forms::object)?;
            }
            Ok(receipt)
        })
    }

    /// A side-effect receipt, in its standalone form: targets and bodies by hash only.
    pub(crate) fn decode_side_effect(object: &Object, at: &Pointer<'_>) -> Result<Self, Fault> {
        const CLASSES: &[&str] = &["network_egress", "filesystem_write", "external_api_write"];
        const STATUSES: &[&str] = &["success", "error", "timeout", "denied"];
        PayloadFields::all(object, at, |fields| {
            fields.required("receipt_version", forms::constant("1"))?;
            let mut receipt = Self {
                receipt_id: fields.required("receipt_id", forms::id)?,
                agent_did: fields.required("agent_did", forms::did)?,
                what: fields.required("effect_class", |value, at| {
                    forms::one_of(CLASSES)(value, at)?;
                    forms::caller_text(value, at)
                })?,
                args_hash: None,
                is_salted: false,
                unseen: None,
                outcome: fields.optional("response_status", forms::one_of(STATUSES))?,
                timestamp: fields.required("timestamp", forms::timestamp)?,
                binding: fields
                    .optional("binding", Binding::of(Owner::SideEffect))?
                    .unwrap_or_default(),
            };
            for name in ["target_hash_b64u", "request_hash_b64u", "response_hash_b64u"] {
                if fields.optional(name, forms::caller_text)?.is_none() {
                    receipt.unseen = receipt.unseen.or(Some(name));
                }
            }
            fields.required("hash_algorithm", forms::constant("SHA-256"))?;
            fields.required("latency_ms", forms::non_negative)?;
            fields.optional("vendor_id", forms::caller_text)?;
            fields.optional("bytes_written", forms::count)?;
            Ok(receipt)
        })
    }
}
