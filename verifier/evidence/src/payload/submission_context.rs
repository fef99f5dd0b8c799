//! `submission_context`: a context that the evidence's signer signs.

use crate::context::Context;
use crate::digest::EvidenceDigest;
use crate::fault::Fault;
use crate::json::{Object, Value};

use super::fields::PayloadFields;
use super::forms;
use crate::json::pointer::Pointer;

/// A context for logged evidence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SubmissionContext {
    /// The evidence that it is about.
    pub evidence_digest: EvidenceDigest,
    /// What it adds: job, token, stream position.
    pub context: Context,
}

impl SubmissionContext {
    pub(crate) fn decode(object: &Object, at: &Pointer<'_>) -> Result<(Self, String), Fault> {
        let (evidence_digest, log_origin) = PayloadFields::own(object, at, |fields| {
            // What is left is a context, which has its own reader; unknown members are named here.
            let evidence_digest = fields.required("evidence_digest", forms::evidence_digest)?;
            for name in ["job_id", "token_hash", "stream", "number", "last"] {
                fields.optional(name, |_, _| Ok(()))?;
            }
            Ok(evidence_digest)
        })?;
        let rest = object
            .without("event_version")
            .without("log_origin")
            .without("evidence_digest");
        let context = Context::from_json(&Value::Object(rest), &at.pointer())?;
        Ok((
            Self {
                evidence_digest,
                context,
            },
            log_origin,
        ))
    }
}
