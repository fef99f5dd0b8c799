//! What is not ours, named: other signature formats, files of other programs, texts in an encoding that no reader here
//! takes, and signed documents inside another one.
//!
//! Nothing here is verified. A name only tells a person what they brought and what to do with it; whatever is
//! not recognized is still refused or unknown.

mod bytes;
mod inside;
mod value;

pub use bytes::of_start;
pub use bytes::{begins_as_pack, begins_as_proof, begins_as_subject_proof, of_bytes};
pub use inside::documents_inside;
pub(crate) use value::no_envelope;
pub use value::of_value;

/// What can be done with a thing that is not verified here.
pub const NOT_VERIFIED: &str = "it is not verified here; it can be logged as an artifact";
