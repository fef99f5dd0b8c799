//! Questions to the index in words, and as JSON.

use serde_json::{Value, json};
use tlog::index::LeafIndex;

use super::question_wire::{EVIDENCE, HASHED, KIND, KINDS_MAX, QuestionWire, SUBJECT};
use super::{AskedField, IndexError, IndexQuestion, code_of};
use crate::cbor::{BoundedArray, Bytes32};
use crate::digest::EvidenceDigest;
use crate::kind::Kind;
use crate::subject::{Field, SubjectHash};
use crate::text::plain::{counted, entries};
use crate::text::shown::brief;

/// What a question asks for, as the words of sentences about its answer.
pub(super) struct QuestionText {
    /// `revocation of the token "t1"`.
    pub(super) one: String,
    /// `revocations of the token "t1"`.
    pub(super) many: String,
    /// Says that there is none: `the token "t1" was never revoked`.
    pub(super) none: String,
    /// Says that there is one, in front of its index, where that has words of its own.
    pub(super) once: Option<String>,
    /// A sentence without which entries that were found are easily taken for more than they are.
    pub(super) remark: Option<&'static str>,
}

/// How a sentence names what the question is about.
enum QuestionName {
    /// By its value: `the token "t1"`.
    Told(String),
    /// On the page about it: `this token`.
    Here,
}

impl QuestionName {
    fn of(&self, noun: &str) -> String {
        match self {
            Self::Told(value) => format!("the {noun} {value}"),
            // An identifier that is not the thing itself: the token with this id.
            Self::Here if noun.contains(" with the ") => {
                format!("the {}", noun.replacen(" with the ", " with this ", 1))
            }
            Self::Here => format!("this {noun}"),
        }
    }
}

impl QuestionText {
    /// With the value that the question is about.
    pub(super) fn of(question: &IndexQuestion) -> Self {
        Self::named(question, |value| QuestionName::Told(value.to_owned()))
    }

    /// For the page about this value.
    pub(super) fn here(question: &IndexQuestion) -> Self {
        Self::named(question, |_| QuestionName::Here)
    }

    fn named(question: &IndexQuestion, name: impl FnOnce(&str) -> QuestionName) -> Self {
        match question {
            IndexQuestion::Kind(kind) => Self::new("entry", "entries", &format!("of kind {kind}")),
            IndexQuestion::Evidence(digest) => {
                let document = name(&digest.to_string()).of("document with the evidence digest");
                Self {
                    once: Some(format!("{document} is in the log once, as")),
                    ..Self::new("entry", "entries", &format!("of {document}"))
                }
            }
            IndexQuestion::Subject { field, value, kinds } => {
                Self::of_subject(*field, &name(&format!("{:?}", brief(value))), kinds)
            }
            IndexQuestion::Hashed { field, hash, kinds } => {
                Self::of_subject(*field, &name(&format!("with the subject hash {hash}")), kinds)
            }
        }
    }

    fn new(one: &str, many: &str, what: &str) -> Self {
        let one = format!("{one} {what}");
        Self {
            none: format!("no {one} is in the log"),
            many: format!("{many} {what}"),
            one,
            once: None,
            remark: None,
        }
    }

    /// Some questions are those of people, and have their words.
    fn of_subject(field: AskedField, name: &QuestionName, kinds: &[Kind]) -> Self {
        let AskedField::OfEntry(field) = field else {
            return Self::new("entry", "entries", &format!("with the field {}", field.as_str()));
        };
        let named = |noun: &str| name.of(noun);
        match (field, kinds) {
            (Field::Token, [Kind::TokenRevoked]) | (Field::Revocation, [] | [Kind::TokenRevoked]) => Self {
                none: format!("{} was never revoked", named("token")),
                ..Self::new("revocation", "revocations", &format!("of {}", named("token")))
            },
            (Field::Policy, [Kind::PolicyWithdrawn]) => Self {
                none: format!("{} was never withdrawn", named("policy")),
                remark: Some(
                    "A withdrawal also names the policy that replaces the withdrawn one: its document shows which is which.",
                ),
                ..Self::new("withdrawal", "withdrawals", &format!("that names {}", named("policy")))
            }
            .with_many(format!("withdrawals that name {}", named("policy"))),
            (Field::Policy, [Kind::PolicyFrozen]) => Self {
                none: format!("{} was never frozen", named("policy")),
                ..Self::new("freeze", "freezes", &format!("of {}", named("policy")))
            },
            (Field::Token | Field::Job, kinds) if *kinds == Kind::USES => {
                let named = named(noun(field));
                Self::new("receipt or decision", "receipts or decisions", &format!("that names {named}"))
                    .with_many(format!("receipts or decisions that name {named}"))
            }
            (Field::Halt, []) => Self {
                none: format!("{} was never halted or revoked", named("job or token")),
                ..Self::new("halt", "halts", &format!("or revocation of {}", named("job or token")))
            }
            .with_many(format!("halts or revocations of {}", named("job or token"))),
            (Field::Gateway, []) => Self {
                none: format!("nothing is signed by {}", named("gateway")),
                ..Self::new("entry", "entries", &what(field, name, kinds))
            },
            (Field::Issuer, []) => Self {
                none: format!(
                    "nothing is signed by {}, and it was neither registered nor retired",
                    named("issuer")
                ),
                ..Self::new("entry", "entries", &what(field, name, kinds))
            },
            _ => Self::new("entry", "entries", &what(field, name, kinds)),
        }
    }

    /// How many there are somewhere, and which: `2 entries of kind bundle are in the log: entries 4, 9, and no others`.
    pub(super) fn some(&self, found: &[LeafIndex], place: &str) -> String {
        let count = counted(found.len(), &self.one, &self.many);
        let (verb, others) = match found {
            [_] => ("is", "and no other"),
            _ => ("are", "and no others"),
        };
        format!("{count} {verb} {place}: {}, {others}", entries(found))
    }

    fn with_many(self, many: String) -> Self {
        Self { many, ..self }
    }
}

/// `of the job "j1" and of kind bundle or decision`, which goes with one entry and with several.
fn what(field: Field, name: &QuestionName, kinds: &[Kind]) -> String {
    let named = name.of(noun(field));
    let subject = match field {
        Field::Gateway => format!("signed by {named}"),
        Field::Issuer => format!("signed by {named}, or about its registration"),
        Field::Evidence => format!("about {named}"),
        _ => format!("of {named}"),
    };
    match kinds {
        [] => subject,
        [kinds @ .., last] if !kinds.is_empty() => {
            let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
            format!("{subject} and of kind {} or {last}", kinds.join(", "))
        }
        [kind, ..] => format!("{subject} and of kind {kind}"),
    }
}

/// What an identifier names.
const fn noun(field: Field) -> &'static str {
    match field {
        Field::Job => "job",
        Field::Run => "run",
        Field::Agent => "agent",
        Field::Gateway => "gateway",
        Field::Token => "token",
        Field::Revocation => "revoked token",
        Field::Jti => "token with the id",
        Field::Scope => "scope",
        Field::Policy => "policy",
        Field::PolicyId => "policies with the id",
        Field::Receipt => "receipt",
        Field::Nonce => "call with the nonce",
        Field::Bundle => "bundle",
        Field::Issuer => "issuer",
        Field::Artifact => "file with the SHA-256",
        Field::Approval => "approval",
        Field::Evidence => "document with the digest",
        Field::Halt => "job or token that was halted,",
    }
}

impl IndexQuestion {
    /// The question as JSON, in the form of `index.cddl` with digests and hashes in hexadecimal:
    /// `["subject", "token", "…", ["token.revoked"]]`. Equal questions have equal JSON.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Kind(kind) => json!(["kind", kind]),
            Self::Evidence(digest) => json!(["evidence", digest.to_string()]),
            Self::Subject { field, value, kinds } => json!(["subject", field.as_str(), value, kinds]),
            Self::Hashed { field, hash, kinds } => {
                json!(["hashed", field.as_str(), hash.to_string(), kinds])
            }
        }
    }

    /// Reads a question that [`to_json`](Self::to_json) wrote, or that a person did: kinds in any order.
    ///
    /// # Errors
    /// [`IndexError::Form`] for what is no question, [`IndexError::UnknownFormat`] for names that are not known here, and what
    /// [`check_provable`](Self::check_provable) says. The one who asks is at fault.
    pub fn from_json(question: &Value) -> Result<Self, IndexError> {
        let form = || IndexError::Form("a question");
        let Some((Value::String(name), members)) = question.as_array().and_then(|all| all.split_first())
        else {
            return Err(form());
        };
        let wire = match (name.as_str(), members) {
            (KIND, [Value::String(kind)]) => QuestionWire::Kind(kind),
            (EVIDENCE, [Value::String(digest)]) => {
                let digest = EvidenceDigest::parse_hex(digest).ok_or_else(form)?;
                QuestionWire::Evidence(Bytes32(*digest.as_bytes()))
            }
            (SUBJECT, [Value::String(field), Value::String(value), Value::Array(kinds)]) => {
                QuestionWire::Subject(field, value, names(kinds).ok_or_else(form)?)
            }
            (HASHED, [Value::String(field), Value::String(hash), Value::Array(kinds)]) => {
                let hash = SubjectHash::parse_hex(hash).ok_or_else(form)?;
                QuestionWire::Hashed(field, Bytes32(*hash.as_bytes()), names(kinds).ok_or_else(form)?)
            }
            _ => return Err(form()),
        };
        let mut question = wire.question()?;
        if let Self::Subject { kinds, .. } | Self::Hashed { kinds, .. } = &mut question {
            kinds.sort_unstable_by_key(|kind| code_of(*kind));
            kinds.dedup();
        }
        question.check_provable()?;
        Ok(question)
    }
}

/// The names of kinds; `None` for more than a question has, or other values.
fn names(kinds: &[Value]) -> Option<BoundedArray<&str, KINDS_MAX>> {
    let names: Option<Vec<&str>> = kinds.iter().map(Value::as_str).collect();
    names.filter(|names| names.len() <= KINDS_MAX).map(BoundedArray)
}
