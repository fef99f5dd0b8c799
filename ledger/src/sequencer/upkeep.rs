//! Lets the store do its own housekeeping while sequencing goes on.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use crate::shared::LogState;

/// The thread that calls [`maintain`](crate::store::StoreUpkeep::maintain). It is a matter of speed: lookups are
/// complete without it.
pub(crate) struct Housekeeper {
    wake: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Housekeeper {
    pub(crate) fn spawn(shared: Arc<LogState>) -> std::io::Result<Self> {
        // One place: a wake-up while another one waits says nothing new.
        let (wake, woken) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("store-upkeep".to_owned())
            .spawn(move || maintain_when_woken(&shared, &woken))?;
        Ok(Self { wake, thread })
    }

    /// There is something to do.
    pub(crate) fn wake(&self) {
        let _ = self.wake.try_send(());
    }

    /// Lets it finish its current step, and waits: the store may be closed afterwards.
    pub(crate) fn finish(self) {
        drop(self.wake);
        let _ = self.thread.join();
    }
}

fn maintain_when_woken(shared: &LogState, woken: &Receiver<()>) {
    while woken.recv().is_ok() {
        let published = shared.published().head.tree.size;
        loop {
            match shared.store.maintain() {
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
    }
}
