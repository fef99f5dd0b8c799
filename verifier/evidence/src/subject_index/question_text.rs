//! Questions to the index in words.

use tlog::index::LeafIndex;

use super::question_words::{caveat, halted, noun};
use super::value_form::ValueFault;
use super::{AskedField, IndexQuestion};
use crate::kind::Kind;
use crate::subject::Field;
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
        let text = match (field, kinds) {
            (Field::Token, [Kind::TokenRevoked]) => Self {
                none: format!("{} was never revoked", named("token")),
                remark: Some(
                    "The context that was sent with a revocation can name another token than the one that is revoked: its document shows which that is.",
                ),
                ..Self::new("revocation", "revocations", &format!("that names {}", named("token")))
            }
            .with_many(format!("revocations that name {}", named("token"))),
            (Field::Revocation, [] | [Kind::TokenRevoked]) => Self {
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
            _ => Self::of_field(field, name, value, kinds),
        };
        Self {
            caveat: text.caveat.or_else(|| caveat(field, value)),
            ..text
        }
    }

    /// What the entries that have the subject do with the thing (`schemas/subjects.md`, table).
    fn of_field(field: Field, name: &QuestionName, value: Option<&str>, kinds: &[Kind]) -> Self {
        let named = match field {
            Field::Halt => name.of(halted(value)),
            _ => name.of(noun(field)),
        };
        let (does, all_do) = match field {
            Field::Agent => (format!("names {named}"), format!("name {named}")),
            // A page has other entries that belong to its job and do not name it.
            Field::Job | Field::Run | Field::Token | Field::Policy if matches!(name, QuestionName::Here) => {
                (format!("names {named}"), format!("name {named}"))
            }
            Field::Gateway => (
                format!("names {named} as its gateway"),
                format!("name {named} as their gateway"),
            ),
            Field::Issuer => (
                format!("names {named} as its issuer, registers it or retires it"),
                format!("name {named} as their issuer, register it or retire it"),
            ),
            Field::Revocation => (format!("revokes {named}"), format!("revoke {named}")),
            Field::Halt => (
                format!("halts or revokes {named}"),
                format!("halt or revoke {named}"),
            ),
            Field::Jti => (
                format!("issues or revokes {named}"),
                format!("issue or revoke {named}"),
            ),
            Field::Artifact => (
                format!("names {named} as an artifact"),
                format!("name {named} as an artifact"),
            ),
            Field::Evidence => {
                return Self::new("entry", "entries", &and_of_kinds(format!("about {named}"), kinds));
            }
            _ => return Self::new("entry", "entries", &and_of_kinds(format!("of {named}"), kinds)),
        };
        let of_kinds = of_kinds(kinds).map_or_else(String::new, |kinds| format!("{kinds} "));
        Self::new("entry", "entries", &format!("{of_kinds}that {does}"))
            .with_many(format!("entries {of_kinds}that {all_do}"))
    }

    /// What is no token hash can be the id of a job alone.
    fn of_halt(name: &QuestionName, value: Option<&str>) -> Self {
        let thing = halted(value);
        let named = name.of(thing);
        if thing == noun(Field::Halt) {
            return Self {
                none: format!("{named} was never halted or revoked"),
                ..Self::new(
                    "halt or revocation",
                    "halts or revocations",
                    &format!("of {named}"),
                )
            };
        }
        Self {
            none: format!("{named} was never halted"),
            ..Self::new("halt", "halts", &format!("of {named}"))
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
fn and_of_kinds(what: String, kinds: &[Kind]) -> String {
    match of_kinds(kinds) {
        Some(kinds) => format!("{what} and {kinds}"),
        None => what,
    }
}

/// `of kind bundle or decision`; nothing of every kind.
fn of_kinds(kinds: &[Kind]) -> Option<String> {
    let (last, others) = kinds.split_last()?;
    if others.is_empty() {
        return Some(format!("of kind {last}"));
    }
    let others: Vec<&str> = others.iter().map(|kind| kind.as_str()).collect();
    Some(format!("of kind {} or {last}", others.join(", ")))
}
