//! The chain of authority, policy to bundle, as five links: each with the worst of its checks.

mod links;

use verifier::assess::{Check, CheckId, CheckStatus};

use super::page_verdict::PageVerdict;
use super::story_documents::StoryDocuments;
use crate::model::signers::SignerTable;
use crate::model::verdict::VerdictState;
use crate::text::segment;
use links::{bundle, bundles, gateways, invalid_uses, policy, receipts, runs, token};

/// Ids named in one link.
const IDS_SHOWN: usize = 3;

/// An id, with our page about it where there is one.
pub(super) struct Id {
    pub(super) text: String,
    pub(super) href: Option<String>,
}

/// Id, title and code of a check.
pub(super) type DecidingCheckText = (&'static str, &'static str, &'static str);

/// One link of the chain.
pub(super) struct ChainLink {
    pub(super) title: &'static str,
    pub(super) big: String,
    pub(super) ids: Vec<Id>,
    /// How many more ids there are.
    pub(super) more: usize,
    pub(super) state: VerdictState,
    /// The check that decides the state: id, title and code.
    pub(super) check: Option<DecidingCheckText>,
    /// What contradicts it, other than its own checks.
    pub(super) against: Option<String>,
    /// `attested` or `self`: whose word the link is; `loose` for what is not logged.
    pub(super) class: &'static str,
}

/// Policy, token, runs, receipts, bundle.
pub(super) fn of(judged: &PageVerdict, said: &StoryDocuments, signers: &SignerTable) -> Vec<ChainLink> {
    vec![
        policy(judged, said),
        token(judged, said),
        run_link(judged),
        ChainLink {
            against: invalid_uses(judged),
            ..link(
                judged,
                "Receipts",
                receipts(judged),
                LinkSubject::Receipts,
                "attested",
            )
        }
        .linked(gateways(judged, signers)),
        link(
            judged,
            "Bundle",
            bundle(judged),
            LinkSubject::Bundle,
            if judged.supposed.is_some() {
                "loose"
            } else {
                "self"
            },
        )
        .linked(bundles(judged)),
    ]
}

/// Where the log knows no run, those that the bundle tells of.
fn run_link(judged: &PageVerdict) -> ChainLink {
    let known = &judged.assessment().summary.runs;
    let (ids, class) = match &judged.supposed {
        Some(supposed) if known.is_empty() => (&supposed.run_ids, "loose"),
        _ => (known, "attested"),
    };
    link(judged, "Runs", runs(judged), LinkSubject::Runs, class)
        .ids(ids, |run| Some(format!("/runs/{}", segment(run))))
}

/// What a link is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LinkSubject {
    Policy,
    Token,
    Runs,
    Receipts,
    Bundle,
}

/// The link that shows a check: every check has one, so that no failure leaves the chain green.
const fn subject_of(check: CheckId) -> LinkSubject {
    match check {
        CheckId::PolicyPublished | CheckId::PolicySingle | CheckId::PolicyFrozen | CheckId::PolicyPinned => {
            LinkSubject::Policy
        }
        CheckId::TokenIssued
        | CheckId::TokenValid
        | CheckId::TokenTtl
        | CheckId::TokenJobBound
        | CheckId::TokenFresh => LinkSubject::Token,
        CheckId::PolicyModels
        | CheckId::PolicyTools
        | CheckId::PolicyApprovals
        | CheckId::PolicyRequirements
        | CheckId::ApprovalsUnique
        | CheckId::Decisions
        | CheckId::Halt => LinkSubject::Runs,
        CheckId::Signatures
        | CheckId::ReceiptsUnique
        | CheckId::ReceiptsBound
        | CheckId::ReceiptsComplete => LinkSubject::Receipts,
        CheckId::BundleValid => LinkSubject::Bundle,
    }
}

fn link(
    judged: &PageVerdict,
    title: &'static str,
    big: String,
    subject: LinkSubject,
    class: &'static str,
) -> ChainLink {
    let (status, check) = worst(judged, subject);
    ChainLink {
        title,
        big,
        ids: Vec::new(),
        more: 0,
        state: status.into(),
        check,
        against: None,
        class,
    }
}

impl ChainLink {
    fn ids(mut self, ids: &[String], href: impl Fn(&str) -> Option<String>) -> Self {
        let shown = ids.iter().take(IDS_SHOWN).map(|id| Id {
            text: id.clone(),
            href: href(id),
        });
        self.ids = shown.collect();
        self.more = ids.len().saturating_sub(IDS_SHOWN);
        self
    }

    /// Text and address of each.
    fn linked(mut self, ids: Vec<(String, String)>) -> Self {
        self.more = ids.len().saturating_sub(IDS_SHOWN);
        let shown = ids.into_iter().take(IDS_SHOWN);
        self.ids = shown
            .map(|(text, href)| Id {
                text,
                href: Some(href),
            })
            .collect();
        self
    }
}

/// Fail over incomplete over not evaluated over pass; the first in table order of these.
fn worst(judged: &PageVerdict, subject: LinkSubject) -> (CheckStatus, Option<DecidingCheckText>) {
    let of: Vec<&Check> = judged
        .checks()
        .iter()
        .filter(|check| subject_of(check.id) == subject)
        .collect();
    for status in [CheckStatus::Fail, CheckStatus::Incomplete] {
        if let Some(check) = of.iter().find(|check| check.status == status) {
            return (status, Some((check.id.as_str(), check.title(), check.code)));
        }
    }
    let open = [CheckStatus::NotEvaluated, CheckStatus::Pass]
        .into_iter()
        .find(|status| of.iter().any(|check| check.status == *status));
    (open.unwrap_or(CheckStatus::NotApplicable), None)
}
