//! What an assessment says of each document and each use, whole: the JSON stops its lists at a bound, and tells
//! of a use only what any verdict needs. Made from the same facts, so that the two cannot disagree.

use std::collections::{BTreeMap, BTreeSet};

use super::assessment::Assessment;
use super::check::{CheckId, CheckStatus};
use super::checks::{judge_uses, place};
use super::closure::{AsOf, Closure};
use super::facts::{AgentAct, JobFacts, Link, UnsoundRecord};
use super::token_table::{TableRow, UseTimes};
use super::uncounted::{self, UncountedEntries};
use super::{checks, verdict, with_facts};
use evidence::digest::TokenHash;
use tlog::index::LeafIndex;

/// A job, judged and laid out.
#[derive(Clone, PartialEq, Debug)]
pub struct JobExamination {
    /// What [`assess`](super::assess) says.
    pub assessment: Assessment,
    /// The job's documents, each with the link that makes it the job's, as in the assessment's `links`.
    pub linked: BTreeMap<LeafIndex, Link>,
    /// What names the job or its runs and is not the job's, in log order.
    pub unbound: Vec<LeafIndex>,
    /// What would be the job's and does not hold, with its code.
    pub unsound: BTreeMap<LeafIndex, &'static str>,
    /// What does not count for the job, or not wholly, by reason.
    pub uncounted: Vec<UncountedEntries>,
    /// Every use, in log order.
    pub uses: Vec<UseOfJob>,
    /// For each stream that a receipt of the job stands in and that lacks numbers: the first of them, as ranges,
    /// both ends included.
    pub missing: Vec<Vec<(u64, u64)>>,
    /// The registered name of each signer that has one, by DID.
    pub names: BTreeMap<String, String>,
}

/// What an entry has to do with the failure of a job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FailureAttribution {
    /// The check that fails.
    pub check: CheckId,
    /// The code of this very entry, which need not be that of the whole check.
    pub code: &'static str,
    /// Whether the entry itself is at fault. Otherwise it is what the fault is measured by, such as the revocation
    /// before a use.
    pub at_fault: bool,
}

impl JobExamination {
    /// The same as of a later tree in which no lookup of the closure has a new answer. The time of the tree decides nothing
    /// but which registrations of a signer are told with what does not count: `None` where there is such a thing.
    #[must_use]
    pub fn as_of(&self, as_of: AsOf) -> Option<Self> {
        self.uncounted.is_empty().then(|| Self {
            assessment: self.assessment.as_of(as_of),
            ..self.clone()
        })
    }

    /// What each entry has to do with the checks that fail; the others have nothing to do with them. Of several checks the
    /// first in table order is told, and before that what the entry itself is at fault for.
    pub fn blames(&self) -> BTreeMap<LeafIndex, FailureAttribution> {
        let acts: BTreeSet<LeafIndex> = self.uses.iter().map(|used| used.at.index).collect();
        let checks = self.assessment.checks.iter();
        let failing = || checks.clone().filter(|check| check.status == CheckStatus::Fail);
        let mut blames = BTreeMap::new();
        for check in failing() {
            // Where an act is among the entries of a check, the others are what the act was held against.
            let among_acts = check.entries.iter().any(|index| acts.contains(index));
            for index in &check.entries {
                blames.entry(*index).or_insert(FailureAttribution {
                    check: check.id,
                    code: check.code,
                    at_fault: acts.contains(index) || !among_acts,
                });
            }
        }
        let at_fault = |check, code| FailureAttribution {
            check,
            code,
            at_fault: true,
        };
        for used in &self.uses {
            if used.status() == CheckStatus::Fail {
                let blame = at_fault(CheckId::TokenValid, used.code());
                blames.insert(used.at.index, blame);
            }
        }
        if failing().any(|check| check.id == CheckId::Signatures) {
            let unsound = self.unsound.iter();
            blames.extend(unsound.map(|(index, code)| (*index, at_fault(CheckId::Signatures, code))));
        }
        blames
    }
}

/// A use by the job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UseOfJob {
    /// Where it stands, and its two times.
    pub at: UseTimes,
    /// The act: a model call, a tool call, a side effect or an allowed decision.
    pub act: UseAct,
    /// The run that it names.
    pub run_id: Option<String>,
    /// Its token, where that is known.
    pub token: Option<TokenHash>,
    /// What `token.valid` says about it; `None` where nothing shows its token.
    pub row: Option<TableRow>,
    /// The revocation that the row is about.
    pub revocation: Option<LeafIndex>,
}

impl UseOfJob {
    /// What `token.valid` says about it.
    pub fn status(&self) -> CheckStatus {
        self.row.map_or(CheckStatus::Incomplete, TableRow::status)
    }

    /// The code of that.
    pub fn code(&self) -> &'static str {
        self.row.map_or(checks::AMBIGUOUS, TableRow::as_str)
    }
}

/// What a use did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum UseAct {
    /// A model call, by a gateway's word.
    Model {
        /// `provider/model`.
        model: String,
        /// Input tokens.
        tokens_input: u64,
        /// Output tokens.
        tokens_output: u64,
    },
    /// A tool call.
    Tool(String),
    /// A side effect, by its class.
    SideEffect(String),
    /// An allow decision on a tool, as `tool:operation` where it names one.
    Allowed(String),
}

/// Judges the job of a closure and lays it out.
pub fn examine(closure: &Closure) -> JobExamination {
    with_facts(closure, examined)
}

/// What facts say.
pub(super) fn examined(facts: &JobFacts<'_>) -> JobExamination {
    JobExamination {
        assessment: verdict::of(facts, checks::all(facts)),
        linked: facts.links.linked.clone(),
        unbound: facts.unbound.clone(),
        unsound: facts.unsound.iter().map(unsound).collect(),
        uncounted: uncounted::of(facts),
        uses: uses(facts),
        missing: missing(facts),
        names: names(facts),
    }
}

/// The newest registration names its DID.
fn names(facts: &JobFacts<'_>) -> BTreeMap<String, String> {
    let issuers = facts.trust.issuers.list().iter();
    issuers
        .filter_map(|issuer| Some((issuer.did.clone(), issuer.registrations.last()?.name.clone())))
        .collect()
}

fn missing(facts: &JobFacts<'_>) -> Vec<Vec<(u64, u64)>> {
    let of_job: BTreeSet<LeafIndex> = facts.receipts().map(|(used, _)| used.index).collect();
    let lacking = facts.streams.iter().filter(|stream| !stream.missing.is_empty());
    lacking
        .filter(|stream| stream.receipts.iter().any(|index| of_job.contains(index)))
        .map(|stream| stream.missing.clone())
        .collect()
}

fn unsound(found: &UnsoundRecord) -> (LeafIndex, &'static str) {
    (found.index, found.code)
}

fn uses(facts: &JobFacts<'_>) -> Vec<UseOfJob> {
    judge_uses(facts)
        .map(|(used, judged)| UseOfJob {
            at: place(used),
            act: act(used.act),
            run_id: used.run.map(str::to_owned),
            token: used.token.hash(),
            row: judged.row,
            revocation: judged.revocation,
        })
        .collect()
}

fn act(act: AgentAct<'_>) -> UseAct {
    match act {
        AgentAct::Model(receipt) => UseAct::Model {
            model: format!("{}/{}", receipt.provider, receipt.model),
            tokens_input: receipt.tokens_input,
            tokens_output: receipt.tokens_output,
        },
        AgentAct::Tool(receipt) => UseAct::Tool(receipt.what.to_string()),
        AgentAct::SideEffect(receipt) => UseAct::SideEffect(receipt.what.to_string()),
        AgentAct::Allowed(decision) => UseAct::Allowed(decision.call()),
    }
}
