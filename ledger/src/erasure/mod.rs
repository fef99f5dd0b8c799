//! Erasure and legal hold: what an order in the log covers, and how its bytes leave the files.
//!
//! Which entries an order covers is for [`crate::coverage`] to say.
//!
//! # How it is carried out
//!
//! The order's entry is the commit point. While sequencing goes on ([`worker`]) each order is carried out, oldest
//! first: evidence and context give way to hashes ([`crate::store::Remains`]), then the store removes the bytes
//! from everything that it keeps, at once or by a time that it answers, then it records how far it came. A call
//! may be repeated, and is, from the first order that is not recorded: after a crash, or after a call that
//! failed. An order is `done` only once it is recorded.

pub(crate) mod embedded;
pub(crate) mod remains;
pub(crate) mod report;
pub(crate) mod worker;

pub use report::{Erasure, ErasureStatus, KeptEntry};
pub use verifier::erasure::KeptReason;
