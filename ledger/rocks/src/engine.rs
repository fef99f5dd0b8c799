//! The embedded engine: the only file that names RocksDB.
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
    BlockBasedOptions, BottommostLevelCompaction, Cache, ColumnFamily, ColumnFamilyDescriptor,
    CompactOptions, DB, DBCompressionType, DBRecoveryMode, ErrorKind, FlushOptions, LogLevel, Options,
    ReadOptions, SliceTransform, WriteBatch, WriteOptions,
};
use std::path::Path;
use tlog::hash::Hex;

/// Blocks kept in memory, all families together.
const BLOCK_CACHE_BYTES: usize = 128 << 20;
/// Unflushed writes of one family; the engine keeps up to two of these a family that is written fast, and more of runs.
const WRITE_BUFFER_BYTES: usize = 32 << 20;
/// How many of these sorted runs may fill. When all are full the engine makes every write wait, commits of the log as well: while
/// runs are written as fast as they can be, a commit in a hundred takes 0.11 s with four of them, and 0.19 s with two.
const RUN_WRITE_BUFFERS: i32 = 4;
/// Unflushed writes of all families.
const ALL_WRITE_BUFFERS_BYTES: usize = 192 << 20;
/// Bounds what start-up has to replay.
const WAL_BYTES_MAX: u64 = 256 << 20;
/// Table files held open.
const OPEN_FILES_MAX: u16 = 512;
/// The same for derived data, which must not crowd out the log.
const PLAIN_CACHE_BYTES: usize = 16 << 20;
const PLAIN_WRITE_BUFFER_BYTES: usize = 8 << 20;
const PLAIN_OPEN_FILES_MAX: u16 = 64;
/// Bytes of a block of sorted runs. The engine keeps some 35 bytes for each block of an open file in memory: 9 MB for a run of
/// 4 GB, which is that of ten million receipts, and four times as much with the usual 4 KiB.
const RUN_BLOCK_BYTES: usize = 16 << 10;
/// The engine's own diagnostics: files kept, and bytes of each.
const LOG_FILES: usize = 4;
const LOG_FILE_BYTES: usize = 4 << 20;
/// Filter bits a key prefix: one lookup of an absent key in about a hundred reads a block in vain.
const FILTER_BITS: f64 = 10.0;

/// Table files that a log and its derived data hold open at most, together.
pub fn files_max() -> u64 {
    u64::from(OPEN_FILES_MAX) + u64::from(PLAIN_OPEN_FILES_MAX)
}

/// How a family is stored.
fn descriptor(family: Family, cache: &Cache, compression: Compression) -> ColumnFamilyDescriptor {
    let mut options = Options::default();
    let mut blocks = BlockBasedOptions::default();
    blocks.set_block_cache(cache);
    blocks.set_format_version(6);
    options.set_write_buffer_size(WRITE_BUFFER_BYTES);
    options.set_level_compaction_dynamic_level_bytes(true);
    match family {
        // Hashes do not compress, and segments live for seconds.
        Family::Meta | Family::Tiles | Family::Heads | Family::Segments => {
            options.set_compression_type(DBCompressionType::None);
        }
        // Rows of one key in a page share most bytes of their numbers, which is a third of such a page. Blocks of hashes stay as
        // they are: the engine keeps what compression makes smaller by less than an eighth. Nobody asks for a part that is not
        // there, so that a filter would be of no use.
        Family::Runs => {
            options.set_compression_type(DBCompressionType::Lz4);
            blocks.set_block_size(RUN_BLOCK_BYTES);
            options.set_max_write_buffer_number(RUN_WRITE_BUFFERS);
        }
        // JSON and CBOR are written once and read for ever.
        Family::Entries | Family::Documents if compression == Compression::Off => {
            options.set_compression_type(DBCompressionType::None);
        }
        Family::Entries | Family::Documents => {
            options.set_compression_type(DBCompressionType::Lz4);
            options.set_bottommost_compression_type(DBCompressionType::Zstd);
        }
        // Nearly every lookup is for a key that is not there: is this evidence new? Only the prefix
        // (tag and key, without the index) is ever asked for.
        Family::Rows => {
            options.set_compression_type(DBCompressionType::Lz4);
            options.set_prefix_extractor(SliceTransform::create_fixed_prefix(
                ledger::rows::ROW_PREFIX_BYTES,
            ));
            options.set_memtable_prefix_bloom_ratio(0.1);
            blocks.set_bloom_filter(FILTER_BITS, false);
            blocks.set_whole_key_filtering(false);
        }
    }
    options.set_block_based_table_factory(&blocks);
    ColumnFamilyDescriptor::new(family.name(), options)
}

/// How the whole database is kept.
fn database_options() -> Options {
    let mut options = Options::default();
    options.set_paranoid_checks(true);
    options.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
    options.set_track_and_verify_wals_in_manifest(true);
    options.set_max_total_wal_size(WAL_BYTES_MAX);
    options.set_db_write_buffer_size(ALL_WRITE_BUFFERS_BYTES);
    options.set_max_open_files(i32::from(OPEN_FILES_MAX));
    options.set_keep_log_file_num(LOG_FILES);
    options.set_max_log_file_size(LOG_FILE_BYTES);
    options.set_log_level(LogLevel::Warn);
    options.set_max_background_jobs(2);
    options.set_bytes_per_sync(1 << 20);
    options
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
        let mut options = database_options();
        options.create_if_missing(!exists);
        let cache = Cache::new_lru_cache(BLOCK_CACHE_BYTES);
        let missing = if mode == OpenMode::CreateOrOpen {
            Vec::new()
        } else {
            missing_families(&options, path)
        };
        let is_older = !missing.is_empty() && missing.iter().all(|family| family.may_be_missing());
        options.create_missing_column_families(mode == OpenMode::CreateOrOpen || is_older);
        let absent = |family: &Family| mode == OpenMode::ReadOnly && is_older && missing.contains(family);
        let families = Family::ALL.into_iter().filter(|family| !absent(family));
        let families = families.map(|family| descriptor(family, &cache, compression));
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

/// A database of plain keys without a write-ahead log, for what can be made again: a crash takes it back to an
/// earlier write, never to half of one, since it has one family and that is flushed in order.
pub(crate) struct PlainDatabase {
    db: DB,
}

impl std::fmt::Debug for PlainDatabase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Plain").field(&self.db.path()).finish()
    }
}

impl PlainDatabase {
    /// Opens a database, or makes one.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let mut blocks = BlockBasedOptions::default();
        blocks.set_block_cache(&Cache::new_lru_cache(PLAIN_CACHE_BYTES));
        blocks.set_bloom_filter(FILTER_BITS, false);
        let mut options = Options::default();
        options.create_if_missing(true);
        options.set_paranoid_checks(true);
        options.set_compression_type(DBCompressionType::Lz4);
        options.set_write_buffer_size(PLAIN_WRITE_BUFFER_BYTES);
        options.set_max_open_files(i32::from(PLAIN_OPEN_FILES_MAX));
        options.set_keep_log_file_num(LOG_FILES);
        options.set_max_log_file_size(LOG_FILE_BYTES);
        options.set_log_level(LogLevel::Warn);
        options.set_max_background_jobs(2);
        options.set_block_based_table_factory(&blocks);
        let db = DB::open(&options, path)
            .map_err(|error| named(&error, || format!("the derived data in {}", path.display())))?;
        Ok(Self { db })
    }

    /// Removes a database that nobody has open, whatever state it is in, and no file that is not the engine's.
    pub(crate) fn destroy(path: &Path) -> Result<(), StoreError> {
        DB::destroy(&Options::default(), path).map_err(|error| {
            named(&error, || {
                format!("removing the derived data in {}", path.display())
            })
        })
    }

    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.db
            .get(key)
            .map_err(|error| named(&error, || format!("derived data {}", Hex(key))))
    }

    /// Visits the keys in `from..to` until `visit` breaks off.
    pub(crate) fn scan(
        &self,
        from: &[u8],
        to: &[u8],
        descending: bool,
        visit: &mut ScanVisitor<'_>,
    ) -> Result<(), StoreError> {
        let mut options = ReadOptions::default();
        options.set_iterate_lower_bound(from);
        options.set_iterate_upper_bound(to);
        let mut cursor = self.db.raw_iterator_opt(options);
        if descending {
            cursor.seek_to_last();
        } else {
            cursor.seek_to_first();
        }
        while let Some((key, value)) = cursor.item() {
            if visit(key, value)?.is_break() {
                return Ok(());
            }
            if descending {
                cursor.prev();
            } else {
                cursor.next();
            }
        }
        cursor
            .status()
            .map_err(|error| named(&error, || format!("derived data from {}", Hex(from))))
    }

    /// Sets and removes keys, all or none.
    pub(crate) fn write(
        &self,
        changes: impl Iterator<Item = (Vec<u8>, Option<Vec<u8>>)>,
    ) -> Result<(), StoreError> {
        let mut batch = WriteBatch::default();
        for (key, value) in changes {
            match value {
                Some(value) => batch.put(key, value),
                None => batch.delete(key),
            }
        }
        let mut options = WriteOptions::default();
        options.disable_wal(true);
        self.db
            .write_opt(batch, &options)
            .map_err(|error| named(&error, || "a write of derived data".to_owned()))
    }

    pub(crate) fn flush(&self) -> Result<(), StoreError> {
        let mut options = FlushOptions::default();
        options.set_wait(true);
        self.db
            .flush_opt(&options)
            .map_err(|error| named(&error, || "a flush of derived data".to_owned()))
    }

    /// Rewrites every file, so that none holds what was overwritten or deleted.
    pub(crate) fn compact(&self) -> Result<(), StoreError> {
        self.flush()?;
        let mut options = CompactOptions::default();
        options.set_bottommost_level_compaction(BottommostLevelCompaction::Force);
        self.db.compact_range_opt(None::<&[u8]>, None::<&[u8]>, &options);
        Ok(())
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
