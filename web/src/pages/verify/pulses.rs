//! The Trust Pulse of each proof bundle that somebody brings, a few of them: each takes as long as a job's page.

use ledger_query::QueryEngine;
use ledger_query::share::{Caller, WorkPermit as Held};
use ledger_query::verify::{self, EntryJobs, JobLookups, PulseResult as Found};
use tokio::runtime::Handle;
use verifier::index::LeafIndex;

use crate::error::PageError;
use crate::pages::job::supposed::BundleVerdict;
use crate::state::Pages;
use crate::text::{GroupedNumber, grouped, segment, shortened};

/// Pulses on one page: with the text of the worst evidence, well below 500 KiB.
const PULSES_SHOWN: usize = 3;
/// Things of which everything is told that was looked at; of the others there is the result.
const DETAILED_MAX: usize = 3;
/// Assessments that one form may ask for.
const ASSESSMENTS_MAX: usize = 4;
/// Characters of why there is none.
const MESSAGE_CHARACTERS_MAX: usize = 300;

/// What stands in the place of a bundle's Trust Pulse.
pub(super) enum PulsePanel {
    /// It is logged: the jobs whose it is, each with its page and its permalink.
    Logged {
        entry: GroupedNumber,
        jobs: Vec<PulseJobLink>,
    },
    /// It is not.
    Supposed(Box<BundleVerdict>),
    /// No log would take it.
    Refused { code: &'static str, message: String },
    /// There is too much to judge.
    TooLarge { job: PulseJobLink, message: String },
}

/// A job as of the size that was asked.
pub(super) struct PulseJobLink {
    pub(super) id: String,
    pub(super) href: String,
    pub(super) permalink: String,
}

/// What is told of the bundles of one thing.
#[derive(Default)]
pub(super) struct PulseViews {
    pub(super) told: Vec<PulseView>,
    /// Bundles that were not looked at, or whose further jobs were not.
    pub(super) left_out: Option<String>,
}

/// One bundle, or one job of it.
pub(super) struct PulseView {
    /// `Bundle 2 of 3`, where there are several.
    pub(super) which: String,
    pub(super) told: PulsePanel,
}

/// What one form may still ask for.
pub(super) struct PulseBudget<'a> {
    pages: &'a Pages,
    runtime: Handle,
    /// Taken with the first bundle, and kept to the end of the form.
    held: Option<Held>,
    assessments: usize,
    jobs: JobLookups,
    shown: usize,
    detailed: usize,
}

impl<'a> PulseBudget<'a> {
    /// Made on a thread that may block.
    pub(super) fn new(pages: &'a Pages) -> Self {
        Self {
            pages,
            runtime: Handle::current(),
            held: None,
            assessments: ASSESSMENTS_MAX,
            jobs: JobLookups::default(),
            shown: 0,
            detailed: 0,
        }
    }

    /// Whether one more thing is told at length: a page has to stay one that browsers and people can read.
    pub(super) fn tells_details(&mut self) -> bool {
        self.detailed = self.detailed.saturating_add(1);
        self.detailed <= DETAILED_MAX
    }

    /// The jobs that an entry belongs to; `None` where the form asked for as many as it may.
    pub(super) fn jobs(&mut self, index: LeafIndex) -> Result<Option<EntryJobs>, PageError> {
        self.hold()?;
        Ok(self.jobs.of(&self.pages.engine, index)?)
    }

    /// Waits for the right to judge jobs, once for the whole form.
    fn hold(&mut self) -> Result<(), PageError> {
        if self.held.is_none() {
            let caller = Caller::current();
            let turn = self.pages.pools.assessments.enter(&caller);
            self.held = Some(self.runtime.block_on(turn)?);
        }
        Ok(())
    }

    /// The pulses of the proof bundles in a document.
    pub(super) fn pulses(&mut self, document: &[u8]) -> Result<PulseViews, PageError> {
        let bundles = verify::proof_bundles(document);
        let mut found = PulseViews::default();
        let mut left_out = 0_u64;
        for (position, bundle) in bundles.iter().enumerate() {
            if self.shown >= PULSES_SHOWN || self.assessments == 0 {
                left_out = left_out.saturating_add(1);
                continue;
            }
            self.hold()?;
            let which = match bundles.len() {
                1 => String::new(),
                all => format!("Bundle {} of {all}", position.saturating_add(1)),
            };
            let told = verify::pulse(&self.pages.engine, bundle, &mut self.assessments)?;
            let more = self.push_view(told, &which, &mut found.told)?;
            left_out = left_out.saturating_add(u64::from(more));
        }
        found.left_out = (left_out > 0).then(|| grouped(left_out));
        Ok(found)
    }

    /// Whether something was left out.
    fn push_view(&mut self, found: Found, which: &str, told: &mut Vec<PulseView>) -> Result<bool, PageError> {
        let view = |told| PulseView {
            which: which.to_owned(),
            told,
        };
        let engine = &self.pages.engine;
        let mut cut = false;
        match found {
            Found::Logged { index, jobs, more } => {
                cut = more;
                told.push(view(PulsePanel::Logged {
                    entry: index.into(),
                    jobs: jobs.into_iter().map(|id| job_link(engine, id)).collect(),
                }));
            }
            Found::Supposed { jobs, more } => {
                cut = more;
                for supposition in jobs {
                    if self.shown >= PULSES_SHOWN {
                        cut = true;
                        break;
                    }
                    self.shown = self.shown.saturating_add(1);
                    let pulse = BundleVerdict::of(engine, supposition, self.shown)?;
                    told.push(view(PulsePanel::Supposed(Box::new(pulse))));
                }
            }
            Found::Refused { code, message } => told.push(view(PulsePanel::Refused {
                code,
                message: shortened(&message, MESSAGE_CHARACTERS_MAX),
            })),
            Found::TooLarge { job_id, message } => told.push(view(PulsePanel::TooLarge {
                job: job_link(engine, job_id),
                message,
            })),
            Found::LeftOut => cut = true,
        }
        Ok(cut)
    }
}

fn job_link(engine: &QueryEngine, id: String) -> PulseJobLink {
    let size = engine.published().head.tree.size;
    let href = format!("/jobs/{}", segment(&id));
    PulseJobLink {
        permalink: format!("{href}?as_of={size}"),
        href,
        id,
    }
}
