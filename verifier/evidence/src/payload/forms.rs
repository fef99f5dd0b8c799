//! The forms of single values. Each function here has its counterpart in
//! `schemas/common.schema.json`; the two accept the same values, except where a schema cannot say
//! what is checked here, which `schemas/payloads.md` lists.

use std::ops::RangeInclusive;

use crate::caller_text::{CALLER_TEXT_BYTES_MAX, CallerText};
use crate::code::Code;
use crate::digest::{EvidenceDigest, PolicyHash, TokenHash};
use crate::fault::Fault;
use crate::id::check_id;
use crate::json::{Object, Value};
use tlog::base64::{decode_standard, decode_url};

use super::time::Timestamp;
use crate::json::pointer::{HashTexts, Pointer};

/// Longest short text: reasons, titles, summaries (characters).
pub(crate) const TEXT_CHARS_MAX: usize = 1024;
/// Longest found text that a fault repeats (characters).
const FOUND_CHARS_MAX: usize = 64;

/// What a fault says about a value that it found: its type, or a short text as it is.
pub(crate) fn found(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) if text.chars().count() <= FOUND_CHARS_MAX => format!("{text:?}"),
        Value::String(text) => format!("a text of {} characters", text.chars().count()),
        Value::Array(items) => format!("an array of {} items", items.len()),
        Value::Object(_) => "an object".to_owned(),
    }
}

fn string<'a>(value: &'a Value, at: &Pointer<'_>) -> Result<&'a str, Fault> {
    value.as_str().ok_or_else(|| at.invalid("a string", found(value)))
}

pub(crate) fn object<'a>(value: &'a Value, at: &Pointer<'_>) -> Result<&'a Object, Fault> {
    value
        .as_object()
        .ok_or_else(|| at.invalid("an object", found(value)))
}

pub(crate) fn scalar(value: &Value, at: &Pointer<'_>) -> Result<Value, Fault> {
    match value {
        Value::String(_) | Value::Number(_) | Value::Bool(_) => Ok(value.clone()),
        _ => Err(at.invalid("a string, number or boolean", found(value))),
    }
}

pub(crate) fn boolean(value: &Value, at: &Pointer<'_>) -> Result<bool, Fault> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        _ => Err(at.invalid("true or false", found(value))),
    }
}

/// An id as [`check_id`] defines it.
pub(crate) fn id(value: &Value, at: &Pointer<'_>) -> Result<String, Fault> {
    let text = string(value, at)?;
    check_id(text, "").map_err(|fault| Fault {
        pointer: at.pointer(),
        ..fault
    })?;
    Ok(text.to_owned())
}

/// An id of at most 128 characters, as clawsig limits some of its ids.
pub(crate) fn short_id(value: &Value, at: &Pointer<'_>) -> Result<String, Fault> {
    let text = id(value, at)?;
    match text.chars().count() {
        0..=128 => Ok(text),
        length => Err(at.fault(
            Code::InvalidId,
            "at most 128 characters",
            format!("{length} characters"),
        )),
    }
}

/// What a caller chose: any text of 1 to 4096 bytes.
pub(crate) fn caller_text(value: &Value, at: &Pointer<'_>) -> Result<CallerText, Fault> {
    let text = string(value, at)?;
    CallerText::parse(text).ok_or_else(|| {
        let expected = format!("a text of 1 to {CALLER_TEXT_BYTES_MAX} bytes");
        at.invalid(expected, format!("{} bytes", text.len()))
    })
}

/// The same where clawsig asks for base64url: 8 characters of its alphabet or more, canonical or not.
pub(crate) fn caller_hash(value: &Value, at: &Pointer<'_>) -> Result<CallerText, Fault> {
    let text = caller_text(value, at)?;
    if text.len() >= 8 && text.bytes().all(is_base64url) {
        Ok(text)
    } else {
        let expected = format!("8 to {CALLER_TEXT_BYTES_MAX} characters of base64url");
        Err(at.fault(Code::InvalidBase64url, expected, found(value)))
    }
}

/// A DID of any method: an id that starts with `did:`.
pub(crate) fn did(value: &Value, at: &Pointer<'_>) -> Result<String, Fault> {
    let text = id(value, at)?;
    if text.starts_with("did:") && text.len() > "did:".len() {
        Ok(text)
    } else {
        Err(at.invalid("a DID", found(value)))
    }
}

/// A text of so many characters.
pub(crate) fn text(
    characters: RangeInclusive<usize>,
) -> impl Fn(&Value, &Pointer<'_>) -> Result<String, Fault> {
    move |value, at| {
        let text = string(value, at)?;
        let count = text.chars().count();
        if characters.contains(&count) {
            Ok(text.to_owned())
        } else {
            let expected = format!("{} to {} characters", characters.start(), characters.end());
            Err(at.invalid(expected, format!("{count} characters")))
        }
    }
}

/// A text of 1 to [`TEXT_CHARS_MAX`] characters.
pub(crate) fn short_text(value: &Value, at: &Pointer<'_>) -> Result<String, Fault> {
    text(1..=TEXT_CHARS_MAX)(value, at)
}

/// Exactly this string.
pub(crate) fn constant(expected: &'static str) -> impl Fn(&Value, &Pointer<'_>) -> Result<(), Fault> {
    move |value, at| match value.as_str() {
        Some(text) if text == expected => Ok(()),
        _ => Err(at.invalid(format!("{expected:?}"), found(value))),
    }
}

/// One of these strings.
pub(crate) fn one_of(
    allowed: &'static [&'static str],
) -> impl Fn(&Value, &Pointer<'_>) -> Result<&'static str, Fault> {
    move |value, at| {
        let text = value.as_str();
        let known = allowed.iter().find(|&&known| Some(known) == text);
        known
            .copied()
            .ok_or_else(|| at.invalid(format!("one of {}", allowed.join(", ")), found(value)))
    }
}

/// An integer in a range, within the exact integers of a double.
pub(crate) fn uint(range: RangeInclusive<u64>) -> impl Fn(&Value, &Pointer<'_>) -> Result<u64, Fault> {
    move |value, at| match value.as_u64() {
        Some(number) if range.contains(&number) => Ok(number),
        _ => Err(at.invalid(
            format!("an integer from {} to {}", range.start(), range.end()),
            found(value),
        )),
    }
}

/// The largest integer that every JSON reader keeps exact: 2^53 − 1.
pub(crate) const UINT_MAX: u64 = (1 << 53) - 1;

pub(crate) fn count(value: &Value, at: &Pointer<'_>) -> Result<u64, Fault> {
    uint(0..=UINT_MAX)(value, at)
}

/// 9999-12-31T23:59:59Z, the last second that RFC 3339 can write. A time of today in milliseconds lies far beyond.
const EPOCH_SECONDS_MAX: u64 = 253_402_300_799;

/// A time in seconds since the epoch: `SECONDS_EXPECTED` for what can only be milliseconds or finer.
pub(crate) fn epoch_seconds(value: &Value, at: &Pointer<'_>) -> Result<u64, Fault> {
    match count(value, at)? {
        seconds @ 0..=EPOCH_SECONDS_MAX => Ok(seconds),
        other => Err(at.fault(
            Code::SecondsExpected,
            format!("seconds since 1970, at most {EPOCH_SECONDS_MAX}"),
            other.to_string(),
        )),
    }
}

/// A number that is not negative.
pub(crate) fn non_negative(value: &Value, at: &Pointer<'_>) -> Result<f64, Fault> {
    match value {
        Value::Number(number) if *number >= 0.0 => Ok(*number),
        _ => Err(at.invalid("a number that is not negative", found(value))),
    }
}

/// A number from 0 to 1.
pub(crate) fn unit_interval(value: &Value, at: &Pointer<'_>) -> Result<f64, Fault> {
    match value {
        Value::Number(number) if (0.0..=1.0).contains(number) => Ok(*number),
        _ => Err(at.invalid("a number from 0 to 1", found(value))),
    }
}

/// An RFC 3339 time with an offset.
pub(crate) fn timestamp(value: &Value, at: &Pointer<'_>) -> Result<Timestamp, Fault> {
    let parsed = value.as_str().and_then(Timestamp::parse);
    parsed.ok_or_else(|| at.invalid("an RFC 3339 time with offset, from 1970 on", found(value)))
}

/// base64url of 8 to 128 characters: clawsig's form of hashes, kept as text.
pub(crate) fn b64u(value: &Value, at: &Pointer<'_>) -> Result<String, Fault> {
    let text = string(value, at)?;
    let is_hash = match at.hash_texts() {
        HashTexts::Canonical => decode_url(text).is_some(),
        HashTexts::AsWritten => text.bytes().all(is_base64url),
    };
    if (8..=128).contains(&text.len()) && is_hash {
        Ok(text.to_owned())
    } else {
        let expected = "canonical base64url of 8 to 128 characters";
        Err(at.fault(Code::InvalidBase64url, expected, found(value)))
    }
}

const fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// 43 characters of base64url: a SHA-256 hash, by the parser of its type.
pub(crate) fn b64u_hash<T>(
    parse: impl Fn(&str) -> Option<T>,
) -> impl Fn(&Value, &Pointer<'_>) -> Result<T, Fault> {
    move |value, at| {
        let expected = "43 characters of canonical base64url";
        parse(string(value, at)?).ok_or_else(|| at.fault(Code::InvalidBase64url, expected, found(value)))
    }
}

pub(crate) fn policy_hash(value: &Value, at: &Pointer<'_>) -> Result<PolicyHash, Fault> {
    b64u_hash(PolicyHash::parse)(value, at)
}

/// 64 lower-case hex digits, by the parser of their type.
pub(crate) fn hex_hash<T>(
    parse: impl Fn(&str) -> Option<T>,
) -> impl Fn(&Value, &Pointer<'_>) -> Result<T, Fault> {
    parsed("64 lower-case hexadecimal digits", parse)
}

pub(crate) fn token_hash(value: &Value, at: &Pointer<'_>) -> Result<TokenHash, Fault> {
    hex_hash(TokenHash::parse_hex)(value, at)
}

pub(crate) fn evidence_digest(value: &Value, at: &Pointer<'_>) -> Result<EvidenceDigest, Fault> {
    hex_hash(EvidenceDigest::parse_hex)(value, at)
}

/// Canonical padded base64 (RFC 4648 §4) of at most so many bytes.
pub(crate) fn base64_bytes(bytes_max: usize) -> impl Fn(&Value, &Pointer<'_>) -> Result<Vec<u8>, Fault> {
    // Four characters for each three bytes that were begun.
    let characters_max = bytes_max.div_ceil(3).saturating_mul(4);
    move |value, at| {
        let text = string(value, at)?;
        if text.len() > characters_max {
            return Err(at.invalid(format!("at most {bytes_max} bytes"), found(value)));
        }
        let bytes = decode_standard(text).filter(|bytes| bytes.len() <= bytes_max);
        bytes.ok_or_else(|| {
            at.invalid(
                format!("padded base64 of at most {bytes_max} bytes"),
                found(value),
            )
        })
    }
}

/// A text that a parser accepts.
pub(crate) fn parsed<T>(
    expected: &'static str,
    parse: impl Fn(&str) -> Option<T>,
) -> impl Fn(&Value, &Pointer<'_>) -> Result<T, Fault> {
    move |value, at| {
        value
            .as_str()
            .and_then(&parse)
            .ok_or_else(|| at.invalid(expected, found(value)))
    }
}

/// An array of so many items, each of a form.
pub(crate) fn list<'a, T>(
    items: RangeInclusive<usize>,
    read: impl Fn(&'a Value, &Pointer<'_>) -> Result<T, Fault>,
) -> impl Fn(&'a Value, &Pointer<'_>) -> Result<Vec<T>, Fault> {
    move |value, at| {
        let array = value
            .as_array()
            .ok_or_else(|| at.invalid("an array", found(value)))?;
        if !items.contains(&array.len()) {
            return Err(at.invalid(
                format!("{} to {} items", items.start(), items.end()),
                found(value),
            ));
        }
        array
            .iter()
            .enumerate()
            .map(|(index, item)| read(item, &at.item(index)))
            .collect()
    }
}

/// The same, without repetitions.
pub(crate) fn set<'a, T: PartialEq>(
    items: RangeInclusive<usize>,
    read: impl Fn(&'a Value, &Pointer<'_>) -> Result<T, Fault>,
) -> impl Fn(&'a Value, &Pointer<'_>) -> Result<Vec<T>, Fault> {
    let read = list(items, read);
    move |value, at| {
        let values = read(value, at)?;
        for (index, item) in values.iter().enumerate() {
            // The lists that may not repeat have at most 64 items.
            if values.iter().take(index).any(|earlier| earlier == item) {
                return Err(at.item(index).invalid("no item twice", "a repeated item"));
            }
        }
        Ok(values)
    }
}
