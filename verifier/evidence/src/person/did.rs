//! DIDs as people and systems spell them.

use std::fmt;

use crate::did::DidKey;

/// The method whose ids are keys.
pub(super) const KEY: &str = "key";
/// What the DID of an Ed25519 key begins with, without its method.
const ED25519_KEY: &str = "z6mk";
/// Length of such a key in base58btc, with the letter of the encoding.
const ED25519_KEY_CHARS: usize = 48;

/// A DID without what follows it: parameters, path, query and fragment name something of it (W3C DID Core §3.2).
pub(super) struct Did {
    /// In lower case.
    pub(super) method: String,
    /// Of a key that is read, in base58btc whatever its base was; else as spelled.
    pub(super) id: String,
    /// Whether it is a key that is read.
    pub(super) is_key: bool,
}

impl fmt::Display for Did {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "did:{}:{}", self.method, self.id)
    }
}

/// Reads a DID, or a bare Ed25519 key, from text without white space; `None` for anything else.
pub(super) fn read(text: &str) -> Option<Did> {
    let mut parts = text.splitn(3, ':');
    let (scheme, method, id) = (parts.next()?, parts.next(), parts.next());
    if !scheme.eq_ignore_ascii_case("did") {
        return bare_key(text);
    }
    let method = method.unwrap_or_default().to_lowercase();
    let id = id.unwrap_or_default();
    if method == KEY {
        return Some(of_key(id));
    }
    let segments: Vec<&str> = before_path(id)
        .split(':')
        .map(|part| part.trim_end_matches('.'))
        .collect();
    Some(Did {
        method,
        id: segments.join(":").trim_end_matches(':').to_owned(),
        is_key: false,
    })
}

fn before_query(id: &str) -> &str {
    id.split(['#', '?', ';']).next().unwrap_or_default()
}

fn before_path(id: &str) -> &str {
    id.split(['#', '?', ';', '/']).next().unwrap_or_default()
}

/// A key, which may have a version before it (`did:key:1.1:z…`), in any base that is read here.
fn of_key(id: &str) -> Did {
    let versioned = id
        .split_once(':')
        .filter(|(version, _)| version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
    let id = versioned.map_or(id, |(_, key)| key);
    let trimmed = |text: &'_ str| text.trim_end_matches(['.', ':']).to_owned();
    // A slash is a digit of base64, and begins a path after any other key.
    let spellings = [before_query(id), before_path(id)].map(trimmed);
    let key = spellings
        .iter()
        .find_map(|spelling| DidKey::of_multibase(spelling));
    let [_, spelled] = spellings;
    Did {
        method: KEY.to_owned(),
        is_key: key.is_some(),
        id: key.map_or(spelled, |key| key.multibase().to_owned()),
    }
}

fn bare_key(text: &str) -> Option<Did> {
    let did = of_key(text);
    let begins = did.id.get(..ED25519_KEY.len()).unwrap_or_default();
    let looks_so = begins.eq_ignore_ascii_case(ED25519_KEY) && did.id.len() == ED25519_KEY_CHARS;
    (did.is_key || looks_so).then_some(did)
}
