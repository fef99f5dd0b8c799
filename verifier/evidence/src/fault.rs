//! What is wrong with a document, where, and what was expected.

use crate::code::Code;
use crate::compact_jws::contains_compact_jws;

/// Longest text of a document that a fault repeats, in characters.
const SHOWN_CHARS_MAX: usize = 80;

/// A fault of the document: its author or submitter is to blame, never the log.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{code}: expected {expected}, found {found} (at {pointer:?})")]
pub struct Fault {
    /// Stable code.
    pub code: Code,
    /// RFC 6901 JSON pointer into the document; "" is the whole.
    pub pointer: String,
    /// What would have been accepted.
    pub expected: String,
    /// What was found, shortened; never a secret.
    pub found: String,
}

impl Fault {
    /// A fault at a JSON pointer.
    pub fn new(
        code: Code,
        pointer: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self {
            code,
            pointer: pointer.into(),
            expected: expected.into(),
            found: found.into(),
        }
    }
}

/// The beginning of a text of the document, fit to be repeated in a fault: at most 80
/// characters, control and formatting characters escaped, and nothing of a token.
pub fn shorten(text: &str) -> String {
    if contains_compact_jws(text) {
        return "a compact JWS".to_owned();
    }
    let mut shown: String = text
        .chars()
        .take(SHOWN_CHARS_MAX)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(SHOWN_CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}

/// Appends one reference token to a JSON pointer (RFC 6901 §3: `~` is `~0`, `/` is `~1`). A name
/// with a compact JWS in it becomes `…`: faults are logged and handed on, tokens must not be.
pub fn pointer_to(parent: &str, name: &str) -> String {
    let mut pointer = String::with_capacity(parent.len().saturating_add(name.len()).saturating_add(1));
    pointer.push_str(parent);
    pointer.push('/');
    let name = if contains_compact_jws(name) { "…" } else { name };
    for character in name.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
    pointer
}
