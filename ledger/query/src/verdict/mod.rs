//! Verdicts on jobs: what they are made from, the verdicts that are kept, and packs.

mod answers;
mod collect;
mod judged;
mod later_erasures;
mod pack;
mod pack_index;
mod verified;

pub(crate) use collect::job_span;
pub use collect::{CLOSURE_EVIDENCE_BYTES_MAX, CLOSURE_RECORDS_MAX, CollectError};
pub use judged::JudgedJob;
pub(crate) use judged::JudgedJobs;
pub use pack::PackFault;
pub(crate) use pack::pack;
