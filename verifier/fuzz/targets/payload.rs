//! Payloads of every type, without the signature that would keep most bytes out.
#![no_main]

use libfuzzer_sys::fuzz_target;
use verifier::json::{Value, parse};
use verifier::payload::{decode, decode_as_written};

fuzz_target!(|bytes: &[u8]| {
    let Ok(Value::Object(document)) = parse(bytes) else {
        return;
    };
    let Some(envelope_type) = document.get("envelope_type").and_then(Value::as_str) else {
        return;
    };
    let Some(payload) = document.get("payload").and_then(Value::as_object) else {
        return;
    };
    let _ = decode(envelope_type, payload, "/payload");
    let _ = decode_as_written(envelope_type, payload, "/payload");
});
