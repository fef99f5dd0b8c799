//! Lets the store do its own housekeeping while sequencing goes on.

use std::sync::Arc;
use std::sync::mpsc::Receiver;

use crate::background::{BackgroundThread, REST};
use crate::shared::LogState;

/// Starts the thread that calls [`maintain`](crate::store::StoreUpkeep::maintain). It is a matter of speed: lookups are
/// complete without it. `is_indexed`: rows that runs
/// hold, too, need not be kept, since the log goes on with its index.
pub(crate) fn spawn(shared: Arc<LogState>, is_indexed: bool) -> std::io::Result<BackgroundThread> {
    BackgroundThread::spawn("store-upkeep", move |woken| {
        maintain_when_woken(&shared, is_indexed, woken);
    })
}

fn maintain_when_woken(shared: &LogState, is_indexed: bool, woken: &Receiver<()>) {
    while woken.recv().is_ok() {
        let published = shared.published().head.tree.size;
        loop {
            let released = if is_indexed {
                shared.rows.release_covered()
            } else {
                Ok(())
            };
            match released.and_then(|()| shared.store.maintain()) {
                Ok(upkeep) => {
                    shared.set_indexed_to(upkeep.indexed_to.min(published));
                    if !upkeep.is_pending || upkeep.indexed_to >= published {
                        break;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the store did not do its housekeeping");
                    break;
                }
            }
        }
        std::thread::sleep(REST);
    }
}
