//! A token's life as a picture: issued, used by each job on a lane of its own, revoked, expired. Places follow the
//! log, not the clock; however many uses there are, the number of marks is bounded.

use std::collections::BTreeMap;

use verifier::assess::CheckStatus;
use verifier::index::{LeafIndex, TimestampMs};

use super::life::Life;
use super::uses::{Findings, TokenUse};
use crate::text::{grouped, shortened};

/// Columns of the picture, and those up to which each has its entry's number below.
const COLUMNS_MAX: usize = 48;
const NUMBERED_MAX: usize = 24;
/// Jobs with a lane of their own; the rest share one.
const LANES_MAX: usize = 7;
/// Characters of a job's name beside its lane.
const NAME_CHARACTERS_MAX: usize = 22;
/// Cuts and labels that are drawn.
const CUTS_SHOWN: usize = 4;
const LABELS_SHOWN: usize = 12;
const LEFT: usize = 190;
const WIDTH: usize = 1080;
const TOP: usize = 42;
const LANE_HEIGHT: usize = 36;

/// What a mark looks like. Each state has a shape of its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Shape {
    /// Issued or revoked.
    Act,
    /// A use in order.
    Use,
    /// A use about which `token.valid` is open.
    Open,
    /// A use against the rules.
    Bad,
    /// It names the token and is no use that counts.
    Loose,
}

impl Shape {
    pub(super) const ALL: [Self; 5] = [Self::Act, Self::Use, Self::Open, Self::Bad, Self::Loose];

    /// In words, for the legend.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Act => "issued or revoked",
            Self::Use => "use in order",
            Self::Open => "use that leaves token.valid open",
            Self::Bad => "use that fails token.valid",
            Self::Loose => "names the token, decides nothing",
        }
    }
}

/// One mark: one entry, or several that stand next to each other.
pub(super) struct Mark {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) shape: Shape,
    /// `×12` where it stands for several.
    pub(super) many: String,
    /// `+2.0 s` after the revocation.
    pub(super) label: String,
}

/// A lane with its place.
pub(super) struct Lane {
    pub(super) name: String,
    pub(super) y: usize,
}

/// A line through all lanes: a revocation, or the end of the token.
pub(super) struct Cut {
    pub(super) x: usize,
    pub(super) text: String,
    /// Whether the text stands left of the line.
    pub(super) left: bool,
    /// Whether it is the token's own end, and nobody's act.
    pub(super) is_expiry: bool,
}

/// A text below the lanes.
pub(super) struct Tick {
    pub(super) x: usize,
    pub(super) text: String,
}

/// See the module.
pub(super) struct Line {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) left: usize,
    pub(super) bottom: usize,
    pub(super) lanes: Vec<Lane>,
    pub(super) marks: Vec<Mark>,
    pub(super) cuts: Vec<Cut>,
    pub(super) ticks: Vec<Tick>,
    /// The span in which the token was good.
    pub(super) good: Option<(usize, usize)>,
    /// Whether marks stand for several entries.
    pub(super) merged: bool,
}

/// One entry of the picture.
struct Item {
    index: LeafIndex,
    /// `None` where only the document, which is not read here, says so.
    logged_at: Option<TimestampMs>,
    lane: usize,
    shape: Shape,
    revokes: bool,
    label: String,
}

impl Line {
    pub(super) fn of(life: &Life, page: &Findings<'_>) -> Self {
        let items = items(life, page);
        let columns = items.len().min(COLUMNS_MAX);
        // One column more, for the token's end where nothing was logged after it.
        let step = (WIDTH - LEFT - 40).checked_div(columns + 1).unwrap_or_default();
        let column_of = |position: usize| (position * columns).checked_div(items.len()).unwrap_or_default();
        let x_of = |position: usize| LEFT + column_of(position) * step + step / 2;
        let lanes = lanes(page);
        let bottom = TOP + lanes.len().saturating_sub(1) * LANE_HEIGHT + 18;
        let mut cuts: Vec<Cut> = Vec::new();
        for (position, item) in items.iter().enumerate().filter(|(_, item)| item.revokes) {
            if cuts.len() < CUTS_SHOWN {
                let text = format!("revoked, entry {}", grouped(item.index.value()));
                cuts.push(cut(x_of(position), text, false));
            }
        }
        if let Some(expires_at) = life.expires_at {
            let before = items.partition_point(|item| item.logged_at.is_none_or(|at| at <= expires_at));
            let x = LEFT + column_of(before.min(items.len())) * step + step / 2;
            let x = if before >= items.len() {
                LEFT + columns * step + step / 2
            } else {
                x.saturating_sub(step / 2)
            };
            cuts.push(cut(x, "expires".to_owned(), true));
        }
        let (marks, merged) = marks(&items, x_of);
        let begins = items
            .iter()
            .position(|item| item.shape == Shape::Act && !item.revokes);
        let ends = cuts.iter().map(|cut| cut.x).min();
        Self {
            width: WIDTH,
            height: bottom + 42,
            left: LEFT,
            bottom,
            good: begins
                .map(x_of)
                .zip(ends)
                .filter(|(begin, end)| begin < end)
                .map(|(begin, end)| (begin, end - begin)),
            lanes,
            ticks: ticks(&items, x_of),
            marks,
            cuts,
            merged,
        }
    }

    /// The shapes that stand in the picture.
    pub(super) fn legend(&self) -> Vec<Shape> {
        Shape::ALL
            .into_iter()
            .filter(|shape| self.marks.iter().any(|mark| mark.shape == *shape))
            .collect()
    }
}

fn cut(x: usize, text: String, is_expiry: bool) -> Cut {
    Cut {
        x,
        text,
        left: x > WIDTH * 3 / 4,
        is_expiry,
    }
}

fn lanes(page: &Findings<'_>) -> Vec<Lane> {
    let mut names = vec!["Issuer".to_owned()];
    let own = if page.jobs.len() > LANES_MAX {
        LANES_MAX - 1
    } else {
        page.jobs.len()
    };
    names.extend(
        page.jobs
            .iter()
            .take(own)
            .map(|job| shortened(&job.id, NAME_CHARACTERS_MAX)),
    );
    if page.jobs.len() > own {
        names.push("other jobs".to_owned());
    }
    if !page.unbound.is_empty() {
        names.push("no use that counts".to_owned());
    }
    let lane = |(position, name)| Lane {
        name,
        y: TOP + position * LANE_HEIGHT,
    };
    names.into_iter().enumerate().map(lane).collect()
}

fn items(life: &Life, page: &Findings<'_>) -> Vec<Item> {
    let act = |act: &super::life::Act, revokes| Item {
        index: act.index,
        logged_at: Some(act.logged_at),
        lane: 0,
        shape: Shape::Act,
        revokes,
        label: String::new(),
    };
    let revoked_at = |index: LeafIndex| {
        let mut acts = life.revoked_at.iter();
        acts.find(|act| act.index == index).map(|act| act.logged_at)
    };
    let shared = if page.jobs.len() > LANES_MAX {
        LANES_MAX
    } else {
        page.jobs.len()
    };
    let mut items: Vec<Item> = life.issued_at.iter().map(|issued| act(issued, false)).collect();
    items.extend(life.revoked_at.iter().map(|revoked| act(revoked, true)));
    items.extend(page.uses.iter().map(|used| {
        Item {
            index: used.at.index,
            logged_at: Some(used.at.logged_at),
            lane: 1 + used.job.min(shared.saturating_sub(1)),
            shape: shape(used),
            revokes: false,
            label: used
                .after(revoked_at)
                .map(|late| format!("+{}.{} s", grouped(late / 1_000), late % 1_000 / 100))
                .unwrap_or_default(),
        }
    }));
    items.extend(page.unbound.iter().map(|index| Item {
        index: *index,
        logged_at: None,
        lane: 1 + shared,
        shape: Shape::Loose,
        revokes: false,
        label: String::new(),
    }));
    items.sort_by_key(|item| item.index);
    items
}

fn shape(used: &TokenUse) -> Shape {
    match used.row.status() {
        CheckStatus::Fail => Shape::Bad,
        CheckStatus::Pass => Shape::Use,
        _ => Shape::Open,
    }
}

/// Marks, and whether one of them stands for several entries.
fn marks(items: &[Item], x_of: impl Fn(usize) -> usize) -> (Vec<Mark>, bool) {
    let mut together: BTreeMap<(usize, usize, Shape), (usize, &str)> = BTreeMap::new();
    for (position, item) in items.iter().enumerate() {
        let place = (x_of(position), TOP + item.lane * LANE_HEIGHT, item.shape);
        together.entry(place).or_insert((0, &item.label)).0 += 1;
    }
    let merged = together.values().any(|(many, _)| *many > 1);
    let mut labels = 0;
    let mark = |((x, y, shape), (many, label)): ((usize, usize, Shape), (usize, &str))| {
        let shown = !label.is_empty() && labels < LABELS_SHOWN;
        labels += usize::from(shown);
        Mark {
            x,
            y,
            shape,
            many: if many > 1 {
                format!("×{many}")
            } else {
                String::new()
            },
            label: if shown { label.to_owned() } else { String::new() },
        }
    };
    (together.into_iter().map(mark).collect(), merged)
}

/// Entry numbers: below each column while there is room, else below the first, the middle and the last.
fn ticks(items: &[Item], x_of: impl Fn(usize) -> usize) -> Vec<Tick> {
    let mut positions: Vec<usize> = if items.len() <= NUMBERED_MAX {
        (0..items.len()).collect()
    } else {
        vec![0, items.len() / 2, items.len().saturating_sub(1)]
    };
    positions.dedup();
    let tick = |position: usize| {
        Some(Tick {
            x: x_of(position),
            text: grouped(items.get(position)?.index.value()),
        })
    };
    positions.into_iter().filter_map(tick).collect()
}
