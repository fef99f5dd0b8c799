//! The records of a large pack, verified on every core.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;

use verifier::assess::{RecordVerifier, VerifiedRecord};
use verifier::record::Record;

/// Records that are worth a thread: some 5 ms of signatures.
const RECORDS_OF_THREAD_MIN: usize = 64;

/// Verifies each record, in as many threads as there are cores.
pub(crate) fn verify_on_all_cores(
    verifier: &RecordVerifier,
    records: Vec<Record>,
) -> Vec<Arc<VerifiedRecord>> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let share = records.len().div_ceil(cores).max(RECORDS_OF_THREAD_MIN);
    let mut shares = Vec::with_capacity(cores);
    let mut left = records.into_iter();
    loop {
        let share: Vec<Record> = left.by_ref().take(share).collect();
        if share.is_empty() {
            break;
        }
        shares.push(share);
    }
    let verify = |share: Vec<Record>| -> Vec<Arc<VerifiedRecord>> {
        share.into_iter().map(|record| verifier.verify(record)).collect()
    };
    // One share is for this thread.
    let own = shares.pop().unwrap_or_default();
    thread::scope(|scope| {
        let others: Vec<_> = shares
            .into_iter()
            .map(|share| scope.spawn(move || verify(share)))
            .collect();
        let mut all = verify(own);
        for other in others {
            all.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        all
    })
}
