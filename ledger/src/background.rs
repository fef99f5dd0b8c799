//! Work that goes on next to sequencing, in a thread of its own.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long such a thread sleeps behind its work before it waits to be woken again: what comes meanwhile is done together, and a
/// commit need not pay for waking a thread that is not waiting.
pub(crate) const REST: Duration = Duration::from_millis(20);

/// A thread that works when it is woken.
pub(crate) struct BackgroundThread {
    wake: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl BackgroundThread {
    /// `work` ends when it is not woken any more.
    pub(crate) fn spawn(
        name: &str,
        work: impl FnOnce(&Receiver<()>) + Send + 'static,
    ) -> std::io::Result<Self> {
        // One place: a wake-up while another one waits says nothing new.
        let (wake, woken) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || work(&woken))?;
        Ok(Self { wake, thread })
    }

    /// There is something to do.
    pub(crate) fn wake(&self) {
        let _ = self.wake.try_send(());
    }

    /// Lets it finish its current step, and waits: the store may be closed afterwards.
    pub(crate) fn finish(self) {
        self.finish_while(|| {});
    }

    /// The same, doing something that it needs to finish.
    pub(crate) fn finish_while(self, work: impl FnOnce()) {
        drop(self.wake);
        work();
        let _ = self.thread.join();
    }
}
