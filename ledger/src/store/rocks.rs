//! The embedded engine: the only file that names RocksDB.
//!
//! It knows families of byte keys, atomic batches and scans; what the bytes mean is [`super::disk`]'s.
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

use super::StoreError;
pub use super::disk::DiskStore as RocksStore;
use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamily, ColumnFamilyDescriptor, DB, DBCompressionType, DBRecoveryMode,
    ErrorKind, FlushOptions, LogLevel, Options, ReadOptions, SliceTransform, WriteBatch, WriteOptions,
};
use std::ops::ControlFlow;
use std::path::Path;

/// Blocks kept in memory, all families together.
const BLOCK_CACHE_BYTES: usize = 128 << 20;
/// Unflushed writes of one family; the engine keeps up to two of these a family that is written fast.
const WRITE_BUFFER_BYTES: usize = 32 << 20;
/// Unflushed writes of all families.
const ALL_WRITE_BUFFERS_BYTES: usize = 192 << 20;
/// Bounds what start-up has to replay.
const WAL_BYTES_MAX: u64 = 256 << 20;
/// Table files held open.
const OPEN_FILES_MAX: i32 = 512;
/// The engine's own diagnostics: files kept, and bytes of each.
const LOG_FILES: usize = 4;
const LOG_FILE_BYTES: usize = 4 << 20;
/// Filter bits a key prefix: one lookup of an absent key in about a hundred reads a block in vain.
const FILTER_BITS: f64 = 10.0;

/// A family of keys: what is written and dropped together, compressed alike and looked up alike.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Family {
    /// Identity and head.
    Meta,
    /// Hash tiles.
    Tiles,
    /// Fragments of entry bundles.
    Entries,
    /// Evidence and context.
    Beside,
    /// Heads by size.
    Heads,
    /// Merged index rows.
    Rows,
    /// Index segments that are not merged yet.
    Segments,
}

impl Family {
    pub(super) const ALL: [Self; 7] = [
        Self::Meta,
        Self::Tiles,
        Self::Entries,
        Self::Beside,
        Self::Heads,
        Self::Rows,
        Self::Segments,
    ];

    /// Its name on disk, fixed for ever.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Tiles => "tiles",
            Self::Entries => "entries",
            Self::Beside => "beside",
            Self::Heads => "heads",
            Self::Rows => "rows",
            Self::Segments => "segments",
        }
    }

    fn descriptor(self, cache: &Cache) -> ColumnFamilyDescriptor {
        let mut options = Options::default();
        let mut blocks = BlockBasedOptions::default();
        blocks.set_block_cache(cache);
        blocks.set_format_version(6);
        options.set_write_buffer_size(WRITE_BUFFER_BYTES);
        options.set_level_compaction_dynamic_level_bytes(true);
        match self {
            // Hashes do not compress, and segments live for seconds.
            Self::Meta | Self::Tiles | Self::Heads | Self::Segments => {
                options.set_compression_type(DBCompressionType::None);
            }
            // JSON and CBOR are written once and read for ever.
            Self::Entries | Self::Beside => {
                options.set_compression_type(DBCompressionType::Lz4);
                options.set_bottommost_compression_type(DBCompressionType::Zstd);
            }
            // Nearly every lookup is for a key that is not there: is this evidence new? Only the prefix
            // (tag and key, without the index) is ever asked for.
            Self::Rows => {
                options.set_compression_type(DBCompressionType::Lz4);
                options
                    .set_prefix_extractor(SliceTransform::create_fixed_prefix(crate::rows::ROW_PREFIX_BYTES));
                options.set_memtable_prefix_bloom_ratio(0.1);
                blocks.set_bloom_filter(FILTER_BITS, false);
                blocks.set_whole_key_filtering(false);
            }
        }
        options.set_block_based_table_factory(&blocks);
        ColumnFamilyDescriptor::new(self.name(), options)
    }
}

/// How a directory is opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mode {
    /// Creates a database in an empty or missing directory.
    CreateOrOpen,
    /// A database must be there.
    Existing,
    /// The same, without taking the lock or writing.
    ReadOnly,
}

/// What a write survives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Durability {
    /// Power loss: WAL, synced.
    Synced,
    /// Nothing until the family is flushed; only for what can be made again.
    Unlogged,
}

/// Which keys of a family to visit, in which direction. `to` is exclusive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scan<'a> {
    pub(super) from: &'a [u8],
    pub(super) to: Option<&'a [u8]>,
    pub(super) descending: bool,
    /// `from` and `to` share the prefix that the family's filter knows.
    pub(super) one_prefix: bool,
}

impl Scan<'_> {
    /// The whole family.
    pub(super) const ALL: Self = Self {
        from: &[],
        to: None,
        descending: false,
        one_prefix: false,
    };
}

/// What a scan calls with each key and value.
pub(super) type Visit<'a> = dyn FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>, StoreError> + 'a;

/// An open database.
pub(super) struct Engine {
    db: DB,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Engine").field(&self.db.path()).finish()
    }
}

impl Engine {
    pub(super) fn open(path: &Path, mode: Mode) -> Result<Self, StoreError> {
        let exists = has_database(path)?;
        if !exists && mode != Mode::CreateOrOpen {
            return Err(StoreError::Engine(format!(
                "there is no database in {}",
                path.display()
            )));
        }
        let mut options = Options::default();
        options.create_if_missing(!exists);
        options.create_missing_column_families(mode == Mode::CreateOrOpen);
        options.set_paranoid_checks(true);
        options.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
        options.set_track_and_verify_wals_in_manifest(true);
        options.set_max_total_wal_size(WAL_BYTES_MAX);
        options.set_db_write_buffer_size(ALL_WRITE_BUFFERS_BYTES);
        options.set_max_open_files(OPEN_FILES_MAX);
        options.set_keep_log_file_num(LOG_FILES);
        options.set_max_log_file_size(LOG_FILE_BYTES);
        options.set_log_level(LogLevel::Warn);
        options.set_max_background_jobs(2);
        options.set_bytes_per_sync(1 << 20);

        let cache = Cache::new_lru_cache(BLOCK_CACHE_BYTES);
        let families = Family::ALL.map(|family| family.descriptor(&cache));
        let opened = match mode {
            Mode::ReadOnly => DB::open_cf_descriptors_read_only(&options, path, families, false),
            Mode::CreateOrOpen | Mode::Existing => DB::open_cf_descriptors(&options, path, families),
        };
        let db = opened.map_err(|error| named(&error, || format!("the database in {}", path.display())))?;
        Ok(Self { db })
    }

    pub(super) fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.db
            .get_cf(self.handle(family)?, key)
            .map_err(|error| named(&error, || format!("{} {}", family.name(), hex(key))))
    }

    /// Visits keys in order until `visit` breaks off. Bytes that fail their checksum are an error.
    pub(super) fn scan(
        &self,
        family: Family,
        scan: Scan<'_>,
        visit: &mut Visit<'_>,
    ) -> Result<(), StoreError> {
        let mut options = ReadOptions::default();
        options.set_iterate_lower_bound(scan.from);
        if let Some(to) = scan.to {
            options.set_iterate_upper_bound(to);
        }
        options.set_total_order_seek(!scan.one_prefix);
        options.set_prefix_same_as_start(scan.one_prefix);
        let mut cursor = self.db.raw_iterator_cf_opt(self.handle(family)?, options);
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
            .map_err(|error| named(&error, || format!("{} from {}", family.name(), hex(scan.from))))
    }

    /// An empty batch.
    pub(super) fn batch(&self) -> Batch<'_> {
        Batch {
            engine: self,
            inner: WriteBatch::default(),
        }
    }

    /// Flushes families to synced table files.
    pub(super) fn flush(&self, families: &[Family]) -> Result<(), StoreError> {
        let handles: Result<Vec<&ColumnFamily>, _> =
            families.iter().map(|family| self.handle(*family)).collect();
        let mut options = FlushOptions::default();
        options.set_wait(true);
        self.db
            .flush_cfs_opt(&handles?, &options)
            .map_err(|error| named(&error, || "a flush".to_owned()))
    }

    fn handle(&self, family: Family) -> Result<&ColumnFamily, StoreError> {
        self.db.cf_handle(family.name()).ok_or_else(|| {
            StoreError::damaged("the database", format!("family {} is missing", family.name()))
        })
    }
}

/// Changes that are written together or not at all.
pub(super) struct Batch<'a> {
    engine: &'a Engine,
    inner: WriteBatch,
}

impl Batch<'_> {
    pub(super) fn put(&mut self, family: Family, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        self.inner.put_cf(self.engine.handle(family)?, key, value);
        Ok(())
    }

    pub(super) fn delete(&mut self, family: Family, key: &[u8]) -> Result<(), StoreError> {
        self.inner.delete_cf(self.engine.handle(family)?, key);
        Ok(())
    }

    /// Writes it. After an error the changes may or may not be there.
    pub(super) fn write(self, durability: Durability) -> Result<(), StoreError> {
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

/// Whether a database was created there. A directory with other content, or with a database that lost its
/// `CURRENT` file, is an error: the engine would clear it away and begin anew.
fn has_database(path: &Path) -> Result<bool, StoreError> {
    let io = |error: std::io::Error| StoreError::Engine(format!("{}: {error}", path.display()));
    if path.join("CURRENT").try_exists().map_err(io)? {
        return Ok(true);
    }
    if !path.try_exists().map_err(io)? || std::fs::read_dir(path).map_err(io)?.next().is_none() {
        return Ok(false);
    }
    Err(StoreError::damaged(
        format!("the database in {}", path.display()),
        "the directory is not empty, and its file CURRENT is missing",
    ))
}

fn named(error: &rocksdb::Error, what: impl FnOnce() -> String) -> StoreError {
    match error.kind() {
        ErrorKind::Corruption => StoreError::damaged(what(), error.to_string()),
        _ => StoreError::Engine(format!("{}: {error}", what())),
    }
}

fn hex(key: &[u8]) -> String {
    use std::fmt::Write;
    key.iter().fold(
        String::with_capacity(key.len().saturating_mul(2)),
        |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        },
    )
}
