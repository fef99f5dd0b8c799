//! The job in six lines for somebody who has never seen one: who, what, when, under which rule, why the verdict is what it
//! is, and how long the evidence took to be logged. Everything in it stands again further down, with its entries.

use std::collections::BTreeSet;

use verifier::assess::{UseAct, UseOfJob};
use verifier::check::Status;
use verifier::index::TimestampMs;
use verifier::kind::Kind;
use verifier::payload::Payload;
use verifier::text::plain::span;

use super::page_verdict::PageVerdict;
use super::story::StoryView;
use super::story_documents::StoryDocuments;
use crate::model::signers::SignerTable;
use crate::text::{Time, counted, isolated, shortened};

/// Names in one line.
const NAMES_SHOWN: usize = 4;
/// Characters of a policy's hash next to its name.
const HASH_CHARACTERS_MAX: usize = 9;
/// Characters of a name.
const NAME_CHARACTERS_MAX: usize = 90;

/// One line: its question, and the answer for `|escape("told")`.
pub(super) struct SummaryLine {
    pub(super) question: &'static str,
    pub(super) answer: String,
}

/// The lines of a job.
pub(super) fn of(
    judged: &PageVerdict,
    said: &StoryDocuments,
    story: &StoryView,
    signers: &SignerTable,
) -> Vec<SummaryLine> {
    let mut lines = Vec::new();
    let mut add = |question, answer: Option<String>| {
        lines.extend(answer.map(|answer| SummaryLine { question, answer }));
    };
    add("Who", Some(actors(judged, story, signers)));
    add("What", Some(what(&judged.examined().uses)));
    add("When", when(judged));
    add("Under which rule", Some(rule(judged, said)));
    add("Why this verdict", Some(reason(judged)));
    add("Logging delay", late(&judged.examined().uses));
    lines
}

/// Names in a row, the first few; `None` for none.
fn names<N: AsRef<str> + Ord>(found: impl IntoIterator<Item = N>) -> Option<String> {
    let found: BTreeSet<N> = found.into_iter().collect();
    let more = found.len().saturating_sub(NAMES_SHOWN);
    let shown = found
        .iter()
        .take(NAMES_SHOWN)
        .map(|name| isolated(&shortened(name.as_ref(), NAME_CHARACTERS_MAX)));
    let mut text = shown.collect::<Vec<_>>().join(", ");
    if more > 0 {
        text = format!("{text} and {more} more");
    }
    (!text.is_empty()).then_some(text)
}

fn actors(judged: &PageVerdict, story: &StoryView, signers: &SignerTable) -> String {
    let agents = names(judged.assessment().summary.agents.iter().map(String::as_str));
    let agents = agents.map_or_else(
        || "No agent is known".to_owned(),
        |agents| format!("Agent {agents}"),
    );
    let linked = judged.examined().linked.keys();
    let records = linked.filter_map(|index| judged.closure().records.get(index));
    let receipts = records.filter(|record| record.entry.kind == Kind::ReceiptGateway);
    let gateways: BTreeSet<String> = receipts
        .map(|record| {
            let signer = signers.of(&record.entry, record.index);
            signer.name.unwrap_or(signer.did)
        })
        .collect();
    let through = names(gateways.iter().map(String::as_str));
    let through = through.map_or_else(String::new, |gateways| {
        format!(", through the gateway {gateways}")
    });
    let asked = names(story.requesters.iter().map(String::as_str));
    let asked = asked.map_or_else(String::new, |people| format!(", for {people}"));
    format!("{agents}{through}{asked}.")
}

fn what(uses: &[UseOfJob]) -> String {
    let models = || {
        uses.iter().filter_map(|used| match &used.act {
            UseAct::Model { model, .. } => Some(model.as_str()),
            _ => None,
        })
    };
    let tools = || {
        uses.iter().filter_map(|used| match &used.act {
            UseAct::Tool(name) | UseAct::SideEffect(name) => Some(name.as_str()),
            _ => None,
        })
    };
    let part = |count: usize, one, many, named: Option<String>| {
        named.map(|named| format!("{} ({named})", counted(count, one, many)))
    };
    let parts = [
        part(models().count(), "model call", "model calls", names(models())),
        part(tools().count(), "tool call", "tool calls", names(tools())),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        return "No call of this job is logged.".to_owned();
    }
    format!("{}.", parts.join(" and "))
}

fn when(judged: &PageVerdict) -> Option<String> {
    let summary = &judged.assessment().summary;
    let (first, last) = summary.first_time.zip(summary.last_time)?;
    let minute = |at: TimestampMs| {
        let text = Time::new(at).text;
        shortened(&text, "2026-02-11 14:03:01".len()).replace('…', "")
    };
    let length = span(u128::from(last.value().saturating_sub(first.value())));
    Some(format!(
        "Logged from {} to {} UTC, over {length}.",
        minute(first),
        minute(last)
    ))
}

/// The policies by name, and what the check asks that decides.
fn rule(judged: &PageVerdict, said: &StoryDocuments) -> String {
    let hashes = &judged.assessment().summary.policies;
    let policies = names(hashes.iter().map(|hash| policy_name(hash, said)));
    let policies = match (policies, hashes.len()) {
        (None, _) => "No policy is named by any entry of the job.".to_owned(),
        (Some(name), 1) => format!("Policy {name}."),
        (Some(names), many) => format!("{many} policies: {names}."),
    };
    match judged.assessment().decisive() {
        Some(check) => {
            let asked = check.id.asks().split_inclusive('?').next();
            format!("{policies} The check that decides: {}", asked.unwrap_or_default())
        }
        None => policies,
    }
}

/// The name under which a policy was published, and the beginning of its hash.
fn policy_name(hash: &str, said: &StoryDocuments) -> String {
    let short = shortened(hash, HASH_CHARACTERS_MAX);
    let mut published = said.payloads().filter_map(|(_, payload)| match payload {
        Payload::PolicyPublished(published) => Some(published),
        _ => None,
    });
    match published.find(|published| published.policy_hash.to_string() == *hash) {
        Some(published) => format!(
            "{} ({short})",
            shortened(&published.policy_id, NAME_CHARACTERS_MAX)
        ),
        None => short,
    }
}

fn reason(judged: &PageVerdict) -> String {
    let assessment = &judged.examined().assessment;
    let verdict = match assessment.verdict {
        Status::Pass => "PASS",
        Status::Fail => "FAIL",
        Status::Incomplete | Status::Unknown => "INCOMPLETE",
    };
    format!("{verdict}: {}", isolated(&assessment.message))
}

/// The use that was logged longest after its own time.
fn late(uses: &[UseOfJob]) -> Option<String> {
    let latest = uses.iter().map(|used| used.at.lateness_ms()).max()?;
    let latest = u64::try_from(latest).unwrap_or(0);
    let what = counted(uses.len(), "action", "actions");
    Some(format!(
        "{what}; the slowest was logged {} after the time it states.",
        span(u128::from(latest))
    ))
}
