//! Makes the assessment of facts and checks.

use std::collections::{BTreeMap, BTreeSet};

use super::assessment::{
    AssessedAlarm, Assessment, AssessmentSummary, EntryList, StatedUse, UnjudgedMember, add, count, first,
};
use super::check::{Check, LIST_MAX};
use super::checks::arguments::limits_not_held;
use super::checks::stated_settings::{SettingComparison, StatedSettings, held};
use super::checks::{alarm, place};
use super::facts::{AgentAct, JobFacts, TokenUseFact};
use super::lookalikes;
use super::verdict::VerdictDraft;
use evidence::kind::Kind;
use evidence::payload::Payload;
use evidence::text::plain;
use evidence::wpc::{NotEvaluatedCode, Policy};
use tlog::index::{LeafIndex, TimestampMs};

/// Version of the checks, their codes and this form.
const VERSION: &str = "2";
/// Longest JSON pointer (characters).
const POINTER_CHARS_MAX: usize = 1024;

/// The members of cited policies that nothing judges, all of them.
pub(super) fn unjudged(facts: &JobFacts<'_>) -> Vec<UnjudgedMember> {
    let stated = StatedSettings::of(facts);
    let mut list = Vec::new();
    for (hash, policy) in &facts.policies {
        let Some(published) = policy.published.first() else {
            continue;
        };
        for member in Policy::normalize(&published.said.policy).not_evaluated() {
            let host = member.host.as_ref();
            let unjudged = match host.map(|host| (host, stated.claim(host))) {
                // That one is judged: `policy.requirements` fails for it.
                Some((_, SettingComparison::Contradicted(_))) => continue,
                Some((host, SettingComparison::Stated(said))) => UnjudgedMember {
                    stated_by: Some(said.signer.to_owned()),
                    entry: Some(said.index),
                    value: Some(held(&said.value)),
                    ..open(hash, &member.pointer, host.stated().as_str())
                },
                Some((_, SettingComparison::NotObserved)) | None => {
                    open(hash, &member.pointer, member.code.as_str())
                }
            };
            list.push(unjudged);
        }
    }
    let arguments = limits_not_held(facts).into_iter();
    list.extend(
        arguments.map(|(hash, pointer)| open(&hash, &pointer, NotEvaluatedCode::ArgumentsUnknown.as_str())),
    );
    list
}

/// A member about which nobody states anything. Names of members are as long as their author likes.
fn open(policy_hash: &str, pointer: &str, code: &'static str) -> UnjudgedMember {
    UnjudgedMember {
        code,
        entry: None,
        pointer: pointer.chars().take(POINTER_CHARS_MAX).collect(),
        policy_hash_b64u: policy_hash.to_owned(),
        stated_by: None,
        value: None,
    }
}

/// The whole.
pub(super) fn assessment(
    facts: &JobFacts<'_>,
    outcome: VerdictDraft,
    checks: Vec<Check>,
    mut unjudged: Vec<UnjudgedMember>,
) -> Assessment {
    unjudged.truncate(LIST_MAX);
    let supposed = facts.docs.iter().find(|doc| doc.supposed.is_some());
    Assessment {
        alarms: alarms(facts, &checks),
        assessment_version: VERSION,
        check: outcome.check,
        checks,
        code: outcome.code,
        job_id: facts.job_id.to_owned(),
        links: links(facts),
        log_origin: facts.closure.origin.clone(),
        message: outcome.message,
        not_evaluated: unjudged,
        parameters: facts.settings,
        root_hash: facts.as_of.root,
        summary: summary(facts),
        supposed: supposed.map(|doc| doc.digest),
        tree_size: facts.as_of.size,
        tree_time: facts.as_of.time,
        unbound: EntryList::of(facts.unbound.iter().copied()),
        uses: first(facts.uses.iter().map(use_of)),
        verdict: outcome.verdict,
        json: String::new(),
    }
    .sealed()
}

fn summary(facts: &JobFacts<'_>) -> AssessmentSummary {
    let mut models = BTreeSet::new();
    let mut tools = BTreeSet::new();
    let (mut input, mut output) = (0_u64, 0_u64);
    for used in &facts.uses {
        match used.act {
            AgentAct::Model(receipt) => {
                models.insert(format!("{}/{}", receipt.provider, receipt.model));
                input = add(input, receipt.tokens_input);
                output = add(output, receipt.tokens_output);
            }
            AgentAct::Tool(receipt) => {
                tools.insert(receipt.what.to_string());
            }
            AgentAct::Allowed(decision) => {
                tools.insert(decision.call());
            }
            AgentAct::SideEffect(_) => {}
        }
    }
    let times: Vec<TimestampMs> = facts
        .docs
        .iter()
        .filter(|doc| facts.links.linked.contains_key(&doc.index) && doc.supposed.is_none())
        .map(|doc| doc.logged_at)
        .collect();
    AssessmentSummary {
        agents: texts(facts.agents.iter()),
        bundles: count(facts.bundles.len()),
        entries: count(facts.links.linked.len()),
        first_time: times.iter().min().copied(),
        gateway_receipts: count(facts.receipts().count()),
        last_time: times.iter().max().copied(),
        models: texts(models.iter()),
        policies: texts(facts.policies.keys()),
        runs: texts(facts.runs.iter()),
        token_hashes: texts(facts.links.tokens.iter()),
        tokens_input: input,
        tokens_output: output,
        tools: texts(tools.iter()),
        uses: count(facts.uses.len()),
    }
}

/// Entries by the link that made them the job's.
fn links(facts: &JobFacts<'_>) -> BTreeMap<&'static str, EntryList> {
    let mut by_link: BTreeMap<&'static str, Vec<LeafIndex>> = BTreeMap::new();
    for (index, link) in &facts.links.linked {
        by_link.entry(link.as_str()).or_default().push(*index);
    }
    by_link
        .into_iter()
        .map(|(link, entries)| (link, EntryList::of(entries.into_iter())))
        .collect()
}

fn use_of(used: &TokenUseFact<'_>) -> StatedUse {
    StatedUse {
        entry: used.index,
        lateness_ms: place(used).lateness_ms(),
        link: used.link,
        logged_at: used.logged_at,
        signed_at: used.signed_at,
        token_hash: used.token.hash(),
    }
}

/// What somebody should look at, whatever the verdict.
fn alarms(facts: &JobFacts<'_>, checks: &[Check]) -> Vec<AssessedAlarm> {
    let mut alarms: Vec<AssessedAlarm> = checks
        .iter()
        .filter(|check| alarm::rings(check))
        .map(|check| AssessedAlarm {
            check: Some(check.id),
            code: check.code,
            entries: first(check.entries.iter().copied()),
            message: None,
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
        alarms.push(AssessedAlarm {
            check: None,
            code: "UNKNOWN_SIGNER",
            entries: first(strangers.into_iter()),
            message: None,
        });
    }
    if let Some(message) = clock_was_ahead(facts) {
        alarms.push(AssessedAlarm {
            check: None,
            code: "CLOCK_CONFIRMED",
            entries: first(facts.trust.clocks.entries()),
            message: Some(message),
        });
    }
    if let Some(alike) = lookalikes::find(facts) {
        alarms.push(AssessedAlarm {
            check: None,
            code: lookalikes::CODE,
            entries: first(alike.entries.into_iter()),
            message: Some(alike.message),
        });
    }
    alarms
}

/// Where the log tells only the order of some of the job's entries, and not when they were logged.
fn clock_was_ahead(facts: &JobFacts<'_>) -> Option<String> {
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
            "The log's clock was ahead until the operator confirmed the time. For {} the log shows the order but not the \
             time, so a permission may have been logged after it was used.",
            plain::counted(open, "entry", "entries")
        )
    })
}

fn texts(items: impl Iterator<Item = impl ToString>) -> Vec<String> {
    first(items.map(|item| item.to_string()))
}
