//! A submission, from its bytes to verified evidence.
#![no_main]

use libfuzzer_sys::fuzz_target;
use verifier::document::{Document, Submission};
use verifier::evidence::Evidence;

fuzz_target!(|bytes: &[u8]| {
    let _ = Submission::parse(bytes);
    let Ok(document) = Document::parse(bytes) else {
        return;
    };
    let _ = Evidence::verify(&document, "example.com/log");
});
