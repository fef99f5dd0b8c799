//! The independent second path: roots through `rs_merkle`, a library that shares no code with the
//! rest of this module.
//!
//! The log compares its own root with this one before it signs. It builds trees only: the
//! library's proof verification accepts surplus hashes and out-of-range indices, and never sees a
//! proof from outside. Its trees are held in memory, so it is given tiles and edges, never a log.

use rs_merkle::{Hasher, MerkleTree};
use sha2::{Digest, Sha256};

use crate::hash::{NodeHash, RootHash};

#[derive(Clone)]
struct Rfc6962;

impl Hasher for Rfc6962 {
    type Hash = [u8; 32];

    fn hash(data: &[u8]) -> [u8; 32] {
        Sha256::digest(data).into()
    }

    /// A node without a right sibling moves up as it is.
    fn concat_and_hash(left: &[u8; 32], right: Option<&[u8; 32]>) -> [u8; 32] {
        match right {
            Some(right) => Sha256::new()
                .chain_update([0x01])
                .chain_update(left)
                .chain_update(right)
                .finalize()
                .into(),
            None => *left,
        }
    }
}

/// The root over `hashes` as leaves (already hashed), by `rs_merkle` with the RFC 6962 node hash.
/// The empty slice gives the empty root.
pub fn root_of(hashes: &[NodeHash]) -> RootHash {
    let leaves: Vec<[u8; 32]> = hashes.iter().map(|hash| *hash.as_bytes()).collect();
    let root = MerkleTree::<Rfc6962>::from_leaves(&leaves).root();
    RootHash::from_bytes(root.unwrap_or_else(|| Rfc6962::hash(b"")))
}
