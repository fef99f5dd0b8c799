//! The thread on which windows are followed: one of its own, so that what it uses can be told from what answers use.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};

use tokio::sync::oneshot;

use super::ProjectionInner;
use super::worker::{FollowError, WindowEnd};
use ledger::reader::Reader;

/// What came of a window, or what the panic said that ended it.
type StepEnd = Result<Result<WindowEnd, FollowError>, Box<dyn Any + Send>>;

/// Follows one window after another. Ends when it is dropped.
pub(super) struct WindowThread(mpsc::Sender<(Reader, oneshot::Sender<StepEnd>)>);

/// A window that was not followed, since a panic ended it or the thread is gone.
#[derive(Debug, thiserror::Error)]
#[error("an assessment of the projection broke off")]
pub(super) struct BrokenOff;

impl WindowThread {
    pub(super) fn spawn(inner: Arc<ProjectionInner>) -> io::Result<Self> {
        let (sender, receiver) = mpsc::channel::<(Reader, oneshot::Sender<StepEnd>)>();
        let run = move || {
            for (reader, answer) in receiver {
                // What a panic leaves is what a crash leaves: the window is followed again.
                let end = catch_unwind(AssertUnwindSafe(|| inner.step(&reader)));
                // The log may close as soon as nobody has a reader.
                drop(reader);
                let _ = answer.send(end);
            }
        };
        let thread = std::thread::Builder::new().name("projection".to_owned());
        thread.spawn(run)?;
        Ok(Self(sender))
    }

    /// Follows the next window.
    pub(super) async fn step(&self, reader: Reader) -> Result<Result<WindowEnd, FollowError>, BrokenOff> {
        let (sender, answer) = oneshot::channel();
        self.0.send((reader, sender)).map_err(|_| BrokenOff)?;
        answer.await.map_err(|_| BrokenOff)?.map_err(|_| BrokenOff)
    }
}
