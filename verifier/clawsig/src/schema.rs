//! clawsig's JSON Schemas as tables, and the one function that holds a value against a table.
//!
//! Only what the schemas say is here: whether a hash is the right one, or its text canonical, is decided where
//! it is used. Tables do not refer to themselves, so the depth of the recursion is that of a table.

use evidence::code::Code;
use evidence::fault::{Fault, pointer_to, shorten};
use evidence::json::{Object, Value};
use evidence::rfc3339;
use fluent_uri::Uri;

/// What a value has to look like.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    /// Anything.
    Any,
    /// This string.
    Constant(&'static str),
    /// One of these strings.
    OneOf(&'static [&'static str]),
    /// A string of at least so many characters.
    Text(usize),
    /// A string of at most so many characters.
    TextUpTo(usize),
    /// A string that starts with `did:`.
    Did,
    /// `^[A-Za-z0-9_-]+$`, 8 characters or more. Not necessarily canonical.
    Base64url,
    /// RFC 3339 with an offset (`date-time`).
    DateTime,
    /// A string that a predicate accepts, and what that is called.
    TextOf(&'static str, fn(&str) -> bool),
    /// A number in a closed range.
    Number(f64, f64),
    /// A non-negative integer up to 2^53 − 1.
    Count,
    /// An integer from 1 to 2^53 − 1.
    Positive,
    /// An integer.
    Integer,
    /// `true` or `false`.
    Bool,
    /// `null`, or this form.
    Nullable(&'static Form),
    /// Any object.
    Object,
    /// A form that is defined elsewhere.
    Same(&'static Form),
    /// An object with the members of the first list, which may have those of the second, and no others.
    Closed(Members, Members),
    /// The same, with any others.
    Open(Members, Members),
    /// An array of so many items, each of this form.
    List(usize, usize, &'static Form),
    /// An object whose members are all of this form.
    Map(&'static Form),
}

/// Members of an object, each with its form.
pub(super) type Members = &'static [(&'static str, Form)];

/// No members.
pub(super) const NONE: Members = &[];

/// A number that is not negative.
pub(super) const NOT_NEGATIVE: Form = Form::Number(0.0, f64::MAX);

/// Holds a value against a form; the fault is `SCHEMA_INVALID` at the first place that differs.
pub(super) fn check(form: &Form, value: &Value) -> Result<(), Fault> {
    let text = value.as_str();
    let fits = match form {
        Form::Any => true,
        Form::Constant(constant) => text == Some(constant),
        Form::OneOf(texts) => text.is_some_and(|text| texts.contains(&text)),
        Form::Text(0) => text.is_some(),
        // Characters are only counted as far as they matter.
        Form::Text(min) => text.is_some_and(|text| text.chars().take(*min).count() == *min),
        Form::TextUpTo(max) => text.is_some_and(|text| text.chars().nth(*max).is_none()),
        Form::Did => text.is_some_and(|text| text.starts_with("did:")),
        Form::Base64url => text.is_some_and(is_base64url),
        Form::DateTime => text.is_some_and(is_date_time),
        Form::TextOf(_, accepts) => text.is_some_and(accepts),
        Form::Count => value.as_u64().is_some(),
        Form::Positive => value.as_u64().is_some_and(|number| number > 0),
        Form::Integer => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        Form::Bool => matches!(value, Value::Bool(_)),
        Form::Nullable(_) if *value == Value::Null => true,
        Form::Number(min, max) => value
            .as_f64()
            .is_some_and(|number| (*min..=*max).contains(&number)),
        Form::Object => value.as_object().is_some(),
        Form::Same(form) | Form::Nullable(form) => return check(form, value),
        Form::Closed(required, optional) => return check_members(required, optional, false, value),
        Form::Open(required, optional) => return check_members(required, optional, true, value),
        Form::List(min, max, item) => return check_list(*min, *max, item, value),
        Form::Map(member) => return check_map(member, value),
    };
    if fits {
        Ok(())
    } else {
        Err(mismatch(&expected(form), value))
    }
}

fn check_members(required: Members, optional: Members, open: bool, value: &Value) -> Result<(), Fault> {
    let object = object(value)?;
    if let Some((missing, _)) = required.iter().find(|(name, _)| object.get(name).is_none()) {
        let pointer = pointer_to("", missing);
        return Err(Fault::new(Code::SchemaInvalid, pointer, "this member", "nothing"));
    }
    for (name, member) in object.members() {
        let mut known = required.iter().chain(optional);
        let known = known.find(|(known, _)| known == name);
        match known {
            Some((_, form)) => check(form, member).map_err(|fault| below(name, fault))?,
            None if open => {}
            None => {
                let pointer = pointer_to("", &shorten(name));
                let found = "an unknown member";
                return Err(Fault::new(Code::SchemaInvalid, pointer, "no such member", found));
            }
        }
    }
    Ok(())
}

fn check_list(min: usize, max: usize, item: &Form, value: &Value) -> Result<(), Fault> {
    let items = value.as_array().ok_or_else(|| mismatch("an array", value))?;
    if !(min..=max).contains(&items.len()) {
        let expected = if max == usize::MAX {
            format!("{min} items or more")
        } else {
            format!("{min} to {max} items")
        };
        return Err(Fault::new(
            Code::SchemaInvalid,
            "",
            expected,
            items.len().to_string(),
        ));
    }
    for (index, value) in items.iter().enumerate() {
        check(item, value).map_err(|fault| below(&index.to_string(), fault))?;
    }
    Ok(())
}

fn check_map(member: &Form, value: &Value) -> Result<(), Fault> {
    for (name, value) in object(value)?.members() {
        check(member, value).map_err(|fault| below(name, fault))?;
    }
    Ok(())
}

fn object(value: &Value) -> Result<&Object, Fault> {
    value.as_object().ok_or_else(|| mismatch("an object", value))
}

/// The same fault, one step further from the root.
pub(super) fn below(name: &str, mut fault: Fault) -> Fault {
    fault.pointer = pointer_to("", name) + &fault.pointer;
    fault
}

fn mismatch(expected: &str, value: &Value) -> Fault {
    let found = value.as_str().map_or_else(
        || value.type_name().to_owned(),
        |text| format!("{:?}", shorten(text)),
    );
    Fault::new(Code::SchemaInvalid, "", expected, found)
}

fn expected(form: &Form) -> String {
    match form {
        Form::Constant(text) => format!("{text:?}"),
        Form::OneOf(texts) => format!("one of {}", texts.join(", ")),
        Form::Text(min) => format!("a string of {min} characters or more"),
        Form::TextUpTo(max) => format!("a string of at most {max} characters"),
        Form::Did => "a DID".to_owned(),
        Form::Base64url => "8 or more characters of base64url".to_owned(),
        Form::DateTime => "an RFC 3339 time with offset".to_owned(),
        Form::Number(min, max) if *max >= f64::MAX => format!("a number of at least {min}"),
        Form::Number(min, max) => format!("a number from {min} to {max}"),
        Form::TextOf(name, _) => (*name).to_owned(),
        Form::Count => "an integer that is not negative".to_owned(),
        Form::Positive => "an integer above 0".to_owned(),
        Form::Integer => "an integer".to_owned(),
        Form::Bool => "true or false".to_owned(),
        Form::Same(form) | Form::Nullable(form) => self::expected(form),
        Form::Any | Form::Object | Form::Closed(..) | Form::Open(..) | Form::Map(_) => "an object".to_owned(),
        Form::List(..) => "an array".to_owned(),
    }
}

/// The alphabet of base64url, 8 characters or more: clawsig's pattern for hashes and signatures.
pub(super) fn is_base64url(text: &str) -> bool {
    text.len() >= 8 && is_url_alphabet(text)
}

/// The alphabet of base64url, one character or more.
pub(super) fn is_url_alphabet(text: &str) -> bool {
    let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !text.is_empty() && text.bytes().all(alphabet)
}

/// Whether a text is a URI (RFC 3986 §3) with something after its scheme: an authority or a path. The grammar lets
/// both be empty (`a:`, `a:?b`), the reference does not.
pub(super) fn is_uri(text: &str) -> bool {
    Uri::parse(text).is_ok_and(|uri| uri.has_authority() || !uri.path().is_empty())
}

/// The `date-time` of JSON Schema, which knows leap seconds at the end of a day of UTC; the clocks of the checks
/// do not.
fn is_date_time(text: &str) -> bool {
    rfc3339::parse(text).is_some()
        || text.get(17..19) == Some("60") && {
            let before = text.get(..17).unwrap_or_default();
            let after = text.get(19..).unwrap_or_default();
            let second_before = rfc3339::parse(&format!("{before}59{after}"));
            second_before.is_some_and(|time| time.value() % DAY_MS >= LAST_SECOND_MS)
        }
}

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// Start of the last second of a day.
const LAST_SECOND_MS: u64 = DAY_MS - 1000;
