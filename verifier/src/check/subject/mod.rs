//! One subject-proof: are these all entries that have what was asked for?

mod expect;
mod open;

use crate::check::{Details, Report};
use crate::entry::Entry;
use crate::index::{LeafIndex, TreeSize};
use crate::note::VerifierKey;
use crate::runs::RunRange;
use crate::subject_index::{AnswerText, IndexQuestion};

pub use expect::SubjectExpectation;
pub(super) use expect::{UNEXPECTED_QUESTION, VALUE_NOT_OF_FIELD};
pub(in crate::check) use open::{AnsweredEntry, OpenedAnswer};

/// What a subject-proof says once it was checked.
#[derive(Clone, PartialEq, Debug)]
pub struct SubjectCheck {
    /// Whether it holds, or why it says nothing.
    pub report: Report,
    /// What it answers; absent where the file does not hold.
    pub answer: Option<SubjectAnswer>,
}

/// The answer of a subject-proof that holds.
#[derive(Clone, PartialEq, Debug)]
pub struct SubjectAnswer {
    /// What was asked.
    pub question: IndexQuestion,
    /// The size as of which it was asked.
    pub as_of: TreeSize,
    /// The entries below as-of to which the answer is restricted, if it is.
    pub range: Option<RunRange>,
    /// The index.root that answers.
    pub index_root: LeafIndex,
    /// All entries below as-of, or of the range, that have what was asked for, as far as the log's index says, ascending.
    pub entries: Vec<(LeafIndex, Entry)>,
}

impl SubjectAnswer {
    /// Where the entries are, ascending.
    pub fn found(&self) -> Vec<LeafIndex> {
        self.entries.iter().map(|(index, _)| *index).collect()
    }

    /// The answer, to be put into words. `found` is [that of this answer](Self::found).
    pub fn text<'a>(&'a self, found: &'a [LeafIndex]) -> AnswerText<'a> {
        AnswerText {
            question: &self.question,
            as_of: self.as_of,
            range: self.range,
            index_root: self.index_root,
            found,
        }
    }
}

/// Checks a subject-proof against the log's key, and its answer against what the caller expects. `genesis` is the document of
/// log.genesis, which has the salt of subjects, or the server's answer for entry 0.
///
/// This proves what the log signed about its entries. That the index is right, only computing it again from all entries shows.
pub fn check_subject(
    bytes: &[u8],
    genesis: &[u8],
    key: &VerifierKey,
    expected: &SubjectExpectation<'_>,
) -> SubjectCheck {
    let mut details = Details::default();
    match OpenedAnswer::open(bytes, genesis, key, &mut details) {
        Ok(opened) => SubjectCheck {
            report: expected.hold(&opened, details),
            answer: Some(opened.into_answer()),
        },
        Err(finding) => SubjectCheck {
            report: finding.into_report(details),
            answer: None,
        },
    }
}
