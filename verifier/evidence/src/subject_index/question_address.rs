//! Where servers answer questions to the index (`docs/verifying.md`). Clients that ask and pages that link an answer take the address from here.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::IndexQuestion;

/// All but the unreserved characters of a path (RFC 3986 §2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

impl IndexQuestion {
    /// The path at which a server answers the question, with the kinds that are asked for. It ends with `?` or `&`, so that other
    /// parameters can follow. `None` of a question by hash, which packs alone ask.
    pub fn address(&self) -> Option<String> {
        match self {
            Self::Kind(kind) => Some(format!("/v1/kinds/{}/proof?", kind.as_str())),
            Self::Evidence(digest) => Some(format!("/v1/evidence/{digest}/proof?")),
            Self::Subject { field, value, kinds } => {
                let value = utf8_percent_encode(value, RESERVED);
                let path = format!("/v1/subjects/{}/{value}/proof?", field.as_str());
                if kinds.is_empty() {
                    return Some(path);
                }
                let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
                Some(format!("{path}kinds={}&", kinds.join(",")))
            }
            Self::Hashed { .. } => None,
        }
    }
}
