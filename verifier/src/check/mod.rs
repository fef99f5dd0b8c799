//! Whole checks for somebody offline: files in, one report out.
//!
//! Everything that `ledger-verify` decides is decided here, by pure functions over bytes, so that
//! another program or a browser comes to the same report. A report has one of four statuses:
//! PASS, FAIL (something is wrong, and the message says what), INCOMPLETE (nothing found wrong,
//! but something needed is missing or of a later format); of a document of another format, UNKNOWN. What was not looked at is listed under
//! `not_checked`, never left to be guessed.

pub mod audit;
mod brought;
mod consistency;
mod evidence;
mod expect;
pub mod export;
mod genesis;
mod pack;
mod proof;

pub use brought::{Wanted, begins_as_pack, begins_as_proof, something_else};
pub use consistency::{CHECKPOINTS_REVERSED, check_consistency};
pub use expect::Expectation;
pub use genesis::{Genesis, GenesisFault};
pub use pack::{PACK_NOT_PROVED, PackCheck, check_pack};
pub use proof::{ProofFiles, check_proof};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::checkpoint::CheckpointError;
use crate::note::NoteError;

/// How a check ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    /// All that was checked holds.
    Pass,
    /// Something does not hold.
    Fail,
    /// What is there holds, but it is not enough.
    Incomplete,
    /// Nothing that is verified here. No verdict on a job is ever this.
    Unknown,
}

impl Status {
    /// `PASS`, `FAIL`, `INCOMPLETE` or `UNKNOWN`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
            Self::Incomplete => "INCOMPLETE",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// What a check found.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Report {
    /// The verdict.
    pub status: Status,
    /// Stable; `OK` for PASS.
    pub reason_code: &'static str,
    /// One sentence for people.
    pub message: String,
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

    pub(crate) fn checked(&mut self, what: &str) {
        self.list("checked", what);
    }

    pub(crate) fn not_checked(&mut self, what: &str) {
        self.list("not_checked", what);
    }
}

/// Why a check does not pass.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// FAIL, INCOMPLETE or UNKNOWN.
    pub status: Status,
    /// Stable.
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

    /// The report that ends with this finding.
    pub fn into_report(self, details: Details) -> Report {
        Report {
            status: self.status,
            reason_code: self.reason_code,
            message: self.message,
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
            details,
        }
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
