//! An alarm in a file: the members of `/v1/alarms`, and the same as columns.

use ledger_query::projection::{Alarm, Source};
use serde::Serialize;
use verifier::index::{LeafIndex, TimestampMs};

use crate::export::Item;
use crate::text::Time;

/// One alarm.
#[derive(Serialize)]
pub(super) struct Line {
    code: String,
    source: Source,
    #[serde(skip_serializing_if = "Option::is_none")]
    job_id: Option<String>,
    message: String,
    entries: Vec<LeafIndex>,
    raised_index: LeafIndex,
    raised_at: TimestampMs,
    #[serde(skip_serializing_if = "Option::is_none")]
    offence_at: Option<TimestampMs>,
}

impl From<Alarm> for Line {
    fn from(alarm: Alarm) -> Self {
        Self {
            code: alarm.code,
            source: alarm.source,
            job_id: alarm.job_id,
            message: alarm.message,
            entries: alarm.entries,
            raised_index: alarm.raised.index,
            raised_at: alarm.raised.logged_at,
            offence_at: alarm.offence_at,
        }
    }
}

impl Item for Line {
    const COLUMNS: &'static [&'static str] = &[
        "code",
        "source",
        "job_id",
        "message",
        "entries",
        "raised_index",
        "raised_at",
        "offence_at",
    ];

    fn cells(&self) -> Vec<String> {
        let entries: Vec<String> = self.entries.iter().map(LeafIndex::to_string).collect();
        let source = match self.source {
            Source::Assessment => "assessment",
            Source::Log => "log",
        };
        vec![
            self.code.clone(),
            source.to_owned(),
            self.job_id.clone().unwrap_or_default(),
            self.message.clone(),
            entries.join("; "),
            self.raised_index.to_string(),
            Time::new(self.raised_at).iso,
            self.offence_at.map(|at| Time::new(at).iso).unwrap_or_default(),
        ]
    }
}
