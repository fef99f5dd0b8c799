//! Kinds in words, and the part of a job's story that each belongs to.

use verifier::kind::Kind;

/// A part of a job's story, in the order of the chain of authority.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Group {
    Policies,
    Tokens,
    Receipts,
    Decisions,
    Bundles,
    Events,
    Artifacts,
    Other,
}

impl Group {
    /// Every group, in order.
    pub(crate) const ALL: [Self; 8] = [
        Self::Policies,
        Self::Tokens,
        Self::Receipts,
        Self::Decisions,
        Self::Bundles,
        Self::Events,
        Self::Artifacts,
        Self::Other,
    ];

    pub(crate) fn of(kind: Kind) -> Self {
        match kind {
            Kind::PolicyPublished | Kind::PolicyWithdrawn | Kind::PolicyFrozen => Self::Policies,
            Kind::TokenIssued | Kind::TokenRevoked => Self::Tokens,
            Kind::ReceiptGateway | Kind::ReceiptTool | Kind::ReceiptSideEffect => Self::Receipts,
            Kind::Decision | Kind::ReceiptApproval => Self::Decisions,
            Kind::Bundle => Self::Bundles,
            Kind::JobEvent => Self::Events,
            Kind::Artifact => Self::Artifacts,
            _ => Self::Other,
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Policies => "Policies",
            Self::Tokens => "Tokens",
            Self::Receipts => "Receipts",
            Self::Decisions => "Approvals and decisions",
            Self::Bundles => "Bundles",
            Self::Events => "Events",
            Self::Artifacts => "Artifacts",
            Self::Other => "Contexts, pulses and other entries",
        }
    }
}

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
        Kind::LogKey => "Log key",
        Kind::LogFrozen => "Log frozen",
        Kind::Refused => "Refused document",
        Kind::IndexRoot => "Index root",
    }
}
