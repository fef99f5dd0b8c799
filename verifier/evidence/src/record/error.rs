//! Why a stored record does not hold.

use crate::digest::{EvidenceDigest, RawDigest};
use crate::fault::Fault;
use crate::kind::Kind;
use crate::refused::RefusedError;
use crate::verified::RejectedDocument;

/// Why a stored record does not hold. The one who keeps or sends the record is at fault, or the log.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum RecordError {
    /// The decoded entry is another one than the bytes of the leaf.
    #[error("the entry is not what its bytes say")]
    EntryBytes,
    /// Erased, although what says who may do what is never erased.
    #[error("a document of this kind is never erased")]
    NotErasable,
    /// Erased, although the entry has neither document nor context.
    #[error("the entry has nothing that could be erased")]
    NothingToErase,
    /// The entry commits to a document, and none is there.
    #[error("the document is not there")]
    DocumentMissing,
    /// A document, although entries like this one have none.
    #[error("there is a document, although a {0} entry like this one has none")]
    DocumentUnexpected(Kind),
    /// Other bytes than those that were logged.
    #[error("the document is not the one that was logged")]
    RawDigest {
        /// What the entry commits to; `None` where it names no digest.
        expected: Option<RawDigest>,
        /// SHA-256 of the bytes.
        found: RawDigest,
    },
    /// The bytes are no document.
    #[error("{0}")]
    Malformed(Fault),
    /// The document's own digest is another than the entry's.
    #[error("the document is not the one that was logged")]
    EvidenceDigest {
        /// What the entry commits to.
        expected: EvidenceDigest,
        /// That of the document.
        found: EvidenceDigest,
    },
    /// Signature or content do not hold.
    #[error("{}", .0.fault)]
    Rejected(Box<RejectedDocument>),
    /// The document is of another kind, or of another signer, than the entry says.
    #[error("kind or signer of the document are not those of the entry")]
    Statement {
        /// Kind and signer by the entry.
        expected: (Kind, String),
        /// Kind and signer of the document.
        found: (Kind, String),
    },
    /// Member 5 is not what follows from the document.
    #[error("the entry has other subjects than its document")]
    Subjects,
    /// Member 5 of a submitter's context is not what follows from its target.
    #[error("a context names another target")]
    TargetSubjects,
    /// Members 7 and 10 of a signed context are not what follows from its document.
    #[error("the entry has another place in a stream than its document")]
    SignedStream,
    /// The bytes kept for a `refused` entry are not those of the document that was refused.
    #[error(transparent)]
    Refused(#[from] RefusedError),
    /// The entry commits to a submitter's context, and none is there.
    #[error("the submitter's context is not there")]
    ContextMissing,
    /// A submitter's context, although the entry commits to none.
    #[error("there is a submitter's context, although the entry has none")]
    ContextUnexpected,
    /// What is stored as the submitter's context is none.
    #[error("what is kept as the submitter's context is none: {0}")]
    ContextMalformed(Fault),
    /// The submitter's context is stored in another spelling than its canonical one.
    #[error("the submitter's context is in another spelling than JCS")]
    ContextSpelling,
    /// Member 10 is not what follows from the submitter's context.
    #[error("the submitter's context has other subjects than the entry")]
    ContextSubjects,
    /// Member 7 is not what follows from the submitter's context.
    #[error("the submitter's context has another place in a stream than the entry")]
    ContextStream,
}

impl RecordError {
    /// The stable code, as assessments name it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::EntryBytes
            | Self::DocumentUnexpected(_)
            | Self::Statement { .. }
            | Self::Refused(RefusedError::Signer(_)) => "ENTRY_MISMATCH",
            Self::NotErasable | Self::NothingToErase | Self::DocumentMissing => "EVIDENCE_MISSING",
            Self::RawDigest { .. } | Self::EvidenceDigest { .. } | Self::Refused(RefusedError::RawDigest) => {
                "EVIDENCE_DIGEST_MISMATCH"
            }
            Self::Malformed(_) => "MALFORMED",
            Self::Rejected(rejected) => rejected.fault.code.as_str(),
            Self::Subjects | Self::TargetSubjects => "SUBJECTS_MISMATCH",
            Self::SignedStream => "STREAM_MISMATCH",
            Self::Refused(RefusedError::Unsigned) => "SIGNATURE_INVALID",
            Self::ContextMissing => "CONTEXT_MISSING",
            Self::ContextUnexpected
            | Self::ContextMalformed(_)
            | Self::ContextSpelling
            | Self::ContextSubjects
            | Self::ContextStream => "CONTEXT_MISMATCH",
        }
    }

    /// Whether the submitter's context is at fault, and not the document.
    pub const fn is_about_context(&self) -> bool {
        matches!(
            self,
            Self::ContextMissing
                | Self::ContextUnexpected
                | Self::ContextMalformed(_)
                | Self::ContextSpelling
                | Self::ContextSubjects
                | Self::ContextStream
        )
    }
}
