//! The payloads that real gateways and agents emit, member for member in their order, since clawsig's `H_js`
//! depends on it (`gateway_receipt.v1`, `tool_receipt.v1`, `human_approval_receipt.v1`, `proof_bundle.v1`).

use super::DemoError;
use super::fresh;
use ledger::signer::EvidenceKey;
use serde::Serialize;
use serde_json::value::RawValue;
use verifier::base64::encode_url;
use verifier::json::{self, Value};

/// What ties a receipt to a run, an event, a policy and a token.
#[derive(Clone, Debug, Serialize)]
pub(super) struct BindingJson {
    pub(super) run_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) event_hash_b64u: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) nonce: Option<String>,
    pub(super) policy_hash: String,
    pub(super) token_scope_hash_b64u: String,
}

#[derive(Debug, Serialize)]
pub(super) struct GatewayReceiptJson {
    pub(super) receipt_version: &'static str,
    pub(super) receipt_id: String,
    pub(super) gateway_id: &'static str,
    pub(super) provider: &'static str,
    pub(super) model: &'static str,
    pub(super) request_hash_b64u: String,
    pub(super) response_hash_b64u: String,
    pub(super) tokens_input: u64,
    pub(super) tokens_output: u64,
    pub(super) latency_ms: u64,
    pub(super) timestamp: String,
    pub(super) binding: BindingJson,
}

#[derive(Debug, Serialize)]
pub(super) struct ToolReceipt {
    pub(super) receipt_version: &'static str,
    pub(super) receipt_id: String,
    pub(super) tool_name: String,
    pub(super) args_hash_b64u: String,
    pub(super) result_hash_b64u: String,
    pub(super) result_status: &'static str,
    pub(super) hash_algorithm: &'static str,
    pub(super) agent_did: String,
    pub(super) timestamp: String,
    pub(super) latency_ms: u64,
    pub(super) binding: BindingJson,
}

#[derive(Debug, Serialize)]
pub(super) struct ApprovalJson {
    pub(super) receipt_version: &'static str,
    pub(super) receipt_id: String,
    pub(super) approval_type: &'static str,
    pub(super) approver_subject: String,
    pub(super) agent_did: String,
    pub(super) scope_hash_b64u: String,
    pub(super) scope_summary: &'static str,
    pub(super) policy_hash_b64u: String,
    pub(super) minted_capability_ttl_seconds: u64,
    pub(super) hash_algorithm: &'static str,
    pub(super) timestamp: String,
    pub(super) binding: BindingJson,
}

/// One link of the agent's event chain. `event_hash_b64u` covers the six members before it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct EventJson {
    #[serde(flatten)]
    pub(super) link: LinkJson,
    pub(super) event_hash_b64u: String,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct LinkJson {
    pub(super) event_id: String,
    pub(super) run_id: String,
    pub(super) event_type: &'static str,
    pub(super) timestamp: String,
    pub(super) payload_hash_b64u: String,
    pub(super) prev_hash_b64u: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct BundleJson<'a> {
    pub(super) bundle_version: &'static str,
    pub(super) bundle_id: String,
    pub(super) agent_did: &'a str,
    pub(super) event_chain: &'a [EventJson],
    pub(super) receipts: Vec<&'a RawValue>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) tool_receipts: &'a [Box<RawValue>],
}

/// Signs one of our own documents: `members` with the two that every payload of ours carries.
pub(super) fn sign(
    key: &EvidenceKey,
    origin: &str,
    envelope_type: &str,
    mut members: serde_json::Value,
) -> Result<String, DemoError> {
    let Some(payload) = members.as_object_mut() else {
        return Err(DemoError::Story("a payload is not an object"));
    };
    payload.insert("event_version".into(), "1".into());
    payload.insert("log_origin".into(), origin.into());
    Ok(key.sign_own(envelope_type, &members, &fresh::now_rfc3339())?)
}

/// Parses JSON under the rules of evidence.
pub(super) fn parse(text: &str) -> Result<Value, DemoError> {
    json::parse(text.as_bytes()).map_err(DemoError::Document)
}

/// `H_js` of what `value` serializes to, as b64url.
pub(super) fn hash_js(value: &impl Serialize) -> Result<String, DemoError> {
    Ok(encode_url(&json::hash_js(&parse(&serde_json::to_string(
        value,
    )?)?)))
}

/// `H_jcs`, as b64url.
pub(super) fn hash_jcs(value: &Value) -> String {
    encode_url(&json::hash_jcs(value))
}

/// SHA-256 of a text, as b64url: the hash of a request, a response or a result.
pub(super) fn hash_text(text: &str) -> String {
    encode_url(&verifier::hash::sha256(text.as_bytes()))
}
