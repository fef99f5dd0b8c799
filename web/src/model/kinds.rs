//! Kinds in words.

use verifier::kind::Kind;

/// A kind in words.
pub(crate) fn label(kind: Kind) -> &'static str {
    match kind {
        Kind::ReceiptGateway => "Model call",
        Kind::ReceiptTool => "Tool call",
        Kind::ReceiptSideEffect => "Side effect",
        Kind::ReceiptApproval => "Approval",
        Kind::TokenIssued => "Token issued",
        Kind::TokenRevoked => "Token revoked",
        Kind::PolicyPublished => "Policy published",
        Kind::PolicyWithdrawn => "Policy withdrawn",
        Kind::PolicyFrozen => "Policy frozen",
        Kind::Bundle => "Bundle",
        Kind::Decision => "Decision",
        Kind::JobEvent => "Job event",
        Kind::Pulse => "Pulse",
        Kind::Artifact => "Artifact",
        Kind::Context => "Context",
        Kind::IssuerRegistered => "Issuer registered",
        Kind::IssuerRetired => "Issuer retired",
        Kind::ErasureOrdered => "Erasure ordered",
        Kind::HoldPlaced => "Hold placed",
        Kind::HoldReleased => "Hold released",
        Kind::LogGenesis => "Log genesis",
        Kind::LogSettings => "Log settings",
        Kind::LogClock => "Clock confirmed",
        Kind::LogKey => "Log key",
        Kind::LogFrozen => "Log frozen",
        Kind::Refused => "Refused document",
        Kind::IndexRoot => "Index root",
    }
}
