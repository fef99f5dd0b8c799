//! Records that were verified lately, by leaf hash: what a page, the API, a pack or the projection reads was not seldom
//! verified for another of them, or as of a smaller tree.
//!
//! The leaf hash covers the entry, and the entry commits to document and context; only an erasure changes what is kept
//! for it. All records are forgotten then.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use verifier::assess::VerifiedRecord;
use verifier::hash::NodeHash;

/// Most bytes of the records that are kept, by [`VerifiedRecord::memory`].
const BYTES_MAX: usize = 32 << 20;
/// Most records that are kept.
const RECORDS_MAX: usize = 1 << 16;

/// The records that were verified last.
#[derive(Debug, Default)]
pub(super) struct VerifiedRecords(Mutex<RecordCache>);

#[derive(Debug)]
struct RecordCache {
    records: LruCache<NodeHash, Arc<VerifiedRecord>>,
    bytes: usize,
    /// How often all was forgotten.
    forgotten: u64,
}

/// The time between two erasures in which a record was read: what was read before the last one may be what was erased.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct ErasureEpoch(u64);

impl Default for RecordCache {
    fn default() -> Self {
        Self {
            records: LruCache::unbounded(),
            bytes: 0,
            forgotten: 0,
        }
    }
}

impl VerifiedRecords {
    /// A poisoned lock only says that another reader panicked; what is held was put there whole.
    fn held(&self) -> MutexGuard<'_, RecordCache> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To be asked before a record is read that is to be kept.
    pub(super) fn since(&self) -> ErasureEpoch {
        ErasureEpoch(self.held().forgotten)
    }

    pub(super) fn get(&self, leaf: &NodeHash) -> Option<Arc<VerifiedRecord>> {
        self.held().records.get(leaf).cloned()
    }

    /// Keeps a record that was read since, unless all was forgotten meanwhile.
    pub(super) fn keep(&self, leaf: NodeHash, record: Arc<VerifiedRecord>, since: ErasureEpoch) {
        let mut held = self.held();
        let added = record.memory();
        if ErasureEpoch(held.forgotten) != since || added > BYTES_MAX {
            return;
        }
        let replaced = held.records.put(leaf, record);
        let freed = replaced.map_or(0, |record| record.memory());
        held.bytes = held.bytes.saturating_sub(freed).saturating_add(added);
        while held.bytes > BYTES_MAX || held.records.len() > RECORDS_MAX {
            let Some((_, record)) = held.records.pop_lru() else {
                held.bytes = 0;
                break;
            };
            held.bytes = held.bytes.saturating_sub(record.memory());
        }
    }

    pub(super) fn forget(&self) {
        let mut held = self.held();
        held.forgotten = held.forgotten.wrapping_add(1);
        held.records.clear();
        held.bytes = 0;
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::*;
    use verifier::assess::RecordVerifier;
    use verifier::digest::EvidenceDigest;
    use verifier::entry::Entry;
    use verifier::hash::{leaf_hash, sha256};
    use verifier::index::{LeafIndex, TimestampMs};
    use verifier::kind::Kind;
    use verifier::record::{Record, StoredBytes};
    use verifier::subject::IndexSalt;

    fn record(number: u64) -> (NodeHash, Arc<VerifiedRecord>) {
        let entry = Entry {
            kind: Kind::JobEvent,
            evidence_digest: EvidenceDigest::from_bytes(sha256(&number.to_be_bytes())),
            signer: "did:key:z6Mk".to_owned(),
            logged_at: TimestampMs::new(number),
            subjects: Vec::new(),
            submitter: None,
            stream: None,
            covered: None,
            raw_digest: None,
            context_subjects: None,
            refused: None,
            index_runs: None,
        };
        let bytes = number.to_be_bytes().to_vec();
        let leaf = NodeHash::from(leaf_hash(&bytes));
        let record = Record {
            index: LeafIndex::new(number),
            bytes,
            entry,
            evidence: StoredBytes::Nothing,
            context: None,
        };
        let verifier = RecordVerifier::new("log.example/a", IndexSalt::from_bytes([7; 32]));
        (leaf, verifier.verify(record))
    }

    #[test]
    fn a_record_that_was_read_before_an_erasure_is_not_kept_after_it() {
        let records = VerifiedRecords::default();
        let (leaf, record) = record(1);
        let before = records.since();
        records.keep(leaf, Arc::clone(&record), before);
        assert!(Arc::ptr_eq(&records.get(&leaf).unwrap(), &record));
        records.forget();
        assert!(records.get(&leaf).is_none());
        records.keep(leaf, Arc::clone(&record), before);
        assert!(records.get(&leaf).is_none());
        records.keep(leaf, record, records.since());
        assert!(records.get(&leaf).is_some());
    }

    #[test]
    fn beyond_the_bound_the_record_that_nobody_asked_for_the_longest_gives_way() {
        let records = VerifiedRecords::default();
        let since = records.since();
        let (first, one) = record(0);
        let most = (BYTES_MAX / one.memory()).min(RECORDS_MAX);
        let (second, two) = record(1);
        records.keep(first, one, since);
        records.keep(second, two, since);
        assert!(records.get(&first).is_some());
        for number in 2..=u64::try_from(most).unwrap() {
            let (leaf, record) = record(number);
            records.keep(leaf, record, since);
        }
        assert!(records.get(&first).is_some());
        assert!(records.get(&second).is_none());
        assert!(records.held().records.len() <= most);
    }
}
