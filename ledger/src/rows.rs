//! Index rows: what points from a 32-byte key to the entries that carry it.
//!
//! A row is a pure function of an entry and of the evidence and context stored with it ([`rows_of`]). The sequencer
//! writes with it and `fsck` recomputes with it, so the two cannot drift apart. Rows are conveniences: nothing that
//! they say is believed before the entry they point at was re-hashed.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use verifier::digest::{PayloadHash, StatementDigest};
use verifier::entry::Entry;
use verifier::evidence::{Evidence, Identity};
use verifier::hash::{LeafHash, sha256};
use verifier::index::LeafIndex;
use verifier::kind::Kind;
use verifier::subject::Field;

/// Bytes of an encoded row: tag, key, index big-endian.
pub const ROW_BYTES: usize = 1 + 32 + 8;
/// Bytes of the part of an encoded row that a lookup asks for: tag and key.
pub const ROW_PREFIX_BYTES: usize = 1 + 32;

/// The key space of a row. Ordered by [`Space::tag`], so that rows sort as their bytes do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Space {
    /// Key: subject hash, of list 5 or list 10 of the entry.
    Subject(Field),
    /// Key: raw digest. The one entry that carries these bytes.
    Raw,
    /// Key: evidence digest. The entry with that evidence, and every context on it.
    Evidence,
    /// Key: statement digest. The one entry that carries the statement.
    Statement,
    /// Key: an identity that two statements of one author must not share.
    Identity,
    /// Key: [`identity_payload_key`]. What was said under an identity: a statement that says the same contradicts nothing.
    Said,
    /// Key: [`context_key`]. The entry that already logged this context.
    Context,
    /// Key: leaf hash.
    Leaf,
    /// Key: [`kind_key`]. Every entry of a kind.
    Kind,
    /// Key: zeros. Every entry with a job subject, for lists by newest activity.
    JobActivity,
    /// Key: raw digest of a document that was refused. Apart from [`Space::Raw`], because a
    /// document that was refused once may be accepted later.
    Refused,
}

impl Space {
    /// Every space, in the order of the tags.
    pub fn all() -> impl Iterator<Item = Self> {
        let plain = [
            Self::Raw,
            Self::Evidence,
            Self::Statement,
            Self::Identity,
            Self::Context,
            Self::Leaf,
            Self::Kind,
            Self::JobActivity,
            Self::Refused,
            Self::Said,
        ];
        plain
            .into_iter()
            .chain(Field::ALL.iter().copied().map(Self::Subject))
    }

    /// One byte on disk, fixed for ever: a new space takes a new number.
    pub const fn tag(self) -> u8 {
        match self {
            Self::Raw => 0x01,
            Self::Evidence => 0x02,
            Self::Statement => 0x03,
            Self::Identity => 0x04,
            Self::Context => 0x05,
            Self::Leaf => 0x06,
            Self::Kind => 0x07,
            Self::JobActivity => 0x08,
            Self::Refused => 0x09,
            Self::Said => 0x0a,
            Self::Subject(field) => match field {
                Field::Job => 0x20,
                Field::Run => 0x21,
                Field::Agent => 0x22,
                Field::Gateway => 0x23,
                Field::Token => 0x24,
                Field::Revocation => 0x25,
                Field::Jti => 0x26,
                Field::Scope => 0x27,
                Field::Policy => 0x28,
                Field::PolicyId => 0x29,
                Field::Receipt => 0x2a,
                Field::Nonce => 0x2b,
                Field::Bundle => 0x2c,
                Field::Issuer => 0x2d,
                Field::Artifact => 0x2e,
                Field::Approval => 0x2f,
                Field::Evidence => 0x30,
                Field::Halt => 0x31,
            },
        }
    }

    /// Whether the sorted runs of the authenticated index hold the rows of this space, too (`schemas/index.md` §1). They have none of
    /// `nonce`, and under the subject of evidence also the entries that are this evidence.
    pub const fn is_in_runs(self) -> bool {
        match self {
            Self::Subject(field) => !matches!(field, Field::Nonce | Field::Evidence),
            Self::Raw
            | Self::Evidence
            | Self::Statement
            | Self::Identity
            | Self::Context
            | Self::Leaf
            | Self::Kind
            | Self::JobActivity
            | Self::Refused
            | Self::Said => false,
        }
    }

    /// The space of a tag; `None` for one that this version does not write.
    pub fn from_tag(tag: u8) -> Option<Self> {
        Self::all().find(|space| space.tag() == tag)
    }
}

impl PartialOrd for Space {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Space {
    fn cmp(&self, other: &Self) -> Ordering {
        self.tag().cmp(&other.tag())
    }
}

/// What a lookup asks for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RowKey {
    /// The key space.
    pub space: Space,
    /// The key in it.
    pub key: [u8; 32],
}

impl RowKey {
    /// A key of a space.
    pub const fn new(space: Space, key: [u8; 32]) -> Self {
        Self { space, key }
    }

    /// The key under which every entry of a kind is found.
    pub fn of_kind(kind: Kind) -> Self {
        Self::new(Space::Kind, kind_key(kind))
    }

    /// The key under which every entry with a job subject is found.
    pub const fn job_activity() -> Self {
        Self::new(Space::JobActivity, [0; 32])
    }

    /// Reads [`RowKey::to_bytes`]; `None` for another length or an unknown tag.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (tag, key) = bytes.split_first()?;
        Some(Self::new(Space::from_tag(*tag)?, key.try_into().ok()?))
    }

    /// Tag and key: the prefix of every row of this key.
    pub fn to_bytes(&self) -> [u8; ROW_PREFIX_BYTES] {
        let mut bytes = [0; ROW_PREFIX_BYTES];
        let (tag, key) = bytes.split_at_mut(1);
        tag.copy_from_slice(&[self.space.tag()]);
        key.copy_from_slice(&self.key);
        bytes
    }
}

/// Of a key, which is a hash itself, as much as nobody finds twice.
impl Hash for RowKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let (prefix, _) = self.key.split_at(16);
        state.write_u8(self.space.tag());
        state.write(prefix);
    }
}

/// One row: the entry at `index` carries `key`. Rows sort as their bytes do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Row {
    /// What is looked up.
    pub key: RowKey,
    /// The entry that carries the key.
    pub index: LeafIndex,
}

impl Row {
    /// A row of a space.
    pub const fn new(space: Space, key: [u8; 32], index: LeafIndex) -> Self {
        Self {
            key: RowKey::new(space, key),
            index,
        }
    }

    /// `tag | key | index big-endian`.
    pub fn to_bytes(&self) -> [u8; ROW_BYTES] {
        let mut bytes = [0; ROW_BYTES];
        let (prefix, index) = bytes.split_at_mut(ROW_PREFIX_BYTES);
        prefix.copy_from_slice(&self.key.to_bytes());
        index.copy_from_slice(&self.index.value().to_be_bytes());
        bytes
    }

    /// Reads [`Row::to_bytes`]; `None` for another length or an unknown tag.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (tag, rest) = bytes.split_first()?;
        let (key, index) = rest.split_first_chunk::<32>()?;
        let index = u64::from_be_bytes(index.try_into().ok()?);
        Some(Self::new(Space::from_tag(*tag)?, *key, LeafIndex::new(index)))
    }
}

/// `SHA-256(text of the kind)`.
pub fn kind_key(kind: Kind) -> [u8; 32] {
    sha256(kind.as_str().as_bytes())
}

/// `SHA-256(statement || 0x00 || submitter || 0x00 || stored context)`: one submitter said exactly
/// this about one statement. Submitter names hold no zero byte, so the parts cannot run together.
pub fn context_key(statement: &StatementDigest, submitter: &str, stored_context: &[u8]) -> [u8; 32] {
    let mut message = Vec::with_capacity(32 + 2 + submitter.len() + stored_context.len());
    message.extend_from_slice(statement.as_bytes());
    message.push(0);
    message.extend_from_slice(submitter.as_bytes());
    message.push(0);
    message.extend_from_slice(stored_context);
    sha256(&message)
}

/// `SHA-256(identity || payload digest)`.
pub fn identity_payload_key(identity: &Identity, payload: &PayloadHash) -> [u8; 32] {
    sha256(&[identity.0, *payload.as_bytes()].concat())
}

/// What an entry carries, as far as its rows depend on it.
#[derive(Clone, Copy, Debug)]
pub enum RowSubject<'a> {
    /// No evidence: `refused` and `index.root`.
    Nothing,
    /// Evidence whose bytes are stored with this entry.
    Evidence {
        /// Digest of the statement that the evidence makes.
        statement: StatementDigest,
        /// Its identities for conflicts.
        identities: &'a [Identity],
        /// What it says under them; there where identities are.
        payload: Option<PayloadHash>,
    },
    /// A submitter's context on evidence of an earlier entry.
    ContextOn {
        /// The statement of that evidence.
        statement: StatementDigest,
    },
}

impl<'a> RowSubject<'a> {
    /// The evidence of an entry.
    pub fn evidence(evidence: &'a Evidence) -> Self {
        Self::Evidence {
            statement: evidence.envelope().statement(),
            identities: evidence.identities(),
            payload: evidence.payload_digest(),
        }
    }
}

/// Every row of one entry, sorted and unique. `stored_context` is the context stored with it.
pub fn rows_of(
    index: LeafIndex,
    entry: &Entry,
    leaf: &LeafHash,
    carried: RowSubject<'_>,
    stored_context: Option<&[u8]>,
) -> Vec<Row> {
    let mut rows = Vec::with_capacity(24);
    let mut push = |space, key| rows.push(Row::new(space, key, index));

    for subject in entry.every_subject() {
        push(Space::Subject(subject.field), *subject.hash.as_bytes());
    }
    if entry.every_subject().any(|subject| subject.field == Field::Job) {
        push(Space::JobActivity, [0; 32]);
    }
    push(Space::Leaf, *leaf.as_bytes());
    push(Space::Kind, kind_key(entry.kind));

    let statement = match carried {
        RowSubject::Nothing => None,
        RowSubject::Evidence {
            statement,
            identities,
            payload,
        } => {
            push(Space::Evidence, *entry.evidence_digest.as_bytes());
            push(Space::Statement, *statement.as_bytes());
            if let Some(raw) = &entry.raw_digest {
                push(Space::Raw, *raw.as_bytes());
            }
            for identity in identities {
                push(Space::Identity, identity.0);
                if let Some(payload) = &payload {
                    push(Space::Said, identity_payload_key(identity, payload));
                }
            }
            Some(statement)
        }
        RowSubject::ContextOn { statement } => {
            push(Space::Evidence, *entry.evidence_digest.as_bytes());
            Some(statement)
        }
    };
    if let (Some(statement), Some(submitter), Some(context)) = (statement, &entry.submitter, stored_context) {
        push(
            Space::Context,
            context_key(&statement, submitter.as_str(), context),
        );
    }
    if let (Kind::Refused, Some(raw)) = (entry.kind, &entry.raw_digest) {
        push(Space::Refused, *raw.as_bytes());
    }

    rows.sort_unstable();
    rows.dedup();
    rows
}
