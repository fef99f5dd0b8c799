//! The closure of a job: everything in the log that its verdict is made from (normative:
//! `schemas/assessment.md`).
//!
//! Which lookups belong to it is decided by [`super::ClosurePlanner`] alone, so that the server that collects a closure
//! and the verifier that is shown one in a file ask the same questions.

use std::collections::BTreeMap;
use std::sync::Arc;

use evidence::digest::EvidenceDigest;
use evidence::kind::Kind;
use evidence::subject::{Field, IndexSalt, Subject};
use evidence::subject_index::IndexQuestion;
use tlog::hash::RootHash;
use tlog::index::{LeafIndex, TimestampMs, TreeSize};

use crate::verified::VerifiedRecord;

/// One lookup.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Query {
    /// Every entry of a kind: log.genesis, log.settings and log.clock only.
    Kind(Kind),
    /// Every entry that carries a subject, from its evidence (member 5) or its context (member 10), and is
    /// of one of the kinds.
    Subject {
        /// Which identifier the subject is, such as a job or a token.
        field: Field,
        /// The value in clear.
        value: String,
        /// Ascending by code (`schemas/index.md` §1), none twice; empty: entries of every kind. A policy is cited, and a signer signs, far
        /// more often than either is published or registered: a lookup that wants the latter says so.
        kinds: Vec<Kind>,
    },
    /// The same by the subject's hash, where the clear value may be gone.
    Hashed {
        /// The subject as entries carry it.
        subject: Subject,
        /// The kinds, in the same order; never empty.
        kinds: Vec<Kind>,
    },
    /// The entries whose own evidence digest (member 2) this is.
    Evidence(EvidenceDigest),
}

impl From<&Query> for IndexQuestion {
    fn from(query: &Query) -> Self {
        match query {
            Query::Kind(kind) => Self::Kind(*kind),
            Query::Evidence(digest) => Self::Evidence(*digest),
            Query::Subject { field, value, kinds } => Self::Subject {
                field: (*field).into(),
                value: value.clone(),
                kinds: kinds.clone(),
            },
            Query::Hashed { subject, kinds } => Self::Hashed {
                field: subject.field.into(),
                hash: subject.hash,
                kinds: kinds.clone(),
            },
        }
    }
}

/// The answer to a lookup: ascending indices below the closure's size.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LookupAnswer {
    /// The lookup that this answers.
    pub query: Query,
    /// What was found; each has a record in the closure.
    pub indices: Vec<LeafIndex>,
}

/// The tree as of which a job is assessed. Its time is `logged_at` of its last entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AsOf {
    /// Number of entries of the tree.
    pub size: TreeSize,
    /// Root of the tree of that size.
    pub root: RootHash,
    /// Milliseconds since the Unix epoch.
    pub time: TimestampMs,
}

/// All that an assessment reads.
#[derive(Clone, PartialEq, Debug)]
pub struct Closure {
    /// Id of the job that is assessed.
    pub job_id: String,
    /// The log's name.
    pub origin: String,
    /// Salt of the subject hashes, from log.genesis.
    pub salt: IndexSalt,
    /// The tree that the assessment is about.
    pub as_of: AsOf,
    /// In the order in which [`super::ClosurePlanner`] asks.
    pub answers: Vec<LookupAnswer>,
    /// By index; each was verified, and says itself where it does not hold.
    pub records: BTreeMap<LeafIndex, Arc<VerifiedRecord>>,
}

/// Why a closure cannot be collected.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClosureError {
    /// More than one assessment may hold in memory.
    #[error("the closure of the job has more than {max} {what}")]
    TooLarge {
        /// Records, lookups, or bytes of evidence.
        what: &'static str,
        /// The limit that was exceeded, in the unit that `what` names.
        max: usize,
    },
    /// An answer that does not fit its question: the one who answers is at fault.
    #[error("the answer to a lookup of the closure is wrong: {0}")]
    WrongAnswer(String),
}
