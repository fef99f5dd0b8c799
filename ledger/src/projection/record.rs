//! What the projection keeps of a job.

use serde::{Deserialize, Serialize};
use verifier::check::Status;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};

use crate::reader::Place;

/// Most values kept of one list of a summary.
pub const LIST_MAX: usize = 256;

/// PASS, FAIL or INCOMPLETE, as the assessment said.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    /// Every check holds.
    Pass,
    /// A check does not hold.
    Fail,
    /// Something needed is missing.
    Incomplete,
}

impl Verdict {
    /// The wire text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
            Self::Incomplete => "INCOMPLETE",
        }
    }

    /// Reads the wire text.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pass, Self::Fail, Self::Incomplete]
            .into_iter()
            .find(|verdict| verdict.as_str() == text)
    }
}

impl From<Status> for Verdict {
    fn from(status: Status) -> Self {
        match status {
            Status::Pass => Self::Pass,
            Status::Fail => Self::Fail,
            // No verdict on a job is ever unknown.
            Status::Incomplete | Status::Unknown => Self::Incomplete,
        }
    }
}

/// What the newest assessment of a job said.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Outcome {
    /// The verdict; `None` where the job could not be assessed, for the reason that `code` gives.
    pub verdict: Option<Verdict>,
    /// The check that decides, where one does.
    pub check: Option<String>,
    /// Stable.
    pub code: String,
    /// One sentence.
    pub message: String,
}

/// What a job's evidence names, each list sorted and without repetition.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Summary {
    /// Run ids.
    pub runs: Vec<String>,
    /// DIDs of agents.
    pub agents: Vec<String>,
    /// Models that gateways called, each as `provider/model`.
    pub models: Vec<String>,
    /// Tools that were used.
    pub tools: Vec<String>,
    /// Policy hashes.
    pub policies: Vec<String>,
    /// Token hashes.
    pub tokens: Vec<String>,
    /// Verified gateway receipts, equal statements once.
    pub gateway_receipts: u64,
    /// Input tokens of the models over those receipts.
    pub tokens_input: u64,
    /// Output tokens of the models over those receipts.
    pub tokens_output: u64,
    /// Whether a list has more than its first [`LIST_MAX`] values.
    pub cut: bool,
}

/// Who raises an alarm.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The assessment of its job.
    Assessment,
    /// An entry of the log itself, whatever becomes of its job.
    Log,
}

/// Something that a person should look at.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Alarm {
    /// Who raises it.
    pub source: Source,
    /// Stable.
    pub code: String,
    /// The job, where it belongs to one.
    pub job_id: Option<String>,
    /// One sentence.
    pub message: String,
    /// The entries that raise it, ascending, at most [`LIST_MAX`].
    pub entries: Vec<LeafIndex>,
    /// The first of them and its time.
    pub first: Place,
}

/// One job.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct JobRecord {
    /// Job id, in clear.
    pub job_id: String,
    /// The first entry that names the job.
    pub first: Place,
    /// The last one below `assessed_at`: the job's place in lists.
    pub last: Place,
    /// The tree size of the assessment.
    pub assessed_at: TreeSize,
    /// What it said.
    pub outcome: Outcome,
    /// What the evidence names.
    pub summary: Summary,
    /// What a person should look at.
    pub alarms: Vec<Alarm>,
}

/// Which jobs are wanted; all conditions must hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct JobFilter {
    /// Of this verdict.
    pub verdict: Option<Verdict>,
    /// With this agent.
    pub agent: Option<String>,
    /// Under this policy.
    pub policy: Option<String>,
    /// With this token.
    pub token: Option<String>,
    /// With calls of this model, as `provider/model` or by its own name.
    pub model: Option<String>,
    /// Whose last entry is not before this.
    pub active_from: Option<TimestampMs>,
    /// Whose first entry is not after this.
    pub active_to: Option<TimestampMs>,
}

impl JobFilter {
    /// Whether every job is wanted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a job is wanted.
    pub fn matches(&self, job: &JobRecord) -> bool {
        let within = |wanted: &Option<String>, list: &[String]| {
            wanted.as_ref().is_none_or(|value| list.contains(value))
        };
        self.verdict
            .is_none_or(|verdict| job.outcome.verdict == Some(verdict))
            && within(&self.agent, &job.summary.agents)
            && within(&self.policy, &job.summary.policies)
            && within(&self.token, &job.summary.tokens)
            && self.model.as_ref().is_none_or(|wanted| {
                job.summary
                    .models
                    .iter()
                    .any(|model| model == wanted || own_name(model) == Some(wanted))
            })
            && self.active_from.is_none_or(|time| job.last.logged_at >= time)
            && self.active_to.is_none_or(|time| job.first.logged_at <= time)
    }
}

/// The name of a model without its provider's.
pub(super) fn own_name(model: &str) -> Option<&str> {
    model.split_once('/').map(|(_, name)| name)
}
