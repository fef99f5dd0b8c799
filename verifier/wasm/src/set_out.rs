//! A document as a page sets it out: in pieces, what the signature covers and what it does not.

use std::collections::BTreeMap;
use verifier::json::{self, Object, Value};

/// Where a page puts this member of a receipt, which stands in the payload and is not signed.
const MOVED: &str = "payload.metadata.log_inclusion_proof";

/// Whether the pieces together have the members of the document, each once, and no other, by their canonical
/// text. Which of them the signature covers is not looked at.
pub(crate) fn sets_out(pieces: &[String], document: &str) -> bool {
    let Ok(document) = json::parse(document.as_bytes()) else {
        return false;
    };
    let Some(document) = document.as_object() else {
        return false;
    };
    let parsed: Vec<Value> = pieces
        .iter()
        .filter_map(|piece| json::parse(piece.as_bytes()).ok())
        .collect();
    let mut shown = BTreeMap::new();
    for (name, value) in parsed
        .iter()
        .filter_map(Value::as_object)
        .flat_map(Object::members)
    {
        if shown.insert(name.as_str(), json::to_jcs(value)).is_some() {
            return false;
        }
    }
    let moved = shown.remove(MOVED);
    let payload = moved.as_ref().and_then(|moved| without_moved(document, moved));
    let expected: BTreeMap<&str, String> = document
        .members()
        .iter()
        .map(|(name, value)| match &payload {
            Some(payload) if name == "payload" => (name.as_str(), json::to_jcs(payload)),
            _ => (name.as_str(), json::to_jcs(value)),
        })
        .collect();
    parsed.len() == pieces.len() && moved.is_some() == payload.is_some() && shown == expected
}

/// The payload as it was signed, if `moved` is the log proof that was received in addition.
fn without_moved(document: &Object, moved: &str) -> Option<Value> {
    let payload = document.object("payload")?;
    let metadata = payload.object("metadata")?;
    if json::to_jcs(metadata.get("log_inclusion_proof")?) != moved {
        return None;
    }
    let signed = Value::Object(metadata.without("log_inclusion_proof"));
    let members = payload.members().iter().map(|(name, value)| {
        let value = if name == "metadata" { &signed } else { value };
        (name.clone(), value.clone())
    });
    Object::from_members(members.collect()).ok().map(Value::Object)
}
