//! `erasure_order`, `legal_hold` and `legal_hold_release`: the operator says which evidence goes and which
//! stays.
//!
//! The three have the same members and differ in what they ask for, as their kinds say.

use crate::digest::EvidenceDigest;
use crate::fault::Fault;
use crate::json::Object;

use super::fields::PayloadFields;
use super::forms;
use crate::json::pointer::Pointer;

/// What an order, a hold or a release is about.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum DispositionTarget {
    /// One document, with every context on it.
    Evidence(EvidenceDigest),
    /// A job's documents.
    Job(String),
}

/// An order, a hold or a release.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Disposition {
    /// What it is about.
    pub target: DispositionTarget,
    /// The operator's reason; it stays in the log for ever.
    pub reason: String,
}

impl Disposition {
    pub(crate) fn decode(object: &Object, at: &Pointer<'_>) -> Result<(Self, String), Fault> {
        let ((evidence, job_id, reason), log_origin) = PayloadFields::own(object, at, |fields| {
            let evidence = fields.optional("evidence_digest", forms::evidence_digest)?;
            let job_id = fields.optional("job_id", forms::id)?;
            Ok((evidence, job_id, fields.required("reason", forms::short_text)?))
        })?;
        let target = match (evidence, job_id) {
            (Some(digest), None) => DispositionTarget::Evidence(digest),
            (None, Some(job_id)) => DispositionTarget::Job(job_id),
            (Some(_), Some(_)) => return Err(at.invalid("one of evidence_digest and job_id", "both")),
            (None, None) => return Err(at.invalid("one of evidence_digest and job_id", "neither")),
        };
        Ok((Self { target, reason }, log_origin))
    }
}
