//! The verdict on a job (normative: `schemas/assessment.md`).
//!
//! [`assess`] is pure: no clock, no configuration, no network. Its parameters come from the log's own
//! settings, the time of a document is `logged_at` of its entry, the time of the assessment is the tree's.
//! Server, command line and browser therefore come to the same bytes.

pub mod approval_scope;
mod assessment;
mod check;
mod check_guide;
mod checks;
mod closure;
pub mod erasure;
mod examined;
mod facts;
mod lookalikes;
mod loose;
pub mod pack;
mod planner;
mod report;
mod suppose;
mod titles;
pub mod token_table;
mod token_uses;
mod uncounted;
mod verdict;

pub use assessment::{AssessedAlarm, Assessment, EntryList, Parameters, StatedUse, Summary, Unjudged};
pub use check::{Check, CheckId, CheckStatus};
pub use closure::{Answer, AsOf, Closure, ClosureError, Completeness, Query};
pub use examined::{Blame, Examined, UseAct, UseOfJob, examine};
pub use facts::Link;
pub use planner::Planner;
pub use suppose::{SupposeError, Supposed, Supposition, examine_supposing};
pub use titles::title;
pub use token_uses::{TokenUse, token_uses};
pub use uncounted::{InForce, Lost, Mend, NotCounted, Reason, Registered, Signer, Uncounted};

use facts::{Doc, Facts, Links, Trust, Words};

use evidence::record::Record;

/// Judges the job of a closure. Never fails: what cannot be judged is a check that says so.
pub fn assess(closure: &Closure) -> Assessment {
    with_facts(closure, |facts| verdict::of(facts, checks::all(facts)))
}

/// Verifies and ties every record of a closure, and asks the facts that this gives.
fn with_facts<T>(closure: &Closure, ask: impl FnOnce(&Facts<'_>) -> T) -> T {
    with_docs(closure, |record| Doc::verify(record, closure), ask)
}

/// The same, with each record made a document by `read`.
fn with_docs<T>(closure: &Closure, read: impl Fn(&Record) -> Doc, ask: impl FnOnce(&Facts<'_>) -> T) -> T {
    let docs: Vec<Doc> = closure.records.values().map(read).collect();
    let trust = Trust::of(docs.iter(), &closure.origin);
    let words = Words::of(docs.iter(), &trust, &closure.salt);
    let links = Links::of(&closure.job_id, docs.iter(), &words, &trust);
    ask(&Facts::of(closure, &docs, &trust, &words, &links))
}
