//! Where a decoder stands in a document.
//!
//! A place is a chain of borrowed steps; its JSON pointer (RFC 6901) is written out only for a
//! fault, so that a document without one costs no text.

use crate::code::Code;
use crate::fault::Fault;

/// A position in a JSON document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    step: Step<'a>,
    hash_texts: HashTexts,
}

/// Which texts stand for a hash that is kept as text and never decoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum HashTexts {
    /// The one canonical base64url text of some bytes: what the log takes.
    Canonical,
    /// Any text of the alphabet, as clawsig compares them (`schemas/clawsig.md` §1.3).
    AsWritten,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    /// A pointer given from outside; "" is the whole document.
    Start(&'a str),
    Member(&'a str),
    Item(usize),
}

impl<'a> Place<'a> {
    /// Starts at a JSON pointer.
    pub(crate) const fn start(pointer: &'a str, hash_texts: HashTexts) -> Self {
        Self {
            parent: None,
            step: Step::Start(pointer),
            hash_texts,
        }
    }

    /// A member of the object here.
    pub(crate) const fn member(&'a self, name: &'a str) -> Place<'a> {
        Place {
            parent: Some(self),
            step: Step::Member(name),
            hash_texts: self.hash_texts,
        }
    }

    /// An item of the array here.
    pub(crate) const fn item(&'a self, index: usize) -> Place<'a> {
        Place {
            parent: Some(self),
            step: Step::Item(index),
            hash_texts: self.hash_texts,
        }
    }

    /// Which texts stand for a hash here.
    pub(crate) const fn hash_texts(&self) -> HashTexts {
        self.hash_texts
    }

    /// The JSON pointer.
    pub(crate) fn pointer(&self) -> String {
        let mut steps = Vec::new();
        let mut place = Some(self);
        while let Some(here) = place {
            steps.push(here.step);
            place = here.parent;
        }
        let mut pointer = String::new();
        for step in steps.into_iter().rev() {
            match step {
                Step::Start(start) => pointer.push_str(start),
                Step::Member(name) => {
                    pointer.push('/');
                    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                }
                Step::Item(index) => {
                    pointer.push('/');
                    pointer.push_str(&index.to_string());
                }
            }
        }
        pointer
    }

    /// A fault here.
    pub(crate) fn fault(&self, code: Code, expected: impl Into<String>, found: impl Into<String>) -> Fault {
        Fault::new(code, self.pointer(), expected, found)
    }

    /// A `SCHEMA_INVALID` here.
    pub(crate) fn invalid(&self, expected: impl Into<String>, found: impl Into<String>) -> Fault {
        self.fault(Code::SchemaInvalid, expected, found)
    }
}
