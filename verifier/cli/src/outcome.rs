//! What a command ends with: two answers, and a report about them.

use serde::Serialize;
use verifier::check::{Report, ReportText, TimelineEntry};
use verifier::clawsig::Verification;

/// A report, and what it is about.
#[derive(Debug, Serialize)]
pub(crate) struct CheckOutcome {
    /// The kind of a document, where that was found out.
    #[serde(skip_serializing_if = "Option::is_none", rename = "kind")]
    document: Option<String>,
    #[serde(flatten)]
    report: Report,
    /// What is called genuine or not where it is no document.
    #[serde(skip)]
    thing: &'static str,
    /// The entries of a pack's job.
    #[serde(skip)]
    timeline: Vec<TimelineEntry>,
}

impl CheckOutcome {
    /// The outcome of a check of something that is no document.
    pub(crate) fn of(thing: &'static str, report: Report) -> Self {
        Self {
            document: None,
            report,
            thing,
            timeline: Vec::new(),
        }
    }

    /// The same with the entries of a job.
    pub(crate) fn with_timeline(self, timeline: Vec<TimelineEntry>) -> Self {
        Self { timeline, ..self }
    }

    /// The exit status that says the same.
    pub(crate) fn exit_status(&self) -> u8 {
        self.report.answers.exit_status()
    }

    pub(crate) fn report_text(&self) -> ReportText<'_> {
        self.report
            .text_of_kind(self.document.as_deref().unwrap_or(self.thing))
    }

    pub(crate) fn timeline(&self) -> &[TimelineEntry] {
        &self.timeline
    }
}

impl From<Verification> for CheckOutcome {
    fn from(Verification { kind, report }: Verification) -> Self {
        Self {
            document: Some(kind),
            ..Self::of("unknown", report)
        }
    }
}
