//! The job in log order as a picture: lanes of marks, cut by revocations and halts. However many entries a job
//! has, the number of marks is bounded: entries that stand next to each other share one.

mod items;

use std::collections::{BTreeMap, BTreeSet};

use verifier::index::LeafIndex;

pub(super) use items::after;
use items::{Item, LANES};

use super::judged::Judged;
use super::parts::Part;
use super::said::Said;
use crate::text::{Time, grouped};

/// Columns of the picture.
const COLUMNS_MAX: usize = 48;
/// Entries up to which each has its own column and its number below.
const NUMBERED_MAX: usize = 24;
/// Cuts with a line and a label; the evidence table has all.
const CUTS_SHOWN: usize = 8;
/// Labels of uses after a cut.
const LABELS_SHOWN: usize = 12;
const LEFT: usize = 132;
const WIDTH: usize = 1080;
const TOP: usize = 34;
const LANE_HEIGHT: usize = 36;

/// What a mark looks like. Each state has a shape of its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Shape {
    /// An act of a registered signer.
    Act,
    /// A use by a registered signer's word.
    Use,
    /// The agent's own word.
    SelfReported,
    /// It decides nothing.
    Loose,
    /// A denied call.
    Denied,
    /// What a check is open about.
    Open,
    /// What fails a check.
    Bad,
}

/// One mark: one entry, or several that stand next to each other.
pub(super) struct Mark {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) shape: Shape,
    /// `×12` where it stands for several.
    pub(super) many: String,
    /// `+2.0 s` after a revocation.
    pub(super) label: String,
}

/// A lane with its place.
pub(super) struct Lane {
    pub(super) name: &'static str,
    pub(super) y: usize,
}

/// A revocation or halt.
pub(super) struct Cut {
    pub(super) x: usize,
    pub(super) text: String,
    /// Whether the text stands left of the line.
    pub(super) left: bool,
}

/// A text below the lanes.
pub(super) struct Tick {
    pub(super) x: usize,
    pub(super) text: String,
}

/// See the module.
pub(super) struct Timeline {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) left: usize,
    pub(super) bottom: usize,
    pub(super) lanes: Vec<Lane>,
    pub(super) marks: Vec<Mark>,
    pub(super) cuts: Vec<Cut>,
    pub(super) ticks: Vec<Tick>,
    /// The picture in words.
    pub(super) words: String,
    /// Whether marks stand for several entries.
    pub(super) merged: bool,
}

pub(super) fn of(judged: &Judged, said: &Said, listed: &BTreeMap<LeafIndex, Part>) -> Timeline {
    let items = items::of(judged, said, listed);
    let places = Places::of(&items);
    let lanes = places.lanes.iter().filter_map(|lane| {
        Some(Lane {
            name: LANES.get(*lane)?,
            y: places.y(*lane),
        })
    });
    let bottom = TOP + places.lanes.len().saturating_sub(1) * LANE_HEIGHT + 18;
    Timeline {
        width: WIDTH,
        height: bottom + 42,
        left: LEFT,
        bottom,
        lanes: lanes.collect(),
        marks: marks(&items, &places),
        cuts: cuts(&items, &places),
        ticks: ticks(judged, &items, &places),
        words: items::words(judged, &items),
        merged: items.len() > places.columns,
    }
}

/// Where columns and lanes lie.
struct Places {
    items: usize,
    columns: usize,
    /// The lanes in use.
    lanes: BTreeSet<usize>,
}

impl Places {
    fn of(items: &[Item]) -> Self {
        Self {
            items: items.len(),
            columns: items.len().min(COLUMNS_MAX),
            lanes: items.iter().map(|item| item.lane).collect(),
        }
    }

    fn x(&self, position: usize) -> usize {
        let step = (WIDTH - LEFT - 40).checked_div(self.columns).unwrap_or_default();
        let column = (position * self.columns)
            .checked_div(self.items)
            .unwrap_or_default();
        LEFT + column * step + step / 2
    }

    fn y(&self, lane: usize) -> usize {
        TOP + self.lanes.range(..lane).count() * LANE_HEIGHT
    }
}

fn cuts(items: &[Item], places: &Places) -> Vec<Cut> {
    let cut = |(position, item): (usize, &Item)| {
        let x = places.x(position);
        Some(Cut {
            x,
            text: format!("{}, entry {}", item.cut?, grouped(item.index.value())),
            left: x > WIDTH * 3 / 4,
        })
    };
    items
        .iter()
        .enumerate()
        .filter_map(cut)
        .take(CUTS_SHOWN)
        .collect()
}

/// One mark for all entries of a column, lane and shape; the label is that of the first.
fn marks(items: &[Item], places: &Places) -> Vec<Mark> {
    let mut found: BTreeMap<(usize, usize, Shape), (usize, &str)> = BTreeMap::new();
    for (position, item) in items.iter().enumerate() {
        let place = (places.x(position), places.y(item.lane), item.shape);
        found.entry(place).or_insert((0, &item.label)).0 += 1;
    }
    let mut labels = 0;
    found
        .into_iter()
        .map(|((x, y, shape), (many, label))| {
            labels += usize::from(!label.is_empty());
            Mark {
                x,
                y,
                shape,
                many: if many > 1 {
                    format!("×{many}")
                } else {
                    String::new()
                },
                label: Some(label)
                    .filter(|_| labels <= LABELS_SHOWN)
                    .unwrap_or_default()
                    .to_owned(),
            }
        })
        .collect()
}

/// Entry numbers where there is room for them, else times at both ends.
fn ticks(judged: &Judged, items: &[Item], places: &Places) -> Vec<Tick> {
    if items.len() <= NUMBERED_MAX {
        let tick = |(position, item): (usize, &Item)| Tick {
            x: places.x(position),
            text: grouped(item.index.value()),
        };
        return items.iter().enumerate().map(tick).collect();
    }
    let mut positions = vec![0, items.len() / 2, items.len().saturating_sub(1)];
    positions.dedup();
    positions
        .into_iter()
        .filter_map(|position| {
            let item = items.get(position)?;
            let record = judged.closure.records.get(&item.index)?;
            let time = Time::new(record.entry.logged_at).text;
            let clock = time.split_once(' ').map_or(time.as_str(), |(_, clock)| clock);
            Some(Tick {
                x: places.x(position),
                text: format!("{} · {clock}", grouped(item.index.value())),
            })
        })
        .collect()
}

impl Shape {
    /// In words, for the legend.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Act => "act of a registered signer",
            Self::Use => "use, by a registered signer's word",
            Self::SelfReported => "self-reported by the agent",
            Self::Loose => "decides nothing",
            Self::Denied => "denied",
            Self::Open => "a check is open about it",
            Self::Bad => "fails a check",
        }
    }

    pub(super) const ALL: [Self; 7] = [
        Self::Act,
        Self::Use,
        Self::SelfReported,
        Self::Loose,
        Self::Denied,
        Self::Open,
        Self::Bad,
    ];
}

impl Timeline {
    /// The shapes that stand in the picture.
    pub(super) fn legend(&self) -> Vec<Shape> {
        Shape::ALL
            .into_iter()
            .filter(|shape| self.marks.iter().any(|mark| mark.shape == *shape))
            .collect()
    }

    /// Whether something in the picture fails a check: a halt after which nothing was done is in order.
    pub(super) fn is_bad(&self) -> bool {
        self.marks.iter().any(|mark| mark.shape == Shape::Bad)
    }

    /// What follows the first cut, where something is wrong.
    pub(super) fn after_cut(&self) -> Option<(usize, usize)> {
        let first = self
            .cuts
            .iter()
            .map(|cut| cut.x)
            .min()
            .filter(|_| self.is_bad())?;
        Some((first, self.width.saturating_sub(first).saturating_sub(20)))
    }
}
