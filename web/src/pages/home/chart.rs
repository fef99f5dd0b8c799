//! Jobs by verdict over time, as stacked bars: filled, hatched and hollow, so that no colour is needed.

use ledger::projection::{Counts, OverTime, PeriodCounts, Unit, Verdict};

use crate::model::verdict::State;
use crate::text::{Time, counted, grouped};

/// Bars of the chart: a day and a half of hours, a month of days, three years of months.
pub(super) const BARS_MAX: usize = 36;
const WIDTH: u64 = 1080;
const LEFT: u64 = 44;
const RIGHT: u64 = 12;
const TOP: u64 = 16;
const HEIGHT: u64 = 120;
/// Bars for which there is room at least: few bars are not as wide as many.
const SLOTS_MIN: u64 = 6;
const BAR_WIDTH_MAX: u64 = 72;
/// Width that the text under a bar takes.
const LABEL_WIDTH: u64 = 110;

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
    /// `2026-02-11`: as much of the time as the length of a bar leaves.
    pub(super) from: String,
    /// Whether that stands under the bar.
    pub(super) is_labelled: bool,
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
    pub(super) right: u64,
    /// In order of time.
    pub(super) bars: Vec<Bar>,
    pub(super) totals: Vec<Total>,
    pub(super) most: String,
    pub(super) unit: &'static str,
    pub(super) words: String,
    /// Whether the bars reach to its right end, where the newest one is.
    pub(super) is_full: bool,
    /// All that are drawn.
    pub(super) jobs: String,
    /// Whether some began before the first bar.
    pub(super) earlier: bool,
    /// The tree size up to which this server has judged.
    pub(super) as_of: String,
}

/// Draws what the projection counted.
pub(super) fn of(jobs: &OverTime) -> Chart {
    let most = jobs.periods.iter().map(|period| period.counts.total()).max();
    let most = most.unwrap_or_default();
    let bars = u64::try_from(jobs.periods.len()).unwrap_or(u64::MAX);
    let step = (WIDTH - LEFT - RIGHT) / bars.max(SLOTS_MIN);
    // Only as many labels as stand beside each other.
    let labelled = LABEL_WIDTH.div_ceil(step.max(1));
    let bar = |(place, period): (u64, &PeriodCounts)| {
        let x = LEFT + place * step + 4;
        Bar {
            x,
            width: step.saturating_sub(8).clamp(4, BAR_WIDTH_MAX),
            pieces: pieces(&period.counts, most),
            from: from(jobs.unit, period),
            is_labelled: place % labelled == 0 && x + LABEL_WIDTH <= WIDTH,
            counts: STACK.map(|verdict| grouped(period.counts.of(verdict))).to_vec(),
        }
    };
    let sum = |verdict| jobs.periods.iter().map(|period| period.counts.of(verdict)).sum();
    let totals: Vec<Total> = STACK
        .iter()
        .map(|&verdict| total(verdict, sum(verdict)))
        .collect();
    let words: Vec<String> = totals
        .iter()
        .map(|total| format!("{} {}", total.count, total.state.word))
        .collect();
    let all = jobs.periods.iter().map(|period| period.counts.total()).sum();
    Chart {
        width: WIDTH,
        height: TOP + HEIGHT + 26,
        base: TOP + HEIGHT,
        top: TOP,
        left: LEFT,
        right: WIDTH - RIGHT,
        bars: (0..).zip(&jobs.periods).map(bar).collect(),
        totals,
        most: grouped(most),
        unit: name(jobs.unit),
        words: words.join(", "),
        is_full: bars >= SLOTS_MIN,
        jobs: counted(all, "job", "jobs"),
        earlier: jobs.earlier,
        as_of: grouped(jobs.as_of.value()),
    }
}

const fn name(unit: Unit) -> &'static str {
    match unit {
        Unit::Hour => "hour",
        Unit::Day => "day",
        Unit::Month => "month",
        Unit::Year => "year",
    }
}

fn from(unit: Unit, period: &PeriodCounts) -> String {
    let characters = match unit {
        Unit::Hour => "2026-02-11 14:00".len(),
        Unit::Day => "2026-02-11".len(),
        Unit::Month => "2026-02".len(),
        Unit::Year => "2026".len(),
    };
    let text = Time::new(period.begin).text;
    text.get(..characters).unwrap_or(&text).to_owned()
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
    for verdict in STACK {
        let count = counts.of(verdict);
        if count == 0 {
            continue;
        }
        // Of ten thousand jobs the one that failed is seen.
        let height = (count.saturating_mul(HEIGHT) / most.max(1)).max(2);
        top = top.saturating_sub(height);
        let (class, hatched) = class(verdict);
        pieces.push(Piece {
            y: top,
            height,
            class,
            hatched,
        });
    }
    pieces
}

fn total(verdict: Option<Verdict>, count: u64) -> Total {
    let (class, hatched) = class(verdict);
    Total {
        state: verdict.map_or(State::NO_VERDICT, State::from),
        count: grouped(count),
        class,
        hatched,
        href: verdict.map(|verdict| format!("/jobs?verdict={}", verdict.as_str())),
    }
}
