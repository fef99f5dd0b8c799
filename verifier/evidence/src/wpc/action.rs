//! What somebody did, or asks to do, as far as a policy can speak of it.

use crate::json::Value;
use crate::text::invisible::{self, InvisibleCharacter};
use tlog::index::TimestampMs;

const HOUR_MS: u64 = 60 * 60 * 1000;
const DAY_HOURS: u64 = 24;

/// What kind of act it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ActionKind<'a> {
    /// A tool is called.
    Tool {
        /// The tool, without its operation.
        tool: &'a str,
        /// What of the tool; `None` where the receipt does not say.
        operation: Option<&'a str>,
    },
    /// A model is called.
    Model,
    /// A side effect, by its class (`network_egress`, …).
    SideEffect {
        /// `effect_class` of the receipt.
        class: &'a str,
    },
}

/// One act with its circumstances. `None` means that it is not known.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PolicyAction<'a> {
    /// What is done.
    pub kind: ActionKind<'a>,
    /// The resource that the action is about, such as a URI.
    pub resource: Option<&'a str>,
    /// With which arguments; only a preflight looks at them.
    pub arguments: Option<&'a Value>,
    /// The model's provider.
    pub provider: Option<&'a str>,
    /// Name of the model that is called.
    pub model: Option<&'a str>,
    /// The `gateway_id` of the gateway that the call went through.
    pub gateway: Option<&'a str>,
    /// The name under which that gateway is registered.
    pub gateway_name: Option<&'a str>,
    /// The agent's DID.
    pub agent: Option<&'a str>,
    /// The tier that the evidence of the run reaches.
    pub proof_tier: Option<&'a str>,
    /// Where an egress goes.
    pub target_domain: Option<&'a str>,
    /// Whether every approval that the policy may ask for is at hand.
    pub approved: bool,
    /// Time of the action, in milliseconds since the Unix epoch.
    pub at: Option<TimestampMs>,
}

impl<'a> PolicyAction<'a> {
    /// An act of which nothing else is known.
    pub const fn new(kind: ActionKind<'a>) -> Self {
        Self {
            kind,
            resource: None,
            arguments: None,
            provider: None,
            model: None,
            gateway: None,
            gateway_name: None,
            agent: None,
            proof_tier: None,
            target_domain: None,
            approved: false,
            at: None,
        }
    }

    /// The call of a tool by the `tool_name` of a receipt: `tool` or `tool:operation`, split at the first
    /// colon. Nothing after the colon, or nothing but white space, is no operation.
    pub fn tool(tool_name: &'a str) -> Self {
        let (tool, operation) = match tool_name.split_once(':') {
            Some((tool, operation)) => (tool, Some(operation)),
            None => (tool_name, None),
        };
        let operation = operation.filter(|operation| !operation.trim().is_empty());
        Self::new(ActionKind::Tool { tool, operation })
    }

    /// The call of a tool whose operation is given separately, as in a decision. A tool that is spelled with its
    /// operation is split as in [`PolicyAction::tool`]; where another operation is given separately, nobody can tell which it is.
    pub fn tool_operation(tool: &'a str, operation: Option<&'a str>) -> Self {
        match (
            operation.filter(|operation| !operation.trim().is_empty()),
            tool.split_once(':'),
        ) {
            (None, _) => Self::tool(tool),
            (Some(_), Some((tool, _))) => Self::new(ActionKind::Tool {
                tool,
                operation: None,
            }),
            (Some(operation), None) => Self::new(ActionKind::Tool {
                tool,
                operation: Some(operation),
            }),
        }
    }

    /// The call of a model as a gateway receipt tells it.
    pub const fn model(provider: &'a str, model: &'a str, gateway: &'a str) -> Self {
        let mut action = Self::new(ActionKind::Model);
        action.provider = Some(provider);
        action.model = Some(model);
        action.gateway = Some(gateway);
        action
    }

    /// The first member with a character that nobody sees: what it is called, its text, and the character.
    pub fn hidden(&self) -> Option<(&'static str, &'a str, InvisibleCharacter)> {
        let (tool, operation, class) = match self.kind {
            ActionKind::Tool { tool, operation } => (Some(tool), operation, None),
            ActionKind::Model => (None, None, None),
            ActionKind::SideEffect { class } => (None, None, Some(class)),
        };
        let members = [
            ("tool", tool),
            ("operation", operation),
            ("class", class),
            ("resource", self.resource),
            ("model", self.model),
            ("provider", self.provider),
            ("gateway", self.gateway),
            ("agent", self.agent),
            ("target", self.target_domain),
        ];
        members.into_iter().find_map(|(name, text)| {
            let text = text?;
            Some((name, text, invisible::first(text)?))
        })
    }

    /// The hour of the day in UTC, 0 to 23.
    pub(super) fn hour(&self) -> Option<u64> {
        self.at
            .and_then(|at| at.value().checked_div(HOUR_MS))
            .and_then(|hours| hours.checked_rem(DAY_HOURS))
    }
}
