//! Entries that no ledger logs, as an operator with other software would.

use ledger::high_water::{HighWaterFile, HighWaterMark as _};
use ledger::integrate::RightEdge;
use ledger::rows::{RowSubject, rows_of};
use ledger::signer::CheckpointSigner as _;
use ledger::store::{Head, Integration, StoredEntry};
use verifier::checkpoint::{TreeHead, checkpoint_text};
use verifier::entry::entry_leaf_hash;
use verifier::index::LeafIndex;
use verifier::runs::RunList;
use verifier::subject_index::index_root_entry;

use super::{ORIGIN, TestLedger};

impl TestLedger {
    /// Logs an index.root that names a list of runs, whatever the entries give; its index. Nobody has the log open.
    pub fn log_index_root(&self, list: &RunList) -> LeafIndex {
        let before = self.store.head().unwrap().unwrap().newest.head;
        let size = before.tree.size;
        let indices: Vec<LeafIndex> = (0..size.value()).map(LeafIndex::new).collect();
        let entries = self.store.entries(&indices).unwrap();
        let leaves: Vec<_> = entries
            .iter()
            .flatten()
            .map(|bytes| entry_leaf_hash(bytes))
            .collect();
        let (edge, _) = RightEdge::default().append(&leaves);
        let index = size.next_index();
        let entry = index_root_entry(ORIGIN, before.time, list);
        let bytes = entry.encode().unwrap();
        let leaf = entry_leaf_hash(&bytes);
        let (edge, tiles) = edge.append(&[leaf]);
        let tree = TreeHead {
            size: edge.size(),
            root: edge.root(),
        };
        let signature = Self::key().sign(checkpoint_text(ORIGIN, &before.tree).as_bytes());
        let batch = Integration {
            first: index,
            rows: rows_of(index, &entry, &leaf, RowSubject::Nothing, None),
            entries: vec![StoredEntry {
                entry: bytes,
                evidence: None,
                context: None,
            }],
            tiles,
            head: Head {
                tree: tree.clone(),
                time: before.time,
            },
            signature: Some((size, signature)),
        };
        self.store.commit(&before, &batch).unwrap();
        HighWaterFile::new(self.high_water()).record(&tree).unwrap();
        index
    }
}
