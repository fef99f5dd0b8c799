//! What a store keeps and answers with.

use crate::rows::{Row, RowKey, Space};
use verifier::checkpoint::TreeHead;
use verifier::digest::{EvidenceDigest, StatementDigest};
use verifier::index::{LeafIndex, TimestampMs, TreeSize};

/// A head of the log with its time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Head {
    /// Size and root.
    pub tree: TreeHead,
    /// `logged_at` of its last entry.
    pub time: TimestampMs,
}

/// One entry with what is stored with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredEntry {
    /// The CBOR bytes that are the leaf.
    pub entry: Vec<u8>,
    /// Evidence bytes as received; none for `refused`, `index.root` and a submitter's context.
    pub evidence: Option<Vec<u8>>,
    /// JCS of the clear context.
    pub context: Option<Vec<u8>>,
}

/// What is stored with an entry: see [`StoredEntry`]. Either of the two, or what an erasure left of them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct StoredDocument {
    /// Evidence bytes as received.
    pub evidence: Option<Vec<u8>>,
    /// JCS of the clear context.
    pub context: Option<Vec<u8>>,
    /// What is left of both, where an order in the log took them away.
    pub erased: Option<Remains>,
}

/// What is left of an entry whose evidence and context were erased. Hashes only: they keep a copy that is
/// sent again, or a statement that contradicts the erased one, from being taken for new.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Remains {
    /// The entry of the erasure order.
    pub order: LeafIndex,
    /// The evidence that an erased `submission_context` was about.
    pub target: Option<EvidenceDigest>,
    /// Keys of the entry's rows that do not follow from the entry alone; sorted, each once.
    pub keys: Vec<RowKey>,
}

impl Remains {
    /// The statement that the erased evidence made; `None` where the entry held none.
    pub fn statement(&self) -> Option<StatementDigest> {
        let mut keys = self.keys.iter();
        let key = keys.find(|key| key.space == Space::Statement)?;
        Some(StatementDigest::from_bytes(key.key))
    }
}

/// What was fixed when the log was created.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogIdentity {
    /// Origin.
    pub origin: String,
    /// On-disk format.
    pub format_version: u32,
}

/// A stored head with its signature, where one was stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredHead {
    /// Head.
    pub head: Head,
    /// Ed25519 over the checkpoint text.
    pub signature: Option<[u8; 64]>,
}

/// What a store says of its log as a whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredLog {
    /// What was fixed when it was created.
    pub identity: LogIdentity,
    /// The newest head.
    pub newest: StoredHead,
    /// Below this size the bytes of every erasure order are gone; 0 before the first. It never goes back.
    pub erased_to: TreeSize,
    /// Below this size rows may be missing that the runs of the index hold, too; 0 where none is. It never goes back.
    pub rows_released: TreeSize,
}

/// A part of an erasure order, as a store carries it out. Every order before it, and every part of it before this one,
/// was carried out before. An order that covers a long job comes in parts, so that no list of remains grows with the job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OrderedErasure {
    /// The entry of the order.
    pub order: LeafIndex,
    /// The entries of this part, whose documents and contexts must go, whether or not an earlier call took them away.
    pub covered: Vec<LeafIndex>,
    /// What takes their place, for those that have no remains yet.
    pub remains: Vec<(LeafIndex, Remains)>,
    /// Whether the order is carried out with this part.
    pub is_last: bool,
}

impl OrderedErasure {
    /// The size up to which every order is carried out with this part; `None` where more parts of the order follow.
    pub fn end(&self) -> Option<TreeSize> {
        let end = self.order.size_with().unwrap_or(TreeSize::new(u64::MAX));
        self.is_last.then_some(end)
    }
}

/// When the bytes of an erasure are gone from what a store keeps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Removal {
    /// They are gone.
    Done,
    /// They are gone at this time at the latest, as where old versions of an object expire.
    By(TimestampMs),
}

/// Which heads are asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HeadQuery {
    /// The head of exactly this size; none where no batch ended there.
    OfSize(TreeSize),
    /// Those of at most this size.
    UpToSize(TreeSize),
    /// Those of at most this time.
    UpToTime(TimestampMs),
}

impl HeadQuery {
    /// Every head.
    pub const ALL: Self = Self::UpToSize(TreeSize::new(u64::MAX));
}

/// Order of a lookup.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LookupOrder {
    /// From the lowest index up.
    Ascending,
    /// From the highest index down, so that the newest entry comes first.
    Descending,
}

impl StoredDocument {
    /// Bytes of evidence and context together.
    pub fn bytes(&self) -> usize {
        let length = |part: &Option<Vec<u8>>| part.as_ref().map_or(0, Vec::len);
        length(&self.evidence).saturating_add(length(&self.context))
    }
}

/// A page of a walk over all rows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RowPage {
    /// Rows in ascending order.
    pub rows: Vec<Row>,
    /// Names of stored keys that lie between them and are no rows; none in a store that cannot hold such keys.
    pub malformed: Vec<String>,
}

/// How far a store is with its own housekeeping.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Upkeep {
    /// The size below which every index row is where lookups cost least; they find the others, too.
    pub indexed_to: TreeSize,
    /// Whether another call finds something to do.
    pub is_pending: bool,
}
