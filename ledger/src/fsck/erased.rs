//! Orders and holds, read again from their entries; and which entries they cover.

use crate::coverage::{DocumentCache, View, covering, each_row, target_of};
use crate::rows::RowKey;
use crate::shared::{Admission, DECISIVE, EntryPosition};
use crate::store::{LogStore, LookupOrder, StoreError, read};
use std::sync::Arc;
use verifier::digest::EvidenceDigest;
use verifier::entry::Entry;
use verifier::erasure::{ErasableDocument, evidence_subject};
use verifier::index::{LeafIndex, TreeSize};
use verifier::issuers::Issuers;
use verifier::key_history::KeyHistory;
use verifier::payload::LogGenesis;
use verifier::record::verify_document;
use verifier::subject::IndexSalt;

/// What the log orders, as far as it can be read.
pub(super) struct Orders {
    origin: String,
    salt: IndexSalt,
    admission: Admission,
    documents: DocumentCache,
    size: TreeSize,
    erased_to: TreeSize,
}

impl Orders {
    /// Reads everything that decided who may sign, what is held and what goes. What is damaged there is
    /// reported where the walk meets it. `None` where log.genesis names no key.
    pub(super) fn load(
        store: &dyn LogStore,
        genesis: &LogGenesis,
        size: TreeSize,
        erased_to: TreeSize,
    ) -> Result<Option<Self>, StoreError> {
        let Some(keys) = genesis.key_history() else {
            return Ok(None);
        };
        let mut orders = Self {
            origin: genesis.origin.clone(),
            salt: genesis.index_salt,
            admission: Admission::new(genesis.settings, Issuers::default(), keys),
            documents: DocumentCache::default(),
            size,
            erased_to,
        };
        let mut decisive = Vec::new();
        let view = CoverageLog {
            store,
            orders: &orders,
        };
        if let Some(entry) = sound(view.entry(LeafIndex::new(0)))? {
            orders.admission.issuers = Issuers::from_genesis(genesis.operator.as_str(), entry.logged_at);
        }
        let view = CoverageLog {
            store,
            orders: &orders,
        };
        for kind in DECISIVE {
            let read = each_row(&view, &RowKey::of_kind(kind), |index| {
                decisive.push(index);
                Ok(true)
            });
            sound(read)?;
        }
        decisive.sort_unstable();
        for index in decisive {
            let view = CoverageLog {
                store,
                orders: &orders,
            };
            let Some(entry) = sound(view.entry(index))? else {
                continue;
            };
            let stored = sound(read::document(store, index))?.flatten().unwrap_or_default();
            let evidence = stored.evidence.unwrap_or_default();
            let salt = orders.salt;
            // What does not verify is reported where the walk meets it.
            if let Ok(verified) = verify_document(&entry, &evidence, &orders.origin, &salt) {
                let at = EntryPosition {
                    index,
                    logged_at: entry.logged_at,
                };
                orders.admission.enter(at, &verified.evidence, &salt);
            }
        }
        Ok(Some(orders))
    }

    /// The keys that sign the log's heads.
    pub(super) fn keys(&self) -> &KeyHistory {
        &self.admission.keys
    }

    /// Whether the order's bytes were recorded as gone from the files.
    pub(super) fn is_done(&self, order: LeafIndex) -> bool {
        self.erased_to.contains(order)
    }

    /// Whether an order covers an entry.
    pub(super) fn covering(
        &self,
        store: &dyn LogStore,
        index: LeafIndex,
        entry: &Entry,
    ) -> Result<OrderCoverage, StoreError> {
        let log = CoverageLog { store, orders: self };
        Ok(
            match sound(covering(&log, index, entry, self.size.next_index()))? {
                Some(Some(order)) => OrderCoverage::By(order),
                Some(None) => OrderCoverage::ByNone,
                None => OrderCoverage::Untold,
            },
        )
    }
}

/// What is known about the orders on an entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum OrderCoverage {
    /// The first order that covers it.
    By(LeafIndex),
    /// No order does.
    ByNone,
    /// Damage keeps that from being told.
    Untold,
}

/// Damage is named where the walk meets the object itself.
fn sound<T>(read: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(StoreError::Damaged { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

struct CoverageLog<'a> {
    store: &'a dyn LogStore,
    orders: &'a Orders,
}

impl View for CoverageLog<'_> {
    type Error = StoreError;

    fn salt(&self) -> &IndexSalt {
        &self.orders.salt
    }

    fn admission(&self) -> &Admission {
        &self.orders.admission
    }

    fn entry(&self, index: LeafIndex) -> Result<Entry, StoreError> {
        let damaged = |detail: String| StoreError::damaged(format!("entry {index}"), detail);
        let bytes = read::entry(self.store, index)?;
        let bytes = bytes.ok_or_else(|| damaged("it is missing".to_owned()))?;
        Entry::decode(&bytes).map_err(|error| damaged(error.to_string()))
    }

    fn rows(&self, key: &RowKey, from: LeafIndex, limit: usize) -> Result<Vec<LeafIndex>, StoreError> {
        let end = self.orders.size.next_index();
        self.store.rows(key, from, end, LookupOrder::Ascending, limit)
    }

    fn target(&self, index: LeafIndex) -> Result<Option<EvidenceDigest>, StoreError> {
        let stored = read::document(self.store, index)?.unwrap_or_default();
        let entry = self.entry(index)?;
        let Orders { origin, salt, .. } = self.orders;
        let target = match (&stored.erased, &stored.evidence) {
            (Some(remains), _) => remains.target,
            // What does not verify is reported where the walk meets it.
            (None, Some(bytes)) => verify_document(&entry, bytes, origin, salt)
                .ok()
                .and_then(|verified| target_of(&verified.evidence)),
            (None, None) => None,
        };
        // The entry says which it is, by a hash.
        Ok(target.filter(|target| {
            entry
                .subjects
                .contains(&evidence_subject(&self.orders.salt, target))
        }))
    }

    fn document(&self, digest: &EvidenceDigest, end: LeafIndex) -> Result<Arc<ErasableDocument>, StoreError> {
        self.orders.documents.get(self, digest, end)
    }
}
