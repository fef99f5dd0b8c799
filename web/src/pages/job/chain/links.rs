//! What stands in each link.

use std::collections::BTreeMap;

use verifier::assess::{CheckStatus, UseAct};
use verifier::kind::Kind;
use verifier::payload::{Payload, TokenIssued};
use verifier::record::Record;

use super::super::page_verdict::PageVerdict;
use super::super::story_documents::StoryDocuments;
use super::{ChainLink, LinkSubject, link};
use crate::model::signers::SignerTable;
use crate::text::{age, counted, grouped, segment, shortened};

/// Characters of a name.
const NAME_CHARACTERS_MAX: usize = 120;

pub(super) fn policy(judged: &PageVerdict, said: &StoryDocuments) -> ChainLink {
    let hashes = &judged.assessment().summary.policies;
    let mut names: Vec<&str> = said
        .payloads()
        .filter_map(|(_, payload)| match payload {
            Payload::PolicyPublished(published) if hashes.contains(&published.policy_hash.to_string()) => {
                Some(published.policy_id.as_str())
            }
            _ => None,
        })
        .collect();
    names.dedup();
    let big = match (names.as_slice(), hashes.len()) {
        ([name], 1) => shortened(name, NAME_CHARACTERS_MAX),
        (_, 0) => "none cited".to_owned(),
        (_, many) => counted(many, "policy", "policies"),
    };
    link(judged, "Policy", big, LinkSubject::Policy, "attested")
        .ids(hashes, |hash| Some(format!("/policies/{}", segment(hash))))
}

pub(super) fn token(judged: &PageVerdict, said: &StoryDocuments) -> ChainLink {
    let hashes = &judged.assessment().summary.token_hashes;
    let mut issued = said.payloads().filter_map(|(known, payload)| match payload {
        Payload::TokenIssued(issued) if judged.examined().linked.contains_key(&known.record.index) => {
            Some(issued)
        }
        _ => None,
    });
    let big = match (hashes.len(), issued.next()) {
        (0, _) => "none".to_owned(),
        (1, Some(issued)) => {
            let bound = issued_for(judged, issued);
            format!("{} s, {bound}", grouped(issued.exp.saturating_sub(issued.iat)))
        }
        (many, _) => counted(many, "token", "tokens"),
    };
    link(judged, "Token", big, LinkSubject::Token, "attested")
        .ids(hashes, |hash| Some(format!("/tokens/{hash}")))
}

/// For which job, or at least which run, a token was issued.
fn issued_for(judged: &PageVerdict, issued: &TokenIssued) -> String {
    let named = |id: &str| shortened(id, NAME_CHARACTERS_MAX);
    match (issued.job_id.as_deref(), issued.run_id.as_deref()) {
        (Some(job), _) if job == judged.closure().job_id => "issued for this job".to_owned(),
        (Some(job), _) => format!("issued for the job {}", named(job)),
        (None, Some(run)) => format!("issued for the run {} and for no job by name", named(run)),
        (None, None) => "issued for no job by name".to_owned(),
    }
}

pub(super) fn runs(judged: &PageVerdict) -> String {
    let summary = &judged.assessment().summary;
    let many = u64::try_from(summary.runs.len()).unwrap_or(u64::MAX);
    if many == 0 {
        let told = judged
            .supposed
            .as_ref()
            .map_or(0, |supposed| supposed.run_ids.len());
        return match u64::try_from(told).unwrap_or(u64::MAX) {
            0 => "none".to_owned(),
            told => format!("{}, as the bundle states", counted(told, "run", "runs")),
        };
    }
    match (summary.first_time, summary.last_time) {
        (Some(first), Some(last)) => {
            format!(
                "{}, {}",
                counted(many, "run", "runs"),
                age(last.value().saturating_sub(first.value()))
            )
        }
        _ => counted(many, "run", "runs"),
    }
}

pub(super) fn receipts(judged: &PageVerdict) -> String {
    let tools = judged
        .examined()
        .uses
        .iter()
        .filter(|used| matches!(used.act, UseAct::Tool(_) | UseAct::SideEffect(_)))
        .count();
    let tools = u64::try_from(tools).unwrap_or(u64::MAX);
    let models = judged.assessment().summary.gateway_receipts;
    format!(
        "{}, {}",
        counted(models, "model call", "model calls"),
        counted(tools, "tool call", "tool calls")
    )
}

/// The gateways that signed the job's receipts, by name where they have one.
pub(super) fn gateways(judged: &PageVerdict, signers: &SignerTable) -> Vec<(String, String)> {
    let mut names = BTreeMap::new();
    for record in linked_of(judged, Kind::ReceiptGateway) {
        names
            .entry(record.entry.signer.as_str())
            .or_insert_with(|| signers.of(&record.entry, record.index).name);
    }
    names
        .into_iter()
        .map(|(did, name)| {
            let name = name.unwrap_or_else(|| did.to_owned());
            (
                shortened(&name, NAME_CHARACTERS_MAX),
                format!("/gateways/{}", segment(did)),
            )
        })
        .collect()
}

pub(super) fn bundles(judged: &PageVerdict) -> Vec<(String, String)> {
    linked_of(judged, Kind::Bundle)
        .map(|record| {
            let index = record.index.value();
            (format!("entry {}", grouped(index)), format!("/entries/{index}"))
        })
        .collect()
}

/// The job's own documents of a kind, in log order.
fn linked_of(judged: &PageVerdict, kind: Kind) -> impl Iterator<Item = &Record> {
    let indices = judged.examined().linked.keys();
    indices
        .filter_map(|index| judged.closure().records.get(index))
        .map(|record| record.record())
        .filter(move |record| record.entry.kind == kind)
}

/// Uses that fail `token.valid`: a reader looks for them among the receipts, too.
pub(super) fn invalid_uses(judged: &PageVerdict) -> Option<String> {
    let failing = judged.examined().uses.iter();
    let failing = failing.filter(|used| used.status() == CheckStatus::Fail).count();
    (failing > 0).then(|| {
        format!(
            "{} without a valid token",
            counted(failing, "call was made", "calls were made")
        )
    })
}

pub(super) fn bundle(judged: &PageVerdict) -> String {
    match judged.assessment().summary.bundles {
        1 if judged.supposed.is_some() => "this one, not logged".to_owned(),
        many if judged.supposed.is_some() => format!("{}, this one not logged", grouped(many)),
        0 => "none".to_owned(),
        1 => "one, signed by the agent".to_owned(),
        many => format!("{}, signed by the agent", grouped(many)),
    }
}
