//! The audit path as a picture: the leaf below, the root above, and on each rung the hash reached so far next to the
//! one that the path adds, left and right as they are hashed.

use crate::model::path::{PathRow, PathSide};

pub(super) const BOX_HEIGHT: usize = 44;
const RUNG: usize = 76;
const TOP: usize = 8;

/// How the picture lies, in pixels.
pub(super) struct LadderFrame {
    width: usize,
    box_width: usize,
    /// Left and right of the boxes.
    edge: usize,
    /// Digits shown of a hash, at its beginning and at its end; the table has all.
    head: usize,
    tail: usize,
    /// Whether a box says what its hash is of.
    has_words: bool,
}

pub(super) const WIDE: LadderFrame = LadderFrame {
    width: 760,
    box_width: 330,
    edge: 20,
    head: 16,
    tail: 8,
    has_words: true,
};
/// For a phone.
pub(super) const NARROW: LadderFrame = LadderFrame {
    width: 280,
    box_width: 130,
    edge: 4,
    head: 6,
    tail: 4,
    has_words: false,
};

/// A hash with its place.
pub(super) struct Node {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) hash: String,
    pub(super) words: String,
    /// Taken from the path, rather than computed from what stands below.
    pub(super) given: bool,
}

impl Node {
    pub(super) fn text_x(&self) -> usize {
        self.x + 12
    }

    pub(super) fn hash_y(&self) -> usize {
        self.y + 18
    }

    pub(super) fn words_y(&self) -> usize {
        self.y + 35
    }
}

/// The audit path as a picture, from the leaf below to the root above.
pub(super) struct Ladder {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) box_width: usize,
    pub(super) nodes: Vec<Node>,
    /// Paths of the lines between them.
    pub(super) wires: Vec<String>,
    /// The picture in words.
    pub(super) words: String,
}

pub(super) fn of(frame: &LadderFrame, number: &str, leaf_hash: &str, steps: &[PathRow]) -> Ladder {
    let left = frame.edge;
    let right = frame.width - frame.edge - frame.box_width;
    let short = |hash: &str| short(hash, frame);
    let words = |full: String, brief: &str| if frame.has_words { full } else { brief.to_owned() };
    let y_of = |rung: usize| TOP + (steps.len() - rung) * RUNG;
    // Where the hash that a rung starts with stands: opposite of its sibling; the root in the middle.
    let x_of = |rung: usize| match steps.get(rung).map(|step| step.side) {
        Some(PathSide::Left) => right,
        Some(PathSide::Right) => left,
        None => (frame.width - frame.box_width) / 2,
    };
    let mut nodes = vec![Node {
        x: x_of(0),
        y: y_of(0),
        hash: short(leaf_hash),
        words: if steps.is_empty() {
            words(format!("entry {number}: its leaf hash is the root"), "the root")
        } else {
            words(
                format!("entry {number}: its leaf hash"),
                &format!("entry {number}"),
            )
        },
        given: false,
    }];
    let mut wires = Vec::new();
    for (rung, step) in steps.iter().enumerate() {
        let is_root = rung + 1 == steps.len();
        nodes.push(Node {
            x: match step.side {
                PathSide::Left => left,
                PathSide::Right => right,
            },
            y: y_of(rung),
            hash: short(&step.hash),
            words: words(format!("{}, from the path", step.covers), "from the path"),
            given: true,
        });
        nodes.push(Node {
            x: x_of(rung + 1),
            y: y_of(rung + 1),
            hash: short(&step.result),
            words: if is_root {
                "the root".to_owned()
            } else {
                words(format!("{}, made of the two below", step.reached), "computed")
            },
            given: false,
        });
        let (above, middle) = (
            x_of(rung + 1) + frame.box_width / 2,
            y_of(rung) - (RUNG - BOX_HEIGHT) / 2,
        );
        for x in [left, right] {
            let from = x + frame.box_width / 2;
            wires.push(format!("M{from} {}V{middle}H{above}", y_of(rung)));
        }
        wires.push(format!("M{above} {middle}V{}", y_of(rung + 1) + BOX_HEIGHT));
    }
    Ladder {
        width: frame.width,
        height: y_of(0) + BOX_HEIGHT + TOP,
        box_width: frame.box_width,
        nodes,
        wires,
        words: format!(
            "From the leaf hash of entry {number}, hashed with {} in turn, up to the root. The table below has the full hashes.",
            crate::text::counted(steps.len(), "hash", "hashes")
        ),
    }
}

/// The ends of a hash of 64 hex digits.
fn short(hash: &str, frame: &LadderFrame) -> String {
    let end = hash.len().saturating_sub(frame.tail);
    match (hash.get(..frame.head), hash.get(end..)) {
        (Some(head), Some(tail)) => format!("{head}…{tail}"),
        _ => hash.to_owned(),
    }
}
