//! The job in log order as a picture: lanes of marks, cut by revocations and halts.

mod items;

use std::collections::{BTreeMap, BTreeSet};

use verifier::index::LeafIndex;

pub(super) use items::after;
use items::{LANES, Placed};

use super::judged::Judged;
use super::parts::Part;
use super::said::Said;
use crate::model::lanes::{
    self, Band, COLUMNS_MAX, Cut, Frame, Item, Look, NUMBERED_MAX, Picture, Places, Shape,
};
use crate::text::{Time, grouped};

/// Cuts with a line and a label; the evidence table has all.
const CUTS_SHOWN: usize = 8;
const FRAME: Frame = Frame {
    left: 132,
    top: 34,
    label: 13,
    band: 18,
};
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
    (Shape::Act, "act of a registered signer"),
    (Shape::Use, "use, by a registered signer's word"),
    (Shape::SelfReported, "self-reported by the agent"),
    (Shape::Loose, "decides nothing"),
    (Shape::Denied, "denied"),
    (Shape::Open, "a check is open about it"),
    (Shape::Bad, "fails a check"),
    (Shape::Supposed, "this bundle, not logged"),
];

/// See the module.
pub(super) struct Timeline {
    pub(super) picture: Picture,
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
    let places = Places::new(&FRAME, items.len(), 0);
    // Only the lanes in use.
    let used: BTreeSet<usize> = items.iter().map(|item| item.lane).collect();
    let in_lanes = items.iter().map(|placed| Item {
        lane: used.range(..placed.lane).count(),
        shape: placed.shape,
        label: &placed.label,
    });
    let marks = lanes::marks(in_lanes, &places);
    let is_bad = marks.iter().any(|mark| mark.shape == Shape::Bad);
    let cuts = cuts(&items, &places, if is_bad { WRONG } else { IN_ORDER });
    let first_cut = cuts.iter().map(|cut| cut.x).min().filter(|_| is_bad);
    let names = used.iter().filter_map(|lane| LANES.get(*lane));
    let names = names.map(|&name| name.to_owned());
    let ticks = lanes::ticks(&places, |position| below(judged, &items, position));
    let picture = Picture {
        band: first_cut.map(|x| Band::from("after", x)),
        ..Picture::new(&places, names, marks, cuts, ticks)
    };
    Timeline {
        legend: picture.legend(&LEGEND),
        picture,
        words: items::words(judged, &items),
        merged: items.len() > COLUMNS_MAX,
        table: None,
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

/// The entry's number; where only some have room for a text, the time as well.
fn below(judged: &Judged, items: &[Placed], position: usize) -> Option<String> {
    let item = items.get(position)?;
    let number = grouped(item.index.value());
    if items.len() <= NUMBERED_MAX {
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
