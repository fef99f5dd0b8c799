//! Carries erasure orders out concurrently with sequencing, oldest first, and again until the store recorded them as
//! done.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;

use super::remains::remains_of;
use crate::background::{BackgroundThread, REST};
use crate::coverage::plan;
use crate::error::ReadError;
use crate::reader::Reader;
use crate::shared::LogState;
use crate::store::{OrderedErasure, Removal};

/// When a step that failed is tried again, if nothing is logged before.
const RETRY: Duration = Duration::from_secs(30);

/// Entries that are erased in one write. Their remains, some hundred bytes each, are held in memory.
const ENTRIES_OF_PART: usize = 4_096;

/// Starts the erasing thread. It is woken where there may be a new order.
pub(crate) fn spawn(shared: Arc<LogState>, reader: Reader) -> std::io::Result<BackgroundThread> {
    BackgroundThread::spawn("eraser", move |woken| erase_when_woken(&shared, &reader, woken))
}

fn erase_when_woken(shared: &LogState, reader: &Reader, woken: &Receiver<()>) {
    let mut failed = false;
    // Orders below this were seen to be done.
    let mut done = TreeSize::new(0);
    loop {
        let next = if failed {
            woken.recv_timeout(RETRY)
        } else {
            woken.recv().map_err(|_| RecvTimeoutError::Disconnected)
        };
        if next == Err(RecvTimeoutError::Disconnected) {
            return;
        }
        match carry_out(shared, reader, done) {
            Ok(upto) => {
                done = upto;
                failed = false;
            }
            Err(error) => {
                tracing::error!(%error, "an erasure was not carried out; it is tried again");
                failed = true;
            }
        }
        std::thread::sleep(REST);
    }
}

/// Carries out every published order from `from` on that is not recorded as done. Answers the size below
/// which there is none left.
fn carry_out(shared: &LogState, reader: &Reader, from: TreeSize) -> Result<TreeSize, ReadError> {
    let size = reader.published().head.tree.size;
    if shared.admission().dispositions.has_no_orders() {
        return Ok(size);
    }
    let erased_to = shared.store.head()?.map(|log| log.erased_to).unwrap_or_default();
    let start = from.max(erased_to);
    let mut next = Some(start.next_index());
    while let Some(first) = next {
        let page = reader.by_kind(Kind::ErasureOrdered, Some(first), size, false, 1)?;
        let Some(order) = page.items.first().copied() else {
            break;
        };
        erase(shared, reader, order)?;
        next = page.next;
    }
    Ok(size)
}

fn erase(shared: &LogState, reader: &Reader, order: LeafIndex) -> Result<(), ReadError> {
    let said = reader.order_at(order)?.ok_or_else(|| ReadError::Corrupt {
        what: "an index row".to_owned(),
        expected: "an erasure order".to_owned(),
        found: format!("entry {order}"),
    })?;
    let covered = plan(&reader.view()?, order, &said.target)?.covered;
    let parts = covered.chunks(ENTRIES_OF_PART);
    // An order that covers nothing is carried out, too.
    let last = parts.len().saturating_sub(1);
    let parts = parts.chain(covered.is_empty().then_some(covered.as_slice()));
    for (number, part) in parts.enumerate() {
        erase_part(shared, reader, order, (part, number == last))?;
    }
    tracing::info!(%order, entries = covered.len(), "an erasure order was carried out");
    Ok(())
}

fn erase_part(
    shared: &LogState,
    reader: &Reader,
    order: LeafIndex,
    (covered, is_last): (&[LeafIndex], bool),
) -> Result<(), ReadError> {
    let mut remains = Vec::with_capacity(covered.len());
    for index in covered {
        // Erased already, by this order before a crash or by an earlier one: it keeps those remains.
        let record = reader.entry(*index)?.filter(|record| record.erased.is_none());
        if let Some(record) = record {
            remains.push((*index, remains_of(reader, order, &record)?));
        }
    }
    let erased = shared.store.erase(&OrderedErasure {
        order,
        covered: covered.to_vec(),
        remains,
        is_last,
    });
    // Also where it failed: it may have been written all the same.
    reader.forget_evidence();
    if let Removal::By(time) = erased? {
        tracing::info!(%order, removed_by_ms = time.value(), "erased evidence is hidden from every read");
    }
    Ok(())
}
