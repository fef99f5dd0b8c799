//! Writing: the two texts that are hashed. They differ in the order of members and in nothing
//! else, so one writer with the ECMAScript forms of strings and numbers serves both.

use std::cmp::Ordering;

use super::{Object, Value};
use tlog::hash::sha256;

/// `JSON.stringify` of the parsed value (ECMA-262 §25.5.2): array-index names first in ascending
/// order, the others in document order; minimal escapes; `Number::toString`.
pub fn to_js_string(value: &Value) -> String {
    let mut out = String::new();
    write_value(value, MemberOrder::Ecmascript, &mut out);
    out
}

/// The JSON Canonicalization Scheme (RFC 8785): members sorted by UTF-16 code units.
pub fn to_jcs(value: &Value) -> String {
    let mut out = String::new();
    write_value(value, MemberOrder::Jcs, &mut out);
    out
}

/// `H_js`: SHA-256 of [`to_js_string`].
pub fn hash_js(value: &Value) -> [u8; 32] {
    sha256(to_js_string(value).as_bytes())
}

/// `H_jcs`: SHA-256 of [`to_jcs`].
pub fn hash_jcs(value: &Value) -> [u8; 32] {
    sha256(to_jcs(value).as_bytes())
}

/// [`to_js_string`] of an object.
pub fn js_of_object(object: &Object) -> String {
    let mut out = String::new();
    write_object(object, MemberOrder::Ecmascript, &[], &mut out);
    out
}

/// [`to_jcs`] of an object.
pub fn jcs_of_object(object: &Object) -> String {
    jcs_without(object, &[])
}

/// [`to_jcs`] of an object as if it had none of the named members.
pub fn jcs_without(object: &Object, omitted: &[&str]) -> String {
    let mut out = String::new();
    write_object(object, MemberOrder::Jcs, omitted, &mut out);
    out
}

/// [`to_jcs`] of an object of these members, whose names are unique.
pub fn jcs_of_members(members: &[(String, Value)]) -> String {
    let mut out = String::new();
    write_members(members, MemberOrder::Jcs, &[], &mut out);
    out
}

/// [`to_jcs`] of an array.
pub fn jcs_of_array(items: &[Value]) -> String {
    let mut out = String::new();
    write_array(items, MemberOrder::Jcs, &mut out);
    out
}

#[derive(Clone, Copy)]
enum MemberOrder {
    Ecmascript,
    Jcs,
}

/// Recursion is as deep as the value, which the parser bounds.
fn write_value(value: &Value, order: MemberOrder, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => out.push_str(ryu_js::Buffer::new().format(*number)),
        Value::String(text) => write_string(text, out),
        Value::Array(items) => write_array(items, order, out),
        Value::Object(object) => write_object(object, order, &[], out),
    }
}

fn write_array(items: &[Value], order: MemberOrder, out: &mut String) {
    let mut separator = '[';
    for item in items {
        out.push(separator);
        separator = ',';
        write_value(item, order, out);
    }
    if items.is_empty() {
        out.push('[');
    }
    out.push(']');
}

fn write_object(object: &Object, order: MemberOrder, omitted: &[&str], out: &mut String) {
    write_members(object.members(), order, omitted, out);
}

fn write_members(members: &[(String, Value)], order: MemberOrder, omitted: &[&str], out: &mut String) {
    let kept = members
        .iter()
        .filter(|(name, _)| !omitted.contains(&name.as_str()));
    if has_document_order(members, order) {
        write_in_order(kept, order, out);
    } else {
        write_in_order(sorted(kept.collect(), order), order, out);
    }
}

fn write_in_order<'a>(
    members: impl IntoIterator<Item = &'a (String, Value)>,
    order: MemberOrder,
    out: &mut String,
) {
    out.push('{');
    let mut first = true;
    for (name, value) in members {
        if !first {
            out.push(',');
        }
        first = false;
        write_string(name, out);
        out.push(':');
        write_value(value, order, out);
    }
    out.push('}');
}

/// Whether the members are already in the order in which they are written, which spares a list and a sort.
fn has_document_order(members: &[(String, Value)], order: MemberOrder) -> bool {
    match order {
        MemberOrder::Jcs => members.is_sorted_by(|(one, _), (other, _)| utf16_order(one, other).is_lt()),
        MemberOrder::Ecmascript => !members
            .iter()
            .any(|(name, _)| name.starts_with(|first: char| first.is_ascii_digit())),
    }
}

/// The members in the order of the text.
fn sorted(mut members: Vec<&(String, Value)>, order: MemberOrder) -> Vec<&(String, Value)> {
    match order {
        MemberOrder::Jcs => members.sort_unstable_by(|(one, _), (other, _)| utf16_order(one, other)),
        // The sort is stable: names that are no array index keep their places after those that are.
        MemberOrder::Ecmascript => {
            members.sort_by_key(|(name, _)| array_index(name).map_or(NO_ARRAY_INDEX, u64::from));
        }
    }
    members
}

const NO_ARRAY_INDEX: u64 = u64::MAX;

/// The array index (ECMA-262 §6.1.7) that a name is: the canonical decimal of 0 to 2^32 − 2.
fn array_index(name: &str) -> Option<u32> {
    let canonical = name.bytes().all(|byte| byte.is_ascii_digit()) && (name == "0" || !name.starts_with('0'));
    name.parse()
        .ok()
        .filter(|&index: &u32| canonical && index < u32::MAX)
}

/// Bytes of UTF-8 sort as code points do; UTF-16 differs from that only where one name has a
/// character beyond the basic plane.
pub fn utf16_order(one: &str, other: &str) -> Ordering {
    if one.is_ascii() || other.is_ascii() {
        return one.cmp(other);
    }
    one.encode_utf16().cmp(other.encode_utf16())
}

/// A string with the escapes of `JSON.stringify`, which are those of RFC 8785 §3.2.2.2: short
/// forms where they exist, lower-case `\u00xx` for other controls, everything else as it is.
fn write_string(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    // Nearly every string is plain. Without an early exit the compiler looks at many bytes at once.
    let escapes = text.bytes().fold(false, |found, byte| found | is_escaped(byte));
    while let Some(position) = escapes.then(|| rest.bytes().position(is_escaped)).flatten() {
        // The byte found is a character of its own, so both splits are at boundaries.
        let (plain, tail) = rest.split_at(position);
        out.push_str(plain);
        let mut tail = tail.chars();
        if let Some(character) = tail.next() {
            write_escape(character, out);
        }
        rest = tail.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

const fn is_escaped(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

fn write_escape(character: char, out: &mut String) {
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\u{0008}' => out.push_str("\\b"),
        '\u{0009}' => out.push_str("\\t"),
        '\u{000A}' => out.push_str("\\n"),
        '\u{000C}' => out.push_str("\\f"),
        '\u{000D}' => out.push_str("\\r"),
        control => {
            let code = u32::from(control);
            out.push_str("\\u00");
            out.extend(
                [code >> 4, code & 0xF]
                    .into_iter()
                    .filter_map(|digit| char::from_digit(digit, 16)),
            );
        }
    }
}
