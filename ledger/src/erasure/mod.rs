//! Erasure and legal hold: what an order in the log covers, and how its bytes leave the files.
//!
//! What an order covers, whatever who asks, is the rule of [`verifier::erasure`]; here it is asked over the rows of a
//! log ([`document`], [`plan`]).
//!
//! # How it is carried out
//!
//! The order's entry is the commit point. Beside sequencing ([`worker`]) each order is carried out, oldest
//! first: evidence and context give way to hashes ([`crate::store::Remains`]), then the store's files are
//! rewritten until none holds the bytes, then the store records how far it came. Every step may be repeated,
//! and is, from the first order that is not recorded as done: after a crash, or after a step that failed.
//! An order is `done` only once it is recorded.

pub(crate) mod document;
pub(crate) mod embedded;
pub(crate) mod plan;
pub(crate) mod remains;
pub(crate) mod report;
pub(crate) mod worker;

pub use report::{Erasure, KeptEntry, Status};
pub use verifier::erasure::KeptReason;
