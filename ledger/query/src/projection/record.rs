//! What the projection keeps of a job.

use serde::{Deserialize, Serialize};
use verifier::assess::{CheckId, CheckStatus, title};
use verifier::check::Status;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};

use ledger::shared::EntryPosition;

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

/// The state of a job: its verdict, and of those that are incomplete whether the job still runs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum JobState {
    /// PASS.
    Pass,
    /// INCOMPLETE, with no proof bundle yet, and nobody closed or stopped the job: evidence may still come.
    Running,
    /// INCOMPLETE, and the job has its bundle, or was closed or stopped: evidence is missing.
    Incomplete,
    /// FAIL.
    Fail,
}

impl JobState {
    /// Every state, in the order of their shares in a chart.
    pub const ALL: [Self; 4] = [Self::Pass, Self::Running, Self::Incomplete, Self::Fail];

    /// The wire text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Running => "RUNNING",
            Self::Incomplete => "INCOMPLETE",
            Self::Fail => "FAIL",
        }
    }

    /// Reads the wire text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Of a job with this verdict, which ended or did not.
    pub const fn of(verdict: Verdict, ended: bool) -> Self {
        match verdict {
            Verdict::Pass => Self::Pass,
            Verdict::Fail => Self::Fail,
            Verdict::Incomplete if ended => Self::Incomplete,
            Verdict::Incomplete => Self::Running,
        }
    }
}

/// What the newest assessment of a job said.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct JobOutcome {
    /// The verdict; `None` where the job could not be assessed, for the reason that `code` gives.
    pub verdict: Option<Verdict>,
    /// The check that decides, where one does.
    pub check: Option<String>,
    /// Stable code of the verdict, or of the reason why there is none.
    pub code: String,
    /// One sentence.
    pub message: String,
}

impl JobOutcome {
    /// What the check that decides found, in a few words; `None` where no check does.
    pub fn title(&self) -> Option<&'static str> {
        let status = match self.verdict? {
            Verdict::Pass => CheckStatus::Pass,
            Verdict::Fail => CheckStatus::Fail,
            Verdict::Incomplete => CheckStatus::Incomplete,
        };
        let check = CheckId::parse(self.check.as_deref()?)?;
        Some(title(check, status, &self.code))
    }
}

/// What a job's evidence names, each list sorted and without repetition.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct RecordSummary {
    /// Run ids.
    pub runs: Vec<String>,
    /// DIDs of agents.
    pub agents: Vec<String>,
    /// Models that gateways called, each as `provider/model`.
    pub models: Vec<String>,
    /// Tools that were used.
    pub tools: Vec<String>,
    /// Who asked for the job or approved or refused an action of it, as its evidence names them.
    pub people: Vec<String>,
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
pub enum AlarmSource {
    /// The assessment of its job.
    Assessment,
    /// An entry of the log itself, whatever becomes of its job.
    Log,
}

/// Something that a person should look at.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Alarm {
    /// Who raises it.
    pub source: AlarmSource,
    /// Stable code of the alarm.
    pub code: String,
    /// The job, where it belongs to one.
    pub job_id: Option<String>,
    /// One sentence.
    pub message: String,
    /// The entries that raise it, ascending, at most [`LIST_MAX`].
    pub entries: Vec<LeafIndex>,
    /// The entry by which the log first showed the whole of it, and when that was logged: the alarm's place in lists.
    pub raised: EntryPosition,
    /// When the first use that it is about was made, as its signer says; `None` where it is about none.
    pub offence_at: Option<TimestampMs>,
}

/// One job.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct JobRecord {
    /// Job id, in clear.
    pub job_id: String,
    /// The first entry that names the job.
    pub first: EntryPosition,
    /// The last one below `assessed_at`: the job's place in lists.
    pub last: EntryPosition,
    /// The tree size of the assessment.
    pub assessed_at: TreeSize,
    /// The verdict of that assessment.
    pub outcome: JobOutcome,
    /// Whether the job has a proof bundle, or was closed or stopped.
    pub ended: bool,
    /// What the evidence names.
    pub summary: RecordSummary,
    /// What a person should look at.
    pub alarms: Vec<Alarm>,
}

impl JobRecord {
    /// The code of the verdict, and those of the alarms.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        let alarms = self.alarms.iter().map(|alarm| alarm.code.as_str());
        std::iter::once(self.outcome.code.as_str()).chain(alarms)
    }
}

impl JobRecord {
    /// The state of the job; `None` where it could not be assessed.
    pub fn state(&self) -> Option<JobState> {
        let verdict = self.outcome.verdict?;
        Some(JobState::of(verdict, self.ended))
    }
}

/// Which jobs are wanted; all conditions must hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct JobFilter {
    /// In this state: of the incomplete jobs either those that still run or those that ended, never both.
    pub state: Option<JobState>,
    /// With this agent.
    pub agent: Option<String>,
    /// Under this policy.
    pub policy: Option<String>,
    /// With this token.
    pub token: Option<String>,
    /// With calls of this model, as `provider/model` or by its own name.
    pub model: Option<String>,
    /// In which this tool was used.
    pub tool: Option<String>,
    /// That this person asked for, or approved or refused an action of.
    pub person: Option<String>,
    /// Whose verdict or alarms have this code.
    pub code: Option<String>,
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
        let Self {
            state,
            agent,
            policy,
            token,
            model,
            tool,
            person,
            code,
            active_from,
            active_to,
        } = self;
        let within = |wanted: &Option<String>, list: &[String]| {
            wanted.as_ref().is_none_or(|value| list.contains(value))
        };
        state.is_none_or(|state| job.state() == Some(state))
            && within(agent, &job.summary.agents)
            && within(policy, &job.summary.policies)
            && within(token, &job.summary.tokens)
            && model.as_ref().is_none_or(|wanted| {
                job.summary
                    .models
                    .iter()
                    .any(|model| model == wanted || own_name(model) == Some(wanted))
            })
            && within(tool, &job.summary.tools)
            && within(person, &job.summary.people)
            && code
                .as_ref()
                .is_none_or(|wanted| job.codes().any(|code| code == wanted))
            && active_from.is_none_or(|time| job.last.logged_at >= time)
            && active_to.is_none_or(|time| job.first.logged_at <= time)
    }
}

/// The name of a model without its provider's.
pub(crate) fn own_name(model: &str) -> Option<&str> {
    model.split_once('/').map(|(_, name)| name)
}
