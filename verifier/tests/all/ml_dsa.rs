//! ML-DSA-44 cosignatures: lines that another implementation signed (`schemas/vectors/generate/ml_dsa.py`), and what
//! must not pass for one.

use std::collections::BTreeMap;

use proptest::prelude::*;
use verifier::base64::{decode_standard, encode_standard};
use verifier::cosignature::{CosignatureError, CosignatureForm, CosignerKey};
use verifier::hash::{RootHash, sha256};
use verifier::ml_dsa::SIGNATURE_BYTES;
use verifier::note::{SignatureLine, UnverifiedNote};

use crate::support::{hex, vector};
use crate::vectors_tlog::checkpoint_note;

/// `schemas/vectors/tlog/ml-dsa.json`; lines have their final newline.
#[derive(serde::Deserialize)]
pub(crate) struct MlDsaVectors {
    pub(crate) text: String,
    pub(crate) log_vkey: String,
    pub(crate) log_ml_dsa_vkey: String,
    pub(crate) witness_vkey: String,
    pub(crate) time: u64,
    witness_message_hex: String,
    pub(crate) log_ed25519_line: String,
    pub(crate) log_line: String,
    pub(crate) witness_line: String,
    pub(crate) refused: BTreeMap<String, String>,
}

pub(crate) fn vectors() -> MlDsaVectors {
    serde_json::from_str(&vector("tlog/ml-dsa.json")).unwrap()
}

pub(crate) fn witness() -> CosignerKey {
    CosignerKey::parse(&vectors().witness_vkey).unwrap()
}

pub(crate) fn note(text: &str, line: &str) -> UnverifiedNote {
    UnverifiedNote::parse(format!("{text}\n{line}").as_bytes()).unwrap()
}

/// The witness's line, with another time and signature.
fn line_of(blob: Vec<u8>) -> String {
    let line = SignatureLine {
        name: witness().name().to_owned(),
        id: witness().id(),
        signature: blob,
    };
    line.to_string()
}

/// Time and signature of the witness's line.
pub(crate) fn blob() -> Vec<u8> {
    let vectors = vectors();
    let blob = vectors.witness_line.split(' ').nth(2).unwrap();
    decode_standard(blob.trim_end()).unwrap().split_off(4)
}

fn is_bad(result: &Result<u64, CosignatureError>) -> bool {
    matches!(result, Err(CosignatureError::BadCosignature { .. }))
}

#[test]
fn lines_that_another_implementation_signed_verify() {
    let vectors = vectors();
    for (vkey, line) in [
        (&vectors.witness_vkey, &vectors.witness_line),
        (&vectors.log_ml_dsa_vkey, &vectors.log_line),
    ] {
        let key = CosignerKey::parse(vkey).unwrap();
        assert_eq!(key.to_string(), *vkey);
        assert_eq!(key.form(), CosignatureForm::MlDsa44);
        let note = note(&vectors.text, line);
        assert_eq!(
            CosignatureForm::of(&note.lines()[0]),
            Some(CosignatureForm::MlDsa44)
        );
        assert_eq!(key.verify(&note), Ok(vectors.time));
    }
}

#[test]
fn the_published_line_under_the_end_to_end_checkpoint_verifies() {
    let line = vector("tlog/mldsa-cosignature-line.txt");
    let signed = format!("{}\n{}\n", checkpoint_note().trim_end(), line.trim_end());
    let key = CosignerKey::parse(vector("tlog/mldsa-vkey.txt").trim_end()).unwrap();
    let note = UnverifiedNote::parse(signed.as_bytes()).unwrap();
    assert_eq!(note.lines().len(), 3);
    assert_eq!(key.verify(&note), Ok(1_679_315_147));
    let message = key.message(note.danger_text(), 1_679_315_147).unwrap();
    assert_eq!(
        RootHash::from_bytes(sha256(&message)).to_string(),
        "9359bc02c038c5e0744b0439f07d351f4f948221900b72fe335fc66a0cf42bb6"
    );
}

#[test]
fn the_message_is_the_one_that_another_implementation_signed() {
    let vectors = vectors();
    let message = witness().message(&vectors.text, vectors.time).unwrap();
    assert_eq!(message, hex(&vectors.witness_message_hex));
}

#[test]
fn a_signature_for_anything_else_does_not_hold() {
    let vectors = vectors();
    assert_eq!(vectors.refused.len(), 12);
    for (label, line) in &vectors.refused {
        let result = witness().verify(&note(&vectors.text, line));
        let holds = match label.as_str() {
            "time 0" | "time 2^63" => matches!(result, Err(CosignatureError::BadTime { .. })),
            _ => is_bad(&result),
        };
        assert!(holds, "{label}: {result:?}");
    }
}

#[test]
fn a_line_under_another_checkpoint_does_not_hold() {
    let vectors = vectors();
    let [origin, size, root]: [&str; 3] = vectors.text.lines().collect::<Vec<_>>().try_into().unwrap();
    let other_root = encode_standard(&[7; 32]);
    for text in [
        format!("{origin}\n9\n{root}\n"),
        format!("{origin}\n{size}\n{other_root}\n"),
        format!("example.com/log43\n{size}\n{root}\n"),
    ] {
        let result = witness().verify(&note(&text, &vectors.witness_line));
        assert!(is_bad(&result), "{text}: {result:?}");
    }
}

#[test]
fn what_the_message_does_not_cover_is_refused_with_the_reason() {
    let vectors = vectors();
    for (text, reason) in [
        (format!("{}extension\n", vectors.text), "extension lines"),
        ("a note\n".to_owned(), "fewer than three lines"),
        (
            vectors.text.replace("example.com", &"x".repeat(250)),
            "not an origin",
        ),
    ] {
        let result = witness().verify(&note(&text, &vectors.witness_line));
        let Err(CosignatureError::NotCovered { reason: found, .. }) = &result else {
            panic!("{text}: {result:?}");
        };
        assert!(found.contains(reason), "{found}");
        assert!(witness().message(&text, 1).is_err());
    }
}

#[test]
fn one_bad_line_of_a_known_key_spoils_the_good_one() {
    let vectors = vectors();
    let bad = &vectors.refused["another size"];
    for lines in [
        format!("{}{bad}", vectors.witness_line),
        format!("{bad}{}", vectors.witness_line),
    ] {
        assert!(is_bad(&witness().verify(&note(&vectors.text, &lines))));
    }
}

#[test]
fn lines_of_others_are_no_cosignature_of_the_witness() {
    let vectors = vectors();
    let renamed = vectors
        .witness_line
        .replacen("witness.example/w1", "witness.example/w2", 1);
    for line in [&vectors.log_line, &vectors.log_ed25519_line, &renamed] {
        assert_eq!(
            witness().verify(&note(&vectors.text, line)),
            Err(CosignatureError::NoCosignature {
                expected: "witness.example/w1".to_owned()
            })
        );
    }
}

#[test]
fn a_flipped_bit_anywhere_in_the_line_is_noticed() {
    let vectors = vectors();
    for position in 0..blob().len() {
        let mut changed = blob();
        changed[position] ^= 1 << (position % 8);
        let result = witness().verify(&note(&vectors.text, &line_of(changed)));
        assert!(result.is_err(), "byte {position}");
    }
}

#[test]
fn a_time_that_no_checkpoint_has_is_not_signed() {
    for time_s in [0, 1 << 63, u64::MAX] {
        let result = witness().message(&vectors().text, time_s);
        assert!(
            matches!(result, Err(CosignatureError::BadTime { .. })),
            "{time_s}"
        );
    }
    assert!(witness().message(&vectors().text, (1 << 63) - 1).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_line_of_any_length_is_refused(bytes in prop::collection::vec(any::<u8>(), 1..2 * SIGNATURE_BYTES)) {
        let found = note(&vectors().text, &line_of(bytes));
        prop_assert!(witness().verify(&found).is_err());
    }

    #[test]
    fn a_line_that_was_cut_or_grew_is_refused(cut in 1..2427_usize, more in prop::collection::vec(any::<u8>(), 1..99)) {
        let shorter = blob()[..cut].to_vec();
        let longer = [blob(), more].concat();
        for bytes in [shorter, longer] {
            prop_assert!(is_bad(&witness().verify(&note(&vectors().text, &line_of(bytes)))));
        }
    }
}
