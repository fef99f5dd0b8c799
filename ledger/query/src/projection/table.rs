//! The projection as stored: what is read and written together.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use verifier::hash::RootHash;
use verifier::index::{LeafIndex, TreeSize};
use verifier::subject::SubjectHash;

use super::counts;
use super::keys::{self, AlarmFacet, Citation, CitationBytes, JobFacet};
use super::names;
use super::record::{Alarm, JobRecord};
use ledger::store::StoreError;
use ledger::store::derived::{DerivedStore, KeyChange, KeyRange};

/// The form of everything stored here. What was stored in another one, or by another release, whose
/// assessment may judge otherwise, is made again.
pub(super) const FORMAT: &str = concat!("projection/5 ", env!("CARGO_PKG_VERSION"));

/// How far the projection is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct ProjectionHeader {
    pub(super) format: String,
    pub(super) origin: String,
    /// Every job that an entry below this touches was assessed at this size or a later one.
    pub(super) projected_to: TreeSize,
    /// Hex of the root of that tree: the log is the same one.
    pub(super) root: String,
}

impl ProjectionHeader {
    pub(super) fn new(origin: &str, projected_to: TreeSize, root: &RootHash) -> Self {
        Self {
            format: FORMAT.to_owned(),
            origin: origin.to_owned(),
            projected_to,
            root: root.to_string(),
        }
    }
}

/// A job's place in a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct ListKey {
    pub(super) place: LeafIndex,
    pub(super) id: [u8; 32],
}

/// Reads and writes whole jobs.
#[derive(Debug)]
pub(super) struct JobTable {
    store: Arc<dyn DerivedStore>,
    counting: Mutex<()>,
}

impl JobTable {
    pub(super) fn new(store: Arc<dyn DerivedStore>) -> Self {
        Self {
            store,
            counting: Mutex::new(()),
        }
    }

    pub(super) fn store(&self) -> &dyn DerivedStore {
        &*self.store
    }

    pub(super) fn is_empty(&self) -> Result<bool, StoreError> {
        let everything = KeyRange {
            from: &[],
            to: &[u8::MAX],
            descending: false,
            limit: 1,
        };
        Ok(self.store.list(everything)?.is_empty())
    }

    pub(super) fn header(&self) -> Result<Option<ProjectionHeader>, StoreError> {
        self.read(keys::HEADER)
    }

    pub(super) fn put_header(&self, header: &ProjectionHeader) -> Result<(), StoreError> {
        let value = encode(header)?;
        self.store
            .write(vec![KeyChange::put(keys::HEADER.to_vec(), value)])
    }

    pub(super) fn job(&self, job: &SubjectHash) -> Result<Option<JobRecord>, StoreError> {
        self.read(&keys::job(job))
    }

    /// Replaces all that is kept of a job, in one write. `old` is the record that was kept.
    pub(super) fn put_job(
        &self,
        job: &SubjectHash,
        (old, record): (Option<&JobRecord>, &JobRecord),
        cites: &BTreeSet<Citation>,
    ) -> Result<(), StoreError> {
        let mut before = BTreeSet::new();
        if let Some(old) = old {
            before.extend(keys::facet_keys(job, old));
            before.extend(names::keys_of(job, old));
            before.extend(old.alarms.iter().flat_map(alarm_keys));
        }
        if old.is_some() {
            before.extend(self.cites(job)?.iter().map(|cited| keys::citation(cited, job)));
        }

        let mut after: BTreeSet<Vec<u8>> = keys::facet_keys(job, record).into_iter().collect();
        after.extend(names::keys_of(job, record));
        after.extend(cites.iter().map(|cited| keys::citation(cited, job)));
        let mut changes = vec![
            KeyChange::put(keys::job(job), encode(record)?),
            KeyChange::put(
                keys::cited_by_job(job),
                cites.iter().flat_map(|cited| cited.as_bytes().to_vec()).collect(),
            ),
        ];
        let shapes: BTreeSet<CitationBytes> = cites.iter().map(Citation::shape).collect();
        changes.extend(
            shapes
                .iter()
                .map(|shape| KeyChange::put(keys::shape(shape), Vec::new())),
        );
        for alarm in &record.alarms {
            after.extend(keys::alarm_places(alarm));
            let key = keys::alarm(&keys::alarm_id(alarm));
            before.remove(&key);
            changes.push(KeyChange::put(key, encode(alarm)?));
        }
        changes.extend(before.difference(&after).cloned().map(KeyChange::delete));
        let new = after.difference(&before).cloned();
        changes.extend(new.map(|key| KeyChange::put(key, Vec::new())));
        // Of two writers that read the same counts, the later one would forget the job of the other.
        let _one = self.counting();
        changes.extend(counts::moved(self, old, Some(record))?);
        self.store.write(changes)
    }

    /// Held from the reading of counts until they are written.
    fn counting(&self) -> MutexGuard<'_, ()> {
        // A writer that panicked wrote all of a job or nothing.
        self.counting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes all that is kept of a job.
    pub(super) fn remove_job(&self, job: &SubjectHash, old: &JobRecord) -> Result<(), StoreError> {
        let mut keys = vec![keys::job(job), keys::cited_by_job(job)];
        keys.extend(keys::facet_keys(job, old));
        keys.extend(names::keys_of(job, old));
        keys.extend(old.alarms.iter().flat_map(alarm_keys));
        keys.extend(self.cites(job)?.iter().map(|cited| keys::citation(cited, job)));
        let mut changes: Vec<KeyChange> = keys.into_iter().map(KeyChange::delete).collect();
        let _one = self.counting();
        changes.extend(counts::moved(self, Some(old), None)?);
        self.store.write(changes)
    }

    /// The shapes of everything that is cited.
    pub(super) fn shapes(&self) -> Result<BTreeSet<CitationBytes>, StoreError> {
        let (from, to) = keys::SHAPES;
        let pairs = self.store.list(KeyRange {
            from,
            to,
            descending: false,
            limit: usize::MAX,
        })?;
        pairs
            .iter()
            .map(|(key, _)| keys::shape_of_key(key))
            .collect::<Option<_>>()
            .ok_or_else(malformed)
    }

    /// Keeps an alarm that an entry raises.
    pub(super) fn put_alarm(&self, alarm: &Alarm) -> Result<(), StoreError> {
        let places = keys::alarm_places(alarm).into_iter();
        let mut changes: Vec<KeyChange> = places.map(|key| KeyChange::put(key, Vec::new())).collect();
        let key = keys::alarm(&keys::alarm_id(alarm));
        changes.push(KeyChange::put(key, encode(alarm)?));
        self.store.write(changes)
    }

    pub(super) fn alarm(&self, id: &[u8; 32]) -> Result<Option<Alarm>, StoreError> {
        self.read(&keys::alarm(id))
    }

    /// The jobs that cite something, by their hashes, from one on; at most `limit`.
    pub(super) fn citers(
        &self,
        cited: &Citation,
        from: &[u8],
        limit: usize,
    ) -> Result<Vec<SubjectHash>, StoreError> {
        let (from, to) = keys::citers(cited, from);
        let pairs = self.store.list(KeyRange {
            from: &from,
            to: &to,
            descending: false,
            limit,
        })?;
        pairs
            .iter()
            .map(|(key, _)| keys::citer(key).map(SubjectHash::from_bytes))
            .collect::<Option<_>>()
            .ok_or_else(malformed)
    }

    /// Jobs of a facet with a place in `from..to`, newest first.
    pub(super) fn placed(
        &self,
        facet: &JobFacet<'_>,
        from: LeafIndex,
        to: LeafIndex,
        limit: usize,
    ) -> Result<Vec<ListKey>, StoreError> {
        self.places(&facet.range(from, to), limit)
    }

    /// Alarms of a scope, newest first, from one on (itself included).
    pub(super) fn alarms_placed(
        &self,
        scope: &AlarmFacet<'_>,
        from: (LeafIndex, [u8; 32]),
        limit: usize,
    ) -> Result<Vec<ListKey>, StoreError> {
        self.places(&scope.range_down_from(from.0, &from.1), limit)
    }

    fn places(&self, (from, to): &(Vec<u8>, Vec<u8>), limit: usize) -> Result<Vec<ListKey>, StoreError> {
        let pairs = self.store.list(KeyRange {
            from,
            to,
            descending: true,
            limit,
        })?;
        pairs
            .iter()
            .map(|(key, _)| keys::place_and_id(key).map(|(place, id)| ListKey { place, id }))
            .collect::<Option<_>>()
            .ok_or_else(malformed)
    }

    fn cites(&self, job: &SubjectHash) -> Result<Vec<Citation>, StoreError> {
        let value = self.store.get(&keys::cited_by_job(job))?.unwrap_or_default();
        value
            .chunks(keys::CITATION_BYTES)
            .map(Citation::from_bytes)
            .collect::<Option<_>>()
            .ok_or_else(malformed)
    }

    pub(super) fn read<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, StoreError> {
        let value = self.store.get(key)?;
        value
            .map(|bytes| serde_json::from_slice(&bytes).map_err(|_| malformed()))
            .transpose()
    }
}

fn alarm_keys(alarm: &Alarm) -> Vec<Vec<u8>> {
    let mut keys = keys::alarm_places(alarm);
    keys.push(keys::alarm(&keys::alarm_id(alarm)));
    keys
}

pub(super) fn encode(value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(|error| StoreError::Engine(error.to_string()))
}

pub(super) fn malformed() -> StoreError {
    StoreError::damaged("the projection", "it is not of the form that this version writes")
}
