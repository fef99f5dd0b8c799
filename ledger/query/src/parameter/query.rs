//! Query strings, read into what an address takes, with faults that name the parameter.

use serde::Deserializer;
use serde::de::value::MapDeserializer;
use serde::de::{DeserializeOwned, Error, IntoDeserializer, Visitor};
use std::fmt;
use verifier::index::parse_decimal;

/// The one form of a number in an address, as errors name it.
pub const WHOLE_NUMBER: &str = "a whole number in plain digits, without a sign or leading zeros";

/// The number that a text is; `None` for any other text. One number has one text, so that one place has one address.
pub fn whole_number(text: &str) -> Option<u64> {
    parse_decimal(text)
}

/// Why the parameters of a query are not what its address takes.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueryFault {
    /// The address has no parameter of this name.
    #[error("no such parameter: `{name}`, expected {}", one_of(.expected))]
    Unknown {
        /// As it was sent.
        name: String,
        /// Those that the address has.
        expected: &'static [&'static str],
    },
    /// A parameter that the address needs was not sent.
    #[error("the parameter `{name}` is missing")]
    Missing {
        /// Its name.
        name: String,
    },
    /// A parameter was sent more than once.
    #[error("the parameter `{name}` is given more than once")]
    Repeated {
        /// Its name.
        name: String,
    },
    /// A parameter has a value that it does not take.
    #[error("{name}: expected {expected}")]
    Value {
        /// Its name.
        name: String,
        /// What it takes.
        expected: String,
    },
    /// Something else; nobody sends it from a form or a link of ours.
    #[error("the query string could not be read")]
    Unreadable,
}

impl QueryFault {
    /// The parameter at fault.
    pub fn parameter(&self) -> Option<&str> {
        match self {
            Self::Unknown { name, .. }
            | Self::Missing { name }
            | Self::Repeated { name }
            | Self::Value { name, .. } => Some(name),
            Self::Unreadable => None,
        }
    }

    fn value(name: &str, expected: &str) -> Self {
        Self::Value {
            name: name.to_owned(),
            expected: expected.to_owned(),
        }
    }
}

fn one_of(names: &[&str]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// Reads the decoded pairs of a query. What the address does not take, and what is sent twice, is refused: a filter that was misspelt
/// must not widen an answer.
///
/// # Errors
/// [`QueryFault`]: the caller is at fault.
pub fn read_query<T: DeserializeOwned>(pairs: Vec<(String, String)>) -> Result<T, QueryFault> {
    let pairs = pairs.into_iter().map(|(name, text)| {
        let value = ParameterValue {
            name: name.clone(),
            text,
        };
        (name, value)
    });
    T::deserialize(MapDeserializer::new(pairs))
}

/// The faults that derived readers find themselves.
impl Error for QueryFault {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Unreadable
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::Unknown {
            name: field.to_owned(),
            expected,
        }
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing {
            name: field.to_owned(),
        }
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::Repeated {
            name: field.to_owned(),
        }
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::value("", &one_of(expected))
    }
}

/// The text of a parameter, read as what its address takes.
struct ParameterValue {
    name: String,
    text: String,
}

impl ParameterValue {
    fn number<'de, V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, QueryFault> {
        let fault = || QueryFault::value(&self.name, WHOLE_NUMBER);
        let number = whole_number(&self.text).ok_or_else(fault)?;
        visitor.visit_u64(number).map_err(|_: QueryFault| fault())
    }

    /// A fault of the value, which does not know whose value it is.
    fn named(name: String, fault: QueryFault) -> QueryFault {
        match fault {
            QueryFault::Value { expected, .. } => QueryFault::Value { name, expected },
            _ => QueryFault::value(&name, "a value that this parameter takes"),
        }
    }
}

impl IntoDeserializer<'_, QueryFault> for ParameterValue {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for ParameterValue {
    type Error = QueryFault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, QueryFault> {
        let read = visitor.visit_string(self.text);
        read.map_err(|fault| Self::named(self.name, fault))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, QueryFault> {
        match self.text.parse() {
            Ok(truth) => visitor.visit_bool(truth),
            Err(_) => Err(QueryFault::value(&self.name, "`true` or `false`")),
        }
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, QueryFault> {
        self.number(visitor)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, QueryFault> {
        self.number(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, QueryFault> {
        self.number(visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, QueryFault> {
        self.number(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, QueryFault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, QueryFault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, QueryFault> {
        let read = visitor.visit_enum(self.text.into_deserializer());
        read.map_err(|fault| Self::named(self.name, fault))
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier
        ignored_any
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::{QueryFault, WHOLE_NUMBER, read_query, whole_number};
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Eq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Colour {
        Red,
        DarkBlue,
    }

    #[derive(Debug, Default, PartialEq, Eq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Asked {
        as_of: Option<u64>,
        limit: Option<usize>,
        id: Option<String>,
        colour: Option<Colour>,
        #[serde(default)]
        proof: bool,
    }

    #[derive(Debug, PartialEq, Eq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Needed {
        first: u64,
    }

    fn read(pairs: &[(&str, &str)]) -> Result<Asked, QueryFault> {
        let pairs = pairs
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        read_query(pairs.collect())
    }

    #[test]
    fn reads_what_an_address_takes() {
        let sent = [
            ("as_of", "0"),
            ("limit", "10"),
            ("id", "007"),
            ("colour", "dark_blue"),
            ("proof", "true"),
        ];
        let expected = Asked {
            as_of: Some(0),
            limit: Some(10),
            id: Some("007".to_owned()),
            colour: Some(Colour::DarkBlue),
            proof: true,
        };
        assert_eq!(read(&sent), Ok(expected));
        assert_eq!(read(&[]), Ok(Asked::default()));
    }

    #[test]
    fn a_number_has_one_text() {
        for (text, number) in [("0", 0), ("5", 5), ("18446744073709551615", u64::MAX)] {
            assert_eq!(whole_number(text), Some(number));
        }
        for text in [
            "",
            "+5",
            "05",
            "00",
            "-0",
            "-5",
            " 5",
            "5 ",
            "5.0",
            "5e0",
            "0x5",
            "٥",
            "18446744073709551616",
        ] {
            assert_eq!(whole_number(text), None, "{text}");
            for name in ["as_of", "limit"] {
                let fault = read(&[(name, text)]).err().unwrap();
                assert_eq!(
                    fault.to_string(),
                    format!("{name}: expected {WHOLE_NUMBER}"),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn a_fault_names_its_parameter() {
        for (sent, parameter, words) in [
            (
                vec![("color", "red")],
                "color",
                "no such parameter: `color`, expected `as_of`, `limit`, `id`, `colour`, `proof`",
            ),
            (
                vec![("id", "a"), ("id", "a")],
                "id",
                "the parameter `id` is given more than once",
            ),
            (
                vec![("colour", "blue")],
                "colour",
                "colour: expected `red`, `dark_blue`",
            ),
            (
                vec![("proof", "yes")],
                "proof",
                "proof: expected `true` or `false`",
            ),
        ] {
            let fault = read(&sent).err().unwrap();
            assert_eq!(
                (fault.parameter(), fault.to_string().as_str()),
                (Some(parameter), words)
            );
        }
        let missing = read_query::<Needed>(Vec::new()).err().unwrap();
        assert_eq!(missing.to_string(), "the parameter `first` is missing");
    }
}
