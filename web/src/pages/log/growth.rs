//! The size of the log over time, from its signed heads: all of them while they are few, else heads at even times.

use ledger::shared::PublishedHead;
use ledger_query::QueryEngine;
use verifier::index::{LeafIndex, TimestampMs};

use crate::error::PageError;
use crate::text::{Time, counted, grouped};

/// Heads in the picture.
const HEADS_MAX: usize = 60;
const TOP: usize = 20;
const HEIGHT: usize = 180;

/// Where the line lies, in pixels.
struct GrowthFrame {
    width: usize,
    left: usize,
    right: usize,
    /// Where the text below begins.
    text_left: usize,
}

const WIDE: GrowthFrame = GrowthFrame {
    width: 1080,
    left: 80,
    right: 24,
    text_left: 80,
};
/// For a phone.
const NARROW: GrowthFrame = GrowthFrame {
    width: 280,
    left: 50,
    right: 8,
    text_left: 8,
};

/// A head with its place.
pub(super) struct GrowthPoint {
    pub(super) x: usize,
    pub(super) y: usize,
}

/// The line, for one width of screen.
pub(super) struct GrowthDrawing {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) left: usize,
    pub(super) right: usize,
    pub(super) text_left: usize,
    pub(super) top: usize,
    pub(super) bottom: usize,
    /// The path of the line: level until the next head.
    pub(super) line: String,
    pub(super) points: Vec<GrowthPoint>,
}

/// The size of the log over time, drawn from its signed heads.
pub(super) struct Growth {
    pub(super) wide: GrowthDrawing,
    pub(super) narrow: GrowthDrawing,
    pub(super) size: String,
    pub(super) from: Time,
    pub(super) to: Time,
    /// Whether every head has a point.
    pub(super) is_all: bool,
    /// The picture in words.
    pub(super) words: String,
}

/// Of the newest published head and those before it; `None` while the log is empty.
pub(super) fn of(engine: &QueryEngine, published: &PublishedHead) -> Result<Option<Growth>, PageError> {
    let Some(genesis) = engine.entry(LeafIndex::ZERO)? else {
        return Ok(None);
    };
    let (from, to) = (genesis.entry.logged_at, published.head.time);
    let mut heads = engine.checkpoints(published.head.tree.size, HEADS_MAX + 1)?;
    let is_all = heads.len() <= HEADS_MAX;
    if is_all {
        heads.reverse();
    } else {
        heads = sampled(engine, from, to)?;
    }
    Ok(Some(drawn(&heads, from, to, published, is_all)))
}

/// The newest head at each of some even times; those without a head of their own are left out.
fn sampled(
    engine: &QueryEngine,
    from: TimestampMs,
    to: TimestampMs,
) -> Result<Vec<PublishedHead>, PageError> {
    let span = to.value().saturating_sub(from.value());
    let mut heads: Vec<PublishedHead> = Vec::new();
    for step in 0..=HEADS_MAX {
        let passed = portion(span, step, HEADS_MAX);
        let at = TimestampMs::new(from.value().saturating_add(passed));
        let head = engine.checkpoint_at(at)?;
        let last = heads.last().map(|last| last.head.tree.size);
        heads.extend(head.filter(|head| last != Some(head.head.tree.size)));
    }
    Ok(heads)
}

fn drawn(
    heads: &[PublishedHead],
    from: TimestampMs,
    to: TimestampMs,
    published: &PublishedHead,
    is_all: bool,
) -> Growth {
    let size = published.head.tree.size.value();
    let drawing = |frame| line(frame, heads, (from, to), size);
    let (wide, narrow) = (drawing(&WIDE), drawing(&NARROW));
    let shown = counted(heads.len(), "checkpoint", "checkpoints");
    let (from, to) = (Time::new(from), Time::new(to));
    Growth {
        wide,
        narrow,
        size: grouped(size),
        words: format!(
            "The log grew from its first entry, {} UTC, to {} at {} UTC, over {shown}{}.",
            from.text,
            counted(size, "entry", "entries"),
            to.text,
            if is_all { "" } else { ", sampled evenly" }
        ),
        from,
        to,
        is_all,
    }
}

fn line(
    frame: &GrowthFrame,
    heads: &[PublishedHead],
    (from, to): (TimestampMs, TimestampMs),
    size: u64,
) -> GrowthDrawing {
    let (left, right, bottom) = (frame.left, frame.width - frame.right, TOP + HEIGHT);
    let span = to.value().saturating_sub(from.value());
    let mut points = Vec::with_capacity(heads.len());
    let mut line = format!("M{left} {bottom}");
    for head in heads {
        let passed = head.head.time.value().saturating_sub(from.value());
        let point = GrowthPoint {
            x: left + scaled(passed, span, right - left),
            y: bottom - scaled(head.head.tree.size.value(), size, HEIGHT),
        };
        line = format!("{line}H{}V{}", point.x, point.y);
        points.push(point);
    }
    GrowthDrawing {
        width: frame.width,
        height: bottom + 40,
        left,
        right,
        text_left: frame.text_left,
        top: TOP,
        bottom,
        line: format!("{line}H{right}"),
        points,
    }
}

/// `length` × `part` / `whole`, and the whole length where there is no whole.
fn scaled(part: u64, whole: u64, length: usize) -> usize {
    let length_wide = u128::try_from(length).unwrap_or_default();
    (u128::from(part) * length_wide)
        .checked_div(u128::from(whole))
        .and_then(|scaled| usize::try_from(scaled).ok())
        .map_or(length, |scaled| scaled.min(length))
}

fn portion(span: u64, step: usize, steps: usize) -> u64 {
    let wide = |number: usize| u128::try_from(number).unwrap_or_default();
    let portion = (u128::from(span) * wide(step)).checked_div(wide(steps));
    portion
        .and_then(|portion| u64::try_from(portion).ok())
        .unwrap_or(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_stay_within_the_picture_for_every_number() {
        assert_eq!(scaled(0, 10, 100), 0);
        assert_eq!(scaled(5, 10, 100), 50);
        assert_eq!(scaled(u64::MAX, u64::MAX, 100), 100);
        assert_eq!(scaled(u64::MAX, 1, 100), 100);
        // A log whose entries all have one time stands at the right edge.
        assert_eq!(scaled(0, 0, 100), 100);
        assert_eq!(portion(u64::MAX, 60, 60), u64::MAX);
    }
}
