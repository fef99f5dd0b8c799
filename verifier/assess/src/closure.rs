//! The closure of a job: everything in the log that its verdict is made from (normative:
//! `schemas/assessment.md`).
//!
//! Which lookups belong to it is decided by [`super::Planner`] alone, so that the server that collects a closure
//! and the verifier that is shown one in a file ask the same questions.

use std::collections::BTreeMap;

use crate::context::Context;
use crate::digest::EvidenceDigest;
use crate::entry::Entry;
use crate::hash::RootHash;
use crate::index::{LeafIndex, TimestampMs, TreeSize};
use crate::kind::Kind;
use crate::subject::{Field, IndexSalt, Subject};

/// What is kept of an entry's document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kept {
    /// The bytes as received; their SHA-256 is the entry's raw digest.
    Bytes(Vec<u8>),
    /// The entry has no document of its own: `refused`, `index.root`, a submitter's `context`.
    Nothing,
    /// The bytes, and the clear context with them, were erased by an order in the log.
    Erased,
}

/// One entry with what is kept beside it. Whoever makes one has checked the entry against the tree, the
/// bytes against the raw digest and the context against the entry's subjects and stream.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// Position in the log.
    pub index: LeafIndex,
    /// CBOR of the entry.
    pub bytes: Vec<u8>,
    /// The same, decoded.
    pub entry: Entry,
    /// Its document.
    pub evidence: Kept,
    /// The submitter's context, in clear.
    pub context: Option<Context>,
}

/// One lookup.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Query {
    /// Every entry of a kind: log.genesis, log.settings and log.clock only.
    Kind(Kind),
    /// Every entry that carries a subject, from its evidence (member 5) or its context (member 10), and is
    /// of one of the kinds.
    Subject {
        /// The field.
        field: Field,
        /// The value in clear.
        value: String,
        /// Ascending, none twice; empty: entries of every kind. A policy is cited, and a signer signs, far
        /// more often than either is published or registered: a lookup that wants the latter says so.
        kinds: Vec<Kind>,
    },
    /// The same by the subject's hash, where the clear value may be gone.
    Hashed {
        /// The subject as entries carry it.
        subject: Subject,
        /// The kinds; never empty.
        kinds: Vec<Kind>,
    },
    /// The entries whose own evidence digest (member 2) this is.
    Evidence(EvidenceDigest),
}

/// What is known about whether an answer is all there is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Completeness {
    /// The server says so; nothing proves it.
    NotProved,
}

/// The answer to a lookup: ascending indices below the closure's size.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// What was asked.
    pub query: Query,
    /// What was found; each has a record in the closure.
    pub indices: Vec<LeafIndex>,
    /// Whether that is all.
    pub completeness: Completeness,
}

/// The tree as of which a job is assessed. Its time is `logged_at` of its last entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AsOf {
    /// Entries.
    pub size: TreeSize,
    /// Root of the tree of that size.
    pub root: RootHash,
    /// Milliseconds since the Unix epoch.
    pub time: TimestampMs,
}

/// All that an assessment reads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Closure {
    /// The job.
    pub job_id: String,
    /// The log's name.
    pub origin: String,
    /// Salt of the subject hashes, from log.genesis.
    pub salt: IndexSalt,
    /// The tree.
    pub as_of: AsOf,
    /// In the order in which [`super::Planner`] asks.
    pub answers: Vec<Answer>,
    /// By index.
    pub records: BTreeMap<LeafIndex, Record>,
}
