//! Whether an erasure order, a hold or a release may become the next entry; and whether an entry is erased.

use verifier::code::Code;
use verifier::digest::EvidenceDigest;
use verifier::entry::Entry;
use verifier::erasure::{is_submitters_context, subject_of};
use verifier::fault::Fault;
use verifier::index::LeafIndex;
use verifier::payload::{Disposition, DispositionTarget, Payload};
use verifier::subject::{IndexSalt, Subject};

use super::admit::AdmissionResult;
use super::decide::BatchDecider;
use crate::coverage::{View, covering, document_of, each_row, load, target_of};
use crate::error::ReadError;
use crate::reader::is_of_subject;
use crate::rows::{RowKey, Space};
use crate::shared::Admission;
use crate::store::LookupOrder;

impl BatchDecider<'_> {
    /// The first order that covers a known entry, logged or in this batch.
    pub(super) fn covering_order(
        &self,
        index: LeafIndex,
        entry: &Entry,
    ) -> Result<Option<LeafIndex>, ReadError> {
        covering(self, index, entry, self.batch.next_index())
    }

    /// The first order that covers a known entry. Where nothing was ever ordered, the entry is not read.
    pub(super) fn order_on(&self, index: LeafIndex) -> Result<Option<LeafIndex>, ReadError> {
        if self.batch.admission.dispositions.has_no_orders() {
            return Ok(None);
        }
        let entry = BatchDecider::entry(self, index)?;
        self.covering_order(index, &entry)
    }

    /// Orders, holds and releases speak of what the log holds; all other evidence passes.
    pub(super) fn admit_disposition(&self, payload: &Payload) -> AdmissionResult {
        match payload {
            Payload::ErasureOrdered(said) => self.admit_order(said),
            Payload::HoldPlaced(said) => Ok(self.known_entry(said)?.map(|_| ())),
            Payload::HoldReleased(said) => Ok(self.admit_release(said)),
            _ => Ok(Ok(())),
        }
    }

    fn admit_order(&self, said: &Disposition) -> AdmissionResult {
        let index = match self.known_entry(said)? {
            Ok(index) => index,
            Err(fault) => return Ok(Err(fault)),
        };
        let next = self.batch.next_index();
        let subject = subject_of(&said.target, self.salt());
        let mut holding = self.batch.admission.dispositions.hold_on(&subject, next);
        if let DispositionTarget::Evidence(_) = &said.target {
            let entry = self.entry(index)?;
            if !entry.kind.is_erasable() {
                let expected = "evidence of a kind that may be erased";
                let fault = fault_at(said, Code::ErasureNotAllowed, expected, entry.kind.as_str());
                return Ok(Err(fault));
            }
            if holding.is_none()
                && let Some(digest) = document_of(self, index, &entry)?
            {
                holding = load(self, &digest, next)?.held(&self.batch.admission.dispositions, next);
            }
        }
        Ok(match holding {
            None => Ok(()),
            Some(placed) => {
                let found = format!("a hold by entry {placed}");
                Err(fault_at(
                    said,
                    Code::EvidenceHeld,
                    "evidence under no legal hold",
                    &found,
                ))
            }
        })
    }

    fn admit_release(&self, said: &Disposition) -> Result<(), Fault> {
        let subject = subject_of(&said.target, self.salt());
        match self
            .batch
            .admission
            .dispositions
            .hold_on(&subject, self.batch.next_index())
        {
            Some(_) => Ok(()),
            None => Err(fault_at(
                said,
                Code::NotFound,
                "a hold in force on exactly this",
                "none",
            )),
        }
    }

    /// The first entry about what an order or hold names. A typing error must not look like an erasure, nor
    /// like a hold.
    fn known_entry(&self, said: &Disposition) -> Result<Result<LeafIndex, Fault>, ReadError> {
        let (key, expected) = match &said.target {
            DispositionTarget::Evidence(digest) => {
                // A refused document is named by its raw digest.
                let refused = self.first(&RowKey::new(Space::Refused, *digest.as_bytes()))?;
                let key = RowKey::new(Space::Evidence, *digest.as_bytes());
                if let (Some(index), None) = (refused, self.first(&key)?) {
                    return Ok(Ok(index));
                }
                (key, "evidence in this log")
            }
            DispositionTarget::Job(_) => {
                let subject = subject_of(&said.target, self.salt());
                let first = self.first_of_subject(&subject)?;
                return Ok(first.ok_or_else(|| fault_at(said, Code::NotFound, "a job in this log", "none")));
            }
        };
        let first = self.first(&key)?;
        Ok(first.ok_or_else(|| fault_at(said, Code::NotFound, expected, "none")))
    }

    fn first_of_subject(&self, subject: &Subject) -> Result<Option<LeafIndex>, ReadError> {
        let key = RowKey::new(Space::Subject(subject.field), *subject.hash.as_bytes());
        let mut first = None;
        each_row(self, &key, |index| {
            let entry = BatchDecider::entry(self, index)?;
            first = is_of_subject(&entry, subject, index)?.then_some(index);
            Ok(first.is_none())
        })?;
        Ok(first)
    }
}

fn fault_at(said: &Disposition, code: Code, expected: &str, found: &str) -> Fault {
    let pointer = match &said.target {
        DispositionTarget::Evidence(_) => "/payload/evidence_digest",
        DispositionTarget::Job(_) => "/payload/job_id",
    };
    Fault::new(code, pointer, expected, found)
}

impl View for BatchDecider<'_> {
    type Error = ReadError;

    fn salt(&self) -> &IndexSalt {
        &self.shared.facts.salt
    }

    fn admission(&self) -> &Admission {
        &self.batch.admission
    }

    fn entry(&self, index: LeafIndex) -> Result<Entry, ReadError> {
        BatchDecider::entry(self, index)
    }

    fn rows(&self, key: &RowKey, from: LeafIndex, limit: usize) -> Result<Vec<LeafIndex>, ReadError> {
        let window = (from, self.batch.first);
        let order = LookupOrder::Ascending;
        let mut rows = self.shared.rows.rows(key, window, order, limit)?;
        let drafts = self.batch.known(key).iter().filter(|index| *index >= from);
        let left = limit.saturating_sub(rows.len());
        rows.extend(drafts.take(left));
        Ok(rows)
    }

    fn target(&self, index: LeafIndex) -> Result<Option<EvidenceDigest>, ReadError> {
        let Some(draft) = self.batch.draft(index) else {
            let entry = BatchDecider::entry(self, index)?;
            return self.reader.context_target(index, &entry);
        };
        if is_submitters_context(&draft.entry) {
            return Ok(None);
        }
        let Some(document) = &draft.evidence else {
            return Ok(None);
        };
        let verified = self.reader.verified(index, &draft.entry, document)?;
        Ok(target_of(&verified.evidence))
    }
}
