//! JSON of other formats, by its members.

use crate::detect::taken_for;
use crate::json::{Object, Value};

use super::NOT_VERIFIED;

/// What a JSON value is in another format's words; `None` where nobody can say.
pub fn of_value(value: &Value) -> Option<&'static str> {
    let object = value.as_object()?;
    let has = |name: &str| object.get(name).is_some();
    let text = |name: &str| object.text_or_empty(name);
    if text("mediaType").starts_with("application/vnd.dev.sigstore.bundle") {
        return Some("a Sigstore bundle");
    }
    if has("payloadType") && has("payload") && has("signatures") {
        return Some(if text("payloadType").contains("in-toto") {
            "a DSSE envelope with an in-toto statement"
        } else {
            "a DSSE envelope"
        });
    }
    if text("_type").starts_with("https://in-toto.io/") {
        return Some("an in-toto statement without its envelope");
    }
    if has("payload") && (has("signatures") || (has("signature") && (has("protected") || has("header")))) {
        return Some("a JWS in its JSON form");
    }
    if has("requestHash") && has("responseHash") {
        return Some(
            "a legacy receipt of clawproxy, which no envelope signs: send the receipt envelope that came with it",
        );
    }
    if has("signed") && has("signatures") {
        return Some("metadata of TUF");
    }
    if has("@context") && (has("proof") || has("credentialSubject") || has("verifiableCredential")) {
        return Some("a W3C verifiable credential");
    }
    if has("bomFormat") || has("spdxVersion") {
        return Some("a bill of materials");
    }
    if has("urm_version") {
        return Some("a run manifest, which is given together with the bundle that refers to it");
    }
    is_models_answer(object).then_some("a model's answer")
}

fn is_models_answer(object: &Object) -> bool {
    let has = |name: &str| object.get(name).is_some();
    has("choices") || (has("usage") && (has("content") || has("output")))
}

/// What a document is that has no envelope, for the one who sent it to the log; `None` where nobody can say.
pub(crate) fn no_envelope(value: &Value) -> Option<String> {
    taken_for(value).or_else(|| of_value(value).map(|what| format!("{what}: {NOT_VERIFIED}")))
}
