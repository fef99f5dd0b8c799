//! Answers about a log, typed: verdicts on jobs, lists of jobs and alarms, policies, tokens, and what somebody brings to
//! verify. No HTTP and no HTML: the API and the pages each put the same answers into their own form.
//!
//! [`QueryEngine`] is what they ask. Everything it says is made from verified reads of the log
//! ([`ledger::reader::Reader`]); what it keeps in memory or in a [`ledger::store::derived::DerivedStore`] can be lost at
//! any time and is made again.

pub mod alarms;
mod engine;
pub mod entrance;
pub mod intersect;
pub mod issuers;
pub mod jobs;
mod lookup_rows;
pub mod parameter;
pub mod policy;
pub mod projection;
pub mod share;
pub mod signer_standing;
pub mod subject_proof;
pub mod token;
pub mod verdict;
pub mod verify;

pub use engine::QueryEngine;
