//! Which keys are surely not among those of some blocks: a Bloom filter over keys that are hashes already.
//!
//! Bits are chosen by the last 8 bytes of a key, of which sorting says nothing. That is all of the format: a filter of n keys has
//! ⌈n × 10 / 8⌉ bytes, and of a key a || b, its bytes 8 to 11 and 12 to 15, the bits ⌊((a + i × (b | 1)) mod 2^32) × m / 2^32⌋ for i from 0
//! to 6, of m bits. It is written here, since a library that hashes by itself may hash otherwise in a later version, and then hide rows.

use verifier::runs::IndexKey;

/// Bits a key: of the keys that are not there, one in a hundred looks as if it were.
const BITS_PER_KEY: usize = 10;
/// Bits of one key: those with which 10 bits a key err least.
const PROBES: u32 = 7;

/// The keys of some blocks, until their filter is written.
#[derive(Default)]
pub(crate) struct KeyFilter {
    /// Each once: they come sorted.
    keys: Vec<IndexKey>,
}

impl KeyFilter {
    /// Takes the next key. It may be the one in front of it again.
    pub(crate) fn push(&mut self, key: IndexKey) {
        if self.keys.last() != Some(&key) {
            self.keys.push(key);
        }
    }

    /// The filter of all keys; the next one has none.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        let mut filter = vec![0_u8; self.keys.len().saturating_mul(BITS_PER_KEY).div_ceil(8)];
        for key in self.keys.drain(..) {
            for (byte, bit) in probes(&key, filter.len()) {
                if let Some(byte) = filter.get_mut(byte) {
                    *byte |= bit;
                }
            }
        }
        filter
    }
}

/// Whether a key can be one of those that a filter was made of.
pub(super) fn may_hold(filter: &[u8], key: &IndexKey) -> bool {
    probes(key, filter.len()).all(|(byte, bit)| filter.get(byte).is_some_and(|found| found & bit != 0))
}

/// The bits of a key in a filter of some bytes: the byte, and the bit in it.
fn probes(key: &IndexKey, bytes: usize) -> impl Iterator<Item = (usize, u8)> {
    let bits = u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(8);
    let [.., a0, a1, a2, a3, b0, b1, b2, b3] = *key.as_bytes();
    let first = u32::from_be_bytes([a0, a1, a2, a3]);
    let step = u32::from_be_bytes([b0, b1, b2, b3]) | 1;
    (0..PROBES).map(move |turn| {
        let hash = first.wrapping_add(turn.wrapping_mul(step));
        let place = u64::from(hash).saturating_mul(bits) >> 32;
        (usize::try_from(place / 8).unwrap_or(usize::MAX), 1 << (place % 8))
    })
}
