//! What becomes of one submission (`schemas/intake.md`, "Decided in order"), in index order: refused where its
//! verification failed, else already known, else a new context on what is known, else refused by its signer's
//! admission, else a new entry.

use std::time::Duration;

use verifier::context::SubmitterName;
use verifier::digest::StatementDigest;
use verifier::entry::{Entry, entry_leaf_hash};
use verifier::fault::Fault;
use verifier::index::{LeafIndex, TimestampMs};
use verifier::issuers::{Issuers, SignedEntry};

use super::batch::{Batch, EntryDraft};
use super::first_entries::{FirstEntries, FirstEntry};
use super::prepare::{Checked, PreparedSubmission, SubmittedContext};
use super::refusals::RefusalBudget;
use super::refuse::{RefusalDraft, names_no_statement};
use crate::contradiction::{ContradictionSource, LOOKED_AT, contradicted};
use crate::cosigning::QuorumTooOld;
use crate::error::ReadError;
use crate::freeze::LogFrozen;
use crate::reader::Reader;
use crate::rows::{RowKey, RowSubject, Space, context_key, rows_of};
use crate::shared::{Admission, EntryPosition, LogState};
use crate::store::LookupOrder;

/// What becomes of a submission. Indices at or past the batch's first are drafts.
#[derive(Debug)]
pub(crate) enum IntakeDecision {
    /// A new entry.
    Logged {
        index: LeafIndex,
        variant: bool,
        conflicts: Vec<LeafIndex>,
    },
    /// Nothing new: that entry.
    Known {
        index: LeafIndex,
        variant: bool,
        /// The order in the log that covers it: the submission is dropped.
        erased: Option<LeafIndex>,
    },
    /// Refused.
    Refused {
        fault: Fault,
        refused_entry: Option<LeafIndex>,
        known_index: Option<LeafIndex>,
    },
}

impl IntakeDecision {
    /// Whether the decision speaks of an entry at or past `first`.
    pub(crate) fn depends_on(&self, first: LeafIndex) -> bool {
        match self {
            Self::Logged { .. } => true,
            Self::Known { index, .. } => *index >= first,
            Self::Refused {
                refused_entry,
                known_index,
                ..
            } => refused_entry.max(known_index).is_some_and(|index| index >= first),
        }
    }
}

/// Why a submission was not decided. Nothing was drafted for it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Undecided {
    /// The store is at fault.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The log takes no new entries while its quorum is this old.
    #[error(transparent)]
    QuorumTooOld(#[from] QuorumTooOld),
    /// The log has ended, perhaps in this batch.
    #[error(transparent)]
    Frozen(#[from] LogFrozen),
}

pub(crate) struct BatchDecider<'a> {
    pub(crate) batch: Batch,
    pub(crate) shared: &'a LogState,
    /// Everything below the batch is published, so that the reader sees all of it.
    pub(crate) reader: &'a Reader,
    /// What the log has of the submissions that are decided next.
    pub(crate) firsts: FirstEntries,
    pub(crate) budget: &'a mut RefusalBudget,
    /// Monotonic.
    pub(crate) now: Duration,
    /// The clock, where it is in doubt: then only a confirmation of it is logged, and nothing else, not even a
    /// refusal.
    pub(crate) doubtful: Option<TimestampMs>,
    /// Where the log is closed to new entries. One that confirms a clock in doubt is logged all the same: without it no cosignature
    /// may be of a time that this server accepts.
    pub(crate) is_open: Result<(), QuorumTooOld>,
}

impl BatchDecider<'_> {
    /// Decides, and drafts the entry that follows from it, which takes the document's bytes and its context. After an error nothing
    /// was drafted.
    pub(crate) fn decide(
        &mut self,
        submitter: &SubmitterName,
        item: &mut PreparedSubmission,
    ) -> Result<IntakeDecision, Undecided> {
        let (raw_digest, evidence_digest) = (item.raw_digest, item.evidence_digest);
        let (raw, context) = (std::mem::take(&mut item.raw), item.context.take());
        let checked = match &item.checked {
            Ok(checked) => checked,
            Err(rejected) => {
                let refusal = RefusalDraft {
                    submitter,
                    raw,
                    raw_digest,
                    context,
                };
                return self.rejected(refusal, evidence_digest, rejected);
            }
        };
        let statement = checked.evidence.envelope().statement();
        let statement_key = RowKey::new(Space::Statement, *statement.as_bytes());
        // The entry with these bytes makes this statement: where nobody made it, the bytes need not be looked up.
        if let Some(making) = self.first(&statement_key)? {
            let raw_key = RowKey::new(Space::Raw, *raw_digest.as_bytes());
            let same = self.first(&raw_key)?;
            return self.known(
                submitter,
                same.unwrap_or(making),
                statement,
                context,
                same.is_none(),
            );
        }
        self.check_open()?;
        let entry = match self.admit(&checked.evidence)? {
            Ok(()) => self.evidence_entry(submitter, checked, raw_digest, evidence_digest, context.as_ref()),
            Err(fault) => Err(fault),
        };
        match entry {
            Ok((entry, bytes)) => {
                let index = self.batch.next_index();
                let conflicts = contradicted(self, &checked.evidence, index, self.batch.logged_at)?;
                Ok(self.log_evidence(checked, entry, bytes, raw, context, conflicts))
            }
            Err(fault) => {
                let signer = checked.evidence.envelope().signer().as_str();
                let job_ids = checked.evidence.job_ids();
                let refusal = RefusalDraft {
                    submitter,
                    raw,
                    raw_digest,
                    context,
                };
                if names_no_statement(fault.code) {
                    Ok(refused(fault, None))
                } else {
                    self.refuse(refusal, signer, &job_ids, fault)
                }
            }
        }
    }

    /// Whether a new entry may be drafted.
    pub(super) fn check_open(&self) -> Result<(), Undecided> {
        // First, as this is for ever.
        if let Some(frozen) = &self.batch.admission.frozen {
            return Err(frozen.refusal().into());
        }
        match self.doubtful {
            Some(_) => Ok(()),
            None => Ok(self.is_open?),
        }
    }

    /// The first entry with a key, in the log or in this batch.
    pub(super) fn first(&self, key: &RowKey) -> Result<Option<LeafIndex>, ReadError> {
        let stored = match self.firsts.get(key) {
            FirstEntry::Found(first) => Some(first),
            FirstEntry::Absent => None,
            FirstEntry::NotAsked => self.stored(key, LookupOrder::Ascending, 1)?.first().copied(),
        };
        Ok(stored.or_else(|| self.batch.known(key).first()))
    }

    /// The newest one.
    fn newest(&self, key: &RowKey) -> Result<Option<LeafIndex>, ReadError> {
        if let Some(index) = self.batch.known(key).last() {
            return Ok(Some(index));
        }
        Ok(self.stored(key, LookupOrder::Descending, 1)?.first().copied())
    }

    /// Whether what a submitter said at an entry did not count there, for want of a registration, and would count
    /// now: said again, it is news.
    fn counts_only_now(&self, submitter: &SubmitterName, index: LeafIndex) -> Result<bool, ReadError> {
        let said = self.entry(index)?;
        let issuers = &self.batch.admission.issuers;
        let linked = |index, logged_at| {
            let signer = said.signer.as_str();
            let entry = SignedEntry {
                signer,
                index,
                logged_at,
            };
            issuers.linked(entry, Some(submitter)).is_ok()
        };
        Ok(!linked(index, said.logged_at) && linked(self.batch.next_index(), self.batch.logged_at))
    }

    pub(super) fn stored(
        &self,
        key: &RowKey,
        order: LookupOrder,
        limit: usize,
    ) -> Result<Vec<LeafIndex>, ReadError> {
        let window = (LeafIndex::ZERO, self.batch.first);
        self.shared.rows.rows(key, window, order, limit)
    }

    /// An entry of the log, verified, or of this batch.
    pub(super) fn entry(&self, index: LeafIndex) -> Result<Entry, ReadError> {
        if let Some(draft) = self.batch.draft(index) {
            return Ok(draft.entry.clone());
        }
        self.reader.entry_of(index)
    }

    /// `target` holds this statement: the answer is that entry, or a new entry for a new context.
    fn known(
        &mut self,
        submitter: &SubmitterName,
        target: LeafIndex,
        statement: StatementDigest,
        context: Option<SubmittedContext>,
        variant: bool,
    ) -> Result<IntakeDecision, Undecided> {
        let known = |index, erased| IntakeDecision::Known {
            index,
            variant,
            erased,
        };
        if let Some(order) = self.order_on(target)? {
            // Neither bytes nor context come back.
            return Ok(known(target, Some(order)));
        }
        let Some(said) = context else {
            return Ok(known(target, None));
        };
        let key = context_key(&statement, submitter.as_str(), &said.stored);
        if let Some(index) = self.newest(&RowKey::new(Space::Context, key))?
            && !self.counts_only_now(submitter, index)?
        {
            return Ok(known(index, None));
        }
        self.check_open()?;
        let target = self.entry(target)?;
        let (entry, bytes) = match self.context_entry(submitter, target, &said) {
            Ok(drafted) => drafted,
            Err(fault) => return Ok(refused(fault, None)),
        };
        let index = self.push(
            entry,
            bytes,
            None,
            Some(said.stored),
            RowSubject::ContextOn { statement },
        );
        Ok(IntakeDecision::Logged {
            index,
            variant,
            conflicts: Vec::new(),
        })
    }

    fn log_evidence(
        &mut self,
        checked: &Checked,
        entry: Entry,
        bytes: Vec<u8>,
        raw: Vec<u8>,
        context: Option<SubmittedContext>,
        conflicts: Vec<LeafIndex>,
    ) -> IntakeDecision {
        let evidence = &checked.evidence;
        let carried = RowSubject::evidence(evidence);
        let stored = context.map(|said| said.stored);
        let index = self.push(entry, bytes, Some(raw), stored, carried);
        if Admission::is_changed_by(evidence.payload()) {
            let salt = self.shared.facts.salt;
            let at = EntryPosition {
                index,
                logged_at: self.batch.logged_at,
            };
            self.batch
                .change_admission(|admission| admission.apply(at, evidence.payload(), &salt));
        }
        IntakeDecision::Logged {
            index,
            variant: false,
            conflicts,
        }
    }

    pub(super) fn push(
        &mut self,
        entry: Entry,
        bytes: Vec<u8>,
        evidence: Option<Vec<u8>>,
        context: Option<Vec<u8>>,
        carried: RowSubject<'_>,
    ) -> LeafIndex {
        let index = self.batch.next_index();
        let leaf = entry_leaf_hash(&bytes);
        let rows = rows_of(index, &entry, &leaf, carried, context.as_deref());
        let draft = EntryDraft {
            entry,
            bytes,
            leaf,
            evidence,
            context,
        };
        self.batch.push(draft, rows);
        index
    }
}

impl ContradictionSource for BatchDecider<'_> {
    fn rows(&self, key: &RowKey) -> Result<Vec<LeafIndex>, ReadError> {
        let mut rows = match self.firsts.get(key) {
            FirstEntry::Absent => Vec::new(),
            FirstEntry::Found(_) | FirstEntry::NotAsked => {
                self.stored(key, LookupOrder::Ascending, LOOKED_AT)?
            }
        };
        rows.extend(self.batch.known(key).iter());
        Ok(rows)
    }

    fn entry(&self, index: LeafIndex) -> Result<Entry, ReadError> {
        Self::entry(self, index)
    }

    fn issuers(&self) -> &Issuers {
        &self.batch.admission.issuers
    }
}

pub(super) fn refused(fault: Fault, known_index: Option<LeafIndex>) -> IntakeDecision {
    IntakeDecision::Refused {
        fault,
        refused_entry: None,
        known_index,
    }
}
