//! Every question about the log. Nothing leaves here that was not re-hashed up to the published root.
//!
//! Storage is trusted for nothing. The chain of each answer is: bytes of an entry → leaf
//! hash → hash in its level-0 tile → root of that tile in the tile above → … → the right edge of the
//! tree → the root under the log's signature. Evidence is compared with the raw digest in the verified
//! entry, a clear context with its subject and stream hashes, an index row with the entry that it
//! points to. What does not match is [`ReadError::Corrupt`], naming the object; it is never served.
//!
//! What a row does not point to cannot be noticed here: that a list is complete is for `fsck` to say,
//! and for proofs of completeness to show.

use std::sync::Arc;

use tokio::sync::watch;
use verifier::context::Context;
use verifier::entry::Entry;
use verifier::hash::LeafHash;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::key_history::KeyHistory;
use verifier::note::{UnverifiedNote, VerifierKey};
use verifier::payload::Settings;
use verifier::subject::IndexSalt;

use crate::coverage::DocumentCache;
use crate::error::ReadError;
use crate::interest::CancellationToken;
use crate::shared::{Admission, LogState, PublishedHead};
use crate::store::{Remains, StoreError};
use caches::Caches;
use verifier::issuers::Issuer;

mod caches;
mod checkpoints;
mod cosignatures;
mod entries;
mod erased;
mod follow;
mod jobs;
mod lookup;
mod proofs;
mod span;
mod subject;
mod tiles;

pub use caches::EvidenceCache;
pub use entries::Leaf;
pub use follow::WeakReader;
pub use jobs::{ENTRIES_ASKED_MAX, job_hashes};
pub use subject::{carries, is_of_subject, require, subjects_of};
pub use tiles::ReaderTree;

/// Most entries, or indices of a lookup, in one answer.
pub const PAGE_ENTRIES_MAX: usize = 1_000;
/// Evidence bytes after which [`Reader::entries`] ends a page early: a thousand bundles of 1 MiB would
/// otherwise be held at once.
pub const PAGE_BYTES_MAX: usize = 16 << 20;
/// Most jobs in one answer.
pub const PAGE_JOBS_MAX: usize = 200;
/// Most heads in one answer.
pub const PAGE_HEADS_MAX: usize = 1_000;

/// The reading side of the log; cheap to clone.
///
/// # Errors
/// Every question may be answered with [`ReadError::Storage`], where the store cannot be read; with
/// [`ReadError::Corrupt`], where it holds something else than the signed log; and with
/// [`ReadError::Abandoned`], where nobody waits for the answer any more ([`Reader::with_cancellation`]). The first
/// two are the storage's fault. A method that can fail in other ways says so.
#[derive(Clone, Debug)]
pub struct Reader {
    inner: Arc<ReaderInner>,
    wanted: CancellationToken,
}

#[derive(Debug)]
struct ReaderInner {
    shared: Arc<LogState>,
    tiles: tiles::TileCache,
    trees: span::KeptTrees,
    documents: DocumentCache,
    caches: Caches,
}

/// One entry, verified against its leaf hash; evidence against its digest; context against its subject
/// hashes.
#[derive(Clone, PartialEq, Debug)]
pub struct EntryRecord {
    /// Position in the log.
    pub index: LeafIndex,
    /// CBOR of the entry: what the leaf hash covers.
    pub bytes: Vec<u8>,
    /// The same, decoded.
    pub entry: Entry,
    /// `SHA-256(0x00 || bytes)`.
    pub leaf_hash: LeafHash,
    /// Evidence byte for byte as received; none for `refused`, `index.root` and a submitter's `context`.
    pub evidence: Option<Vec<u8>>,
    /// Of `refused`: the document that was refused, byte for byte. It is nobody's evidence.
    pub refused: Option<Vec<u8>>,
    /// What the submitter said about it, in clear.
    pub context: Option<Context>,
    /// What is left of both, where an order in the log took them away.
    pub erased: Option<Remains>,
}

impl EntryRecord {
    /// The document that is kept, evidence or refused.
    pub fn document(&self) -> Option<&[u8]> {
        self.evidence.as_deref().or(self.refused.as_deref())
    }
}

/// A page of a list pinned to a tree size.
#[derive(Clone, PartialEq, Debug)]
pub struct LookupPage<T> {
    /// Items. A page may be short, even empty, and still have a next one.
    pub items: Vec<T>,
    /// Where to go on; `None` at the end.
    pub next: Option<LeafIndex>,
    /// What the list is as of.
    pub as_of: TreeSize,
}

/// One row of the list of jobs.
#[derive(Clone, PartialEq, Debug)]
pub struct JobSummary {
    /// Job id, in clear.
    pub job_id: String,
    /// The job's last entry below the size.
    pub last_index: LeafIndex,
    /// `logged_at` of that entry.
    pub last_logged_at: TimestampMs,
}

impl Reader {
    pub(crate) fn new(shared: Arc<LogState>) -> Self {
        Self {
            inner: Arc::new(ReaderInner {
                shared,
                tiles: tiles::TileCache::new(),
                trees: span::KeptTrees::default(),
                documents: DocumentCache::default(),
                caches: Caches::default(),
            }),
            wanted: CancellationToken::default(),
        }
    }

    /// The same for one question: it reads nothing more once nobody waits for the answer, and fails with
    /// [`ReadError::Abandoned`] instead.
    #[must_use]
    pub fn with_cancellation(&self, wanted: CancellationToken) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            wanted,
        }
    }

    /// Whether somebody waits for what this reader is asked.
    pub fn wanted(&self) -> &CancellationToken {
        &self.wanted
    }

    /// The origin: the name of the log and of its key.
    pub fn origin(&self) -> &str {
        &self.shared().facts.origin
    }

    /// The key to hand to somebody who begins to trust the log: of the Ed25519 keys that sign its newest head, the one that was
    /// added last.
    pub fn verifier_key(&self) -> VerifierKey {
        let size = self.published().head.tree.size;
        self.shared().admission().keys.newest(size).clone()
    }

    /// Every key that ever signed heads of the log, as of the published head.
    pub fn key_history(&self) -> KeyHistory {
        self.shared().admission().keys.clone()
    }

    /// The key that a checkpoint of this log claims to be signed by; the newest one where it claims none that signs heads of its
    /// size. Nothing is verified.
    pub fn key_of(&self, checkpoint: &[u8]) -> VerifierKey {
        let note = UnverifiedNote::parse(checkpoint).ok();
        let admission = self.shared().admission();
        let claimed = note.and_then(|note| admission.keys.key_of(&note).cloned());
        claimed.unwrap_or_else(|| self.verifier_key())
    }

    /// The DID that signed log.genesis.
    pub fn operator_did(&self) -> &str {
        self.shared().facts.operator.as_str()
    }

    /// Salt of the subject hashes.
    pub fn index_salt(&self) -> IndexSalt {
        self.shared().facts.salt
    }

    /// Settings in force at the published head.
    pub fn settings(&self) -> Settings {
        self.shared().admission().settings
    }

    /// Every registered signer, by first registration; as many as the operator registered.
    pub fn issuers(&self) -> Vec<Issuer> {
        self.shared().admission().issuers.list().to_vec()
    }

    /// When an entry that was taken now would be logged at the earliest: the server's clock, and never before the newest
    /// entry. A quiet log's head is as old as its last entry.
    pub fn now(&self) -> TimestampMs {
        self.shared().now()
    }

    /// The published head.
    pub fn published(&self) -> PublishedHead {
        self.shared().published()
    }

    /// Follows the published head.
    pub fn watch(&self) -> watch::Receiver<PublishedHead> {
        self.shared().watch()
    }

    /// The size up to which index segments are merged; lookups are complete either way.
    pub fn indexed_to(&self) -> TreeSize {
        self.shared().indexed_to()
    }

    /// How many entries the newest index.root covers; 0 where the log has none. Of a log whose index was switched off that is as far as
    /// answers can be proved.
    pub fn index_covered(&self) -> TreeSize {
        self.shared().covered()
    }

    /// What the log says about admission, at least as of the published head.
    pub fn admission(&self) -> Arc<Admission> {
        self.shared().admission()
    }

    pub(crate) fn shared(&self) -> &LogState {
        &self.inner.shared
    }

    /// A size that the caller named, which must not lie in the future.
    ///
    /// # Errors
    /// [`ReadError::Beyond`], with `what` the size is called.
    pub fn checked_size(&self, what: &'static str, size: TreeSize) -> Result<TreeSize, ReadError> {
        let published = self.published().head.tree.size;
        if size > published {
            return Err(ReadError::beyond(what, size.value(), published));
        }
        Ok(size)
    }
}

impl From<StoreError> for ReadError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Damaged { what, detail } => {
                Self::corrupt(what, "the form that this version writes", detail)
            }
            other => Self::Storage(other.to_string()),
        }
    }
}
