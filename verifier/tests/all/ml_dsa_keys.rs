//! Keys of ML-DSA-44 cosigners: what is one, what their names may be, and how they count.

use proptest::prelude::*;
use verifier::base64::{decode_standard, encode_standard};
use verifier::checkpoint::{TreeHead, checkpoint_text};
use verifier::cosignature::{CosignatureError, CosignerKey, subtree_message};
use verifier::hash::{RootHash, sha256};
use verifier::index::TreeSize;
use verifier::ml_dsa::{KEY_BYTES, MlDsaPublicKey, SIGNATURE_BYTES};
use verifier::quorum::QuorumPolicy;

use crate::ml_dsa::{blob, note, vectors, witness};

#[test]
fn names_and_origins_have_at_most_255_bytes() {
    let key = MlDsaPublicKey::from_bytes(&[5; KEY_BYTES]).unwrap();
    let longest = CosignerKey::new_ml_dsa(&"w".repeat(255), key.clone()).unwrap();
    assert_eq!(CosignerKey::parse(&longest.to_string()), Ok(longest.clone()));
    assert!(CosignerKey::new_ml_dsa(&"w".repeat(256), key.clone()).is_err());
    assert!(CosignerKey::new_ml_dsa("a b", key).is_err());
    let head = TreeHead {
        size: TreeSize::new(8),
        root: RootHash::from_bytes([1; 32]),
    };
    let text = |length| checkpoint_text(&"o".repeat(length), &head);
    // Label, two counted names, three numbers and the root.
    let expected = 12 + 2 * (1 + 255) + 3 * 8 + 32;
    assert_eq!(longest.message(&text(255), 1).unwrap().len(), expected);
    assert!(longest.message(&text(256), 1).is_err());
    for (name, origin) in [
        ("", "o"),
        ("w", ""),
        (&*"w".repeat(256), "o"),
        ("w", &"o".repeat(256)),
    ] {
        assert_eq!(subtree_message(name, 1, origin, &head), None);
    }
}

#[test]
fn a_key_or_signature_of_the_other_type_is_refused() {
    let vectors = vectors();
    let data = |vkey: &str| decode_standard(vkey.splitn(3, '+').nth(2).unwrap()).unwrap();
    let vkey = |data: Vec<u8>| {
        let [a, b, c, d, ..] = sha256(&[b"a/b\n".as_slice(), &data].concat());
        let id = u32::from_be_bytes([a, b, c, d]);
        format!("a/b+{id:08x}+{}", encode_standard(&data))
    };
    let ml_dsa = data(&vectors.witness_vkey);
    let ed25519 = data(&vectors.log_vkey);
    assert!(CosignerKey::parse(&vkey(ml_dsa.clone())).is_ok());
    for bad in [
        [&[0x04], &ml_dsa[1..]].concat(),
        [&[0x05], &ml_dsa[1..]].concat(),
        [&[0x06], &ed25519[1..]].concat(),
        ml_dsa[..KEY_BYTES].to_vec(),
        [&ml_dsa[..], &[0]].concat(),
        vec![0x06],
        ed25519,
    ] {
        let result = CosignerKey::parse(&vkey(bad));
        assert!(matches!(result, Err(CosignatureError::Key(_))), "{result:?}");
    }
    assert!(witness().line(1, &[0; 64]).is_err());
    assert_eq!(
        witness().line(vectors.time, &blob()[8..]).unwrap().to_string(),
        vectors.witness_line
    );
}

#[test]
fn a_quorum_counts_ml_dsa_witnesses_and_knows_a_key_under_every_name() {
    let vectors = vectors();
    let policy = format!(
        "log {}\nwitness w {}\nquorum w\n",
        vectors.log_vkey, vectors.witness_vkey
    );
    let policy = QuorumPolicy::parse(policy.as_bytes()).unwrap();
    let reached = |line: &str| {
        let note = note(&vectors.text, line);
        policy.is_satisfied(|key| key.verify(&note).is_ok())
    };
    assert!(reached(&vectors.witness_line));
    assert!(!reached(&vectors.log_line));
    assert!(!reached(&vectors.refused["time 0"]));
    let key = MlDsaPublicKey::from_bytes(witness().public_key()).unwrap();
    let again = CosignerKey::new_ml_dsa("witness.example/w2", key).unwrap();
    let twice = format!("witness a {}\nwitness b {again}\nquorum none\n", witness());
    assert_eq!(QuorumPolicy::parse(twice.as_bytes()).unwrap_err().line, 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_a_key_by_their_length_alone(key in prop::collection::vec(any::<u8>(), 0..2 * KEY_BYTES), signature in prop::collection::vec(any::<u8>(), 0..2 * SIGNATURE_BYTES)) {
        prop_assert_eq!(MlDsaPublicKey::from_bytes(&key).is_some(), key.len() == KEY_BYTES);
        let whole: Vec<u8> = key.iter().copied().cycle().take(KEY_BYTES).collect();
        if let Some(key) = MlDsaPublicKey::from_bytes(&whole) {
            prop_assert!(!key.verify(b"message", &signature));
            let whole: Vec<u8> = signature.iter().copied().cycle().take(SIGNATURE_BYTES).collect();
            prop_assert!(!key.verify(b"message", &whole));
        }
    }
}
