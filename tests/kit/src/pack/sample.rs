//! One pack of a failed job, and what becomes of it on its way: forged, damaged, of another log, of another kind. Each
//! comes with the first line and the exit status that its reader is told, whatever it is read with: command line, API,
//! page or browser.

use verifier::hash::sha256;
use verifier::note::VerifierKey;

/// A public key of nobody: the base point of the curve.
const OTHER_KEY: [u8; 32] = {
    let mut key = [0x66; 32];
    key[0] = 0x58;
    key
};

/// A file that is read as a pack.
pub struct PackSample {
    /// What was done to it.
    pub what: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
    /// What its reader is shown first.
    pub first_line: String,
    /// The exit status of a command that reads it.
    pub exit: u8,
}

/// All of them, from a genuine pack of a job that failed.
pub fn brought(genuine: &[u8], key: &VerifierKey) -> Vec<PackSample> {
    let of = |origin: &str, bytes: [u8; 32]| VerifierKey::new(origin, bytes).unwrap();
    let elsewhere = format!("x{}", &key.name()[1..]);
    let other_log = of(&elsewhere, *key.public_key());
    let other_key = of(key.name(), OTHER_KEY);
    let named = |other: &VerifierKey| {
        let (from, to) = (key.to_string(), other.to_string());
        replaced(genuine, from.as_bytes(), to.as_bytes())
    };
    let mut damaged = genuine.to_vec();
    damaged[100] ^= 1;
    let refused = |what, bytes, why: &str| PackSample {
        what,
        bytes,
        first_line: format!("Pack: NOT genuine: {why}"),
        exit: 3,
    };
    vec![
        PackSample {
            what: "genuine and failed",
            bytes: genuine.to_vec(),
            first_line: format!("Pack: genuine, under key {}", key.label()),
            exit: 1,
        },
        refused(
            "its signature forged",
            forged_signature(genuine, key),
            "the log's signature on it does not verify, so it is forged",
        ),
        refused(
            "its verdict forged",
            replaced(genuine, br#""verdict":"FAIL""#, br#""verdict":"PASS""#),
            "its own evidence leads to another verdict than it states",
        ),
        refused(
            "damaged",
            damaged,
            "its checksum does not match, so it was damaged or altered",
        ),
        refused(
            "of another log",
            named(&other_log),
            &format!("it is of another log, {elsewhere}, expected {}", key.name()),
        ),
        refused(
            "of another key of the log",
            named(&other_key),
            &format!("it names the key {}, expected {}", other_key.label(), key.label()),
        ),
        refused(
            "of another kind",
            br#"{"envelope_version":"1"}"#.to_vec(),
            r#"not a pack, but JSON: use "ledger-verify evidence""#,
        ),
    ]
}

/// Every text in it replaced by another of the same length, and the checksum made to fit.
fn replaced(pack: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut changed = pack.to_vec();
    let positions = (0..pack.len()).filter(|at| pack[*at..].starts_with(from));
    for at in positions {
        changed[at..at + to.len()].copy_from_slice(to);
    }
    assert_ne!(changed, pack);
    resealed(changed)
}

/// A file with the checksum that its other bytes have.
pub fn resealed(mut file: Vec<u8>) -> Vec<u8> {
    file.truncate(file.len() - 32);
    let checksum = sha256(&file);
    file.extend_from_slice(&checksum);
    file
}

/// Another signature in the checkpoint's line of the log.
fn forged_signature(pack: &[u8], key: &VerifierKey) -> Vec<u8> {
    let line = format!("\u{2014} {} ", key.name());
    let start = (0..pack.len())
        .find(|at| pack[*at..].starts_with(line.as_bytes()))
        .unwrap();
    // Beyond the key id, which is the beginning of the base64.
    let at = start + line.len() + 20;
    let mut pack = pack.to_vec();
    pack[at] = if pack[at] == b'A' { b'B' } else { b'A' };
    resealed(pack)
}
