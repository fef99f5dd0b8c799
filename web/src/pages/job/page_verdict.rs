//! A job as of a size: its closure and the assessment.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ledger_query::verdict::JudgedJob;
use verifier::assess::{Assessment, Check, CheckStatus, Closure, JobExamination, Supposition, UseOfJob};
use verifier::digest::ArtifactHash;
use verifier::hash::sha256;
use verifier::index::LeafIndex;

/// A job as of one tree size: its closure and its assessment.
#[derive(Debug)]
pub(super) struct PageVerdict {
    source: VerdictSource,
    /// The bundle that is judged with the rest and that this log does not hold.
    pub(super) supposed: Option<UnloggedBundle>,
    /// Uses by entry.
    uses: BTreeMap<LeafIndex, usize>,
}

/// Where a verdict is from.
#[derive(Debug)]
enum VerdictSource {
    /// The log alone.
    Log(Arc<JudgedJob>),
    /// The log and a bundle that it does not hold.
    Supposition(Box<(Closure, JobExamination)>),
}

impl VerdictSource {
    fn closure(&self) -> &Closure {
        match self {
            Self::Log(job) => job.closure(),
            Self::Supposition(supposed) => &supposed.0,
        }
    }

    fn examined(&self) -> &JobExamination {
        match self {
            Self::Log(job) => job.examined(),
            Self::Supposition(supposed) => &supposed.1,
        }
    }
}

/// A bundle that is not logged.
#[derive(Debug)]
pub(super) struct UnloggedBundle {
    /// The place that it would have. No page may link it: the entry that comes there is another one.
    pub(super) index: LeafIndex,
    /// The runs of its event chain.
    pub(super) run_ids: Vec<String>,
}

impl PageVerdict {
    /// A job of this log.
    pub(super) fn of(job: Arc<JudgedJob>) -> Self {
        Self::new(VerdictSource::Log(job), None)
    }

    /// What would be said if a bundle were logged.
    pub(super) fn supposing(supposition: Supposition) -> Self {
        let supposed = UnloggedBundle {
            index: supposition.index,
            run_ids: supposition.run_ids,
        };
        let judged = Box::new((supposition.closure, supposition.would_be));
        Self::new(VerdictSource::Supposition(judged), Some(supposed))
    }

    fn new(source: VerdictSource, supposed: Option<UnloggedBundle>) -> Self {
        let uses = source.examined().uses.iter().enumerate();
        Self {
            uses: uses.map(|(position, used)| (used.at.index, position)).collect(),
            source,
            supposed,
        }
    }

    /// Everything that the log holds of the job.
    pub(super) fn closure(&self) -> &Closure {
        self.source.closure()
    }

    /// The assessment, alone.
    pub(super) fn assessment(&self) -> &Assessment {
        &self.examined().assessment
    }

    /// The assessment, with each document and use laid out.
    pub(super) fn examined(&self) -> &JobExamination {
        self.source.examined()
    }

    /// Whether an index is the place of a bundle that is not logged.
    pub(super) fn is_supposed(&self, index: LeafIndex) -> bool {
        self.supposed
            .as_ref()
            .is_some_and(|supposed| supposed.index == index)
    }

    /// SHA-256 of the assessment as JCS: one verdict, one digest, here and offline.
    pub(super) fn digest(&self) -> String {
        ArtifactHash::from_bytes(sha256(self.assessment().to_jcs().as_bytes())).to_string()
    }

    pub(super) fn checks(&self) -> &[Check] {
        &self.assessment().checks
    }

    /// The status of a check, by its id.
    pub(super) fn status(&self, id: &str) -> CheckStatus {
        let found = self.checks().iter().find(|check| check.id.as_str() == id);
        found.map_or(CheckStatus::NotEvaluated, |check| check.status)
    }

    /// Whether a signer is an agent of the job: its word is self-reported, whatever else it is registered for.
    pub(super) fn is_agent(&self, signer: &str) -> bool {
        self.assessment()
            .summary
            .agents
            .iter()
            .any(|agent| agent == signer)
    }

    /// The use at an entry.
    pub(super) fn use_at(&self, index: LeafIndex) -> Option<&UseOfJob> {
        self.examined().uses.get(*self.uses.get(&index)?)
    }

    /// The entries that checks of a status name.
    pub(super) fn named_by(&self, status: CheckStatus) -> BTreeSet<LeafIndex> {
        let checks = self.checks().iter().filter(|check| check.status == status);
        checks.flat_map(|check| check.entries.iter().copied()).collect()
    }
}
