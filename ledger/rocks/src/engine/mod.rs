//! The embedded engine: the only folder that names RocksDB.
//!
//! It knows families of byte keys, atomic batches and scans; what the bytes mean is [`crate::store`]'s.
//!
//! # What is relied on
//!
//! * A batch written with `sync` is on disk when the call returns, whole or not at all.
//! * Every block, WAL record and manifest record has a checksum that is verified at each read. Options
//!   that would skip or tolerate a failure are off.
//! * WAL recovery tolerates a torn *last* record, since that is what a crash leaves of a batch that
//!   nobody was told of; damage before it is an error. `AbsoluteConsistency` would refuse to open
//!   after a power cut. What a torn or truncated tail could hide, the loss of an acknowledged batch,
//!   shows against the high-water file.
//! * The engine locks its directory: one process writes.

use crate::families::{Compression, Durability, Family, KeyScan, OpenMode, ScanVisitor};
use crate::files::{self, TableFile};
use ledger::store::StoreError;
use rocksdb::{
    BottommostLevelCompaction, Cache, ColumnFamily, CompactOptions, DB, ErrorKind, FlushOptions, Options,
    ReadOptions, WriteBatch, WriteOptions,
};
use std::path::Path;
use tlog::hash::Hex;

mod options;
mod plain;

pub(crate) use plain::PlainDatabase;

/// Table files that a log and its derived data hold open at most, together.
pub fn files_max() -> u64 {
    u64::from(options::OPEN_FILES_MAX) + u64::from(plain::OPEN_FILES_MAX)
}

/// A value where the engine has it in memory.
pub(crate) type PinnedValue<'a> = rocksdb::DBPinnableSlice<'a>;

/// An open database.
pub(crate) struct Engine {
    db: DB,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Engine").field(&self.db.path()).finish()
    }
}

impl Engine {
    pub(crate) fn open(path: &Path, mode: OpenMode, compression: Compression) -> Result<Self, StoreError> {
        let exists = files::has_database(path)?;
        if !exists && mode != OpenMode::CreateOrOpen {
            return Err(StoreError::Engine(format!(
                "there is no database in {}",
                path.display()
            )));
        }
        let mut options = options::database_options();
        options.create_if_missing(!exists);
        let cache = Cache::new_lru_cache(options::BLOCK_CACHE_BYTES);
        let missing = if mode == OpenMode::CreateOrOpen {
            Vec::new()
        } else {
            missing_families(&options, path)
        };
        let is_older = !missing.is_empty() && missing.iter().all(|family| family.may_be_missing());
        options.create_missing_column_families(mode == OpenMode::CreateOrOpen || is_older);
        let absent = |family: &Family| mode == OpenMode::ReadOnly && is_older && missing.contains(family);
        let families = Family::ALL.into_iter().filter(|family| !absent(family));
        let families = families.map(|family| options::descriptor(family, &cache, compression));
        let opened = match mode {
            OpenMode::ReadOnly => DB::open_cf_descriptors_read_only(&options, path, families, false),
            OpenMode::CreateOrOpen | OpenMode::Existing => DB::open_cf_descriptors(&options, path, families),
        };
        let db = opened.map_err(|error| {
            if is_locked(&error) {
                return StoreError::InUse {
                    path: path.to_owned(),
                };
            }
            named(&error, || format!("the database in {}", path.display()))
        })?;
        Ok(Self { db })
    }

    /// Takes a family away with all that it holds, without reading it, since it may be damaged. The next opening makes it anew.
    pub(crate) fn remove(mut self, family: Family) -> Result<(), StoreError> {
        self.db
            .drop_cf(family.name())
            .map_err(|error| named(&error, || format!("the removal of family {}", family.name())))
    }

    pub(crate) fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(handle) = self.readable(family)? else {
            return Ok(None);
        };
        self.db
            .get_cf(handle, key)
            .map_err(|error| named(&error, || format!("{} {}", family.name(), Hex(key))))
    }

    /// The values of many keys, in the order of the keys, read together.
    pub(crate) fn get_all<K: AsRef<[u8]> + Ord>(
        &self,
        family: Family,
        keys: &[K],
    ) -> Result<Vec<Option<PinnedValue<'_>>>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let Some(handle) = self.readable(family)? else {
            return Ok(keys.iter().map(|_| None).collect());
        };
        let values = self.db.batched_multi_get_cf(handle, keys, keys.is_sorted());
        let named = |(key, value): (&K, Result<_, rocksdb::Error>)| {
            value.map_err(|error| named(&error, || format!("{} {}", family.name(), Hex(key.as_ref()))))
        };
        keys.iter().zip(values).map(named).collect()
    }

    /// Visits keys in order until `visit` breaks off. Bytes that fail their checksum are an error.
    pub(crate) fn scan(
        &self,
        family: Family,
        scan: KeyScan<'_>,
        visit: &mut ScanVisitor<'_>,
    ) -> Result<(), StoreError> {
        let Some(handle) = self.readable(family)? else {
            return Ok(());
        };
        let mut options = ReadOptions::default();
        options.set_iterate_lower_bound(scan.from);
        if let Some(to) = scan.to {
            options.set_iterate_upper_bound(to);
        }
        options.set_total_order_seek(!scan.one_prefix);
        options.set_prefix_same_as_start(scan.one_prefix);
        let mut cursor = self.db.raw_iterator_cf_opt(handle, options);
        match (scan.descending, scan.to) {
            (false, _) => cursor.seek(scan.from),
            (true, Some(to)) => cursor.seek_for_prev(to),
            (true, None) => cursor.seek_to_last(),
        }
        while let Some((key, value)) = cursor.item() {
            if visit(key, value)?.is_break() {
                return Ok(());
            }
            if scan.descending {
                cursor.prev();
            } else {
                cursor.next();
            }
        }
        // An iterator that met damage looks like one that reached the end, but for its status.
        cursor
            .status()
            .map_err(|error| named(&error, || format!("{} from {}", family.name(), Hex(scan.from))))
    }

    /// Looks prefixes of a family up, one after the other; `None` where the family is not there.
    pub(crate) fn prefix_cursor(&self, family: Family) -> Result<Option<PrefixCursor<'_>>, StoreError> {
        let Some(handle) = self.readable(family)? else {
            return Ok(None);
        };
        let mut options = ReadOptions::default();
        options.set_prefix_same_as_start(true);
        Ok(Some(PrefixCursor {
            family,
            cursor: self.db.raw_iterator_cf_opt(handle, options),
        }))
    }

    /// An empty batch.
    pub(crate) fn batch(&self) -> AtomicBatch<'_> {
        AtomicBatch {
            engine: self,
            inner: WriteBatch::default(),
        }
    }

    /// Flushes families to synced table files.
    pub(crate) fn flush(&self, families: &[Family]) -> Result<(), StoreError> {
        let handles: Result<Vec<&ColumnFamily>, _> =
            families.iter().map(|family| self.handle(*family)).collect();
        let mut options = FlushOptions::default();
        options.set_wait(true);
        self.db
            .flush_cfs_opt(&handles?, &options)
            .map_err(|error| named(&error, || "a flush".to_owned()))
    }

    /// Rewrites the table files that hold `keys` until none of them, and no write-ahead log, is older than this
    /// call: what was overwritten or deleted before it is then in no file. `touch` is one logged change, which
    /// makes the write-ahead log go on in a new file.
    pub(crate) fn rewrite(
        &self,
        family: Family,
        keys: &[[u8; 8]],
        touch: AtomicBatch<'_>,
    ) -> Result<(), StoreError> {
        let mut old = files::wal_files(self.db.path())?;
        touch.write(Durability::Synced)?;
        self.flush(&Family::ALL)?;
        let tables = self.tables_with(family, keys)?;
        old.extend(tables.iter().map(|table| table.path.clone()));
        let mut options = CompactOptions::default();
        options.set_exclusive_manual_compaction(true);
        options.set_bottommost_level_compaction(BottommostLevelCompaction::Force);
        let handle = self.handle(family)?;
        for (first, last) in files::merged(tables) {
            // It answers nothing: whether it did its work is seen by the files below.
            self.db
                .compact_range_cf_opt(handle, Some(first), Some(last), &options);
        }
        files::await_deletion(&old)
    }

    /// The table files whose range holds one of the ascending keys.
    fn tables_with(&self, family: Family, keys: &[[u8; 8]]) -> Result<Vec<TableFile>, StoreError> {
        let files = self
            .db
            .live_files()
            .map_err(|error| named(&error, || "the list of table files".to_owned()))?;
        let mut tables = Vec::new();
        for file in files {
            let (Some(first), Some(last)) = (file.start_key, file.end_key) else {
                continue;
            };
            let next = keys.partition_point(|key| key.as_slice() < first.as_slice());
            let holds = keys
                .get(next)
                .is_some_and(|key| key.as_slice() <= last.as_slice());
            if file.column_family_name == family.name() && holds {
                tables.push(TableFile {
                    path: self.db.path().join(file.name.trim_start_matches('/')),
                    first,
                    last,
                });
            }
        }
        Ok(tables)
    }

    /// The family, if it is there: one that is not, in an older database that is only looked at, is empty.
    fn readable(&self, family: Family) -> Result<Option<&ColumnFamily>, StoreError> {
        match self.handle(family) {
            Err(_) if family.may_be_missing() => Ok(None),
            found => found.map(Some),
        }
    }

    fn handle(&self, family: Family) -> Result<&ColumnFamily, StoreError> {
        self.db.cf_handle(family.name()).ok_or_else(|| {
            StoreError::damaged("the database", format!("family {} is missing", family.name()))
        })
    }
}

/// The families that a database does not have. Where they cannot be listed none is missing: opening says what is wrong.
fn missing_families(options: &Options, path: &Path) -> Vec<Family> {
    let Ok(names) = DB::list_cf(options, path) else {
        return Vec::new();
    };
    let families = Family::ALL.into_iter();
    families
        .filter(|family| !names.iter().any(|name| name == family.name()))
        .collect()
}

/// A key and its value, where the engine has them in memory.
pub(crate) type KeyValue<'a> = (&'a [u8], &'a [u8]);

/// Lookups of prefixes, as many as are wanted, in the state that the family had when it was made: what a scan costs before its first
/// key is paid once.
pub(crate) struct PrefixCursor<'a> {
    family: Family,
    cursor: rocksdb::DBRawIterator<'a>,
}

impl PrefixCursor<'_> {
    /// The first key with a prefix of the length that the family's filter knows, and its value.
    pub(crate) fn first(&mut self, prefix: &[u8]) -> Result<Option<KeyValue<'_>>, StoreError> {
        self.cursor.seek(prefix);
        self.cursor
            .status()
            .map_err(|error| named(&error, || format!("{} from {}", self.family.name(), Hex(prefix))))?;
        Ok(self.cursor.item().filter(|(key, _)| key.starts_with(prefix)))
    }
}

/// Changes that are written together or not at all.
pub(crate) struct AtomicBatch<'a> {
    engine: &'a Engine,
    inner: WriteBatch,
}

impl AtomicBatch<'_> {
    pub(crate) fn put(&mut self, family: Family, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        self.inner.put_cf(self.engine.handle(family)?, key, value);
        Ok(())
    }

    pub(crate) fn delete(&mut self, family: Family, key: &[u8]) -> Result<(), StoreError> {
        self.inner.delete_cf(self.engine.handle(family)?, key);
        Ok(())
    }

    /// Deletes the keys from `from` on, below `to`, at the cost of one.
    pub(crate) fn delete_range(&mut self, family: Family, from: &[u8], to: &[u8]) -> Result<(), StoreError> {
        self.inner.delete_range_cf(self.engine.handle(family)?, from, to);
        Ok(())
    }

    /// Writes it. After an error the changes may or may not be there.
    pub(crate) fn write(self, durability: Durability) -> Result<(), StoreError> {
        let mut options = WriteOptions::default();
        match durability {
            Durability::Synced => options.set_sync(true),
            Durability::Unlogged => options.disable_wal(true),
        }
        self.engine
            .db
            .write_opt(self.inner, &options)
            .map_err(|error| named(&error, || "a write".to_owned()))
    }
}

/// Whether the engine's lock on the directory is held. The engine has no kind for it: it says "While lock file" of
/// another process's lock and "lock hold by current process" of one in this process.
fn is_locked(error: &rocksdb::Error) -> bool {
    let text = error.to_string();
    error.kind() == ErrorKind::IOError
        && (text.contains("While lock file") || text.contains("lock hold by current process"))
}

fn named(error: &rocksdb::Error, what: impl FnOnce() -> String) -> StoreError {
    match error.kind() {
        ErrorKind::Corruption => StoreError::damaged(what(), error.to_string()),
        _ => StoreError::Engine(format!("{}: {error}", what())),
    }
}
