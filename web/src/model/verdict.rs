//! Verdicts and statuses of checks as glyph, word and class: never a colour alone.

use ledger_query::projection::{JobState, Verdict};
use verifier::assess::CheckStatus;
use verifier::check::{Authenticity, Status};

/// A state that a page shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct VerdictState {
    /// Repeats the word as a shape.
    pub(crate) glyph: &'static str,
    pub(crate) word: &'static str,
    /// Repeats it as a colour.
    pub(crate) class: &'static str,
}

pub(crate) const fn state(glyph: &'static str, word: &'static str, class: &'static str) -> VerdictState {
    VerdictState { glyph, word, class }
}

impl VerdictState {
    /// Of a job that could not be assessed, or not yet.
    pub(crate) const NO_VERDICT: Self = state("–", "no verdict", "is-none");
}

impl From<Verdict> for VerdictState {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass => state("✓", "PASS", "is-pass"),
            Verdict::Fail => state("✕", "FAIL", "is-fail"),
            Verdict::Incomplete => state("◌", "INCOMPLETE", "is-incomplete"),
        }
    }
}

impl From<JobState> for VerdictState {
    fn from(job: JobState) -> Self {
        match job {
            JobState::Pass => Verdict::Pass.into(),
            JobState::Fail => Verdict::Fail.into(),
            JobState::Incomplete => Verdict::Incomplete.into(),
            JobState::Running => state("▸", "RUNNING", "is-running"),
        }
    }
}

impl From<Status> for VerdictState {
    fn from(status: Status) -> Self {
        match status {
            Status::Unknown => state("?", "UNKNOWN", "is-none"),
            Status::Pass | Status::Fail | Status::Incomplete => Verdict::from(status).into(),
        }
    }
}

/// Genuine or not is no verdict, and has colours of its own.
impl From<Authenticity> for VerdictState {
    fn from(authenticity: Authenticity) -> Self {
        match authenticity {
            Authenticity::Genuine => state("✓", "genuine", "is-genuine"),
            Authenticity::NotGenuine => state("✕", "NOT genuine", "is-forged"),
            Authenticity::Unknown => state("?", "cannot be judged", "is-none"),
        }
    }
}

impl From<CheckStatus> for VerdictState {
    fn from(status: CheckStatus) -> Self {
        match status {
            CheckStatus::Pass => state("✓", "passed", "is-pass"),
            CheckStatus::Fail => state("✕", "failed", "is-fail"),
            CheckStatus::Incomplete => state("◌", "incomplete", "is-incomplete"),
            CheckStatus::NotApplicable => state("–", "not applicable", "is-none"),
            CheckStatus::NotEvaluated => state("?", "not evaluated", "is-none"),
        }
    }
}
