//! The receipts of a large log, made and signed while they are sent: ten million of them have some 13 GB.

use std::sync::atomic::{AtomicU64, Ordering};

use harness::client::Client;
use harness::{HarnessError, actors};
use kit::cast::Cast;
use ledger::signer::EvidenceKey;

use crate::http::require_logged;
use crate::jobs::LoadJob;

/// Documents of one request.
const BATCH: u64 = 256;
/// Requests under way at once.
const CLIENTS: u64 = 4;
/// Of so many batches one consists of jobs; the others are of receipts that name no job.
const JOBS_EVERY: u64 = 4;
/// Receipts of a usual job: with its token and its beginning it is a sixteenth of a batch.
const JOB_RECEIPTS: u32 = 14;
const JOBS_IN_BATCH: u64 = BATCH / 16;

/// What was sent so far.
pub(super) struct Traffic<'a> {
    cast: &'a Cast,
    batches: u64,
    /// Bytes of all documents.
    bytes: AtomicU64,
}

impl<'a> Traffic<'a> {
    pub(super) fn new(cast: &'a Cast) -> Self {
        Self {
            cast,
            batches: 0,
            bytes: AtomicU64::new(0),
        }
    }

    pub(super) fn cast(&self) -> &'a Cast {
        self.cast
    }

    /// Documents that were sent: receipts, and the beginnings of their jobs.
    pub(super) fn receipts(&self) -> u64 {
        self.batches.saturating_mul(BATCH)
    }

    /// Bytes of the documents that were sent.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// The usual jobs that were sent, each of 14 receipts.
    pub(super) fn jobs(&self) -> u64 {
        self.batches.div_ceil(JOBS_EVERY).saturating_mul(JOBS_IN_BATCH)
    }

    /// A usual job.
    pub(super) fn job(number: u64) -> LoadJob {
        LoadJob::new(u32::try_from(number).unwrap_or(u32::MAX), JOB_RECEIPTS)
    }

    /// Sends whole batches until there are `receipts`.
    pub(super) fn send_to(&mut self, url: &str, receipts: u64) -> Result<(), HarnessError> {
        let (next, end) = (AtomicU64::new(self.batches), receipts.div_ceil(BATCH));
        let traffic = &*self;
        let send = || {
            let client = Client::new(url);
            loop {
                let batch = next.fetch_add(1, Ordering::Relaxed);
                if batch >= end {
                    return Ok(());
                }
                let documents = traffic.documents(batch)?;
                let bytes: usize = documents.iter().map(String::len).sum();
                traffic
                    .bytes
                    .fetch_add(u64::try_from(bytes).unwrap_or(u64::MAX), Ordering::Relaxed);
                require_logged(&client, &documents)?;
            }
        };
        std::thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(send)).collect();
            clients.into_iter().try_for_each(|client| {
                client
                    .join()
                    .unwrap_or_else(|_| Err(HarnessError::unexpected("a client that ends", "a panic")))
            })
        })?;
        self.batches = self.batches.max(end);
        Ok(())
    }

    fn documents(&self, batch: u64) -> Result<Vec<String>, HarnessError> {
        if batch.is_multiple_of(JOBS_EVERY) {
            let first = (batch / JOBS_EVERY).saturating_mul(JOBS_IN_BATCH);
            return self.documents_of_jobs(first);
        }
        let run = format!("loose-{batch}");
        (0..BATCH)
            .map(|number| actors::receipt(&self.cast.gateway, &run, number))
            .collect()
    }

    fn documents_of_jobs(&self, first: u64) -> Result<Vec<String>, HarnessError> {
        let mut documents = Vec::new();
        for number in first..first.saturating_add(JOBS_IN_BATCH) {
            let job = Self::job(number);
            documents.extend(job.beginning(self.cast)?);
            documents.extend(job.calls(self.cast)?);
        }
        Ok(documents)
    }

    pub(super) fn gateway(&self) -> &'a EvidenceKey {
        &self.cast.gateway
    }
}
