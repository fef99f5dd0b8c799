//! What `ledgerd`'s commands, the audit of `ledger-verify` and the tests share: the HTTP client of the project, and temporary files.
//!
//! * [`transport`]: one request and its answer, with limits on time and size. A status is an answer, not an error.
//! * [`repeat`]: which failed requests are made again, and when.
//! * [`row_files`]: where a replay of the index puts rows that it has no memory for.
//! * [`log`]: what commands ask of one log, with typed answers, and errors that say what the caller can do.
//!
//! It knows nothing of the server's code, so that the offline verifier does not link it.

pub mod log;
pub mod repeat;
pub mod row_files;
pub mod transport;

/// Statuses, header fields and addresses, as the `http` package has them.
pub use ureq::http::{HeaderMap, StatusCode, Uri};
