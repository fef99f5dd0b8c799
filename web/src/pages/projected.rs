//! What pages take from the projection: lists of jobs with verdicts, and alarms. It is never the authority, and
//! says how far it has come.

use ledger::reader::JobSummary;
use ledger::shared::EntryPosition;
use ledger_query::QueryEngine;
use ledger_query::projection::{JobRecord, Projection, ProjectionError};
use verifier::index::TreeSize;

use crate::error::PageError;
use crate::model::verdict::VerdictState;
use crate::text::{GroupedNumber, Time, counted, grouped, isolated, segment, shortened};

/// Characters of a sentence in a list.
const MESSAGE_CHARACTERS_MAX: usize = 160;
/// Models named in a row, and characters of each.
const MODELS_SHOWN: usize = 2;
const MODEL_CHARACTERS_MAX: usize = 80;

impl From<ProjectionError> for PageError {
    fn from(error: ProjectionError) -> Self {
        match error {
            ProjectionError::Read(error) => error.into(),
            ProjectionError::NotKept => Self::NoVerdicts {
                why: "this server keeps no list of verdicts".to_owned(),
            },
            ProjectionError::Behind { projected_to } => Self::NoVerdicts {
                why: format!(
                    "verdicts are known for the first {} so far",
                    counted(projected_to.value(), "entry", "entries")
                ),
            },
            ProjectionError::Outdated => Self::NoVerdicts {
                why: "too much has happened since this list was begun; begin it again".to_owned(),
            },
            other => {
                tracing::warn!(error = %other, "the projection cannot be read");
                Self::NoVerdicts {
                    why: "the list of verdicts is being made again".to_owned(),
                }
            }
        }
    }
}

/// A job in a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ListedJobRow {
    pub(super) id: String,
    pub(super) href: String,
    pub(super) alarms_href: String,
    pub(super) last: GroupedNumber,
    pub(super) time: Time,
    pub(super) state: VerdictState,
    /// Absent until the job was assessed.
    pub(super) judged: Option<ProjectedVerdictRow>,
}

/// What the projection keeps of a job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ProjectedVerdictRow {
    pub(super) code: String,
    pub(super) message: String,
    pub(super) calls: String,
    pub(super) models: String,
    pub(super) alarms: usize,
}

impl ListedJobRow {
    /// A job of the log's own list, with its verdict where one is known.
    pub(super) fn listed(job: &JobSummary, record: Option<&JobRecord>) -> Self {
        let last = EntryPosition {
            index: job.last_index,
            logged_at: job.last_logged_at,
        };
        Self::new(&job.job_id, last, record)
    }

    /// A job of the projection's list.
    pub(super) fn recorded(record: &JobRecord) -> Self {
        Self::new(&record.job_id, record.last, Some(record))
    }

    fn new(job_id: &str, last: EntryPosition, record: Option<&JobRecord>) -> Self {
        Self {
            id: job_id.to_owned(),
            href: format!("/jobs/{}", segment(job_id)),
            alarms_href: format!("/alarms?job={}", segment(job_id)),
            last: last.index.into(),
            time: Time::new(last.logged_at),
            state: record
                .and_then(JobRecord::state)
                .map_or(VerdictState::NO_VERDICT, VerdictState::from),
            judged: record.map(judged),
        }
    }
}

fn judged(record: &JobRecord) -> ProjectedVerdictRow {
    let named: Vec<String> = record
        .summary
        .models
        .iter()
        .take(MODELS_SHOWN)
        .map(|model| isolated(&shortened(model, MODEL_CHARACTERS_MAX)))
        .collect();
    let more = record.summary.models.len().saturating_sub(MODELS_SHOWN);
    let mut models = named.join(", ");
    if more > 0 {
        models = format!("{models} and {more} more");
    }
    ProjectedVerdictRow {
        code: record.outcome.code.clone(),
        message: shortened(&record.outcome.message, MESSAGE_CHARACTERS_MAX),
        calls: grouped(record.summary.gateway_receipts),
        models,
        alarms: record.alarms.len(),
    }
}

/// As of when the projection is, where it lags behind the log.
pub(super) fn lag(engine: &QueryEngine, published: TreeSize) -> Result<Option<String>, PageError> {
    let to = engine.projection().map(Projection::projected_to);
    to.filter(|to| *to < published)
        .map(|to| super::as_of_words(engine, to))
        .transpose()
}
