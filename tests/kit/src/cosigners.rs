//! Who cosigns checkpoints: witnesses of both types, and the log with its second key.

use ml_dsa::{Keypair as _, MlDsa44, Signer as _, SigningKey};
use verifier::cosignature::{CosignatureForm, CosignerKey};
use verifier::ml_dsa::MlDsaPublicKey;
use verifier::note::{SignatureLine, UnverifiedNote};

use crate::key::{Key, Signer as _};
use crate::log::log_key;

/// From this seed on cosigners have ML-DSA-44 keys, below it Ed25519.
pub const FIRST_ML_DSA: u8 = 128;
/// The log with its own ML-DSA-44 key.
pub const LOG_ITSELF: u8 = 255;

/// The cosigner of a seed.
pub fn cosigner(seed: u8) -> CosignerKey {
    let name = match seed {
        LOG_ITSELF => log_key().name().to_owned(),
        _ => format!("witness.example/w{seed}"),
    };
    if seed < FIRST_ML_DSA {
        return CosignerKey::new(&name, Key::new(seed).public()).unwrap();
    }
    let public = ml_dsa_key(seed).verifying_key().encode();
    CosignerKey::new_ml_dsa(&name, MlDsaPublicKey::from_bytes(&public).unwrap()).unwrap()
}

/// The line of the cosigner of a seed under a checkpoint's text.
pub fn cosignature(seed: u8, text: &str, time_s: u64) -> SignatureLine {
    let key = cosigner(seed);
    let message = key.message(text, time_s).unwrap();
    let signature = match key.form() {
        CosignatureForm::Ed25519 => Key::new(seed).signature(&message).to_vec(),
        CosignatureForm::MlDsa44 => ml_dsa_key(seed).sign(&message).encode().to_vec(),
    };
    key.line(time_s, &signature).unwrap()
}

/// A note with a line for each seed, at second 1,700,000,000.
pub fn cosigned(note: &str, seeds: &[u8]) -> (String, Vec<CosignerKey>) {
    let parsed = UnverifiedNote::parse(note.as_bytes()).unwrap();
    let lines: String = seeds
        .iter()
        .map(|seed| cosignature(*seed, parsed.danger_text(), 1_700_000_000).to_string())
        .collect();
    let keys = seeds.iter().map(|seed| cosigner(*seed)).collect();
    (format!("{note}{lines}"), keys)
}

fn ml_dsa_key(seed: u8) -> SigningKey<MlDsa44> {
    SigningKey::from_seed(&[seed; 32].into())
}
