//! The assessment as JSON (normative: `schemas/assessment.md`, "JSON").

use std::collections::{BTreeMap, BTreeSet};

use super::checks::alarm;
use super::checks::arguments::limits_not_held;
use super::checks::stated::{Claim, Stated, held};
use super::facts::{Act, Facts, Use};
use super::lookalikes;
use super::verdict::{Check, Outcome};
use crate::index::{LeafIndex, TimestampMs};
use crate::json::{Object, Value, to_jcs};
use crate::kind::Kind;
use crate::payload::Payload;
use crate::wpc::{NotEvaluatedCode, Policy};

/// Version of the checks, their codes and this form.
const VERSION: &str = "2";
/// Longest list; beside each of those that may be longer stands its whole length.
const LIST_MAX: usize = 1000;

/// Longest JSON pointer (characters).
const POINTER_CHARS_MAX: usize = 1024;

/// The members of cited policies that nothing judges.
pub(super) fn unjudged(facts: &Facts<'_>) -> Vec<Value> {
    let stated = Stated::of(facts);
    let mut list = Vec::new();
    for (hash, policy) in &facts.policies {
        let Some(published) = policy.published.first() else {
            continue;
        };
        for member in Policy::normalize(&published.said.policy).not_evaluated() {
            let host = member.host.as_ref();
            let claim = host.map(|host| (host, stated.claim(host)));
            let mut members = vec![
                ("policy_hash_b64u", text(hash)),
                ("pointer", text(&shortened(&member.pointer))),
            ];
            match claim {
                // That one is judged: `policy.requirements` fails for it.
                Some((_, Claim::Contradicted(_))) => continue,
                Some((host, Claim::Stated(said))) => members.extend([
                    ("code", text(host.stated().as_str())),
                    ("stated_by", text(said.signer)),
                    ("entry", Value::from_integer(said.index.value())),
                    ("value", held(&said.value)),
                ]),
                Some((_, Claim::NotObserved)) | None => members.push(("code", text(member.code.as_str()))),
            }
            list.push(object(members));
        }
    }
    let open = limits_not_held(facts).into_iter().map(|(hash, pointer)| {
        object([
            ("policy_hash_b64u", text(&hash)),
            ("pointer", text(&shortened(&pointer))),
            ("code", text(NotEvaluatedCode::ArgumentsUnknown.as_str())),
        ])
    });
    list.extend(open);
    list
}

/// RFC 8785 of the whole.
pub(super) fn jcs(facts: &Facts<'_>, outcome: &Outcome, checks: &[Check], unjudged: Vec<Value>) -> String {
    let mut members = vec![
        ("assessment_version", text(VERSION)),
        ("job_id", text(facts.job_id)),
        ("log_origin", text(&facts.closure.origin)),
        ("tree_size", Value::from_integer(facts.as_of.size.value())),
        ("root_hash", text(&facts.as_of.root.to_string())),
        ("tree_time", ms(facts.as_of.time)),
        ("verdict", text(outcome.verdict.as_str())),
        ("code", text(outcome.code)),
        ("message", text(&outcome.message)),
        ("parameters", parameters(facts)),
        ("completeness", text("not_proved")),
        ("checks", Value::Array(checks.iter().map(check).collect())),
        ("not_evaluated", list(unjudged)),
        ("summary", summary(facts)),
        ("links", links(facts)),
        (
            "uses",
            list(
                facts
                    .uses
                    .iter()
                    .take(LIST_MAX)
                    .map(|used| use_of(used))
                    .collect(),
            ),
        ),
        ("unbound", counted(facts.unbound.iter().copied())),
        ("alarms", Value::Array(alarms(facts, checks))),
    ];
    // An assessment of what is not in the log must not be taken for one of the log.
    if let Some(supposed) = facts.docs.iter().find(|doc| doc.supposed.is_some()) {
        members.push(("supposed", text(&supposed.digest.to_string())));
    }
    if let Some(decisive) = outcome.check {
        members.push(("check", text(decisive.as_str())));
    }
    to_jcs(&object(members))
}

fn parameters(facts: &Facts<'_>) -> Value {
    object([
        (
            "accept_unregistered_agents",
            Value::Bool(facts.settings.accept_unregistered_agents),
        ),
        ("clock_skew_s", Value::from_integer(facts.settings.clock_skew_s)),
        ("late_limit_s", Value::from_integer(facts.settings.late_limit_s)),
        (
            "approval_lifetime_s",
            Value::from_integer(facts.settings.approval_lifetime_s),
        ),
    ])
}

fn check(check: &Check) -> Value {
    object([
        ("id", text(check.id.as_str())),
        ("status", text(check.status.as_str())),
        ("code", text(check.code)),
        ("message", text(&check.message)),
        ("entries", indices(check.entries.iter().copied())),
    ])
}

fn summary(facts: &Facts<'_>) -> Value {
    let mut models = BTreeSet::new();
    let mut tools = BTreeSet::new();
    let (mut input, mut output) = (0_u64, 0_u64);
    for used in &facts.uses {
        match used.act {
            Act::Model(receipt) => {
                models.insert(format!("{}/{}", receipt.provider, receipt.model));
                input = input.saturating_add(receipt.tokens_input);
                output = output.saturating_add(receipt.tokens_output);
            }
            Act::Tool(receipt) => {
                tools.insert(receipt.what.to_string());
            }
            Act::Allowed(decision) => {
                tools.insert(match &decision.operation {
                    Some(operation) => format!("{}:{operation}", decision.tool),
                    None => decision.tool.to_string(),
                });
            }
            Act::SideEffect(_) => {}
        }
    }
    let times: Vec<TimestampMs> = facts
        .docs
        .iter()
        .filter(|doc| facts.links.linked.contains_key(&doc.index) && doc.supposed.is_none())
        .map(|doc| doc.logged_at)
        .collect();
    let mut members = vec![
        ("runs", texts(facts.runs.iter())),
        ("agents", texts(facts.agents.iter())),
        ("models", texts(models.iter())),
        ("tools", texts(tools.iter())),
        (
            "token_hashes",
            texts(facts.links.tokens.iter().map(ToString::to_string)),
        ),
        ("policies", texts(facts.policies.keys())),
        ("bundles", Value::from_integer(count(facts.bundles.len()))),
        (
            "gateway_receipts",
            Value::from_integer(count(facts.receipts().count())),
        ),
        ("uses", Value::from_integer(count(facts.uses.len()))),
        ("entries", Value::from_integer(count(facts.links.linked.len()))),
        ("tokens_input", Value::from_integer(input)),
        ("tokens_output", Value::from_integer(output)),
    ];
    if let (Some(first), Some(last)) = (times.iter().min(), times.iter().max()) {
        members.extend([("first_time", ms(*first)), ("last_time", ms(*last))]);
    }
    object(members)
}

/// Entries by the link that made them the job's.
fn links(facts: &Facts<'_>) -> Value {
    let mut by_link: BTreeMap<&'static str, Vec<LeafIndex>> = BTreeMap::new();
    for (index, link) in &facts.links.linked {
        by_link.entry(link.as_str()).or_default().push(*index);
    }
    object(
        by_link
            .into_iter()
            .map(|(link, entries)| (link, counted(entries.into_iter()))),
    )
}

fn use_of(used: &Use<'_>) -> Value {
    let late = i128::from(used.logged_at.value()).saturating_sub(i128::from(used.signed_at.value()));
    let lateness = u64::try_from(late.unsigned_abs()).unwrap_or(u64::MAX);
    let lateness = match Value::from_integer(lateness) {
        Value::Number(number) if late < 0 => Value::Number(-number),
        other => other,
    };
    let mut members = vec![
        ("entry", Value::from_integer(used.index.value())),
        ("signed_at", ms(used.signed_at)),
        ("logged_at", ms(used.logged_at)),
        ("lateness_ms", lateness),
        ("link", text(used.link.as_str())),
    ];
    if let Some(token) = used.token.hash() {
        members.push(("token_hash", text(&token.to_string())));
    }
    object(members)
}

/// What somebody should look at, whatever the verdict.
fn alarms(facts: &Facts<'_>, checks: &[Check]) -> Vec<Value> {
    let mut alarms: Vec<Value> = checks
        .iter()
        .filter(|check| alarm::rings(check))
        .map(|check| {
            object([
                ("check", text(check.id.as_str())),
                ("code", text(check.code)),
                ("entries", indices(check.entries.iter().copied())),
            ])
        })
        .collect();
    // Somebody whom the log does not know spoke about a run of the job.
    let strangers: Vec<LeafIndex> = facts
        .docs
        .iter()
        .filter(|doc| facts.unbound.binary_search(&doc.index).is_ok())
        .filter(|doc| !matches!(doc.payload(), Some(Payload::Pulse(_))))
        .filter(|doc| facts.trust.issuers.find(&doc.signer).is_none())
        .map(|doc| doc.index)
        .collect();
    if !strangers.is_empty() {
        alarms.push(object([
            ("code", text("UNKNOWN_SIGNER")),
            ("entries", indices(strangers.into_iter())),
        ]));
    }
    if let Some(message) = clock_was_ahead(facts) {
        alarms.push(object([
            ("code", text("CLOCK_CONFIRMED")),
            ("message", text(&message)),
            ("entries", indices(facts.trust.clocks.entries())),
        ]));
    }
    if let Some(alike) = lookalikes::find(facts) {
        alarms.push(object([
            ("code", text(lookalikes::CODE)),
            ("message", text(&alike.message)),
            ("entries", indices(alike.entries.into_iter())),
        ]));
    }
    alarms
}

/// Where the log tells only the order of some of the job's entries, and not when they were logged.
fn clock_was_ahead(facts: &Facts<'_>) -> Option<String> {
    let clocks = &facts.trust.clocks;
    let open = facts
        .docs
        .iter()
        .filter(|doc| facts.unbound.binary_search(&doc.index).is_err())
        .filter(|doc| {
            doc.kind != Kind::LogClock && clocks.logged_from(doc.index, doc.logged_at) < doc.logged_at
        })
        .count();
    (open > 0).then(|| {
        format!(
            "The log's clock was ahead until the operator confirmed the time. Of {open} of the entries that were looked at the \
             log tells the order, and not when they were logged, so that authority may have been logged after its use."
        )
    })
}

fn counted(entries: impl ExactSizeIterator<Item = LeafIndex>) -> Value {
    object([
        ("count", Value::from_integer(count(entries.len()))),
        ("entries", indices(entries)),
    ])
}

fn indices(entries: impl Iterator<Item = LeafIndex>) -> Value {
    let entries = entries
        .take(LIST_MAX)
        .map(|index| Value::from_integer(index.value()));
    Value::Array(entries.collect())
}

fn texts(items: impl Iterator<Item = impl AsRef<str>>) -> Value {
    Value::Array(items.take(LIST_MAX).map(|item| text(item.as_ref())).collect())
}

fn list(mut items: Vec<Value>) -> Value {
    items.truncate(LIST_MAX);
    Value::Array(items)
}

/// Names of members are as long as their author likes.
fn shortened(pointer: &str) -> String {
    pointer.chars().take(POINTER_CHARS_MAX).collect()
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn ms(time: TimestampMs) -> Value {
    Value::from_integer(time.value())
}

fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}

fn object(members: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    let members = members.into_iter().map(|(name, value)| (name.to_owned(), value));
    // The names are literals, none twice.
    Value::Object(Object::from_members(members.collect()).unwrap_or_default())
}
