//! Synced writes, and the database alone with the bytes of receipts.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use harness::HarnessError;
use rocksdb::{DB, Options, WriteBatch, WriteOptions};

use super::per_second;
use crate::report;

/// What one synced write appends.
const BLOCK: [u8; 4096] = [7; 4096];
/// Entries of one synced batch.
const BATCH: u64 = 256;
/// What is stored of a receipt: its document, its entry, and its rows with what they lead to.
const VALUES: [usize; 2] = [1_300, 400];
const ROWS: u64 = 6;
const ROW_KEY: usize = 50;

pub(super) fn run(directory: &Path) -> Result<(), HarnessError> {
    let path = directory.join("synced");
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .map_err(io)?;
    let syncs = per_second(|| {
        file.write_all(&BLOCK)
            .and_then(|()| file.sync_data())
            .map_err(io)?;
        Ok(1)
    })?;
    report::figure("reference_fdatasync", syncs, "1/s");
    std::fs::remove_file(&path).map_err(io)?;
    let entries = raw_database(&directory.join("raw"))?;
    report::figure("reference_rocksdb", entries, "entries/s");
    Ok(())
}

/// Batches of entries as they come, each synced.
fn raw_database(path: &Path) -> Result<f64, HarnessError> {
    let broken = |error: rocksdb::Error| HarnessError::unexpected("a database that works", error.to_string());
    let mut options = Options::default();
    options.create_if_missing(true);
    let database = DB::open(&options, path).map_err(broken)?;
    let mut synced = WriteOptions::default();
    synced.set_sync(true);
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    let mut next = 0_u64;
    per_second(|| {
        let mut batch = WriteBatch::default();
        for number in next..next + BATCH {
            for (family, bytes) in VALUES.into_iter().enumerate() {
                let key = [family.to_be_bytes(), number.to_be_bytes()].concat();
                batch.put(key, noise.bytes(bytes));
            }
            for _ in 0..ROWS {
                batch.put(noise.bytes(ROW_KEY), number.to_be_bytes());
            }
        }
        next += BATCH;
        database.write_opt(batch, &synced).map_err(broken)?;
        Ok(BATCH)
    })
}

/// Bytes that do not compress, as hashes and signatures do not (xorshift).
struct Noise(u64);

impl Noise {
    fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length + 8);
        while bytes.len() < length {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            bytes.extend(self.0.to_be_bytes());
        }
        bytes.truncate(length);
        bytes
    }
}

fn io(source: std::io::Error) -> HarnessError {
    HarnessError::Io {
        what: "write synced",
        source,
    }
}
