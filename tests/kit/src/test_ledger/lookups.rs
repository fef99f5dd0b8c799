//! Lookups of subjects, held against a plain scan of the log.

use std::collections::BTreeMap;

use ledger::reader::Reader;
use ledger::rows::{RowKey, Space};
use ledger::store::LookupOrder;
use verifier::entry::Entry;
use verifier::index::{LeafIndex, TreeSize};
use verifier::subject::{Subject, SubjectHash};

/// Every entry of a log.
pub fn scanned(reader: &Reader) -> Vec<(LeafIndex, Entry)> {
    let size = reader.published().head.tree.size;
    let mut entries: Vec<(LeafIndex, Entry)> = Vec::new();
    while entries.len() < usize::try_from(size.value()).unwrap() {
        let next = LeafIndex::new(u64::try_from(entries.len()).unwrap());
        entries.extend(reader.bare_entries(next, 1_000).unwrap());
    }
    entries
}

/// Compares the rows of each of the log's subjects, of one in `step` if there are many, and of as many that it does not have, with what a
/// scan finds: all of them, and parts from both ends.
pub fn compare_subject_rows(reader: &Reader, step: usize) {
    let mut expected: BTreeMap<Subject, Vec<LeafIndex>> = BTreeMap::new();
    for (index, entry) in scanned(reader) {
        for subject in entry.every_subject() {
            let found = expected.entry(*subject).or_default();
            if found.last() != Some(&index) {
                found.push(index);
            }
        }
    }
    let size = reader.published().head.tree.size.value();
    let many = expected.values().filter(|found| found.len() > 100).count();
    assert!(!expected.is_empty());
    for (number, (subject, found)) in expected.iter().enumerate() {
        if number % step == 0 || (many < 50 && found.len() > 100) {
            for (from, to) in [(0, size), (size / 3, size / 2), (size / 2, size), (0, size / 3)] {
                compare(reader, subject, found, (from, to));
            }
            let mut absent = *subject.hash.as_bytes();
            absent[15] ^= 1;
            let absent = Subject {
                hash: SubjectHash::from_bytes(absent),
                ..*subject
            };
            compare(reader, &absent, &[], (0, size));
        }
    }
}

fn compare(reader: &Reader, subject: &Subject, found: &[LeafIndex], (from, to): (u64, u64)) {
    let key = RowKey::new(Space::Subject(subject.field), *subject.hash.as_bytes());
    let mut expected: Vec<LeafIndex> = found
        .iter()
        .copied()
        .filter(|index| (from..to).contains(&index.value()))
        .collect();
    for order in [LookupOrder::Ascending, LookupOrder::Descending] {
        for limit in [1, 3, 4_096] {
            let (from, to) = (LeafIndex::new(from), TreeSize::new(to));
            let rows = reader.rows(&key, from, to, order, limit).unwrap();
            let first: Vec<LeafIndex> = expected.iter().copied().take(limit).collect();
            assert_eq!(rows, first, "{subject:?} in {from}..{to}, {limit} {order:?}");
        }
        expected.reverse();
    }
}
