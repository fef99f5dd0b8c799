//! Creating a log: entry 0 is log.genesis, signed by the operator.
//!
//! Genesis fixes the origin, the log's keys, the operator, the salt of the subject hashes and the first
//! settings. Everything that is trusted later is trusted because of it, so it is verified like any
//! evidence before it is written, and again at every start.

use verifier::checkpoint::TreeHead;
use verifier::document::Document;
use verifier::entry::{Entry, entry_leaf_hash};
use verifier::evidence::Evidence;
use verifier::fault::Fault;
use verifier::index::{LeafIndex, TimestampMs};
use verifier::payload::{LogGenesis, Payload, Settings};
use verifier::subject::IndexSalt;

use crate::error::OpenError;
use crate::high_water::{HighWaterError, HighWaterMark};
use crate::integrate::RightEdge;
use crate::rows::{RowSubject, rows_of};
use crate::signer::{CheckpointSigner, EvidenceKey};
use crate::store::{CommitError, FORMAT_VERSION, Head, Integration, LogIdentity, LogStore, StoredEntry};

/// Creates the log in an empty store: builds and signs `log_genesis`, commits it as entry 0, records it
/// in the high-water mark. A crash between the two is mended by the first start: a log of one entry may lack
/// its mark.
///
/// # Errors
/// [`OpenError::Refused`] where the store holds a log or the high-water mark exists, where these settings make
/// no genesis that holds, and where `now` is no date: the caller is at fault. [`OpenError::Io`] where store or
/// mark could not be written; the store may hold the log then.
pub fn create(
    store: &dyn LogStore,
    signer: &dyn CheckpointSigner,
    operator: &EvidenceKey,
    settings: Settings,
    index_salt: [u8; 32],
    now: TimestampMs,
    high_water: &mut dyn HighWaterMark,
) -> Result<(), OpenError> {
    if !matches!(high_water.recall(), Err(HighWaterError::Missing { .. })) {
        let reason = "the high-water mark exists and belongs to another log";
        return Err(OpenError::Refused(reason.to_owned()));
    }
    let key = signer.verifier_key();
    let genesis = LogGenesis {
        origin: key.name().to_owned(),
        log_vkeys: vec![key.clone()],
        operator: operator.did().clone(),
        index_salt: IndexSalt::from_bytes(index_salt),
        settings,
    };
    let text = operator
        .sign_own("log_genesis", &genesis.to_payload(), &rfc3339(now)?)
        .map_err(|error| OpenError::Refused(error.to_string()))?;
    let opened = OpenedGenesis::open(text.as_bytes(), key.name())?;
    let integration = opened.integration(now)?;
    let identity = LogIdentity {
        origin: key.name().to_owned(),
        format_version: FORMAT_VERSION,
    };
    store
        .create(&identity, &integration)
        .map_err(|error| match error {
            CommitError::Conflict { .. } => OpenError::Refused("a log exists here".to_owned()),
            other => OpenError::Io(other.to_string()),
        })?;
    high_water
        .record(&integration.head.tree)
        .map_err(|error| OpenError::Io(error.to_string()))?;
    Ok(())
}

/// A genesis document whose signature and content hold.
pub(crate) struct OpenedGenesis {
    document: Document,
    evidence: Evidence,
    /// The decoded payload.
    pub(crate) genesis: LogGenesis,
}

impl OpenedGenesis {
    /// Verifies a document as the genesis of the log `origin`.
    pub(crate) fn open(bytes: &[u8], origin: &str) -> Result<Self, OpenError> {
        let refused = |fault: &Fault| OpenError::Refused(format!("log.genesis: {fault}"));
        let document = Document::parse(bytes).map_err(|fault| refused(&fault))?;
        let evidence = Evidence::verify(&document, origin).map_err(|rejected| refused(&rejected.fault))?;
        let Payload::LogGenesis(genesis) = evidence.payload() else {
            return Err(OpenError::Refused(format!(
                "entry 0 holds {}, expected log.genesis",
                evidence.kind()
            )));
        };
        Ok(Self {
            genesis: genesis.as_ref().clone(),
            document,
            evidence,
        })
    }

    /// The entry that a genesis logged at that time is.
    pub(crate) fn entry(&self, logged_at: TimestampMs) -> Result<Entry, OpenError> {
        let subjects = self
            .evidence
            .subject_list(&self.genesis.index_salt)
            .map_err(|fault| OpenError::Refused(fault.to_string()))?;
        Ok(Entry {
            kind: self.evidence.kind(),
            evidence_digest: self.document.evidence_digest(),
            signer: self.genesis.operator.as_str().to_owned(),
            logged_at,
            subjects,
            submitter: None,
            stream: None,
            covered: None,
            raw_digest: Some(self.document.raw_digest()),
            context_subjects: None,
            refused: None,
            index_runs: None,
        })
    }

    fn integration(&self, now: TimestampMs) -> Result<Integration, OpenError> {
        let entry = self.entry(now)?;
        let bytes = entry
            .encode()
            .map_err(|error| OpenError::Refused(error.to_string()))?;
        let leaf = entry_leaf_hash(&bytes);
        let first = LeafIndex::new(0);
        let (edge, tiles) = RightEdge::default().append(&[leaf]);
        let carried = RowSubject::evidence(&self.evidence);
        Ok(Integration {
            first,
            rows: rows_of(first, &entry, &leaf, carried, None),
            entries: vec![StoredEntry {
                entry: bytes,
                evidence: Some(self.document.raw().to_vec()),
                context: None,
            }],
            tiles,
            head: Head {
                tree: TreeHead {
                    size: edge.size(),
                    root: edge.root(),
                },
                time: now,
            },
            signature: None,
        })
    }
}

fn rfc3339(at: TimestampMs) -> Result<String, OpenError> {
    verifier::rfc3339::format(at).ok_or_else(|| OpenError::Refused(format!("{at} ms is no date")))
}
