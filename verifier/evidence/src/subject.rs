//! Subjects: the identifiers that an entry is about (normative: `schemas/subjects.md`).
//!
//! An entry holds salted hashes, not the identifiers: pseudonyms, not secrets. Who knows or guesses
//! an id, and the salt, finds its entries.

use sha2::{Digest as _, Sha256};

use crate::code::Code;
use crate::digest::EvidenceDigest;
use crate::fault::Fault;
use crate::texts;

/// Domain separation of subject hashes from every other hash.
const TAG: &[u8] = b"evidence-ledger/subject/v1";

/// At most this many subjects an entry, both lists together.
pub const SUBJECTS_MAX: usize = 32;

tlog::hex_hash!(/// SHA-256(`evidence-ledger/subject/v1` 00 salt field 00 value).
    SubjectHash);

texts!(/// The field of a subject: what sort of identifier it is.
Field {
    /// Job id.
    Job => "job",
    /// Run id.
    Run => "run",
    /// DID of an agent, or the name that a token gives it.
    Agent => "agent",
    /// DID of the gateway that signed.
    Gateway => "gateway",
    /// Token hash.
    Token => "token",
    /// Token hash, on a revocation.
    Revocation => "revocation",
    /// Unique token id.
    Jti => "jti",
    /// Scope hash of a token, or of what was approved.
    Scope => "scope",
    /// Policy hash.
    Policy => "policy",
    /// The publisher's name for a policy.
    PolicyId => "policy_id",
    /// Receipt id.
    Receipt => "receipt",
    /// Idempotency key of a call.
    Nonce => "nonce",
    /// Bundle id.
    Bundle => "bundle",
    /// DID of an issuer, as signer or as subject of a registration.
    Issuer => "issuer",
    /// SHA-256 of an artifact.
    Artifact => "artifact",
    /// Receipt id of an approval.
    Approval => "approval",
    /// Evidence digest of a target.
    Evidence => "evidence",
    /// Job id or token hash that must not be used any more.
    Halt => "halt",
});

/// The log's salt, from log.genesis.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IndexSalt([u8; 32]);

impl IndexSalt {
    /// Wraps 32 bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes of the salt.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A field and its clear value.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ClearSubject {
    /// Which identifier it is, such as a job or a token.
    pub field: Field,
    /// The id as received, or the hash's text; neither trimmed nor normalized.
    pub value: String,
}

/// A field and the salted hash of its value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Subject {
    /// Which identifier it is, such as a job or a token.
    pub field: Field,
    /// Hash.
    pub hash: SubjectHash,
}

impl Subject {
    /// Orders as the CBOR of the pair orders bytewise. A text of fewer than 24 bytes starts with a
    /// byte that holds its length, so a shorter field comes first; the hashes are of one length.
    fn order(&self) -> (usize, &'static str, SubjectHash) {
        let field = self.field.as_str();
        (field.len(), field, self.hash)
    }
}

impl PartialOrd for Subject {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Subject {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }
}

/// Hashes one subject.
pub fn subject_hash(salt: &IndexSalt, field: Field, value: &str) -> SubjectHash {
    named_subject_hash(salt, field.as_str(), value)
}

/// The same for a field that no entry has: the index has subjects of its own.
pub(crate) fn named_subject_hash(salt: &IndexSalt, field: &str, value: &str) -> SubjectHash {
    let mut hasher = Sha256::new();
    hasher.update(TAG);
    hasher.update([0]);
    hasher.update(salt.as_bytes());
    hasher.update(field);
    hasher.update([0]);
    hasher.update(value);
    SubjectHash::from_bytes(hasher.finalize().into())
}

/// Hashes, sorts bytewise by the CBOR of the pair, drops repetitions: a list as an entry has it.
///
/// # Errors
/// `SUBJECTS_TOO_MANY` beyond [`SUBJECTS_MAX`]: the document's author is at fault.
pub fn subject_list(salt: &IndexSalt, subjects: &[ClearSubject]) -> Result<Vec<Subject>, Fault> {
    let mut list: Vec<Subject> = subjects
        .iter()
        .map(|clear| Subject {
            field: clear.field,
            hash: subject_hash(salt, clear.field, &clear.value),
        })
        .collect();
    list.sort_unstable();
    list.dedup();
    if list.len() > SUBJECTS_MAX {
        Err(too_many(list.len()))
    } else {
        Ok(list)
    }
}

/// Member 5 of the entry of a submitter's context: the evidence that it is about, and no more.
pub fn target_subject_list(salt: &IndexSalt, target: EvidenceDigest) -> Vec<Subject> {
    let hash = subject_hash(salt, Field::Evidence, &target.to_string());
    vec![Subject {
        field: Field::Evidence,
        hash,
    }]
}

/// Refuses more clear subjects, each of them once in the list, than an entry may hold.
pub(crate) fn check_count(subjects: &[ClearSubject]) -> Result<(), Fault> {
    if subjects.len() > SUBJECTS_MAX {
        Err(too_many(subjects.len()))
    } else {
        Ok(())
    }
}

fn too_many(found: usize) -> Fault {
    Fault::new(
        Code::SubjectsTooMany,
        "",
        format!("at most {SUBJECTS_MAX} subjects"),
        found.to_string(),
    )
}
