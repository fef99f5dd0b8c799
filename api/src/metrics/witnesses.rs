//! The numbers of the log's witnesses; none where it has none.

use ledger::cosigning::WitnessState;
use ledger_query::QueryEngine;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;
use verifier::index::TreeSize;

/// Reads what is known of the witnesses at each scrape.
#[derive(Debug)]
pub(crate) struct WitnessNumbers(QueryEngine);

impl WitnessNumbers {
    pub(crate) fn new(engine: QueryEngine) -> Self {
        Self(engine)
    }
}

impl Collector for WitnessNumbers {
    fn encode(&self, mut encoder: DescriptorEncoder) -> std::fmt::Result {
        let Some(cosigning) = self.0.cosigning() else {
            return Ok(());
        };
        let size = self.0.published().head.tree.size;
        if let (Some(quorum), Some(age)) = (cosigning.quorum(), cosigning.quorum_age(self.0.now())) {
            let help = "Size of the newest checkpoint that enough witnesses cosigned";
            single(
                &mut encoder,
                "witness_quorum_size",
                help,
                &entries(),
                quorum.size.value(),
            )?;
            let help = "Time since enough witnesses last cosigned a checkpoint";
            single(
                &mut encoder,
                "witness_quorum_age",
                help,
                &Unit::Seconds,
                age.as_secs(),
            )?;
        }
        let witnesses = cosigning.witnesses();
        lags(&mut encoder, size, &witnesses)?;
        errors(&mut encoder, &witnesses)
    }
}

fn lags(encoder: &mut DescriptorEncoder<'_>, size: TreeSize, witnesses: &[WitnessState]) -> std::fmt::Result {
    let help = "Entries under the newest checkpoint that the witness did not cosign yet";
    let unit = entries();
    let mut metric = encoder.encode_descriptor("witness_lag", help, Some(&unit), MetricType::Gauge)?;
    for witness in witnesses {
        gauge(witness.lag(size))
            .encode(metric.encode_family(&[("witness", witness.witness.name.as_str())])?)?;
    }
    Ok(())
}

fn errors(encoder: &mut DescriptorEncoder<'_>, witnesses: &[WitnessState]) -> std::fmt::Result {
    let help = "1 for the code with which the last request to the witness failed";
    let mut metric = encoder.encode_descriptor("witness_error", help, None, MetricType::Gauge)?;
    for witness in witnesses {
        if let Some(code) = witness.last_error {
            let labels = [("witness", witness.witness.name.as_str()), ("code", code)];
            gauge(1).encode(metric.encode_family(&labels)?)?;
        }
    }
    Ok(())
}

fn entries() -> Unit {
    Unit::Other("entries".to_owned())
}

fn gauge(value: u64) -> ConstGauge<i64> {
    ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX))
}

fn single(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    unit: &Unit,
    value: u64,
) -> std::fmt::Result {
    gauge(value).encode(encoder.encode_descriptor(name, help, Some(unit), MetricType::Gauge)?)
}
