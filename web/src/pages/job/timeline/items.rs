//! The entries of the picture: lane and shape of each, and the picture in words.

use std::collections::{BTreeMap, BTreeSet};

use verifier::assess::token_table::TableRow;
use verifier::assess::{CheckStatus, UseOfJob};
use verifier::index::LeafIndex;
use verifier::kind::Kind;

use super::super::evidence::shows_only;
use super::super::page_verdict::PageVerdict;
use super::super::parts::ListingReason;
use super::super::story_documents::StoryDocuments;
use super::CUTS_SHOWN;
use crate::model::lanes::MarkShape;
use crate::text::grouped;

/// The lanes, in order.
pub(super) const LANES: [&str; 8] = [
    "Policy",
    "Token",
    "Job",
    "Approvals",
    "Decisions",
    "Model calls",
    "Tools",
    "Agent's account",
];

/// The lane of bundles.
const BUNDLES: usize = 7;

/// One entry of the picture.
pub(super) struct TimelineItem {
    pub(super) index: LeafIndex,
    pub(super) lane: usize,
    pub(super) shape: MarkShape,
    pub(super) cut: Option<&'static str>,
    pub(super) label: String,
}

pub(super) fn of(
    judged: &PageVerdict,
    said: &StoryDocuments,
    listed: &BTreeMap<LeafIndex, ListingReason>,
) -> Vec<TimelineItem> {
    let failing = judged.named_by(CheckStatus::Fail);
    let open = judged.named_by(CheckStatus::Incomplete);
    let halts: BTreeSet<LeafIndex> = said.halts(judged).collect();
    let mut items = Vec::new();
    for (&index, &part) in listed {
        let Some(record) = judged.closure().records.get(&index) else {
            continue;
        };
        let Some(lane) = lane(record.entry.kind) else {
            continue;
        };
        let kind = record.entry.kind;
        let cut = match kind {
            Kind::TokenRevoked => Some("revoked"),
            Kind::JobEvent if halts.contains(&index) => Some("halted"),
            Kind::PolicyWithdrawn => Some("policy withdrawn"),
            Kind::PolicyFrozen => Some("policy frozen"),
            _ => None,
        };
        let used = judged.use_at(index);
        let shape = match part {
            ListingReason::Unsound(_) => MarkShape::Bad,
            ListingReason::Unbound { .. } if kind == Kind::Pulse => MarkShape::SelfReported,
            ListingReason::Unbound { .. } => MarkShape::Loose,
            // What a cut ends is wrong, not the cut.
            _ if cut.is_some() => MarkShape::Act,
            _ if failing.contains(&index) && !shows_only(kind, used.is_some()) => MarkShape::Bad,
            _ if open.contains(&index) => MarkShape::Open,
            _ if kind == Kind::Decision && used.is_none() => MarkShape::Denied,
            _ if kind == Kind::Pulse || judged.is_agent(&record.entry.signer) => MarkShape::SelfReported,
            _ if used.is_some() => MarkShape::Use,
            _ => MarkShape::Act,
        };
        items.push(TimelineItem {
            index,
            lane,
            shape,
            cut,
            label: used.and_then(|used| after(judged, used)).unwrap_or_default(),
        });
    }
    items.extend(judged.supposed.as_ref().map(|supposed| TimelineItem {
        index: supposed.index,
        lane: BUNDLES,
        shape: MarkShape::Supposed,
        cut: None,
        label: String::new(),
    }));
    items
}

fn lane(kind: Kind) -> Option<usize> {
    Some(match kind {
        Kind::PolicyPublished | Kind::PolicyWithdrawn | Kind::PolicyFrozen => 0,
        Kind::TokenIssued | Kind::TokenRevoked => 1,
        Kind::JobEvent | Kind::Artifact => 2,
        Kind::ReceiptApproval => 3,
        Kind::Decision => 4,
        Kind::ReceiptGateway => 5,
        Kind::ReceiptTool | Kind::ReceiptSideEffect => 6,
        Kind::Bundle | Kind::Pulse => BUNDLES,
        _ => return None,
    })
}

/// How long after the revocation was logged a use was made, by its signer's word.
pub(in crate::pages::job) fn after(judged: &PageVerdict, used: &UseOfJob) -> Option<String> {
    let revocation = judged.closure().records.get(&used.revocation?)?;
    if used.status() != CheckStatus::Fail {
        return None;
    }
    let late = used
        .at
        .signed_at
        .value()
        .checked_sub(revocation.entry.logged_at.value())?;
    Some(format!("+{}.{} s", grouped(late / 1000), late % 1000 / 100))
}

pub(super) fn text_alternative(judged: &PageVerdict, items: &[TimelineItem]) -> String {
    let mut parts = Vec::new();
    for (lane, name) in LANES.iter().enumerate() {
        let marks = items.iter().filter(|item| item.lane == lane).count();
        if marks > 0 {
            parts.push(format!("{name} {marks}"));
        }
    }
    let mut text = format!("Entries in log order: {}.", parts.join(", "));
    for item in items.iter().filter(|item| item.cut.is_some()).take(CUTS_SHOWN) {
        let what = item.cut.unwrap_or_default();
        text = format!("{text} At entry {} {what}.", grouped(item.index.value()));
    }
    let bad = items.iter().filter(|item| item.shape == MarkShape::Bad).count();
    let after = judged
        .examined()
        .uses
        .iter()
        .filter(|used| used.row == Some(TableRow::RevokedBeforeUse))
        .count();
    if after > 0 {
        text = format!("{text} Calls after the token was revoked: {after}.");
    }
    if judged.supposed.is_some() {
        text = format!("{text} The last mark is this bundle, which is not logged.");
    }
    if bad > 0 {
        text = format!("{text} Entries that made a check fail: {bad}.");
    }
    text
}
