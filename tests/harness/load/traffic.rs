//! Requests by their number: what a load generator sends.

use kit::cast::Cast;
use ledger::signer::EvidenceKey;
use serde::{Deserialize, Serialize};

use super::gateways::Gateways;
use super::jobs::LoadJob;
use super::receipts::Receipt;
use crate::{HarnessError, actors};

/// Documents of one request.
pub const BATCH: u64 = 256;
/// Of so many batches of mixed traffic one consists of jobs; the others are of receipts that name no job.
pub const JOBS_EVERY: u64 = 4;
/// Receipts of a usual job: with its token and its beginning it is a sixteenth of a batch.
pub const JOB_RECEIPTS: u64 = 14;
/// Jobs of one batch.
pub const JOBS_IN_BATCH: u64 = BATCH / 16;

/// What is sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Traffic {
    /// Receipts that name no job.
    Loose {
        /// Part of their ids.
        run: String,
        /// Receipts of one request; 1 sends each alone.
        batch: u64,
    },
    /// Batches of which one in four is of usual jobs.
    Mixed {
        /// The number of the first batch.
        first: u64,
    },
    /// Batches of jobs.
    Jobs {
        /// The number of the first job.
        first: u64,
        /// How many jobs there are in all.
        jobs: u64,
        /// How many receipts they have, in turn.
        receipts: Vec<u64>,
        /// How many of them are in one request, which has 1,000 documents at most.
        in_batch: u64,
    },
    /// One job, over as many batches as it needs.
    Job {
        /// Its number.
        number: u64,
        /// How many receipts it has.
        receipts: u64,
    },
    /// GET of each path in turn.
    Get {
        /// The paths.
        paths: Vec<String>,
    },
}

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    /// Path and query.
    pub path: String,
    /// Media type and body, unless it is GET.
    pub body: Option<(&'static str, Vec<u8>)>,
    /// Documents in it, or 1.
    pub items: u64,
}

/// Makes requests.
#[derive(Debug)]
pub struct RequestMaker {
    traffic: Traffic,
    gateways: Gateways,
    cast: Cast,
}

impl RequestMaker {
    /// Of some traffic.
    ///
    /// # Errors
    /// [`HarnessError::Key`] where a seed is no key.
    pub fn new(traffic: Traffic) -> Result<Self, HarnessError> {
        Ok(Self {
            traffic,
            gateways: Gateways::new()?,
            // The operator of the log has signed all that it has to sign.
            cast: Cast::on_loopback(EvidenceKey::from_seed([1; 32])?),
        })
    }

    /// The request of a number.
    ///
    /// # Errors
    /// As [`actors::now`].
    pub fn request(&self, number: u64) -> Result<Request, HarnessError> {
        match &self.traffic {
            Traffic::Loose { run, batch: 1 } => Ok(alone(self.loose(run, number, 1)?.concat())),
            Traffic::Loose { run, batch } => Ok(together(&self.loose(run, number, *batch)?)),
            Traffic::Mixed { first } => {
                let batch = first.saturating_add(number);
                let documents = if batch.is_multiple_of(JOBS_EVERY) {
                    let first = (batch / JOBS_EVERY).saturating_mul(JOBS_IN_BATCH);
                    self.jobs(first, JOBS_IN_BATCH, &[JOB_RECEIPTS])
                } else {
                    self.loose("loose", batch, BATCH)
                };
                Ok(together(&documents?))
            }
            Traffic::Jobs {
                first,
                jobs,
                receipts,
                in_batch,
            } => {
                let done = number.saturating_mul(*in_batch);
                let count = jobs.saturating_sub(done).min(*in_batch);
                Ok(together(&self.jobs(
                    first.saturating_add(done),
                    count,
                    receipts,
                )?))
            }
            Traffic::Job {
                number: job,
                receipts,
            } => {
                let job = LoadJob::new(*job, *receipts);
                Ok(together(&self.of_job(
                    &job,
                    number.saturating_mul(BATCH),
                    BATCH,
                )?))
            }
            Traffic::Get { paths } => {
                let place = usize::try_from(number).unwrap_or(usize::MAX);
                let path = paths.get(place % paths.len().max(1));
                let path = path.ok_or_else(|| HarnessError::unexpected("a path", "none"))?;
                Ok(Request {
                    path: path.clone(),
                    body: None,
                    items: 1,
                })
            }
        }
    }

    fn loose(&self, run: &str, batch: u64, count: u64) -> Result<Vec<String>, HarnessError> {
        let (at, run) = (actors::now()?, format!("{run}-{}", batch / BATCH.div_ceil(count)));
        let first = batch.saturating_mul(count);
        let receipt = |number: u64| {
            let gateway = self.gateways.of(number)?;
            let id = format!("rcpt_{run}_{number}");
            let receipt = Receipt {
                id: &id,
                run: &run,
                scope_hash: None,
                at: &at,
            };
            Some(receipt.sign(gateway))
        };
        let receipts = (first..first.saturating_add(count)).filter_map(receipt);
        Ok(receipts.collect())
    }

    /// Documents of a job, from one on.
    fn of_job(&self, job: &LoadJob, from: u64, count: u64) -> Result<Vec<String>, HarnessError> {
        let end = from.saturating_add(count).min(job.documents());
        (from..end)
            .map(|number| job.document(number, &self.cast, &self.gateways))
            .collect()
    }

    fn jobs(&self, first: u64, count: u64, receipts: &[u64]) -> Result<Vec<String>, HarnessError> {
        let mut documents = Vec::new();
        for (number, receipts) in (first..first.saturating_add(count)).zip(receipts.iter().cycle()) {
            let job = LoadJob::new(number, *receipts);
            documents.extend(self.of_job(&job, 0, job.documents())?);
        }
        Ok(documents)
    }
}

fn alone(document: String) -> Request {
    Request {
        path: "/v1/evidence".to_owned(),
        body: Some(("application/json", document.into_bytes())),
        items: 1,
    }
}

fn together(documents: &[String]) -> Request {
    Request {
        path: "/v1/evidence/batch".to_owned(),
        body: Some(("application/x-ndjson", documents.join("\n").into_bytes())),
        items: u64::try_from(documents.len()).unwrap_or(u64::MAX),
    }
}
