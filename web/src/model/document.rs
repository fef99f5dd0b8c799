//! A signed document as text, with what the signature covers told apart from what it does not.

use verifier::document::Document;
use verifier::envelope::{EnvelopeRule, VerifiedEnvelope};
use verifier::json::{self, Object, Value};
use verifier::text::misplaced::hex_in_base64url;
use verifier::text::shown;

use super::KnownRecord;
use crate::text::counted;

/// Bytes of HTML for the signed part, after escaping: a page stays below 500 KiB, whatever the evidence.
const SIGNED_BYTES_MAX: usize = 200 << 10;
/// The same for the unsigned part.
const UNSIGNED_BYTES_MAX: usize = 48 << 10;
/// Bytes that the longest escape of one character takes (`&#34;`).
const ESCAPE_BYTES: usize = 5;

/// Evidence, ready to be shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct DocumentView {
    pub(crate) envelope_type: String,
    /// How it was signed.
    pub(crate) rule: &'static str,
    pub(crate) signed: JsonText,
    pub(crate) unsigned: Option<JsonText>,
    pub(crate) size: String,
}

/// A piece of JSON text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct JsonText {
    pub(crate) text: String,
    /// Whether something at its end is left out.
    pub(crate) cut: bool,
}

impl DocumentView {
    /// The document of an entry; `None` where none is kept.
    pub(crate) fn of(known: &KnownRecord) -> Option<Self> {
        let document = known.document.as_ref()?;
        let size = u64::try_from(document.raw().len()).unwrap_or(u64::MAX);
        let size = counted(size, "byte", "bytes");
        let Some(evidence) = &known.evidence else {
            let refused = known.refused.as_ref();
            let envelope_type = refused.map_or("unknown", |refused| &refused.envelope_type);
            return Some(Self {
                envelope_type: envelope_type.to_owned(),
                rule: if refused.is_some() {
                    "Its signature is valid, but the log refused its content, so it does not count."
                } else {
                    "This version cannot check how it was signed. Treat all of it as unsigned."
                },
                signed: JsonText {
                    text: String::new(),
                    cut: false,
                },
                unsigned: Some(JsonText::new(document.value(), SIGNED_BYTES_MAX)),
                size,
            });
        };
        let envelope = evidence.envelope();
        let (signed, unsigned) = split(document, envelope);
        Some(Self {
            envelope_type: envelope.envelope_type().to_owned(),
            rule: rule_text(envelope.rule()),
            signed: JsonText::new(&signed, SIGNED_BYTES_MAX),
            unsigned: unsigned.map(|value| JsonText::new(&value, UNSIGNED_BYTES_MAX)),
            size,
        })
    }
}

impl DocumentView {
    /// Whether part of it is left out.
    pub(crate) fn is_cut(&self) -> bool {
        self.signed.cut || self.unsigned.as_ref().is_some_and(|part| part.cut)
    }
}

fn rule_text(rule: EnvelopeRule) -> &'static str {
    match rule {
        EnvelopeRule::ClawsigJs => {
            "The signature covers payload_hash_b64u, the hash of the payload as received. Header members are not signed."
        }
        EnvelopeRule::ClawsigJcs => {
            "The signature covers payload_hash_b64u, the hash of the canonical payload. Header members are not signed."
        }
        EnvelopeRule::ExportBundle => {
            "The signature covers bundle_hash_b64u, the hash of the canonical document."
        }
        EnvelopeRule::Own => "The signature covers every member except itself.",
    }
}

/// What is signed, and what is not.
fn split(document: &Document, envelope: &VerifiedEnvelope) -> (Value, Option<Value>) {
    let whole = document.value();
    let Some(members) = whole.as_object() else {
        return (whole.clone(), None);
    };
    match envelope.rule() {
        EnvelopeRule::Own => {
            let signature = only(members, |name| name == "signature_b64u");
            (Value::Object(members.without("signature_b64u")), signature)
        }
        EnvelopeRule::ExportBundle => {
            let signed = only(members, |name| name != "signature_b64u").unwrap_or(Value::Null);
            (signed, only(members, |name| name == "signature_b64u"))
        }
        EnvelopeRule::ClawsigJs | EnvelopeRule::ClawsigJcs => {
            let payload = envelope.payload();
            let signed = vec![
                (
                    "payload_hash_b64u".to_owned(),
                    Value::String(envelope.payload_hash().to_string()),
                ),
                ("payload".to_owned(), Value::Object(payload.clone())),
            ];
            let signed = Object::from_members(signed).map_or(Value::Null, Value::Object);
            let mut header = only(members, |name| !matches!(name, "payload" | "payload_hash_b64u"));
            let attached = members
                .get("payload")
                .and_then(Value::as_object)
                .filter(|received| *received != payload)
                .and_then(|received| received.get("metadata")?.as_object()?.get("log_inclusion_proof"));
            if let (Some(Value::Object(object)), Some(proof)) = (&header, attached) {
                let mut all = object.members().to_vec();
                all.push(("payload.metadata.log_inclusion_proof".to_owned(), proof.clone()));
                header = Object::from_members(all).ok().map(Value::Object);
            }
            (signed, header)
        }
    }
}

fn only(object: &Object, wanted: impl Fn(&str) -> bool) -> Option<Value> {
    let members: Vec<(String, Value)> = object
        .members()
        .iter()
        .filter(|(name, _)| wanted(name))
        .cloned()
        .collect();
    if members.is_empty() {
        return None;
    }
    Object::from_members(members).ok().map(Value::Object)
}

/// Where a document has 64 hex digits in a member that holds base64url.
pub(crate) fn misplaced(document: &Value) -> Vec<String> {
    let warnings = hex_in_base64url(document).into_iter();
    warnings.map(|warning| warning.pointer).collect()
}

impl JsonText {
    /// Two spaces a level, members in document order, what nobody sees as `\u` escapes, cut where it would take more than `bytes_max` of
    /// escaped HTML.
    pub(crate) fn new(value: &Value, bytes_max: usize) -> Self {
        let mut writer = Writer {
            text: String::new(),
            left: bytes_max,
            cut: false,
        };
        writer.value(value, 0);
        Self {
            text: writer.text,
            cut: writer.cut,
        }
    }
}

struct Writer {
    text: String,
    left: usize,
    cut: bool,
}

impl Writer {
    /// The parser bounds the nesting, and with it this recursion, to 64.
    fn value(&mut self, value: &Value, depth: usize) {
        if self.cut {
            return;
        }
        match value {
            Value::Object(object) if !object.members().is_empty() => {
                self.push("{");
                for (at, (name, member)) in object.members().iter().enumerate() {
                    self.line(at, depth + 1);
                    self.push(&shown::json(&json::to_jcs(&Value::String(name.clone()))));
                    self.push(": ");
                    self.value(member, depth + 1);
                }
                self.end(depth, "}");
            }
            Value::Array(items) if !items.is_empty() => {
                self.push("[");
                for (at, item) in items.iter().enumerate() {
                    self.line(at, depth + 1);
                    self.value(item, depth + 1);
                }
                self.end(depth, "]");
            }
            scalar_or_empty => self.push(&shown::json(&json::to_jcs(scalar_or_empty))),
        }
    }

    fn line(&mut self, at: usize, depth: usize) {
        if at > 0 {
            self.push(",");
        }
        self.push("\n");
        self.push(&"  ".repeat(depth));
    }

    fn end(&mut self, depth: usize, bracket: &str) {
        self.push("\n");
        self.push(&"  ".repeat(depth));
        self.push(bracket);
    }

    fn push(&mut self, text: &str) {
        for character in text.chars() {
            let cost = match character {
                '"' | '\'' | '&' | '<' | '>' => ESCAPE_BYTES,
                other => other.len_utf8(),
            };
            if self.cut || cost > self.left {
                self.cut = true;
                return;
            }
            self.left -= cost;
            self.text.push(character);
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn text_keeps_the_order_of_members() {
        let value = json::parse(br#"{"b":[1,{"x":"<"}],"a":{},"c":[]}"#).unwrap();
        let part = JsonText::new(&value, 1_000);
        let expected =
            "{\n  \"b\": [\n    1,\n    {\n      \"x\": \"<\"\n    }\n  ],\n  \"a\": {},\n  \"c\": []\n}";
        assert_eq!(part.text, expected);
        assert!(!part.cut);
    }

    #[test]
    fn text_is_cut_by_what_it_takes_after_escaping() {
        let value = json::parse(format!("[\"{}\"]", "<".repeat(100)).as_bytes()).unwrap();
        let part = JsonText::new(&value, 100);
        assert!(part.cut);
        assert!(part.text.len() < 25);
    }
}
