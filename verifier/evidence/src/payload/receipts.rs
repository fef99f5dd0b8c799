//! `gateway_receipt.v1`: a gateway's receipt of one model call.

use crate::caller_text::CallerText;
use crate::fault::Fault;
use crate::json::Object;

use super::binding::{Binding, Owner};
use super::fields::{PayloadFields, members};
use super::forms;
use super::time::Timestamp;
use crate::json::pointer::Pointer;

/// Most tokens of one call: the numeric limit of clawsig's verifier, stricter than its schema.
const TOKENS_MAX: u64 = 10_000_000;
/// Longest call: one hour.
const LATENCY_MS_MAX: u64 = 3_600_000;

members!(/// What a gateway says about one model call.
#[derive(Clone, PartialEq, Eq, Debug)]
GatewayReceipt of fields {
    /// The receipt's id, unique for the gateway.
    receipt_id: String = fields.required("receipt_id", forms::id)?,
    /// The gateway's own name for itself, for example `did:web:clawproxy.com`.
    gateway_id: String = fields.required("gateway_id", forms::id)?,
    /// Model provider, as the caller wrote it.
    provider: CallerText = fields.required("provider", forms::caller_text)?,
    /// Model, as the caller wrote it.
    model: CallerText = fields.required("model", forms::caller_text)?,
    /// Tokens in.
    tokens_input: u64 = fields.required("tokens_input", forms::uint(0..=TOKENS_MAX))?,
    /// Tokens out.
    tokens_output: u64 = fields.required("tokens_output", forms::uint(0..=TOKENS_MAX))?,
    /// Duration of the call, ms.
    latency_ms: u64 = fields.required("latency_ms", forms::uint(0..=LATENCY_MS_MAX))?,
    /// When the gateway says that the call took place.
    timestamp: Timestamp = fields.required("timestamp", forms::timestamp)?,
    /// Run, event, nonce, policy and scope; empty where the receipt has none.
    binding: Binding = fields.optional("binding", Binding::of(Owner::Other))?.unwrap_or_default(),
});

impl GatewayReceipt {
    pub(crate) fn decode(object: &Object, at: &Pointer<'_>) -> Result<Self, Fault> {
        PayloadFields::all(object, at, |fields| {
            fields.required("receipt_version", forms::constant("1"))?;
            fields.required("request_hash_b64u", forms::b64u)?;
            fields.required("response_hash_b64u", forms::b64u)?;
            // Open, and its log_inclusion_proof unsigned: nothing in it is read here.
            fields.optional("metadata", forms::object)?;
            Self::read(fields)
        })
    }
}
