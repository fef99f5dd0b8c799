//! The database of derived data.

use super::named;
use super::options::{FILTER_BITS, LOG_FILE_BYTES, LOG_FILES};
use crate::families::ScanVisitor;
use ledger::store::StoreError;
use rocksdb::{
    BlockBasedOptions, BottommostLevelCompaction, Cache, CompactOptions, DB, DBCompressionType, FlushOptions,
    LogLevel, Options, ReadOptions, WriteBatch, WriteOptions,
};
use std::path::Path;
use tlog::hash::Hex;

/// Blocks in memory, unflushed writes and open table files of derived data, which must not crowd out the log.
const CACHE_BYTES: usize = 16 << 20;
const WRITE_BUFFER_BYTES: usize = 8 << 20;
pub(super) const OPEN_FILES_MAX: u16 = 64;

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
        blocks.set_block_cache(&Cache::new_lru_cache(CACHE_BYTES));
        blocks.set_bloom_filter(FILTER_BITS, false);
        let mut options = Options::default();
        options.create_if_missing(true);
        options.set_paranoid_checks(true);
        options.set_compression_type(DBCompressionType::Lz4);
        options.set_write_buffer_size(WRITE_BUFFER_BYTES);
        options.set_max_open_files(i32::from(OPEN_FILES_MAX));
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
