//! The two lines of a log: what each verifier demands, and which line an error names.

use ed25519_dalek::{Signer as _, SigningKey};
use verifier::checkpoint::{Checkpoint, CheckpointError};
use verifier::cosignature::CosignerKey;
use verifier::log_keys::{LogKeys, LogKeysError, LogLine, RequiredLines};
use verifier::note::{SignatureLine, VerifierKey};

use crate::ml_dsa::{MlDsaVectors, vectors};

use RequiredLines::{Both, Either};

fn first(vectors: &MlDsaVectors) -> VerifierKey {
    VerifierKey::parse(&vectors.log_vkey).unwrap()
}

fn second(vectors: &MlDsaVectors) -> CosignerKey {
    CosignerKey::parse(&vectors.log_ml_dsa_vkey).unwrap()
}

fn open(lines: &[&str], required: RequiredLines) -> Result<Checkpoint, LogKeysError> {
    let vectors = vectors();
    let keys = LogKeys::new(first(&vectors), Some(second(&vectors))).unwrap();
    let note = format!("{}\n{}", vectors.text, lines.concat());
    keys.open(note.as_bytes(), required)
}

fn missing(line: LogLine) -> LogKeysError {
    LogKeysError::Missing {
        line,
        log: "example.com/log42".to_owned(),
    }
}

fn is_bad(result: &Result<Checkpoint, LogKeysError>, expected: LogLine) -> bool {
    matches!(result, Err(LogKeysError::Bad { line, .. }) if *line == expected)
}

/// A line with another bit in its last byte, or, from the front, in its time.
fn changed(line: &str, position: impl Fn(&[u8]) -> usize) -> String {
    let (name, blob) = line.trim_end().rsplit_once(' ').unwrap();
    let mut blob = verifier::base64::decode_standard(blob).unwrap();
    let position = position(&blob);
    blob[position] ^= 1;
    format!("{name} {}\n", verifier::base64::encode_standard(&blob))
}

#[test]
fn a_checkpoint_with_both_lines_opens_whatever_is_demanded() {
    let vectors = vectors();
    for lines in [
        [
            &*vectors.log_ed25519_line,
            &*vectors.log_line,
            &*vectors.witness_line,
        ],
        [
            &*vectors.witness_line,
            &*vectors.log_line,
            &*vectors.log_ed25519_line,
        ],
    ] {
        for required in [Either, Both] {
            let checkpoint = open(&lines, required).unwrap();
            assert_eq!(checkpoint.origin(), "example.com/log42");
            assert_eq!(checkpoint.head().size.value(), 8);
        }
    }
}

#[test]
fn a_line_that_is_demanded_and_missing_is_named() {
    let vectors = vectors();
    let (ed25519, ml_dsa, witness) = (
        &*vectors.log_ed25519_line,
        &*vectors.log_line,
        &*vectors.witness_line,
    );
    assert!(open(&[ed25519, witness], Either).is_ok());
    assert_eq!(open(&[ed25519, witness], Both), Err(missing(LogLine::MlDsa44)));
    assert!(open(&[ml_dsa], Either).is_ok());
    assert_eq!(open(&[ml_dsa], Both), Err(missing(LogLine::Ed25519)));
    assert!(matches!(
        open(&[witness], Either),
        Err(LogKeysError::NoLine { .. })
    ));
    assert_eq!(open(&[witness], Both), Err(missing(LogLine::Ed25519)));
}

#[test]
fn a_line_that_does_not_hold_is_named_and_spoils_the_other() {
    let vectors = vectors();
    let last = |blob: &[u8]| blob.len() - 1;
    let bad_first = changed(&vectors.log_ed25519_line, last);
    let bad_second = changed(&vectors.log_line, last);
    // Behind the key id.
    let other_time = changed(&vectors.log_line, |_| 11);
    for required in [Either, Both] {
        let result = open(&[&bad_first, &vectors.log_line], required);
        assert!(is_bad(&result, LogLine::Ed25519), "{result:?}");
        for second in [&bad_second, &other_time] {
            let result = open(&[&vectors.log_ed25519_line, second], required);
            assert!(is_bad(&result, LogLine::MlDsa44), "{result:?}");
        }
    }
}

#[test]
fn a_second_line_without_a_time_is_refused() {
    let vectors = vectors();
    let (name, blob) = vectors.log_line.trim_end().rsplit_once(' ').unwrap();
    let mut blob = verifier::base64::decode_standard(blob).unwrap();
    blob[4..12].fill(0);
    let line = format!("{name} {}\n", verifier::base64::encode_standard(&blob));
    let Err(LogKeysError::Bad { line, reason, .. }) = open(&[&vectors.log_ed25519_line, &line], Either)
    else {
        panic!("opened");
    };
    assert_eq!(line, LogLine::MlDsa44);
    assert!(reason.contains("time 0"), "{reason}");
}

#[test]
fn a_log_with_one_key_opens_as_before_and_cannot_satisfy_who_wants_two() {
    let vectors = vectors();
    let keys = LogKeys::new(first(&vectors), None).unwrap();
    let garbage = changed(&vectors.log_line, |_| 100);
    let note = format!("{}\n{}{garbage}", vectors.text, vectors.log_ed25519_line);
    assert_eq!(
        keys.open(note.as_bytes(), Either).unwrap(),
        Checkpoint::open(note.as_bytes(), keys.ed25519()).unwrap()
    );
    assert!(matches!(
        keys.open(note.as_bytes(), Both),
        Err(LogKeysError::NoSecondKey { .. })
    ));
}

#[test]
fn keys_that_are_not_of_one_log_are_refused() {
    let vectors = vectors();
    let ed25519 = CosignerKey::new("example.com/log42", *first(&vectors).public_key()).unwrap();
    let witness = CosignerKey::parse(&vectors.witness_vkey).unwrap();
    for other in [ed25519, witness] {
        let result = LogKeys::new(first(&vectors), Some(other));
        assert!(
            matches!(result, Err(LogKeysError::SecondKey { .. })),
            "{result:?}"
        );
    }
}

#[test]
fn a_signed_text_that_is_no_checkpoint_of_the_log_does_not_open() {
    let vectors = vectors();
    let keys = LogKeys::new(first(&vectors), Some(second(&vectors))).unwrap();
    let opened = |text: &str| {
        let line = SignatureLine {
            name: keys.name().to_owned(),
            id: keys.ed25519().id(),
            signature: SigningKey::from_bytes(&[1; 32]).sign(text.as_bytes()).to_vec(),
        };
        keys.open(format!("{text}\n{line}").as_bytes(), Either)
    };
    assert!(opened(&vectors.text).is_ok());
    assert!(matches!(
        opened(&vectors.text.replace("log42", "log43")),
        Err(LogKeysError::Checkpoint(CheckpointError::WrongOrigin { .. }))
    ));
    for malformed in ["a note\n".to_owned(), format!("{}extension\n", vectors.text)] {
        let result = opened(&malformed);
        assert!(
            matches!(
                result,
                Err(LogKeysError::Checkpoint(CheckpointError::Malformed(_)))
            ),
            "{result:?}"
        );
    }
    assert!(matches!(
        keys.open(b"", Either),
        Err(LogKeysError::Checkpoint(CheckpointError::Note(_)))
    ));
}
