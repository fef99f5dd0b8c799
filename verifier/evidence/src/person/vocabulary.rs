//! Which names are spelled so that two of them that differ are two persons'.
//!
//! Two names tell two persons apart only where nothing else than the name itself can make the difference. So each
//! vocabulary is one plain form, its shape is a part of it, and a name in any other spelling has none.

use super::did::Did;

/// Schemes after which an address is one, and not somebody's id at a provider.
const ADDRESS_SCHEMES: [&str; 4] = ["mailto", "acct", "upn", "email"];
/// Hexadecimal digits of a UUID.
const UUID_DIGITS: usize = 32;
/// The base64 of `{"`: keys and histories within DIDs, whose JSON can be written in several ways.
const BASE64_OF_JSON: &str = "eyj";

/// A form of names: two that differ in it are two persons'.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Vocabulary {
    /// Ed25519 keys.
    Key,
    /// Other DIDs.
    Did {
        /// Method of the DID, such as `web` or `ethr`.
        method: String,
        /// The text before the last colon of the id, as a network does; empty for `web`.
        within: String,
        /// Colons within the id.
        colons: usize,
        /// Characters after `0x`; 0 without it.
        digits: usize,
        /// Whether it was spelled with `%`.
        percent: bool,
    },
    /// Addresses, with a domain in punycode or without.
    Address {
        /// Whether a label of the domain begins with `xn--`.
        punycode: bool,
    },
    /// Names after the same domain, scheme or path.
    Within(String, NameForm),
    /// Ids and names that stand alone.
    Alone(NameForm),
}

/// The form of a single word.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum NameForm {
    /// So many digits.
    Digits(usize),
    /// A UUID.
    Uuid,
    /// A word of letters, with these separators and, perhaps, digits.
    Word {
        /// Dots, dashes and underscores in their order.
        separators: String,
        /// Whether it has digits.
        digits: bool,
    },
}

/// Whether a text is the hexadecimal digits of a UUID.
pub(super) fn is_uuid(digits: &str) -> bool {
    digits.len() == UUID_DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `id`: the DID's, in lower case.
pub(super) fn of_did(did: &Did, id: &str, percent: bool) -> Option<Vocabulary> {
    if did.is_key {
        return Some(Vocabulary::Key);
    }
    let parts: Vec<&str> = id.split(':').collect();
    let (last, before) = parts.split_last()?;
    let sound = parts
        .iter()
        .all(|part| is_word(part) && !part.starts_with(BASE64_OF_JSON));
    let network = did.method != "web";
    (sound && did.method != super::did::KEY && is_word(&did.method)).then(|| Vocabulary::Did {
        method: did.method.clone(),
        within: if network { before.join(":") } else { String::new() },
        colons: before.len(),
        digits: last.strip_prefix("0x").map_or(0, str::len),
        percent,
    })
}

/// `local` with its tag, `domain` with whatever follows it.
pub(super) fn of_address(scheme: Option<&str>, local: &str, domain: &str) -> Option<Vocabulary> {
    let (name, tag) = local.split_once('+').unwrap_or((local, "0"));
    let labels = || domain.split('.');
    let sound = scheme.is_none_or(|scheme| ADDRESS_SCHEMES.contains(&scheme))
        && is_local(name)
        && is_local(tag)
        && labels().all(|label| is_word(label) && !label.contains('_'));
    sound.then(|| Vocabulary::Address {
        punycode: labels().any(|label| label.starts_with("xn--")),
    })
}

pub(super) fn within(within: &str, name: &str) -> Option<Vocabulary> {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:/\\|".contains(&byte);
    let form = form(name).filter(|_| within.bytes().all(sound))?;
    Some(Vocabulary::Within(within.to_owned(), form))
}

pub(super) fn alone(text: &str) -> Option<Vocabulary> {
    Some(Vocabulary::Alone(form(text)?))
}

/// Letters, digits, dots, dashes and underscores; a part of RFC 5322's dot-atom: of its other characters some
/// route mail on (`%`, `!`), and some hold another address (`=`, `#`).
fn is_local(text: &str) -> bool {
    text.split('.').all(is_word)
}

fn is_word(text: &str) -> bool {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !text.is_empty() && text.bytes().all(sound)
}

fn form(text: &str) -> Option<NameForm> {
    let digits = |byte: u8| byte.is_ascii_digit();
    if is_uuid(text) {
        return Some(NameForm::Uuid);
    }
    if !text.is_empty() && text.bytes().all(digits) {
        return Some(NameForm::Digits(text.len()));
    }
    let hexadecimal = text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let is_id = hexadecimal && text.len() >= super::name::ID_CHARS_MIN;
    let sound = is_word(text) && text.starts_with(|first: char| first.is_ascii_alphabetic()) && !is_id;
    sound.then(|| NameForm::Word {
        separators: text.chars().filter(|one| !one.is_ascii_alphanumeric()).collect(),
        digits: text.bytes().any(digits),
    })
}
