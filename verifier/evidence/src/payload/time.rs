//! A time as a document states it.

use tlog::index::TimestampMs;

/// An RFC 3339 time: the text that was signed, and its position on the log's time line.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Timestamp {
    text: String,
    at: TimestampMs,
}

impl Timestamp {
    /// Reads a time under the rules of [`crate::rfc3339::parse`].
    pub fn parse(text: &str) -> Option<Self> {
        crate::rfc3339::parse(text).map(|at| Self {
            text: text.to_owned(),
            at,
        })
    }

    /// The text as received.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Milliseconds since the Unix epoch, rounded down.
    pub const fn at(&self) -> TimestampMs {
        self.at
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}
