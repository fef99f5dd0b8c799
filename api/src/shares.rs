//! The numbers of connections and pools: how full they are, and how often they gave nothing.

use ledger_query::share::Pools;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of the connections, kept by the server that accepts them.
#[derive(Debug, Default)]
pub struct ConnectionNumbers {
    /// Open now.
    pub open: AtomicU64,
    /// Closed without a request under way, to make room for new ones, since the start.
    pub displaced: AtomicU64,
    /// Closed at once, since there was no room, since the start.
    pub turned_away: AtomicU64,
}

/// Reads pools and connections at each scrape.
#[derive(Debug)]
pub(crate) struct ShareNumbers {
    pools: Arc<Pools>,
    connections: Arc<ConnectionNumbers>,
}

impl ShareNumbers {
    pub(crate) fn new(pools: Arc<Pools>, connections: Arc<ConnectionNumbers>) -> Self {
        Self { pools, connections }
    }

    fn pools(&self, encoder: &mut DescriptorEncoder<'_>) -> std::fmt::Result {
        let pools = self.pools.numbers();
        let size = |amount: usize| i64::try_from(amount).unwrap_or(i64::MAX);
        let taken = pools
            .iter()
            .map(|pool| (pool.name, ConstGauge::new(size(pool.held))));
        family(encoder, "pool_held", "What is taken of a pool", taken)?;
        let capacity = pools
            .iter()
            .map(|pool| (pool.name, ConstGauge::new(size(pool.capacity))));
        family(encoder, "pool_capacity", "What there is of a pool", capacity)?;
        let refused = pools
            .iter()
            .map(|pool| (pool.name, ConstCounter::new(pool.refused)));
        let said = "Requests that a pool had no room for, or their caller no share left, since the start";
        family(encoder, "pool_refusals", said, refused)?;
        let abandoned = self
            .pools
            .gates()
            .map(|gate| (gate.numbers().name, ConstCounter::new(gate.abandoned())));
        let said = "Works that ended early or in vain since their caller left, since the start";
        family(encoder, "pool_abandoned", said, abandoned)
    }

    fn connections(&self, encoder: &mut DescriptorEncoder<'_>) -> std::fmt::Result {
        let of = |number: &AtomicU64| number.load(Ordering::Relaxed);
        let open = ConstGauge::new(i64::try_from(of(&self.connections.open)).unwrap_or(i64::MAX));
        single(encoder, "connections_open", "Connections that are open", &open)?;
        let displaced = ConstCounter::new(of(&self.connections.displaced));
        let help = "Connections without a request that were closed to make room, since the start";
        single(encoder, "connections_displaced", help, &displaced)?;
        let turned_away = ConstCounter::new(of(&self.connections.turned_away));
        let help = "Connections that were closed at once for want of room, since the start";
        single(encoder, "connections_turned_away", help, &turned_away)
    }
}

impl Collector for ShareNumbers {
    fn encode(&self, mut encoder: DescriptorEncoder) -> std::fmt::Result {
        self.pools(&mut encoder)?;
        self.connections(&mut encoder)
    }
}

/// One number for each pool.
fn family<M: EncodeMetric + prometheus_client::metrics::TypedMetric>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    numbers: impl Iterator<Item = (&'static str, M)>,
) -> std::fmt::Result {
    let mut metric = encoder.encode_descriptor(name, help, None, M::TYPE)?;
    for (pool, number) in numbers {
        number.encode(metric.encode_family(&[("pool", pool)])?)?;
    }
    Ok(())
}

fn single(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    number: &impl EncodeMetric,
) -> std::fmt::Result {
    number.encode(encoder.encode_descriptor(name, help, None, number.metric_type())?)
}
