//! What the caller expects of an answer: a file says itself what it was asked, and as of when.

use serde_json::Value;

use super::OpenedAnswer;
use crate::check::{Details, Finding, Report};
use crate::index::{LeafIndex, TreeSize};
use crate::runs::RunRange;
use crate::subject_index::{AnswerText, range_in_words};
use crate::text::shown::brief;

/// The code of an answer to another question than the one that was asked.
pub(in crate::check) const UNEXPECTED_QUESTION: &str = "UNEXPECTED_QUESTION";

/// The code of an answer as of an earlier size than the one that matters.
const ANSWER_TOO_OLD: &str = "ANSWER_TOO_OLD";
/// The code of an answer about a text that no entry can have.
pub(in crate::check) const VALUE_NOT_OF_FIELD: &str = "VALUE_NOT_OF_FIELD";

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
        details.set("basis", "index");
        if let Some(finding) = self.another_question(opened) {
            details.set("not_proved", opened.text().not_proved());
            return finding.into_report_of_genuine(details);
        }
        let part = self.part(opened);
        let text = part.unwrap_or_else(|| opened.text());
        details.set("not_proved", text.not_proved());
        let unwanted = match self.after {
            Some(after) => {
                let behind = text.after(after);
                details.set("after", after.value());
                details.set("entries_after_count", behind.len());
                behind
            }
            None => text.found,
        };
        if self.is_part() {
            let count = part.map_or(0, |part| part.found.len());
            details.set("entries_in_range_count", count);
        }
        let sentence = match self.after.filter(|after| text.reaches_beyond(*after)) {
            Some(after) => text.sentence_after(after),
            None => text.sentence(),
        };
        let message = format!("{sentence} {}", text.basis());
        // One entry contradicts that there is none, whatever else the answer leaves open.
        if self.none && part.is_some() && !unwanted.is_empty() {
            let message = format!("No entry was expected. {message}");
            return Finding::fail("ENTRIES_FOUND", message).into_report_of_genuine(details);
        }
        match self.not_enough(opened) {
            Some(finding) => finding.into_report_of_genuine(details),
            None => Report::pass(message, details),
        }
    }

    /// Why this is no answer to what the caller asked.
    pub(in crate::check) fn another_answer(&self, opened: &OpenedAnswer) -> Option<Finding> {
        self.another_question(opened).or_else(|| self.not_enough(opened))
    }

    /// Why this is the answer to another question, or to none.
    fn another_question(&self, opened: &OpenedAnswer) -> Option<Finding> {
        let found = opened.question.to_json();
        if let Some(expected) = self.question.filter(|expected| **expected != found) {
            let message = format!(
                "This file answers another question than the one asked for: {}, expected {}. What it says is no answer to that.",
                brief(&found.to_string()),
                brief(&expected.to_string())
            );
            return Some(Finding::fail(UNEXPECTED_QUESTION, message));
        }
        let is_of_no_value = opened.question.check_value().is_err();
        is_of_no_value.then(|| Finding::incomplete(VALUE_NOT_OF_FIELD, opened.text().sentence()))
    }

    /// Why the answer says too little of what matters to the caller.
    fn not_enough(&self, opened: &OpenedAnswer) -> Option<Finding> {
        let as_of = opened.as_of;
        if let Some(min) = self.as_of_min.filter(|min| as_of < *min) {
            let message = format!(
                "This answer is as of size {as_of}, and one as of size {min} or later was asked for: it says nothing of what came since."
            );
            return Some(Finding::incomplete(ANSWER_TOO_OLD, message));
        }
        // Who has the answer as of this size learns nothing from one that ends there.
        if let Some(since) = self.since.filter(|since| as_of <= *since) {
            let message = format!(
                "This answer is as of size {as_of}, and what came after size {since} was asked for: it says nothing of that."
            );
            return Some(Finding::incomplete(ANSWER_TOO_OLD, message));
        }
        match self.after {
            Some(after) => after_not_covered(opened, after),
            None => self.range_too_short(opened),
        }
    }

    /// Whether the caller said that only a part of all entries matters.
    const fn is_part(&self) -> bool {
        self.since.is_some() || self.to.is_some()
    }

    /// What of the answer matters to the caller; `None` where nothing does, which is [not enough](Self::not_enough).
    fn part<'o>(&self, opened: &'o OpenedAnswer) -> Option<AnswerText<'o>> {
        let text = opened.text();
        if !self.is_part() {
            return Some(text);
        }
        let (begin, end) = bounds(opened);
        let begin = self.since.map_or(begin, |since| since.max(begin));
        let end = self.to.map_or(end, |to| to.min(end));
        RunRange::new(begin, end).map(|part| text.within(part))
    }

    /// Why a file says too little: its answer is restricted to a range, and not all that matters to the caller is in it. A caller
    /// who expects nothing is only told what the range is.
    fn range_too_short(&self, opened: &OpenedAnswer) -> Option<Finding> {
        let expects_answer = self.question.is_some() || self.as_of_min.is_some() || self.none;
        if !expects_answer && !self.is_part() {
            return None;
        }
        let begin = self.since.unwrap_or_default();
        let end = self.to.unwrap_or(opened.as_of);
        let (found_begin, found_end) = bounds(opened);
        let message = match RunRange::new(begin, end) {
            Some(_) if found_begin <= begin && end <= found_end => return None,
            Some(asked) => format!(
                "This answer is about entries in {} alone, and one about those in {} was asked for: it says nothing of the others.",
                range_in_words_of(opened),
                range_in_words(asked)
            ),
            None => format!("No entry is from entry {begin} on and below {end}: nothing was asked for."),
        };
        Some(Finding::incomplete("RANGE_TOO_SHORT", message))
    }
}

/// The sizes of the log in front of the first entry that an answer is about, and with the last one.
fn bounds(opened: &OpenedAnswer) -> (TreeSize, TreeSize) {
    match opened.range {
        Some(range) => (range.begin(), range.end()),
        None => (TreeSize::default(), opened.as_of),
    }
}

/// The entries that an answer is about: `the range from entry 2 to entry 9`.
fn range_in_words_of(opened: &OpenedAnswer) -> String {
    let (begin, end) = bounds(opened);
    RunRange::new(begin, end).map_or_else(String::new, range_in_words)
}

/// Why a file does not say which entries there are after one.
fn after_not_covered(opened: &OpenedAnswer, after: LeafIndex) -> Option<Finding> {
    if opened.text().reaches_beyond(after) {
        return None;
    }
    let as_of = opened.as_of;
    let has_later = after.size_with().is_some_and(|size| size < as_of);
    let message = match opened.range {
        Some(_) if has_later => format!(
            "This answer is about entries in {} alone, so that it does not say which ones are after {after}: ask for all from there \
             on.",
            range_in_words_of(opened)
        ),
        _ => format!(
            "This answer is as of size {as_of}, so that it says nothing of entries after {after}: ask for a later one."
        ),
    };
    Some(Finding::incomplete("AFTER_NOT_COVERED", message))
}
