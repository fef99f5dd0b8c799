//! Entries that no ledger logs, as an operator with other software would.

use ledger::high_water::{HighWaterFile, HighWaterMark as _};
use ledger::integrate::RightEdge;
use ledger::rows::{RowSubject, rows_of};
use ledger::signer::CheckpointSigner as _;
use ledger::store::{Head, Integration, READ_LIMIT_MAX, StoredEntry};
use verifier::checkpoint::{TreeHead, checkpoint_text};
use verifier::entry::{Entry, entry_leaf_hash};
use verifier::index::LeafIndex;
use verifier::runs::RunList;
use verifier::subject_index::index_root_entry;

use super::{ORIGIN, TestLedger};

impl TestLedger {
    /// Logs an index.root that names a list of runs, whatever the entries give; its index. Nobody has the log open.
    pub fn log_index_root(&self, list: &RunList) -> LeafIndex {
        let time = self.store.head().unwrap().unwrap().newest.head.time;
        self.log_entries(&[index_root_entry(ORIGIN, time, list)])
    }

    /// Logs entries without documents in one batch, whatever they say; the index of the first. Nobody has the log open.
    pub fn log_entries(&self, entries: &[Entry]) -> LeafIndex {
        let before = self.store.head().unwrap().unwrap().newest.head;
        let size = before.tree.size;
        let indices: Vec<LeafIndex> = (0..size.value()).map(LeafIndex::new).collect();
        let lists = indices.chunks(READ_LIMIT_MAX);
        let logged = lists.flat_map(|list| self.store.entries(list).unwrap());
        let leaves: Vec<_> = logged.flatten().map(|bytes| entry_leaf_hash(&bytes)).collect();
        let (edge, _) = RightEdge::default().append(&leaves);
        let first = size.next_index();
        let bytes: Vec<Vec<u8>> = entries.iter().map(|entry| entry.encode().unwrap()).collect();
        let leaves: Vec<_> = bytes.iter().map(|bytes| entry_leaf_hash(bytes)).collect();
        let (edge, tiles) = edge.append(&leaves);
        let mut rows = Vec::new();
        for ((index, entry), leaf) in (first.value()..).map(LeafIndex::new).zip(entries).zip(&leaves) {
            rows.extend(rows_of(index, entry, leaf, RowSubject::Nothing, None));
        }
        rows.sort_unstable();
        let tree = TreeHead {
            size: edge.size(),
            root: edge.root(),
        };
        let signature = Self::key().sign(checkpoint_text(ORIGIN, &before.tree).as_bytes());
        let batch = Integration {
            first,
            rows,
            entries: bytes
                .into_iter()
                .map(|entry| StoredEntry {
                    entry,
                    evidence: None,
                    context: None,
                })
                .collect(),
            tiles,
            head: Head {
                tree: tree.clone(),
                time: before.time,
            },
            signature: Some((size, signature)),
        };
        self.store.commit(&before, &batch).unwrap();
        HighWaterFile::new(self.high_water()).record(&tree).unwrap();
        first
    }
}
