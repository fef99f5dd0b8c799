//! A pack: its checks, the job's entries in log order, and who signed how many of them.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::Value;
use verifier::assess::{CheckId, CheckStatus, title};
use verifier::check::TimelineEntry;
use verifier::index::{LeafIndex, TimestampMs};
use verifier::text::{plain, shown};

use super::layout::{paragraph, table};

/// Entries of the timeline; of a job with more, the first ones and those that a failing check is about.
const ENTRIES_SHOWN: usize = 100;
/// Characters of a DID's beginning and end in the timeline.
const DID_START: usize = 16;
const DID_END: usize = 4;

/// A row for each check.
pub(super) fn checks(out: &mut impl Write, assessment: &Value) -> io::Result<()> {
    let checks = assessment.get("checks").and_then(Value::as_array);
    let rows = checks.into_iter().flatten().map(|check| {
        let text = |name| check.get(name).and_then(Value::as_str).unwrap_or_default();
        let found = match (text("code"), finding(check)) {
            ("OK" | "NOT_APPLICABLE", _) => text("message").to_owned(),
            (code, Some(finding)) => format!("{finding} ({code}). {}", text("message")),
            (code, None) => format!("{code}: {}", text("message")),
        };
        [text("id").to_owned(), text("status").replace('_', " "), found]
    });
    table(out, "CHECKS", ["Check", "Result", "What was found"], 2, rows)
}

/// What does not count, why, and how to mend it.
pub(super) fn not_counted(out: &mut impl Write, list: &Value, all: Option<&Value>) -> io::Result<()> {
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    if !list.is_empty() {
        writeln!(out, "\nWHAT DOES NOT COUNT, AND HOW TO MEND IT")?;
    }
    for item in list {
        let text = |name| item.get(name).and_then(Value::as_str).unwrap_or_default();
        let entries = item.get("entries").and_then(Value::as_array);
        let entries: Vec<LeafIndex> = entries
            .into_iter()
            .flatten()
            .filter_map(|index| index.as_u64().map(LeafIndex::new))
            .collect();
        let heading = format!(
            "{} ({}): {}",
            text("code"),
            plain::entries_of(&entries, number(item.get("count")).unwrap_or(entries.len())),
            text("message")
        );
        paragraph(out, "", &heading)?;
        paragraph(out, "  ", text("mend"))?;
        for line in text("command").lines() {
            writeln!(out, "  {}", shown::line(line))?;
        }
    }
    match number(all).unwrap_or_default().saturating_sub(list.len()) {
        0 => Ok(()),
        more => paragraph(
            out,
            "",
            &format!(
                "{} not told here.",
                plain::counted(more, "more reason is", "more reasons are")
            ),
        ),
    }
}

fn number(value: Option<&Value>) -> Option<usize> {
    usize::try_from(value?.as_u64()?).ok()
}

/// What a check found, in the words of the pages.
fn finding(check: &Value) -> Option<&'static str> {
    let text = |name| check.get(name).and_then(Value::as_str);
    let (id, status) = (CheckId::parse(text("id")?)?, CheckStatus::parse(text("status")?)?);
    Some(title(id, status, text("code")?))
}

/// The job's entries, those first that come first and those that a check fails over.
pub(super) fn entries(out: &mut impl Write, timeline: &[TimelineEntry]) -> io::Result<()> {
    let is_shown =
        |(position, entry): &(usize, &TimelineEntry)| *position < ENTRIES_SHOWN || entry.blame.is_some();
    let shown: Vec<&TimelineEntry> = timeline
        .iter()
        .enumerate()
        .filter(is_shown)
        .map(|(_, entry)| entry)
        .take(ENTRIES_SHOWN.saturating_mul(2))
        .collect();
    let rows = shown.iter().map(|entry| {
        [
            entry.index.to_string(),
            utc(entry.logged_at),
            entry.kind.as_str().to_owned(),
            entry.name.clone().unwrap_or_else(|| short(&entry.signer)),
            note(entry),
        ]
    });
    let head = ["Entry", "Logged (UTC)", "Kind", "Signed by", "Note"];
    table(out, "TIMELINE, IN LOG ORDER", head, 2, rows)?;
    let left = timeline.len().saturating_sub(shown.len());
    if left > 0 {
        paragraph(
            out,
            "",
            &format!(
                "{}: see \"links\" in the report with --json.",
                plain::counted(left, "more entry", "more entries")
            ),
        )?;
    }
    Ok(())
}

fn note(entry: &TimelineEntry) -> String {
    match entry.blame {
        Some(blame) if blame.at_fault => format!("fails: {}", blame.code),
        Some(blame) => format!("see {}", blame.check.as_str()),
        None => String::new(),
    }
}

/// Who signed how many of them.
pub(super) fn signers(out: &mut impl Write, timeline: &[TimelineEntry]) -> io::Result<()> {
    let mut signers: BTreeMap<&str, (Option<&str>, BTreeMap<&str, u64>)> = BTreeMap::new();
    for entry in timeline {
        let (name, kinds) = signers.entry(&entry.signer).or_default();
        *name = name.or(entry.name.as_deref());
        let count = kinds.entry(entry.kind.as_str()).or_default();
        *count = count.saturating_add(1);
    }
    writeln!(out, "\nWHO SIGNED WHAT")?;
    for (did, (name, kinds)) in signers {
        let counts: Vec<String> = kinds
            .into_iter()
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        let name = name.unwrap_or("not registered in this log");
        paragraph(out, "", &format!("{name}: {}", counts.join(", ")))?;
        paragraph(out, "  ", did)?;
    }
    Ok(())
}

/// A DID that fits into a column; its whole text stands among the signers.
fn short(did: &str) -> String {
    let length = did.chars().count();
    if length <= DID_START.saturating_add(DID_END).saturating_add(1) {
        return did.to_owned();
    }
    let start: String = did.chars().take(DID_START).collect();
    let end: String = did.chars().skip(length.saturating_sub(DID_END)).collect();
    format!("{start}…{end}")
}

/// `2026-02-11 09:30:00`; the number itself beyond the calendar.
fn utc(time: TimestampMs) -> String {
    let second = TimestampMs::new(time.value() / 1000 * 1000);
    verifier::rfc3339::format(second).map_or_else(
        || format!("{} ms", time.value()),
        |text| text.replace('T', " ").trim_end_matches('Z').to_owned(),
    )
}
