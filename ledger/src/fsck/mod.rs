//! Recomputes every tile, root, entry, digest, subject, index row and index.root from stored bytes and names each fault.
//!
//! The walk trusts nothing but the log's key: leaves are hashed from entry bytes, tiles and roots from
//! leaves, subjects and rows from the evidence. It needs no more memory for a longer log: one bundle of
//! entries, one open tile a level, the right edge, some rows of the authenticated index; its other rows are in a place that the
//! caller gives.
//!
//! A damaged object is a fault and the walk goes on; an engine that fails to read at all is an error,
//! since nothing could be said about what was not read.

mod documents;
mod entry;
mod erased;
mod heads;
mod index;
mod rows;
mod tiles;

use crate::high_water::HighWaterMark;
use crate::store::{HeadQuery, LogIdentity, LogStore, StoreError, StoredDocument, StoredHead, read};
use documents::DocumentWalk;
use entry::{EntryExaminer, GenesisFacts};
use heads::HeadCheck;
use index::IndexCheck;
use rows::RowCheck;
use tiles::TileCheck;
use verifier::check::LogEnd;
use verifier::check::index_replay::RowSpace;
use verifier::entry::Entry;
use verifier::hash::{LeafHash, leaf_hash};
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::key_history::KeyHistory;
use verifier::note::VerifierKey;
use verifier::tile::{TileCoord, decode_tile};

/// Faults that a report lists one by one; the rest is counted.
pub const FAULTS_LISTED_MAX: usize = 10_000;
/// Entries read at a time: one bundle, so that a damaged one costs no other.
const BUNDLE_ENTRIES: u64 = 256;

/// What is wrong, where.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FsckFault {
    /// Stable code, one of [`codes`].
    pub code: &'static str,
    /// Which object.
    pub object: String,
    /// What was expected and found.
    pub detail: String,
}

/// The codes of faults. They never change their meaning.
pub mod codes {
    /// The identity or the newest head is damaged, or the two disagree.
    pub const HEAD_DAMAGED: &str = "HEAD_DAMAGED";
    /// A head kept does not match the entries below it.
    pub const HEAD_MISMATCH: &str = "HEAD_MISMATCH";
    /// A stored signature of a head does not verify under the log's key.
    pub const SIGNATURE_INVALID: &str = "SIGNATURE_INVALID";
    /// The log is of another origin, or its genesis does not name the key.
    pub const KEY_MISMATCH: &str = "KEY_MISMATCH";
    /// Entry 0 is no genesis that verifies: subjects cannot be checked without its salt.
    pub const GENESIS_INVALID: &str = "GENESIS_INVALID";
    /// Entries cannot be read.
    pub const ENTRY_DAMAGED: &str = "ENTRY_DAMAGED";
    /// Entry bytes are not an entry of a form that this version knows.
    pub const ENTRY_MALFORMED: &str = "ENTRY_MALFORMED";
    /// `logged_at` is before that of the entry before.
    pub const TIME_REVERSED: &str = "TIME_REVERSED";
    /// An entry is stored beyond the head.
    pub const ENTRY_BEYOND_HEAD: &str = "ENTRY_BEYOND_HEAD";
    /// A tile cannot be read.
    pub const TILE_DAMAGED: &str = "TILE_DAMAGED";
    /// A tile does not hold the hashes of the entries below it.
    pub const TILE_MISMATCH: &str = "TILE_MISMATCH";
    /// The evidence stored with an entry cannot be read, is missing, or is stored with an entry that has none.
    pub const EVIDENCE_DAMAGED: &str = "EVIDENCE_DAMAGED";
    /// Evidence does not have the digests, kind, signer or stream that its entry says.
    pub const EVIDENCE_MISMATCH: &str = "EVIDENCE_MISMATCH";
    /// Evidence does not verify.
    pub const EVIDENCE_INVALID: &str = "EVIDENCE_INVALID";
    /// The subjects of an entry are not those of its evidence.
    pub const SUBJECTS_MISMATCH: &str = "SUBJECTS_MISMATCH";
    /// The context stored with an entry does not have the subjects or stream that the entry says.
    pub const CONTEXT_MISMATCH: &str = "CONTEXT_MISMATCH";
    /// Evidence and context of an entry are gone, and no order in the log covers it; or they went by another
    /// order than the one named.
    pub const ERASED_WITHOUT_ORDER: &str = "ERASED_WITHOUT_ORDER";
    /// Evidence or context is still there, although an order that covers the entry is recorded as done.
    pub const ERASED_EVIDENCE_PRESENT: &str = "ERASED_EVIDENCE_PRESENT";
    /// The index cannot be read.
    pub const ROWS_DAMAGED: &str = "ROWS_DAMAGED";
    /// An entry demands an index row that is not there, and in no run either.
    pub const ROW_MISSING: &str = "ROW_MISSING";
    /// An index row is there that no entry demands.
    pub const ROW_EXTRA: &str = "ROW_EXTRA";
    /// An index.root is not the one that the entries give: what it covers, its list of runs, or a run. Nothing in the store repairs that.
    pub const INDEX_ROOT_FALSE: &str = "INDEX_ROOT_FALSE";
    /// An entry is behind log.frozen that is not the one index.root which covers it. Nothing in the store repairs that.
    pub const ENTRY_AFTER_FREEZE: &str = "ENTRY_AFTER_FREEZE";
    /// A run that the newest index.root names is not in the store. `ledgerd reindex` builds it again.
    pub const RUN_MISSING: &str = "RUN_MISSING";
    /// A run that the newest index.root names is not whole, or not the one that is named. `ledgerd reindex` builds it again.
    pub const RUN_DAMAGED: &str = "RUN_DAMAGED";
    /// Something stored cannot be read, whether or not the log still uses it.
    pub const STORED_DAMAGED: &str = "STORED_DAMAGED";
    /// The high-water mark is missing or damaged, or the store is behind it or too far beyond it.
    pub const HIGH_WATER: &str = "HIGH_WATER";
}

/// The result of a walk.
#[derive(Clone, Debug, serde::Serialize)]
pub struct FsckReport {
    /// Size of the head up to which everything was checked.
    pub tree_size: u64,
    /// The first [`FAULTS_LISTED_MAX`] faults.
    pub faults: Vec<FsckFault>,
    /// The number of all of them.
    pub fault_count: u64,
}

impl FsckReport {
    fn add(&mut self, code: &'static str, object: impl Into<String>, detail: impl Into<String>) {
        self.fault_count = self.fault_count.saturating_add(1);
        if self.faults.len() < FAULTS_LISTED_MAX {
            self.faults.push(FsckFault {
                code,
                object: object.into(),
                detail: detail.into(),
            });
        }
    }

    /// A damaged object becomes a fault; any other error ends the walk.
    fn sound<T>(&mut self, code: &'static str, read: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
        match read {
            Ok(value) => Ok(Some(value)),
            Err(StoreError::Damaged { what, detail }) => {
                self.add(code, what, detail);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// Walks the whole log. `space` is for rows of the authenticated index that there is no memory for. `progress(done, total)` is called in
/// entries, now and then.
///
/// # Errors
/// The store or `space` cannot be read, or the store holds no log. Damage is no error but a fault in the report.
pub fn fsck(
    store: &dyn LogStore,
    key: &VerifierKey,
    high_water: Option<&dyn HighWaterMark>,
    space: Box<dyn RowSpace>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<FsckReport, StoreError> {
    let mut report = FsckReport {
        tree_size: 0,
        faults: Vec::new(),
        fault_count: 0,
    };
    store.check_stored(&mut |error| match error {
        StoreError::Damaged { what, detail } => report.add(codes::STORED_DAMAGED, what, detail),
        other => report.add(codes::STORED_DAMAGED, "the store", other.to_string()),
    })?;
    let Some(FsckStart {
        identity,
        newest,
        erased_to,
        rows_released,
    }) = opening(store, key, &mut report)?
    else {
        return Ok(report);
    };
    let size = newest.head.tree.size;
    report.tree_size = size.value();
    if identity
        .as_ref()
        .is_some_and(|identity| identity.origin != key.name())
    {
        report.add(
            codes::KEY_MISMATCH,
            "log identity",
            format!("the key is of {}", key.name()),
        );
    }
    let facts = GenesisFacts::of_genesis(store, key, size, erased_to, &mut report)?;
    let keys = facts.as_ref().map(GenesisFacts::keys).cloned();
    let keys = keys.or_else(|| KeyHistory::of_genesis(key.name(), std::slice::from_ref(key)));
    let mut walk = FsckWalk {
        store,
        key,
        examiner: EntryExaminer::new(store, facts.as_ref()),
        tiles: TileCheck::new(store),
        heads: HeadCheck::new(store, keys.as_ref()),
        rows: RowCheck::new(store, rows_released),
        index: IndexCheck::new(key.name(), facts.as_ref().map(GenesisFacts::salt), space),
        end: LogEnd::default(),
        rows_released,
        time: TimestampMs::new(0),
        size,
    };
    let mut start = 0;
    while start < size.value() {
        let end = start.saturating_add(BUNDLE_ENTRIES).min(size.value());
        walk.bundle(start, end, &mut report)?;
        progress(end, size.value());
        start = end;
    }
    walk.finish(&newest, high_water, &mut report)?;
    Ok(report)
}

/// What the walk begins with.
struct FsckStart {
    /// `None` where it is damaged.
    identity: Option<LogIdentity>,
    newest: StoredHead,
    erased_to: TreeSize,
    /// `None` where that is damaged.
    rows_released: Option<TreeSize>,
}

/// Identity and newest head; where they are damaged, what the heads kept still say. `None`: nothing can be checked.
fn opening(
    store: &dyn LogStore,
    key: &VerifierKey,
    report: &mut FsckReport,
) -> Result<Option<FsckStart>, StoreError> {
    if let Some(found) = report.sound(codes::HEAD_DAMAGED, store.head())? {
        let log = found.ok_or_else(|| {
            StoreError::Engine(format!(
                "no log was ever created here, expected one of {}",
                key.name()
            ))
        })?;
        return Ok(Some(FsckStart {
            identity: Some(log.identity),
            newest: log.newest,
            erased_to: log.erased_to,
            rows_released: Some(log.rows_released),
        }));
    }
    let newest = report.sound(codes::HEAD_DAMAGED, read::newest(store, HeadQuery::ALL))?;
    Ok(newest.flatten().map(|newest| FsckStart {
        identity: None,
        newest,
        erased_to: TreeSize::new(0),
        rows_released: None,
    }))
}

struct FsckWalk<'a> {
    store: &'a dyn LogStore,
    key: &'a VerifierKey,
    examiner: EntryExaminer<'a>,
    tiles: TileCheck<'a>,
    heads: HeadCheck<'a>,
    rows: RowCheck<'a>,
    index: IndexCheck<'a>,
    end: LogEnd,
    rows_released: Option<TreeSize>,
    time: TimestampMs,
    size: TreeSize,
}

impl FsckWalk<'_> {
    fn bundle(&mut self, start: u64, end: u64, report: &mut FsckReport) -> Result<(), StoreError> {
        self.heads.load(start, end, report)?;
        let count = usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX);
        let read = read::entries(self.store, LeafIndex::new(start), count);
        let entries = report.sound(codes::ENTRY_DAMAGED, read)?;
        match entries {
            Some(entries) if entries.len() == count => {
                let mut documents = DocumentWalk::new(self.store, LeafIndex::new(start), count);
                for (index, bytes) in (start..end).zip(&entries) {
                    let index = LeafIndex::new(index);
                    self.entry(index, bytes, documents.next_one(), report)?;
                }
                Ok(())
            }
            Some(entries) => {
                report.add(
                    codes::ENTRY_DAMAGED,
                    format!("entries {start} to {end}"),
                    format!("{} are stored, expected {count}", entries.len()),
                );
                self.without_entries(start, end, report)
            }
            None => self.without_entries(start, end, report),
        }
    }

    fn entry(
        &mut self,
        index: LeafIndex,
        bytes: &[u8],
        document: Result<Option<StoredDocument>, StoreError>,
        report: &mut FsckReport,
    ) -> Result<(), StoreError> {
        let leaf = leaf_hash(bytes);
        self.tiles.push(leaf.into(), report)?;
        let entry = Entry::decode(bytes);
        self.index.take(index, entry.as_ref().ok(), report);
        if let Err(found) = self.end.take(index, entry.as_ref().ok()) {
            report.add(
                codes::ENTRY_AFTER_FREEZE,
                format!("entry {index}"),
                found.to_string(),
            );
        }
        let examined = self.examiner.examine(index, entry, &leaf, document)?;
        for fault in examined.faults {
            report.add(fault.code, fault.object, fault.detail);
        }
        if let Some(time) = examined.logged_at {
            if time < self.time {
                let detail = format!("it was logged at {time}, an entry before it at {}", self.time);
                report.add(codes::TIME_REVERSED, format!("entry {index}"), detail);
            }
            self.time = time;
        }
        self.heads.leaf(leaf, examined.logged_at, report);
        self.rows.expect(index, examined.rows.as_deref(), report)
    }

    /// Goes on over a bundle that cannot be read with the leaf hashes that its tile holds, so that everything
    /// after it can still be checked against the heads.
    fn without_entries(&mut self, start: u64, end: u64, report: &mut FsckReport) -> Result<(), StoreError> {
        let coord = TileCoord {
            level: 0,
            index: start / BUNDLE_ENTRIES,
        };
        let tile = report
            .sound(codes::TILE_DAMAGED, read::tile(self.store, coord))?
            .flatten();
        let hashes = tile.as_deref().and_then(decode_tile).unwrap_or_default();
        self.index.take(LeafIndex::new(start), None, report);
        for index in start..end {
            let offset = usize::try_from(index.saturating_sub(start)).unwrap_or(usize::MAX);
            if let Some(hash) = hashes.get(offset) {
                self.tiles.push(*hash, report)?;
                let leaf = LeafHash::from_bytes(*hash.as_bytes());
                self.heads.leaf(leaf, None, report);
            } else {
                self.tiles.lose();
                self.heads.lose();
            }
        }
        Ok(())
    }

    fn finish(
        mut self,
        newest: &StoredHead,
        high_water: Option<&dyn HighWaterMark>,
        report: &mut FsckReport,
    ) -> Result<(), StoreError> {
        self.tiles.finish(report)?;
        self.heads.finish(newest, report)?;
        let beyond = read::entry(self.store, self.size.next_index());
        if report.sound(codes::ENTRY_DAMAGED, beyond)?.flatten().is_some() {
            let detail = format!("the head has size {}", self.size);
            report.add(codes::ENTRY_BEYOND_HEAD, format!("entry {}", self.size), detail);
        }
        self.rows.finish(&self.examiner, self.size, report)?;
        self.index.finish(self.store, self.rows_released, report)?;
        match high_water {
            Some(mark) => heads::check_high_water(self.store, self.key, newest, mark, report),
            None => Ok(()),
        }
    }
}
