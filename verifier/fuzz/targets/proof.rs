//! Proofs of one entry: what is read is written as the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use verifier::check::{ProofFiles, check_proof};
use verifier::proof::TlogProof;
use verifier_fuzz::log_key;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(proof) = TlogProof::parse(bytes) {
        assert_eq!(proof.to_string().as_bytes(), bytes);
    }
    let files = ProofFiles {
        proof: bytes,
        evidence: None,
        entry: None,
        genesis: None,
    };
    let _ = check_proof(&files, &log_key());
});
