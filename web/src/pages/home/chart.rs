//! Jobs by verdict over time, as stacked bars: filled, hatched and hollow, so that no colour is needed.

use std::collections::BTreeMap;

use ledger::projection::{JobRecord, Verdict};

use crate::model::verdict::State;
use crate::text::{Time, grouped};

/// Bars of the chart.
const BARS_MAX: u64 = 24;
const WIDTH: u64 = 1080;
const LEFT: u64 = 44;
const TOP: u64 = 16;
const HEIGHT: u64 = 120;

/// Lengths of a bar (ms), and their names.
const UNITS: [(u64, &str); 7] = [
    (1_000, "second"),
    (60_000, "minute"),
    (3_600_000, "hour"),
    (86_400_000, "day"),
    (604_800_000, "week"),
    (2_592_000_000, "30 days"),
    (31_536_000_000, "365 days"),
];

/// Verdicts in the order in which they are stacked, from the bottom; the last is none.
const STACK: [Option<Verdict>; 4] = [
    Some(Verdict::Pass),
    Some(Verdict::Incomplete),
    Some(Verdict::Fail),
    None,
];

/// One verdict's share of a bar.
pub(super) struct Piece {
    pub(super) y: u64,
    pub(super) height: u64,
    pub(super) class: &'static str,
    /// Whether it is hatched as well.
    pub(super) hatched: bool,
}

/// One bar, and its row in the table beside the chart.
pub(super) struct Bar {
    pub(super) x: u64,
    pub(super) width: u64,
    pub(super) pieces: Vec<Piece>,
    pub(super) from: Time,
    /// In the order of the legend.
    pub(super) counts: Vec<String>,
}

/// A verdict with its count over all bars.
pub(super) struct Total {
    pub(super) state: State,
    pub(super) count: String,
    pub(super) class: &'static str,
    pub(super) hatched: bool,
    pub(super) href: Option<String>,
}

/// See the module.
pub(super) struct Chart {
    pub(super) width: u64,
    pub(super) height: u64,
    pub(super) base: u64,
    pub(super) top: u64,
    pub(super) left: u64,
    pub(super) bars: Vec<Bar>,
    pub(super) totals: Vec<Total>,
    pub(super) most: String,
    pub(super) unit: &'static str,
    pub(super) words: String,
}

type Counts = [u64; STACK.len()];

/// `None` where there is no job to draw.
pub(super) fn of(jobs: &[JobRecord]) -> Option<Chart> {
    let times = || jobs.iter().map(|job| job.last.logged_at.value());
    let (first, last) = times().min().zip(times().max())?;
    let (length, unit) = UNITS
        .into_iter()
        .find(|(length, _)| last / length - first / length < BARS_MAX)
        .unwrap_or((31_536_000_000, "365 days"));
    let mut bins: BTreeMap<u64, Counts> = BTreeMap::new();
    let mut all = Counts::default();
    for job in jobs {
        let bin = bins.entry(job.last.logged_at.value() / length).or_default();
        for (slot, verdict) in STACK.iter().enumerate() {
            let one = u64::from(*verdict == job.outcome.verdict);
            for counts in [&mut *bin, &mut all] {
                if let Some(count) = counts.get_mut(slot) {
                    *count += one;
                }
            }
        }
    }
    let most = bins.values().map(|counts| counts.iter().sum::<u64>()).max()?;
    let begin = first / length;
    let slots = (last / length - begin + 1).clamp(6, BARS_MAX);
    let step = (WIDTH - LEFT - 12) / slots;
    let bars = bins
        .iter()
        .rev()
        .filter(|(bin, _)| **bin - begin < BARS_MAX)
        .map(|(bin, counts)| Bar {
            x: LEFT + (bin - begin) * step + 4,
            width: step.saturating_sub(8).min(72),
            pieces: pieces(counts, most),
            from: Time::new(verifier::index::TimestampMs::new(bin * length)),
            counts: counts.iter().map(|count| grouped(*count)).collect(),
        })
        .collect();
    let totals: Vec<Total> = STACK.iter().zip(all).map(total).collect();
    let words: Vec<String> = totals
        .iter()
        .map(|total| format!("{} {}", total.count, total.state.word))
        .collect();
    Some(Chart {
        width: WIDTH,
        height: TOP + HEIGHT + 26,
        base: TOP + HEIGHT,
        top: TOP,
        left: LEFT,
        bars,
        totals,
        most: grouped(most),
        unit,
        words: words.join(", "),
    })
}

fn class(verdict: Option<Verdict>) -> (&'static str, bool) {
    match verdict {
        Some(Verdict::Pass) => ("bar-pass", false),
        Some(Verdict::Incomplete) => ("bar-incomplete", false),
        Some(Verdict::Fail) => ("bar-fail", true),
        None => ("bar-none", false),
    }
}

fn pieces(counts: &Counts, most: u64) -> Vec<Piece> {
    let mut top = TOP + HEIGHT;
    let mut pieces = Vec::new();
    for (verdict, count) in STACK.iter().zip(counts).filter(|(_, count)| **count > 0) {
        let height = (count * HEIGHT / most.max(1)).max(2);
        top = top.saturating_sub(height);
        let (class, hatched) = class(*verdict);
        pieces.push(Piece {
            y: top,
            height,
            class,
            hatched,
        });
    }
    pieces
}

fn total((verdict, count): (&Option<Verdict>, u64)) -> Total {
    let (class, hatched) = class(*verdict);
    Total {
        state: verdict.map_or(State::NO_VERDICT, State::from),
        count: grouped(count),
        class,
        hatched,
        href: verdict.map(|verdict| format!("/jobs?verdict={}", verdict.as_str())),
    }
}
