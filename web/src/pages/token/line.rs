//! A token's life as a picture: issued, used by each job on a lane of its own, revoked, expired. Places follow the
//! log, not the clock.

use ledger_query::token::{TokenEntry, UseByJob};
use verifier::assess::CheckStatus;
use verifier::index::{LeafIndex, TimestampMs};

use super::life::TokenLifeView;
use super::revoked_at;
use super::uses::{UseFindings, after};
use crate::model::lanes::{
    self, CutClass, LaneBand, LaneCut, LaneFrame, LaneItem, LaneLayout, LanePicture, MarkShape,
};
use crate::text::{grouped, shortened};

/// Jobs with a lane of their own; the rest share one.
const LANES_MAX: usize = 7;
/// Most characters of a job's name next to its lane.
const NAME_CHARACTERS_MAX: usize = 22;
/// Revocations that are drawn.
const CUTS_SHOWN: usize = 4;
const WIDE: LaneFrame = LaneFrame::wide(190, 42, 14, 20);
const REVOKED: CutClass = CutClass {
    line: "cut",
    text: "bad-text",
};
/// The token's own end, and nobody's act.
const EXPIRED: CutClass = CutClass {
    line: "end",
    text: "strong",
};
const LEGEND: [(MarkShape, &str); 5] = [
    (MarkShape::Act, "issued or revoked"),
    (MarkShape::Use, "valid use"),
    (MarkShape::Open, "use that may not be valid"),
    (MarkShape::Bad, "use that is not valid"),
    (MarkShape::Loose, "names the token, does not count"),
];

/// A token's life in log order, as a picture for wide and for narrow screens.
pub(super) struct LifeLine {
    pub(super) picture: LanePicture,
    /// The same for a phone.
    pub(super) narrow: LanePicture,
    pub(super) legend: Vec<(MarkShape, &'static str)>,
    /// Whether marks stand for several entries.
    pub(super) merged: bool,
}

/// One entry of the picture.
struct LifeLineItem {
    index: LeafIndex,
    /// `None` where only the document, which is not read here, says so.
    logged_at: Option<TimestampMs>,
    lane: usize,
    shape: MarkShape,
    revokes: bool,
    label: String,
}

impl LifeLine {
    pub(super) fn of(life: &TokenLifeView, page: &UseFindings) -> Self {
        let items = items(life, page);
        let picture = drawn(&WIDE, life, page, &items);
        Self {
            legend: picture.legend(&LEGEND),
            merged: picture.marks.iter().any(|mark| !mark.many.is_empty()),
            picture,
            narrow: drawn(&LaneFrame::NARROW, life, page, &items),
        }
    }
}

fn drawn(frame: &LaneFrame, life: &TokenLifeView, page: &UseFindings, items: &[LifeLineItem]) -> LanePicture {
    // One column more, for the token's end where nothing was logged after it.
    let places = LaneLayout::new(frame, items.len(), 1);
    let marks = lanes::marks(items.iter().map(LifeLineItem::item), &places);
    let cuts = cuts(life, items, &places);
    let band = good(items, &cuts, &places);
    let ticks = lanes::ticks(&places, |position| {
        Some(grouped(items.get(position)?.index.value()))
    });
    let names = lanes(page).into_iter();
    LanePicture {
        band,
        ..LanePicture::new(&places, names, marks, cuts, ticks)
    }
}

impl LifeLineItem {
    fn item(&self) -> LaneItem<'_> {
        LaneItem {
            lane: self.lane,
            shape: self.shape,
            label: &self.label,
        }
    }
}

/// Revocations, and where the token ends by itself.
fn cuts(life: &TokenLifeView, items: &[LifeLineItem], places: &LaneLayout<'_>) -> Vec<LaneCut> {
    let revocations = items.iter().enumerate().filter(|(_, item)| item.revokes);
    let mut cuts: Vec<LaneCut> = revocations
        .take(CUTS_SHOWN)
        .map(|(position, item)| {
            let text = format!("revoked, entry {}", grouped(item.index.value()));
            LaneCut::new(places.x(position), text, REVOKED)
        })
        .collect();
    if let Some(expires_at) = life.expires_at {
        let before = items.partition_point(|item| item.logged_at.is_none_or(|at| at <= expires_at));
        cuts.push(LaneCut::new(places.before(before), "expires".to_owned(), EXPIRED));
    }
    cuts
}

/// The span in which the token was good: from its issuance to the first cut.
fn good(items: &[LifeLineItem], cuts: &[LaneCut], places: &LaneLayout<'_>) -> Option<LaneBand> {
    let issued = items
        .iter()
        .position(|item| item.shape == MarkShape::Act && !item.revokes)?;
    let (begin, end) = (places.x(issued), cuts.iter().map(|cut| cut.x).min()?);
    (begin < end).then(|| LaneBand {
        class: "good",
        x: begin,
        width: end - begin,
    })
}

/// Names of the lanes.
fn lanes(page: &UseFindings) -> Vec<String> {
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
            .map(|job| shortened(&job.job_id, NAME_CHARACTERS_MAX)),
    );
    if page.jobs.len() > own {
        names.push("other jobs".to_owned());
    }
    if !page.unbound.is_empty() {
        names.push("no use that counts".to_owned());
    }
    names
}

fn items(life: &TokenLifeView, page: &UseFindings) -> Vec<LifeLineItem> {
    let act = |act: &TokenEntry, revokes| LifeLineItem {
        index: act.index,
        logged_at: Some(act.logged_at),
        lane: 0,
        shape: MarkShape::Act,
        revokes,
        label: String::new(),
    };
    let shared = if page.jobs.len() > LANES_MAX {
        LANES_MAX
    } else {
        page.jobs.len()
    };
    let mut items: Vec<LifeLineItem> = life.issued_at.iter().map(|issued| act(issued, false)).collect();
    items.extend(life.revoked_at.iter().map(|revoked| act(revoked, true)));
    items.extend(page.uses.iter().map(|used| {
        LifeLineItem {
            index: used.found.at.index,
            logged_at: Some(used.found.at.logged_at),
            lane: 1 + used.job.min(shared.saturating_sub(1)),
            shape: shape(used),
            revokes: false,
            label: after(used, |index| revoked_at(life, index))
                .map(|late| format!("+{}.{} s", grouped(late / 1_000), late % 1_000 / 100))
                .unwrap_or_default(),
        }
    }));
    items.extend(page.unbound.iter().map(|index| LifeLineItem {
        index: *index,
        logged_at: None,
        lane: 1 + shared,
        shape: MarkShape::Loose,
        revokes: false,
        label: String::new(),
    }));
    items.sort_by_key(|item| item.index);
    items
}

fn shape(used: &UseByJob) -> MarkShape {
    match used.found.row.status() {
        CheckStatus::Fail => MarkShape::Bad,
        CheckStatus::Pass => MarkShape::Use,
        _ => MarkShape::Open,
    }
}
