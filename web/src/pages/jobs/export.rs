//! The list as a file: NDJSON with the members of `/v1/jobs`, CSV for spreadsheets.

use ledger_query::jobs::ExportedJob;
use ledger_query::projection::{JobState, Verdict};

use crate::export::ExportItem;
use crate::text::Time;

/// What is not known of a job yet is left out of JSON, and empty in CSV.
impl ExportItem for ExportedJob {
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
