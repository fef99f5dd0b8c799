//! What a log would say of a job if a proof bundle that it does not hold stood in it as its next entry (normative:
//! `schemas/assessment.md`, "What is not logged").
//!
//! What is supposed is no [`Record`]: no tree holds it, nothing proves it, and nobody outside this module gets one of it.
//! Only the bundle is supposed. The receipts that it carries are no evidence until somebody logs them, so that a
//! supposition never says more for a job than the log would once it had taken the bundle.

use super::closure::ClosureError;
use super::closure::{AsOf, Closure};
use super::examination::{JobExamination, examined};
use super::facts::SupposedLink;
use super::verified::{RecordVerifier, VerifiedRecord};
use std::sync::Arc;

use evidence::Evidence;
use evidence::document::Document;
use evidence::entry::{Entry, EntryError};
use evidence::fault::Fault;
use evidence::payload::{BundleForm, Payload};
use evidence::record::{Record, StoredBytes};
use evidence::subject::IndexSalt;
use tlog::index::{LeafIndex, TimestampMs};

/// The name of the job that a supposed bundle is alone in: no id is empty.
pub(super) const NO_JOB: &str = "";

/// Why a document cannot be supposed to be logged.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SupposeError {
    /// No log would take it.
    #[error(transparent)]
    Rejected(Box<Fault>),
    /// It is something else than an agent's proof bundle.
    #[error("no proof bundle")]
    NotAProofBundle,
    /// It has no entry.
    #[error(transparent)]
    Entry(#[from] EntryError),
}

/// A proof bundle that the log does not hold, as the entry that it would become.
#[derive(Clone, Debug)]
pub struct SupposedBundle {
    verifier: RecordVerifier,
    record: Record,
    agent: String,
    run_ids: Vec<String>,
}

impl SupposedBundle {
    /// Verifies the bundle as a log does before it takes it, and gives it the place after the last entry of a tree.
    /// `at`: milliseconds since the Unix epoch; not before the tree's time, since no entry is.
    ///
    /// # Errors
    /// What no log would take has no place in one.
    pub fn new(
        document: &Document,
        origin: &str,
        salt: &IndexSalt,
        as_of: AsOf,
        at: TimestampMs,
    ) -> Result<Self, SupposeError> {
        let rejected = |fault| SupposeError::Rejected(Box::new(fault));
        let evidence = Evidence::verify(document, origin).map_err(|found| rejected(found.fault))?;
        let Payload::Bundle(bundle) = evidence.payload() else {
            return Err(SupposeError::NotAProofBundle);
        };
        if bundle.form != BundleForm::Proof {
            return Err(SupposeError::NotAProofBundle);
        }
        let entry = Entry {
            kind: evidence.kind(),
            evidence_digest: document.evidence_digest(),
            signer: evidence.envelope().signer().to_string(),
            logged_at: at.max(as_of.time),
            subjects: evidence.subject_list(salt).map_err(rejected)?,
            submitter: None,
            stream: None,
            covered: None,
            raw_digest: Some(document.raw_digest()),
            context_subjects: None,
            refused: None,
            index_runs: None,
        };
        Ok(Self {
            agent: bundle.author.clone(),
            run_ids: bundle.run_ids.iter().map(ToString::to_string).collect(),
            verifier: RecordVerifier::new(origin, *salt),
            record: Record {
                index: LeafIndex::new(as_of.size.value()),
                bytes: entry.encode()?,
                entry,
                evidence: StoredBytes::Bytes(document.raw().to_vec()),
                context: None,
            },
        })
    }

    /// The place that it would have, which is no entry's.
    pub const fn index(&self) -> LeafIndex {
        self.record.index
    }

    /// The agent that signed it.
    pub fn agent(&self) -> &str {
        &self.agent
    }

    /// The runs of its event chain.
    pub fn run_ids(&self) -> &[String] {
        &self.run_ids
    }

    /// As planner and assessment read it.
    pub(super) fn verified(&self, tie: SupposedLink) -> Arc<VerifiedRecord> {
        self.verifier.verify_supposed(self.record.clone(), tie)
    }
}

/// What the log would say. Not an assessment of the log: the JSON in it names what is supposed.
#[derive(Clone, PartialEq, Debug)]
pub struct Supposition {
    /// The job to which the log's own links would tie the bundle; `None` where it stands alone.
    pub job_id: Option<String>,
    /// The place that the bundle would have.
    pub index: LeafIndex,
    /// The runs of its event chain.
    pub run_ids: Vec<String>,
    /// Whether the bundle would be the job's.
    pub is_tied: bool,
    /// Everything that the log holds of the job, without the bundle.
    pub closure: Closure,
    /// What would be said.
    pub would_be: JobExamination,
}

/// Judges the job of a closure that was collected for a supposed bundle ([`Planner::supposing`](super::ClosurePlanner::supposing)).
///
/// # Errors
/// `WrongAnswer` for a closure as of another size than the bundle's place.
pub fn examine_supposing(
    mut closure: Closure,
    supposed: &SupposedBundle,
) -> Result<Supposition, ClosureError> {
    let index = supposed.index();
    if closure.as_of.size.value() != index.value() || closure.records.contains_key(&index) {
        let found = format!("the closure has size {}, not {index}", closure.as_of.size);
        return Err(ClosureError::WrongAnswer(found));
    }
    let alone = closure.job_id == NO_JOB;
    let tie = if alone {
        SupposedLink::Alone
    } else {
        SupposedLink::ByLinks
    };
    // The conflicts of what was erased are found in the records, so that it stands among them while it is judged.
    closure.records.insert(index, supposed.verified(tie));
    let would_be = super::with_facts(&closure, examined);
    closure.records.remove(&index);
    Ok(Supposition {
        job_id: (!alone).then(|| closure.job_id.clone()),
        index,
        run_ids: supposed.run_ids.clone(),
        is_tied: would_be.linked.contains_key(&index) || would_be.unsound.contains_key(&index),
        closure,
        would_be,
    })
}
