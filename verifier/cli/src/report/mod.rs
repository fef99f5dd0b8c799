//! The report for people: both answers, what was looked at, and of a pack its checks, its timeline and its signers.
//!
//! Documents name themselves and what is wrong with them. Every text of theirs is shown on one line of its own, with
//! what nobody sees made visible, so that no name moves the cursor or looks like a line of the report.

mod layout;
mod pack;

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use serde_json::Value;
use verifier::check::{Authenticity, ReportText, Status};
use verifier::text::shown;

use crate::outcome::CheckOutcome;
use layout::{facts, paragraph};

/// The details that say what a verdict rests on and what it does not say, each with the words in front of it.
const PROVED: (&str, &str) = ("proved", "Proved");
const NOT_PROVED: (&str, &str) = ("not_proved", "Not proved");
/// The detail that says what does not count.
const NOT_COUNTED: &str = "not_counted";
const NOT_COUNTED_COUNT: &str = "not_counted_count";
/// The detail with the question that a subject-proof answers.
const QUESTION: &str = "question";
/// The detail with the state of the witnesses, by the policy that the reader named.
const WITNESSES: &str = "witnesses";
/// Details that have a place of their own.
const TOLD_ELSEWHERE: [&str; 8] = [
    WITNESSES,
    PROVED.0,
    NOT_PROVED.0,
    "completeness",
    "assessment",
    "log_key",
    NOT_COUNTED,
    NOT_COUNTED_COUNT,
];

pub(crate) fn write(out: &mut impl Write, outcome: &CheckOutcome) -> io::Result<()> {
    let told = outcome.report_text();
    answers(out, told)?;
    if told.answers.authenticity != Authenticity::NotGenuine
        && let Some(Value::String(sentence)) = told
            .details
            .get(WITNESSES)
            .and_then(|state| state.get("sentence"))
    {
        paragraph(out, "", &format!("Witnesses: {sentence}."))?;
    }
    for (detail, label) in [PROVED, NOT_PROVED] {
        if told.answers.authenticity == Authenticity::Genuine
            && let Some(Value::String(text)) = told.details.get(detail)
        {
            writeln!(out)?;
            paragraph(out, "", &format!("{label}: {text}."))?;
        }
    }
    let told_here: Vec<_> = told
        .details
        .iter()
        .filter(|(name, _)| !TOLD_ELSEWHERE.contains(&name.as_str()))
        .map(|(name, value)| (name.replace('_', " "), text_of(name, value)))
        .collect();
    if !told_here.is_empty() {
        writeln!(out)?;
        facts(out, &told_here)?;
    }
    if let Some(assessment) = told.details.get("assessment") {
        pack::checks(out, assessment)?;
        if let Some(not_counted) = told.details.get(NOT_COUNTED) {
            pack::not_counted(out, not_counted, told.details.get(NOT_COUNTED_COUNT))?;
        }
        pack::entries(out, outcome.timeline())?;
        pack::signers(out, outcome.timeline())?;
    }
    out.flush()
}

/// The two answers, each on a line, and the sentence under them.
fn answers(out: &mut impl Write, told: ReportText<'_>) -> io::Result<()> {
    let first = shown::line(&told.first_line()).to_string();
    let style = match told.answers.authenticity {
        Authenticity::Genuine => styled(AnsiColor::Green),
        Authenticity::NotGenuine => styled(AnsiColor::Magenta).invert(),
        Authenticity::Unknown => styled(AnsiColor::Yellow),
    };
    writeln!(out, "{style}{first}{style:#}")?;
    let style = match told.answers.verdict {
        Some(Status::Pass) => styled(AnsiColor::Green),
        Some(Status::Fail) => styled(AnsiColor::Red),
        Some(Status::Incomplete | Status::Unknown) | None => styled(AnsiColor::Yellow),
    };
    writeln!(out, "{style}{}{style:#}", shown::line(&told.verdict_line()))?;
    // Why a thing is not genuine stands in the first line already.
    if told.answers.verdict.is_some() {
        paragraph(out, "  ", told.message)?;
    }
    Ok(())
}

fn styled(color: AnsiColor) -> Style {
    color.on_default().bold()
}

fn text_of(name: &str, value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        // In the form in which the command line takes it.
        _ if name == QUESTION => value.to_string(),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            items.join(", ")
        }
        Value::Object(members) => {
            let members = members.iter();
            let members: Vec<String> = members
                .map(|(name, value)| format!("{} {}", name.replace('_', " "), text_of(name, value)))
                .collect();
            members.join(", ")
        }
        other => other.to_string(),
    }
}
