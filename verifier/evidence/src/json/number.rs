//! Numbers: exact integers of doubles, and which numbers no document may hold.

use super::Value;
use crate::fault::pointer_to;

/// The non-negative integer up to 2^53 that a double is, if it is one.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the double was found to be integral and within 0..=2^53, where the conversion is exact"
)]
pub(super) fn integer(number: f64) -> Option<u64> {
    const LIMIT: f64 = 9_007_199_254_740_992.0;
    ((0.0..=LIMIT).contains(&number) && number.fract() == 0.0).then_some(number as u64)
}

/// From here on ECMAScript writes numbers with an exponent (`Number::toString`, step 9).
pub(super) const EXPONENT_FROM: f64 = 1e21;

/// Whether both hashed texts write a double as an integer that not every reader holds exactly, however the document
/// wrote it: from 2^53 to below 10^21.
pub(super) fn is_written_as_inexact_integer(number: f64) -> bool {
    const TWO_TO_THE_53: f64 = 9_007_199_254_740_992.0;
    (TWO_TO_THE_53..EXPONENT_FROM).contains(&number.abs())
}

/// The pointer to the first integer literal of 10^21 or more, if there is one.
///
/// Such a literal arrives from the parser as a double, as `1e21` does, which is allowed; only the
/// text tells the two apart. `text` has been parsed into `value`, so it is enough to skip strings
/// and count numbers: the n-th number of the text is the n-th of the value.
pub(super) fn pointer_to_oversized_integer(text: &str, value: &Value) -> Option<String> {
    let ordinal = number_literals(text).position(is_oversized_integer)?;
    let mut remaining = ordinal;
    nth_number(value, &mut remaining, "")
}

/// An optional sign and digits only, as many as a literal has that rounds to 10^21 or more.
fn is_oversized_integer(literal: &str) -> bool {
    let digits = literal.strip_prefix('-').unwrap_or(literal);
    digits.len() >= 21 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The number literals of a valid JSON text, in order.
fn number_literals(text: &str) -> impl Iterator<Item = &str> {
    // Outside strings every quote opens one, and a quote within one is escaped; so splitting at
    // unescaped quotes gives text outside and inside by turns.
    let mut inside = false;
    let mut escaped = false;
    text.split(move |character: char| {
        let quote = character == '"' && !escaped;
        escaped = inside && character == '\\' && !escaped;
        inside ^= quote;
        quote
    })
    .step_by(2)
    .flat_map(|outside| {
        outside.split(|character: char| !matches!(character, '0'..='9' | '+' | '-' | '.' | 'e' | 'E'))
    })
    .filter(|run| run.starts_with(|character: char| character == '-' || character.is_ascii_digit()))
}

/// Walks to a number by its ordinal. The depth is bounded by the parser that made the value.
fn nth_number(value: &Value, remaining: &mut usize, pointer: &str) -> Option<String> {
    match value {
        Value::Number(_) => match remaining.checked_sub(1) {
            None => Some(pointer.to_owned()),
            Some(fewer) => {
                *remaining = fewer;
                None
            }
        },
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| nth_number(item, remaining, &pointer_to(pointer, &index.to_string()))),
        Value::Object(object) => object
            .members()
            .iter()
            .find_map(|(name, member)| nth_number(member, remaining, &pointer_to(pointer, name))),
        Value::Null | Value::Bool(_) | Value::String(_) => None,
    }
}
