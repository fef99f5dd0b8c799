//! From an envelope type and its payload object to a typed payload.

use crate::code::Code;
use crate::fault::Fault;
use crate::json::Object;

use super::fields::PayloadFields;
use super::{
    AgentReceipt, Approval, Artifact, Bundle, ClockConfirmation, Decision, Disposition, GatewayReceipt,
    IssuerRegistration, IssuerRetirement, JobEvent, LogFreeze, LogGenesis, LogKeyChange, Payload,
    PolicyFrozen, PolicyPublished, PolicyWithdrawn, Pulse, SettingsChange, SubmissionContext, TokenIssued,
    TokenRevoked,
};
use crate::json::pointer::{HashTexts, Pointer};

/// A payload, and the log that it was written for.
#[derive(Clone, PartialEq, Debug)]
pub struct DecodedPayload {
    /// The decoded payload.
    pub payload: Payload,
    /// `log_origin`; clawsig's payloads have none.
    pub log_origin: Option<String>,
}

/// Decodes the payload of an envelope. `pointer` is the JSON pointer of `object` in the document.
///
/// # Errors
/// `UNKNOWN_ENVELOPE_TYPE`; for the form `SCHEMA_INVALID`, `INVALID_ID`,
/// `INVALID_BASE64URL`; for the content `TOKEN_SCOPE_HASH_MISMATCH`, `ARTIFACT_HASH_MISMATCH`.
pub fn decode(envelope_type: &str, object: &Object, pointer: &str) -> Result<DecodedPayload, Fault> {
    decode_at(
        envelope_type,
        object,
        &Pointer::Start(pointer, HashTexts::Canonical),
    )
}

/// The same for a payload that is verified as clawsig does and not logged: hashes that are only compared may
/// have any text. They are signed as they are written, so that no second text of them is the same statement.
///
/// # Errors
/// As [`decode`].
pub fn decode_as_written(
    envelope_type: &str,
    object: &Object,
    pointer: &str,
) -> Result<DecodedPayload, Fault> {
    decode_at(
        envelope_type,
        object,
        &Pointer::Start(pointer, HashTexts::AsWritten),
    )
}

fn decode_at(envelope_type: &str, object: &Object, at: &Pointer<'_>) -> Result<DecodedPayload, Fault> {
    match envelope_type {
        "gateway_receipt" => GatewayReceipt::decode(object, at)
            .map(Payload::GatewayReceipt)
            .map(clawsig),
        "tool_receipt" => AgentReceipt::decode_tool(object, at)
            .map(Payload::ToolReceipt)
            .map(clawsig),
        "side_effect_receipt" => AgentReceipt::decode_side_effect(object, at)
            .map(Payload::SideEffectReceipt)
            .map(clawsig),
        "human_approval_receipt" => Approval::decode(object, at).map(Payload::Approval).map(clawsig),
        "work_policy_contract" => PolicyPublished::decode_contract(object, at)
            .map(Payload::PolicyPublished)
            .map(clawsig),
        "proof_bundle" => Bundle::decode_proof(object, at).map(Payload::Bundle).map(clawsig),
        "export_bundle" => Bundle::decode_export(object, at)
            .map(Payload::Bundle)
            .map(clawsig),
        "aggregate_bundle" => Bundle::decode_aggregate(object, at)
            .map(Payload::Bundle)
            .map(clawsig),
        _ => decode_own(envelope_type, object, at),
    }
}

fn decode_own(envelope_type: &str, object: &Object, at: &Pointer<'_>) -> Result<DecodedPayload, Fault> {
    match envelope_type {
        "cst_issuance" => {
            let (issued, log_origin) = TokenIssued::decode(object, at)?;
            Ok(DecodedPayload {
                payload: Payload::TokenIssued(Box::new(issued)),
                log_origin,
            })
        }
        "cst_revocation" => {
            PayloadFields::own(object, at, TokenRevoked::read).map(own(Payload::TokenRevoked))
        }
        "wpc_publication" => {
            PolicyPublished::decode_publication(object, at).map(own(Payload::PolicyPublished))
        }
        "wpc_withdrawal" => {
            PayloadFields::own(object, at, PolicyWithdrawn::read).map(own(Payload::PolicyWithdrawn))
        }
        "wpc_freeze" => PayloadFields::own(object, at, PolicyFrozen::read).map(own(Payload::PolicyFrozen)),
        "authorization_decision" => PayloadFields::own(object, at, Decision::read)
            .map(own(|decision| Payload::Decision(Box::new(decision)))),
        "job_event" => JobEvent::decode(object, at).map(own(|event| Payload::JobEvent(Box::new(event)))),
        "trust_pulse" => Pulse::decode(object, at).map(own(Payload::Pulse)),
        "evidence_artifact" => Artifact::decode(object, at).map(own(Payload::Artifact)),
        "submission_context" => SubmissionContext::decode(object, at).map(own(Payload::SubmissionContext)),
        "issuer_registration" => IssuerRegistration::decode(object, at).map(own(Payload::IssuerRegistered)),
        "issuer_retirement" => {
            PayloadFields::own(object, at, IssuerRetirement::read).map(own(Payload::IssuerRetired))
        }
        "erasure_order" => Disposition::decode(object, at).map(own(Payload::ErasureOrdered)),
        "legal_hold" => Disposition::decode(object, at).map(own(Payload::HoldPlaced)),
        "legal_hold_release" => Disposition::decode(object, at).map(own(Payload::HoldReleased)),
        "log_genesis" => {
            LogGenesis::decode(object, at).map(own(|genesis| Payload::LogGenesis(Box::new(genesis))))
        }
        "log_settings" => SettingsChange::decode(object, at).map(own(Payload::LogSettings)),
        "log_clock" => PayloadFields::own(object, at, ClockConfirmation::read).map(own(Payload::LogClock)),
        "log_key" => PayloadFields::own(object, at, LogKeyChange::read)
            .map(own(|change| Payload::LogKey(Box::new(change)))),
        "log_frozen" => LogFreeze::decode(object, at).map(own(Payload::LogFrozen)),
        other => Err(Fault::new(
            Code::UnknownEnvelopeType,
            "/envelope_type",
            "a known envelope type",
            other,
        )),
    }
}

const fn clawsig(payload: Payload) -> DecodedPayload {
    DecodedPayload {
        payload,
        log_origin: None,
    }
}

fn own<T>(wrap: impl FnOnce(T) -> Payload) -> impl FnOnce((T, String)) -> DecodedPayload {
    move |(typed, log_origin)| DecodedPayload {
        payload: wrap(typed),
        log_origin: Some(log_origin),
    }
}
