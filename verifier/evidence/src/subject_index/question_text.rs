//! Questions to the index in words.

use tlog::index::LeafIndex;

use super::value_form::{ValueFault, is_hash_in};
use super::{AskedField, IndexQuestion};
use crate::kind::Kind;
use crate::subject::Field;
use crate::text::hash::{HashForm, SpelledHash};
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
    /// A sentence without which the answer is easily taken for one about more, whether entries were found or not.
    pub(super) caveat: Option<String>,
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
            IndexQuestion::Subject { field, value, kinds } => match question.check_value() {
                Ok(()) => {
                    let named = name(&format!("{:?}", brief(value)));
                    Self::of_subject(*field, &named, Some(value), kinds)
                }
                Err(fault) => Self::of_no_value(&fault),
            },
            IndexQuestion::Hashed { field, hash, kinds } => {
                let named = name(&format!("with the subject hash {hash}"));
                Self::of_subject(*field, &named, None, kinds)
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
            caveat: None,
        }
    }

    /// A text that no entry can have: nothing is said of the thing that was meant.
    fn of_no_value(fault: &ValueFault) -> Self {
        let ValueFault {
            field,
            expected,
            found,
        } = fault;
        let what = format!("with the value {found} of the field {field}");
        Self {
            caveat: Some(format!(
                "A value of this field is {expected}: this answers nothing about one."
            )),
            ..Self::new("entry", "entries", &what)
        }
    }

    /// Some questions are those of people, and have their words. `value` is the value in clear, where it is known.
    fn of_subject(field: AskedField, name: &QuestionName, value: Option<&str>, kinds: &[Kind]) -> Self {
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
            (Field::Halt, []) => Self::of_halt(name, value),
            (Field::Policy | Field::Scope, kinds) => Self {
                caveat: value.and_then(|value| words_of_callers(field, value)),
                ..Self::new("entry", "entries", &what(field, name, kinds))
            },
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

    /// What is no token hash can be the id of a job alone.
    fn of_halt(name: &QuestionName, value: Option<&str>) -> Self {
        match value {
            Some(value) if !is_hash_in(HashForm::Hex, value) => {
                let job = name.of("job");
                let is_hash = SpelledHash::read(value).is_some();
                Self {
                    none: format!("{job} was never halted"),
                    caveat: is_hash.then(|| {
                        let wanted = SpelledHash::wanted(HashForm::Hex, value);
                        format!("This says nothing of a token, whose hash is {wanted}.")
                    }),
                    ..Self::new("halt", "halts", &format!("of {job}"))
                }
            }
            _ => {
                let named = name.of("job or token");
                Self {
                    none: format!("{named} was never halted or revoked"),
                    ..Self::new(
                        "halt or revocation",
                        "halts or revocations",
                        &format!("of {named}"),
                    )
                }
            }
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

/// Receipts and approvals name a policy or a scope as the caller did, and what is no hash in the log's spelling is nothing else.
fn words_of_callers(field: Field, value: &str) -> Option<String> {
    let noun = noun(field);
    (!is_hash_in(HashForm::Base64url, value)).then(|| {
        let wanted = SpelledHash::wanted(HashForm::Base64url, value);
        format!(
            "Only receipts and approvals can name a {noun} in these words: the hash of a {noun} is {wanted}."
        )
    })
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
