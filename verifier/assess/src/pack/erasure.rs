//! Whether what is missing in a pack was erased by an order, by the rule that the server erases by
//! ([`crate::erasure`]).

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::closure::PackLookup;
use crate::erasure::{
    Coverage, DISPOSITIONS, ErasableDocument, ErasureHistory, ErasureRule, KeptReason, document_subject,
    lookups,
};
use evidence::Evidence;
use evidence::entry::Entry;
use evidence::kind::Kind;
use evidence::payload::LogGenesis;
use evidence::record::{Record, RecordContent, StoredBytes};
use evidence::report::Finding;
use evidence::subject::{IndexSalt, Subject};
use tlog::index::LeafIndex;

/// What a pack says about erasures.
#[derive(Debug, Default)]
pub struct Erasures {
    /// The orders by which something went.
    pub orders: BTreeSet<LeafIndex>,
    /// Erased contexts on a document that is not in the file: whether it is of a kind that stays, the file does not
    /// show.
    pub undecided: Vec<LeafIndex>,
    /// Records that decide about erasures and are in no answer of the closure, since they were ordered after it.
    pub(super) needed: BTreeSet<LeafIndex>,
}

/// Finds the order behind each erasure.
pub(super) fn check(
    records: &BTreeMap<LeafIndex, Record>,
    answered: &BTreeSet<u64>,
    genesis: &LogGenesis,
) -> Result<Erasures, Finding> {
    let is_erased = |record: &&Record| record.evidence == StoredBytes::Erased;
    if !records.values().any(|record| is_erased(&record)) {
        return Ok(Erasures::default());
    }
    let salt = &genesis.index_salt;
    let walk = walk(records, genesis);
    let rule = ErasureRule {
        salt,
        dispositions: &walk.dispositions,
    };
    let documents = documents(records, &walk, salt);
    let mut erasures = Erasures::default();
    let mut by_record = BTreeMap::new();
    for Record { index, entry, .. } in records.values().filter(is_erased) {
        let document = document_subject(salt, entry).and_then(|subject| documents.get(&subject));
        let order = covering(&rule, (*index, entry), document)?;
        if document.is_some_and(|document| !document.has_own) {
            erasures.undecided.push(*index);
        }
        erasures.orders.insert(order);
        by_record.insert(*index, order);
    }
    erasures.needed = needed(records, answered, &by_record, salt);
    Ok(erasures)
}

/// Everything in the file that says who may order, and what was ordered and held.
fn walk(records: &BTreeMap<LeafIndex, Record>, genesis: &LogGenesis) -> ErasureHistory {
    let begun = records.get(&LeafIndex::ZERO).map(|record| record.entry.logged_at);
    let mut walk = ErasureHistory::from_genesis(genesis.operator.as_str(), begun.unwrap_or_default());
    let decides = |kind: Kind| {
        DISPOSITIONS.contains(&kind) || matches!(kind, Kind::IssuerRegistered | Kind::IssuerRetired)
    };
    for record in records.values().filter(|record| decides(record.entry.kind)) {
        if let Some(evidence) = evidence(record, genesis) {
            walk.enter(
                record.index,
                record.entry.logged_at,
                &evidence,
                &genesis.index_salt,
            );
        }
    }
    walk
}

/// The evidence of a record. What does not verify decides nothing here: the assessment says that it does not.
fn evidence(record: &Record, genesis: &LogGenesis) -> Option<Evidence> {
    match record.verify(&genesis.origin, &genesis.index_salt) {
        Ok(RecordContent::Evidence(verified)) => Some(verified.evidence),
        Ok(
            RecordContent::Refused(_)
            | RecordContent::Context
            | RecordContent::IndexRoot
            | RecordContent::Erased,
        )
        | Err(_) => None,
    }
}

/// The documents of which something is erased, with all that the file holds of them.
fn documents(
    records: &BTreeMap<LeafIndex, Record>,
    walk: &ErasureHistory,
    salt: &IndexSalt,
) -> BTreeMap<Subject, ErasableDocument> {
    let erased = records
        .values()
        .filter(|record| record.evidence == StoredBytes::Erased);
    let mut documents: BTreeMap<Subject, ErasableDocument> = erased
        .filter_map(|record| document_subject(salt, &record.entry))
        .map(|subject| (subject, ErasableDocument::new(subject)))
        .collect();
    for Record { index, entry, .. } in records.values() {
        let document = document_subject(salt, entry).and_then(|subject| documents.get_mut(&subject));
        if let Some(document) = document {
            document.add(*index, entry, &walk.issuers);
        }
    }
    documents
}

/// The order by which a record went, or why it cannot have gone.
fn covering(
    rule: &ErasureRule<'_>,
    (index, entry): (LeafIndex, &Entry),
    document: Option<&ErasableDocument>,
) -> Result<LeafIndex, Finding> {
    let missing = |why: String| {
        let message = format!("something of entry {index} is missing, and {why}");
        Err(Finding::fail("ERASURE_NOT_ORDERED", message))
    };
    if !entry.kind.is_erasable() {
        return missing(format!("evidence of the kind {} is never erased", entry.kind));
    }
    match rule.coverage((index, entry), document, LeafIndex::new(u64::MAX)) {
        Coverage::By(order) => Ok(order),
        Coverage::Kept(order, KeptReason::EvidenceHeld) => {
            missing(format!("it was held when the order of entry {order} was logged"))
        }
        Coverage::Kept(order, KeptReason::ContextNotCounted) => missing(format!(
            "the order of entry {order} is about a job that only an uncounted context names"
        )),
        Coverage::Kept(order, KeptReason::ErasureNotAllowed) => missing(format!(
            "the order of entry {order} is about a document of a kind that is never erased"
        )),
        Coverage::ByNone => missing("no later order of an operator in the file covers it".to_owned()),
    }
}

/// What has to be added to a closure where something went by an order that is in no answer: the orders, and all that
/// decides them, up to the last of these.
fn needed(
    records: &BTreeMap<LeafIndex, Record>,
    answered: &BTreeSet<u64>,
    by_record: &BTreeMap<LeafIndex, LeafIndex>,
    salt: &IndexSalt,
) -> BTreeSet<LeafIndex> {
    let mut lookup = PackLookup::default();
    for record in records.values() {
        lookup.add(record);
    }
    let mut needed = BTreeSet::new();
    loop {
        let known = |index: &LeafIndex| answered.contains(&index.value()) || needed.contains(index);
        let orders = by_record.iter().filter(|(index, _)| known(index));
        let last = orders.map(|(_, order)| *order).max().unwrap_or_default();
        let found = decisive(records, &lookup, (answered, last), salt);
        if found == needed {
            return needed;
        }
        needed = found;
    }
}

/// The records up to `last` that lookups about erased records find, and no answer holds.
fn decisive(
    records: &BTreeMap<LeafIndex, Record>,
    lookup: &PackLookup,
    (answered, last): (&BTreeSet<u64>, LeafIndex),
    salt: &IndexSalt,
) -> BTreeSet<LeafIndex> {
    let mut found = BTreeSet::new();
    let mut asked = HashSet::new();
    loop {
        let is_answered = |index: LeafIndex| answered.contains(&index.value());
        let known = |index: LeafIndex| is_answered(index) || found.contains(&index);
        let known = records.values().filter(|record| known(record.index));
        let new: Vec<_> = lookups(known, salt)
            .into_iter()
            .filter(|query| !asked.contains(query))
            .collect();
        if new.is_empty() {
            return found;
        }
        for query in &new {
            let indices = lookup.answer(query, salt).into_iter();
            found.extend(indices.filter(|index| !is_answered(*index) && *index <= last));
        }
        asked.extend(new);
    }
}
