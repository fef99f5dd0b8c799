//! Where a reader is in a document.
//!
//! A pointer is a chain of borrowed steps; its text (RFC 6901) is written only where one is needed, so that a document
//! without a fault costs none.

use crate::code::Code;
use crate::fault::{Fault, pointer_to};

/// A position in a JSON document.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pointer<'a> {
    /// A pointer from outside; "" is the whole document.
    Start(&'a str, HashTexts),
    /// A member of an object.
    Member(&'a Pointer<'a>, &'a str),
    /// An item of an array.
    Item(&'a Pointer<'a>, usize),
}

/// Which texts are accepted for a hash that is kept as text and never decoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum HashTexts {
    /// The one canonical base64url text of some bytes: what the log takes.
    Canonical,
    /// Any text of the alphabet, as clawsig compares them (`schemas/clawsig.md` §1.3).
    AsWritten,
}

impl<'a> Pointer<'a> {
    /// The whole of a document that is to be logged.
    pub(crate) const ROOT: Pointer<'static> = Pointer::Start("", HashTexts::Canonical);

    /// A member of the object here.
    pub(crate) const fn member(&'a self, name: &'a str) -> Self {
        Pointer::Member(self, name)
    }

    /// An item of the array here.
    pub(crate) const fn item(&'a self, index: usize) -> Self {
        Pointer::Item(self, index)
    }

    /// Which texts are accepted for a hash here.
    pub(crate) fn hash_texts(&self) -> HashTexts {
        match self {
            Pointer::Start(_, hash_texts) => *hash_texts,
            Pointer::Member(parent, _) | Pointer::Item(parent, _) => parent.hash_texts(),
        }
    }

    /// The JSON pointer. The chain is as long as the reader's functions are nested.
    pub(crate) fn pointer(&self) -> String {
        match self {
            Pointer::Start(start, _) => (*start).to_owned(),
            Pointer::Member(parent, name) => pointer_to(&parent.pointer(), name),
            Pointer::Item(parent, index) => pointer_to(&parent.pointer(), &index.to_string()),
        }
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
