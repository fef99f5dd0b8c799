//! Merges index segments beside sequencing, so that lookups need not consult many of them.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use crate::shared::Shared;

/// The merging thread. Merging is a matter of speed: lookups are complete without it.
pub(crate) struct Merger {
    wake: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Merger {
    pub(crate) fn spawn(shared: Arc<Shared>) -> std::io::Result<Self> {
        // One place: a wake-up while another one waits says nothing new.
        let (wake, woken) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("index-merge".to_owned())
            .spawn(move || merge_when_woken(&shared, &woken))?;
        Ok(Self { wake, thread })
    }

    /// There is something to merge.
    pub(crate) fn wake(&self) {
        let _ = self.wake.try_send(());
    }

    /// Lets it finish its current step, and waits: the store may be closed afterwards.
    pub(crate) fn finish(self) {
        drop(self.wake);
        let _ = self.thread.join();
    }
}

fn merge_when_woken(shared: &Shared, woken: &Receiver<()>) {
    while woken.recv().is_ok() {
        let published = shared.published().head.tree.size;
        let mut before = shared.indexed_to();
        loop {
            match shared.store.merge_index() {
                Ok(merged) => {
                    shared.set_indexed_to(merged.min(published));
                    if merged >= published || merged <= before {
                        break;
                    }
                    before = merged;
                }
                Err(error) => {
                    tracing::warn!(%error, "the index was not merged");
                    break;
                }
            }
        }
    }
}
