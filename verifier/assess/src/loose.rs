//! What is logged and may belong to a job, and does not count for it: to say that nothing is there would be false.

use std::collections::BTreeSet;

use super::facts::{DocumentBody, EntryDocument, JobFacts};
use evidence::kind::Kind;
use evidence::payload::{BundleForm, Payload};
use evidence::text::plain::{counted, entries};
use tlog::index::LeafIndex;

/// Gateway receipts, in half a sentence; `None` where there is none.
pub(super) fn receipts(facts: &JobFacts<'_>) -> Option<String> {
    let mut found = found(facts, |doc| doc.kind == Kind::ReceiptGateway);
    found.extend(facts.receipts().map(|(used, _)| used.index));
    uncounted_clause(
        &found,
        "gateway receipt that may belong to this job is logged",
        "gateway receipts that may belong to this job are logged",
    )
}

/// Reports of agents, in half a sentence; `None` where there is none.
pub(super) fn reports(facts: &JobFacts<'_>) -> Option<String> {
    uncounted_clause(
        &found(facts, may_be_report),
        "report (proof bundle) that may belong to this job is logged",
        "reports (proof bundles) that may belong to this job are logged",
    )
}

fn may_be_report(doc: &EntryDocument) -> bool {
    match (&doc.body, doc.payload()) {
        (_, Some(Payload::Bundle(bundle))) => bundle.form == BundleForm::Proof,
        (_, Some(_)) => false,
        (DocumentBody::Refused(refusal), None) => refusal.is_report,
        (_, None) => doc.kind == Kind::Bundle,
    }
}

fn found(facts: &JobFacts<'_>, is_wanted: impl Fn(&EntryDocument) -> bool) -> BTreeSet<LeafIndex> {
    let loose = facts.unbound.iter().chain(&facts.ambiguous).chain(&facts.erased);
    let unsound = facts.unsound.iter().map(|unsound| unsound.index);
    let refused = facts.refused.iter().map(|(doc, _)| doc.index);
    let all = loose.copied().chain(unsound).chain(refused);
    all.filter(|index| facts.doc(*index).is_some_and(&is_wanted))
        .collect()
}

fn uncounted_clause(found: &BTreeSet<LeafIndex>, one: &str, many: &str) -> Option<String> {
    let found: Vec<LeafIndex> = found.iter().copied().collect();
    let verdict = match found.len() {
        0 => return None,
        1 => "it does not count for the job",
        _ => "none of them counts for the job",
    };
    let logged = counted(found.len(), one, many);
    Some(format!("{logged} ({}), but {verdict}", entries(&found)))
}
