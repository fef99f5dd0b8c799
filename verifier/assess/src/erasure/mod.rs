//! Erasure: what an order in the log covers (normative: `docs/erasure.md`, "What an order covers" and "Holds").
//!
//! One rule for everybody who has to know whether missing bytes were erased: the server that erases and reads, `fsck`,
//! and the reader of a pack. It is a function of entries, of orders, holds and releases in log order, and of who
//! was registered for what when they were logged.
//!
//! * A document and the contexts on it are one: they go together or stay together ([`ErasableDocument`]).
//! * An order by digest covers one document. An order by job covers the documents that belong to the job: whose signed
//!   payload names it, or about which a counted context does. What only an uncounted context ties to the job is
//!   not covered, since a stranger's word would otherwise erase the evidence of others; that word itself is.
//! * A hold protects more than an order covers: every document that anybody's context ties to a held job.
//! * An order covers entries below itself, and judges holds at its own place.
//! * An order, a hold or a release counts only where an operator signed it who was registered before it and not
//!   retired ([`ErasureHistory`]). Distrust that is declared later takes no erasure back: the bytes are gone.

mod dispositions;
mod document;
mod history;
mod judge;
mod lookups;

pub use dispositions::{Dispositions, subject_of};
pub use document::{ErasableDocument, document_subject, evidence_subject, is_submitters_context, jobs};
pub use history::{ErasureHistory, may_decide};
pub use judge::{Coverage, ErasureEffect, ErasureRule, KeptReason};
pub use lookups::{DISPOSITIONS, lookups};
