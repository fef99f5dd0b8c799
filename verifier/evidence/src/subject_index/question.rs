//! Questions that the index answers, and what each asks of its rows.

use tlog::runs::{CodeSet, IndexKey, KindCode};

use super::IndexError;
use super::question_wire::QuestionWire;
use super::rows::{KIND_FIELD, code_of, is_listed, key_of};
use crate::cbor;
use crate::digest::EvidenceDigest;
use crate::entry::Entry;
use crate::kind::Kind;
use crate::subject::{Field, IndexSalt, Subject, SubjectHash, named_subject_hash, subject_hash};

/// A question for all entries that have something.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum IndexQuestion {
    /// Every entry of a listed kind.
    Kind(Kind),
    /// Every entry whose own evidence digest this is.
    Evidence(EvidenceDigest),
    /// Every entry with a subject in its evidence or its context.
    Subject {
        /// Which identifier the subject is.
        field: AskedField,
        /// The value in clear.
        value: String,
        /// Ascending by code, none twice; empty: entries of every kind.
        kinds: Vec<Kind>,
    },
    /// The same by the subject's hash, where the clear value may be gone; in packs only.
    Hashed {
        /// Which identifier the subject is.
        field: AskedField,
        /// The hash, as entries have it.
        hash: SubjectHash,
        /// At least one.
        kinds: Vec<Kind>,
    },
}

/// The field that a question names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AskedField {
    /// One that entries can have.
    OfEntry(Field),
    /// `kind`, which is known to be the field of no entry, now and later: nothing is proved of it.
    Kind,
}

impl AskedField {
    /// Its name in a file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OfEntry(field) => field.as_str(),
            Self::Kind => KIND_FIELD,
        }
    }

    /// The field, if the index has rows of it.
    fn with_rows(self) -> Result<Field, IndexError> {
        match self {
            Self::OfEntry(field) if field != Field::Nonce => Ok(field),
            _ => Err(IndexError::FieldWithoutRows { found: self.as_str() }),
        }
    }
}

impl From<Field> for AskedField {
    fn from(field: Field) -> Self {
        Self::OfEntry(field)
    }
}

impl IndexQuestion {
    /// Reads a question as it is in a file: deterministic CBOR, of a form and with names that are known here.
    ///
    /// # Errors
    /// [`IndexError::Form`] for what is no question: the one who made the file is at fault. [`IndexError::UnknownFormat`] for a field
    /// or kind of a later format.
    pub fn decode(bytes: &[u8]) -> Result<Self, IndexError> {
        let form = IndexError::Form("a question");
        let wire: QuestionWire<'_> = cbor::decode_borrowed(bytes).ok_or_else(|| form.clone())?;
        if !cbor::encodes_to(&wire, bytes) {
            return Err(form);
        }
        wire.question()
    }

    /// The question as it is in a file; `None` never, since all of it can be encoded.
    pub fn encode(&self) -> Option<Vec<u8>> {
        cbor::encode(&QuestionWire::of(self))
    }

    /// Whether the index can prove an answer.
    ///
    /// # Errors
    /// As [`lookup`](Self::lookup).
    pub fn check_provable(&self) -> Result<(), IndexError> {
        match self {
            Self::Kind(kind) => listed_code(*kind).map(drop),
            Self::Evidence(_) => Ok(()),
            Self::Subject { field, kinds, .. } | Self::Hashed { field, kinds, .. } => {
                field.with_rows()?;
                codes(kinds).map(drop)
            }
        }
    }

    /// What the question asks of rows, if the index can prove an answer.
    ///
    /// # Errors
    /// [`IndexError::KindNotListed`], [`IndexError::FieldWithoutRows`] and [`IndexError::Kinds`]: the one who asks is at fault.
    pub fn lookup(&self, salt: &IndexSalt) -> Result<IndexLookup, IndexError> {
        let (hash, codes, wanted) = match self {
            Self::Kind(kind) => {
                let code = listed_code(*kind)?;
                let hash = named_subject_hash(salt, KIND_FIELD, kind.as_str());
                (hash, CodeSet::from_iter([code]), Wanted::Kind(*kind))
            }
            Self::Evidence(digest) => {
                let hash = subject_hash(salt, Field::Evidence, &digest.to_string());
                (hash, CodeSet::ALL, Wanted::Evidence(*digest))
            }
            Self::Subject { field, value, kinds } => {
                let field = field.with_rows()?;
                let hash = subject_hash(salt, field, value);
                (hash, codes(kinds)?, Wanted::Subject(Subject { field, hash }))
            }
            Self::Hashed { field, hash, kinds } => {
                if kinds.is_empty() {
                    return Err(IndexError::Form("a question by hash, which names kinds"));
                }
                let (field, hash) = (field.with_rows()?, *hash);
                (hash, codes(kinds)?, Wanted::Subject(Subject { field, hash }))
            }
        };
        Ok(IndexLookup {
            key: key_of(hash),
            codes,
            wanted,
        })
    }
}

/// What an entry must have to be in the answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wanted {
    Kind(Kind),
    Evidence(EvidenceDigest),
    Subject(Subject),
}

/// What a question asks of rows: some codes of a key. Keys are 16 bytes of a hash, so that an entry with such a row need not be one
/// that is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IndexLookup {
    key: IndexKey,
    codes: CodeSet,
    wanted: Wanted,
}

impl IndexLookup {
    /// The key under which the entries are found.
    pub fn key(&self) -> IndexKey {
        self.key
    }

    /// The codes that are asked for.
    pub fn codes(&self) -> CodeSet {
        self.codes
    }

    /// Whether an entry with a row that is asked for is one that the question means.
    pub fn fits(&self, entry: &Entry) -> bool {
        match self.wanted {
            Wanted::Kind(kind) => entry.kind == kind,
            Wanted::Evidence(digest) => {
                let is_of_evidence = !matches!(entry.kind, Kind::Refused | Kind::IndexRoot);
                is_of_evidence && entry.evidence_digest == digest
            }
            Wanted::Subject(subject) => {
                let context = entry.context_subjects.iter().flatten();
                entry
                    .subjects
                    .iter()
                    .chain(context)
                    .any(|other| *other == subject)
            }
        }
    }
}

/// The code of a listed kind.
fn listed_code(kind: Kind) -> Result<KindCode, IndexError> {
    let code = code_of(kind).filter(|_| is_listed(kind));
    code.ok_or(IndexError::KindNotListed { found: kind })
}

/// The codes of kinds; of none, all.
fn codes(kinds: &[Kind]) -> Result<CodeSet, IndexError> {
    if kinds.is_empty() {
        return Ok(CodeSet::ALL);
    }
    let mut before: Option<KindCode> = None;
    let mut codes = CodeSet::default();
    for kind in kinds {
        let code = code_of(*kind).filter(|code| before.is_none_or(|before| before < *code));
        let code = code.ok_or(IndexError::Kinds { found: *kind })?;
        codes.insert(code);
        before = Some(code);
    }
    Ok(codes)
}
