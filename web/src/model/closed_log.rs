//! The end of a log, for the pages that say how the log is.

use ledger_query::QueryEngine;

use crate::text::{GroupedNumber, Time, shortened};

/// Characters of the operator's reason; the entry's page has all of it.
const REASON_CHARACTERS_MAX: usize = 300;

/// What the operator said when the log was closed.
pub(crate) struct ClosedLog {
    /// The entry log.frozen.
    pub(crate) entry: GroupedNumber,
    pub(crate) time: Time,
    pub(crate) reason: String,
    /// The origin of the log that continues this one.
    pub(crate) successor: Option<String>,
}

impl ClosedLog {
    /// `None` while the log takes entries.
    pub(crate) fn of(engine: &QueryEngine) -> Option<Self> {
        let admission = engine.admission();
        let frozen = admission.frozen.as_deref()?;
        Some(Self {
            entry: frozen.position.index.into(),
            time: Time::new(frozen.position.logged_at),
            reason: shortened(&frozen.freeze.reason, REASON_CHARACTERS_MAX),
            successor: frozen.freeze.successor.clone(),
        })
    }
}
