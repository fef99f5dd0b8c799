//! An alarm in a file: the members of `/v1/alarms`, and the same as columns.

use ledger_query::alarms::ExportedAlarm;
use ledger_query::projection::AlarmSource;
use verifier::index::LeafIndex;

use crate::export::ExportItem;
use crate::text::Time;

impl ExportItem for ExportedAlarm {
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
            AlarmSource::Assessment => "assessment",
            AlarmSource::Log => "log",
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
