//! What the caller expects of an answer: a file says itself what it was asked, and as of when.

use serde_json::Value;

use super::OpenedAnswer;
use crate::check::{Details, Finding, Report};
use crate::index::{LeafIndex, TreeSize};
use crate::text::shown::brief;

/// The code of an answer to another question than the one that was asked.
pub(in crate::check) const UNEXPECTED_QUESTION: &str = "UNEXPECTED_QUESTION";

/// The code of an answer about a text that no entry can have.
const VALUE_NOT_OF_FIELD: &str = "VALUE_NOT_OF_FIELD";

/// What the caller asked for. The default asks for nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct SubjectExpectation<'a> {
    /// The question, as [`IndexQuestion::to_json`](crate::subject_index::IndexQuestion::to_json) writes it.
    pub question: Option<&'a Value>,
    /// The answer is as of this size or a later one.
    pub as_of_min: Option<TreeSize>,
    /// Only entries after this one matter.
    pub after: Option<LeafIndex>,
    /// No entry is expected.
    pub none: bool,
    /// The caller has the answer as of this size: the file may begin there.
    pub since: Option<TreeSize>,
    /// Only entries below this size matter: the file may end there.
    pub to: Option<TreeSize>,
}

impl SubjectExpectation<'_> {
    /// The report on an answer that holds: its sentence, or what contradicts this expectation.
    pub(super) fn hold(&self, opened: &OpenedAnswer, mut details: Details) -> Report {
        let text = opened.text();
        details.set("basis", "index");
        details.set("not_proved", text.not_proved());
        if let Some(finding) = self.another_answer(opened) {
            return finding.into_report_of_genuine(details);
        }
        let (sentence, unwanted) = match self.after {
            Some(after) => {
                let behind = text.after(after);
                details.set("after", after.value());
                details.set("entries_after_count", behind.len());
                (text.sentence_after(after), behind)
            }
            None => (text.sentence(), text.found),
        };
        let message = format!("{sentence} {}", text.basis());
        if self.none && !unwanted.is_empty() {
            let message = format!("No entry was expected. {message}");
            return Finding::fail("ENTRIES_FOUND", message).into_report_of_genuine(details);
        }
        Report::pass(message, details)
    }

    /// Why this is no answer to what the caller asked.
    pub(in crate::check) fn another_answer(&self, opened: &OpenedAnswer) -> Option<Finding> {
        let found = opened.question.to_json();
        if let Some(expected) = self.question.filter(|expected| **expected != found) {
            let message = format!(
                "This file answers another question than the one asked for: {}, expected {}. What it says is no answer to that.",
                brief(&found.to_string()),
                brief(&expected.to_string())
            );
            return Some(Finding::fail(UNEXPECTED_QUESTION, message));
        }
        if opened.question.check_value().is_err() {
            return Some(Finding::incomplete(VALUE_NOT_OF_FIELD, opened.text().sentence()));
        }
        if let Some(min) = self.as_of_min.filter(|min| opened.as_of < *min) {
            let message = format!(
                "This answer is as of size {}, and one as of size {min} or later was asked for: it says nothing of what came since.",
                opened.as_of
            );
            return Some(Finding::incomplete("ANSWER_TOO_OLD", message));
        }
        match self.after {
            Some(after) => after_not_covered(opened, after),
            None => self.range_too_short(opened),
        }
    }

    /// Why a file says too little: its answer is restricted to a range, and not all that matters to the caller is in it. A caller
    /// who expects nothing is only told what the range is.
    fn range_too_short(&self, opened: &OpenedAnswer) -> Option<Finding> {
        let expects_answer = self.question.is_some() || self.as_of_min.is_some() || self.none;
        if !expects_answer && self.since.is_none() && self.to.is_none() {
            return None;
        }
        let begin = self.since.unwrap_or_default();
        let end = self.to.unwrap_or(opened.as_of);
        let (found_begin, found_end) = match opened.range {
            Some(range) => (range.begin(), range.end()),
            None => (TreeSize::default(), opened.as_of),
        };
        if found_begin <= begin && end <= found_end {
            return None;
        }
        let message = format!(
            "This answer is about the entries in [{found_begin}, {found_end}) alone, and one about those in [{begin}, {end}) was asked \
             for: it says nothing of the others."
        );
        Some(Finding::incomplete("RANGE_TOO_SHORT", message))
    }
}

/// Why a file does not say which entries there are after one.
fn after_not_covered(opened: &OpenedAnswer, after: LeafIndex) -> Option<Finding> {
    if opened.text().reaches_beyond(after) {
        return None;
    }
    let as_of = opened.as_of;
    let message = match opened.range {
        Some(range) => format!(
            "This answer is about the entries in {range} alone, as of size {as_of}, so that it does not say which ones are after {after}: \
             ask for those from there up to a later size."
        ),
        None => format!(
            "This answer is as of size {as_of}, so that it says nothing of entries after {after}: ask for a later one."
        ),
    };
    Some(Finding::incomplete("AFTER_NOT_COVERED", message))
}
