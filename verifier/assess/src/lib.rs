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
mod examination;
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
mod verified;

pub use assessment::{AssessedAlarm, Assessment, AssessmentSummary, EntryList, StatedUse, UnjudgedMember};
pub use check::{Check, CheckId, CheckStatus};
pub use closure::{AsOf, Closure, ClosureError, LookupAnswer, Query};
pub use examination::{FailureAttribution, JobExamination, UseAct, UseOfJob, examine};
pub use facts::Link;
pub use planner::{ClosureGrowth, ClosureLookups, ClosurePlanner, RoundRecords};
pub use suppose::{SupposeError, SupposedBundle, Supposition, examine_supposing};
pub use titles::title;
pub use token_uses::{TokenUse, token_uses};
pub use uncounted::{
    NotCounted, Reason, Registered, RegistrationInForce, Remedy, SignerStatus, UncountedClaim,
    UncountedEntries,
};
pub use verified::{RecordVerifier, VerifiedRecord};

use facts::{ContextStatements, EntryDocument, JobFacts, Links, Trust};

/// Judges the job of a closure. Never fails: what cannot be judged is a check that says so.
pub fn assess(closure: &Closure) -> Assessment {
    with_facts(closure, |facts| verdict::of(facts, checks::all(facts)))
}

/// Ties every record of a closure, and asks the facts that this gives.
fn with_facts<T>(closure: &Closure, ask: impl FnOnce(&JobFacts<'_>) -> T) -> T {
    let docs: Vec<&EntryDocument> = closure.records.values().map(|record| record.doc()).collect();
    let all = docs.iter().copied();
    let trust = Trust::of(all.clone(), &closure.origin);
    let words = ContextStatements::of(all.clone(), &trust, &closure.salt);
    let links = Links::of(&closure.job_id, all, &words, &trust);
    ask(&JobFacts::of(closure, &docs, &trust, &words, &links))
}
