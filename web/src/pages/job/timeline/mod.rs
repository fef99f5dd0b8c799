//! The job in log order as a picture: lanes of marks, cut by revocations and halts.

mod items;

use std::collections::{BTreeMap, BTreeSet};

use verifier::index::LeafIndex;

pub(super) use items::after;
use items::{LANES, Placed};

use super::judged::Judged;
use super::parts::Part;
use super::said::Said;
use crate::model::lanes::{self, Band, Cut, Frame, Item, Look, Picture, Places, Shape};
use crate::text::{Time, grouped};

/// Cuts with a line and a label; the evidence table has all.
const CUTS_SHOWN: usize = 8;
const WIDE: Frame = Frame::wide(132, 34, 13, 18);
/// Something was done after it that fails a check.
const WRONG: Look = Look {
    line: "cut is-bad",
    text: "bad-text",
};
/// A halt after which nothing was done is in order.
const IN_ORDER: Look = Look {
    line: "cut",
    text: "strong",
};
const LEGEND: [(Shape, &str); 8] = [
    (Shape::Act, "statement of a registered signer"),
    (Shape::Use, "call, reported by a registered signer"),
    (Shape::SelfReported, "self-reported by the agent"),
    (Shape::Loose, "does not count"),
    (Shape::Denied, "denied"),
    (Shape::Open, "makes a check incomplete"),
    (Shape::Bad, "makes a check fail"),
    (Shape::Supposed, "this bundle, not logged"),
];

/// The job's entries in log order, as a picture for wide and for narrow screens.
pub(super) struct Timeline {
    pub(super) picture: Picture,
    /// The same for a phone.
    pub(super) narrow: Picture,
    pub(super) legend: Vec<(Shape, &'static str)>,
    /// The picture in words.
    pub(super) words: String,
    /// Whether entries share a column.
    pub(super) merged: bool,
    /// The page whose table says the same, where this one has none.
    pub(super) table: Option<String>,
}

pub(super) fn of(judged: &Judged, said: &Said, listed: &BTreeMap<LeafIndex, Part>) -> Timeline {
    let items = items::of(judged, said, listed);
    let picture = drawn(&WIDE, judged, &items);
    Timeline {
        legend: picture.legend(&LEGEND),
        picture,
        narrow: drawn(&Frame::NARROW, judged, &items),
        words: items::words(judged, &items),
        merged: items.len() > WIDE.columns_max,
        table: None,
    }
}

fn drawn(frame: &Frame, judged: &Judged, items: &[Placed]) -> Picture {
    let places = Places::new(frame, items.len(), 0);
    // Only the lanes in use.
    let used: BTreeSet<usize> = items.iter().map(|item| item.lane).collect();
    let in_lanes = items.iter().map(|placed| Item {
        lane: used.range(..placed.lane).count(),
        shape: placed.shape,
        label: &placed.label,
    });
    let marks = lanes::marks(in_lanes, &places);
    let is_bad = marks.iter().any(|mark| mark.shape == Shape::Bad);
    let cuts = cuts(items, &places, if is_bad { WRONG } else { IN_ORDER });
    let first_cut = cuts.iter().map(|cut| cut.x).min().filter(|_| is_bad);
    let names = used.iter().filter_map(|lane| LANES.get(*lane));
    let names = names.map(|&name| name.to_owned());
    let ticks = lanes::ticks(&places, |position| below(frame, judged, items, position));
    Picture {
        band: first_cut.map(|x| Band::from("after", x, frame)),
        ..Picture::new(&places, names, marks, cuts, ticks)
    }
}

fn cuts(items: &[Placed], places: &Places<'_>, look: Look) -> Vec<Cut> {
    let cut = |(position, item): (usize, &Placed)| {
        let text = format!("{}, entry {}", item.cut?, grouped(item.index.value()));
        Some(Cut::new(places.x(position), text, look))
    };
    items
        .iter()
        .enumerate()
        .filter_map(cut)
        .take(CUTS_SHOWN)
        .collect()
}

/// The entry's number; on a desk, where only some have a text, the time as well.
fn below(frame: &Frame, judged: &Judged, items: &[Placed], position: usize) -> Option<String> {
    let item = items.get(position)?;
    let number = grouped(item.index.value());
    if items.len() <= WIDE.numbered_max || frame.columns_max < WIDE.columns_max {
        return Some(match item.shape {
            Shape::Supposed => "not logged".to_owned(),
            _ => number,
        });
    }
    let record = judged.closure().records.get(&item.index)?;
    let time = Time::new(record.entry.logged_at).text;
    let clock = time.split_once(' ').map_or(time.as_str(), |(_, clock)| clock);
    Some(format!("{number} · {clock}"))
}
