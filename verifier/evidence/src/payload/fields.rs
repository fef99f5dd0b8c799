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

/// Declares a type and how it is read from the members of an object. A row is a member: its name and type here, and its name
/// and form in the document. Faults are told in the order of the rows.
macro_rules! members {
    ($(#[$meta:meta])* $name:ident of $fields:ident {
        $($(#[$member_meta:meta])* $member:ident: $type:ty = $read:expr,)*
    }) => {
        $(#[$meta])*
        pub struct $name {
            $($(#[$member_meta])* pub $member: $type,)*
        }

        impl $name {
            pub(super) fn read($fields: &mut $crate::payload::fields::PayloadFields<'_, '_>) -> Result<Self, $crate::fault::Fault> {
                Ok(Self {
                    $($member: $read,)*
                })
            }
        }
    };
}
pub(super) use members;

impl<'a, 'p> PayloadFields<'a, 'p> {
    /// Reads the members of `object`, which is at `pointer`, and refuses those that `read` does not ask for.
    pub(crate) fn all<T>(
        object: &'a Object,
        pointer: &'p Pointer<'p>,
        read: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let mut fields = Self::new(object, pointer);
        let value = read(&mut fields)?;
        fields.refuse_unknown()?;
        Ok(value)
    }

    const fn new(object: &'a Object, pointer: &'p Pointer<'p>) -> Self {
        Self {
            object,
            pointer,
            known: Vec::new(),
        }
    }

    /// The same for a value, which has to be an object.
    pub(crate) fn of<T>(
        value: &'a Value,
        pointer: &'p Pointer<'p>,
        read: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        Self::all(forms::object(value, pointer)?, pointer, read)
    }

    /// The same for an object that may have other members.
    pub(crate) fn open<T>(
        value: &'a Value,
        pointer: &'p Pointer<'p>,
        read: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        read(&mut Self::new(forms::object(value, pointer)?, pointer))
    }

    /// The same for a payload of our own, which says for which log it is. Whether the origin is this log's is decided
    /// later.
    pub(crate) fn own<T>(
        object: &'a Object,
        pointer: &'p Pointer<'p>,
        read: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<(T, String), Fault> {
        Self::all(object, pointer, |fields| {
            fields.required("event_version", forms::constant("1"))?;
            let log_origin = fields.required("log_origin", forms::id)?;
            Ok((read(fields)?, log_origin))
        })
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

    /// Refuses members that were never asked for.
    fn refuse_unknown(&self) -> Result<(), Fault> {
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

/// The form of an object whose members `read` asks for.
pub(super) fn members_of<T>(
    read: impl Fn(&mut PayloadFields<'_, '_>) -> Result<T, Fault>,
) -> impl Fn(&Value, &Pointer<'_>) -> Result<T, Fault> {
    move |value, at| PayloadFields::of(value, at, &read)
}
