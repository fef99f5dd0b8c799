//! What the tests of all packages share.
//!
//! * [`key`]: who signs, and the two rules by which documents are signed.
//! * `cast` (feature `ledger`): one cast of signers with their names, for logs of a real ledger.
//! * [`cosigners`]: who cosigns checkpoints, with keys of both types.
//! * [`documents`]: one builder for each kind of document, with setters for what a test changes.
//! * `test_ledger` (feature `ledger`): a log of a real ledger, with a clock that stands still.
//! * [`log`]: a small log made by hand, with its checkpoints, proofs and tiles.
//! * [`index`]: the authenticated index of such a log.
//! * [`files`]: what files hold, and copies of directories.
//! * `server` (feature `server`): a server process, and commands of its binary.
//! * [`shown`]: what a server shows of such a log.
//! * [`pack`]: a log with jobs, packs of them, and what can become of a pack on its way.
//! * [`witness_server`]: witnesses on real sockets.
//!
//! Everything is deterministic: the same calls give the same bytes. What cannot be made panics, since a test is at fault.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::new_without_default,
    reason = "test code: a failed step is a failed test"
)]

#[cfg(feature = "ledger")]
pub mod cast;
pub mod cosigners;
pub mod documents;
pub mod files;
pub mod index;
pub mod key;
pub mod log;
pub mod pack;
#[cfg(feature = "server")]
pub mod server;
pub mod shown;
#[cfg(feature = "ledger")]
pub mod test_ledger;
pub mod witness_server;
