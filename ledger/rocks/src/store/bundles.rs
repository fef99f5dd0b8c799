//! Full bundles of entries that were read lately, in memory: entries of one job stand near each other, and each reading
//! of a bundle from the engine computes the checksum of 256 entries again.
//!
//! A full bundle never changes, and nothing of an entry is ever erased: what was read once stays right.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Most bytes of the bundles that are kept: a hundred of receipts, and sixteen of the largest entries.
const BYTES_MAX: usize = 16 << 20;

/// The bundles that were read last, those of the last question at the end.
#[derive(Debug, Default)]
pub(super) struct KeptBundles(Mutex<BundleQueue>);

#[derive(Debug, Default)]
struct BundleQueue {
    bundles: VecDeque<(u64, Arc<Vec<u8>>)>,
    bytes: usize,
}

impl KeptBundles {
    /// A poisoned lock only says that another reader panicked; the queue is whole at any time but for its count of bytes.
    fn held(&self) -> MutexGuard<'_, BundleQueue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The bundle that begins with an entry, without its checksum, which held.
    pub(super) fn get(&self, start: u64) -> Option<Arc<Vec<u8>>> {
        let mut held = self.held();
        let place = held.bundles.iter().rposition(|(kept, _)| *kept == start)?;
        let found = held.bundles.remove(place)?;
        let bundle = Arc::clone(&found.1);
        held.bundles.push_back(found);
        Some(bundle)
    }

    /// Keeps a bundle whose checksum held.
    pub(super) fn keep(&self, start: u64, bundle: &Arc<Vec<u8>>) {
        let mut held = self.held();
        if bundle.len() > BYTES_MAX || held.bundles.iter().any(|(kept, _)| *kept == start) {
            return;
        }
        held.bytes = held.bytes.saturating_add(bundle.len());
        held.bundles.push_back((start, Arc::clone(bundle)));
        while held.bytes > BYTES_MAX {
            let Some((_, oldest)) = held.bundles.pop_front() else {
                held.bytes = 0;
                break;
            };
            held.bytes = held.bytes.saturating_sub(oldest.len());
        }
    }

    /// Forgets all of them, where somebody changed what is stored under them.
    #[cfg(feature = "testing")]
    pub(super) fn forget(&self) {
        *self.held() = BundleQueue::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_the_bound_the_bundle_that_nobody_asked_for_the_longest_gives_way() {
        let kept = KeptBundles::default();
        let bundle = Arc::new(vec![0; BYTES_MAX / 4]);
        for start in 0..4 {
            kept.keep(start, &bundle);
        }
        // One kept twice counts once.
        kept.keep(1, &bundle);
        assert!(kept.get(0).is_some());
        kept.keep(4, &bundle);
        let held: Vec<u64> = (0..5).filter(|start| kept.get(*start).is_some()).collect();
        assert_eq!(held, [0, 2, 3, 4]);
        kept.keep(5, &Arc::new(vec![0; BYTES_MAX + 1]));
        assert!(kept.get(5).is_none());
    }
}
