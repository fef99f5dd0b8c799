//! What the caller expects of an export: its manifest says itself of which period it is, and of which subjects.

use serde_json::Value;

use crate::check::{Finding, Report, Status};
use crate::index::TimestampMs;
use crate::rfc3339;
use crate::subject::Field;
use crate::subject_index::IndexQuestion;
use crate::text::shown::brief;

/// What the caller asked for. The default asks for nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExportExpectation<'a> {
    /// Where the period begins.
    pub from: Option<TimestampMs>,
    /// Where it ends: before this time.
    pub to: Option<TimestampMs>,
    /// The agent that all entries name.
    pub agent: Option<&'a str>,
    /// The policy that all entries name.
    pub policy: Option<&'a str>,
}

impl ExportExpectation<'_> {
    /// The report on an export under this expectation: one of another period fails with `UNEXPECTED_PERIOD`, one of other subjects,
    /// or of all entries where subjects were named, with `UNEXPECTED_SUBJECTS`. Where the end of the period was named and nothing
    /// shows that it was over, the export is INCOMPLETE, `PERIOD_NOT_OVER`. What does not pass anyway keeps its reason.
    pub fn hold(&self, report: Report) -> Report {
        let is_empty =
            self.from.is_none() && self.to.is_none() && self.agent.is_none() && self.policy.is_none();
        if is_empty || report.status != Status::Pass {
            return report;
        }
        match self.contradiction(&report) {
            Some(finding) => finding.into_report_of_genuine(report.details),
            None => report,
        }
    }

    fn contradiction(&self, report: &Report) -> Option<Finding> {
        let details = &report.details;
        let number = |name| details.get(name).and_then(Value::as_u64);
        for (option, expected, found) in [
            ("--from", self.from, number("from_ms")),
            ("--to", self.to, number("to_ms")),
        ] {
            if let Some(time) = expected.filter(|time| Some(time.value()) != found) {
                let time = rfc3339::format(time).unwrap_or_default();
                let message = format!(
                    "This is an export of another period than {option} {time} names: {}",
                    report.message
                );
                return Some(Finding::fail("UNEXPECTED_PERIOD", message));
            }
        }
        let expected = self.subjects();
        let none = Value::Array(Vec::new());
        let found = details.get("subjects").unwrap_or(&none);
        if *found != expected {
            let message = format!(
                "This export is restricted to the subjects {}, expected {} ([] are all entries of the period). {}",
                brief(&found.to_string()),
                brief(&expected.to_string()),
                report.message
            );
            return Some(Finding::fail("UNEXPECTED_SUBJECTS", message));
        }
        let is_open = details.get("window_closed").and_then(Value::as_bool) == Some(false);
        (is_open && self.to.is_some()).then(|| Finding::incomplete("PERIOD_NOT_OVER", report.message.clone()))
    }

    /// As the details of a report name the subjects of an export.
    fn subjects(&self) -> Value {
        let named = [(Field::Agent, self.agent), (Field::Policy, self.policy)];
        let subjects = named.into_iter().filter_map(|(field, value)| {
            let question = IndexQuestion::Subject {
                field: field.into(),
                value: value?.to_owned(),
                kinds: Vec::new(),
            };
            Some(question.to_json())
        });
        subjects.collect()
    }
}
