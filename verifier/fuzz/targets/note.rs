//! Signed notes and what belongs to them: verifier keys, checkpoints, cosigners' keys and lines, policies of witnesses.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use verifier::checkpoint::Checkpoint;
use verifier::cosignature::CosignerKey;
use verifier::note::{UnverifiedNote, VerifierKey};
use verifier::quorum::QuorumPolicy;
use verifier_fuzz::log_key;

/// Of the cosigner in `schemas/vectors/tlog`, whose line is a seed.
static ML_DSA_KEY: LazyLock<CosignerKey> = LazyLock::new(|| {
    let vkey = include_str!("../../../schemas/vectors/tlog/mldsa-vkey.txt");
    CosignerKey::parse(vkey.trim_end()).expect("a verifier key")
});

fuzz_target!(|bytes: &[u8]| {
    let key = log_key();
    let _ = Checkpoint::open(bytes, &key);
    if let Ok(note) = UnverifiedNote::parse(bytes) {
        let _ = note.verify(&key);
        let _ = ML_DSA_KEY.verify(&note);
    }
    let _ = QuorumPolicy::parse(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(key) = VerifierKey::parse(text) {
        assert_eq!(key.to_string(), text);
    }
    if let Ok(key) = CosignerKey::parse(text) {
        assert_eq!(key.to_string(), text);
    }
});
