//! Which entries are drawn: a function of a seed, so that an auditor who has the seed can draw them again.

use std::collections::BTreeSet;

use crate::hash::sha256;
use crate::index::{LeafIndex, TreeSize};

/// What is hashed in front of the seed.
const TAG: &[u8] = b"evidence-ledger/sample/v1\0";

tlog::hex_hash!(
    /// Where the draws begin: 32 random bytes, which nobody knows before the log has shown what it covers.
    SampleSeed
);

impl SampleSeed {
    /// Draws entries below a size, ascending, none twice, each with the same probability: as many as are wanted, or all.
    pub fn draw(&self, wanted: u32, below: TreeSize) -> Vec<LeafIndex> {
        if u64::from(wanted) >= below.value() {
            return (0..below.value()).map(LeafIndex::new).collect();
        }
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        // Numbers from here on would make the small ones more frequent.
        let end = u64::MAX - u64::MAX % below.value();
        let mut drawn = BTreeSet::new();
        let numbers = (0_u64..).map(|counter| self.number(counter));
        for number in numbers.filter(|number| *number < end) {
            if drawn.len() == wanted {
                break;
            }
            drawn.insert(number % below.value());
        }
        drawn.into_iter().map(LeafIndex::new).collect()
    }

    /// The first 8 bytes of SHA-256 of the tag, the seed and the counter, big-endian.
    fn number(&self, counter: u64) -> u64 {
        let hash = sha256(&[TAG, &self.0, &counter.to_be_bytes()].concat());
        let (number, _) = hash.split_first_chunk().unwrap_or((&[0; 8], &[]));
        u64::from_be_bytes(*number)
    }
}
