//! tlog-proofs: the strict form, and that nothing else is read.

use proptest::prelude::*;
use verifier::hash::leaf_hash;
use verifier::proof::{PROOF_BYTES_MAX, ProofError, TlogProof};

use kit::log::{TestLog, log_key};

fn proof() -> TlogProof {
    let mut log = TestLog::new();
    log.fill(11);
    log.proof(6)
}

#[test]
fn a_proof_is_read_as_it_is_written_and_verifies() {
    let proof = proof();
    let read = TlogProof::parse(proof.to_string().as_bytes()).unwrap();
    assert_eq!(read, proof);
    let leaf = leaf_hash(proof.extra.as_ref().unwrap());
    assert_eq!(read.verify(&leaf, &log_key()).unwrap().head().size.value(), 11);
}

#[test]
fn every_other_spelling_is_refused() {
    let good = proof().to_string();
    let extra = good.lines().nth(1).unwrap();
    let hash = good.lines().nth(3).unwrap();
    let many = format!("{hash}\n").repeat(64);
    let cases: &[(&str, String)] = &[
        ("empty", String::new()),
        ("carriage returns", good.replace('\n', "\r\n")),
        ("another version", good.replacen("@v1", "@v2", 1)),
        (
            "no header",
            good.lines().skip(1).flat_map(|line| [line, "\n"]).collect(),
        ),
        ("a space before the header", format!(" {good}")),
        (
            "index with a leading zero",
            good.replacen("index 6", "index 06", 1),
        ),
        ("index with a sign", good.replacen("index 6", "index +6", 1)),
        ("index with spaces", good.replacen("index 6", "index  6", 1)),
        (
            "index beyond 64 bits",
            good.replacen("index 6", "index 18446744073709551616", 1),
        ),
        ("no index", good.replacen("index 6\n", "", 1)),
        (
            "extra twice",
            good.replacen(extra, &format!("{extra}\n{extra}"), 1),
        ),
        (
            "extra after index",
            good.replacen(&format!("{extra}\nindex 6"), &format!("index 6\n{extra}"), 1),
        ),
        ("extra that is no base64", good.replacen("extra ", "extra !", 1)),
        ("a short hash", good.replacen(hash, &hash[4..], 1)),
        (
            "a hash with trailing bits",
            good.replacen(hash, &format!("{}B=", &hash[..42]), 1),
        ),
        ("64 hashes", good.replacen(&format!("{hash}\n"), &many, 1)),
        ("no empty line", good.replacen("\n\n", "\n", 1)),
        ("an empty line too many", good.replacen("\n\n", "\n\n\n\n", 1)),
        (
            "no checkpoint",
            good.split_once("\n\n").unwrap().0.to_owned() + "\n\n",
        ),
        ("no final newline", good.trim_end().to_owned()),
        (
            "too long",
            good.replacen(extra, &format!("extra {}", "AAAA".repeat(PROOF_BYTES_MAX / 4)), 1),
        ),
    ];
    for (name, text) in cases {
        let result = TlogProof::parse(text.as_bytes());
        let refused = match &result {
            // An empty line more is the beginning of a checkpoint that is none.
            Ok(proof) => {
                proof.verify(&leaf_hash(b""), &log_key()).is_err() && *name == "an empty line too many"
            }
            Err(error) => matches!(error, ProofError::Malformed(_) | ProofError::Checkpoint(_)),
        };
        assert!(refused, "{name}: {result:?}");
    }
}

#[test]
fn a_proof_without_extra_is_read_too() {
    let bare = TlogProof {
        extra: None,
        ..proof()
    };
    assert_eq!(TlogProof::parse(bare.to_string().as_bytes()).unwrap(), bare);
}

proptest! {
    #[test]
    fn a_proof_that_is_read_prints_as_it_was(position: prop::sample::Index, byte: u8) {
        let mut bytes = proof().to_string().into_bytes();
        let position = position.index(bytes.len());
        bytes[position] = byte;
        if let Ok(read) = TlogProof::parse(&bytes) {
            prop_assert_eq!(read.to_string().into_bytes(), bytes);
        }
    }
}
