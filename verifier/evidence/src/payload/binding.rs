//! `receipt_binding.v1`: what ties a receipt to a run, a token and a policy.

use crate::caller_text::CallerText;
use crate::fault::Fault;
use crate::json::Value;

use super::fields::{members, members_of};
use super::forms;
use crate::json::pointer::Pointer;

/// The phases of a run to which a receipt may be bound.
pub const PHASES: &[&str] = &[
    "setup",
    "planning",
    "reasoning",
    "execution",
    "observation",
    "reflection",
    "teardown",
];

members!(/// The members of a binding that link; span ids, phases and confidences are only checked for form. The texts are the
/// caller's: a gateway repeats what came with the call.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
Binding of fields {
    /// Id of the run, as the caller wrote it.
    run_id: Option<CallerText> = fields.optional("run_id", forms::caller_text)?,
    /// Hash of an event of the run's chain, text as received.
    event_hash: Option<CallerText> = fields.optional("event_hash_b64u", forms::caller_hash)?,
    /// Idempotency key of the call.
    nonce: Option<CallerText> = fields.optional("nonce", forms::caller_text)?,
    /// The policy hash, text as received: clawsig gives it no form.
    policy_hash: Option<CallerText> = fields.optional("policy_hash", forms::caller_text)?,
    /// `token_scope_hash_b64u` of the token that was used, text as received.
    token_scope_hash: Option<CallerText> = fields.optional("token_scope_hash_b64u", forms::caller_hash)?,
});

/// Which receipt a binding belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Owner {
    /// A side effect may also name a minted capability.
    SideEffect,
    Other,
}

impl Binding {
    /// The form of a binding object.
    pub(crate) fn of(owner: Owner) -> impl Fn(&Value, &Pointer<'_>) -> Result<Self, Fault> {
        members_of(move |fields| {
            let binding = Self::read(fields)?;
            // Both spellings are in use.
            for name in [
                "span_id",
                "spanId",
                "parent_span_id",
                "parentSpanId",
                "tool_span_id",
                "toolSpanId",
            ] {
                fields.optional(name, forms::caller_text)?;
            }
            for name in ["attribution_confidence", "attributionConfidence"] {
                fields.optional(name, forms::unit_interval)?;
            }
            fields.optional("phase", forms::one_of(PHASES))?;
            if owner == Owner::SideEffect {
                fields.optional("capability_id", forms::caller_text)?;
            }
            Ok(binding)
        })
    }
}
