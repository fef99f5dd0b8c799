//! What a check says of a file: a report, the findings that end one, and the two answers in it.

mod answers;

pub use answers::{Authenticity, ReportAnswers, ReportText, UNEXPECTED_JOB, convicts_operator};

use serde::Serialize;
use serde_json::{Map, Value};

use tlog::checkpoint::CheckpointError;
use tlog::note::{NoteError, VerifierKey};

crate::texts!(/// How a check ended.
Status {
    /// All that was checked holds.
    Pass => "PASS",
    /// Something does not hold.
    Fail => "FAIL",
    /// What is there holds, but it is not enough.
    Incomplete => "INCOMPLETE",
    /// Nothing that is verified here. No verdict on a job is ever this.
    Unknown => "UNKNOWN",
});

/// What a check found.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Report {
    /// The result: PASS, FAIL, INCOMPLETE or UNKNOWN.
    pub status: Status,
    /// Stable; `OK` for PASS.
    pub reason_code: &'static str,
    /// One sentence for people.
    pub message: String,
    /// Whether the thing is genuine, and what it says: two questions, which the status answers together.
    #[serde(flatten)]
    pub answers: ReportAnswers,
    /// What was looked at, member by member.
    pub details: Details,
}

/// Named facts that a check met on its way.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Details(Map<String, Value>);

impl Details {
    /// Every fact, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0.iter()
    }

    /// One fact.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Sets a fact.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Adds to the list `checked` or `not_checked`.
    fn list(&mut self, list: &str, item: &str) {
        let entry = self.0.entry(list).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(items) = entry {
            items.push(item.into());
        }
    }

    /// Whether something was looked at and found in order.
    pub fn has_checked(&self, what: &str) -> bool {
        let checked = self.get("checked").and_then(Value::as_array);
        checked.is_some_and(|checked| checked.iter().any(|item| item == what))
    }

    /// Sets the log, and the key under which the rest holds.
    pub fn set_log(&mut self, key: &VerifierKey) {
        self.set("origin", key.name());
        self.set(answers::LOG_KEY, key.label());
    }

    /// Notes that something was looked at and found in order.
    pub fn checked(&mut self, what: &str) {
        self.list("checked", what);
    }

    /// Notes that something was not looked at.
    pub fn not_checked(&mut self, what: &str) {
        self.list("not_checked", what);
    }
}

/// Why a check does not pass.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// FAIL, INCOMPLETE or UNKNOWN.
    pub status: Status,
    /// Stable reason code.
    pub reason_code: &'static str,
    /// One sentence for people.
    pub message: String,
}

impl Finding {
    /// Something is wrong.
    pub fn fail(reason_code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status: Status::Fail,
            reason_code,
            message: message.into(),
        }
    }

    /// Something is missing.
    pub fn incomplete(reason_code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status: Status::Incomplete,
            reason_code,
            message: message.into(),
        }
    }

    /// The report that ends with this finding, of a check that looks at authenticity: FAIL is not genuine, except where it
    /// convicts the log's operator, and anything else leaves the question open.
    pub fn into_report(self, details: Details) -> Report {
        let answers = ReportAnswers::of_finding(&self);
        self.into_report_with(answers, details)
    }

    /// The report on a thing that is genuine, whatever was found.
    pub fn into_report_of_genuine(self, details: Details) -> Report {
        let answers = ReportAnswers::genuine(self.status);
        self.into_report_with(answers, details)
    }

    /// The report with both answers.
    pub fn into_report_with(self, answers: ReportAnswers, details: Details) -> Report {
        Report {
            status: self.status,
            reason_code: self.reason_code,
            message: self.message,
            answers,
            details,
        }
    }
}

impl Report {
    /// Everything holds.
    pub fn pass(message: impl Into<String>, details: Details) -> Self {
        Self {
            status: Status::Pass,
            reason_code: "OK",
            message: message.into(),
            answers: ReportAnswers::genuine(Status::Pass),
            details,
        }
    }

    /// This report, contradicted by what the caller expects.
    #[must_use]
    pub fn contradicted(self, finding: Finding) -> Self {
        let answers = self.answers.contradicted();
        finding.into_report_with(answers, self.details)
    }
}

impl From<CheckpointError> for Finding {
    fn from(error: CheckpointError) -> Self {
        let reason_code = match error {
            CheckpointError::Note(NoteError::BadSignature { .. }) => "CHECKPOINT_SIGNATURE_INVALID",
            CheckpointError::Note(NoteError::NoKnownSignature { .. }) => "CHECKPOINT_NOT_SIGNED_BY_KEY",
            CheckpointError::WrongOrigin { .. } => "WRONG_LOG",
            _ => "CHECKPOINT_MALFORMED",
        };
        Self::fail(reason_code, format!("the checkpoint is refused: {error}"))
    }
}
