//! What one order does to one entry. Server, `fsck` and the reader of a pack all ask here.

use serde::Serialize;

use super::Dispositions;
use super::document::{ErasableDocument, evidence_subject, jobs};
use evidence::entry::Entry;
use evidence::kind::Kind;
use evidence::subject::{Field, IndexSalt, Subject};
use tlog::index::LeafIndex;

/// Why an entry that an order is about stays.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum KeptReason {
    /// Evidence of its kind is never erased.
    ErasureNotAllowed,
    /// It was under a legal hold when the order was logged.
    EvidenceHeld,
    /// Only the word of somebody who does not speak for the signer ties it to the job.
    ContextNotCounted,
}

/// What an order does to one entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErasureEffect {
    /// Evidence and context go.
    Covered,
    /// The order is about it, but it stays.
    Kept(KeptReason),
    /// The order is not about it.
    Unconcerned,
}

/// What the orders of a log do to one entry, all taken together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Coverage {
    /// The first order that covers it.
    By(LeafIndex),
    /// None covers it; the last one that is about it, and why it stays.
    Kept(LeafIndex, KeptReason),
    /// None is about it.
    ByNone,
}

/// What was ordered and what is held, as of one position of a log.
#[derive(Clone, Copy, Debug)]
pub struct ErasureRule<'a> {
    /// Salt of the log's subject hashes.
    pub salt: &'a IndexSalt,
    /// Orders, holds and releases that their signers were entitled to.
    pub dispositions: &'a Dispositions,
}

impl ErasureRule<'_> {
    /// Judges the entry at `index`, which is of `document` where it is of one, by the order at `order` about `target`.
    pub fn judge(
        &self,
        (order, target): (LeafIndex, &Subject),
        (index, entry): (LeafIndex, &Entry),
        document: Option<&ErasableDocument>,
    ) -> ErasureEffect {
        if index >= order {
            return ErasureEffect::Unconcerned;
        }
        // Nothing is kept that could go.
        if !entry.keeps_document() && entry.context_subjects.is_none() {
            return ErasureEffect::Unconcerned;
        }
        let names = |job| jobs(entry.every_subject()).any(|named| named == job);
        // A signed context is evidence with a digest of its own, apart from that of what it is about.
        let own = evidence_subject(self.salt, &entry.named_digest());
        let concerned = match target.field {
            Field::Job => {
                let belongs = document.is_some_and(|document| document.belongs_to(target.hash, order));
                // A context or a refusal that names the job is about the job, by anyone's word.
                belongs || (matches!(entry.kind, Kind::Context | Kind::Refused) && names(target.hash))
            }
            _ => own == *target || document.is_some_and(|document| document.subject == *target),
        };
        if !concerned {
            return match target.field {
                Field::Job if names(target.hash) => ErasureEffect::Kept(KeptReason::ContextNotCounted),
                _ => ErasureEffect::Unconcerned,
            };
        }
        if !entry.kind.is_erasable() || document.is_some_and(|document| document.stays) {
            return ErasureEffect::Kept(KeptReason::ErasureNotAllowed);
        }
        let held = document
            .and_then(|document| document.held(self.dispositions, order))
            .or_else(|| {
                self.dispositions
                    .hold_among(order, |subject| match subject.field {
                        Field::Job => names(subject.hash),
                        _ => own == *subject,
                    })
            });
        match held {
            Some(_) => ErasureEffect::Kept(KeptReason::EvidenceHeld),
            None => ErasureEffect::Covered,
        }
    }

    /// What the orders below `end` do to the entry at `index`.
    pub fn coverage(
        &self,
        (index, entry): (LeafIndex, &Entry),
        document: Option<&ErasableDocument>,
        end: LeafIndex,
    ) -> Coverage {
        let own_jobs = jobs(entry.every_subject());
        let document_jobs = document.into_iter().flat_map(ErasableDocument::jobs);
        let by_job = own_jobs.chain(document_jobs).map(|hash| Subject {
            field: Field::Job,
            hash,
        });
        let own = evidence_subject(self.salt, &entry.named_digest());
        let by_digest = document.into_iter().map(|document| document.subject);
        let mut orders: Vec<(LeafIndex, Subject)> = by_job
            .chain(by_digest)
            .chain([own])
            .flat_map(|subject| {
                let about = self.dispositions.orders_about(&subject);
                about.iter().map(move |order| (*order, subject))
            })
            .filter(|(order, _)| (index..end).contains(order))
            .collect();
        orders.sort_unstable_by_key(|(order, _)| *order);
        orders.dedup();
        let mut coverage = Coverage::ByNone;
        for (order, target) in &orders {
            match self.judge((*order, target), (index, entry), document) {
                ErasureEffect::Covered => return Coverage::By(*order),
                ErasureEffect::Kept(reason) => coverage = Coverage::Kept(*order, reason),
                ErasureEffect::Unconcerned => {}
            }
        }
        coverage
    }
}
