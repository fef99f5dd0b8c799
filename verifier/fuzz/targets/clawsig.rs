//! Documents of clawsig: receipts, bundles, attestations, signatures of commits and files, legacy proofs.
#![no_main]

use libfuzzer_sys::fuzz_target;
use verifier::clawsig::{ClawsigOptions, verify};

fuzz_target!(|bytes: &[u8]| {
    let _ = verify(bytes, &ClawsigOptions::default());
});
