//! A job as of a size: its closure, the assessment, and what the assessment's JSON states.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ledger::reader::JudgedJob;
use serde::Deserialize;
use verifier::assess::{Check, CheckStatus, Closure, Examined, Supposition, UseOfJob};
use verifier::digest::ArtifactHash;
use verifier::hash::sha256;
use verifier::index::LeafIndex;

use crate::error::PageError;

/// The members of the assessment's JSON that only it has (`schemas/assessment.md`).
#[derive(Debug, Deserialize)]
pub(super) struct Stated {
    pub(super) summary: Summary,
    pub(super) not_evaluated: Vec<Unjudged>,
    pub(super) parameters: Parameters,
    pub(super) alarms: Vec<StatedAlarm>,
}

/// An alarm; those that a check raises show in the check.
#[derive(Debug, Deserialize)]
pub(super) struct StatedAlarm {
    pub(super) check: Option<String>,
    pub(super) code: String,
    pub(super) message: Option<String>,
    pub(super) entries: Vec<LeafIndex>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Summary {
    pub(super) runs: Vec<String>,
    pub(super) agents: Vec<String>,
    pub(super) token_hashes: Vec<String>,
    pub(super) policies: Vec<String>,
    pub(super) bundles: u64,
    pub(super) gateway_receipts: u64,
    pub(super) entries: u64,
    pub(super) tokens_input: u64,
    pub(super) tokens_output: u64,
    pub(super) first_time: Option<u64>,
    pub(super) last_time: Option<u64>,
}

/// A member of a policy that nothing judges.
#[derive(Debug, Deserialize)]
pub(super) struct Unjudged {
    pub(super) policy_hash_b64u: String,
    pub(super) pointer: String,
    pub(super) code: String,
    /// Whose artifact states it as the policy wants it, at which entry, with which value.
    pub(super) stated_by: Option<String>,
    pub(super) entry: Option<u64>,
    pub(super) value: Option<serde_json::Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Parameters {
    pub(super) accept_unregistered_agents: bool,
    pub(super) clock_skew_s: u64,
    pub(super) late_limit_s: u64,
    pub(super) approval_lifetime_s: u64,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Judged {
    source: Source,
    pub(super) stated: Stated,
    /// The bundle that is judged with the rest and that this log does not hold.
    pub(super) supposed: Option<Supposed>,
    /// Uses by entry.
    uses: BTreeMap<LeafIndex, usize>,
}

/// Where a verdict is from.
#[derive(Debug)]
enum Source {
    /// The log.
    Log(Arc<JudgedJob>),
    /// The log and a bundle that it does not hold.
    Supposition(Box<(Closure, Examined)>),
}

impl Source {
    fn closure(&self) -> &Closure {
        match self {
            Self::Log(job) => job.closure(),
            Self::Supposition(supposed) => &supposed.0,
        }
    }

    fn examined(&self) -> &Examined {
        match self {
            Self::Log(job) => job.examined(),
            Self::Supposition(supposed) => &supposed.1,
        }
    }
}

/// A bundle that is not logged.
#[derive(Debug)]
pub(super) struct Supposed {
    /// The place that it would have. No page may link it: the entry that comes there is another one.
    pub(super) index: LeafIndex,
    /// The runs of its event chain.
    pub(super) run_ids: Vec<String>,
}

impl Judged {
    /// A job of this log.
    pub(super) fn of(job: Arc<JudgedJob>) -> Result<Self, PageError> {
        Self::new(Source::Log(job), None)
    }

    /// What would be said if a bundle were logged.
    pub(super) fn supposing(supposition: Supposition) -> Result<Self, PageError> {
        let supposed = Supposed {
            index: supposition.index,
            run_ids: supposition.run_ids,
        };
        let judged = Box::new((supposition.closure, supposition.would_be));
        Self::new(Source::Supposition(judged), Some(supposed))
    }

    fn new(source: Source, supposed: Option<Supposed>) -> Result<Self, PageError> {
        let examined = source.examined();
        let stated = serde_json::from_str(examined.assessment.to_jcs())
            .map_err(|error| PageError::Internal(error.to_string()))?;
        let uses = examined.uses.iter().enumerate();
        Ok(Self {
            uses: uses.map(|(position, used)| (used.at.index, position)).collect(),
            source,
            stated,
            supposed,
        })
    }

    /// Everything that the log holds of the job.
    pub(super) fn closure(&self) -> &Closure {
        self.source.closure()
    }

    /// What is said of it.
    pub(super) fn examined(&self) -> &Examined {
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
        ArtifactHash::from_bytes(sha256(self.examined().assessment.to_jcs().as_bytes())).to_string()
    }

    pub(super) fn checks(&self) -> &[Check] {
        &self.examined().assessment.checks
    }

    /// The status of a check, by its id.
    pub(super) fn status(&self, id: &str) -> CheckStatus {
        let found = self.checks().iter().find(|check| check.id.as_str() == id);
        found.map_or(CheckStatus::NotEvaluated, |check| check.status)
    }

    /// Whether a signer is an agent of the job: its word is self-reported, whatever else it is registered for.
    pub(super) fn is_agent(&self, signer: &str) -> bool {
        self.stated.summary.agents.iter().any(|agent| agent == signer)
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
