//! One entry as a row of a table.

use verifier::kind::Kind;

use super::KnownRecord;
use super::context::ContextView;
use super::detail;
use super::kinds;
use super::signers::{EntrySigner, SignerTable};
use crate::text::{Time, grouped};

/// One entry as a row of a table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct EntryRow {
    pub(crate) index: u64,
    pub(crate) number: String,
    pub(crate) label: &'static str,
    pub(crate) kind: Kind,
    pub(crate) signer: EntrySigner,
    pub(crate) detail: String,
    pub(crate) time: Time,
    pub(crate) context: Option<ContextView>,
}

impl EntryRow {
    pub(crate) fn new(known: &KnownRecord, signers: &SignerTable) -> Self {
        let record = &known.record;
        let kind = record.entry.kind;
        let signer = if kind == Kind::Context && known.document.is_none() {
            signers.of_word(&record.entry, record.index)
        } else {
            signers.of(&record.entry, record.index)
        };
        Self {
            index: record.index.value(),
            number: grouped(record.index.value()),
            label: kinds::label(kind),
            kind,
            detail: detail::line(known, signer.name.as_deref().unwrap_or(&signer.did)),
            signer,
            time: Time::new(record.entry.logged_at),
            context: ContextView::of(known, signers),
        }
    }

    /// Rows in the given order.
    pub(crate) fn all(known: &[KnownRecord], signers: &SignerTable) -> Vec<Self> {
        known.iter().map(|known| Self::new(known, signers)).collect()
    }
}
