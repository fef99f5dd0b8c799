//! The entry: one spelling for each, and what is no entry.

use proptest::prelude::*;
use verifier::context::SubmitterName;
use verifier::digest::{EvidenceDigest, RawDigest};
use verifier::entry::{ENTRY_BYTES_MAX, Entry, EntryError, StreamPosition, entry_leaf_hash};
use verifier::index::TimestampMs;
use verifier::kind::Kind;
use verifier::subject::{Field, Subject, SubjectHash};

use crate::vectors::{Vector, hex, unhex, vectors};

fn bytes(vector: &Vector) -> Vec<u8> {
    unhex(vector.text("cbor_hex"))
}

fn error_name(error: &EntryError) -> &'static str {
    match error {
        EntryError::TooLarge { .. } => "ENTRY_TOO_LARGE",
        EntryError::Malformed(_) => "MALFORMED_ENTRY",
        EntryError::UnknownFormat(_) => "UNKNOWN_FORMAT",
        _ => "?",
    }
}

#[test]
fn valid_vectors_decode_to_their_members_and_encode_to_their_bytes() {
    for vector in vectors("entry/valid") {
        let bytes = bytes(&vector);
        let entry = Entry::decode(&bytes).unwrap_or_else(|error| panic!("{}: {error}", vector.name));
        assert_eq!(hex(&entry.encode().unwrap()), hex(&bytes), "{}", vector.name);
        assert_eq!(
            entry_leaf_hash(&bytes).to_string(),
            vector.text("leaf_hash"),
            "{}",
            vector.name
        );
        let members = serde_json::json!({
            "kind": entry.kind,
            "subjects": entry.subjects.len(),
            "submitter": entry.submitter,
            "number": entry.stream.map(|position| position.number),
            "last": entry.stream.map(|position| position.last),
            "covered": entry.covered,
            "context_subjects": entry.context_subjects.as_ref().map(Vec::len),
            "refused": entry.refused,
            "index_runs": entry.index_runs.as_deref().map(hex),
        });
        for (name, value) in members.as_object().unwrap() {
            assert_eq!(value, &vector.members["entry"][name], "{}: {name}", vector.name);
        }
    }
}

#[test]
fn invalid_vectors_have_their_error() {
    for vector in vectors("entry/invalid") {
        let error = Entry::decode(&bytes(&vector)).expect_err(&vector.name);
        assert_eq!(
            error_name(&error),
            vector.text("error"),
            "{}: {error}",
            vector.name
        );
    }
}

#[test]
fn refuses_to_encode_what_it_would_refuse_to_decode() {
    let entry = sample(vec![]);
    let unsorted = vec![subject(Field::Scope, 1), subject(Field::Run, 1)];
    for broken in [
        Entry {
            signer: String::new(),
            ..entry.clone()
        },
        Entry {
            raw_digest: None,
            ..entry.clone()
        },
        Entry {
            refused: Some("X".to_owned()),
            ..entry.clone()
        },
        Entry {
            subjects: unsorted,
            ..entry.clone()
        },
        Entry {
            kind: Kind::IndexRoot,
            ..entry.clone()
        },
    ] {
        assert_eq!(error_name(&broken.encode().unwrap_err()), "MALFORMED_ENTRY");
    }
    let large = Entry {
        signer: "x".repeat(ENTRY_BYTES_MAX),
        ..entry
    };
    assert_eq!(error_name(&large.encode().unwrap_err()), "ENTRY_TOO_LARGE");
}

fn subject(field: Field, byte: u8) -> Subject {
    Subject {
        field,
        hash: SubjectHash::from_bytes([byte; 32]),
    }
}

fn sample(subjects: Vec<Subject>) -> Entry {
    Entry {
        kind: Kind::ReceiptGateway,
        evidence_digest: EvidenceDigest::from_bytes([1; 32]),
        signer: "did:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw".to_owned(),
        logged_at: TimestampMs::new(1_764_000_000_000),
        subjects,
        submitter: None,
        stream: None,
        covered: None,
        raw_digest: Some(RawDigest::from_bytes([2; 32])),
        context_subjects: None,
        refused: None,
        index_runs: None,
    }
}

/// Kinds without rules of their own.
fn kinds() -> impl Strategy<Value = Kind> {
    let plain: Vec<Kind> = Kind::ALL
        .iter()
        .copied()
        .filter(|kind| !matches!(kind, Kind::Refused | Kind::IndexRoot | Kind::LogGenesis))
        .collect();
    prop::sample::select(plain)
}

/// Sorted and unique by (length of the field, field, hash).
fn subjects() -> impl Strategy<Value = Vec<Subject>> {
    prop::collection::vec((prop::sample::select(Field::ALL), any::<[u8; 32]>()), 0..=16).prop_map(|pairs| {
        let mut subjects: Vec<Subject> = pairs
            .into_iter()
            .map(|(field, hash)| Subject {
                field,
                hash: SubjectHash::from_bytes(hash),
            })
            .collect();
        let key = |subject: &Subject| {
            let field = subject.field.as_str();
            (field.len(), field, *subject.hash.as_bytes())
        };
        subjects.sort_by_key(key);
        subjects.dedup_by_key(|subject| key(subject));
        subjects
    })
}

prop_compose! {
    fn entries()(
        kind in kinds(),
        digest in any::<[u8; 32]>(),
        signer in "\\PC{1,80}",
        logged_at in any::<u64>(),
        subjects in subjects(),
        submitter in prop::option::of("[a-z0-9._-]{1,64}"),
        stream in prop::option::of((any::<[u8; 32]>(), any::<u64>(), any::<bool>())),
        raw in any::<[u8; 32]>(),
        context_subjects in prop::option::of(self::subjects()),
    ) -> Entry {
        Entry {
            kind,
            evidence_digest: EvidenceDigest::from_bytes(digest),
            signer,
            logged_at: TimestampMs::new(logged_at),
            subjects,
            submitter: submitter.map(|name| SubmitterName::parse(&name).unwrap()),
            stream: stream.map(|(stream, number, last)| StreamPosition { stream, number, last }),
            covered: None,
            raw_digest: Some(RawDigest::from_bytes(raw)),
            context_subjects,
            refused: None,
            index_runs: None,
        }
    }
}

proptest! {
    #[test]
    fn decoding_gives_back_what_was_encoded(entry in entries()) {
        prop_assert_eq!(Entry::decode(&entry.encode().unwrap()).unwrap(), entry);
    }

    #[test]
    fn a_changed_bit_never_panics_and_never_leaves_two_spellings(entry in entries(), at in any::<prop::sample::Index>(), bit in 0..8) {
        let mut bytes = entry.encode().unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;
        if let Ok(other) = Entry::decode(&bytes) {
            prop_assert_ne!(&other, &entry);
            prop_assert_eq!(other.encode().unwrap(), bytes);
        }
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Entry::decode(&bytes);
    }
}
