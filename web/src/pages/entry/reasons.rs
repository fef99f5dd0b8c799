//! Why an entry's evidence does not count for the job that its sender names, as far as the entry itself shows it. The job's
//! page has the rest.

use verifier::assess::{LostStatement, Reason, UncountedEntries};
use verifier::index::TimestampMs;
use verifier::payload::Payload;

use crate::model::KnownRecord;
use crate::model::signers::SignerTable;
use crate::model::uncounted::UncountedRows;

pub(super) fn of(known: &KnownRecord, signers: &SignerTable, now: TimestampMs) -> UncountedRows {
    let reasons = known.record.context.as_ref().map(|context| {
        let lost = if context.job_id.is_some() {
            LostStatement::Job
        } else {
            LostStatement::Context
        };
        let unlinked = signers.unlinked(&known.record.entry, known.record.index, lost, now);
        unlinked.into_iter().chain(lacks_scope_hash(known))
    });
    let uncounted: Vec<UncountedEntries> = reasons
        .into_iter()
        .flatten()
        .map(|reason| UncountedEntries {
            reason,
            entries: Vec::new(),
        })
        .collect();
    UncountedRows::of(&uncounted)
}

fn lacks_scope_hash(known: &KnownRecord) -> Option<Reason> {
    match known.payload() {
        Some(Payload::GatewayReceipt(receipt)) if receipt.binding.token_scope_hash.is_none() => {
            Some(Reason::ScopeHashMissing)
        }
        _ => None,
    }
}
