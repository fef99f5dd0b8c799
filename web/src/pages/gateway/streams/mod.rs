//! A gateway's receipts, as far back as one page reads: by job, and by stream with the numbers that are missing.
//! Words count as in the verdict of a job: the gateway's own, or a submitter's that is bound to it.

mod rows;
mod walk;

use ledger_query::QueryEngine;
use verifier::index::TreeSize;
use verifier::kind::Kind;
use verifier::subject::Field;

use crate::error::PageError;
use crate::model::KnownRecord;
use crate::model::signers::SignerTable;
use crate::model::verdict::VerdictState;
use crate::text::{GroupedNumber, Time, counted};
use walk::{JobReceipts, ReceiptWalk, StreamOfGateway};

/// Receipts that are read, newest first.
const RECEIPTS_READ: usize = 400;
/// Streams and jobs in the tables.
const ROWS_SHOWN: usize = 40;

/// One stream.
pub(super) struct StreamRow {
    pub(super) name: String,
    pub(super) state: VerdictState,
    pub(super) words: String,
    pub(super) numbers: String,
    pub(super) receipts: String,
    pub(super) jobs: Vec<(String, Option<String>)>,
    pub(super) jobs_more: usize,
    pub(super) last: Time,
}

/// One job.
pub(super) struct GatewayJobRow {
    pub(super) id: String,
    pub(super) href: Option<String>,
    pub(super) receipts: String,
    pub(super) newest: GroupedNumber,
    pub(super) last: Time,
}

/// A gateway's newest receipts, by job and by stream.
pub(super) struct GatewayReceipts {
    pub(super) read: String,
    /// Whether there are older ones that were not read.
    pub(super) cut: bool,
    pub(super) streams: Vec<StreamRow>,
    pub(super) streams_more: usize,
    pub(super) jobs: Vec<GatewayJobRow>,
    pub(super) jobs_more: usize,
    /// Receipts that no counted word ties to a job, and that stand in no stream.
    pub(super) jobless: u64,
    pub(super) streamless: u64,
    /// The newest ones, for their lateness.
    pub(super) known: Vec<KnownRecord>,
}

pub(super) fn of(
    engine: &QueryEngine,
    did: &str,
    as_of: TreeSize,
    signers: &SignerTable,
) -> Result<GatewayReceipts, PageError> {
    let page = engine.subject(Field::Gateway, did, None, as_of, true, RECEIPTS_READ)?;
    let mut walk = ReceiptWalk::new(engine, signers);
    let mut newest = Vec::new();
    let mut read = 0_u64;
    for index in &page.items {
        let Some(known) = KnownRecord::read(engine, *index)? else {
            continue;
        };
        if known.record.entry.kind != Kind::ReceiptGateway {
            continue;
        }
        read += 1;
        walk.receipt(&known)?;
        newest.push(known);
    }
    let cut = page.next.is_some();
    let (streams_all, jobs_all) = (walk.streams.len(), walk.jobs.len());
    let mut streams: Vec<StreamOfGateway> = walk.streams.into_values().collect();
    // What lacks or repeats a number first, then by newest activity.
    streams.sort_by_key(|stream| (stream.is_whole(cut), std::cmp::Reverse(stream.last)));
    let mut jobs: Vec<(String, JobReceipts)> = walk.jobs.into_iter().collect();
    jobs.sort_by_key(|(_, job)| std::cmp::Reverse(job.newest));
    Ok(GatewayReceipts {
        read: counted(read, "receipt", "receipts"),
        cut,
        streams_more: streams_all.saturating_sub(ROWS_SHOWN),
        streams: streams
            .iter()
            .take(ROWS_SHOWN)
            .map(|stream| rows::of_stream(stream, cut))
            .collect(),
        jobs_more: jobs_all.saturating_sub(ROWS_SHOWN),
        jobs: jobs.into_iter().take(ROWS_SHOWN).map(rows::of_job).collect(),
        jobless: walk.jobless,
        streamless: walk.streamless,
        known: newest,
    })
}
