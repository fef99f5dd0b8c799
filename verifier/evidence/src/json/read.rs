//! Reading: `serde_json` tokenizes, this visitor decides.
//!
//! Pointers are built only when an error unwinds, so a good document costs nothing for them.

use std::fmt;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};

use super::{DOCUMENT_BYTES_MAX, INTEGER_MAX, NESTING_MAX, Object, Value, number};
use crate::code::Code;
use crate::fault::{Fault, pointer_to, shorten};
use tlog::encoding::encoding_fault;

/// Parses one document under every rule of this module; white space around it is allowed.
///
/// # Errors
/// `MALFORMED_JSON`, `DUPLICATE_KEY`, `LONE_SURROGATE`, `NUMBER_OUT_OF_RANGE`, `NESTING_TOO_DEEP` or
/// `BODY_TOO_LARGE`.
pub fn parse(bytes: &[u8]) -> Result<Value, Fault> {
    parse_within(bytes, DOCUMENT_BYTES_MAX)
}

/// [`parse`] with another limit than that of a document that the log takes.
///
/// # Errors
/// As [`parse`].
pub fn parse_within(bytes: &[u8], bytes_max: usize) -> Result<Value, Fault> {
    if bytes.len() > bytes_max {
        let expected = format!("at most {bytes_max} bytes");
        return Err(Fault::new(
            Code::BodyTooLarge,
            "",
            expected,
            format!("{} bytes", bytes.len()),
        ));
    }
    parse_str(utf8(bytes)?)
}

/// The bytes as text; `MALFORMED_JSON` where they are not UTF-8, or UTF-8 behind a byte order mark.
pub(crate) fn utf8(bytes: &[u8]) -> Result<&str, Fault> {
    if let Some(found) = encoding_fault(bytes) {
        let expected = "UTF-8 without a byte order mark";
        return Err(Fault::new(Code::MalformedJson, "", expected, found));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let found = format!("another byte at offset {}", error.valid_up_to());
        Fault::new(Code::MalformedJson, "", "UTF-8", found)
    })
}

fn parse_str(text: &str) -> Result<Value, Fault> {
    if text.trim_ascii().is_empty() {
        return Err(Fault::new(
            Code::MalformedJson,
            "",
            "one JSON value",
            "nothing: it is empty",
        ));
    }
    let mut state = ParseState::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = JsonElement {
        state: &mut state,
        depth: 0,
    }
    .deserialize(&mut deserializer)
    .and_then(|value| deserializer.end().map(|()| value))
    .map_err(|error| state.take_fault(&error))?;
    if state.is_vast
        && let Some(pointer) = number::pointer_to_oversized_integer(text, &value)
    {
        return Err(out_of_range("an integer of 21 digits or more").at(pointer));
    }
    Ok(value)
}

/// The fault that a syntax error of `serde_json` stands for. The library has no codes; its
/// messages are fixed by the tests of this crate.
pub(crate) fn syntax_fault(error: &serde_json::Error, pointer: &str) -> Fault {
    let message = error.to_string();
    let half_pair = ["lone leading surrogate", "unexpected end of hex escape"];
    if half_pair.iter().any(|start| message.starts_with(start)) {
        Fault::new(Code::LoneSurrogate, pointer, "surrogates in pairs", message)
    } else if message.starts_with("number out of range") {
        Fault::new(
            Code::NumberOutOfRange,
            pointer,
            "a number that a double holds",
            message,
        )
    } else {
        Fault::new(Code::MalformedJson, pointer, "one JSON value", shorten(&message))
    }
}

/// What one reading carries along.
#[derive(Default)]
struct ParseState {
    /// What this reader refused; `None` while the fault is the parser's.
    refusal: Option<JsonRefusal>,
    /// Reference tokens from the fault up to the root.
    path: Vec<String>,
    /// Whether a double of 10^21 or more was read: it may have been an integer literal.
    is_vast: bool,
}

impl ParseState {
    fn take_fault(&mut self, error: &serde_json::Error) -> Fault {
        let pointer = self
            .path
            .iter()
            .rev()
            .fold(String::new(), |pointer, token| pointer_to(&pointer, token));
        match self.refusal.take() {
            Some(refusal) => refusal.at(pointer),
            None => syntax_fault(error, &pointer),
        }
    }

    /// Notes the fault; the error only makes the parser stop.
    fn stop<E: serde::de::Error>(&mut self, refusal: JsonRefusal) -> E {
        self.refusal = Some(refusal);
        E::custom("refused")
    }
}

/// A fault whose pointer is still being built.
struct JsonRefusal {
    code: Code,
    expected: &'static str,
    found: String,
}

impl JsonRefusal {
    fn at(self, pointer: String) -> Fault {
        Fault::new(self.code, pointer, self.expected, self.found)
    }
}

fn out_of_range(found: impl Into<String>) -> JsonRefusal {
    JsonRefusal {
        code: Code::NumberOutOfRange,
        expected: "an integer of at most 2^53-1 in magnitude",
        found: found.into(),
    }
}

/// One value, `depth` arrays and objects below the root.
struct JsonElement<'s> {
    state: &'s mut ParseState,
    depth: usize,
}

impl JsonElement<'_> {
    /// The depth of what this value holds. Checked before the parser descends, so that the stack
    /// never depends on the document.
    fn descend<E: serde::de::Error>(&mut self) -> Result<usize, E> {
        match self.depth.checked_add(1) {
            Some(depth) if depth <= NESTING_MAX => Ok(depth),
            _ => Err(self.state.stop(JsonRefusal {
                code: Code::NestingTooDeep,
                expected: "at most 64 arrays and objects in each other",
                found: "more".to_owned(),
            })),
        }
    }
}

impl<'de> DeserializeSeed<'de> for JsonElement<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for JsonElement<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Value, E> {
        exact(number)
            .map(Value::Number)
            .ok_or_else(|| self.state.stop(out_of_range(number.to_string())))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Value, E> {
        exact(number.unsigned_abs())
            .map(|magnitude| Value::Number(if number < 0 { -magnitude } else { magnitude }))
            .ok_or_else(|| self.state.stop(out_of_range(number.to_string())))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Value, E> {
        if number::is_written_as_inexact_integer(number) {
            return Err(self.state.stop(out_of_range(number.to_string())));
        }
        self.state.is_vast |= number.abs() >= number::EXPONENT_FROM;
        Ok(Value::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Value, A::Error> {
        let depth = self.descend()?;
        let mut array = Vec::new();
        loop {
            match items.next_element_seed(JsonElement {
                state: self.state,
                depth,
            }) {
                Ok(Some(item)) => array.push(item),
                Ok(None) => return Ok(Value::Array(array)),
                Err(error) => {
                    self.state.path.push(array.len().to_string());
                    return Err(error);
                }
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut object: A) -> Result<Value, A::Error> {
        let depth = self.descend()?;
        let mut members = Vec::new();
        while let Some(name) = object.next_key::<String>()? {
            match object.next_value_seed(JsonElement {
                state: self.state,
                depth,
            }) {
                Ok(value) => members.push((name, value)),
                Err(error) => {
                    self.state.path.push(name);
                    return Err(error);
                }
            }
        }
        Object::from_members(members).map(Value::Object).map_err(|name| {
            let refusal = JsonRefusal {
                code: Code::DuplicateKey,
                expected: "each name once",
                found: shorten(&name),
            };
            self.state.path.push(name);
            self.state.stop(refusal)
        })
    }
}

/// The double that equals an integer of at most 2^53 − 1.
#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "exact up to 2^53"
)]
fn exact(integer: u64) -> Option<f64> {
    (integer <= INTEGER_MAX).then_some(integer as f64)
}
