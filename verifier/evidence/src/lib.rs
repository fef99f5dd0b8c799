//! Documents and entries: strict JSON, envelopes, payloads, policies, and the entries that a log has of them.
//!
//! Pure: no files, network, clock, randomness, threads or private keys. Every decoder takes `&[u8]`, checks bounds first
//! and never panics on hostile input.

pub mod caller_text;
pub mod cbor;
pub mod code;
pub mod compact_jws;
pub mod context;
pub mod detect;
pub mod did;
pub mod digest;
pub mod document;
pub mod entry;
pub mod envelope;
mod envelope_types;
pub mod fault;
pub mod foreign;
pub mod id;
pub mod issuers;
pub mod json;
pub mod kind;
pub mod openclaw;
pub mod payload;
pub mod person;
pub mod record;
pub mod refused;
pub mod report;
pub mod rfc3339;
pub mod stream;
pub mod subject;
pub mod subject_index;
pub mod text;
pub mod token;
mod verified;
pub mod wpc;

pub use verified::{Evidence, Identity, RejectedDocument, SignerRule, identities_of_receipt, job_ids_of};
