//! The numbers of the ledger and of the list of verdicts.

use ledger::handle::Ledger;
use ledger::metrics::Snapshot;
use ledger_query::QueryEngine;
use ledger_query::projection::Projection;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

const MS_PER_S: u64 = 1_000;

/// Reads the ledger's numbers at each scrape.
#[derive(Debug)]
pub(crate) struct LedgerNumbers {
    ledger: Ledger,
    engine: QueryEngine,
}

impl LedgerNumbers {
    pub(crate) fn new(ledger: Ledger, engine: QueryEngine) -> Self {
        Self { ledger, engine }
    }
}

impl Collector for LedgerNumbers {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let numbers = self.ledger.metrics();
        let projection = self.engine.projection().map(Projection::numbers);
        let projection = projection.unwrap_or_default();
        let lag = numbers.tree_size.saturating_sub(projection.projected_to);
        let projected = [
            (
                "projected_to",
                "Size up to which the list of verdicts is made",
                projection.projected_to,
                "entries",
            ),
            (
                "projection_lag",
                "Entries that the list of verdicts is behind the newest checkpoint",
                lag,
                "entries",
            ),
        ];
        for (name, help, value, unit) in gauges(&numbers).into_iter().chain(projected) {
            let unit = Unit::Other(unit.to_owned());
            let gauge = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
            write(&mut encoder, name, help, Some(&unit), &gauge)?;
        }
        let counters = [
            ("batches", "Batches since the start", numbers.batches),
            ("entries_logged", "New entries since the start", numbers.entries),
            (
                "submissions_known",
                "Submissions answered with an earlier entry since the start",
                numbers.duplicates,
            ),
            (
                "conflicts",
                "Contradicting statements logged since the start",
                numbers.conflicts,
            ),
            (
                "submissions_refused",
                "Refused submissions since the start",
                numbers.refused,
            ),
            (
                "projection_assessments",
                "Jobs assessed for the list of verdicts since the start",
                projection.assessed,
            ),
            (
                "projection_failures",
                "Jobs that could not be assessed for the list of verdicts since the start",
                projection.failed,
            ),
            (
                "projection_rebuilds",
                "How often the list of verdicts was begun anew since the start",
                projection.rebuilt,
            ),
        ];
        for (name, help, value) in counters {
            write(&mut encoder, name, help, None, &ConstCounter::new(value))?;
        }
        let seconds = ConstCounter::new(numbers.commit_seconds);
        write(
            &mut encoder,
            "commit_duration",
            "Time spent in commits since the start",
            Some(&Unit::Seconds),
            &seconds,
        )
    }
}

/// Name, meaning, value and unit of what the ledger counts.
fn gauges(numbers: &Snapshot) -> [(&'static str, &'static str, u64, &'static str); 7] {
    [
        (
            "tree_size",
            "Entries under the newest checkpoint",
            numbers.tree_size,
            "entries",
        ),
        (
            "checkpoint_time",
            "Time of the newest checkpoint since the Unix epoch",
            numbers.head_time_ms / MS_PER_S,
            "seconds",
        ),
        (
            "indexed_to",
            "Size up to which index rows are merged",
            numbers.indexed_to,
            "entries",
        ),
        (
            "index_covered",
            "Entries that the newest index.root covers",
            numbers.index_covered,
            "entries",
        ),
        (
            "queue_length",
            "Submissions that wait for the sequencer",
            numbers.queue_length,
            "submissions",
        ),
        (
            "clock_paused",
            "1 while sequencing is paused by the clock rule",
            u64::from(numbers.clock_paused),
            "bool",
        ),
        (
            "log_frozen",
            "1 once the log was closed for good",
            u64::from(numbers.frozen),
            "bool",
        ),
    ]
}

fn write(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    unit: Option<&Unit>,
    metric: &impl EncodeMetric,
) -> Result<(), std::fmt::Error> {
    let metric_encoder = encoder.encode_descriptor(name, help, unit, metric.metric_type())?;
    metric.encode(metric_encoder)
}
