//! What of two runs is compared, group by group, each row with its mark.

use std::collections::{BTreeMap, BTreeSet};

use verifier::index::TimestampMs;

use crate::model::run::{Calls, RunFacts};
use crate::text::{age, counted, grouped, segment, shortened};

/// Rows of one group.
const ROWS_SHOWN: usize = 60;
/// Characters of a value.
const VALUE_CHARACTERS_MAX: usize = 160;

/// How two values stand to each other.
#[derive(Clone, Copy)]
pub(super) struct ComparisonMark {
    pub(super) glyph: &'static str,
    pub(super) word: &'static str,
    pub(super) class: &'static str,
}

const SAME: ComparisonMark = ComparisonMark {
    glyph: "=",
    word: "same",
    class: "attested",
};
const DIFFERS: ComparisonMark = ComparisonMark {
    glyph: "≠",
    word: "differs",
    class: "open",
};
const ONLY_A: ComparisonMark = ComparisonMark {
    glyph: "←",
    word: "only in A",
    class: "open",
};
const ONLY_B: ComparisonMark = ComparisonMark {
    glyph: "→",
    word: "only in B",
    class: "open",
};

/// One thing that is compared.
pub(super) struct ComparisonRow {
    pub(super) name: String,
    /// Our own page about it.
    pub(super) href: Option<String>,
    pub(super) a: String,
    pub(super) b: String,
    pub(super) mark: ComparisonMark,
}

/// One group of them.
pub(super) struct ComparisonGroup {
    pub(super) title: &'static str,
    pub(super) rows: Vec<ComparisonRow>,
    pub(super) cut: bool,
    /// What to say where neither run has any.
    pub(super) empty: &'static str,
}

impl ComparisonRow {
    /// Whether the two are not the same.
    pub(super) fn differs(&self) -> bool {
        self.mark.word != SAME.word
    }
}

/// Everything that is compared.
pub(super) fn of(a: &RunFacts, b: &RunFacts) -> Vec<ComparisonGroup> {
    vec![
        set(
            "Policy",
            "policies",
            &a.policies,
            &b.policies,
            "Neither cites a policy.",
        ),
        set(
            "Scope",
            "",
            &a.scopes,
            &b.scopes,
            "No token was issued for either run by its id.",
        ),
        models(a, b),
        tools(a, b),
        timing(a, b),
        set(
            "Tokens, by hash",
            "tokens",
            &a.tokens,
            &b.tokens,
            "Neither names a token.",
        ),
        set(
            "Tokens revoked",
            "tokens",
            &a.revoked,
            &b.revoked,
            "Neither had a token revoked.",
        ),
        set(
            "Agents",
            "agents",
            &a.agents,
            &b.agents,
            "Neither names an agent.",
        ),
        set(
            "Gateways",
            "gateways",
            &a.gateways,
            &b.gateways,
            "Neither called a model through a gateway.",
        ),
        counts("Decisions and approvals", &a.decisions, &b.decisions),
    ]
}

/// A row for each value that either has.
fn set(
    title: &'static str,
    section: &str,
    a: &BTreeSet<String>,
    b: &BTreeSet<String>,
    empty: &'static str,
) -> ComparisonGroup {
    let has = |set: &BTreeSet<String>, value| if set.contains(value) { "yes" } else { "no" }.to_owned();
    let rows = a.union(b).map(|value| ComparisonRow {
        href: (!section.is_empty()).then(|| format!("/{section}/{}", segment(value))),
        a: has(a, value),
        b: has(b, value),
        mark: membership(a.contains(value), b.contains(value)),
        name: shortened(value, VALUE_CHARACTERS_MAX),
    });
    group(title, rows.collect(), empty)
}

const fn membership(a: bool, b: bool) -> ComparisonMark {
    match (a, b) {
        (true, false) => ONLY_A,
        (false, true) => ONLY_B,
        _ => SAME,
    }
}

fn group(title: &'static str, mut rows: Vec<ComparisonRow>, empty: &'static str) -> ComparisonGroup {
    let cut = rows.len() > ROWS_SHOWN;
    rows.truncate(ROWS_SHOWN);
    ComparisonGroup {
        title,
        rows,
        cut,
        empty,
    }
}

/// A value in words, or that there is none; the mark follows from the two.
fn row(name: String, a: Option<String>, b: Option<String>) -> ComparisonRow {
    let mark = match (&a, &b) {
        (Some(a), Some(b)) if a == b => SAME,
        (Some(_), Some(_)) => DIFFERS,
        (a, b) => membership(a.is_some(), b.is_some()),
    };
    let said = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
    ComparisonRow {
        name,
        href: None,
        a: said(a),
        b: said(b),
        mark,
    }
}

fn models(a: &RunFacts, b: &RunFacts) -> ComparisonGroup {
    let said = |calls: &Calls| {
        format!(
            "{}, {} → {} tokens",
            counted(calls.count, "call", "calls"),
            grouped(calls.tokens_input),
            grouped(calls.tokens_output)
        )
    };
    let names: BTreeSet<&String> = a.models.keys().chain(b.models.keys()).collect();
    let rows = names.into_iter().map(|name| {
        let shown = shortened(name, VALUE_CHARACTERS_MAX);
        row(shown, a.models.get(name).map(said), b.models.get(name).map(said))
    });
    group("Models", rows.collect(), "No model call in either.")
}

fn tools(a: &RunFacts, b: &RunFacts) -> ComparisonGroup {
    let said = |count: &u64| counted(*count, "time", "times");
    let names: BTreeSet<_> = a.tools.keys().chain(b.tools.keys()).collect();
    let rows = names.into_iter().map(|tool| {
        let word = tool.word.label_without_glyph();
        let name = shortened(&tool.name, VALUE_CHARACTERS_MAX);
        let name = format!("{name} ({}, {word})", tool.what);
        row(name, a.tools.get(tool).map(said), b.tools.get(tool).map(said))
    });
    group("Tools", rows.collect(), "No tool call in either.")
}

fn counts(
    title: &'static str,
    a: &BTreeMap<&'static str, u64>,
    b: &BTreeMap<&'static str, u64>,
) -> ComparisonGroup {
    let names: BTreeSet<_> = a.keys().chain(b.keys()).collect();
    let said = |count: &u64| counted(*count, "time", "times");
    let rows = names
        .into_iter()
        .map(|name| row((*name).to_owned(), a.get(name).map(said), b.get(name).map(said)));
    group(title, rows.collect(), "No decision and no approval in either.")
}

fn timing(a: &RunFacts, b: &RunFacts) -> ComparisonGroup {
    let length = |span: Option<(TimestampMs, TimestampMs)>| {
        span.map(|(first, last)| age(last.value().saturating_sub(first.value())))
    };
    let calls = |run: &RunFacts| counted(run.calls().count, "call", "calls");
    let seconds = |run: &RunFacts| run.lifetime.map(|seconds| format!("{} s", grouped(seconds)));
    let latency = |run: &RunFacts| {
        let calls = run.calls().count;
        let mean = run.latency_ms.checked_div(calls)?;
        Some(format!("{} ms", grouped(mean)))
    };
    let rows = vec![
        row(
            "First to last use, as signed".to_owned(),
            length(a.stated),
            length(b.stated),
        ),
        row(
            "First to last entry, as logged".to_owned(),
            length(a.logged),
            length(b.logged),
        ),
        row("Model calls".to_owned(), Some(calls(a)), Some(calls(b))),
        row("Mean time of a model call".to_owned(), latency(a), latency(b)),
        row("Longest life of a token".to_owned(), seconds(a), seconds(b)),
    ];
    group("Timing", rows, "")
}
