//! Where the columns and lanes of a picture lie, and what stands in them.

use std::collections::BTreeMap;

use super::{Mark, Shape, Tick, WIDTH};

/// Columns of a picture.
pub(crate) const COLUMNS_MAX: usize = 48;
/// Entries up to which each has a text below.
pub(crate) const NUMBERED_MAX: usize = 24;
/// Labels beside marks.
const LABELS_SHOWN: usize = 12;
/// Room right of the last column.
const RIGHT: usize = 40;
const LANE_HEIGHT: usize = 36;

/// What the pictures of one page have in common, in pixels.
pub(crate) struct Frame {
    /// Where the columns begin.
    pub(crate) left: usize,
    /// Middle of the first lane.
    pub(crate) top: usize,
    /// Base line of the lowest row of labels of cuts.
    pub(crate) label: usize,
    /// Top of the band behind the lanes.
    pub(crate) band: usize,
}

/// Where columns and lanes lie.
pub(crate) struct Places<'a> {
    pub(super) frame: &'a Frame,
    items: usize,
    columns: usize,
    step: usize,
}

impl<'a> Places<'a> {
    /// For that many entries. `spare`: columns kept free after the last entry.
    pub(crate) fn new(frame: &'a Frame, items: usize, spare: usize) -> Self {
        let columns = items.min(COLUMNS_MAX);
        let room = WIDTH.saturating_sub(frame.left + RIGHT);
        Self {
            frame,
            items,
            columns,
            step: room.checked_div(columns + spare).unwrap_or_default(),
        }
    }

    /// Middle of the column of the entry at that position.
    pub(crate) fn x(&self, position: usize) -> usize {
        let column = (position * self.columns)
            .checked_div(self.items)
            .unwrap_or_default();
        self.frame.left + column * self.step + self.step / 2
    }

    /// Between an entry and the one before it; after the last entry, the middle of the first spare column.
    pub(crate) fn before(&self, position: usize) -> usize {
        if position < self.items {
            self.x(position).saturating_sub(self.step / 2)
        } else {
            self.x(self.items)
        }
    }

    /// Middle of a lane.
    pub(crate) const fn y(&self, lane: usize) -> usize {
        self.frame.top + lane * LANE_HEIGHT
    }
}

/// One entry of a picture.
pub(crate) struct Item<'a> {
    /// Counted from above.
    pub(crate) lane: usize,
    pub(crate) shape: Shape,
    pub(crate) label: &'a str,
}

/// One mark for all entries of a column, lane and shape; the label is that of the first.
pub(crate) fn marks<'a>(items: impl Iterator<Item = Item<'a>>, places: &Places<'_>) -> Vec<Mark> {
    let mut together: BTreeMap<(usize, usize, Shape), (usize, &str)> = BTreeMap::new();
    for (position, item) in items.enumerate() {
        let place = (places.x(position), places.y(item.lane), item.shape);
        together.entry(place).or_insert((0, item.label)).0 += 1;
    }
    let mut labels = 0;
    let mark = |((x, y, shape), (many, label)): ((usize, usize, Shape), (usize, &str))| {
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
            label: if labels <= LABELS_SHOWN { label } else { "" }.to_owned(),
        }
    };
    together.into_iter().map(mark).collect()
}

/// Texts below each column while there is room, else below the first, the middle and the last entry.
pub(crate) fn ticks(places: &Places<'_>, text: impl Fn(usize) -> Option<String>) -> Vec<Tick> {
    let items = places.items;
    let mut positions: Vec<usize> = if items <= NUMBERED_MAX {
        (0..items).collect()
    } else {
        vec![0, items / 2, items.saturating_sub(1)]
    };
    positions.dedup();
    let tick = |position| {
        Some(Tick {
            x: places.x(position),
            text: text(position)?,
        })
    };
    positions.into_iter().filter_map(tick).collect()
}
