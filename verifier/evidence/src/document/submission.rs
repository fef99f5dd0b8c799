//! A submission: a document as it is, or in a wrapper with what the submitter says about it.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{Document, ReceivedDocument};
use crate::code::Code;
use crate::context::Context;
use crate::fault::{Fault, pointer_to, shorten};
use crate::foreign::begins_as_pack;
use crate::foreign::{self, NOT_VERIFIED};
use crate::json::{self, DOCUMENT_BYTES_MAX};

/// Largest wrapper `{"evidence": …, "context": …}`: a document, and 16 KiB for the text around it. A context has five
/// members of at most 256 bytes, of which each byte may be a six-byte escape.
pub const SUBMISSION_BYTES_MAX: usize = DOCUMENT_BYTES_MAX + 16 * 1024;

/// A submission: the document, or a wrapper with exactly `evidence` and optionally `context`.
#[derive(Clone, PartialEq, Debug)]
pub struct Submission {
    /// The submitted document.
    pub document: Document,
    /// What the submitter says about it.
    pub context: Option<Context>,
}

impl Submission {
    /// Reads a body. The raw bytes of a wrapped document are the byte slice of the member
    /// `evidence`. Pointers lead into the document; those of the wrapper's own faults into the
    /// wrapper, which no document has the members of.
    ///
    /// # Errors
    /// `BODY_TOO_LARGE`; `DUPLICATE_KEY` or `SCHEMA_INVALID` where a wrapper has a member twice, one of its own
    /// invention or no evidence; and the codes of [`Document::parse`] and [`Context::from_json`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        match Self::receive(bytes)? {
            (ReceivedDocument::Clean(document), context) => Ok(Self { document, context }),
            (ReceivedDocument::Leaking(leaking), _) => Err(leaking.into_fault()),
        }
    }

    /// As [`parse`](Self::parse), but keeps a document with a token in it apart, so that its signer can be found.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), without `TOKEN_LEAKED` for the document. `MALFORMED_JSON` names the kind of
    /// file where the bytes are of one that is known.
    pub fn receive(bytes: &[u8]) -> Result<(ReceivedDocument, Option<Context>), Fault> {
        Self::read(bytes).map_err(|fault| match foreign_form(bytes) {
            Some(found) if fault.code == Code::MalformedJson => Fault { found, ..fault },
            _ => fault,
        })
    }

    fn read(bytes: &[u8]) -> Result<(ReceivedDocument, Option<Context>), Fault> {
        if bytes.len() > SUBMISSION_BYTES_MAX {
            let expected = format!("at most {SUBMISSION_BYTES_MAX} bytes");
            return Err(Fault::new(
                Code::BodyTooLarge,
                "",
                expected,
                format!("{} bytes", bytes.len()),
            ));
        }
        if let Some(wrapper) = read_wrapper(bytes)? {
            return wrapper.open();
        }
        let received = Document::receive(bytes)?;
        if let ReceivedDocument::Clean(document) = &received {
            refuse_late_wrapper(document)?;
        }
        Ok((received, None))
    }
}

/// What bytes that are no JSON are instead, where their form tells.
fn foreign_form(bytes: &[u8]) -> Option<String> {
    if begins_as_pack(bytes) {
        return Some("a pack, which is checked with the log's key and logged nowhere".to_owned());
    }
    foreign::of_bytes(bytes).map(|what| format!("{what}: {NOT_VERIFIED}"))
}

/// A wrapper that begins with a member of its own invention was read as a document; no document
/// has a member `evidence`, so the author's intent is plain.
fn refuse_late_wrapper(document: &Document) -> Result<(), Fault> {
    let Some(object) = document
        .value()
        .as_object()
        .filter(|object| object.get("evidence").is_some())
    else {
        return Ok(());
    };
    let surplus = object
        .members()
        .iter()
        .find(|(name, _)| name != "evidence" && name != "context");
    surplus.map_or(Ok(()), |(name, _)| Err(surplus_member(name)))
}

fn surplus_member(name: &str) -> Fault {
    Fault::new(
        Code::SchemaInvalid,
        pointer_to("", name),
        "a wrapper of `evidence` and `context`",
        shorten(name),
    )
}

/// The two members of a wrapper as they are written in the body.
#[derive(Default)]
struct Wrapper<'a> {
    evidence: Option<&'a RawValue>,
    context: Option<&'a RawValue>,
}

impl Wrapper<'_> {
    fn open(self) -> Result<(ReceivedDocument, Option<Context>), Fault> {
        let evidence = self
            .evidence
            .ok_or_else(|| Fault::new(Code::SchemaInvalid, "/evidence", "the signed document", "nothing"))?;
        let context = self.context.map(|context| {
            let value = json::parse(context.get().as_bytes()).map_err(|fault| Fault {
                pointer: format!("/context{}", fault.pointer),
                ..fault
            })?;
            Context::from_json(&value, "/context")
        });
        let context = context.transpose()?;
        Ok((Document::receive(evidence.get().as_bytes())?, context))
    }
}

/// Reads a wrapper, which its first member tells from a document: no envelope has a member
/// `evidence` or `context`. `None` where the bytes are to be read as a document, which also names
/// what is wrong with bytes that are neither.
fn read_wrapper(bytes: &[u8]) -> Result<Option<Wrapper<'_>>, Fault> {
    let mut reader = WrapperReader {
        is_wrapper: false,
        fault: None,
    };
    let mut deserializer = serde_json::Deserializer::from_str(json::utf8(bytes)?);
    let result = deserializer
        .deserialize_map(&mut reader)
        .and_then(|wrapper| deserializer.end().map(|()| wrapper));
    match result {
        Ok(wrapper) => Ok(Some(wrapper)),
        Err(_) if !reader.is_wrapper => Ok(None),
        Err(error) => Err(reader.fault.unwrap_or_else(|| json::syntax_fault(&error, ""))),
    }
}

struct WrapperReader {
    is_wrapper: bool,
    fault: Option<Fault>,
}

impl WrapperReader {
    fn stop<E: serde::de::Error>(&mut self, fault: Fault) -> E {
        self.fault = Some(fault);
        E::custom("refused")
    }
}

impl<'de> Visitor<'de> for &mut WrapperReader {
    type Value = Wrapper<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut wrapper = Wrapper::default();
        while let Some(name) = members.next_key::<String>()? {
            let member = match name.as_str() {
                "evidence" => &mut wrapper.evidence,
                "context" => &mut wrapper.context,
                _ => return Err(self.stop(surplus_member(&name))),
            };
            self.is_wrapper = true;
            if member.is_some() {
                let pointer = pointer_to("", &name);
                return Err(self.stop(Fault::new(Code::DuplicateKey, pointer, "each name once", name)));
            }
            // The slice of the body: a document is kept byte for byte.
            *member = Some(members.next_value()?);
        }
        Ok(wrapper)
    }
}
