//! `/v1/alarms`: what a person should look at, over all jobs.

use crate::error::ApiError;
use crate::extract::{Params, id};
use crate::page::{ListWindow, next_cursor, parse_cursor};
use crate::problem::Problem;
use crate::state::ApiState;
use crate::time::parse_time;
use axum::Json;
use axum::extract::State;
use ledger_query::QueryEngine;
use ledger_query::alarms::{self, ExportedAlarm};
use ledger_query::projection::{AlarmCursor, AlarmFilter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use verifier::index::TreeSize;

/// The parameters of the list of alarms.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AlarmsQuery {
    /// Only alarms of this code.
    code: Option<String>,
    /// Only alarms of this job.
    job: Option<String>,
    /// Only alarms that were raised at this time or later, RFC 3339.
    from: Option<String>,
    /// Only alarms that were raised at this time or before, RFC 3339.
    to: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Items wanted, 1 to 200; 50 if absent.
    limit: Option<usize>,
}

/// A page of alarms.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlarmPage {
    /// Newest first.
    alarms: Vec<ExportedAlarm>,
    /// For the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<String>,
    /// The tree size that the list is pinned to.
    #[schema(value_type = u64)]
    as_of_tree_size: TreeSize,
    /// Every job that an entry below this touches was assessed since.
    #[schema(value_type = u64)]
    projected_to: TreeSize,
}

/// Alarms, newest first. An alarm that an assessment raises goes when the job's newest assessment raises it no
/// more; the assessment as of an earlier size still does.
#[utoipa::path(get, path = "/v1/alarms", operation_id = "listAlarms", tag = "jobs", params(AlarmsQuery),
    responses((status = 200, body = AlarmPage), (status = 503, description = "Verdicts are not known yet", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Params(query): Params<AlarmsQuery>,
) -> Result<Json<AlarmPage>, ApiError> {
    if let Some(job) = &query.job {
        id("job", job)?;
    }
    if query.code.as_deref().is_some_and(|code| !is_code(code)) {
        let form = format!("a code: capitals, digits and underscores, at most {CODE_BYTES_MAX}");
        return Err(ApiError::parameter("code", form));
    }
    let time = |name, text: &Option<String>| text.as_deref().map(|text| parse_time(name, text)).transpose();
    let (raised_from, raised_to) = (time("from", &query.from)?, time("to", &query.to)?);
    let question = move |engine: &QueryEngine| -> Result<AlarmPage, ApiError> {
        let projection = engine.kept_projection()?;
        let projected_to = projection.projected_to();
        let cursor = query
            .cursor
            .as_deref()
            .map(parse_cursor::<AlarmCursor>)
            .transpose()?;
        let as_of = cursor.map_or(projected_to, |cursor| cursor.as_of);
        let window = ListWindow::new(
            engine.published().head.tree.size,
            None,
            query.limit,
            Some(as_of.value()),
        )?;
        let filter = AlarmFilter {
            code: query.code,
            job_id: query.job,
            raised_from,
            raised_to,
        };
        let from = cursor.map(|cursor| cursor.place);
        let page = projection.alarms(&filter, from, window.as_of, window.limit)?;
        if filter.names_no_code(&page) {
            return Err(ApiError::parameter(
                "code",
                "a code that alarms can have (schemas/assessment.md)",
            ));
        }
        Ok(AlarmPage {
            alarms: page.items.into_iter().map(ExportedAlarm::from).collect(),
            next_cursor: next_cursor(as_of, page.next),
            as_of_tree_size: window.as_of,
            projected_to,
        })
    };
    Ok(Json(state.read(question).await?))
}

/// Bytes of the longest code.
const CODE_BYTES_MAX: usize = 64;

/// Whether a text has the form of a code.
fn is_code(text: &str) -> bool {
    (1..=CODE_BYTES_MAX).contains(&text.len()) && alarms::has_characters_of_code(text)
}
