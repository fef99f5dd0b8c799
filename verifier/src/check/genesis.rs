//! log.genesis as a file: the document that entry 0 commits to, and entry 0's proof.
//!
//! It is the server's answer for entry 0: a JSON object with `evidence` (the document, as it is or
//! as a string of its text) and `proof` (the tlog-proof's text); other members are not looked at.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::document::Document;
use crate::entry::{Entry, entry_leaf_hash};
use crate::evidence::Evidence;
use crate::index::LeafIndex;
use crate::kind::Kind;
use crate::note::VerifierKey;
use crate::payload::{LogGenesis, Payload};
use crate::proof::TlogProof;

/// A document of 1 MiB, escaped as a string, with a proof and what else a server tells.
const FILE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Why a log.genesis was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("log.genesis is refused: {0}")]
pub struct GenesisFault(String);

fn fault(what: impl std::fmt::Display) -> GenesisFault {
    GenesisFault(what.to_string())
}

/// A log.genesis that entry 0 of a tree signed by the log's key commits to, whose operator signed it, and that names this log.
/// The key may have come later, with a log.key entry.
#[derive(Clone, PartialEq, Debug)]
pub struct Genesis(LogGenesis);

#[derive(Deserialize)]
struct GenesisFile<'a> {
    #[serde(borrow)]
    evidence: &'a RawValue,
    proof: String,
}

impl Genesis {
    /// Reads a genesis file and checks it whole, its inclusion at index 0 too.
    ///
    /// # Errors
    /// [`GenesisFault`] where the file is too long or has no proof of entry 0, where the proof does not hold
    /// under the key, and where the document is not what entry 0 commits to, or not a genesis of the key's log.
    pub fn open(file: &[u8], key: &VerifierKey) -> Result<Self, GenesisFault> {
        let (document, proof) = split(file)?;
        let proof = proof.ok_or_else(|| fault("the file has no proof"))?;
        let proof = TlogProof::parse(proof.as_bytes()).map_err(fault)?;
        let entry = proof
            .extra
            .as_deref()
            .ok_or_else(|| fault("its proof has no entry in extra"))?;
        if proof.index != LeafIndex::new(0) {
            return Err(fault(format!(
                "its proof is of entry {}, expected 0",
                proof.index
            )));
        }
        proof.verify(&entry_leaf_hash(entry), key).map_err(fault)?;
        let entry = Entry::decode(entry).map_err(fault)?;
        Self::under_entry(&document, &entry, key)
    }

    /// Checks the document of a genesis file against an entry 0 that is known to be in the log.
    ///
    /// # Errors
    /// [`GenesisFault`] where the document is not what the entry commits to, or not a genesis of the key's
    /// log.
    pub fn open_under_entry(file: &[u8], entry: &Entry, key: &VerifierKey) -> Result<Self, GenesisFault> {
        let (document, _) = split(file)?;
        Self::under_entry(&document, entry, key)
    }

    pub(super) fn under_entry(
        document: &[u8],
        entry: &Entry,
        key: &VerifierKey,
    ) -> Result<Self, GenesisFault> {
        if entry.kind != Kind::LogGenesis {
            return Err(fault(format!("entry 0 is of kind {}", entry.kind)));
        }
        let document = Document::parse(document).map_err(fault)?;
        if document.evidence_digest() != entry.evidence_digest {
            return Err(fault("entry 0 commits to another document"));
        }
        let evidence = Evidence::verify(&document, key.name()).map_err(fault)?;
        if evidence.envelope().signer().as_str() != entry.signer {
            return Err(fault("entry 0 names another signer"));
        }
        let Payload::LogGenesis(genesis) = evidence.payload() else {
            return Err(fault(format!("the document is of kind {}", evidence.kind())));
        };
        if genesis.origin != key.name() {
            return Err(fault(format!(
                "it is of the log {}, expected {}",
                genesis.origin,
                key.name()
            )));
        }
        Ok(Self(LogGenesis::clone(genesis)))
    }

    /// The checkpoint in a genesis file, which nobody verified; `None` for a file without a proof.
    pub fn danger_checkpoint(file: &[u8]) -> Option<String> {
        let (_, proof) = split(file).ok()?;
        TlogProof::parse(proof?.as_bytes())
            .map(|proof| proof.checkpoint)
            .ok()
    }

    /// The decoded payload.
    pub fn payload(&self) -> &LogGenesis {
        &self.0
    }
}

/// The document's bytes and the proof's text. A file without the member `evidence` is the document
/// itself.
fn split(file: &[u8]) -> Result<(Vec<u8>, Option<String>), GenesisFault> {
    if file.len() > FILE_BYTES_MAX {
        return Err(fault("the file is longer than 4 MiB"));
    }
    let Ok(parts) = serde_json::from_slice::<GenesisFile<'_>>(file) else {
        return Ok((file.to_vec(), None));
    };
    let document = parts.evidence.get();
    let document = if document.starts_with('"') {
        serde_json::from_str::<String>(document).map_err(fault)?
    } else {
        document.to_owned()
    };
    Ok((document.into_bytes(), Some(parts.proof)))
}
