//! One subject-proof: are these all entries that have what was asked for?

mod expect;
mod open;

use crate::check::{Details, Finding, Report};
use crate::entry::Entry;
use crate::index::LeafIndex;
use crate::note::VerifierKey;

pub use expect::SubjectExpectation;
pub(super) use expect::UNEXPECTED_QUESTION;
pub(in crate::check) use open::OpenedAnswer;

/// Codes with which a file proves a fault of the log's operator: everything else in the file holds.
pub(super) const OPERATOR_CODES: [&str; 2] = ["INDEX_FALSE", "INDEX_OMITS"];

/// What a subject-proof says once it was checked.
#[derive(Clone, PartialEq, Debug)]
pub struct SubjectCheck {
    /// Whether it holds, or why it says nothing.
    pub report: Report,
    /// All entries below the file's as-of, or of its range, that have what was asked for, as far as the log's index says; absent where
    /// the file does not hold.
    pub answer: Option<Vec<(LeafIndex, Entry)>>,
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
            answer: Some(opened.into_entries()),
        },
        Err(finding) => SubjectCheck {
            report: report_of(finding, details),
            answer: None,
        },
    }
}

/// The report on a file that does not hold. What the operator signed and what contradicts it is genuine, all of it: together they
/// convict the operator.
pub(super) fn report_of(finding: Finding, details: Details) -> Report {
    if OPERATOR_CODES.contains(&finding.reason_code) {
        finding.into_report_of_genuine(details)
    } else {
        finding.into_report(details)
    }
}
