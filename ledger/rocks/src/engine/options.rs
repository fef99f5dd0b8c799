//! How the database of a log is kept: its limits in memory and files, and what differs between families.

use crate::families::{Compression, Family};
use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamilyDescriptor, DBCompressionType, DBRecoveryMode, LogLevel, Options,
    SliceTransform,
};

/// Blocks kept in memory, all families together.
pub(super) const BLOCK_CACHE_BYTES: usize = 64 << 20;
/// Unflushed writes of one family; the engine keeps up to two of these a family that is written fast, and more of runs.
const WRITE_BUFFER_BYTES: usize = 16 << 20;
/// How many of these sorted runs may fill. When all but one are full the engine slows every write down, commits of the log as well: while
/// runs are written as fast as they can be, a commit in a hundred took 0.11 s with 128 MiB of them, and 0.19 s with half of that.
const RUN_WRITE_BUFFERS: i32 = 8;
/// Files on the engine's first level that it merges together, in the families of runs and rows. Their keys are spread over all that is
/// there, so that each such merge rewrites the whole next level, some 256 MiB: with the usual four it rewrites that four times as often.
const FIRST_LEVEL_MERGED: i32 = 16;
/// Files there from which on it slows writes down. With the usual 20 a flush that would make the twentieth waits until some are merged.
/// Each `index.root` makes a file of runs, so that at four million entries one waited 15 s for a merge of rows; and a flush of rows holds
/// commits up. A lookup may have to look into each of these files, so there must not be hundreds.
const FIRST_LEVEL_SLOW: i32 = 64;
/// From which on it stops them.
const FIRST_LEVEL_STOP: i32 = 96;
/// Flushes and merges at one time: one flush and, once some 28 files wait in a family, two merges, so that those of runs need not wait for
/// one of rows.
const BACKGROUND_JOBS: i32 = 3;
/// Unflushed writes of all families, beyond which the engine flushes the largest: for as long as that takes there may be more.
const ALL_WRITE_BUFFERS_BYTES: usize = 96 << 20;
/// Bounds what start-up has to replay.
const WAL_BYTES_MAX: u64 = 256 << 20;
/// Table files held open.
pub(super) const OPEN_FILES_MAX: u16 = 512;
/// Bytes of a block of sorted runs. The engine keeps some 35 bytes for each block of an open file in memory: 9 MB for a run of
/// 4 GB, which is that of ten million receipts, and four times as much with the usual 4 KiB.
const RUN_BLOCK_BYTES: usize = 16 << 10;
/// Bytes of a block of entries and of what is stored with them. Receipts are much alike, and a block is compressed for itself: blocks of the
/// usual 4 KiB, with two or three receipts in each, take a third more room. They are also four times as many, each with its 35 bytes in memory.
const DOCUMENT_BLOCK_BYTES: usize = 16 << 10;
/// How hard these blocks are compressed once they are on the last level. Half of a receipt is hashes and signatures, in which there is
/// nothing to find: the usual level 3 takes more than twice the time for one byte in a thousand.
const ZSTD_LEVEL: i32 = 1;
/// The engine's own default, which Zstandard does not use.
const ZSTD_WINDOW_DEFAULT: i32 = -14;
/// The engine's own diagnostics: files kept, and bytes of each.
pub(super) const LOG_FILES: usize = 4;
pub(super) const LOG_FILE_BYTES: usize = 4 << 20;
/// Filter bits a key prefix: one lookup of an absent key in about a hundred reads a block in vain.
pub(super) const FILTER_BITS: f64 = 10.0;

/// How a family is stored.
pub(super) fn descriptor(family: Family, cache: &Cache, compression: Compression) -> ColumnFamilyDescriptor {
    let mut options = Options::default();
    let mut blocks = BlockBasedOptions::default();
    blocks.set_block_cache(cache);
    blocks.set_format_version(6);
    options.set_write_buffer_size(WRITE_BUFFER_BYTES);
    options.set_level_compaction_dynamic_level_bytes(true);
    match family {
        // Hashes and signatures do not compress, and segments live for seconds.
        Family::Meta | Family::Tiles | Family::Heads | Family::Segments | Family::Cosignatures => {
            options.set_compression_type(DBCompressionType::None);
        }
        // Rows of one key in a page share most bytes of their numbers, which is a third of such a page. Blocks of hashes stay as
        // they are: the engine keeps what compression makes smaller by less than an eighth. Nobody asks for a part that is not
        // there, so that a filter would be of no use.
        Family::Runs => {
            options.set_compression_type(DBCompressionType::Lz4);
            blocks.set_block_size(RUN_BLOCK_BYTES);
            options.set_max_write_buffer_number(RUN_WRITE_BUFFERS);
            may_wait_for_merges(&mut options);
        }
        // JSON and CBOR are written once and read for ever.
        Family::Entries | Family::Documents if compression == Compression::Off => {
            options.set_compression_type(DBCompressionType::None);
        }
        Family::Entries | Family::Documents => {
            options.set_compression_type(DBCompressionType::Lz4);
            options.set_bottommost_compression_type(DBCompressionType::Zstd);
            let (window, strategy, dictionary) = (ZSTD_WINDOW_DEFAULT, 0, 0);
            options.set_bottommost_compression_options(window, ZSTD_LEVEL, strategy, dictionary, true);
            blocks.set_block_size(DOCUMENT_BLOCK_BYTES);
        }
        // Nearly every lookup is for a key that is not there: is this evidence new? Only the prefix
        // (tag and key, without the index) is ever asked for.
        Family::Rows => {
            options.set_compression_type(DBCompressionType::Lz4);
            options.set_prefix_extractor(SliceTransform::create_fixed_prefix(
                ledger::rows::ROW_PREFIX_BYTES,
            ));
            options.set_memtable_prefix_bloom_ratio(0.1);
            may_wait_for_merges(&mut options);
            blocks.set_bloom_filter(FILTER_BITS, false);
            blocks.set_whole_key_filtering(false);
        }
    }
    options.set_block_based_table_factory(&blocks);
    ColumnFamilyDescriptor::new(family.name(), options)
}

/// Lets more files than usual wait on the first level: until they are merged, and until anybody who writes has to wait for that.
fn may_wait_for_merges(options: &mut Options) {
    options.set_level_zero_file_num_compaction_trigger(FIRST_LEVEL_MERGED);
    options.set_level_zero_slowdown_writes_trigger(FIRST_LEVEL_SLOW);
    options.set_level_zero_stop_writes_trigger(FIRST_LEVEL_STOP);
}

/// How the whole database is kept.
pub(super) fn database_options() -> Options {
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
    options.set_max_background_jobs(BACKGROUND_JOBS);
    options.set_bytes_per_sync(1 << 20);
    options
}
