//! The rows of an entry (`schemas/index.md` §1).

use tlog::index::LeafIndex;
use tlog::runs::{IndexKey, IndexRow, KindCode};

use crate::entry::Entry;
use crate::kind::Kind;
use crate::subject::{Field, IndexSalt, SubjectHash, named_subject_hash, subject_hash};

/// The field of the subject under which all entries of a kind are found. No entry has it.
pub(super) const KIND_FIELD: &str = "kind";

/// The number of a kind in rows. `None` for index.root, which has no rows.
pub const fn code_of(kind: Kind) -> Option<KindCode> {
    KindCode::new(match kind {
        Kind::ReceiptGateway => 1,
        Kind::ReceiptTool => 2,
        Kind::ReceiptSideEffect => 3,
        Kind::ReceiptApproval => 4,
        Kind::TokenIssued => 5,
        Kind::TokenRevoked => 6,
        Kind::PolicyPublished => 7,
        Kind::PolicyWithdrawn => 8,
        Kind::PolicyFrozen => 9,
        Kind::Bundle => 10,
        Kind::Decision => 11,
        Kind::JobEvent => 12,
        Kind::Pulse => 13,
        Kind::Artifact => 14,
        Kind::Context => 15,
        Kind::IssuerRegistered => 16,
        Kind::IssuerRetired => 17,
        Kind::ErasureOrdered => 18,
        Kind::HoldPlaced => 19,
        Kind::HoldReleased => 20,
        Kind::LogSettings => 21,
        Kind::LogKey => 22,
        Kind::LogFrozen => 23,
        Kind::LogGenesis => 24,
        Kind::Refused => 25,
        Kind::LogClock => 26,
        Kind::IndexRoot => return None,
    })
}

/// Whether all entries of a kind are found under it. Kinds of which a log has many are not: a list of all receipts is the log.
pub const fn is_listed(kind: Kind) -> bool {
    match kind {
        Kind::TokenRevoked
        | Kind::PolicyPublished
        | Kind::PolicyWithdrawn
        | Kind::PolicyFrozen
        | Kind::IssuerRegistered
        | Kind::IssuerRetired
        | Kind::ErasureOrdered
        | Kind::HoldPlaced
        | Kind::HoldReleased
        | Kind::LogSettings
        | Kind::LogKey
        | Kind::LogFrozen
        | Kind::LogGenesis
        | Kind::LogClock => true,
        Kind::ReceiptGateway
        | Kind::ReceiptTool
        | Kind::ReceiptSideEffect
        | Kind::ReceiptApproval
        | Kind::TokenIssued
        | Kind::Bundle
        | Kind::Decision
        | Kind::JobEvent
        | Kind::Pulse
        | Kind::Artifact
        | Kind::Context
        | Kind::Refused
        | Kind::IndexRoot => false,
    }
}

/// The key of a subject.
pub(super) fn key_of(hash: SubjectHash) -> IndexKey {
    IndexKey::of_hash(hash.as_bytes())
}

/// The rows of the entry at an index, sorted; `None` for an index from 2^56 on, where an index of the log ends.
pub fn rows_of(index: LeafIndex, entry: &Entry, salt: &IndexSalt) -> Option<Vec<IndexRow>> {
    let Some(code) = code_of(entry.kind) else {
        return Some(Vec::new());
    };
    let subjects = entry
        .subjects
        .iter()
        .chain(entry.context_subjects.iter().flatten());
    let mut hashes: Vec<SubjectHash> = subjects
        .filter(|subject| subject.field != Field::Nonce)
        .map(|subject| subject.hash)
        .collect();
    if entry.kind != Kind::Refused {
        let digest = entry.evidence_digest.to_string();
        hashes.push(subject_hash(salt, Field::Evidence, &digest));
    }
    if is_listed(entry.kind) {
        hashes.push(named_subject_hash(salt, KIND_FIELD, entry.kind.as_str()));
    }
    let mut rows = Vec::with_capacity(hashes.len());
    for hash in hashes {
        rows.push(IndexRow::new(key_of(hash), code, index)?);
    }
    rows.sort_unstable();
    rows.dedup();
    Some(rows)
}
