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
pub(super) enum MemberForm {
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
    Nullable(&'static MemberForm),
    /// Any object.
    AnyObject,
    /// A form that is defined elsewhere.
    Same(&'static MemberForm),
    /// An object with the members of the first list, which may have those of the second, and no others.
    Closed(MemberTable, MemberTable),
    /// The same, with any others.
    Open(MemberTable, MemberTable),
    /// This form of an object, of whose members these need not be there.
    Lacking(&'static MemberForm, &'static [&'static str]),
    /// An array of so many items, each of this form.
    List(usize, usize, &'static MemberForm),
    /// An object whose members are all of this form.
    Map(&'static MemberForm),
}

/// Members of an object, each with its form.
pub(super) type MemberTable = &'static [(&'static str, MemberForm)];

/// No members.
pub(super) const NONE: MemberTable = &[];

/// An array of any length.
pub(super) const fn list_of(item: &'static MemberForm) -> MemberForm {
    MemberForm::List(0, usize::MAX, item)
}

/// A number that is not negative.
pub(super) const NOT_NEGATIVE: MemberForm = MemberForm::Number(0.0, f64::MAX);

/// Holds a value against a form; the fault is `SCHEMA_INVALID` at the first place that differs.
pub(super) fn check(form: &MemberForm, value: &Value) -> Result<(), Fault> {
    let text = value.as_str();
    let fits = match form {
        MemberForm::Any => true,
        MemberForm::Constant(constant) => text == Some(constant),
        MemberForm::OneOf(texts) => text.is_some_and(|text| texts.contains(&text)),
        MemberForm::Text(0) => text.is_some(),
        // Characters are only counted as far as they matter.
        MemberForm::Text(min) => text.is_some_and(|text| text.chars().take(*min).count() == *min),
        MemberForm::TextUpTo(max) => text.is_some_and(|text| text.chars().nth(*max).is_none()),
        MemberForm::Did => text.is_some_and(|text| text.starts_with("did:")),
        MemberForm::Base64url => text.is_some_and(is_base64url),
        MemberForm::DateTime => text.is_some_and(is_date_time),
        MemberForm::TextOf(_, accepts) => text.is_some_and(accepts),
        MemberForm::Count => value.as_u64().is_some(),
        MemberForm::Positive => value.as_u64().is_some_and(|number| number > 0),
        MemberForm::Integer => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        MemberForm::Bool => matches!(value, Value::Bool(_)),
        MemberForm::Nullable(_) if *value == Value::Null => true,
        MemberForm::Number(min, max) => value
            .as_f64()
            .is_some_and(|number| (*min..=*max).contains(&number)),
        MemberForm::AnyObject => value.as_object().is_some(),
        MemberForm::Lacking(MemberForm::Closed(required, optional), lacking) => {
            return check_members((required, lacking), optional, false, value);
        }
        MemberForm::Same(form) | MemberForm::Nullable(form) | MemberForm::Lacking(form, _) => {
            return check(form, value);
        }
        MemberForm::Closed(required, optional) => {
            return check_members((required, &[]), optional, false, value);
        }
        MemberForm::Open(required, optional) => return check_members((required, &[]), optional, true, value),
        MemberForm::List(min, max, item) => return check_list(*min, *max, item, value),
        MemberForm::Map(member) => return check_map(member, value),
    };
    if fits {
        Ok(())
    } else {
        Err(mismatch(&expected(form), value))
    }
}

fn check_members(
    (required, lacking): (MemberTable, &[&str]),
    optional: MemberTable,
    open: bool,
    value: &Value,
) -> Result<(), Fault> {
    let object = object(value)?;
    let is_missing = |name: &str| object.get(name).is_none() && !lacking.contains(&name);
    if let Some((missing, _)) = required.iter().find(|(name, _)| is_missing(name)) {
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

fn check_list(min: usize, max: usize, item: &MemberForm, value: &Value) -> Result<(), Fault> {
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

fn check_map(member: &MemberForm, value: &Value) -> Result<(), Fault> {
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

fn expected(form: &MemberForm) -> String {
    match form {
        MemberForm::Constant(text) => format!("{text:?}"),
        MemberForm::OneOf(texts) => format!("one of {}", texts.join(", ")),
        MemberForm::Text(min) => format!("a string of {min} characters or more"),
        MemberForm::TextUpTo(max) => format!("a string of at most {max} characters"),
        MemberForm::Did => "a DID".to_owned(),
        MemberForm::Base64url => "8 or more characters of base64url".to_owned(),
        MemberForm::DateTime => "an RFC 3339 time with offset".to_owned(),
        MemberForm::Number(min, max) if *max >= f64::MAX => format!("a number of at least {min}"),
        MemberForm::Number(min, max) => format!("a number from {min} to {max}"),
        MemberForm::TextOf(name, _) => (*name).to_owned(),
        MemberForm::Count => "an integer that is not negative".to_owned(),
        MemberForm::Positive => "an integer above 0".to_owned(),
        MemberForm::Integer => "an integer".to_owned(),
        MemberForm::Bool => "true or false".to_owned(),
        MemberForm::Same(form) | MemberForm::Nullable(form) => self::expected(form),
        MemberForm::Any
        | MemberForm::AnyObject
        | MemberForm::Closed(..)
        | MemberForm::Open(..)
        | MemberForm::Lacking(..)
        | MemberForm::Map(_) => "an object".to_owned(),
        MemberForm::List(..) => "an array".to_owned(),
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
