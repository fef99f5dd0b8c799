//! The job in log order as a picture: lanes of marks, cut by revocations and halts.

mod items;

use std::collections::{BTreeMap, BTreeSet};

use verifier::index::LeafIndex;

pub(super) use items::after;
use items::{LANES, TimelineItem};

use super::page_verdict::PageVerdict;
use super::parts::ListingReason;
use super::story_documents::StoryDocuments;
use crate::model::lanes::{
    self, CutClass, LaneBand, LaneCut, LaneFrame, LaneItem, LaneLayout, LanePicture, MarkShape,
};
use crate::text::{Time, grouped};

/// Cuts with a line and a label; the evidence table has all.
const CUTS_SHOWN: usize = 8;
const WIDE: LaneFrame = LaneFrame::wide(132, 34, 13, 18);
/// Something was done after it that fails a check.
const WRONG: CutClass = CutClass {
    line: "cut is-bad",
    text: "bad-text",
};
/// A halt after which nothing was done is in order.
const IN_ORDER: CutClass = CutClass {
    line: "cut",
    text: "strong",
};
const LEGEND: [(MarkShape, &str); 8] = [
    (MarkShape::Act, "statement of a registered signer"),
    (MarkShape::Use, "call, reported by a registered signer"),
    (MarkShape::SelfReported, "self-reported by the agent"),
    (MarkShape::Loose, "does not count"),
    (MarkShape::Denied, "denied"),
    (MarkShape::Open, "makes a check incomplete"),
    (MarkShape::Bad, "makes a check fail"),
    (MarkShape::Supposed, "this bundle, not logged"),
];

/// The job's entries in log order, as a picture for wide and for narrow screens.
pub(super) struct Timeline {
    pub(super) picture: LanePicture,
    /// The same for a phone.
    pub(super) narrow: LanePicture,
    pub(super) legend: Vec<(MarkShape, &'static str)>,
    /// The picture in words.
    pub(super) words: String,
    /// Whether entries share a column.
    pub(super) merged: bool,
    /// The page whose table says the same, where this one has none.
    pub(super) table: Option<String>,
}

pub(super) fn of(
    judged: &PageVerdict,
    said: &StoryDocuments,
    listed: &BTreeMap<LeafIndex, ListingReason>,
) -> Timeline {
    let items = items::of(judged, said, listed);
    let picture = drawn(&WIDE, judged, &items);
    Timeline {
        legend: picture.legend(&LEGEND),
        picture,
        narrow: drawn(&LaneFrame::NARROW, judged, &items),
        words: items::text_alternative(judged, &items),
        merged: items.len() > WIDE.columns_max,
        table: None,
    }
}

fn drawn(frame: &LaneFrame, judged: &PageVerdict, items: &[TimelineItem]) -> LanePicture {
    let places = LaneLayout::new(frame, items.len(), 0);
    // Only the lanes in use.
    let used: BTreeSet<usize> = items.iter().map(|item| item.lane).collect();
    let in_lanes = items.iter().map(|placed| LaneItem {
        lane: used.range(..placed.lane).count(),
        shape: placed.shape,
        label: &placed.label,
    });
    let marks = lanes::marks(in_lanes, &places);
    let is_bad = marks.iter().any(|mark| mark.shape == MarkShape::Bad);
    let cuts = cuts(items, &places, if is_bad { WRONG } else { IN_ORDER });
    let first_cut = cuts.iter().map(|cut| cut.x).min().filter(|_| is_bad);
    let names = used.iter().filter_map(|lane| LANES.get(*lane));
    let names = names.map(|&name| name.to_owned());
    let ticks = lanes::ticks(&places, |position| below(frame, judged, items, position));
    LanePicture {
        band: first_cut.map(|x| LaneBand::from("after", x, frame)),
        ..LanePicture::new(&places, names, marks, cuts, ticks)
    }
}

fn cuts(items: &[TimelineItem], places: &LaneLayout<'_>, look: CutClass) -> Vec<LaneCut> {
    let cut = |(position, item): (usize, &TimelineItem)| {
        let text = format!("{}, entry {}", item.cut?, grouped(item.index.value()));
        Some(LaneCut::new(places.x(position), text, look))
    };
    items
        .iter()
        .enumerate()
        .filter_map(cut)
        .take(CUTS_SHOWN)
        .collect()
}

/// The entry's number; on a desk, where only some have a text, the time as well.
fn below(frame: &LaneFrame, judged: &PageVerdict, items: &[TimelineItem], position: usize) -> Option<String> {
    let item = items.get(position)?;
    let number = grouped(item.index.value());
    if items.len() <= WIDE.numbered_max || frame.columns_max < WIDE.columns_max {
        return Some(match item.shape {
            MarkShape::Supposed => "not logged".to_owned(),
            _ => number,
        });
    }
    let record = judged.closure().records.get(&item.index)?;
    let time = Time::new(record.entry.logged_at).text;
    let clock = time.split_once(' ').map_or(time.as_str(), |(_, clock)| clock);
    Some(format!("{number} · {clock}"))
}
