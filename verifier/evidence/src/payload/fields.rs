//! The members of one JSON object, read by name, with nothing left over.

use crate::fault::Fault;
use crate::json::{Object, Value};

use super::forms;

use crate::json::pointer::Pointer;

/// A reader over an object that remembers which members were asked for.
pub(crate) struct PayloadFields<'a, 'p> {
    object: &'a Object,
    pointer: &'p Pointer<'p>,
    /// At most as many as a payload has members, so a linear search is the fastest.
    known: Vec<&'static str>,
}

impl<'a, 'p> PayloadFields<'a, 'p> {
    /// Reads the members of `object`, which is at `pointer`.
    pub(crate) const fn new(object: &'a Object, pointer: &'p Pointer<'p>) -> Self {
        Self {
            object,
            pointer,
            known: Vec::new(),
        }
    }

    /// Reads the members of a value, which has to be an object.
    pub(crate) fn of(value: &'a Value, pointer: &'p Pointer<'p>) -> Result<Self, Fault> {
        Ok(Self::new(forms::object(value, pointer)?, pointer))
    }

    /// A member that must be there.
    pub(crate) fn required<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'a Value, &Pointer<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.optional(name, read)?
            .ok_or_else(|| self.pointer.member(name).invalid("this member", "nothing"))
    }

    /// A member that may be missing. A member that is `null` is there.
    pub(crate) fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'a Value, &Pointer<'_>) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        self.known.push(name);
        self.object
            .get(name)
            .map(|value| read(value, &self.pointer.member(name)))
            .transpose()
    }

    /// Reads what every payload of our own has, `event_version` and `log_origin`. Whether the origin is this log's is
    /// decided later.
    pub(crate) fn header(&mut self) -> Result<String, Fault> {
        self.required("event_version", forms::constant("1"))?;
        self.required("log_origin", forms::id)
    }

    /// The same for the one payload that may leave the origin out: a token issuer signs before it knows which log takes
    /// the issuance.
    pub(crate) fn header_with_optional_origin(&mut self) -> Result<Option<String>, Fault> {
        self.required("event_version", forms::constant("1"))?;
        self.optional("log_origin", forms::id)
    }

    /// Refuses members that were never asked for.
    pub(crate) fn finish(self) -> Result<(), Fault> {
        let unknown = self
            .object
            .members()
            .iter()
            .find(|(name, _)| !self.known.contains(&name.as_str()));
        match unknown {
            Some((name, _)) => Err(self
                .pointer
                .member(name)
                .invalid("no such member", "an unknown member")),
            None => Ok(()),
        }
    }
}
