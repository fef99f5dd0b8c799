//! Which statements contradict each other: they share an identity, their payloads differ, and they are of one author.
//! Decided from index rows and entries alone, so that nobody's documents are parsed again for it.

use std::collections::BTreeSet;

use verifier::entry::Entry;
use verifier::evidence::Evidence;
use verifier::index::{LeafIndex, TimestampMs};
use verifier::issuers::{Issuers, SignedEntry};
use verifier::payload::Payload;

use crate::error::ReadError;
use crate::rows::{RowKey, Space, identity_payload_key};

/// Contradicting entries that are named; a lookup finds the others.
const NAMED_MAX: usize = 16;
/// Entries of one key that are looked at for them.
pub(crate) const LOOKED_AT: usize = 256;

/// Where the rows and entries are.
pub(crate) trait ContradictionSource {
    /// Entries with a key, the first [`LOOKED_AT`] of them.
    fn rows(&self, key: &RowKey) -> Result<Vec<LeafIndex>, ReadError>;
    /// One of those entries.
    fn entry(&self, index: LeafIndex) -> Result<Entry, ReadError>;
    /// What the log says about signers.
    fn issuers(&self) -> &Issuers;
}

/// The entries that a statement at `index` contradicts, ascending.
pub(crate) fn contradicted(
    source: &impl ContradictionSource,
    evidence: &Evidence,
    index: LeafIndex,
    logged_at: TimestampMs,
) -> Result<Vec<LeafIndex>, ReadError> {
    let Some(payload) = evidence.payload_digest() else {
        return Ok(Vec::new());
    };
    let this = SignedEntry {
        signer: evidence.envelope().signer().as_str(),
        index,
        logged_at,
    };
    let mut named = BTreeSet::new();
    for identity in evidence.identities() {
        let others = source.rows(&RowKey::new(Space::Identity, identity.0))?;
        if others.is_empty() {
            continue;
        }
        let same = source.rows(&RowKey::new(
            Space::Said,
            identity_payload_key(identity, &payload),
        ))?;
        let same: BTreeSet<LeafIndex> = same.into_iter().collect();
        for other in others.into_iter().filter(|other| !same.contains(other)) {
            if named.len() == NAMED_MAX {
                return Ok(named.into_iter().collect());
            }
            if other != index && is_of_author(source, evidence, this, other)? {
                named.insert(other);
            }
        }
    }
    Ok(named.into_iter().collect())
}

/// Whether an entry with one of the identities is of the same author: the identities of a gateway receipt are the
/// gateway's, and who signs for a gateway is the registrations' to say.
fn is_of_author(
    source: &impl ContradictionSource,
    evidence: &Evidence,
    this: SignedEntry<'_>,
    other: LeafIndex,
) -> Result<bool, ReadError> {
    let Payload::GatewayReceipt(receipt) = evidence.payload() else {
        return Ok(true);
    };
    let entry = source.entry(other)?;
    let other = SignedEntry {
        signer: &entry.signer,
        index: other,
        logged_at: entry.logged_at,
    };
    Ok(source.issuers().are_one_gateway(&receipt.gateway_id, this, other))
}
