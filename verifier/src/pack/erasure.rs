//! Which orders stand behind the erasures of a pack.

use std::collections::{BTreeMap, BTreeSet};

use crate::assess::{Kept, Record};
use crate::check::Finding;
use crate::document::Document;
use crate::entry::Entry;
use crate::evidence::Evidence;
use crate::index::LeafIndex;
use crate::kind::Kind;
use crate::subject::{Field, IndexSalt, Subject, subject_hash};

/// Records that an order erases together: a document's own, and the contexts on it.
#[derive(Default)]
struct Group {
    /// What an order may name them by.
    names: BTreeSet<Subject>,
    erased: Vec<LeafIndex>,
}

/// The orders that cover an erased record. Each erased record must have one later in the log.
pub(super) fn orders(
    records: &BTreeMap<LeafIndex, Record>,
    origin: &str,
    salt: &IndexSalt,
) -> Result<BTreeSet<LeafIndex>, Finding> {
    let mut targets: BTreeMap<Subject, Vec<LeafIndex>> = BTreeMap::new();
    for order in records
        .values()
        .filter(|record| record.entry.kind == Kind::ErasureOrdered)
    {
        for target in &order.entry.subjects {
            targets.entry(*target).or_default().push(order.index);
        }
    }
    let mut covering = BTreeSet::new();
    for Group { names, erased } in groups(records, salt) {
        let orders: BTreeSet<LeafIndex> = names
            .iter()
            .filter_map(|name| targets.get(name))
            .flatten()
            .copied()
            .collect();
        if let Some(index) = erased.iter().find(|index| orders.last() <= Some(index)) {
            return Err(Finding::fail(
                "ERASURE_NOT_ORDERED",
                format!("something of entry {index} is missing, and no later order in the file covers it"),
            ));
        }
        let first = erased.first().copied();
        covering.extend(orders.into_iter().filter(|order| Some(*order) > first));
    }
    for order in covering.iter().filter_map(|index| records.get(index)) {
        check_order(order, origin, salt)?;
    }
    Ok(covering)
}

/// The groups of which something was erased. Refusals have no document and stand alone.
fn groups(records: &BTreeMap<LeafIndex, Record>, salt: &IndexSalt) -> Vec<Group> {
    let mut of_documents: BTreeMap<Subject, Group> = BTreeMap::new();
    let mut alone = Vec::new();
    for record in records.values() {
        let Entry {
            kind,
            evidence_digest,
            subjects,
            context_subjects,
            ..
        } = &record.entry;
        let own = Subject {
            field: Field::Evidence,
            hash: subject_hash(salt, Field::Evidence, &evidence_digest.to_string()),
        };
        // A signed context is a document of its own, and goes with the one that it is about.
        let about = subjects.iter().find(|subject| subject.field == Field::Evidence);
        let document = about.filter(|_| *kind == Kind::Context).copied().unwrap_or(own);
        let mut single = Group::default();
        let group = if *kind == Kind::Refused {
            &mut single
        } else {
            of_documents.entry(document).or_default()
        };
        let jobs = subjects.iter().chain(context_subjects.iter().flatten());
        group
            .names
            .extend(jobs.filter(|subject| subject.field == Field::Job));
        group.names.extend([own, document]);
        if record.evidence == Kept::Erased {
            group.erased.push(record.index);
        }
        if !single.erased.is_empty() {
            alone.push(single);
        }
    }
    let erased = of_documents
        .into_values()
        .filter(|group| !group.erased.is_empty());
    alone.into_iter().chain(erased).collect()
}

/// An order is what its entry says, and signed. That an operator signed it, the log decided when it took it.
fn check_order(order: &Record, origin: &str, salt: &IndexSalt) -> Result<(), Finding> {
    let invalid = |what: String| {
        Finding::fail(
            "ERASURE_NOT_ORDERED",
            format!("the order of entry {}: {what}", order.index),
        )
    };
    let Kept::Bytes(document) = &order.evidence else {
        return Err(invalid("its document is missing".to_owned()));
    };
    let document = Document::parse(document).map_err(|fault| invalid(fault.to_string()))?;
    let evidence = Evidence::verify(&document, origin).map_err(|rejected| invalid(rejected.to_string()))?;
    let subjects = evidence
        .subject_list(salt)
        .map_err(|fault| invalid(fault.to_string()))?;
    let agrees = evidence.kind() == Kind::ErasureOrdered
        && evidence.envelope().signer().as_str() == order.entry.signer
        && subjects == order.entry.subjects;
    if agrees {
        Ok(())
    } else {
        Err(invalid(
            "its document says another thing than its entry".to_owned(),
        ))
    }
}
