//! A document with a bearer token in it: refused, and never kept. A caller may have put the token there to keep a
//! gateway's receipt out of the log, so who signed it is found all the same.

use super::Document;
use crate::digest::{EvidenceDigest, RawDigest};
use crate::fault::Fault;

/// A document that passed the JSON rules, sorted by whether it holds a compact JWS.
#[derive(Clone, PartialEq, Debug)]
pub enum ReceivedDocument {
    /// It holds none.
    Clean(Document),
    /// It holds one: `TOKEN_LEAKED`.
    Leaking(LeakingDocument),
}

/// A document that holds a compact JWS. Its bytes are a secret and do not come out.
#[derive(Clone, PartialEq)]
pub struct LeakingDocument {
    pub(crate) document: Document,
    pub(crate) fault: Fault,
}

impl LeakingDocument {
    pub(super) fn new(document: Document, fault: Fault) -> Self {
        Self { document, fault }
    }

    /// SHA-256 of its bytes.
    pub fn raw_digest(&self) -> RawDigest {
        self.document.raw_digest()
    }

    /// SHA-256 of the JCS of its value.
    pub fn evidence_digest(&self) -> EvidenceDigest {
        self.document.evidence_digest()
    }

    /// `TOKEN_LEAKED`, with the place of the token.
    pub fn into_fault(self) -> Fault {
        self.fault
    }
}

impl std::fmt::Debug for LeakingDocument {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("LeakingDocument")
            .field("raw_digest", &self.raw_digest())
            .field("fault", &self.fault)
            .finish_non_exhaustive()
    }
}
