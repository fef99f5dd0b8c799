//! What a policy asks for apart from the single actions, and what this version leaves unjudged.

use crate::digest::ScopeHash;
use crate::json::Value;
use crate::openclaw::Setting;
use crate::payload::ArtifactLabel;
use crate::texts;

/// Name of the gate of `approvals.write_actions`.
pub const WRITE_ACTIONS_GATE: &str = "write_actions";

/// A thing that a policy asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RequirementKind {
    /// Every use is made with a token.
    TokenRequired,
    /// Every token is pinned to this policy's hash.
    PolicyPin,
    /// Receipts carry the scope hash of their token.
    ScopeHashPin,
    /// The token's scope hash is this one.
    ScopeHash(ScopeHash),
    /// No token lives longer, in seconds.
    TokenTtlMax(u64),
    /// Every token is issued for one job.
    JobScopedToken,
    /// The policy is for one job.
    JobId(String),
    /// Model calls are recorded by a gateway.
    GatewayReceipts,
    /// The run hands in a proof bundle.
    ProofBundle,
    /// Of the scopes in this vocabulary, a token has only these.
    ScopesAllowed(Vec<String>),
    /// A token has none of these scopes.
    ScopesDenied(Vec<String>),
}

/// One requirement and its place in the policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Requirement {
    /// JSON pointer into the policy.
    pub pointer: String,
    /// What is asked for.
    pub kind: RequirementKind,
}

/// The longest life of a token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TtlMax {
    /// JSON pointer into the policy.
    pub pointer: String,
    /// `exp` − `iat` at most.
    pub seconds: u64,
}

impl GateRequirement {
    /// The listed operations as approvals name them: as spelled, without the tool.
    pub fn operations_alone(&self) -> impl Iterator<Item = &str> {
        self.operations.iter().map(|listed| without_tool(listed))
    }
}

/// The operation of `tool:operation`; of a text without a colon all of it.
pub(super) fn without_tool(listed: &str) -> &str {
    listed.split_once(':').map_or(listed, |(_, operation)| operation)
}

/// A place where the policy wants an approval.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GateRequirement {
    /// `approvals[].name`, or `write_actions`.
    pub name: String,
    /// JSON pointer of the gate's entry.
    pub pointer: String,
    /// `required_for` as spelled; empty at `write_actions`, which is about every operation that is not
    /// read-only.
    pub operations: Vec<String>,
    /// `mode` as spelled; [`GateMode::read`] says what it means.
    pub mode: Option<String>,
}

/// How a gate is passed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GateMode {
    /// By an explicit approval, which may be of several uses.
    Explicit,
    /// By an approval of its own for each use.
    SingleUse,
}

impl GateMode {
    /// Reads a mode, in whatever case and with or without dashes, underscores and white space; `None` for any other.
    pub fn read(text: &str) -> Option<Self> {
        let counts = |character: &char| !character.is_whitespace() && !['-', '_'].contains(character);
        let folded: String = text.chars().filter(counts).flat_map(char::to_lowercase).collect();
        match folded.as_str() {
            "explicit" => Some(Self::Explicit),
            "singleuse" => Some(Self::SingleUse),
            _ => None,
        }
    }
}

texts!(
/// Why a member is not evaluated. Codes are added, never renamed.
NotEvaluatedCode {
    /// A placeholder for a value to be filled in.
    PlaceholderValue => "PLACEHOLDER_VALUE",
    /// A member that this version does not know.
    MemberUnknown => "MEMBER_UNKNOWN",
    /// A value that this version does not know.
    ValueUnknown => "VALUE_UNKNOWN",
    /// Nothing in the log tells the arguments of a call.
    ArgumentsUnknown => "ARGUMENTS_UNKNOWN",
    /// No readable evidence of how the tools were confined.
    SandboxNotObserved => "SANDBOX_NOT_OBSERVED",
    /// The host states that the tools were confined so. That is its word, and no proof.
    SandboxStated => "SANDBOX_STATED",
    /// No readable evidence of which set of tools was given.
    ToolsProfileNotObserved => "TOOLS_PROFILE_NOT_OBSERVED",
    /// The host states that this set of tools was given. That is its word, and no proof.
    ToolsProfileStated => "TOOLS_PROFILE_STATED",
    /// No signed evidence of how the agent signed in.
    SignInNotObserved => "SIGN_IN_NOT_OBSERVED",
    /// A document cannot hold its own hash.
    OwnHash => "OWN_HASH",
    /// Receipts name a model, not how its identity is known.
    ModelIdentityNotObserved => "MODEL_IDENTITY_NOT_OBSERVED",
    /// Audit packs are not collected here.
    AuditPacksNotObserved => "AUDIT_PACKS_NOT_OBSERVED",
    /// A receipt's hashes do not show what was redacted before.
    RedactionNotObserved => "REDACTION_NOT_OBSERVED",
    /// How a gateway keeps contents does not show in its receipts.
    PrivacyModeNotObserved => "PRIVACY_MODE_NOT_OBSERVED",
    /// Web receipts are not in this log.
    WebReceiptsNotObserved => "WEB_RECEIPTS_NOT_OBSERVED",
    /// Coverage attestations are not verified here.
    CoverageNotObserved => "COVERAGE_NOT_OBSERVED",
});

/// What a policy wants of a host's setting.
#[derive(Clone, PartialEq, Debug)]
pub struct HostSetting {
    /// Which setting.
    pub setting: Setting,
    /// The policy's value.
    pub wanted: Value,
}

impl HostSetting {
    /// The code of a member that an enforcement point states as the policy wants it.
    pub const fn stated(&self) -> NotEvaluatedCode {
        match self.setting {
            Setting::ToolsProfile => NotEvaluatedCode::ToolsProfileStated,
            Setting::Sandbox(_) => NotEvaluatedCode::SandboxStated,
        }
    }

    /// The code of `policy.requirements` where an enforcement point states another value than the policy wants.
    pub const fn contradicted(&self) -> &'static str {
        match self.setting {
            Setting::ToolsProfile => "TOOLS_PROFILE_CONTRADICTED",
            Setting::Sandbox(_) => "SANDBOX_CONTRADICTED",
        }
    }
}

/// A member that no check judges from the log alone.
#[derive(Clone, PartialEq, Debug)]
pub struct NotEvaluated {
    /// JSON pointer into the policy.
    pub pointer: String,
    /// Why no check judges the member, such as `PLACEHOLDER_VALUE`.
    pub code: NotEvaluatedCode,
    /// What the host that ran the agent can state about it, by an artifact with one of
    /// [`STATING_LABELS`]: as the policy wants it, then it is "stated by" its signer and still no pass; or
    /// otherwise, then the policy was not kept.
    pub host: Option<HostSetting>,
}

impl NotEvaluated {
    /// The label that is meant for an artifact about this member. Artifacts of both [`STATING_LABELS`] are read.
    pub const fn stated_by(&self) -> Option<ArtifactLabel> {
        match &self.host {
            Some(host) => Some(match host.setting {
                Setting::ToolsProfile => ArtifactLabel::ToolPolicy,
                Setting::Sandbox(_) => ArtifactLabel::SandboxConfig,
            }),
            None => None,
        }
    }
}

/// The labels of artifacts by which an enforcement point states how its host is set.
pub const STATING_LABELS: [ArtifactLabel; 2] = [ArtifactLabel::SandboxConfig, ArtifactLabel::ToolPolicy];
