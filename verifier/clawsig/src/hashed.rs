//! The text under a hash that does not hold, for the developer who has to find the difference.

use serde_json::{Value as Json, json};

use evidence::compact_jws::contains_compact_jws;
use evidence::envelope;
use evidence::json::{Object, Value, jcs_of_object, js_of_object};
use tlog::base64::encode_url;
use tlog::hash::sha256;

use super::{bundle, export};

/// Bytes of the text that are shown; what follows is cut.
const SHOWN_BYTES_MAX: usize = 16 * 1024;

/// A hash that a document states, and the text that it has to be of.
pub(super) struct Hashed {
    /// JSON pointer to the stated hash.
    pub(super) pointer: String,
    pub(super) rule: &'static str,
    pub(super) stated: String,
    pub(super) text: String,
}

pub(super) const JS_ORDER: &str = "js_order: SHA-256 of JSON.stringify, members in the order of the document";
pub(super) const JCS: &str = "jcs: SHA-256 of the canonical form of RFC 8785, members sorted";

/// The first stated hash of a document that is not the hash of its text: the envelope's own, or that of an event of
/// a bundle's chain. `None` where all of these hold, or the text holds a token.
pub(super) fn mismatch(document: &Value) -> Option<Json> {
    let object = document.as_object()?;
    let own = match export::hashed(object) {
        Some(hashed) => Some(hashed),
        None => of_envelope(object),
    };
    let events = object.object("payload");
    let mut all = own
        .into_iter()
        .chain(events.into_iter().flat_map(bundle::hashed_events));
    let (hashed, computed) = all.find_map(|hashed| {
        let computed = encode_url(&sha256(hashed.text.as_bytes()));
        (computed != hashed.stated).then_some((hashed, computed))
    })?;
    if contains_compact_jws(&hashed.text) {
        return None;
    }
    let shown = beginning(&hashed.text);
    Some(json!({
        "pointer": hashed.pointer,
        "rule": hashed.rule,
        "stated": evidence::fault::shorten(&hashed.stated),
        "computed": computed,
        "text": shown,
        "text_bytes": hashed.text.len(),
        "cut": shown.len() < hashed.text.len(),
    }))
}

fn of_envelope(object: &Object) -> Option<Hashed> {
    let payload = object.object("payload")?;
    let stated = object.text("payload_hash_b64u")?.to_owned();
    let envelope_type = object.text_or_empty("envelope_type");
    let (rule, text) = if envelope::hashes_canonical_form(envelope_type) {
        (JCS, jcs_of_object(payload))
    } else {
        (JS_ORDER, js_of_object(payload))
    };
    Some(Hashed {
        pointer: "/payload_hash_b64u".to_owned(),
        rule,
        stated,
        text,
    })
}

/// As many whole characters as are shown.
fn beginning(text: &str) -> &str {
    let ends = (0..=SHOWN_BYTES_MAX.min(text.len())).rev();
    ends.into_iter()
        .find_map(|end| text.get(..end))
        .unwrap_or_default()
}
