//! The chain of authority, policy to bundle, as five links: each with the worst of its checks.

use verifier::assess::{Check, CheckStatus, UseAct};
use verifier::payload::Payload;

use super::judged::Judged;
use super::said::Said;
use crate::model::verdict::State;
use crate::text::{age, counted, grouped, segment, shortened};

/// Ids named in one link.
const IDS_SHOWN: usize = 3;
/// Characters of a name.
const NAME_CHARACTERS_MAX: usize = 120;

/// An id, with our page about it where there is one.
pub(super) struct Id {
    pub(super) text: String,
    pub(super) href: Option<String>,
}

/// One link of the chain.
pub(super) struct Link {
    pub(super) title: &'static str,
    pub(super) big: String,
    pub(super) ids: Vec<Id>,
    /// How many more ids there are.
    pub(super) more: usize,
    pub(super) state: State,
    /// The check that decides the state, and its code.
    pub(super) check: Option<(&'static str, &'static str)>,
    /// `attested` or `self`: whose word the link is.
    pub(super) class: &'static str,
}

/// Policy, token, runs, receipts, bundle.
pub(super) fn of(judged: &Judged, said: &Said) -> Vec<Link> {
    let summary = &judged.stated.summary;
    vec![
        policy(judged, said),
        token(judged, said),
        link(judged, "Runs", runs(judged), RUN_CHECKS, "attested")
            .ids(&summary.runs, |run| Some(format!("/runs/{}", segment(run)))),
        link(judged, "Receipts", receipts(judged), RECEIPT_CHECKS, "attested"),
        link(judged, "Bundle", bundle(judged), BUNDLE_CHECKS, "self"),
    ]
}

const POLICY_CHECKS: &[&str] = &[
    "policy.published",
    "policy.single",
    "policy.frozen",
    "policy.pinned",
];
const TOKEN_CHECKS: &[&str] = &[
    "token.issued",
    "token.valid",
    "token.ttl",
    "token.job_bound",
    "token.fresh",
];
const RUN_CHECKS: &[&str] = &[
    "policy.models",
    "policy.tools",
    "policy.approvals",
    "policy.requirements",
    "approvals.unique",
    "decisions",
    "halt",
];
const RECEIPT_CHECKS: &[&str] = &[
    "signatures",
    "receipts.unique",
    "receipts.bound",
    "receipts.complete",
];
const BUNDLE_CHECKS: &[&str] = &["bundle.valid"];

fn link(judged: &Judged, title: &'static str, big: String, checks: &[&str], class: &'static str) -> Link {
    let (status, check) = worst(judged, checks);
    Link {
        title,
        big,
        ids: Vec::new(),
        more: 0,
        state: status.into(),
        check,
        class,
    }
}

impl Link {
    fn ids(mut self, ids: &[String], href: impl Fn(&str) -> Option<String>) -> Self {
        let shown = ids.iter().take(IDS_SHOWN).map(|id| Id {
            text: id.clone(),
            href: href(id),
        });
        self.ids = shown.collect();
        self.more = ids.len().saturating_sub(IDS_SHOWN);
        self
    }
}

/// Fail over incomplete over not evaluated over pass; the first in table order of these.
fn worst(judged: &Judged, ids: &[&str]) -> (CheckStatus, Option<(&'static str, &'static str)>) {
    let of: Vec<&Check> = judged
        .checks()
        .iter()
        .filter(|check| ids.contains(&check.id.as_str()))
        .collect();
    for status in [CheckStatus::Fail, CheckStatus::Incomplete] {
        if let Some(check) = of.iter().find(|check| check.status == status) {
            return (status, Some((check.id.as_str(), check.code)));
        }
    }
    let open = [CheckStatus::NotEvaluated, CheckStatus::Pass]
        .into_iter()
        .find(|status| of.iter().any(|check| check.status == *status));
    (open.unwrap_or(CheckStatus::NotApplicable), None)
}

fn policy(judged: &Judged, said: &Said) -> Link {
    let hashes = &judged.stated.summary.policies;
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
        (_, many) => counted(u64::try_from(many).unwrap_or(u64::MAX), "policy", "policies"),
    };
    link(judged, "Policy", big, POLICY_CHECKS, "attested")
        .ids(hashes, |hash| Some(format!("/policies/{}", segment(hash))))
}

fn token(judged: &Judged, said: &Said) -> Link {
    let hashes = &judged.stated.summary.token_hashes;
    let mut issued = said.payloads().filter_map(|(known, payload)| match payload {
        Payload::TokenIssued(issued) if judged.examined.linked.contains_key(&known.record.index) => {
            Some(issued)
        }
        _ => None,
    });
    let big = match (hashes.len(), issued.next()) {
        (0, _) => "none".to_owned(),
        (1, Some(issued)) => {
            let bound = if issued.job_id.as_deref() == Some(judged.closure.job_id.as_str()) {
                "issued for this job"
            } else {
                "not issued for this job"
            };
            format!("{} s, {bound}", grouped(issued.exp.saturating_sub(issued.iat)))
        }
        (many, _) => counted(u64::try_from(many).unwrap_or(u64::MAX), "token", "tokens"),
    };
    link(judged, "Token", big, TOKEN_CHECKS, "attested").ids(hashes, |hash| Some(format!("/tokens/{hash}")))
}

fn runs(judged: &Judged) -> String {
    let summary = &judged.stated.summary;
    let many = u64::try_from(summary.runs.len()).unwrap_or(u64::MAX);
    if many == 0 {
        return "none".to_owned();
    }
    match (summary.first_time, summary.last_time) {
        (Some(first), Some(last)) => {
            format!(
                "{}, {}",
                counted(many, "run", "runs"),
                age(last.saturating_sub(first))
            )
        }
        _ => counted(many, "run", "runs"),
    }
}

fn receipts(judged: &Judged) -> String {
    let tools = judged
        .examined
        .uses
        .iter()
        .filter(|used| matches!(used.act, UseAct::Tool(_) | UseAct::SideEffect(_)))
        .count();
    let tools = u64::try_from(tools).unwrap_or(u64::MAX);
    format!(
        "{} model, {} tool",
        grouped(judged.stated.summary.gateway_receipts),
        grouped(tools)
    )
}

fn bundle(judged: &Judged) -> String {
    match judged.stated.summary.bundles {
        0 => "none".to_owned(),
        1 => "one, signed by the agent".to_owned(),
        many => format!("{}, signed by the agent", grouped(many)),
    }
}
