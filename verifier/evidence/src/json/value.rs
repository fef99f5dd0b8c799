//! A JSON value that keeps the order of its members.

use super::INTEGER_MAX;

/// A JSON value in document order.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A finite double; -0 is kept.
    Number(f64),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Value>),
    /// An object.
    Object(Object),
}

/// Members in document order, names unique.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Object {
    members: Vec<(String, Value)>,
}

impl Object {
    /// Takes members as they are.
    ///
    /// # Errors
    /// A name that occurs twice.
    pub fn from_members(members: Vec<(String, Value)>) -> Result<Self, String> {
        match repeated_name(&members) {
            Some(name) => Err(name.to_owned()),
            None => Ok(Self { members }),
        }
    }

    /// The member, if present. Linear in the number of members: objects that are read by name
    /// are small, and large ones are walked.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members
            .iter()
            .find(|(member, _)| member == name)
            .map(|(_, value)| value)
    }

    /// The text of a member; `None` where there is no such member, or it is no text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// The same; empty where there is none.
    pub fn text_or_empty(&self, name: &str) -> &str {
        self.text(name).unwrap_or_default()
    }

    /// The object that a member is; `None` where there is no such member, or it is no object.
    pub fn object(&self, name: &str) -> Option<&Self> {
        self.get(name)?.as_object()
    }

    /// The items of the array that a member is; empty where there is no such member, or it is no array.
    pub fn items(&self, name: &str) -> &[Value] {
        self.get(name).and_then(Value::as_array).unwrap_or_default()
    }

    /// Members in document order.
    pub fn members(&self) -> &[(String, Value)] {
        &self.members
    }

    /// A copy without one member.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        let members = self
            .members
            .iter()
            .filter(|(member, _)| member != name)
            .cloned()
            .collect();
        Self { members }
    }

    /// A copy with the value of one member replaced in its place; no new member is made.
    #[must_use]
    pub fn with(&self, name: &str, replacement: &Value) -> Self {
        let members = self
            .members
            .iter()
            .map(|(member, value)| {
                let value = if member == name { replacement } else { value };
                (member.clone(), value.clone())
            })
            .collect();
        Self { members }
    }
}

/// Below this many members, comparing each with each is faster than sorting.
const SMALL_OBJECT_MEMBERS: usize = 12;

/// The first name found that occurs twice. Sorting, not hashing, bounds the work on hostile names.
fn repeated_name(members: &[(String, Value)]) -> Option<&str> {
    if members.len() <= SMALL_OBJECT_MEMBERS {
        return members.iter().enumerate().find_map(|(index, (name, _))| {
            members
                .iter()
                .take(index)
                .any(|(earlier, _)| earlier == name)
                .then_some(name.as_str())
        });
    }
    let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names
        .iter()
        .zip(names.iter().skip(1))
        .find_map(|(one, next)| (one == next).then_some(*one))
}

impl Value {
    /// The object, if it is one.
    pub fn as_object(&self) -> Option<&Object> {
        if let Self::Object(object) = self {
            Some(object)
        } else {
            None
        }
    }

    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self {
            Some(text)
        } else {
            None
        }
    }

    /// The array, if it is one.
    pub fn as_array(&self) -> Option<&[Value]> {
        if let Self::Array(items) = self {
            Some(items)
        } else {
            None
        }
    }

    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self {
            Some(*value)
        } else {
            None
        }
    }

    /// The double, if it is a number.
    pub fn as_f64(&self) -> Option<f64> {
        if let Self::Number(number) = self {
            Some(*number)
        } else {
            None
        }
    }

    /// A non-negative integer up to 2^53 − 1, if it is one (`1.0` and `1e0` are).
    pub fn as_u64(&self) -> Option<u64> {
        super::number::integer(self.as_f64()?).filter(|&integer| integer <= INTEGER_MAX)
    }

    /// The number of an integer; beyond 2^53 − 1 the nearest double.
    #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "says so")]
    pub fn from_integer(integer: u64) -> Self {
        Self::Number(integer as f64)
    }

    /// What kind of value it is, for faults.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}
