//! One change of a log's keys, with everything about it verified.

use super::file::ChangeFile;
use super::{LogKeyring, LogKeysFault};
use crate::document::Document;
use crate::entry::{Entry, entry_leaf_hash};
use crate::evidence::Evidence;
use crate::index::LeafIndex;
use crate::key_history::KeyChange;
use crate::note::{UnverifiedNote, VerifierKey};
use crate::payload::Payload;
use crate::proof::TlogProof;

/// A change that the log holds, under the signature of a key of the keyring.
pub(super) struct AuthenticChange {
    /// Its entry.
    pub(super) index: LeafIndex,
    /// What it says.
    pub(super) change: KeyChange,
    /// The key that signed the tree.
    pub(super) signer: VerifierKey,
}

/// Verifies a change: the tree's signature by a key of the keyring, the entry in it, the document under the entry, its signature by its
/// signer and by the log's key that it names. That its signer is the operator, the log has checked.
pub(super) fn authentic(change: &ChangeFile, ring: &LogKeyring) -> Result<AuthenticChange, LogKeysFault> {
    let fault = LogKeysFault::new;
    let proof = TlogProof::parse(change.proof.as_bytes())
        .map_err(|error| fault(format!("the proof of a change: {error}")))?;
    let index = proof.index;
    let of_entry = |what: &str| fault(format!("entry {index}: {what}"));
    let note = UnverifiedNote::parse(proof.checkpoint.as_bytes())
        .map_err(|error| of_entry(&format!("its checkpoint: {error}")))?;
    let (signer, _) = ring
        .signer(&note)
        .ok_or_else(|| of_entry("its checkpoint has no line by a key that the pinned one leads to"))?;
    let extra = proof.extra.as_deref();
    let bytes = extra.ok_or_else(|| of_entry("its proof has no entry in extra"))?;
    proof
        .verify(&entry_leaf_hash(bytes), &signer.key)
        .map_err(|error| of_entry(&error.to_string()))?;
    let entry = Entry::decode(bytes).map_err(|error| of_entry(&error.to_string()))?;
    let document =
        Document::parse(change.evidence.as_bytes()).map_err(|error| of_entry(&error.to_string()))?;
    if document.evidence_digest() != entry.evidence_digest {
        return Err(of_entry("it commits to another document"));
    }
    let evidence = Evidence::verify(&document, ring.pinned.name())
        .map_err(|rejected| of_entry(&rejected.fault.to_string()))?;
    if evidence.kind() != entry.kind || evidence.envelope().signer().as_str() != entry.signer {
        return Err(of_entry("it says another kind or signer than its document"));
    }
    let Payload::LogKey(said) = evidence.payload() else {
        return Err(of_entry(&format!(
            "it is of kind {}, expected log.key",
            evidence.kind()
        )));
    };
    Ok(AuthenticChange {
        index,
        change: said.change.clone(),
        signer: signer.key.clone(),
    })
}
