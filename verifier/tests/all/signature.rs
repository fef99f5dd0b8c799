//! One rule of verification (`schemas/signing.md`): what `verify_strict` of ed25519-dalek says, which decompresses `R` for it.

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::{EdwardsPoint, Scalar};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha512};
use verifier::signature::{PublicKey, SignatureClaim, remember_signatures, verify_each};

/// Keys, and messages under each.
const KEYS: u64 = 40;
const MESSAGES: u64 = 12;

/// The order of the group, little-endian (RFC 8032 §5.1).
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// What all say of a signature, alone and between others; they must say the same.
fn verdict(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    let sound = PublicKey::from_bytes(key);
    let said = sound.is_some_and(|key| key.verify(message, signature));
    if let Some(key) = sound {
        let claim = SignatureClaim {
            key,
            message,
            signature,
        };
        let neighbour = SigningKey::from_bytes(&[9; 32]);
        let good = neighbour.sign(b"neighbour").to_bytes();
        let neighbour = SignatureClaim {
            key: PublicKey::from_bytes(&neighbour.verifying_key().to_bytes()).unwrap(),
            message: b"neighbour",
            signature: &good,
        };
        let bad = SignatureClaim {
            message: b"another message",
            ..neighbour
        };
        assert_eq!(
            verify_each(&[neighbour, claim, bad, claim]),
            [true, said, false, said]
        );
    }
    let strict = VerifyingKey::from_bytes(key).is_ok_and(|key| {
        key.verify_strict(message, &Signature::from_bytes(signature))
            .is_ok()
    });
    assert_eq!(
        said, strict,
        "key {key:02x?}, message {message:02x?}, signature {signature:02x?}"
    );
    said
}

fn scalar(purpose: &str, number: u64) -> Scalar {
    let digest = Sha512::new()
        .chain_update(purpose)
        .chain_update(number.to_be_bytes())
        .finalize();
    Scalar::from_bytes_mod_order_wide(&digest.into())
}

/// `k` of RFC 8032 §5.1.7.
fn challenge(r: &EdwardsPoint, key: &EdwardsPoint, message: &[u8]) -> Scalar {
    let digest = Sha512::new()
        .chain_update(r.compress().as_bytes())
        .chain_update(key.compress().as_bytes())
        .chain_update(message)
        .finalize();
    Scalar::from_bytes_mod_order_wide(&digest.into())
}

fn signature(r: &EdwardsPoint, s: &Scalar) -> [u8; 64] {
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(r.compress().as_bytes());
    bytes[32..].copy_from_slice(&s.to_bytes());
    bytes
}

#[test]
fn a_signature_holds_and_with_any_bit_changed_it_does_not() {
    for number in 0..KEYS / 8 {
        let signer = SigningKey::from_bytes(&scalar("seed", number).to_bytes());
        let key = signer.verifying_key().to_bytes();
        for message in 0..MESSAGES {
            let message = message.to_be_bytes();
            let good = signer.sign(&message).to_bytes();
            assert!(verdict(&key, &message, &good));
            for bit in 0..512 {
                let mut changed = good;
                changed[bit / 8] ^= 1 << (bit % 8);
                assert!(!verdict(&key, &message, &changed), "bit {bit}");
            }
        }
    }
}

#[test]
fn s_plus_the_group_order_is_refused() {
    let signer = SigningKey::from_bytes(&[7; 32]);
    let mut signature = signer.sign(b"message").to_bytes();
    let mut carry = 0;
    for (byte, added) in signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(added) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    assert!(!verdict(
        &signer.verifying_key().to_bytes(),
        b"message",
        &signature
    ));
}

/// Who has a key can make `R` the neutral element, or, with a key that has a part of small order, any point of small order: the
/// equation of RFC 8032 holds then, and other verifiers take it.
#[test]
fn r_of_small_order_is_refused_though_the_equation_holds() {
    let mut equations = 0;
    for (number, torsion) in (0..KEYS).zip(EIGHT_TORSION.iter().cycle()) {
        let secret = scalar("secret", number);
        let key = ED25519_BASEPOINT_POINT * secret + torsion;
        for message in 0..8 * MESSAGES {
            let message = message.to_be_bytes();
            for r in &EIGHT_TORSION {
                let k = challenge(r, &key, &message);
                let crafted = signature(r, &(k * secret));
                let loose = VerifyingKey::from_bytes(key.compress().as_bytes()).unwrap();
                let holds =
                    ed25519_dalek::Verifier::verify(&loose, &message, &Signature::from_bytes(&crafted));
                equations += u32::from(holds.is_ok());
                assert!(!verdict(key.compress().as_bytes(), &message, &crafted));
            }
        }
    }
    assert!(equations > 1_000, "only {equations} equations hold");
}

/// `R` with a part of small order is taken if, and only if, the key has one that makes up for it.
#[test]
fn points_with_a_part_of_small_order_are_judged_by_the_equation_without_cofactor() {
    let mut taken = [0_u32; 2];
    for (number, torsion) in (0..KEYS).zip(EIGHT_TORSION.iter().cycle()) {
        let secret = scalar("secret", number);
        let key = ED25519_BASEPOINT_POINT * secret + torsion;
        for (message, part) in (0..8 * MESSAGES).zip(EIGHT_TORSION.iter().cycle()) {
            let nonce = scalar("nonce", message);
            let r = ED25519_BASEPOINT_POINT * nonce + part;
            let message = message.to_be_bytes();
            let s = nonce + challenge(&r, &key, &message) * secret;
            let is_taken = verdict(key.compress().as_bytes(), &message, &signature(&r, &s));
            taken[usize::from(is_taken)] += 1;
        }
    }
    assert!(taken.iter().all(|count| *count > 100), "{taken:?}");
}

#[test]
fn a_key_of_small_order_or_in_another_spelling_verifies_nothing() {
    for torsion in &EIGHT_TORSION {
        let key = torsion.compress().to_bytes();
        assert!(PublicKey::from_bytes(&key).is_none());
        let r = ED25519_BASEPOINT_POINT * scalar("nonce", 1);
        assert!(!verdict(&key, b"message", &signature(&r, &scalar("nonce", 1))));
    }
    // y = 1 written as p + 1, and y = 0 as p.
    for lowest in [0xee, 0xed] {
        let mut key = [0xff; 32];
        (key[0], key[31]) = (lowest, 0x7f);
        assert!(PublicKey::from_bytes(&key).is_none());
    }
}

#[test]
fn a_process_that_remembers_signatures_says_what_one_says_that_does_not() {
    remember_signatures();
    for number in 0..KEYS {
        let signer = SigningKey::from_bytes(scalar("remembered", number).as_bytes());
        let key = signer.verifying_key().to_bytes();
        let good = signer.sign(b"message").to_bytes();
        // Remembered by the first question, so that the others are answered from memory.
        for _ in 0..3 {
            assert!(verdict(&key, b"message", &good));
            let claim = SignatureClaim {
                key: PublicKey::from_bytes(&key).unwrap(),
                message: b"message",
                signature: &good,
            };
            assert!(claim.holds());
            // Each differs from what is remembered in one of the three.
            let another = SigningKey::from_bytes(scalar("another", number).as_bytes());
            let key = PublicKey::from_bytes(&another.verifying_key().to_bytes()).unwrap();
            assert!(!SignatureClaim { key, ..claim }.holds());
            let message = b"messagf";
            assert!(!SignatureClaim { message, ..claim }.holds());
            let mut signature = good;
            signature[40] ^= 1;
            let signature = &signature;
            assert!(!SignatureClaim { signature, ..claim }.holds());
            assert_eq!(
                verify_each(&[claim, SignatureClaim { key, ..claim }]),
                [true, false]
            );
        }
    }
}
