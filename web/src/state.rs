//! What the handlers share.

use std::sync::Arc;

use axum::extract::FromRef;
use ledger::reader::Reader;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::PageError;

/// Assessments made for pages at one time: each may hold a job's whole evidence.
const ASSESSMENTS_CONCURRENT_MAX: usize = 2;
/// Forms with things to verify under way at one time, from their first byte on: each may bring 16 MiB.
const VERIFICATIONS_CONCURRENT_MAX: usize = 4;

/// See the module; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Pages {
    pub(crate) reader: Reader,
    assessing: Arc<Semaphore>,
    verifying: Arc<Semaphore>,
}

impl Pages {
    pub(crate) fn new(reader: Reader) -> Self {
        Self {
            reader,
            assessing: Arc::new(Semaphore::new(ASSESSMENTS_CONCURRENT_MAX)),
            verifying: Arc::new(Semaphore::new(VERIFICATIONS_CONCURRENT_MAX)),
        }
    }

    /// The turn to assess a job.
    pub(crate) async fn turn(&self) -> Result<OwnedSemaphorePermit, PageError> {
        let turn = Arc::clone(&self.assessing).acquire_owned().await;
        turn.map_err(|error| PageError::Internal(error.to_string()))
    }

    /// Room for one thing to verify, which is not waited for: `None` while others take all of it.
    pub(crate) fn room(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.verifying).try_acquire_owned().ok()
    }
}

impl FromRef<Pages> for Reader {
    fn from_ref(pages: &Pages) -> Self {
        pages.reader.clone()
    }
}
