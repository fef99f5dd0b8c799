//! One bounded look at the log from a place on.

use crate::error::{ApiError, missing};
use crate::limits::{EVENT_SCAN_MAX, PAGE_EVIDENCE_BYTES_MAX};
use crate::view::EntryView;
use ledger_query::QueryEngine;
use ledger_query::subject_proof::newest_provable;
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;
use verifier::subject_index::IndexQuestion;

/// Records read at once: with the largest evidence that is as many MiB in memory.
const READ_CHUNK: usize = 16;

/// Which entries are events, and what they carry.
#[derive(Clone, Debug)]
pub(super) struct EventsFilter {
    /// Only these, or all.
    pub(super) kinds: Option<Vec<Kind>>,
    /// Whether the documents go along.
    pub(super) with_evidence: bool,
    /// The questions whose answers the events are, one for each kind, where they are to be proved.
    pub(super) proved: Option<Vec<IndexQuestion>>,
}

impl EventsFilter {
    fn takes(&self, kind: Kind) -> bool {
        self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&kind))
    }
}

/// What a look found.
#[derive(Debug)]
pub(super) struct EventScan {
    /// In index order.
    pub(super) events: Vec<EntryView>,
    /// The first entry that was not looked at.
    pub(super) next: LeafIndex,
    /// The published size.
    pub(super) tree_size: TreeSize,
    /// The size up to which was looked: the published one, or what the index covers where events are proved.
    pub(super) upto: TreeSize,
}

/// Looks at entries from `from` on until there are `limit` events, enough bytes, or enough entries seen.
pub(super) fn scan(
    engine: &QueryEngine,
    from: LeafIndex,
    limit: usize,
    filter: &EventsFilter,
) -> Result<EventScan, ApiError> {
    let tree_size = engine.published().head.tree.size;
    let upto = match &filter.proved {
        Some(_) => newest_provable(engine)?.min(tree_size),
        None => tree_size,
    };
    let mut scanned = EventScan {
        events: Vec::new(),
        next: from,
        tree_size,
        upto,
    };
    let mut looked_at = 0;
    let mut bytes = 0;
    while upto.contains(scanned.next) && looked_at < EVENT_SCAN_MAX {
        let left = upto.value().saturating_sub(scanned.next.value());
        let chunk = usize::try_from(left).unwrap_or(READ_CHUNK).min(READ_CHUNK);
        let records = engine.entries(scanned.next, chunk)?;
        if records.is_empty() {
            return Err(missing(format!("entry {}", scanned.next)).into());
        }
        for record in records {
            scanned.next = record.index.next().unwrap_or(record.index);
            looked_at += 1;
            if !filter.takes(record.entry.kind) {
                continue;
            }
            if filter.with_evidence {
                bytes += record.evidence.as_ref().map_or(0, Vec::len);
            }
            scanned.events.push(EntryView::new(record, filter.with_evidence)?);
            if scanned.events.len() >= limit || bytes > PAGE_EVIDENCE_BYTES_MAX {
                return Ok(scanned);
            }
        }
    }
    Ok(scanned)
}
