//! Two statements of one author that share an identity and do not say the same.

use std::collections::{BTreeMap, BTreeSet};

use super::entry_document::{DocumentBody, EntryDocument};
use super::links::Links;
use super::trust::Trust;
use crate::closure::Closure;
use evidence::Identity;
use evidence::digest::PayloadHash;
use evidence::issuers::GatewayName;
use evidence::kind::Kind;
use evidence::payload::Payload;
use evidence::subject::{Field, Subject};
use tlog::index::LeafIndex;

/// Statements that contradict each other, at least one of them the job's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Conflict {
    /// Their entries, ascending.
    pub(crate) entries: Vec<LeafIndex>,
}

/// Whose word a statement is. A gateway receipt is its key's, and that of the gateway for which the key signs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Author<'a> {
    Signer(&'a str),
    /// A gateway that registrations name.
    Registered(&'a str),
    /// A gateway that only receipts name.
    OwnWord(&'a str),
}

/// Every conflict of the job. `erased`: the documents of the job of which only the entry is left.
pub(super) fn of(
    closure: &Closure,
    docs: &[&EntryDocument],
    trust: &Trust,
    links: &Links<'_>,
    erased: &[LeafIndex],
) -> Vec<Conflict> {
    let mut groups: BTreeMap<(Identity, Author<'_>), BTreeMap<PayloadHash, Vec<LeafIndex>>> = BTreeMap::new();
    for doc in docs.iter().filter(|doc| trust.counts(doc)) {
        let Some(said) = doc.statement() else { continue };
        let Some(payload) = said.payload_digest else {
            continue;
        };
        for author in authors(doc, trust) {
            for identity in &said.identities {
                let payloads = groups.entry((*identity, author)).or_default();
                payloads.entry(payload).or_default().push(doc.index);
            }
        }
    }
    // What one key says twice, its gateway says twice, too: one identity is told once.
    let mut told: BTreeMap<Identity, BTreeSet<LeafIndex>> = BTreeMap::new();
    for ((identity, _), payloads) in groups {
        let entries = || payloads.values().flatten();
        if payloads.len() > 1 && entries().any(|index| links.linked.contains_key(index)) {
            told.entry(identity).or_default().extend(entries());
        }
    }
    let mut conflicts: Vec<Conflict> = told.into_values().map(conflict).collect();
    conflicts.extend(after_erasure(closure, docs, trust, links, erased));
    conflicts.sort_unstable_by(|one, other| one.entries.cmp(&other.entries));
    conflicts.dedup();
    conflicts
}

fn conflict(entries: BTreeSet<LeafIndex>) -> Conflict {
    Conflict {
        entries: entries.into_iter().collect(),
    }
}

fn authors<'a>(doc: &'a EntryDocument, trust: &'a Trust) -> Vec<Author<'a>> {
    let mut authors = vec![Author::Signer(&doc.signer)];
    if let Some(gateway_id) = gateway_id(doc, trust) {
        authors.extend(
            trust
                .issuers
                .gateway_name(gateway_id, doc.signed())
                .map(|name| match name {
                    GatewayName::Registered => Author::Registered(gateway_id),
                    GatewayName::OwnWord => Author::OwnWord(gateway_id),
                }),
        );
    }
    authors
}

/// The gateway of a receipt, by its own word; of an erased one, by its signer's registration.
fn gateway_id<'a>(doc: &'a EntryDocument, trust: &'a Trust) -> Option<&'a str> {
    match doc.payload() {
        Some(Payload::GatewayReceipt(receipt)) => Some(&receipt.gateway_id),
        _ if doc.kind == Kind::ReceiptGateway && doc.body == DocumentBody::Erased => trust
            .registration(&doc.signer, doc.index, doc.logged_at)?
            .gateway_id
            .as_deref(),
        _ => None,
    }
}

/// Erasing one of two statements does not take back the contradiction. Of an erased one the entry is left, and
/// with it the hash of its id: entries of one author and kind that carry one id are taken to contradict each other,
/// since nothing is left that could show that they said the same.
fn after_erasure(
    closure: &Closure,
    docs: &[&EntryDocument],
    trust: &Trust,
    links: &Links<'_>,
    erased: &[LeafIndex],
) -> Vec<Conflict> {
    let mut groups: BTreeMap<(Author<'_>, Subject), Vec<&EntryDocument>> = BTreeMap::new();
    for doc in docs {
        let field = match doc.kind {
            Kind::ReceiptGateway => Field::Receipt,
            Kind::Bundle => Field::Bundle,
            _ => continue,
        };
        let record = closure.records.get(&doc.index);
        let subjects = record.map(|record| record.entry.subjects.as_slice());
        let authors = authors(doc, trust);
        for subject in subjects.unwrap_or_default() {
            for author in authors.iter().filter(|_| subject.field == field) {
                groups.entry((*author, *subject)).or_default().push(doc);
            }
        }
    }
    let ours = |doc: &&EntryDocument| {
        links.linked.contains_key(&doc.index) || erased.binary_search(&doc.index).is_ok()
    };
    groups
        .into_values()
        .filter(|told| told.len() > 1 && told.iter().any(ours))
        .filter(|told| told.iter().any(|doc| doc.body == DocumentBody::Erased))
        .map(|told| conflict(told.iter().map(|doc| doc.index).collect()))
        .collect()
}
