//! A line of an export: an entry with what is stored with it, in the one spelling that it has.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::invalid;
use crate::base64::decode_standard;
use crate::check::Finding;
use crate::entry::{Entry, EntryError};
use crate::index::LeafIndex;

/// What a line says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportLine<'a> {
    /// The entry's index.
    pub index: u64,
    /// Its bytes, standard padded base64.
    pub entry: Cow<'a, str>,
    /// The document's text, where the entry has one that was not erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Cow<'a, str>>,
    /// JCS of what its submitter said, where somebody said something that was not erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<Cow<'a, str>>,
}

/// The entry of a line.
pub(super) struct LineEntry {
    pub(super) index: LeafIndex,
    pub(super) entry: Entry,
    pub(super) bytes: Vec<u8>,
}

impl ExportLine<'_> {
    /// The line, without its end.
    ///
    /// # Errors
    /// Never: all of it can be written.
    pub fn to_text(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    /// The index that a line states, in whatever spelling.
    pub(super) fn stated_index(line: &[u8]) -> Option<u64> {
        serde_json::from_slice::<ExportLine<'_>>(line)
            .ok()
            .map(|line| line.index)
    }

    /// Reads a line that was signed. Another spelling of the same JSON is no line: what two readers may read differently proves nothing.
    pub(super) fn read(line: &[u8]) -> Result<ExportLine<'static>, Finding> {
        let read: ExportLine<'static> = serde_json::from_slice(line)
            .map_err(|_| invalid("it was signed over a line in another format"))?;
        let is_exact = read.to_text().is_ok_and(|text| text.as_bytes() == line);
        is_exact
            .then_some(read)
            .ok_or_else(|| invalid("it was signed over a line in another spelling"))
    }

    pub(super) fn entry(&self) -> Result<LineEntry, Finding> {
        let index = LeafIndex::new(self.index);
        let bytes = decode_standard(&self.entry)
            .ok_or_else(|| invalid("it was signed over an entry that is not base64"))?;
        let entry = Entry::decode(&bytes).map_err(|error| match error {
            EntryError::UnknownFormat(_) => {
                Finding::incomplete("UNKNOWN_FORMAT", format!("entry {index}: {error}"))
            }
            _ => Finding::fail("ENTRY_MALFORMED", format!("entry {index}: {error}")),
        })?;
        Ok(LineEntry { index, entry, bytes })
    }
}
