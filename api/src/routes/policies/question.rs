//! The body of a preflight: one action, as far as the caller knows it.

use crate::error::ApiError;
use utoipa::ToSchema;
use verifier::code::Code;
use verifier::compact_jws::contains_compact_jws;
use verifier::fault::{Fault, pointer_to, shorten};
use verifier::json::{self, Value};
use verifier::payload::Timestamp;
use verifier::wpc::{ActionKind, PolicyAction};

/// Longest text of a question, in characters: that of a decision's tool, operation or resource.
const TEXT_CHARS_MAX: usize = 1024;

/// An action that somebody means to do. `tool`, or else `model` or `provider`, is needed.
#[derive(Debug, Default, ToSchema)]
#[schema(as = PolicyQuestion)]
pub(crate) struct Question {
    /// The tool: `tool`, or `tool:operation` as in a receipt's `tool_name`.
    tool: Option<String>,
    /// The operation of the tool, such as `read`.
    operation: Option<String>,
    /// The resource that the action is about, such as a URI.
    resource: Option<String>,
    /// The arguments of the call; where the policy limits them, the answer is unknown without.
    #[schema(value_type = Option<Object>)]
    arguments: Option<Value>,
    /// Name of the model that is called.
    model: Option<String>,
    /// The model's provider.
    provider: Option<String>,
    /// The `gateway_id` of the gateway that the call goes through.
    gateway: Option<String>,
    /// The agent's DID.
    agent: Option<String>,
    /// The tier that the run's evidence reaches.
    proof_tier: Option<String>,
    /// Where an egress goes.
    target_domain: Option<String>,
    /// When, as RFC 3339. Without it withdrawals and freezes are those of now, and conditions on the time are unknown.
    #[schema(value_type = Option<String>)]
    at: Option<Timestamp>,
    /// Whether every approval that the policy asks for is at hand; false if absent.
    #[schema(value_type = Option<bool>)]
    approval: bool,
}

impl Question {
    /// Reads a body under the rules for evidence: no member twice, none unknown, no token.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, ApiError> {
        let value = json::parse(bytes).map_err(ApiError::refused)?;
        let object = value
            .as_object()
            .ok_or_else(|| ApiError::refused(invalid("", "an object", value.type_name())))?;
        let mut question = Self::default();
        for (name, value) in object.members() {
            question
                .read(name, value, &pointer_to("", name))
                .map_err(ApiError::refused)?;
        }
        let whole = |expected: &str| ApiError::refused(invalid("", expected, "none of them"));
        if question.operation.is_some() && question.tool.is_none() {
            return Err(whole("a tool together with the operation"));
        }
        if question.tool.is_none() && question.model.is_none() && question.provider.is_none() {
            return Err(whole("tool, model or provider"));
        }
        Ok(question)
    }

    fn read(&mut self, name: &str, value: &Value, pointer: &str) -> Result<(), Fault> {
        let member = match name {
            "tool" => &mut self.tool,
            "operation" => &mut self.operation,
            "resource" => &mut self.resource,
            "arguments" => {
                self.arguments = Some(value.clone());
                return Ok(());
            }
            "model" => &mut self.model,
            "provider" => &mut self.provider,
            "gateway" => &mut self.gateway,
            "agent" => &mut self.agent,
            "proof_tier" => &mut self.proof_tier,
            "target_domain" => &mut self.target_domain,
            "at" => {
                let text = text(value, pointer)?;
                let at = Timestamp::parse(text);
                let fault = || invalid(pointer, "an RFC 3339 time", shorten(text));
                self.at = Some(at.ok_or_else(fault)?);
                return Ok(());
            }
            "approval" => {
                let fault = || invalid(pointer, "true or false", value.type_name());
                self.approval = value.as_bool().ok_or_else(fault)?;
                return Ok(());
            }
            _ => {
                return Err(invalid(pointer, "no such member", shorten(name)));
            }
        };
        *member = Some(text(value, pointer)?.to_owned());
        Ok(())
    }

    pub(super) fn action(&self) -> PolicyAction<'_> {
        let action = match &self.tool {
            Some(tool) => PolicyAction::tool_operation(tool, self.operation.as_deref()),
            None => PolicyAction::new(ActionKind::Model),
        };
        PolicyAction {
            resource: self.resource.as_deref(),
            arguments: self.arguments.as_ref(),
            provider: self.provider.as_deref(),
            model: self.model.as_deref(),
            gateway: self.gateway.as_deref(),
            agent: self.agent.as_deref(),
            proof_tier: self.proof_tier.as_deref(),
            target_domain: self.target_domain.as_deref(),
            approved: self.approval,
            at: self.at.as_ref().map(Timestamp::at),
            ..action
        }
    }
}

fn text<'a>(value: &'a Value, pointer: &str) -> Result<&'a str, Fault> {
    let Some(text) = value.as_str() else {
        return Err(invalid(pointer, "a string", value.type_name()));
    };
    if contains_compact_jws(text) {
        return Err(Fault::new(
            Code::TokenLeaked,
            pointer,
            "no bearer token",
            "a compact JWS",
        ));
    }
    if text.is_empty() || text.chars().nth(TEXT_CHARS_MAX).is_some() {
        let expected = format!("1 to {TEXT_CHARS_MAX} characters");
        return Err(invalid(pointer, expected, shorten(text)));
    }
    Ok(text)
}

fn invalid(pointer: &str, expected: impl Into<String>, found: impl Into<String>) -> Fault {
    Fault::new(Code::SchemaInvalid, pointer, expected, found)
}
