//! The jobs under something, with their verdicts: from the projection, which is a convenience and says how far it is.

use ledger_query::QueryEngine;
use ledger_query::projection::{JobFilter, JobRecord, ProjectionError};
use verifier::index::TreeSize;

use crate::model::verdict::VerdictState;
use crate::text::{Time, counted, grouped, segment};

/// A job in the list.
pub(super) struct ProjectedJobRow {
    pub(super) id: String,
    pub(super) href: String,
    pub(super) state: VerdictState,
    pub(super) code: String,
    pub(super) time: Time,
}

/// A list of jobs with their verdicts, from the projection.
pub(super) struct ProjectedJobs {
    pub(super) rows: Vec<ProjectedJobRow>,
    /// Whether there are more.
    pub(super) more: bool,
    /// Why there is no list, or how far it is.
    pub(super) note: Option<String>,
}

impl ProjectedJobs {
    /// `7`, or `20 or more`, or that it is not known.
    pub(super) fn count(&self) -> String {
        let count = grouped(self.rows.len());
        match (self.rows.is_empty(), self.more, &self.note) {
            (true, _, Some(_)) => "not known".to_owned(),
            (_, true, _) => format!("{count} or more"),
            _ => count,
        }
    }
}

/// The newest `limit` jobs that a filter wants below `as_of`, or below what the projection knows.
pub(super) fn jobs(engine: &QueryEngine, filter: &JobFilter, as_of: TreeSize, limit: usize) -> ProjectedJobs {
    let nothing = |why: &str| ProjectedJobs {
        rows: Vec::new(),
        more: false,
        note: Some(why.to_owned()),
    };
    let Some(projection) = engine.projection() else {
        return nothing("This server keeps no list of verdicts.");
    };
    let projected_to = projection.projected_to();
    let upto = as_of.min(projected_to);
    match projection.jobs(engine, filter, None, upto, limit) {
        Ok(page) => ProjectedJobs {
            more: page.next.is_some(),
            rows: page.items.iter().map(row).collect(),
            note: (upto < as_of).then(|| {
                format!(
                    "Verdicts are known for the first {} so far.",
                    counted(upto.value(), "entry", "entries")
                )
            }),
        },
        Err(ProjectionError::Outdated) => nothing("Too much has happened since that size for this list."),
        Err(error) => {
            tracing::warn!(%error, "the projection cannot be read");
            nothing("The list of verdicts cannot be read now.")
        }
    }
}

fn row(record: &JobRecord) -> ProjectedJobRow {
    ProjectedJobRow {
        id: record.job_id.clone(),
        href: format!("/jobs/{}", segment(&record.job_id)),
        state: record
            .outcome
            .verdict
            .map_or(VerdictState::NO_VERDICT, VerdictState::from),
        code: record.outcome.code.clone(),
        time: Time::new(record.last.logged_at),
    }
}
