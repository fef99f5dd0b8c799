//! Two statements of one signer that share an identity.

use std::collections::BTreeMap;

use super::doc::{Body, Doc};
use super::links::Links;
use super::trust::Trust;
use crate::assess::closure::Closure;
use crate::digest::StatementDigest;
use crate::evidence::Identity;
use crate::index::LeafIndex;
use crate::kind::Kind;
use crate::subject::{Field, Subject};

/// Statements that contradict each other, at least one of them the job's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::assess) struct Conflict {
    /// Their entries, ascending.
    pub(in crate::assess) entries: Vec<LeafIndex>,
}

/// Every conflict of the job. `erased`: the documents of the job of which only the entry is left.
pub(super) fn of(
    closure: &Closure,
    docs: &[Doc],
    trust: &Trust,
    links: &Links<'_>,
    erased: &[LeafIndex],
) -> Vec<Conflict> {
    let mut groups: BTreeMap<Identity, BTreeMap<StatementDigest, LeafIndex>> = BTreeMap::new();
    for doc in docs.iter().filter(|doc| trust.counts(doc)) {
        let Some(said) = doc.said() else { continue };
        let Some(statement) = said.statement else { continue };
        for identity in &said.identities {
            groups
                .entry(*identity)
                .or_default()
                .entry(statement)
                .or_insert(doc.index);
        }
    }
    let mut conflicts: Vec<Conflict> = groups
        .into_values()
        .filter(|statements| statements.len() > 1)
        .filter(|statements| statements.values().any(|index| links.linked.contains_key(index)))
        .map(|statements| {
            let mut entries: Vec<LeafIndex> = statements.into_values().collect();
            entries.sort_unstable();
            Conflict { entries }
        })
        .collect();
    conflicts.extend(after_erasure(closure, docs, links, erased));
    conflicts.sort_unstable_by(|one, other| one.entries.cmp(&other.entries));
    conflicts.dedup();
    conflicts
}

/// Erasing one of two statements does not take back the contradiction. Of an erased one the entry is left, and
/// with it the hash of its id: entries of one signer and kind that carry one id are statements that share it, since
/// equal statements make one entry.
fn after_erasure(closure: &Closure, docs: &[Doc], links: &Links<'_>, erased: &[LeafIndex]) -> Vec<Conflict> {
    let mut groups: BTreeMap<(&str, Subject), Vec<&Doc>> = BTreeMap::new();
    for doc in docs {
        let field = match doc.kind {
            Kind::ReceiptGateway => Field::Receipt,
            Kind::Bundle => Field::Bundle,
            _ => continue,
        };
        let subjects = closure
            .records
            .get(&doc.index)
            .map(|record| &record.entry.subjects);
        for subject in subjects
            .into_iter()
            .flatten()
            .filter(|subject| subject.field == field)
        {
            groups.entry((&doc.signer, *subject)).or_default().push(doc);
        }
    }
    let ours = |doc: &&Doc| links.linked.contains_key(&doc.index) || erased.binary_search(&doc.index).is_ok();
    groups
        .into_values()
        .filter(|told| told.len() > 1 && told.iter().any(ours))
        .filter(|told| told.iter().any(|doc| doc.body == Body::Erased))
        .map(|told| Conflict {
            entries: told.iter().map(|doc| doc.index).collect(),
        })
        .collect()
}
