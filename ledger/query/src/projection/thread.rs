//! The thread on which windows are followed: one of its own, so that what it uses can be told from what answers use.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::ProjectionInner;
use super::worker::{FollowError, WindowEnd};
use ledger::reader::Reader;

/// Who has the window read, and where it is said how it ended.
type Step = (Reader, oneshot::Sender<Result<WindowEnd, FollowError>>);

/// Follows one window after another. When it is dropped the thread has ended, and holds nothing of the log or of the projection any more.
pub(super) struct WindowThread {
    /// `None` once the thread is to end.
    steps: Option<mpsc::Sender<Step>>,
    /// `None` once it has ended.
    thread: Option<JoinHandle<()>>,
}

/// A window that was not followed, since a panic ended it, which was printed where it happened.
#[derive(Debug, thiserror::Error)]
#[error("an assessment of the projection broke off")]
pub(super) struct BrokenOff;

impl WindowThread {
    pub(super) fn spawn(inner: Arc<ProjectionInner>) -> io::Result<Self> {
        let (steps, receiver) = mpsc::channel::<Step>();
        let run = move || {
            for (reader, answer) in receiver {
                // What a panic leaves is what a crash leaves: the window is followed again.
                let end = catch_unwind(AssertUnwindSafe(|| inner.step(&reader)));
                // The log may close as soon as nobody has a reader.
                drop(reader);
                if let Ok(end) = end {
                    let _ = answer.send(end);
                }
            }
        };
        let thread = std::thread::Builder::new().name("projection".to_owned());
        Ok(Self {
            steps: Some(steps),
            thread: Some(thread.spawn(run)?),
        })
    }

    /// Follows the next window.
    pub(super) async fn step(&self, reader: Reader) -> Result<Result<WindowEnd, FollowError>, BrokenOff> {
        let (sender, answer) = oneshot::channel();
        let steps = self.steps.as_ref().ok_or(BrokenOff)?;
        steps.send((reader, sender)).map_err(|_| BrokenOff)?;
        answer.await.map_err(|_| BrokenOff)
    }
}

impl Drop for WindowThread {
    /// Waits for the window under way.
    fn drop(&mut self) {
        self.steps = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
