//! Jobs by verdict over time, as stacked bars: filled, hatched and hollow, so that no colour is needed.

use ledger_query::projection::{Counts, CountsOverTime, JobState, PeriodCounts, Unit};

use crate::model::verdict::VerdictState;
use crate::text::{Time, counted, grouped};

/// Bars of the chart: a day and a half of hours, a month of days, three years of months.
pub(super) const BARS_MAX: usize = 36;
const TOP: u64 = 16;
const HEIGHT: u64 = 120;
/// Bars for which there is room at least: few bars are not as wide as many.
const SLOTS_MIN: u64 = 6;

/// Where bars lie, in pixels.
struct ChartFrame {
    width: u64,
    left: u64,
    right: u64,
    /// Between two bars.
    gap: u64,
    bar_width_max: u64,
    /// Width that the text under a bar takes.
    label_width: u64,
}

const WIDE: ChartFrame = ChartFrame {
    width: 1080,
    left: 44,
    right: 12,
    gap: 8,
    bar_width_max: 72,
    label_width: 110,
};
/// For a phone.
const NARROW: ChartFrame = ChartFrame {
    width: 280,
    left: 34,
    right: 4,
    gap: 2,
    bar_width_max: 28,
    label_width: 106,
};

/// Verdicts in the order in which they are stacked, from the bottom; the last is none.
const STACK: [Option<JobState>; 5] = [
    Some(JobState::Pass),
    Some(JobState::Running),
    Some(JobState::Incomplete),
    Some(JobState::Fail),
    None,
];

/// One verdict's share of a bar.
pub(super) struct BarPiece {
    pub(super) y: u64,
    pub(super) height: u64,
    pub(super) class: &'static str,
    /// Whether it is hatched as well.
    pub(super) hatched: bool,
}

/// One bar.
pub(super) struct Bar {
    pub(super) x: u64,
    pub(super) width: u64,
    pub(super) pieces: Vec<BarPiece>,
    /// Whether the time stands under the bar.
    pub(super) is_labelled: bool,
    /// `2026-02-11`: as much of the time as the length of a bar leaves.
    pub(super) from: String,
}

/// A bar's row in the table below the chart.
pub(super) struct ChartRow {
    pub(super) from: String,
    /// In the order of the legend.
    pub(super) counts: Vec<String>,
}

/// All bars, for one width of screen.
pub(super) struct ChartDrawing {
    pub(super) width: u64,
    pub(super) height: u64,
    pub(super) base: u64,
    pub(super) top: u64,
    pub(super) left: u64,
    pub(super) right: u64,
    /// In order of time.
    pub(super) bars: Vec<Bar>,
}

/// A verdict with its count over all bars.
pub(super) struct ChartTotal {
    pub(super) state: VerdictState,
    pub(super) count: String,
    pub(super) class: &'static str,
    pub(super) hatched: bool,
    pub(super) href: Option<String>,
}

/// Jobs by verdict over time, as stacked bars.
pub(super) struct Chart {
    pub(super) wide: ChartDrawing,
    pub(super) narrow: ChartDrawing,
    /// In order of time.
    pub(super) rows: Vec<ChartRow>,
    pub(super) totals: Vec<ChartTotal>,
    pub(super) most: String,
    pub(super) unit: &'static str,
    pub(super) words: String,
    /// All that are drawn.
    pub(super) jobs: String,
    /// Whether some began before the first bar.
    pub(super) earlier: bool,
    /// As of when this server has judged, in words.
    pub(super) as_of: String,
}

/// Draws what the projection counted; `as_of` in words.
pub(super) fn of(jobs: &CountsOverTime, as_of: String) -> Chart {
    let most = jobs.periods.iter().map(|period| period.counts.total()).max();
    let most = most.unwrap_or_default();
    let sum = |verdict| jobs.periods.iter().map(|period| period.counts.of(verdict)).sum();
    let totals: Vec<ChartTotal> = STACK
        .iter()
        .map(|&verdict| total(verdict, sum(verdict)))
        .collect();
    let words: Vec<String> = totals
        .iter()
        .map(|total| format!("{} {}", total.count, total.state.word))
        .collect();
    let all: u64 = jobs.periods.iter().map(|period| period.counts.total()).sum();
    Chart {
        wide: drawn(&WIDE, jobs, most),
        narrow: drawn(&NARROW, jobs, most),
        rows: jobs
            .periods
            .iter()
            .map(|period| ChartRow {
                from: from(jobs.unit, period),
                counts: STACK.map(|verdict| grouped(period.counts.of(verdict))).to_vec(),
            })
            .collect(),
        totals,
        most: grouped(most),
        unit: name(jobs.unit),
        words: words.join(", "),
        jobs: counted(all, "job", "jobs"),
        earlier: jobs.earlier,
        as_of,
    }
}

fn drawn(frame: &ChartFrame, jobs: &CountsOverTime, most: u64) -> ChartDrawing {
    let bars = u64::try_from(jobs.periods.len()).unwrap_or(u64::MAX);
    let step = (frame.width - frame.left - frame.right) / bars.max(SLOTS_MIN);
    // Only as many labels as fit next to each other.
    let labelled = frame.label_width.div_ceil(step.max(1));
    let bar = |(place, period): (u64, &PeriodCounts)| {
        let x = frame.left + place * step + frame.gap / 2;
        Bar {
            x,
            width: step.saturating_sub(frame.gap).clamp(4, frame.bar_width_max),
            pieces: pieces(&period.counts, most),
            from: from(jobs.unit, period),
            is_labelled: place % labelled == 0 && x + frame.label_width <= frame.width,
        }
    };
    ChartDrawing {
        width: frame.width,
        height: TOP + HEIGHT + 26,
        base: TOP + HEIGHT,
        top: TOP,
        left: frame.left,
        right: frame.width - frame.right,
        bars: (0..).zip(&jobs.periods).map(bar).collect(),
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

fn class(verdict: Option<JobState>) -> (&'static str, bool) {
    match verdict {
        Some(JobState::Pass) => ("bar-pass", false),
        Some(JobState::Running) => ("bar-running", false),
        Some(JobState::Incomplete) => ("bar-incomplete", false),
        Some(JobState::Fail) => ("bar-fail", true),
        None => ("bar-none", false),
    }
}

fn pieces(counts: &Counts, most: u64) -> Vec<BarPiece> {
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
        pieces.push(BarPiece {
            y: top,
            height,
            class,
            hatched,
        });
    }
    pieces
}

fn total(verdict: Option<JobState>, count: u64) -> ChartTotal {
    let (class, hatched) = class(verdict);
    ChartTotal {
        state: verdict.map_or(VerdictState::NO_VERDICT, VerdictState::from),
        count: grouped(count),
        class,
        hatched,
        href: verdict.map(|verdict| format!("/jobs?verdict={}", verdict.as_str())),
    }
}
