//! Why an answer from the index is not proved.

use tlog::index::{LeafIndex, TreeSize};
use tlog::runs::{IndexRow, RunListError, RunProofError};

use super::ValueFault;
use crate::kind::Kind;
use crate::report::Finding;

/// Why an answer is not proved. Each has a stable code: [`IndexError::code`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// Of a later format, about which nothing can be said here.
    #[error("unknown format: {0}")]
    UnknownFormat(&'static str),
    /// Bytes of another form: the one who made the file is at fault.
    #[error("it does not have the form of {0}")]
    Form(&'static str),
    /// Only listed kinds have rows by which they are found.
    #[error("no index has a list of all entries of kind {found}")]
    KindNotListed {
        /// The kind that is asked for.
        found: Kind,
    },
    /// A field without rows.
    #[error("no index has rows of the field {found}")]
    FieldWithoutRows {
        /// The field that is asked for.
        found: &'static str,
    },
    /// No entry can have the value.
    #[error(transparent)]
    Value(#[from] ValueFault),
    /// The kinds of a question have codes, and ascend by them.
    #[error("the kind {found} is out of order in the question, or has no rows")]
    Kinds {
        /// The first that is wrong.
        found: Kind,
    },
    /// Each question is asked once.
    #[error("a question is there twice")]
    QuestionTwice,
    /// More than the file may have.
    #[error("the file has {found} {what}, expected at most {max}")]
    TooMany {
        /// Questions or records.
        what: &'static str,
        /// The limit.
        max: usize,
        /// The number.
        found: usize,
    },
    /// The index.root is not among the records.
    #[error("the file does not hold entry {index}, which is to be its index.root")]
    IndexRootMissing {
        /// Where it is to be.
        index: LeafIndex,
    },
    /// The entry is none that names runs.
    #[error("entry {index} is of kind {found}, expected an index.root with a list of runs")]
    NoIndexRoot {
        /// The entry.
        index: LeafIndex,
        /// Its kind.
        found: Kind,
    },
    /// The index.root names another log.
    #[error("the index.root is of the log {found}, expected {expected}")]
    Origin {
        /// The log's name.
        expected: String,
        /// The name in the entry.
        found: String,
    },
    /// The checkpoint is not of the size with which the index.root was signed.
    #[error(
        "the index.root is entry {index}, and the checkpoint is of size {size}, expected one more than its index"
    )]
    NotLast {
        /// The index.root.
        index: LeafIndex,
        /// Size of the checkpoint.
        size: TreeSize,
    },
    /// As-of is at least 1, and at most what the index covers.
    #[error("the question is as of {found}, expected 1 to {covered}, which the index covers")]
    AsOf {
        /// How many entries the index covers.
        covered: TreeSize,
        /// As-of.
        found: TreeSize,
    },
    /// An index.root covers entries in front of it.
    #[error("the index.root at {index} covers {found} entries, more than are in front of it")]
    Covered {
        /// The index.root.
        index: LeafIndex,
        /// How many it covers.
        found: TreeSize,
    },
    /// The list of runs is none.
    #[error("the index.root: {0}")]
    List(RunListError),
    /// The runs' proof does not hold.
    #[error("{0}")]
    Runs(RunProofError),
    /// The one who made the file left a record out.
    #[error("the index has entry {} in its answer, and the file does not hold it", row.index())]
    RecordMissing {
        /// The row.
        row: IndexRow,
    },
    /// The index has a row that its entry does not have: the operator is at fault, and the file proves it.
    #[error("the index that the log's operator signed has entry {} in its answer, and this entry does not have what was asked for", row.index())]
    False {
        /// The row.
        row: IndexRow,
    },
    /// The index leaves a row out that its entry has: the operator is at fault, and the file proves it.
    #[error("the index that the log's operator signed leaves out entry {}, which has what was asked for", row.index())]
    Omits {
        /// The row.
        row: IndexRow,
    },
}

impl IndexError {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownFormat(_) => "UNKNOWN_FORMAT",
            Self::Value(_) => "VALUE_NOT_OF_FIELD",
            Self::False { .. } => "INDEX_FALSE",
            Self::Omits { .. } => "INDEX_OMITS",
            _ => "INDEX_PROOF_INVALID",
        }
    }
}

impl From<IndexError> for Finding {
    fn from(error: IndexError) -> Self {
        match error {
            IndexError::UnknownFormat(_) | IndexError::Value(_) => {
                Self::incomplete(error.code(), error.to_string())
            }
            _ => Self::fail(error.code(), error.to_string()),
        }
    }
}

impl From<RunListError> for IndexError {
    fn from(error: RunListError) -> Self {
        Self::List(error)
    }
}

impl From<RunProofError> for IndexError {
    fn from(error: RunProofError) -> Self {
        Self::Runs(error)
    }
}
