//! The Trust Pulse of a bundle that this log does not hold: the verdict that its job would have if it were logged
//! now, in the parts of the job's page. It stands on no page of its own, for nothing keeps it.

use askama::Template;
use askama::filters::HtmlSafe;
use ledger_query::QueryEngine;
use verifier::assess::{Supposition, assess};
use verifier::check::Status;

use super::page_verdict::PageVerdict;
use super::{chain, checks, claims, parts, story_documents, timeline};
use crate::error::PageError;
use crate::model::lanes::MarkShape;
use crate::model::signers::SignerTable;
use crate::model::verdict::VerdictState;
use crate::model::witnessing::Witnessing;
use crate::text::{grouped, segment};

/// The job that a bundle would be of.
struct BundleJob {
    id: String,
    href: String,
    permalink: String,
    /// What the log says of it without the bundle.
    without: VerdictState,
    without_code: &'static str,
}

/// The part of the page about one bundle that is not in the log: the verdict on its job as if it were logged now.
#[derive(Template)]
#[template(path = "verify/pulse.html")]
pub(in crate::pages) struct BundleVerdict {
    /// What stands before its anchors, since a page may have several.
    anchor: String,
    job: Option<BundleJob>,
    would_be: VerdictState,
    code: &'static str,
    check: Option<(&'static str, &'static str)>,
    tally: String,
    message: String,
    size: String,
    chain: Vec<chain::ChainLink>,
    checks: Vec<checks::CheckGroup>,
    /// No address tells what would be.
    assessment_href: &'static str,
    timeline: Option<timeline::Timeline>,
    claims: claims::ClaimLists,
}

// Every text in it was escaped when it was rendered.
impl HtmlSafe for BundleVerdict {}

impl BundleVerdict {
    /// `number`: 1-based position on the page.
    pub(in crate::pages) fn of(
        engine: &QueryEngine,
        supposition: Supposition,
        number: usize,
    ) -> Result<Self, PageError> {
        let size = supposition.closure.as_of.size;
        let job = supposition.job_id.as_ref().map(|id| {
            let without = assess(&supposition.closure);
            let href = format!("/jobs/{}", segment(id));
            BundleJob {
                permalink: format!("{href}?as_of={size}"),
                href,
                id: id.clone(),
                without: without.verdict.into(),
                without_code: without.code,
            }
        });
        let judged = PageVerdict::supposing(supposition);
        let (listed, _) = parts::of(&judged);
        let said = story_documents::StoryDocuments::of(engine, &judged, &listed)?;
        let assessment = &judged.examined().assessment;
        Ok(Self {
            anchor: format!("p{number}-"),
            would_be: would_be(assessment.verdict),
            code: assessment.code,
            check: assessment
                .decisive()
                .map(|check| (check.id.as_str(), check.title())),
            tally: checks::tally(&judged),
            message: assessment.message.clone(),
            size: grouped(size.value()),
            chain: chain::of(&judged, &said, &SignerTable::new(engine)),
            checks: checks::groups(&judged),
            assessment_href: "",
            timeline: job.as_ref().map(|job| timeline::Timeline {
                table: Some(format!("{}#evidence", job.permalink)),
                ..timeline::of(&judged, &said, &listed)
            }),
            claims: claims::of(&judged, &Witnessing::of(engine)),
            job,
        })
    }
}

/// A verdict in another form than one of the log: PASS has neither its word alone, nor its glyph, nor its colour.
fn would_be(verdict: Status) -> VerdictState {
    let state = VerdictState::from(verdict);
    match verdict {
        Status::Pass => VerdictState {
            glyph: "◌",
            class: "is-none",
            ..state
        },
        Status::Fail | Status::Incomplete | Status::Unknown => state,
    }
}
