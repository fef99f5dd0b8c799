//! The list as a file: NDJSON with the members of `/v1/jobs`, CSV for spreadsheets.

use std::collections::BTreeSet;

use ledger::reader::JobSummary;
use ledger_query::projection::{JobRecord, JobState, Summary, Verdict};
use serde::Serialize;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};

use crate::export::Item;
use crate::text::Time;

/// One job; what is not known of it yet is left out of JSON, and empty in CSV.
#[derive(Serialize)]
pub(super) struct Line {
    job_id: String,
    last_index: LeafIndex,
    last_logged_at: TimestampMs,
    #[serde(flatten)]
    judged: Option<Judged>,
}

#[derive(Serialize)]
struct Judged {
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<JobState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<Verdict>,
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'static str>,
    code: String,
    message: String,
    assessed_at: TreeSize,
    first_logged_at: TimestampMs,
    alarms: BTreeSet<String>,
    summary: Summary,
}

impl Line {
    pub(super) fn new(job: JobSummary, record: Option<JobRecord>) -> Self {
        Self {
            job_id: job.job_id,
            last_index: job.last_index,
            last_logged_at: job.last_logged_at,
            judged: record.map(Judged::from),
        }
    }
}

impl From<JobRecord> for Judged {
    fn from(record: JobRecord) -> Self {
        Self {
            state: record.state(),
            verdict: record.outcome.verdict,
            title: record.outcome.title(),
            check: record.outcome.check,
            code: record.outcome.code,
            message: record.outcome.message,
            assessed_at: record.assessed_at,
            first_logged_at: record.first.logged_at,
            alarms: record.alarms.into_iter().map(|alarm| alarm.code).collect(),
            summary: record.summary,
        }
    }
}

impl Item for Line {
    const COLUMNS: &'static [&'static str] = &[
        "job_id",
        "last_index",
        "last_logged_at",
        "first_logged_at",
        "state",
        "verdict",
        "check",
        "title",
        "code",
        "message",
        "alarms",
        "assessed_at",
        "gateway_receipts",
        "tokens_input",
        "tokens_output",
        "models",
        "tools",
        "agents",
        "people",
        "policies",
        "tokens",
        "runs",
        "cut",
    ];

    fn cells(&self) -> Vec<String> {
        let mut cells = vec![
            self.job_id.clone(),
            self.last_index.to_string(),
            Time::new(self.last_logged_at).iso,
        ];
        let Some(judged) = &self.judged else {
            cells.resize(Self::COLUMNS.len(), String::new());
            return cells;
        };
        let summary = &judged.summary;
        let listed = |values: &[String]| values.join("; ");
        let alarms: Vec<&str> = judged.alarms.iter().map(String::as_str).collect();
        cells.extend([
            Time::new(judged.first_logged_at).iso,
            judged.state.map_or("", JobState::as_str).to_owned(),
            judged.verdict.map_or("", Verdict::as_str).to_owned(),
            judged.check.clone().unwrap_or_default(),
            judged.title.unwrap_or_default().to_owned(),
            judged.code.clone(),
            judged.message.clone(),
            alarms.join("; "),
            judged.assessed_at.to_string(),
            summary.gateway_receipts.to_string(),
            summary.tokens_input.to_string(),
            summary.tokens_output.to_string(),
            listed(&summary.models),
            listed(&summary.tools),
            listed(&summary.agents),
            listed(&summary.people),
            listed(&summary.policies),
            listed(&summary.tokens),
            listed(&summary.runs),
            summary.cut.to_string(),
        ]);
        cells
    }
}
