//! The body that says what went wrong: RFC 9457, `application/problem+json`.

use serde::Serialize;
use std::borrow::Cow;
use verifier::code::Code;
use verifier::index::LeafIndex;

/// Value of `WWW-Authenticate` in a 401 answer.
pub(crate) const CHALLENGE: &str = "Bearer realm=\"evidence-ledger\"";

/// An RFC 9457 problem.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// `/problems/<code>`, the address of a page about the code.
    pub r#type: String,
    /// The code in words.
    pub title: &'static str,
    /// HTTP status; in a batch, that of the line.
    pub status: u16,
    /// Stable reason code.
    #[schema(value_type = String, example = "SCHEMA_INVALID")]
    pub code: Code,
    /// What was expected and what was found.
    pub detail: String,
    /// RFC 6901 pointer to the member of the document at fault; empty: the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub pointer: Option<String>,
    /// The path segment, query parameter or header at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub parameter: Option<Cow<'static, str>>,
    /// The entry of which the document is a damaged copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>, nullable = false)]
    pub known_index: Option<LeafIndex>,
    /// The `refused` entry that was logged for the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>, nullable = false)]
    pub refused_index: Option<LeafIndex>,
    /// Seconds after which to try again; also the Retry-After header.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub retry_after_s: Option<u64>,
}
