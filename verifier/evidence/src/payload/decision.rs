//! `authorization_decision`: allow or deny of one tool call, before it runs.

use crate::caller_text::CallerText;
use crate::digest::{PolicyHash, TokenHash};
use crate::fault::Fault;
use crate::json::Value;

use super::fields::{members, members_of};
use super::forms;
use super::time::Timestamp;
use crate::json::pointer::Pointer;

/// Longest JSON pointer (characters).
const TEXT_CHARS_MAX: usize = 1024;

members!(/// The limit of a policy that a decision turned on.
#[derive(Clone, PartialEq, Debug)]
Constraint of fields {
    /// JSON pointer into the policy.
    pointer: String = fields.required("pointer", json_pointer)?,
    /// What the policy allows: a string, number or boolean.
    limit: Value = fields.required("limit", forms::scalar)?,
    /// What was asked for.
    actual: Option<Value> = fields.optional("actual", forms::scalar)?,
});

members!(/// One decision.
#[derive(Clone, PartialEq, Debug)]
Decision of fields {
    /// The decision's id.
    decision_id: String = fields.required("decision_id", forms::id)?,
    /// Id of the run, as the caller wrote it.
    run_id: CallerText = fields.required("run_id", forms::caller_text)?,
    /// Id of the job.
    job_id: Option<String> = fields.optional("job_id", forms::id)?,
    /// Hash of the token with which the agent asked.
    token_hash: Option<TokenHash> = fields.optional("token_hash", forms::token_hash)?,
    /// Hash of the policy under which it was decided.
    policy_hash: PolicyHash = fields.required("policy_hash_b64u", forms::policy_hash)?,
    /// The tool, as the caller wrote it.
    tool: CallerText = fields.required("tool", forms::caller_text)?,
    /// The operation of the tool, such as `transfer`, where it is stated apart from the tool's name.
    operation: Option<CallerText> = fields.optional("operation", forms::caller_text)?,
    /// The resource that the call is about, such as a URI.
    resource: Option<CallerText> = fields.optional("resource", forms::caller_text)?,
    /// Hash of the arguments, text as received, to be compared with a receipt's.
    args_hash: String = fields.required("args_hash_b64u", forms::b64u)?,
    /// Whether the call may run.
    allow: bool = fields.required("effect", forms::one_of(&["allow", "deny"]))? == "allow",
    /// The signer's own code for the reason.
    reason_code: String = fields.required("reason_code", forms::id)?,
    /// JSON pointer to the policy's statement that decided.
    statement: Option<String> = fields.optional("statement", json_pointer)?,
    /// The limit that decided.
    constraint: Option<Constraint> = fields.optional("constraint", members_of(Constraint::read))?,
    /// The approval that it rests on.
    approval_receipt_id: Option<String> = fields.optional("approval_receipt_id", forms::id)?,
    /// Time of the decision, by the signer's word.
    decided_at: Timestamp = fields.required("decided_at", forms::timestamp)?,
});

impl Decision {
    /// `tool:operation`; the tool alone where no operation is stated.
    pub fn call(&self) -> String {
        match &self.operation {
            Some(operation) => format!("{}:{operation}", self.tool),
            None => self.tool.to_string(),
        }
    }
}

/// A JSON pointer (RFC 6901 §3): empty, or steps that start with `/`, where `~` only escapes.
fn json_pointer(value: &Value, at: &Pointer<'_>) -> Result<String, Fault> {
    let pointer = forms::text(0..=TEXT_CHARS_MAX)(value, at)?;
    let starts = pointer.is_empty() || pointer.starts_with('/');
    let escapes = pointer
        .split('~')
        .skip(1)
        .all(|rest| rest.starts_with(['0', '1']));
    if starts && escapes {
        Ok(pointer)
    } else {
        Err(at.invalid("a JSON pointer", forms::found(value)))
    }
}
