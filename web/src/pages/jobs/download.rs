//! What the list shows, for programs: NDJSON with the members of `/v1/jobs`, CSV for spreadsheets.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use verifier::index::{LeafIndex, TreeSize};
use verifier::text::{invisible, shown};

use super::Found;
use crate::error::PageError;

/// One job; absent members are left out of JSON and empty in CSV.
#[derive(Serialize)]
struct Line<'a> {
    job_id: &'a str,
    last_index: LeafIndex,
    last_logged_at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assessed_at: Option<TreeSize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gateway_receipts: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    models: Option<&'a [String]>,
}

fn lines(found: &Found) -> impl Iterator<Item = Line<'_>> {
    found.jobs.iter().map(|(job, record)| {
        let outcome = record.as_ref().map(|record| &record.outcome);
        Line {
            job_id: &job.job_id,
            last_index: job.last_index,
            last_logged_at: job.last_logged_at.value(),
            verdict: outcome.and_then(|outcome| Some(outcome.verdict?.as_str())),
            check: outcome.and_then(|outcome| outcome.check.as_deref()),
            code: outcome.map(|outcome| outcome.code.as_str()),
            message: outcome.map(|outcome| outcome.message.as_str()),
            assessed_at: record.as_ref().map(|record| record.assessed_at),
            gateway_receipts: record.as_ref().map(|record| record.summary.gateway_receipts),
            models: record.as_ref().map(|record| record.summary.models.as_slice()),
        }
    })
}

pub(super) fn ndjson(found: &Found) -> Result<Response, PageError> {
    let mut text = String::new();
    for line in lines(found) {
        let line = serde_json::to_string(&line).map_err(|error| PageError::Internal(error.to_string()))?;
        text.push_str(&line);
        text.push('\n');
    }
    Ok(attached("application/x-ndjson", "jobs.ndjson", text))
}

pub(super) fn csv(found: &Found) -> Result<Response, PageError> {
    let failed = |error: csv::Error| PageError::Internal(error.to_string());
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record([
            "job_id",
            "last_index",
            "last_logged_at",
            "verdict",
            "check",
            "code",
            "message",
            "assessed_at",
            "gateway_receipts",
            "models",
        ])
        .map_err(failed)?;
    for line in lines(found) {
        let number = |value: Option<u64>| value.map(|value| value.to_string()).unwrap_or_default();
        let models = line.models.unwrap_or_default().join(" ");
        writer
            .write_record([
                inert(line.job_id).as_str(),
                &line.last_index.value().to_string(),
                &line.last_logged_at.to_string(),
                line.verdict.unwrap_or_default(),
                line.check.unwrap_or_default(),
                line.code.unwrap_or_default(),
                inert(line.message.unwrap_or_default()).as_str(),
                &number(line.assessed_at.map(TreeSize::value)),
                &number(line.gateway_receipts),
                inert(&models).as_str(),
            ])
            .map_err(failed)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| PageError::Internal(error.to_string()))?;
    Ok(attached("text/csv; charset=utf-8", "jobs.csv", bytes))
}

/// Text from evidence for a spreadsheet: with what nobody sees made visible, and with an apostrophe before it where it
/// would be taken for a formula, in the wide forms of the signs, too.
fn inert(text: &str) -> String {
    const SIGNS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    let formula = invisible::without(text).trim_start().starts_with(SIGNS);
    let quote = if formula { "'" } else { "" };
    format!("{quote}{}", shown::line(text))
}

fn attached(media_type: &'static str, name: &str, body: impl IntoResponse) -> Response {
    let headers = [
        (CONTENT_TYPE, media_type.to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, body).into_response()
}
