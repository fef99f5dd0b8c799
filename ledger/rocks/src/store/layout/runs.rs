//! Keys and values of sorted runs. The key of a run is a proper prefix of the keys of its parts, so that it is none of them,
//! and the run and its parts are one range of keys that holds nothing of another run.

use super::bad_key;
use crate::families::Family;
use ledger::store::{RunPartKey, StoreError, StoredRun};
use tlog::index::TreeSize;
use tlog::runs::{RunDescriptor, RunHash, RunRange};

/// Bytes of the key of a run.
const RUN_KEY_BYTES: usize = 16;
/// Bytes of the key of a part.
const PART_KEY_BYTES: usize = 25;

/// Key of a run, and the first one that can be in it.
pub(crate) fn run_key(range: RunRange) -> [u8; RUN_KEY_BYTES] {
    between(range.begin().value(), range.end().value())
}

/// The first key after those of a run.
pub(crate) fn run_end_key(range: RunRange) -> [u8; RUN_KEY_BYTES] {
    // The end of a run is below 2^56.
    between(range.begin().value(), range.end().value().saturating_add(1))
}

fn between(begin: u64, end: u64) -> [u8; RUN_KEY_BYTES] {
    let mut key = [0; RUN_KEY_BYTES];
    let (first, second) = key.split_at_mut(8);
    first.copy_from_slice(&begin.to_be_bytes());
    second.copy_from_slice(&end.to_be_bytes());
    key
}

/// Key of a part of a run.
pub(crate) fn part_key(range: RunRange, part: RunPartKey) -> [u8; PART_KEY_BYTES] {
    let mut key = [0; PART_KEY_BYTES];
    let (run, rest) = key.split_at_mut(RUN_KEY_BYTES);
    run.copy_from_slice(&run_key(range));
    let (list, number) = rest.split_at_mut(1);
    list.copy_from_slice(&[part.part]);
    number.copy_from_slice(&part.number.to_be_bytes());
    key
}

/// The run to which a key belongs, and the part; without one it is the key of the run.
pub(crate) fn run_of(key: &[u8]) -> Result<(RunRange, Option<RunPartKey>), StoreError> {
    let read = || {
        let (begin, rest) = key.split_first_chunk::<8>()?;
        let (end, rest) = rest.split_first_chunk::<8>()?;
        let size = |bytes: &[u8; 8]| TreeSize::new(u64::from_be_bytes(*bytes));
        let range = RunRange::new(size(begin), size(end))?;
        let Some((part, number)) = rest.split_first() else {
            return Some((range, None));
        };
        let number = u64::from_be_bytes(number.try_into().ok()?);
        Some((range, Some(RunPartKey { part: *part, number })))
    };
    read().ok_or_else(|| bad_key(Family::Runs))
}

/// Value of a run: that it is there says that all its parts are.
pub(crate) fn encode_run(run: &StoredRun) -> Vec<u8> {
    let (pages, rows) = (run.descriptor.pages.to_be_bytes(), run.rows.to_be_bytes());
    [&pages, run.descriptor.root.as_bytes().as_slice(), &rows].concat()
}

/// Reads [`encode_run`].
pub(crate) fn decode_run(range: RunRange, value: &[u8]) -> Result<StoredRun, StoreError> {
    let read = || {
        let (pages, rest) = value.split_first_chunk::<8>()?;
        let (root, rows) = rest.split_first_chunk::<32>()?;
        Some(StoredRun {
            descriptor: RunDescriptor {
                range,
                pages: u64::from_be_bytes(*pages),
                root: RunHash::from_bytes(*root),
            },
            rows: u64::from_be_bytes(rows.try_into().ok()?),
        })
    };
    read().ok_or_else(|| {
        StoreError::damaged(
            format!("run {range}"),
            "it is not of the form that this version writes",
        )
    })
}
