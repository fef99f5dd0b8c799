//! Which entries an order covers, from the order and from the entry. Both directions end in one [`judge`].

use std::collections::{BTreeSet, HashSet};

use verifier::digest::EvidenceDigest;
use verifier::entry::Entry;
use verifier::index::LeafIndex;
use verifier::kind::Kind;
use verifier::payload::DispositionTarget;
use verifier::subject::{Field, Subject};

use super::document::{Document, View, document_of, each_row, evidence_subject, jobs};
use super::report::KeptReason;
use super::state::subject_of;
use crate::rows::{RowKey, Space};

/// What an order does to one entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Judgement {
    /// Evidence and context go.
    Covered,
    /// The order is about it, but it stays.
    Kept(KeptReason),
    /// The order is not about it.
    Unconcerned,
}

/// All that an order is about, ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) covered: Vec<LeafIndex>,
    pub(crate) kept: Vec<(LeafIndex, KeptReason)>,
}

/// Judges the entry at `index` by an order about `target` at `order`.
pub(crate) fn judge<V: View>(
    view: &V,
    (order, target): (LeafIndex, &Subject),
    (index, entry): (LeafIndex, &Entry),
    document: Option<&Document>,
) -> Judgement {
    if index >= order {
        return Judgement::Unconcerned;
    }
    let said = entry.context_subjects.as_deref().unwrap_or_default();
    let names = |job| jobs(&entry.subjects).chain(jobs(said)).any(|named| named == job);
    // A signed context is evidence with a digest of its own, beside that of what it is about.
    let own = (entry.kind != Kind::Refused).then(|| evidence_subject(view.salt(), &entry.evidence_digest));
    let concerned = match target.field {
        Field::Job => {
            let belongs = document.is_some_and(|document| document.belongs_to(target.hash, order));
            // A context or a refusal that names the job is about the job, whoever said it.
            belongs || (matches!(entry.kind, Kind::Context | Kind::Refused) && names(target.hash))
        }
        _ => own.as_ref() == Some(target) || document.is_some_and(|document| document.subject == *target),
    };
    if !concerned {
        return match target.field {
            Field::Job if names(target.hash) => Judgement::Kept(KeptReason::ContextNotCounted),
            _ => Judgement::Unconcerned,
        };
    }
    if !entry.kind.is_erasable() || document.is_some_and(|document| document.stays) {
        return Judgement::Kept(KeptReason::ErasureNotAllowed);
    }
    let dispositions = view.dispositions();
    let held = document
        .and_then(|document| document.held(dispositions, order))
        .or_else(|| {
            dispositions.hold_among(order, |subject| match subject.field {
                Field::Job => names(subject.hash),
                _ => own.as_ref() == Some(subject),
            })
        });
    match held {
        Some(_) => Judgement::Kept(KeptReason::EvidenceHeld),
        None => Judgement::Covered,
    }
}

/// Everything that the order at `order` is about.
pub(crate) fn plan<V: View>(
    view: &V,
    order: LeafIndex,
    target: &DispositionTarget,
) -> Result<Plan, V::Error> {
    let mut planner = Planner {
        view,
        order,
        target: subject_of(target, view.salt()),
        covered: BTreeSet::new(),
        kept: Vec::new(),
        seen: HashSet::new(),
    };
    match target {
        DispositionTarget::Evidence(digest) => {
            // Of a signed context, the document is what it is about; the entry itself has this digest.
            let key = RowKey::new(Space::Evidence, *digest.as_bytes());
            each_row(view, &key, |index| planner.entry(index))?;
            planner.document(digest)?;
        }
        DispositionTarget::Job(_) => {
            let key = RowKey::new(Space::Subject(Field::Job), *planner.target.hash.as_bytes());
            each_row(view, &key, |index| planner.entry(index))?;
        }
    }
    let mut kept = planner.kept;
    kept.sort_unstable_by_key(|(index, _)| *index);
    kept.dedup();
    Ok(Plan {
        covered: planner.covered.into_iter().collect(),
        kept,
    })
}

struct Planner<'a, V> {
    view: &'a V,
    order: LeafIndex,
    target: Subject,
    covered: BTreeSet<LeafIndex>,
    kept: Vec<(LeafIndex, KeptReason)>,
    /// Documents that were looked at.
    seen: HashSet<EvidenceDigest>,
}

impl<V: View> Planner<'_, V> {
    /// An entry that the order may be about, with all of its document; false at the order itself.
    fn entry(&mut self, index: LeafIndex) -> Result<bool, V::Error> {
        if index >= self.order {
            return Ok(false);
        }
        let entry = self.view.entry(index)?;
        match document_of(self.view, index, &entry)? {
            Some(digest) => self.document(&digest)?,
            None => self.judge(index, &entry, None),
        }
        Ok(true)
    }

    fn document(&mut self, digest: &EvidenceDigest) -> Result<(), V::Error> {
        if !self.seen.insert(*digest) {
            return Ok(());
        }
        let document = Document::load(self.view, digest, self.order)?;
        for index in &document.entries {
            let entry = self.view.entry(*index)?;
            self.judge(*index, &entry, Some(&document));
        }
        Ok(())
    }

    fn judge(&mut self, index: LeafIndex, entry: &Entry, document: Option<&Document>) {
        match judge(self.view, (self.order, &self.target), (index, entry), document) {
            Judgement::Covered => {
                self.covered.insert(index);
            }
            // What says that evidence goes or stays is not what the order asks for.
            Judgement::Kept(KeptReason::ErasureNotAllowed) if is_disposition(entry.kind) => {}
            Judgement::Kept(reason) => self.kept.push((index, reason)),
            Judgement::Unconcerned => {}
        }
    }
}

const fn is_disposition(kind: Kind) -> bool {
    matches!(kind, Kind::ErasureOrdered | Kind::HoldPlaced | Kind::HoldReleased)
}

/// The first order below `end` that covers the entry at `index`.
pub(crate) fn covering<V: View>(
    view: &V,
    index: LeafIndex,
    entry: &Entry,
    end: LeafIndex,
) -> Result<Option<LeafIndex>, V::Error> {
    let dispositions = view.dispositions();
    if dispositions.has_no_orders() || !entry.kind.is_erasable() {
        return Ok(None);
    }
    let digest = document_of(view, index, entry)?;
    let document = digest.map(|digest| view.document(&digest, end)).transpose()?;
    let said = entry.context_subjects.as_deref().unwrap_or_default();
    let own_jobs = jobs(&entry.subjects).chain(jobs(said));
    let document_jobs = document.iter().flat_map(|document| document.jobs());
    let by_job = own_jobs.chain(document_jobs).map(|hash| Subject {
        field: Field::Job,
        hash,
    });
    let own = evidence_subject(view.salt(), &entry.evidence_digest);
    let by_digest = document.iter().map(|document| document.subject).chain([own]);
    let mut orders: Vec<(LeafIndex, Subject)> = by_job
        .chain(by_digest)
        .flat_map(|subject| {
            let about = dispositions.orders_about(&subject);
            about.iter().map(move |order| (*order, subject))
        })
        .filter(|(order, _)| (index..end).contains(order))
        .collect();
    orders.sort_unstable_by_key(|(order, _)| *order);
    let covers = |(order, target): &&(LeafIndex, Subject)| {
        judge(view, (*order, target), (index, entry), document.as_deref()) == Judgement::Covered
    };
    Ok(orders.iter().find(covers).map(|(order, _)| *order))
}
