//! Notes, keys, checkpoints and cosignatures: what opens, and what does not.

use ed25519_dalek::{Signer, SigningKey};
use proptest::prelude::*;
use verifier::checkpoint::{
    Checkpoint, CheckpointError, TreeHead, checkpoint_text, is_valid_origin, signed_checkpoint,
};
use verifier::cosignature::{CosignatureError, CosignatureForm, CosignerKey, cosignature_message};
use verifier::hash::{RootHash, empty_root, sha256};
use verifier::index::TreeSize;
use verifier::note::{NoteError, SignatureLine, UnverifiedNote, VerifierKey};

use crate::support::vector;

const ORIGIN: &str = "log.example/one";

fn signer(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn key(name: &str, seed: u8) -> VerifierKey {
    VerifierKey::new(name, signer(seed).verifying_key().to_bytes()).unwrap()
}

fn line(text: &str, name: &str, seed: u8) -> SignatureLine {
    let signature = signer(seed).sign(text.as_bytes()).to_bytes().to_vec();
    SignatureLine {
        name: name.to_owned(),
        id: key(name, seed).id(),
        signature,
    }
}

fn note(text: &str, lines: &[SignatureLine]) -> String {
    lines
        .iter()
        .fold(format!("{text}\n"), |note, line| format!("{note}{line}"))
}

fn head(size: u64) -> TreeHead {
    TreeHead {
        size: TreeSize::new(size),
        root: RootHash::from_bytes(sha256(&size.to_be_bytes())),
    }
}

fn signed(text: &str) -> String {
    signed_checkpoint(text, &key(ORIGIN, 1), &signer(1).sign(text.as_bytes()).to_bytes())
}

fn open(text: &str) -> Result<Checkpoint, CheckpointError> {
    Checkpoint::open(signed(text).as_bytes(), &key(ORIGIN, 1))
}

#[test]
fn a_note_verifies_whatever_strangers_sign_beside_it() {
    let text = "hello\nworld\n";
    let mut lines: Vec<SignatureLine> = (10..26)
        .map(|seed| line("another text\n", &format!("stranger/{seed}"), seed))
        .collect();
    lines.push(SignatureLine {
        name: "post.quantum/w".to_owned(),
        id: 7,
        signature: vec![9; 5000],
    });
    lines.insert(3, line(text, "a/b", 1));
    let note = UnverifiedNote::parse(note(text, &lines).as_bytes()).unwrap();
    assert_eq!(note.lines(), lines);
    assert_eq!(note.danger_text(), text);
    note.verify(&key("a/b", 1)).unwrap();
}

#[test]
fn a_line_matches_a_key_only_by_name_and_id() {
    let text = "hello\n";
    let good = line(text, "a/b", 1);
    let other_name = SignatureLine {
        name: "a/c".to_owned(),
        ..good.clone()
    };
    let other_id = SignatureLine {
        id: good.id ^ 1,
        ..good
    };
    let note = UnverifiedNote::parse(note(text, &[other_name, other_id]).as_bytes()).unwrap();
    assert!(matches!(
        note.verify(&key("a/b", 1)),
        Err(NoteError::NoKnownSignature { .. })
    ));
}

#[test]
fn a_bad_line_of_a_known_key_spoils_the_note_even_beside_a_good_one() {
    let text = "hello\n";
    let good = line(text, "a/b", 1);
    let mut bad = good.clone();
    bad.signature[5] ^= 1;
    let short = SignatureLine {
        signature: good.signature[..63].to_vec(),
        ..good.clone()
    };
    for lines in [
        [good.clone(), bad.clone()],
        [bad.clone(), good.clone()],
        [good.clone(), short],
    ] {
        let note = UnverifiedNote::parse(note(text, &lines).as_bytes()).unwrap();
        assert_eq!(
            note.verify(&key("a/b", 1)),
            Err(NoteError::BadSignature {
                name: "a/b".to_owned()
            })
        );
    }
    let twice = UnverifiedNote::parse(note(text, &[good.clone(), good]).as_bytes()).unwrap();
    twice.verify(&key("a/b", 1)).unwrap();
}

#[test]
fn malformed_notes_are_refused() {
    let text = "hello\n";
    let line = line(text, "a/b", 1).to_string();
    let good = format!("{text}\n{line}");
    UnverifiedNote::parse(good.as_bytes()).unwrap();
    let blob = line.split(' ').nth(2).unwrap().trim_end();
    let cases: &[(&str, Vec<u8>)] = &[
        ("empty", Vec::new()),
        ("no signature", format!("{text}\n").into()),
        ("no empty line", format!("{text}{line}").into()),
        ("no final newline", good.trim_end().into()),
        ("a newline too many", format!("{good}\n").into()),
        ("carriage returns", good.replace('\n', "\r\n").into()),
        ("one carriage return", good.replace("hello", "hello\r").into()),
        ("NUL", good.replace("hello", "hel\0lo").into()),
        ("tab", good.replace("hello", "hel\tlo").into()),
        ("not UTF-8", [good.as_bytes(), b"\xff"].concat()),
        ("hyphen for em dash", good.replace('—', "-").into()),
        ("en dash", good.replace('—', "–").into()),
        ("no space after the dash", good.replace("— ", "—").into()),
        ("two spaces", good.replace("a/b ", "a/b  ").into()),
        ("no name", good.replace("a/b ", " ").into()),
        ("a plus in the name", good.replace("a/b", "a+b").into()),
        (
            "a no-break space in the name",
            good.replace("a/b", "a\u{a0}b").into(),
        ),
        ("no base64", good.replace(blob, "").into()),
        ("base64 without padding", good.replace('=', "").into()),
        (
            "base64 with a space",
            good.replace(blob, &format!("{blob} ")).into(),
        ),
        (
            "base64url",
            good.replace(blob, &format!("-{}", &blob[1..])).into(),
        ),
        ("four bytes only", good.replace(blob, "AAAAAA==").into()),
        ("trailing bits", good.replace(blob, "AAAAAAB=").into()),
        (
            "over 128 KiB",
            format!("{}\n\n{line}", "x".repeat(128 * 1024)).into(),
        ),
        ("over 100 lines", format!("{text}\n{}", line.repeat(101)).into()),
    ];
    for (name, bytes) in cases {
        assert!(
            matches!(UnverifiedNote::parse(bytes), Err(NoteError::Malformed(_))),
            "{name}"
        );
    }
}

#[test]
fn a_key_is_read_only_as_it_is_written() {
    let good = key("a/b", 1).to_string();
    assert_eq!(VerifierKey::parse(&good).unwrap().to_string(), good);
    let (name_and_id, data) = good.rsplit_once('+').unwrap();
    let upper = good.replacen(name_and_id, &name_and_id.to_uppercase(), 1);
    for bad in [
        String::new(),
        "a/b".to_owned(),
        format!("a/b+{data}"),
        format!(" {good}"),
        format!("{good} "),
        format!("{good}\n"),
        good.replace("a/b", "a/c"),
        good.replace("a/b", ""),
        good.replace("a/b", "a b"),
        upper,
        good.trim_end_matches('=').to_owned() + "=",
        format!("a/b+00000000+{data}"),
        format!("{name_and_id}+"),
    ] {
        if bad != good {
            assert!(VerifierKey::parse(&bad).is_err(), "{bad:?}");
        }
    }
}

#[test]
fn weak_keys_are_refused() {
    let identity: [u8; 32] = std::array::from_fn(|i| u8::from(i == 0));
    assert!(matches!(
        VerifierKey::new("a/b", identity),
        Err(NoteError::MalformedKey(_))
    ));
    assert!(matches!(
        VerifierKey::new("a/b", [0; 32]),
        Err(NoteError::MalformedKey(_))
    ));
    assert!(CosignerKey::new("a/b", identity).is_err());
    assert!(verifier::did::DidKey::from_public_key(identity).is_none());
    // The identity again, its coordinate written as p + 1.
    let unreduced: [u8; 32] = std::array::from_fn(|i| match i {
        0 => 0xee,
        31 => 0x7f,
        _ => 0xff,
    });
    assert!(verifier::signature::is_weak_key(&unreduced));
    let anything = [[1; 32].as_slice(), &[0; 32]].concat().try_into().unwrap();
    assert!(!verifier::signature::verify_ed25519(
        &identity,
        b"any message",
        &anything
    ));
}

#[test]
fn a_key_of_another_type_is_no_note_key() {
    let cosigner = CosignerKey::new("a/b", signer(1).verifying_key().to_bytes())
        .unwrap()
        .to_string();
    assert!(matches!(
        VerifierKey::parse(&cosigner),
        Err(NoteError::MalformedKey(_))
    ));
    assert!(CosignerKey::parse(&key("a/b", 1).to_string()).is_err());
}

#[test]
fn a_checkpoint_is_exactly_three_lines() {
    let text = checkpoint_text(ORIGIN, &head(8));
    assert_eq!(*open(&text).unwrap().head(), head(8));
    let root = text.lines().nth(2).unwrap().to_owned();
    for bad in [
        format!("{text}extension\n"),
        format!("{ORIGIN}\n8\n"),
        format!("{ORIGIN}\n08\n{root}\n"),
        format!("{ORIGIN}\n+8\n{root}\n"),
        format!("{ORIGIN}\n-8\n{root}\n"),
        format!("{ORIGIN}\n\n{root}\n"),
        format!("{ORIGIN}\n18446744073709551616\n{root}\n"),
        format!("{ORIGIN}\n8\n{}\n", &root[..43]),
        format!("{ORIGIN}\n8\n{root}A\n"),
        format!("{ORIGIN}\n8\nAAAA\n"),
        format!(" {ORIGIN}\n8\n{root}\n"),
        format!("{ORIGIN}\n0\n{root}\n"),
    ] {
        assert!(
            matches!(open(&bad), Err(CheckpointError::Malformed(_))),
            "{bad:?}: {:?}",
            open(&bad)
        );
    }
    let empty = TreeHead {
        size: TreeSize::new(0),
        root: empty_root(),
    };
    assert_eq!(*open(&checkpoint_text(ORIGIN, &empty)).unwrap().head(), empty);
}

#[test]
fn a_checkpoint_of_another_origin_is_refused_though_the_key_signed_it() {
    let result = open(&checkpoint_text("log.example/two", &head(8)));
    let (expected, found) = (ORIGIN.to_owned(), "log.example/two".to_owned());
    assert_eq!(result, Err(CheckpointError::WrongOrigin { expected, found }));
}

#[test]
fn an_origin_is_a_key_name_of_at_most_255_bytes() {
    assert!(is_valid_origin(&"x".repeat(255)));
    for bad in ["", "a b", "a+b", "a\nb", "a\u{85}b", "a\u{7f}b", &"x".repeat(256)] {
        assert!(!is_valid_origin(bad), "{bad:?}");
    }
}

const WITNESS: &str = "witness.example/w1+df1c0a35+BIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU";

fn witnessed_note() -> String {
    let file = vector("tlog/end-to-end.txt");
    let (_, rest) = file.split_once("CHECKPOINT:\n").unwrap();
    rest.split_once("\ncosig msg").unwrap().0.to_owned()
}

#[test]
fn the_vectors_witness_cosigned_the_checkpoint() {
    let note = UnverifiedNote::parse(witnessed_note().as_bytes()).unwrap();
    let message = cosignature_message(note.danger_text(), 1_679_315_147);
    assert_eq!(message.len(), 96);
    let digest = RootHash::from_bytes(sha256(message.as_bytes())).to_string();
    assert_eq!(
        digest,
        "5af1cd09d3047d2067a4e68d480c7b6892cd7669bece8966311ea05096d11e29"
    );
    let witness = CosignerKey::parse(WITNESS).unwrap();
    assert_eq!(witness.to_string(), WITNESS);
    assert_eq!(witness.verify(&note), Ok(1_679_315_147));
    assert_eq!(
        CosignatureForm::of(&note.lines()[1]),
        Some(CosignatureForm::Ed25519)
    );
}

#[test]
fn a_cosignature_under_another_text_or_time_does_not_verify() {
    let witness = CosignerKey::parse(WITNESS).unwrap();
    let other = witnessed_note().replacen("\n8\n", "\n9\n", 1);
    let result = witness.verify(&UnverifiedNote::parse(other.as_bytes()).unwrap());
    assert!(matches!(result, Err(CosignatureError::BadCosignature { .. })));
    let unwitnessed: String = witnessed_note()
        .lines()
        .take(5)
        .flat_map(|line| [line, "\n"])
        .collect();
    let result = witness.verify(&UnverifiedNote::parse(unwitnessed.as_bytes()).unwrap());
    assert!(matches!(result, Err(CosignatureError::NoCosignature { .. })));
}

#[test]
fn an_ed25519_cosignature_of_no_time_is_refused_though_the_witness_signed_it() {
    let witness = CosignerKey::new("a/w", signer(2).verifying_key().to_bytes()).unwrap();
    let text = checkpoint_text(ORIGIN, &head(8));
    for (time_s, holds) in [(0, false), (1, true), ((1 << 63) - 1, true), (1 << 63, false)] {
        let message = cosignature_message(&text, time_s);
        let signature = signer(2).sign(message.as_bytes()).to_bytes();
        let line = witness.line(time_s, &signature).unwrap();
        let note = UnverifiedNote::parse(note(&text, &[line]).as_bytes()).unwrap();
        let refused = CosignatureError::BadTime {
            name: "a/w".to_owned(),
            time_s,
        };
        let expected = if holds { Ok(time_s) } else { Err(refused) };
        assert_eq!(witness.verify(&note), expected);
    }
}

/// What another implementation says of the same bytes.
fn foreign_verdict(note: &[u8], key: &VerifierKey) -> bool {
    let verifier = signed_note::StandardVerifier::new(&key.to_string()).unwrap();
    let known = signed_note::VerifierList::new(vec![Box::new(verifier)]);
    signed_note::Note::from_bytes(note).is_ok_and(|note| note.verify(&known).is_ok())
}

fn verdict(note: &[u8], key: &VerifierKey) -> bool {
    UnverifiedNote::parse(note).is_ok_and(|note| note.verify(key).is_ok())
}

/// Key names with control characters are refused here alone (`schemas/signed-note.md`), because names are shown to people. Any other
/// control character than this one is refused everywhere.
const DELETE: u8 = 0x7f;

/// Every change of one byte, since only few of the lines that a change can make are still well-formed.
#[test]
fn a_changed_note_opens_nowhere_or_everywhere() {
    let text = checkpoint_text("a/b", &head(77));
    let whole = note(&text, &[line(&text, "a/b", 1), line(&text, "stranger", 9)]).into_bytes();
    let key = key("a/b", 1);
    for position in 0..whole.len() {
        for byte in 0..=u8::MAX {
            let mut changed = whole.clone();
            changed[position] = byte;
            let expected = byte != DELETE && foreign_verdict(&changed, &key);
            assert_eq!(
                verdict(&changed, &key),
                expected,
                "byte {position} is {byte:#04x}"
            );
        }
    }
}

proptest! {
    #[test]
    fn what_another_implementation_opens_opens_here(text in "([a-zé]{1,9}\n{1,3}){1,4}", strangers in 0..5_u8) {
        let mut lines: Vec<SignatureLine> = (0..strangers).map(|n| line(&text, "stranger", 50 + n)).collect();
        lines.push(line(&text, "a/b", 1));
        let note = note(&text, &lines);
        prop_assert!(foreign_verdict(note.as_bytes(), &key("a/b", 1)));
        prop_assert!(verdict(note.as_bytes(), &key("a/b", 1)));
    }

    #[test]
    fn keys_are_read_alike(name in "[a-z./+ ]{0,8}", seed in 1..20_u8, digit in "[0-9a-f]") {
        if let Ok(key) = VerifierKey::new(&name, signer(seed).verifying_key().to_bytes()) {
            let mut text = key.to_string();
            prop_assert!(signed_note::StandardVerifier::new(&text).is_ok());
            let id = name.len() + 1;
            text.replace_range(id..=id, &digit);
            prop_assert_eq!(VerifierKey::parse(&text).is_ok(), signed_note::StandardVerifier::new(&text).is_ok());
        }
    }

    #[test]
    fn any_bytes_are_a_note_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = UnverifiedNote::parse(&bytes);
    }
}
