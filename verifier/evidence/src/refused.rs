//! The document of a `refused` entry: kept for people, never evidence.
//!
//! The entry says that a document of its signer was refused, and with which code. What was odd about it is found again
//! here, wherever the bytes are: on the server's pages, in a pack, with a proof.

use crate::digest::RawDigest;
use crate::document::Document;
use crate::entry::Entry;
use crate::envelope;
use crate::fault::Fault;
use crate::verified::{Evidence, RejectedDocument};
use tlog::hash::sha256;

/// A refused document whose bytes are those that its entry commits to, signed by the signer that the entry names.
#[derive(Clone, PartialEq, Debug)]
pub struct RefusedDocument {
    /// The document, parsed.
    pub document: Document,
    /// Its `envelope_type`, or `export_bundle`.
    pub envelope_type: String,
    /// What is odd about it; `None` where only the log could tell, as of a signer that was retired.
    pub fault: Option<Fault>,
}

/// Why bytes are not the document of a `refused` entry.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RefusedError {
    /// Other bytes than those that the entry commits to: the fault of the one who keeps or sends them.
    #[error("the entry commits to other bytes")]
    RawDigest,
    /// No signature that holds, although the entry says that there was one: the fault of the log.
    #[error("the document's signature does not hold")]
    Unsigned,
    /// Another signer than the entry names: the fault of the log.
    #[error("the document was signed by {0}")]
    Signer(String),
}

impl RefusedDocument {
    /// Reads the bytes kept for a `refused` entry of the log `origin`.
    ///
    /// # Errors
    /// [`RefusedError::RawDigest`] where the entry commits to other bytes: the one who keeps or sends them is
    /// at fault. [`RefusedError::Unsigned`] and [`RefusedError::Signer`] where the entry says of them what
    /// does not hold: the log is at fault.
    pub fn read(entry: &Entry, bytes: &[u8], origin: &str) -> Result<Self, RefusedError> {
        if entry.raw_digest != Some(RawDigest::from_bytes(sha256(bytes))) {
            return Err(RefusedError::RawDigest);
        }
        let document = Document::parse(bytes).map_err(|_| RefusedError::Unsigned)?;
        let (signer, fault) = match Evidence::verify(&document, origin).map_err(|rejected| *rejected) {
            Ok(evidence) => (evidence.envelope().signer().clone(), None),
            Err(RejectedDocument {
                signed_by: Some(signer),
                fault,
                ..
            }) => (signer, Some(fault)),
            Err(_) => return Err(RefusedError::Unsigned),
        };
        if signer.as_str() != entry.signer {
            return Err(RefusedError::Signer(signer.to_string()));
        }
        let envelope_type = envelope::verify(document.value())
            .map(|envelope| envelope.envelope_type().to_owned())
            .unwrap_or_default();
        Ok(Self {
            document,
            envelope_type,
            fault,
        })
    }

    /// A member of the payload that is a text, such as the gateway's name for itself. Nothing of it was accepted.
    pub fn payload_text(&self, member: &str) -> Option<&str> {
        let document = self.document.value().as_object()?;
        let payload = document.object("payload").unwrap_or(document);
        payload.text(member)
    }
}
