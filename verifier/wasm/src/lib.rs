//! The verifier for browsers: the visitor's own check of what a page shows.
//!
//! Bytes in, JSON out. Every decision about evidence is [`verifier`]'s; what stands here is what only a
//! page needs: the comparison with what the page showed ([`shown`]), and the memory of a browser that
//! comes back ([`visit`]). Fetching, storing and showing are the script's (`web/assets`).
//!
//! # What a passing check proves
//!
//! What the functions of [`verifier::check`] prove, under a key that this browser keeps: two visits were
//! shown the same log, and the page says what the log's entries lead to.
//!
//! # What it does not prove
//!
//! * That the key is the log's: on a first visit it comes from the server. Only comparing it with a copy
//!   that came another way does.
//! * That this code is the verifier: the server sent it, too. `ledger-verify` is the check that needs
//!   nothing of the server.
//! * That the server left nothing out, except where a proof from the log's index is checked ([`check_answer`], and packs that have one).

mod entry;
pub mod exports;
mod heads;
mod job;
mod set_out;
mod shown;
mod subject;
mod visit;
mod witnessed;

pub use entry::{EntryCheck, check_entry};
pub use heads::{NamedHead, Proof};
pub use job::{check_brought_pack, check_job};
pub use shown::{Difference, ShownCheck, ShownEntry, ShownJob};
pub use subject::{AnswerCheck, ProvedClaim, ShownAnswer, ShownList, check_answer};
pub use visit::{KeptCheckpoint, VisitCheck, VisitInput, check_visit};
pub use witnessed::PinnedPolicy;

use serde::Serialize;
use verifier::check::{Finding, Report};
use verifier::note::VerifierKey;

/// What a page is told.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct PageCheck {
    /// What the evidence says by itself, whatever the page shows.
    pub report: Report,
    /// Whether it is genuine, in the words of `ledger-verify`.
    pub first_line: String,
    /// What it says, in the same words.
    pub verdict_line: String,
    /// Whether the evidence held and the report is about it, not about why it cannot be judged. A job
    /// whose verdict is FAIL holds: it was derived.
    pub holds: bool,
    /// Where the page shows something else; empty where nothing was derived.
    pub differences: Vec<Difference>,
}

impl PageCheck {
    /// The check of a thing of some kind, with its two answers in words.
    fn new(kind: &str, report: Report, holds: bool, differences: Vec<Difference>) -> Self {
        let told = report.text_of_kind(kind);
        Self {
            first_line: told.first_line(),
            verdict_line: told.verdict_line(),
            report,
            holds,
            differences,
        }
    }

    /// The page may be shown as checked.
    pub fn agrees(&self) -> bool {
        self.holds && self.differences.is_empty()
    }
}

fn key(vkey: &str) -> Result<VerifierKey, Finding> {
    VerifierKey::parse(vkey).map_err(|error| Finding::fail("KEY_MALFORMED", error.to_string()))
}
