//! The jobs that a logged document belongs to, with their newest verdicts and what the entry has to do with them.

use ledger_query::verify::{EntryJob, EntryJobs};

use crate::model::verdict::VerdictState;
use crate::text::{segment, shortened};

/// Characters of a sentence.
const MESSAGE_CHARACTERS_MAX: usize = 400;

/// One job.
pub(super) struct LoggedJobView {
    pub(super) id: String,
    pub(super) href: String,
    pub(super) state: VerdictState,
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) fault: Option<FaultView>,
}

/// What the entry has to do with a check that fails.
pub(super) struct FaultView {
    pub(super) title: &'static str,
    pub(super) code: &'static str,
    pub(super) href: String,
    pub(super) at_fault: bool,
}

/// The jobs of a logged document, with their newest verdicts.
#[derive(Default)]
pub(super) struct LoggedJobsView {
    pub(super) jobs: Vec<LoggedJobView>,
    pub(super) more: bool,
    /// Whether they were looked for.
    pub(super) known: bool,
}

impl LoggedJobsView {
    pub(super) fn of(found: Option<EntryJobs>) -> Self {
        let Some(found) = found else {
            return Self::default();
        };
        Self {
            jobs: found.jobs.into_iter().map(job).collect(),
            more: found.more,
            known: true,
        }
    }
}

fn job(job: EntryJob) -> LoggedJobView {
    let href = format!("/jobs/{}", segment(&job.job_id));
    LoggedJobView {
        fault: job.fault.map(|fault| FaultView {
            title: fault.title,
            code: fault.code,
            href: format!("{href}#check-{}", fault.check),
            at_fault: fault.at_fault,
        }),
        href,
        state: job.verdict.into(),
        code: job.code,
        message: shortened(&job.message, MESSAGE_CHARACTERS_MAX),
        id: job.job_id,
    }
}
