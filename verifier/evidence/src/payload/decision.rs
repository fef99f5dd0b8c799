//! `authorization_decision`: allow or deny of one tool call, before it runs.

use crate::caller_text::CallerText;
use crate::digest::{PolicyHash, TokenHash};
use crate::fault::Fault;
use crate::json::{Object, Value};

use super::fields::PayloadFields;
use super::forms;
use super::time::Timestamp;
use crate::json::pointer::Pointer;

/// Longest JSON pointer (characters).
const TEXT_CHARS_MAX: usize = 1024;

/// The limit of a policy that a decision turned on.
#[derive(Clone, PartialEq, Debug)]
pub struct Constraint {
    /// JSON pointer into the policy.
    pub pointer: String,
    /// What the policy allows: a string, number or boolean.
    pub limit: Value,
    /// What was asked for.
    pub actual: Option<Value>,
}

/// One decision.
#[derive(Clone, PartialEq, Debug)]
pub struct Decision {
    /// The decision's id.
    pub decision_id: String,
    /// Id of the run, as the caller wrote it.
    pub run_id: CallerText,
    /// Id of the job.
    pub job_id: Option<String>,
    /// Hash of the token with which the agent asked.
    pub token_hash: Option<TokenHash>,
    /// Hash of the policy under which it was decided.
    pub policy_hash: PolicyHash,
    /// The tool, as the caller wrote it.
    pub tool: CallerText,
    /// The operation of the tool, such as `transfer`, where it is stated apart from the tool's name.
    pub operation: Option<CallerText>,
    /// The resource that the call is about, such as a URI.
    pub resource: Option<CallerText>,
    /// Hash of the arguments, text as received, to be compared with a receipt's.
    pub args_hash: String,
    /// Whether the call may run.
    pub allow: bool,
    /// The signer's own code for the reason.
    pub reason_code: String,
    /// JSON pointer to the policy's statement that decided.
    pub statement: Option<String>,
    /// The limit that decided.
    pub constraint: Option<Constraint>,
    /// The approval that it rests on.
    pub approval_receipt_id: Option<String>,
    /// Time of the decision, by the signer's word.
    pub decided_at: Timestamp,
}

impl Decision {
    pub(crate) fn decode(object: &Object, at: &Pointer<'_>) -> Result<(Self, String), Fault> {
        let mut fields = PayloadFields::new(object, at);
        let log_origin = fields.header()?;
        let decision = Self {
            decision_id: fields.required("decision_id", forms::id)?,
            run_id: fields.required("run_id", forms::caller_text)?,
            job_id: fields.optional("job_id", forms::id)?,
            token_hash: fields.optional("token_hash", forms::token_hash)?,
            policy_hash: fields.required("policy_hash_b64u", forms::policy_hash)?,
            tool: fields.required("tool", forms::caller_text)?,
            operation: fields.optional("operation", forms::caller_text)?,
            resource: fields.optional("resource", forms::caller_text)?,
            args_hash: fields.required("args_hash_b64u", forms::b64u)?,
            allow: fields.required("effect", forms::one_of(&["allow", "deny"]))? == "allow",
            reason_code: fields.required("reason_code", forms::id)?,
            statement: fields.optional("statement", json_pointer)?,
            constraint: fields.optional("constraint", constraint)?,
            approval_receipt_id: fields.optional("approval_receipt_id", forms::id)?,
            decided_at: fields.required("decided_at", forms::timestamp)?,
        };
        fields.finish()?;
        Ok((decision, log_origin))
    }
}

fn constraint(value: &Value, at: &Pointer<'_>) -> Result<Constraint, Fault> {
    let mut fields = PayloadFields::of(value, at)?;
    let constraint = Constraint {
        pointer: fields.required("pointer", json_pointer)?,
        limit: fields.required("limit", forms::scalar)?,
        actual: fields.optional("actual", forms::scalar)?,
    };
    fields.finish()?;
    Ok(constraint)
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
