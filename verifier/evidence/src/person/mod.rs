//! Who is who: names of people as several systems spell them (normative: `schemas/assessment.md`, "Persons").
//!
//! One person has an address in one system, the same with `mailto:` before it in another, and a DID with the fragment
//! of a key in a third. What these have in common is compared, and nothing else: a name in one system says nothing
//! about one in another, and two spellings that differ are two persons' only where both are plain.

mod did;
mod name;
mod vocabulary;

use std::collections::BTreeSet;

pub use name::{PersonName, did_of};
use name::{SpelledName, System};
pub use vocabulary::{NameForm, Vocabulary};

/// Claims of a token that name its agent, or somebody that the agent acts for.
pub const AGENT_CLAIMS: [&str; 3] = ["agent_did", "sub", "delegate_did"];

/// What somebody is called: by themselves, by others who name them, and by registrations.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Person {
    /// Names that documents state: DIDs of signers, texts of members.
    stated: BTreeSet<PersonName>,
    /// Names and external ids under which the operator registered those DIDs.
    registered: BTreeSet<PersonName>,
    /// The vocabularies of all names but those plain ones that are only registered, as a console's is.
    vocabularies: BTreeSet<Vocabulary>,
    /// The systems of the stated names.
    systems: BTreeSet<SystemKind>,
    /// Those in which a stated name has no vocabulary.
    unclear: BTreeSet<SystemKind>,
}

/// A system, whatever the domain, scheme or path.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum SystemKind {
    Did(String),
    Address,
    Within,
    Id,
    Name,
}

impl From<&System> for SystemKind {
    fn from(system: &System) -> Self {
        match system {
            System::Did(method) => Self::Did(method.clone()),
            System::Address => Self::Address,
            System::Within(_) => Self::Within,
            System::Id => Self::Id,
            System::Name => Self::Name,
        }
    }
}

impl Person {
    /// Adds a name that a document states, if anybody sees anything of it.
    pub fn state(&mut self, text: &str) {
        let Some(SpelledName { name, vocabulary }) = SpelledName::read(text) else {
            return;
        };
        let system = SystemKind::from(&name.system);
        if vocabulary.is_none() {
            self.unclear.insert(system.clone());
        }
        self.systems.insert(system);
        self.vocabularies.extend(vocabulary);
        self.stated.insert(name);
    }

    /// Adds a name under which a DID of theirs is registered.
    pub fn register(&mut self, text: &str) {
        if let Some(SpelledName { name, vocabulary }) = SpelledName::read(text) {
            self.vocabularies.extend(vocabulary.filter(|_| name.is_unique()));
            self.registered.insert(name);
        }
    }

    /// Whether the two are one person: they share a name. Two registrations may share a plain name, as an
    /// organization's, without being one person's; an address they may not.
    pub fn is(&self, other: &Self) -> bool {
        let registered = &self.registered;
        shared(&self.stated, &other.stated)
            || shared(&self.stated, &other.registered)
            || shared(registered, &other.stated)
            || registered
                .iter()
                .any(|name| name.is_unique() && other.registered.contains(name))
    }

    /// Whether a name of either might be one of the other's in another spelling: both are from one system, and one of
    /// them is not spelled plainly.
    pub fn may_be(&self, other: &Self) -> bool {
        shared(&self.unclear, &other.systems) || shared(&self.systems, &other.unclear)
    }

    /// Whether a document states a name in which anything is seen.
    pub fn is_named(&self) -> bool {
        !self.stated.is_empty()
    }

    /// The vocabularies in which they can be told from others.
    pub const fn vocabularies(&self) -> &BTreeSet<Vocabulary> {
        &self.vocabularies
    }

    /// Adds the names of another.
    pub fn extend(&mut self, other: Self) {
        self.stated.extend(other.stated);
        self.registered.extend(other.registered);
        self.vocabularies.extend(other.vocabularies);
        self.systems.extend(other.systems);
        self.unclear.extend(other.unclear);
    }
}

fn shared<T: Ord>(one: &BTreeSet<T>, two: &BTreeSet<T>) -> bool {
    let (few, many) = if one.len() <= two.len() {
        (one, two)
    } else {
        (two, one)
    };
    few.iter().any(|item| many.contains(item))
}
