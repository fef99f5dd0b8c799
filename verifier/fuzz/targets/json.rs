//! Strict JSON: what is read has one canonical form, which is read as the same value.
#![no_main]

use libfuzzer_sys::fuzz_target;
use verifier::json::{hash_js, parse, to_jcs, to_js_string};

fuzz_target!(|bytes: &[u8]| {
    let Ok(value) = parse(bytes) else { return };
    let canonical = to_jcs(&value);
    let again = parse(canonical.as_bytes()).expect("a canonical form is taken");
    assert_eq!(to_jcs(&again), canonical);
    let script = to_js_string(&value);
    let again = parse(script.as_bytes()).expect("what JSON.stringify writes is taken");
    assert_eq!(hash_js(&again), hash_js(&value));
});
