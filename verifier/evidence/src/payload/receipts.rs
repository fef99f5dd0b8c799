//! `gateway_receipt.v1`: a gateway's receipt of one model call.

use crate::caller_text::CallerText;
use crate::fault::Fault;
use crate::json::Object;

use super::binding::{Binding, Owner};
use super::fields::PayloadFields;
use super::forms;
use super::time::Timestamp;
use crate::json::pointer::Pointer;

/// Most tokens of one call: the numeric limit of clawsig's verifier, stricter than its schema.
const TOKENS_MAX: u64 = 10_000_000;
/// Longest call: one hour.
const LATENCY_MS_MAX: u64 = 3_600_000;

/// What a gateway says about one model call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GatewayReceipt {
    /// The receipt's id, unique for the gateway.
    pub receipt_id: String,
    /// The gateway's own name for itself, for example `did:web:clawproxy.com`.
    pub gateway_id: String,
    /// Model provider, as the caller wrote it.
    pub provider: CallerText,
    /// Model, as the caller wrote it.
    pub model: CallerText,
    /// Tokens in.
    pub tokens_input: u64,
    /// Tokens out.
    pub tokens_output: u64,
    /// Duration of the call, ms.
    pub latency_ms: u64,
    /// When the gateway says that the call took place.
    pub timestamp: Timestamp,
    /// Run, event, nonce, policy and scope; empty where the receipt has none.
    pub binding: Binding,
}

impl GatewayReceipt {
    pub(crate) fn decode(object: &Object, at: &Pointer<'_>) -> Result<Self, Fault> {
        let mut fields = PayloadFields::new(object, at);
        fields.required("receipt_version", forms::constant("1"))?;
        fields.required("request_hash_b64u", forms::b64u)?;
        fields.required("response_hash_b64u", forms::b64u)?;
        // Open, and its log_inclusion_proof unsigned: nothing in it is read here.
        fields.optional("metadata", forms::object)?;
        let receipt = Self {
            receipt_id: fields.required("receipt_id", forms::id)?,
            gateway_id: fields.required("gateway_id", forms::id)?,
            provider: fields.required("provider", forms::caller_text)?,
            model: fields.required("model", forms::caller_text)?,
            tokens_input: fields.required("tokens_input", forms::uint(0..=TOKENS_MAX))?,
            tokens_output: fields.required("tokens_output", forms::uint(0..=TOKENS_MAX))?,
            latency_ms: fields.required("latency_ms", forms::uint(0..=LATENCY_MS_MAX))?,
            timestamp: fields.required("timestamp", forms::timestamp)?,
            binding: fields
                .optional("binding", Binding::read(Owner::Other))?
                .unwrap_or_default(),
        };
        fields.finish()?;
        Ok(receipt)
    }
}
