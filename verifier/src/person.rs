//! Who is who: names of people as several systems spell them (normative: `schemas/assessment.md`, "Persons").
//!
//! One person has an address in one system, the same with `mailto:` before it in another, and a DID with the fragment
//! of a key in a third. What these have in common is compared, and nothing else: a name in one vocabulary says nothing
//! about one in another.

use std::collections::BTreeSet;

use percent_encoding::percent_decode_str;
use unicode_normalization::UnicodeNormalization;

use crate::text::invisible::is_invisible;

/// Claims of a token that name its agent, or somebody that the agent acts for.
pub const AGENT_CLAIMS: [&str; 3] = ["agent_did", "sub", "delegate_did"];
/// What the DID of an Ed25519 key begins with, without its method.
const ED25519_KEY: &str = "z6mk";
/// Length of such a key in base58btc, with the letter of the encoding.
const ED25519_KEY_CHARS: usize = 48;
/// Shortest run of hexadecimal digits and dashes that is an id and not a name.
const ID_CHARS_MIN: usize = 16;

/// Where a name is from: only names of one vocabulary can be told apart.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Vocabulary {
    /// DIDs of one method.
    Did(String),
    /// Addresses, `local@domain`, whatever scheme stood before.
    Address,
    /// Addresses whose domain is spelled in punycode.
    AddressInPunycode,
    /// Addresses whose domain is not ASCII.
    AddressInUnicode,
    /// What stands after a domain, a scheme or a path of this spelling.
    Within(String),
    /// Numbers, UUIDs and the like.
    Id,
    /// Anything else.
    Name,
}

impl Vocabulary {
    /// Whether two names that differ are two persons' because their vocabularies are one.
    pub fn tells_apart(&self, other: &Self) -> bool {
        let address = |one: &Self| {
            matches!(
                one,
                Self::Address | Self::AddressInPunycode | Self::AddressInUnicode
            )
        };
        self == other
            || (*self == Self::Address && address(other))
            || (*other == Self::Address && address(self))
    }
}

/// A name as it is compared.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Name {
    vocabulary: Vocabulary,
    text: String,
}

impl Name {
    /// Reads a name; `None` where nothing is left that anybody sees.
    pub fn read(text: &str) -> Option<Self> {
        let text = folded(&percent_decode_str(text).decode_utf8_lossy());
        // `Alice <alice@example.com>`: the address is what counts.
        let inner = text
            .rsplit_once('<')
            .and_then(|(_, rest)| Some(rest.split_once('>')?.0));
        let text = inner.filter(|inner| !inner.is_empty()).unwrap_or(&text);
        let name = match scheme(text) {
            Some(("did", rest)) => did(rest),
            _ => address(text).unwrap_or_else(|| plain(text)),
        };
        (!name.text.is_empty()).then_some(name)
    }

    /// Where it is from.
    pub const fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Whether it is an address or a DID: a name that no two parties share by chance.
    pub const fn is_unique(&self) -> bool {
        !matches!(self.vocabulary, Vocabulary::Id | Vocabulary::Name)
    }

    fn new(vocabulary: Vocabulary, text: &str) -> Self {
        Self {
            vocabulary,
            text: text.to_owned(),
        }
    }
}

/// Compatibility forms, case, white space and what nobody sees make no other name.
fn folded(text: &str) -> String {
    let seen = |text: &str| -> String {
        let characters = text.nfkc().filter(|&character| !character.is_whitespace());
        characters.filter(|&character| !is_invisible(character)).collect()
    };
    // Upper case between two lower cases folds what lower case alone keeps apart: ß and ss, ς and σ.
    let lower = seen(text).to_lowercase();
    let upper: String = lower.chars().flat_map(char::to_uppercase).collect();
    let lower: String = upper.chars().flat_map(char::to_lowercase).collect();
    seen(&lower)
}

/// Scheme and rest of a URI (RFC 3986 §3.1), in lower case already.
fn scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let sound = scheme.starts_with(|first: char| first.is_ascii_lowercase())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte));
    sound.then_some((scheme, rest))
}

/// A DID is known by method and id: parameters, path, query and fragment name something of it (W3C DID Core §3.2).
fn did(rest: &str) -> Name {
    let whole = rest.split(['#', '?', '/', ';']).next().unwrap_or_default();
    let (method, id) = whole.split_once(':').unwrap_or((whole, ""));
    Name::new(Vocabulary::Did(method.to_owned()), id)
}

/// `local@domain` without its scheme, tag, query and the dot of the root.
fn address(text: &str) -> Option<Name> {
    let text = scheme(text)
        .map_or(text, |(_, rest)| rest)
        .trim_start_matches('/');
    let (local, domain) = text.rsplit_once('@')?;
    let local = local.trim_matches('"');
    let local = local
        .split('+')
        .next()
        .filter(|local| !local.is_empty())
        .unwrap_or(local);
    let domain = domain
        .split(['?', '#', '/', ';', ',', ':'])
        .next()
        .unwrap_or_default();
    let domain = domain.trim_end_matches('.');
    if local.is_empty() || domain.is_empty() {
        return None;
    }
    let vocabulary = if domain.split('.').any(|label| label.starts_with("xn--")) {
        Vocabulary::AddressInPunycode
    } else if domain.is_ascii() {
        Vocabulary::Address
    } else {
        Vocabulary::AddressInUnicode
    };
    Some(Name::new(vocabulary, &format!("{local}@{domain}")))
}

fn plain(text: &str) -> Name {
    if text.starts_with(ED25519_KEY) && text.len() == ED25519_KEY_CHARS {
        return Name::new(Vocabulary::Did("key".to_owned()), text);
    }
    let text = match scheme(text) {
        Some(_) => text.split(['#', '?']).next().unwrap_or_default(),
        None => text,
    };
    if let Some((within, name)) = text.rsplit_once([':', '/', '\\', '|']) {
        return Name::new(Vocabulary::Within(within.to_owned()), name);
    }
    let hexadecimal =
        text.len() >= ID_CHARS_MIN && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if hexadecimal || !text.chars().any(char::is_alphabetic) {
        return Name::new(Vocabulary::Id, text);
    }
    Name::new(Vocabulary::Name, text)
}

/// The DID that a name is, as registrations spell one: without what stands behind it, `did` and the method in lower
/// case, and `did:key:` before a bare key. `None` for any other name.
pub fn did_of(name: &str) -> Option<String> {
    let name = name.trim().split(['#', '?', '/', ';']).next().unwrap_or_default();
    let prefix = name.get(..ED25519_KEY.len()).unwrap_or_default();
    if prefix.eq_ignore_ascii_case(ED25519_KEY) && name.len() == ED25519_KEY_CHARS {
        return Some(format!("did:key:{name}"));
    }
    let mut parts = name.splitn(3, ':');
    let (scheme, method, id) = (parts.next()?, parts.next()?, parts.next()?);
    scheme
        .eq_ignore_ascii_case("did")
        .then(|| format!("did:{}:{id}", method.to_ascii_lowercase()))
}

/// What somebody is called: by themselves or whoever names them, and by registrations.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Person {
    /// Names that documents state: DIDs of signers, texts of members.
    pub stated: BTreeSet<Name>,
    /// Names and external ids under which the operator registered those DIDs.
    pub registered: BTreeSet<Name>,
}

impl Person {
    /// Whether the two are one person: they share a name. Two registrations may share a plain name, as an
    /// organization's, without being one person's; an address they may not.
    pub fn is(&self, other: &Self) -> bool {
        let shared = |one: &BTreeSet<Name>, two: &BTreeSet<Name>| {
            let (few, many) = if one.len() <= two.len() {
                (one, two)
            } else {
                (two, one)
            };
            few.iter().any(|name| many.contains(name))
        };
        let registered = &self.registered;
        shared(&self.stated, &other.stated)
            || shared(&self.stated, &other.registered)
            || shared(registered, &other.stated)
            || registered
                .iter()
                .any(|name| name.is_unique() && other.registered.contains(name))
    }

    /// The vocabularies of all names.
    pub fn vocabularies(&self) -> BTreeSet<&Vocabulary> {
        let names = self.stated.iter().chain(&self.registered);
        names.map(Name::vocabulary).collect()
    }

    /// Adds the names of another.
    pub fn extend(&mut self, other: Self) {
        self.stated.extend(other.stated);
        self.registered.extend(other.registered);
    }
}
