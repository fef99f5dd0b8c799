//! Erasure and legal hold: what an order in the log covers, and how its bytes leave the files.
//!
//! # What an order covers
//!
//! A document and the contexts on it are one: they go together or stay together ([`document`]). An order by
//! digest covers one document. An order by job covers the documents that belong to the job: whose signed
//! payload names it, or about which a counted context does. What only an uncounted context ties to the job is
//! not covered, since a stranger's word would otherwise erase the evidence of others; that word itself is.
//! A hold protects more than an order covers: every document that anybody's context ties to a held job.
//! Only entries below the order are covered, and only what no hold protected when it was logged; both follow
//! from the log alone, so that every reader, and `fsck`, comes to the same list ([`state`], [`plan`]).
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
pub(crate) mod state;
pub(crate) mod worker;

pub use report::{Erasure, KeptEntry, KeptReason, Status};
