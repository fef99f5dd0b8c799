//! The audit of entries that were drawn at random: does the log's index leave one of them out? (`schemas/index.md` §6, the light
//! monitor)
//!
//! An auditor who cannot read a whole log draws entries, derives their rows, and asks the log for them. Each entry is led to one
//! signed root, and each answer is a subject-proof, so that an entry that is left out comes with a proof of the operator's fault
//! that anybody can check. The caller fetches, and [`SampleAudit`] judges what it is handed.

mod answer;
mod draw;
mod drawn;
mod fault;
mod head;
mod summary;

pub use draw::SampleSeed;
pub use drawn::{DrawnEntry, SampleQuestion};
pub use fault::{FaultFile, SampleFault};
pub use head::UnlinkedHead;
pub use summary::SAMPLE_FAULTS_MAX;

use std::collections::BTreeSet;

use summary::SampleSummary;

use super::subject::{SubjectExpectation, UNEXPECTED_QUESTION};
use super::{Details, Finding, Genesis, Report, Status};
use crate::checkpoint::{Checkpoint, TreeHead};
use crate::fork::ForkFile;
use crate::hash::RootHash;
use crate::index::{LeafIndex, TreeSize};
use crate::note::VerifierKey;
use crate::subject::IndexSalt;
use crate::subject_index::IndexQuestion;

/// The log under one checkpoint.
pub(super) struct SampleLog {
    key: VerifierKey,
    /// The signed note, which every entry is led to.
    note: String,
    head: TreeHead,
    /// From log.genesis, once that was taken.
    salt: Option<IndexSalt>,
}

/// An audit that goes on.
pub struct SampleAudit {
    log: SampleLog,
    /// The document of log.genesis.
    genesis: Vec<u8>,
    /// Entries below are covered by the index that the log showed first.
    covered: TreeSize,
    /// Heads that are of the history of `log`, by size and root.
    linked: BTreeSet<(TreeSize, RootHash)>,
    summary: SampleSummary,
}

impl SampleAudit {
    /// Starts from the log's checkpoint.
    ///
    /// # Errors
    /// Where [`Checkpoint::open`] refuses the note; `NO_ENTRIES` of an empty log.
    pub fn new(checkpoint: &[u8], key: &VerifierKey) -> Result<Self, Finding> {
        let head = Checkpoint::open(checkpoint, key)?.head().clone();
        if head.size.value() == 0 {
            return Err(Finding::incomplete("NO_ENTRIES", "the log is empty"));
        }
        let linked = BTreeSet::from([(head.size, head.root)]);
        Ok(Self {
            log: SampleLog {
                key: key.clone(),
                // An opened note is UTF-8.
                note: String::from_utf8_lossy(checkpoint).into_owned(),
                head,
                salt: None,
            },
            genesis: Vec::new(),
            covered: TreeSize::default(),
            linked,
            summary: SampleSummary::default(),
        })
    }

    /// The head that all entries are led to.
    pub fn head(&self) -> &TreeHead {
        &self.log.head
    }

    /// Takes the server's answers for entry 0 and its audit path, and with them the salt of all subjects. `file` is log.genesis where
    /// the caller has it. Gives the question that is to be asked first.
    ///
    /// # Errors
    /// Where the entry does not lead to the signed root; `GENESIS_INVALID`.
    pub fn take_genesis(
        &mut self,
        entry: &[u8],
        inclusion: &[u8],
        file: Option<&[u8]>,
    ) -> Result<IndexQuestion, Finding> {
        let invalid = |what: String| Finding::fail("GENESIS_INVALID", what);
        let drawn = DrawnEntry::open(&self.log, LeafIndex::ZERO, entry, inclusion)?;
        let shown = drawn.document.as_deref().map(str::as_bytes);
        let file = file
            .or(shown)
            .ok_or_else(|| invalid("entry 0 is shown without its document".to_owned()))?;
        let genesis = Genesis::open_under_entry(file, &drawn.included.entry, &self.log.key)
            .map_err(|error| invalid(error.to_string()))?;
        self.log.salt = Some(genesis.payload().index_salt);
        self.genesis = file.to_vec();
        // The salt is known now, and so are the questions.
        let drawn = DrawnEntry::open(&self.log, LeafIndex::ZERO, entry, inclusion)?;
        let first = drawn.questions.into_iter().next();
        let first = first.ok_or_else(|| invalid("entry 0 has no row in an index".to_owned()))?;
        Ok(first.question)
    }

    /// Takes the answer to the first question, as of all entries that the index covers: entries are drawn below that size.
    ///
    /// # Errors
    /// Where the answer does not hold.
    pub fn take_covered(
        &mut self,
        question: &IndexQuestion,
        file: &[u8],
    ) -> Result<(TreeSize, Option<UnlinkedHead>), Finding> {
        let answer = self.open_answer(question, SubjectExpectation::default(), file)?;
        self.covered = answer.as_of.min(self.log.head.size);
        Ok((self.covered, self.unlinked_of(file, &answer.head)?))
    }

    /// Takes an earlier checkpoint of the log, which the caller kept.
    ///
    /// # Errors
    /// Where the note does not open; `CHECKPOINT_OLDER` where the log shows less than it had signed then.
    pub fn take_kept_checkpoint(&self, note: &[u8]) -> Result<Option<UnlinkedHead>, Finding> {
        let head = Checkpoint::open(note, &self.log.key)?.head().clone();
        if head.size > self.log.head.size {
            let message = format!(
                "the log shows a checkpoint of size {}, and it had signed one of size {} before: what came since is not shown",
                self.log.head.size, head.size
            );
            return Err(Finding::incomplete("CHECKPOINT_OLDER", message));
        }
        Ok(self.unlinked(&String::from_utf8_lossy(note), &head))
    }

    /// Takes the proof that another signed head is of one history with the audited one.
    ///
    /// # Errors
    /// As [`check_consistency`](crate::check::check_consistency) finds it.
    pub fn take_consistency(&mut self, other: &UnlinkedHead, proof: &[u8]) -> Result<(), Finding> {
        let report = other.check(&self.log, proof);
        if report.status == Status::Pass {
            self.linked.insert((other.head.size, other.head.root));
            return Ok(());
        }
        Err(Finding {
            status: report.status,
            reason_code: report.reason_code,
            message: report.message,
        })
    }

    /// A checkpoint that contradicts the audited one, and that one, for a file that shows both.
    pub fn fork_with(&self, other: &UnlinkedHead) -> ForkFile {
        other.with_audited(&self.log)
    }

    /// Reports, once all entries were asked for.
    pub fn finish(self) -> Report {
        let mut details = self.details();
        details.checked("inclusion");
        details.checked("consistency");
        self.summary.conclude(self.covered, details)
    }

    /// Reports on an audit that ends with a finding. What the operator was found at before is said all the same.
    pub fn break_off(self, finding: Finding) -> Report {
        let mut details = self.details();
        if let Some(fault) = self.summary.fault(&mut details) {
            return fault.into_report_of_genuine(details);
        }
        if finding.reason_code == UNEXPECTED_QUESTION {
            finding.into_report_of_genuine(details)
        } else {
            finding.into_report(details)
        }
    }

    fn details(&self) -> Details {
        let mut details = Details::default();
        details.set_log(&self.log.key);
        details.set("tree_size", self.log.head.size.value());
        details.set("root_hash", self.log.head.root.to_string());
        details.set("covered", self.covered.value());
        for what in ["entries", "tiles", "index_replay", "evidence"] {
            details.not_checked(what);
        }
        details
    }

    /// The head, unless it is known to be of one history with the audited one.
    fn unlinked(&self, note: &str, head: &TreeHead) -> Option<UnlinkedHead> {
        let is_linked = self.linked.contains(&(head.size, head.root));
        (!is_linked).then(|| UnlinkedHead::new(note, head, &self.log))
    }
}
