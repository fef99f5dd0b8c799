//! Where the columns and lanes of a picture lie, and what stands in them.

use std::collections::BTreeMap;

use super::{LaneMark, MarkShape, Tick};

/// Most labels that are drawn next to marks.
const LABELS_SHOWN: usize = 12;
/// What the pictures of one kind have in common, in pixels.
pub(crate) struct LaneFrame {
    pub(crate) width: usize,
    /// Room right of the last column.
    right: usize,
    /// From here on the labels of cuts stand left of their lines.
    pub(super) turn: usize,
    lane_height: usize,
    /// Columns at most; entries beyond share them.
    pub(crate) columns_max: usize,
    /// Entries up to which each has a text below.
    pub(crate) numbered_max: usize,
    pub(super) is_narrow: bool,
    /// Where the columns begin.
    pub(crate) left: usize,
    /// Middle of the first lane.
    pub(crate) top: usize,
    /// Base line of the lowest row of labels of cuts.
    pub(crate) label: usize,
    /// Top of the band behind the lanes.
    pub(crate) band: usize,
}

impl LaneFrame {
    /// For a phone: the names of lanes stand above them, and fewer entries have a column of their own.
    pub(crate) const NARROW: Self = Self {
        width: 280,
        right: 26,
        turn: 140,
        lane_height: 44,
        columns_max: 10,
        numbered_max: 5,
        is_narrow: true,
        left: 20,
        top: 54,
        label: 14,
        band: 22,
    };

    /// For a desk, with room for names on the left.
    pub(crate) const fn wide(left: usize, top: usize, label: usize, band: usize) -> Self {
        Self {
            width: 1080,
            right: 40,
            turn: 810,
            lane_height: 36,
            columns_max: 48,
            numbered_max: 24,
            is_narrow: false,
            left,
            top,
            label,
            band,
        }
    }
}

/// Where columns and lanes lie.
pub(crate) struct LaneLayout<'a> {
    pub(super) frame: &'a LaneFrame,
    items: usize,
    columns: usize,
    step: usize,
}

impl<'a> LaneLayout<'a> {
    /// For that many entries. `spare`: columns kept free after the last entry.
    pub(crate) fn new(frame: &'a LaneFrame, items: usize, spare: usize) -> Self {
        let columns = items.min(frame.columns_max);
        let room = frame.width.saturating_sub(frame.left + frame.right);
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
        self.frame.top + lane * self.frame.lane_height
    }
}

/// One entry of a picture.
pub(crate) struct LaneItem<'a> {
    /// Counted from above.
    pub(crate) lane: usize,
    pub(crate) shape: MarkShape,
    pub(crate) label: &'a str,
}

/// One mark for all entries of a column, lane and shape; the label is that of the first.
pub(crate) fn marks<'a>(items: impl Iterator<Item = LaneItem<'a>>, places: &LaneLayout<'_>) -> Vec<LaneMark> {
    let mut together: BTreeMap<(usize, usize, MarkShape), (usize, &str)> = BTreeMap::new();
    for (position, item) in items.enumerate() {
        let place = (places.x(position), places.y(item.lane), item.shape);
        together.entry(place).or_insert((0, item.label)).0 += 1;
    }
    let mut labels = 0;
    let mark = |((x, y, shape), (many, label)): ((usize, usize, MarkShape), (usize, &str))| {
        labels += usize::from(!label.is_empty());
        LaneMark {
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
pub(crate) fn ticks(places: &LaneLayout<'_>, text: impl Fn(usize) -> Option<String>) -> Vec<Tick> {
    let items = places.items;
    let mut positions: Vec<usize> = if items <= places.frame.numbered_max {
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
