//! Which signatures held lately, for a process that meets the same ones again and again: a log verifies a document when it takes it,
//! and again whenever it reads it back.
//!
//! Whether a signature holds depends on key, message and signature alone, so that an answer from here is the answer of a
//! verification. What is kept is SHA-256 over all three; two claims with one digest would be a collision of the hash on which the log
//! rests. Signatures that do not hold are not kept. Of a document that is erased a digest says no more than its entry does, which stays.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use sha2::{Digest as _, Sha256};

use super::SignatureClaim;

/// Digests that are kept: 8 MiB of them, which is a quarter of a million signatures.
const SLOTS: usize = 1 << 18;
/// Slots that are locked together, so that threads seldom wait for one another.
const SHARD_SLOTS: usize = 1 << 10;
/// Sets these digests apart from hashes of anything else.
const TAG: &[u8] = b"evidence-ledger/known-signature/v1";

type Slot = [u8; 32];

static KNOWN: OnceLock<KnownSignatures> = OnceLock::new();

/// From now on this process remembers which signatures of documents held. It answers nothing else than it would without: only sooner.
pub fn remember_signatures() {
    KNOWN.get_or_init(KnownSignatures::default);
}

/// What the process knows of one claim.
pub(super) struct ClaimMemory(Option<(&'static KnownSignatures, Slot)>);

impl ClaimMemory {
    pub(super) fn of(claim: &SignatureClaim<'_>) -> Self {
        // Key and signature have one length each, so that no two claims give the same bytes.
        let digest = || {
            let hash = Sha256::new()
                .chain_update(TAG)
                .chain_update(claim.key.as_bytes())
                .chain_update(claim.signature)
                .chain_update(claim.message);
            hash.finalize().into()
        };
        Self(KNOWN.get().map(|known| (known, digest())))
    }

    /// Whether the claim held before. `false` says nothing.
    pub(super) fn holds(&self) -> bool {
        self.0
            .is_some_and(|(known, digest)| known.slot(&digest, |slot| *slot) == Some(digest))
    }

    /// To be told of a claim that held.
    pub(super) fn keep(&self) {
        if let Some((known, digest)) = &self.0 {
            known.slot(digest, |slot| *slot = *digest);
        }
    }
}

/// Digests of signatures that held, each in the one slot that its first bytes name: a later one takes the place of an earlier one.
struct KnownSignatures {
    shards: Vec<Mutex<Box<[Slot]>>>,
}

impl Default for KnownSignatures {
    fn default() -> Self {
        // No claim has the digest zero, as far as anybody could find out.
        let shard = || Mutex::new(vec![[0; 32]; SHARD_SLOTS].into_boxed_slice());
        Self {
            shards: std::iter::repeat_with(shard).take(SLOTS / SHARD_SLOTS).collect(),
        }
    }
}

impl KnownSignatures {
    fn slot<T>(&self, digest: &Slot, work: impl FnOnce(&mut Slot) -> T) -> Option<T> {
        let (number, _) = digest.split_first_chunk::<4>()?;
        let number = usize::try_from(u32::from_be_bytes(*number)).ok()? % SLOTS;
        let shard = self.shards.get(number / SHARD_SLOTS)?;
        // A slot is written whole or not at all.
        let mut slots: MutexGuard<'_, _> = shard.lock().unwrap_or_else(PoisonError::into_inner);
        slots.get_mut(number % SHARD_SLOTS).map(work)
    }
}
