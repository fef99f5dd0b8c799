//! Bytes that were changed, cut off or added.

use verifier::check::Status;

use super::edit::{code_of, resealed};
use kit::pack::{check, sample};

#[test]
fn every_flipped_bit_fails() {
    let (_, pack) = sample();
    let mut damaged = pack.clone();
    for position in 0..pack.len() {
        for bit in 0..8 {
            damaged[position] ^= 1 << bit;
            let report = check(&damaged).report;
            assert_eq!(
                (report.status, report.reason_code),
                (Status::Fail, "PACK_DAMAGED"),
                "bit {bit} of byte {position}"
            );
            damaged[position] ^= 1 << bit;
        }
    }
    assert!(check(&damaged).assessment.is_some());
}

#[test]
fn every_truncation_and_every_surplus_byte_fails() {
    let (_, pack) = sample();
    for length in 0..pack.len() {
        assert_eq!(code_of(&pack[..length]), "PACK_DAMAGED", "{length} bytes");
    }
    assert_eq!(code_of(&[&pack[..], &[0]].concat()), "PACK_DAMAGED");
    assert_eq!(code_of(&resealed([&pack[..], &[0; 33]].concat())), "PACK_DAMAGED");
}

/// An attacker who makes the checksum fit still meets something that is signed, hashed or derived again.
#[test]
fn a_byte_that_is_changed_with_its_checksum_still_fails() {
    let (_, pack) = sample();
    for position in 0..pack.len() - 32 {
        let mut changed = pack.clone();
        changed[position] ^= 1 << (position % 8);
        let found = check(&resealed(changed));
        assert_eq!(found.assessment, None, "byte {position}: {:?}", found.report);
        assert_ne!(found.report.status, Status::Pass, "byte {position}");
    }
}

#[test]
fn hostile_nesting_and_lengths_are_refused() {
    let deep = [
        vec![0x82],
        vec![0x81; 5_000_000],
        vec![0x00],
        vec![0x58, 0x20],
        vec![0; 32],
    ]
    .concat();
    assert_eq!(code_of(&resealed(deep)), "PACK_DAMAGED");
    // An array, a text, a byte string and a map that say they have 2^63 members.
    for head in [0x9b, 0x7b, 0x5b, 0xbb] {
        let long = [
            vec![0x82, 0x8b, 0x02, head, 0x7f],
            vec![0xff; 7],
            vec![0x58, 0x20],
            vec![0; 32],
        ]
        .concat();
        assert_eq!(code_of(&resealed(long)), "PACK_DAMAGED", "{head:x}");
    }
    // Indefinite lengths say the same as definite ones, and are another spelling.
    let (_, pack) = sample();
    let mut open = pack[..pack.len() - 34].to_vec();
    open[1] = 0x9f;
    open.extend_from_slice(&[0xff, 0x58, 0x20]);
    open.extend_from_slice(&[0; 32]);
    assert_eq!(code_of(&resealed(open)), "PACK_DAMAGED");
}

#[test]
fn nothing_and_other_files_are_no_packs() {
    for file in [&b""[..], b"{}", &[0; 32], &[0; 40]] {
        assert_eq!(code_of(file), "PACK_DAMAGED");
    }
}
