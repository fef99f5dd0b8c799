//! The log on the embedded engine: one directory, one writing process. See `ledger/rocks/README.md`.
//!
//! Every stored value carries a checksum over its key and itself ([`layout`]); index rows are bare keys,
//! which `fsck` compares with what the entries demand. Nothing here is trusted by a reader: the checksum
//! makes damage an error early, the re-hash against the signed head makes it an error in any case.

mod bundles;
mod commit;
mod cosignatures;
mod erase;
mod index;
mod layout;
mod pending;
#[cfg(feature = "testing")]
mod raw;
mod read;
mod runs;
mod segments;

use crate::engine::Engine;
use crate::families::{Compression, Family, KeyScan, OpenMode};
use bundles::KeptBundles;
use index::Index;
use ledger::rows::{Row, RowKey};
use ledger::store::{
    CommitError, FORMAT_VERSION, Head, HeadQuery, Integration, LogIdentity, LogStore, LookupOrder,
    OrderedErasure, Removal, RowPage, StoreError, StoreUpkeep, StoredDocument, StoredHead, StoredLog, Upkeep,
};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Mutex;
use tlog::index::{LeafIndex, TreeSize};
use tlog::tile::TileCoord;

/// A log in a directory.
#[derive(Debug)]
pub struct RocksStore {
    engine: Engine,
    /// Held from the comparison of the head to the write. The engine's directory lock keeps other
    /// processes out, so this mutex makes the head linearizable.
    commit: Mutex<()>,
    /// Held while a sorted run is written, listed or dropped.
    runs: Mutex<()>,
    index: Index,
    bundles: KeptBundles,
    is_read_only: bool,
}

impl RocksStore {
    /// Opens a database, creating one where the directory is empty or missing.
    ///
    /// # Errors
    /// [`StoreError::InUse`] where another process has the database open, [`StoreError::Damaged`] where the
    /// database or a segment of the index is damaged or its file `CURRENT` is missing, [`StoreError::Engine`]
    /// where the directory or the engine fails.
    pub fn open_or_create(path: &Path) -> Result<Self, StoreError> {
        Self::open(path, OpenMode::CreateOrOpen, Compression::On)
    }

    /// The same with a choice of compression.
    ///
    /// # Errors
    /// As [`open_or_create`](Self::open_or_create).
    pub fn open_or_create_with(path: &Path, compression: Compression) -> Result<Self, StoreError> {
        Self::open(path, OpenMode::CreateOrOpen, compression)
    }

    /// Opens a database that must be there.
    ///
    /// # Errors
    /// As [`open_or_create`](Self::open_or_create); [`StoreError::Engine`] also where there is no database.
    pub fn open_existing(path: &Path) -> Result<Self, StoreError> {
        Self::open(path, OpenMode::Existing, Compression::On)
    }

    /// The same with a choice of compression.
    ///
    /// # Errors
    /// As [`open_existing`](Self::open_existing).
    pub fn open_existing_with(path: &Path, compression: Compression) -> Result<Self, StoreError> {
        Self::open(path, OpenMode::Existing, compression)
    }

    /// Opens a database that must be there, and takes all sorted runs away, unread: they can be made again, and it does not matter whether
    /// they are damaged.
    ///
    /// # Errors
    /// As [`open_existing`](Self::open_existing).
    pub fn open_without_runs(path: &Path) -> Result<Self, StoreError> {
        Engine::open(path, OpenMode::Existing, Compression::On)?.remove(Family::Runs)?;
        Self::open_existing(path)
    }

    /// Opens a database to look at, for `fsck`. Takes no lock and changes nothing; a damaged index segment
    /// fails every lookup instead of the opening, so that the rest can still be checked.
    ///
    /// # Errors
    /// As [`open_existing`](Self::open_existing), without [`StoreError::InUse`] and without damage of the
    /// index.
    pub fn open_read_only(path: &Path) -> Result<Self, StoreError> {
        Self::open(path, OpenMode::ReadOnly, Compression::On)
    }

    fn open(path: &Path, mode: OpenMode, compression: Compression) -> Result<Self, StoreError> {
        let engine = Engine::open(path, mode, compression)?;
        let is_read_only = mode == OpenMode::ReadOnly;
        let index = Index::load(&engine, is_read_only)?;
        if !is_read_only {
            // What the write-ahead log gave back becomes durable before anybody is told of it.
            flush(&engine, &index)?;
        }
        Ok(Self {
            engine,
            commit: Mutex::new(()),
            runs: Mutex::new(()),
            index,
            bundles: KeptBundles::default(),
            is_read_only,
        })
    }

    /// Makes everything durable in table files, so that the next start has nothing to replay.
    pub(crate) fn flush(&self) -> Result<(), StoreError> {
        flush(&self.engine, &self.index)
    }

    fn value(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(mut sealed) = self.engine.get(family, key)? else {
            return Ok(None);
        };
        let length = layout::open(family, key, &sealed)?.len();
        sealed.truncate(length);
        Ok(Some(sealed))
    }

    fn identity(&self) -> Result<Option<LogIdentity>, StoreError> {
        let Some(value) = self.value(Family::Meta, layout::IDENTITY_KEY)? else {
            return Ok(None);
        };
        let identity = layout::decode_identity(&value)?;
        if identity.format_version == FORMAT_VERSION {
            return Ok(Some(identity));
        }
        Err(StoreError::Format {
            expected: FORMAT_VERSION,
            found: identity.format_version,
        })
    }

    fn committed_head(&self) -> Result<Option<Head>, StoreError> {
        self.value(Family::Meta, layout::HEAD_KEY)?
            .map(|value| layout::decode_head(&value))
            .transpose()
    }

    /// An error unless there is not one key: a log is never taken for absent because its head is.
    fn require_empty(&self) -> Result<(), StoreError> {
        for family in Family::ALL {
            self.engine.scan(family, KeyScan::ALL, &mut |_,
                                                          _|
             -> Result<
                ControlFlow<()>,
                StoreError,
            > {
                Err(StoreError::damaged(
                    "the head",
                    format!("it is missing, but family {} holds data", family.name()),
                ))
            })?;
        }
        Ok(())
    }
}

impl Drop for RocksStore {
    fn drop(&mut self) {
        if !self.is_read_only
            && let Err(error) = self.flush()
        {
            // Every batch was synced when it was committed: a failed flush loses nothing.
            tracing::warn!(%error, "the store was not flushed when it was closed");
        }
    }
}

impl StoreUpkeep for RocksStore {
    /// They go as their segments are merged: what is merged by then stays.
    fn release_rows(&self, below: TreeSize) -> Result<(), StoreError> {
        self.index.release(below);
        Ok(())
    }

    fn maintain(&self) -> Result<Upkeep, StoreError> {
        let is_pending = self.index.merge_next(&self.engine)?;
        let unmerged = self.index.first_unmerged()?.map(TreeSize::new);
        let indexed_to = match unmerged {
            Some(first) => first,
            None => self
                .committed_head()?
                .map(|head| head.tree.size)
                .unwrap_or_default(),
        };
        Ok(Upkeep {
            indexed_to,
            is_pending,
        })
    }

    fn scan_rows(&self, after: Option<&Row>, limit: usize) -> Result<RowPage, StoreError> {
        self.index.scan(&self.engine, after, limit)
    }

    /// A lookup stops at the newest version of a key; a scan reads every block of every file.
    fn check_stored(&self, found: &mut dyn FnMut(StoreError)) -> Result<(), StoreError> {
        for family in Family::ALL {
            let scanned = self.engine.scan(family, KeyScan::ALL, &mut |key, sealed| {
                if family != Family::Rows
                    && let Err(error) = layout::open(family, key, sealed)
                {
                    found(error);
                }
                Ok(ControlFlow::Continue(()))
            });
            match scanned {
                Err(error @ StoreError::Damaged { .. }) => found(error),
                other => other?,
            }
        }
        Ok(())
    }
}

impl LogStore for RocksStore {
    fn head(&self) -> Result<Option<StoredLog>, StoreError> {
        let (Some(identity), Some(head)) = (self.identity()?, self.committed_head()?) else {
            return self.require_empty().map(|()| None);
        };
        match self.heads(HeadQuery::ALL, 1)?.pop() {
            Some(newest) if newest.head == head => Ok(Some(StoredLog {
                identity,
                newest,
                erased_to: self.recorded_removal()?,
                rows_released: self.index.left_out(),
            })),
            other => Err(StoreError::damaged(
                "the head",
                format!(
                    "the newest head kept has size {:?}, the head has size {}",
                    other.map(|stored| stored.head.tree.size.value()),
                    head.tree.size
                ),
            )),
        }
    }

    fn create(&self, identity: &LogIdentity, genesis: &Integration) -> Result<(), CommitError> {
        self.append(Some(identity), None, genesis)
    }

    fn commit(&self, expected: &Head, batch: &Integration) -> Result<(), CommitError> {
        self.append(None, Some(expected), batch)
    }

    fn tiles(&self, coords: &[TileCoord]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.read_tiles(coords)
    }

    fn entries(&self, indices: &[LeafIndex]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.read_entries(indices)
    }

    fn documents(&self, indices: &[LeafIndex]) -> Result<Vec<Option<StoredDocument>>, StoreError> {
        self.read_documents(indices)
    }

    fn rows(
        &self,
        key: &RowKey,
        from: LeafIndex,
        to: LeafIndex,
        order: LookupOrder,
        limit: usize,
    ) -> Result<Vec<LeafIndex>, StoreError> {
        self.index.rows(&self.engine, key, from, to, order, limit)
    }

    fn first_rows(&self, keys: &[RowKey], to: LeafIndex) -> Result<Vec<Option<LeafIndex>>, StoreError> {
        self.index.first_rows(&self.engine, keys, to)
    }

    fn heads(&self, query: HeadQuery, limit: usize) -> Result<Vec<StoredHead>, StoreError> {
        match query {
            HeadQuery::OfSize(_) if limit == 0 => Ok(Vec::new()),
            HeadQuery::OfSize(size) => Ok(self.head_of_size(size)?.into_iter().collect()),
            HeadQuery::UpToSize(size) => self.heads_down_from(size, limit),
            HeadQuery::UpToTime(time) => match self.newest_head_not_after(time)? {
                Some(newest) => self.heads_down_from(newest.head.tree.size, limit),
                None => Ok(Vec::new()),
            },
        }
    }

    fn erase(&self, erasure: &OrderedErasure) -> Result<Removal, StoreError> {
        self.put_remains(&erasure.remains)?;
        self.remove_erased(&erasure.covered, erasure.end())?;
        Ok(Removal::Done)
    }
}

fn flush(engine: &Engine, index: &Index) -> Result<(), StoreError> {
    index.settle(engine)?;
    engine.flush(&Family::ALL)
}
