//! The refusal of a document with a bearer token in it.

use super::{Evidence, RejectedDocument};
use crate::compact_jws::contains_compact_jws;
use crate::document::LeakingDocument;

impl LeakingDocument {
    /// The refusal of this document by the log `origin`: `TOKEN_LEAKED`, with its signer where the signature holds.
    pub fn into_rejected(self, origin: &str) -> RejectedDocument {
        let (signed_by, job_ids) = match Evidence::verify(&self.document, origin) {
            Ok(evidence) => {
                let jobs = evidence.job_ids();
                (Some(evidence.envelope().signer().clone()), jobs)
            }
            Err(rejected) => (rejected.signed_by, rejected.job_ids),
        };
        RejectedDocument {
            fault: self.fault,
            signed_by,
            job_ids: job_ids
                .into_iter()
                .filter(|id| !contains_compact_jws(id))
                .collect(),
        }
    }
}
