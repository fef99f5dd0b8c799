//! One typed payload for each envelope type: members, forms, content rules.
//!
//! Decoding has two steps. First the form: every member is there, of its form, and none is left
//! over; this is what the JSON Schemas in `schemas/` say too. Then what only code can say, such as
//! that a stated hash is the hash of what it states. Whether the signer may sign such a payload is
//! decided later: by the reader of the whole document, and by the log.

mod agent_receipts;
mod approval;
mod artifact;
mod binding;
mod bundles;
mod decision;
mod decode;
mod erasure;
mod fields;
mod forms;
mod issuers;
mod job_event;
mod log;
mod log_key;
mod policies;
mod pulse;
mod receipts;
mod submission_context;
mod time;
mod tokens;
mod wpc;

pub use agent_receipts::AgentReceipt;
pub use approval::{Approval, ApprovalType, ApproverMethod};
pub use artifact::{Artifact, ArtifactLabel, CONTENT_BYTES_MAX};
pub use binding::{Binding, PHASES};
pub use bundles::{Bundle, BundleForm};
pub use decision::{Constraint, Decision};
pub use decode::{DecodedPayload, decode, decode_as_written};
pub use erasure::{Disposition, DispositionTarget};
pub use issuers::{IssuerRegistration, IssuerRetirement};
pub use job_event::{JobAction, JobEvent, ReviewedVerdict};
pub use log::{ClockConfirmation, LogFreeze, LogGenesis, Settings, SettingsChange};
pub use log_key::LogKeyChange;
pub(crate) use log_key::{SIGNING_KEY_MEMBER, signing_key};
pub use policies::{PolicyFrozen, PolicyPublished, PolicyWithdrawn};
pub use pulse::{Pulse, PulseFile, PulseTool};
pub use receipts::GatewayReceipt;
pub use submission_context::SubmissionContext;
pub use time::Timestamp;
pub use tokens::{TokenIssued, TokenRevoked};

use crate::fault::Fault;
use crate::json::Object;
use crate::json::pointer::Pointer;
use crate::kind::Kind;

/// Checks the form of a clawsig contract, version 1 or 2.
pub(crate) fn check_contract(object: &Object) -> Result<(), Fault> {
    wpc::check(object, &Pointer::ROOT).map(drop)
}

/// What a document says. Members that only an assessment needs stay in the envelope's payload.
#[derive(Clone, PartialEq, Debug)]
pub enum Payload {
    /// `gateway_receipt`.
    GatewayReceipt(GatewayReceipt),
    /// `tool_receipt`.
    ToolReceipt(AgentReceipt),
    /// `side_effect_receipt`.
    SideEffectReceipt(AgentReceipt),
    /// `human_approval_receipt`.
    Approval(Approval),
    /// `cst_issuance`.
    TokenIssued(Box<TokenIssued>),
    /// `cst_revocation`.
    TokenRevoked(TokenRevoked),
    /// `work_policy_contract` or `wpc_publication`.
    PolicyPublished(PolicyPublished),
    /// `wpc_withdrawal`.
    PolicyWithdrawn(PolicyWithdrawn),
    /// `wpc_freeze`.
    PolicyFrozen(PolicyFrozen),
    /// `proof_bundle`, export and aggregate bundles.
    Bundle(Bundle),
    /// `authorization_decision`.
    Decision(Box<Decision>),
    /// `job_event`.
    JobEvent(Box<JobEvent>),
    /// `trust_pulse`.
    Pulse(Pulse),
    /// `evidence_artifact`.
    Artifact(Artifact),
    /// `submission_context`.
    SubmissionContext(SubmissionContext),
    /// `issuer_registration`.
    IssuerRegistered(IssuerRegistration),
    /// `issuer_retirement`.
    IssuerRetired(IssuerRetirement),
    /// `erasure_order`.
    ErasureOrdered(Disposition),
    /// `legal_hold`.
    HoldPlaced(Disposition),
    /// `legal_hold_release`.
    HoldReleased(Disposition),
    /// `log_genesis`.
    LogGenesis(Box<LogGenesis>),
    /// `log_settings`.
    LogSettings(SettingsChange),
    /// `log_clock`.
    LogClock(ClockConfirmation),
    /// `log_key`.
    LogKey(Box<LogKeyChange>),
    /// `log_frozen`.
    LogFrozen(LogFreeze),
}

impl Payload {
    /// The kind of the entry that commits to such a document.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::GatewayReceipt(_) => Kind::ReceiptGateway,
            Self::ToolReceipt(_) => Kind::ReceiptTool,
            Self::SideEffectReceipt(_) => Kind::ReceiptSideEffect,
            Self::Approval(_) => Kind::ReceiptApproval,
            Self::TokenIssued(_) => Kind::TokenIssued,
            Self::TokenRevoked(_) => Kind::TokenRevoked,
            Self::PolicyPublished(_) => Kind::PolicyPublished,
            Self::PolicyWithdrawn(_) => Kind::PolicyWithdrawn,
            Self::PolicyFrozen(_) => Kind::PolicyFrozen,
            Self::Bundle(_) => Kind::Bundle,
            Self::Decision(_) => Kind::Decision,
            Self::JobEvent(_) => Kind::JobEvent,
            Self::Pulse(_) => Kind::Pulse,
            Self::Artifact(_) => Kind::Artifact,
            Self::SubmissionContext(_) => Kind::Context,
            Self::IssuerRegistered(_) => Kind::IssuerRegistered,
            Self::IssuerRetired(_) => Kind::IssuerRetired,
            Self::ErasureOrdered(_) => Kind::ErasureOrdered,
            Self::HoldPlaced(_) => Kind::HoldPlaced,
            Self::HoldReleased(_) => Kind::HoldReleased,
            Self::LogGenesis(_) => Kind::LogGenesis,
            Self::LogSettings(_) => Kind::LogSettings,
            Self::LogClock(_) => Kind::LogClock,
            Self::LogKey(_) => Kind::LogKey,
            Self::LogFrozen(_) => Kind::LogFrozen,
        }
    }
}
