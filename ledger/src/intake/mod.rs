//! Intake: what becomes of a submission (the rules stand in `schemas/intake.md`).
//!
//! Workers *prepare*: parse, hash, check signature and content ([mod@prepare]), which depends on the
//! bytes alone. The sequencer *decides*, in index order, against the log and the entries that the same
//! batch already holds ([`Batch`]): what is known, who may sign, what is refused. Hence the outcome of
//! a submission never depends on which worker was faster.
//!
//! | case | outcome |
//! |---|---|
//! | raw digest known; no context, or one that the submitter already gave | that entry |
//! | hash or signature fails, evidence digest known | refused, naming the entry that it is a copy of |
//! | raw digest or statement known, context new for the submitter, or given when it did not count and counting now | a `context` entry |
//! | statement known in other bytes, no new context | the known entry, as a variant |
//! | the known entry is covered by an erasure order | that entry, marked erased; bytes and context are dropped |
//! | signer without role or window | refused |
//! | content rule or retirement refuses a signer that is or was registered | refused, and logged as `refused` |
//! | new, and the log has ended | refused for good, and not logged |
//! | all else | an entry, naming those that it contradicts |

mod admit;
mod batch;
mod decide;
mod disposition;
mod entries;
mod first_entries;
mod prepare;
mod refusals;
mod refuse;

pub(crate) use batch::{Batch, EntryDraft};
pub(crate) use decide::{BatchDecider, IntakeDecision, Undecided};
pub(crate) use first_entries::FirstEntries;
pub(crate) use prepare::{PreparedSubmission, prepare_each};
pub(crate) use refusals::RefusalBudget;
