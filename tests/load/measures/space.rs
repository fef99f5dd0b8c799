//! Disk and memory.

use std::path::Path;

use harness::HarnessError;

use crate::process::{bytes_of, memory_kib};
use crate::report;
use crate::world::{World, at};

/// The family of the store that has the runs of the index, and nothing else.
const RUNS: &str = "runs";

/// Memory of the server at rest, and what it keeps of the evidence that it was sent.
pub(crate) fn at_rest(world: &World, size: u64) -> Result<(), HarnessError> {
    if let Some((now, _)) = memory_kib(world.server().id()) {
        report::mib(&format!("memory_at_rest{}", at(size)), now);
    }
    let stored = bytes_of(world.log()).map_err(|source| HarnessError::Io {
        what: "measure the directory of the log",
        source,
    })?;
    report::mib(&format!("evidence{}", at(size)), world.bytes() >> 10);
    report::mib(&format!("disk{}", at(size)), stored >> 10);
    let ratio = report::float(stored) / report::float(world.bytes().max(1));
    report::figure(&format!("disk_of_evidence{}", at(size)), ratio, "ratio");
    Ok(())
}

/// What the index takes of the store for each entry, while nobody has it open.
pub(crate) fn of_index(log: &Path, entries: u64, size: u64) -> Result<(), HarnessError> {
    let broken = |error: rocksdb::Error| HarnessError::unexpected("a database", error.to_string());
    let path = log.join("db");
    let options = rocksdb::Options::default();
    let families = rocksdb::DB::list_cf(&options, &path).map_err(broken)?;
    let database = rocksdb::DB::open_cf_for_read_only(&options, &path, families, false).map_err(broken)?;
    let files = database.live_files().map_err(broken)?;
    let of_runs = files.iter().filter(|file| file.column_family_name == RUNS);
    let bytes: usize = of_runs.map(|file| file.size).sum();
    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
    let each = report::float(bytes) / report::float(entries.max(1));
    report::figure(&format!("index_stored{}", at(size)), each, "bytes/entry");
    Ok(())
}
