//! Hashes in the wrong spelling within a document.

use serde::Serialize;

use super::hash::SpelledHash;
use crate::fault::pointer_to;
use crate::json::Value;

/// Most warnings of one document.
pub const WARNINGS_MAX: usize = 32;

/// A thing about an accepted document that its author most likely did not mean. It changes nothing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Warning {
    /// Stable code of the warning.
    pub code: &'static str,
    /// RFC 6901 pointer to the member.
    pub pointer: String,
}

/// Every member named `…_b64u` that is 64 hex digits: a reader that decodes it as base64url gets 48 other bytes, and
/// what it is compared with has another text. Members of arrays under such a name count, too.
pub fn hex_in_base64url(document: &Value) -> Vec<Warning> {
    let mut found = Vec::new();
    walk(document, &MemberPlace::Document, false, &mut found);
    found
}

/// Where the walk is: most documents have no such member, and need no text of any place.
enum MemberPlace<'a> {
    Document,
    Member(&'a MemberPlace<'a>, &'a str),
    Item(&'a MemberPlace<'a>, usize),
}

impl MemberPlace<'_> {
    /// RFC 6901 pointer.
    fn pointer(&self) -> String {
        match self {
            Self::Document => String::new(),
            Self::Member(object, name) => pointer_to(&object.pointer(), name),
            Self::Item(array, index) => pointer_to(&array.pointer(), &index.to_string()),
        }
    }
}

/// The parser bounds the nesting, and with it this recursion.
fn walk(value: &Value, place: &MemberPlace<'_>, named: bool, found: &mut Vec<Warning>) {
    if found.len() >= WARNINGS_MAX {
        return;
    }
    match value {
        Value::String(text) if named && SpelledHash::is_hex(text) => found.push(Warning {
            code: "HEX_IN_BASE64URL",
            pointer: place.pointer(),
        }),
        Value::Object(object) => {
            for (name, member) in object.members() {
                let inside = MemberPlace::Member(place, name);
                walk(member, &inside, name.ends_with("_b64u"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &MemberPlace::Item(place, index), named, found);
            }
        }
        _ => {}
    }
}
