//! Names: which system one is from, what it is there, and whether it is spelled so that it can be told from others.

use percent_encoding::percent_decode_str;
use unicode_normalization::UnicodeNormalization;

use super::did::{self, Did};
use super::vocabulary::{self, Vocabulary};
use crate::text::invisible::is_invisible;

/// Shortest run of hexadecimal digits and dashes that is an id and not a name.
pub(super) const ID_CHARS_MIN: usize = 16;
/// What separates a name from the domain, scheme or path that it is within.
const SEPARATORS: [char; 4] = [':', '/', '\\', '|'];

/// The system that a name is from. Names of two systems say nothing about each other.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum System {
    /// DIDs of one method.
    Did(String),
    /// Addresses, `local@domain`, whatever scheme stood before.
    Address,
    /// The text that follows a domain, a scheme or a path of this spelling.
    Within(String),
    /// Numbers, UUIDs and the like.
    Id,
    /// Anything else.
    Name,
}

/// A name as it is compared.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct PersonName {
    pub(super) system: System,
    text: String,
}

impl PersonName {
    /// Reads a name; `None` where nothing is left that anybody sees.
    pub fn read(text: &str) -> Option<Self> {
        Some(SpelledName::read(text)?.name)
    }

    /// Whether it is a name that no two parties share by chance: a DID, an address, or one within something.
    pub const fn is_unique(&self) -> bool {
        !matches!(self.system, System::Id | System::Name)
    }

    fn new(system: System, text: &str) -> Self {
        Self {
            system,
            text: text.to_owned(),
        }
    }
}

/// A name and what its spelling is worth.
pub(super) struct SpelledName {
    pub(super) name: PersonName,
    /// Where it is spelled plainly: what other plain names it can be told from.
    pub(super) vocabulary: Option<Vocabulary>,
}

impl SpelledName {
    pub(super) fn read(text: &str) -> Option<Self> {
        let percent = text.contains('%');
        let text: String = percent_decode_str(text).decode_utf8_lossy().nfkc().collect();
        let (text, alone) = in_brackets(text.trim_matches(is_unseen));
        let plain = alone && !text.contains(is_unseen);
        let text = seen(text);
        let read = match did::read(&text) {
            Some(did) => of_did(&did, percent),
            None => of_text(&folded(&text)),
        };
        let spelled = Self {
            vocabulary: read.vocabulary.filter(|_| plain),
            ..read
        };
        (!spelled.name.text.is_empty()).then_some(spelled)
    }
}

/// The DID that a name is, as registrations spell one. `None` for any other name.
pub fn did_of(text: &str) -> Option<String> {
    let text: String = percent_decode_str(text).decode_utf8_lossy().nfkc().collect();
    let (text, _) = in_brackets(text.trim_matches(is_unseen));
    Some(did::read(&seen(text))?.to_string())
}

fn is_unseen(character: char) -> bool {
    character.is_whitespace() || is_invisible(character)
}

/// Compatibility forms, white space and what nobody sees make no other name.
fn seen(text: &str) -> String {
    text.nfkc().filter(|&character| !is_unseen(character)).collect()
}

/// Neither does case. Upper case between two lower cases folds what lower case alone keeps apart: ß and ss, ς and σ.
fn folded(text: &str) -> String {
    let lower = text.to_lowercase();
    let upper: String = lower.chars().flat_map(char::to_uppercase).collect();
    let lower: String = upper.chars().flat_map(char::to_lowercase).collect();
    seen(&lower)
}

/// `Alice <alice@example.com>`: the address is what counts. Whether the rest of the text is no more than a display name.
fn in_brackets(text: &str) -> (&str, bool) {
    let display = |character: char| {
        character.is_alphanumeric() || character.is_whitespace() || ['.', '-', '\''].contains(&character)
    };
    let parts = text.rsplit_once('<').and_then(|(before, rest)| {
        let (inner, after) = rest.split_once('>')?;
        Some((before, inner.trim_matches(is_unseen), after))
    });
    match parts {
        Some((before, inner, after)) if !inner.is_empty() => {
            (inner, after.is_empty() && before.chars().all(display))
        }
        _ => (text, true),
    }
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

fn of_did(did: &Did, percent: bool) -> SpelledName {
    let id = folded(&did.id);
    SpelledName {
        vocabulary: vocabulary::of_did(did, &id, percent),
        name: PersonName::new(System::Did(did.method.clone()), &id),
    }
}

fn of_text(text: &str) -> SpelledName {
    address(text).unwrap_or_else(|| within(text).unwrap_or_else(|| alone(text)))
}

/// `local@domain` without its scheme, tag, query and the dot of the root.
fn address(text: &str) -> Option<SpelledName> {
    let (scheme, rest) = scheme(text).map_or((None, text), |(scheme, rest)| (Some(scheme), rest));
    let (spelled_local, rest) = rest.trim_start_matches('/').rsplit_once('@')?;
    let local = spelled_local.trim_matches('"');
    let local = local
        .split('+')
        .next()
        .filter(|local| !local.is_empty())
        .unwrap_or(local);
    let spelled_domain = rest.trim_end_matches('.');
    let domain = rest
        .split(['?', '#', '/', ';', ',', ':'])
        .next()
        .unwrap_or_default();
    let domain = domain.trim_end_matches('.');
    if local.is_empty() || domain.is_empty() {
        return None;
    }
    Some(SpelledName {
        vocabulary: vocabulary::of_address(scheme, spelled_local, spelled_domain),
        name: PersonName::new(System::Address, &format!("{local}@{domain}")),
    })
}

/// A name within a domain, a scheme or a path.
fn within(text: &str) -> Option<SpelledName> {
    let (within, name) = text.trim_end_matches(SEPARATORS).rsplit_once(SEPARATORS)?;
    let name = without_dashes(name);
    Some(SpelledName {
        vocabulary: vocabulary::within(within, &name),
        name: PersonName::new(System::Within(within.to_owned()), &name),
    })
}

/// An id or a name that stands alone.
fn alone(text: &str) -> SpelledName {
    let text = without_dashes(text);
    let hexadecimal =
        text.len() >= ID_CHARS_MIN && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let is_id = hexadecimal || !text.chars().any(char::is_alphabetic);
    let system = if is_id { System::Id } else { System::Name };
    SpelledName {
        vocabulary: vocabulary::alone(&text),
        name: PersonName::new(system, &text),
    }
}

/// A UUID is the same without its dashes; any other text stays.
fn without_dashes(text: &str) -> String {
    let digits = text.replace('-', "");
    if vocabulary::is_uuid(&digits) {
        digits
    } else {
        text.to_owned()
    }
}
