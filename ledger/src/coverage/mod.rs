//! Which entries an erasure order covers: the rule of [`verifier::erasure`], asked over the rows of a log.
//!
//! Reader, intake and `fsck` each see the log in their own way ([`View`]), and ask the same functions.

mod document;
mod plan;

use verifier::digest::EvidenceDigest;
use verifier::evidence::Evidence;
use verifier::payload::Payload;

pub(crate) use document::{DocumentCache, View, document_of, each_row, load};
pub(crate) use plan::{covering, plan};

/// The evidence that a signed `submission_context` is about; `None` for evidence of another type.
pub(crate) fn target_of(evidence: &Evidence) -> Option<EvidenceDigest> {
    match evidence.payload() {
        Payload::SubmissionContext(context) => Some(context.evidence_digest),
        _ => None,
    }
}
