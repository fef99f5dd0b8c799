//! What the caller of a gateway or tool chose and somebody else signed.
//!
//! A gateway's receipt repeats the run, the event hash, the idempotency key and the model that came with the call. If
//! an odd value of these kept the receipt out of the log, a caller could keep its calls out of the log. So they are
//! taken as they are, compared byte for byte, and what they match is judged afterwards. Ids that a signer or submitter
//! of ours chooses are [`check_id`](crate::id::check_id)'s.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;

/// Longest text of a caller, in bytes of UTF-8. Headers of a call are shorter, and a document holds it many times.
pub const CALLER_TEXT_BYTES_MAX: usize = 4096;

/// A text of 1 to [`CALLER_TEXT_BYTES_MAX`] bytes that a caller chose: any characters, also those that nobody sees.
/// It has to be escaped before it is shown.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallerText(String);

impl CallerText {
    /// Takes the text, if it has 1 to [`CALLER_TEXT_BYTES_MAX`] bytes.
    pub fn parse(text: &str) -> Option<Self> {
        is_caller_text(text).then(|| Self(text.to_owned()))
    }

    /// The text as the caller wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a text is short enough, and not empty.
pub fn is_caller_text(text: &str) -> bool {
    (1..=CALLER_TEXT_BYTES_MAX).contains(&text.len())
}

impl Deref for CallerText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for CallerText {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for CallerText {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for CallerText {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for CallerText {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl From<CallerText> for String {
    fn from(text: CallerText) -> Self {
        text.0
    }
}

impl fmt::Display for CallerText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for CallerText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
