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
    walk(document, &mut String::new(), false, &mut found);
    found
}

/// The parser bounds the nesting, and with it this recursion. `pointer` is as before when it returns.
fn walk(value: &Value, pointer: &mut String, named: bool, found: &mut Vec<Warning>) {
    if found.len() >= WARNINGS_MAX {
        return;
    }
    let length = pointer.len();
    match value {
        Value::String(text) if named && SpelledHash::is_hex(text) => found.push(Warning {
            code: "HEX_IN_BASE64URL",
            pointer: pointer.clone(),
        }),
        Value::Object(object) => {
            for (name, member) in object.members() {
                pointer.push_str(&pointer_to("", name));
                walk(member, pointer, name.ends_with("_b64u"), found);
                pointer.truncate(length);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointer.push_str(&pointer_to("", &index.to_string()));
                walk(item, pointer, named, found);
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}
