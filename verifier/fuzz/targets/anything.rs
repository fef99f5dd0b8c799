//! Any bytes, brought to what names files, reads outputs of hosts and compares checkpoints. Packs, proofs and documents have
//! targets of their own.
#![no_main]

use libfuzzer_sys::fuzz_target;
use verifier::check::{FilePurpose, check_consistency, something_else};
use verifier::foreign::{documents_inside, of_bytes, of_value};
use verifier::json::parse;
use verifier::openclaw;
use verifier_fuzz::log_key;

fuzz_target!(|bytes: &[u8]| {
    for wanted in [FilePurpose::Evidence, FilePurpose::Proof, FilePurpose::Pack] {
        let _ = something_else(wanted, bytes);
    }
    let _ = of_bytes(bytes);
    let _ = (openclaw::settings(bytes), openclaw::audit(bytes));
    let third = bytes.len() / 3;
    let (old, rest) = bytes.split_at(third);
    let (new, proof) = rest.split_at(third);
    let _ = check_consistency(old, new, proof, &log_key());
    if let Ok(value) = parse(bytes) {
        let _ = (of_value(&value), documents_inside(&value));
    }
});
