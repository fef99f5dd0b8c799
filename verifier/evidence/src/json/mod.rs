//! Strict JSON for evidence: UTF-8, unique names, no lone surrogates, exact doubles, bounded depth.
//!
//! The text form is the business of `serde_json`; what is decided here is which texts are evidence.
//! Two readers of one document must not see two documents, so whatever JSON readers treat
//! differently is refused: a name that occurs twice, half a surrogate pair, an integer that a
//! double cannot hold, a number beyond all doubles. A number is judged by its value and not by its
//! spelling, so that both texts that are hashed are accepted wherever the document was. Member order
//! is kept, because one of clawsig's two hash rules depends on it ([`to_js_string`]); the other does
//! not ([`to_jcs`]).

mod number;
pub(crate) mod pointer;
mod read;
mod value;
mod write;

pub use read::parse;
pub use value::{Object, Value};
pub use write::{hash_jcs, hash_js, to_jcs, to_js_string};

pub use read::parse_within;
pub(crate) use read::{syntax_fault, utf8};
pub use write::{jcs_of_array, jcs_of_members, jcs_of_object, jcs_without, js_of_object, utf16_order};

/// Deepest nesting of arrays and objects.
pub const NESTING_MAX: usize = 64;

/// Largest document, in bytes.
pub const DOCUMENT_BYTES_MAX: usize = 1024 * 1024;

/// Largest number that is written as an integer, 2^53 − 1: from there on doubles skip integers. Numbers from
/// 10^21 on are written with an exponent, whatever they were read from, and are doubles like others.
pub const INTEGER_MAX: u64 = 9_007_199_254_740_991;
