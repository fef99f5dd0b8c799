//! Entries in log order as a picture: lanes of marks, lines that cut all lanes, texts below. However many entries
//! there are, the number of marks is bounded: entries that stand next to each other share one.

mod layout;

pub(crate) use layout::{LaneFrame, LaneItem, LaneLayout, marks, ticks};

use super::cut_labels;

/// What a mark looks like. Each state has a shape of its own; what it means on a page, that page's legend says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum MarkShape {
    /// An act.
    Act,
    /// A use in order.
    Use,
    /// Somebody's own word.
    SelfReported,
    /// It decides nothing.
    Loose,
    /// A denied call.
    Denied,
    /// What a check is open about.
    Open,
    /// What fails a check.
    Bad,
    /// What is not logged.
    Supposed,
}

/// One mark: one entry, or several that stand next to each other.
pub(crate) struct LaneMark {
    pub(crate) x: usize,
    pub(crate) y: usize,
    pub(crate) shape: MarkShape,
    /// `×12` where it stands for several.
    pub(crate) many: String,
    /// `+2.0 s` after a revocation.
    pub(crate) label: String,
}

/// A lane with its place.
pub(crate) struct Lane {
    pub(crate) name: String,
    pub(crate) y: usize,
}

/// What a cut is, as classes of its line and of its text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct CutClass {
    pub(crate) line: &'static str,
    pub(crate) text: &'static str,
}

/// A line through all lanes.
pub(crate) struct LaneCut {
    pub(crate) x: usize,
    pub(crate) text: String,
    pub(crate) look: CutClass,
    /// Whether the text stands left of the line.
    pub(crate) left: bool,
    /// Base line of the text.
    pub(crate) y: usize,
}

impl LaneCut {
    /// Its text finds its row and side when the picture is made.
    pub(crate) const fn new(x: usize, text: String, look: CutClass) -> Self {
        Self {
            x,
            text,
            look,
            left: false,
            y: 0,
        }
    }
}

/// A text below the lanes.
pub(crate) struct Tick {
    pub(crate) x: usize,
    pub(crate) text: String,
}

/// A span behind the lanes.
pub(crate) struct LaneBand {
    pub(crate) class: &'static str,
    pub(crate) x: usize,
    pub(crate) width: usize,
}

impl LaneBand {
    /// From there to the right end of the lanes.
    pub(crate) const fn from(class: &'static str, x: usize, frame: &LaneFrame) -> Self {
        Self {
            class,
            x,
            width: frame.width.saturating_sub(x).saturating_sub(20),
        }
    }
}

/// A picture of entries in log order: lanes of marks, cuts through all lanes, and labels.
pub(crate) struct LanePicture {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) left: usize,
    /// Whether the names of lanes stand above their lines, and not left of them.
    pub(crate) is_narrow: bool,
    /// Lower end of the lanes, and top of the band, below the labels.
    pub(crate) bottom: usize,
    pub(crate) top: usize,
    /// What rows of labels beyond the first take above the picture.
    pub(crate) above: usize,
    pub(crate) lanes: Vec<Lane>,
    pub(crate) marks: Vec<LaneMark>,
    pub(crate) cuts: Vec<LaneCut>,
    pub(crate) ticks: Vec<Tick>,
    pub(crate) band: Option<LaneBand>,
}

impl LanePicture {
    /// Lanes by name from above, and what stands in them.
    pub(crate) fn new(
        places: &LaneLayout<'_>,
        lanes: impl Iterator<Item = String>,
        marks: Vec<LaneMark>,
        mut cuts: Vec<LaneCut>,
        ticks: Vec<Tick>,
    ) -> Self {
        let lane = |(number, name)| Lane {
            name,
            y: places.y(number),
        };
        let lanes: Vec<Lane> = lanes.enumerate().map(lane).collect();
        for cut in &mut cuts {
            cut.left = cut.x > places.frame.turn;
        }
        let rows = cut_labels::rows(cuts.iter().map(|cut| (cut.x, cut.text.as_str(), cut.left)));
        let above = cut_labels::above(rows.iter().copied().max().unwrap_or_default());
        for (cut, row) in cuts.iter_mut().zip(rows) {
            cut.y = places.frame.label + above.saturating_sub(cut_labels::above(row));
        }
        let bottom = places.y(lanes.len().saturating_sub(1)) + 18;
        Self {
            width: places.frame.width,
            is_narrow: places.frame.is_narrow,
            height: bottom + 42 + above,
            left: places.frame.left,
            bottom,
            top: places.frame.band,
            above,
            lanes,
            marks,
            cuts,
            ticks,
            band: None,
        }
    }

    /// Of these shapes with their words, those that stand in the picture.
    pub(crate) fn legend(&self, words: &[(MarkShape, &'static str)]) -> Vec<(MarkShape, &'static str)> {
        let stands = |shape: MarkShape| self.marks.iter().any(|mark| mark.shape == shape);
        words
            .iter()
            .copied()
            .filter(|(shape, _)| stands(*shape))
            .collect()
    }
}
