//! The kinds of entries, their envelope types and the roles that may sign them.

/// Declares an enumeration of names that are fixed texts on the wire.
#[macro_export]
macro_rules! texts {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident => $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The wire text.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }

            /// Reads the wire text; `None` for a text that is none.
            pub fn parse(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

texts!(
/// The kind of an entry: member 1 of its CBOR.
Kind {
    /// A gateway's receipt of a model call.
    ReceiptGateway => "receipt.gateway",
    /// A receipt of a tool call.
    ReceiptTool => "receipt.tool",
    /// A receipt of a side effect.
    ReceiptSideEffect => "receipt.side_effect",
    /// A human approval.
    ReceiptApproval => "receipt.approval",
    /// A token was issued.
    TokenIssued => "token.issued",
    /// A token was revoked.
    TokenRevoked => "token.revoked",
    /// A policy was published.
    PolicyPublished => "policy.published",
    /// A policy was withdrawn.
    PolicyWithdrawn => "policy.withdrawn",
    /// A policy was frozen.
    PolicyFrozen => "policy.frozen",
    /// A proof, export or aggregate bundle.
    Bundle => "bundle",
    /// Allow or deny, before a tool call.
    Decision => "decision",
    /// Something happened to a job.
    JobEvent => "job.event",
    /// Self-reported activity.
    Pulse => "pulse",
    /// A file that belongs to a job or run.
    Artifact => "artifact",
    /// A context added to earlier evidence.
    Context => "context",
    /// A signer gets roles.
    IssuerRegistered => "issuer.registered",
    /// A signer loses them.
    IssuerRetired => "issuer.retired",
    /// Evidence bytes shall go.
    ErasureOrdered => "erasure.ordered",
    /// They shall stay.
    HoldPlaced => "hold.placed",
    /// They need not stay any longer.
    HoldReleased => "hold.released",
    /// Entry 0.
    LogGenesis => "log.genesis",
    /// Settings from here on.
    LogSettings => "log.settings",
    /// The operator confirms the clock.
    LogClock => "log.clock",
    /// A new log key.
    LogKey => "log.key",
    /// The log ends.
    LogFrozen => "log.frozen",
    /// A signed document that was refused.
    Refused => "refused",
    /// The root of the authenticated index.
    IndexRoot => "index.root",
});

impl Kind {
    /// What may be a use of a token or an action of a job, of what names one.
    pub const USES: [Self; 4] = [
        Self::ReceiptGateway,
        Self::ReceiptTool,
        Self::ReceiptSideEffect,
        Self::Decision,
    ];

    /// Whether document and context of an entry of this kind may be erased by an order in the log. What decides who
    /// was allowed what, when a job was halted, and what was held or erased, stays for ever.
    pub const fn is_erasable(self) -> bool {
        match self {
            Self::ReceiptGateway
            | Self::ReceiptTool
            | Self::ReceiptSideEffect
            | Self::ReceiptApproval
            | Self::Bundle
            | Self::Decision
            | Self::Pulse
            | Self::Artifact
            | Self::Context
            | Self::Refused => true,
            Self::TokenIssued
            | Self::TokenRevoked
            | Self::PolicyPublished
            | Self::PolicyWithdrawn
            | Self::PolicyFrozen
            | Self::JobEvent
            | Self::IssuerRegistered
            | Self::IssuerRetired
            | Self::ErasureOrdered
            | Self::HoldPlaced
            | Self::HoldReleased
            | Self::LogGenesis
            | Self::LogSettings
            | Self::LogClock
            | Self::LogKey
            | Self::LogFrozen
            | Self::IndexRoot => false,
        }
    }
}

texts!(
/// What a registered signer may do.
Role {
    /// Signs receipts of model calls.
    Gateway => "gateway",
    /// Does the work, and signs bundles and receipts about it.
    Agent => "agent",
    /// Issues and revokes tokens.
    TokenIssuer => "token_issuer",
    /// Publishes policies.
    PolicyPublisher => "policy_publisher",
    /// Decides tool calls.
    EnforcementPoint => "enforcement_point",
    /// Approves or refuses actions.
    Approver => "approver",
    /// Opens and closes jobs.
    Orchestrator => "orchestrator",
    /// Runs the log.
    Operator => "operator",
});
