//! Subject vectors: which identifiers a document is about, their hashes, and their order.

use proptest::prelude::*;
use verifier::base64::decode_url_array;
use verifier::subject::{ClearSubject, Field, IndexSalt, SUBJECTS_MAX, subject_hash, subject_list};

use crate::payload::verify;
use crate::vectors::{Vector, vectors};

/// A member of each subject of a vector.
fn column<'a>(vector: &'a Vector, member: &str) -> Vec<(&'a str, &'a str)> {
    let subjects = vector.members["subjects"].as_array().unwrap();
    subjects
        .iter()
        .map(|subject| {
            (
                subject["field"].as_str().unwrap(),
                subject[member].as_str().unwrap(),
            )
        })
        .collect()
}

#[test]
fn lists_hashes_and_orders_subjects_as_the_vectors_do() {
    for vector in &vectors("subjects/valid") {
        let name = &vector.name;
        let evidence = verify(vector).unwrap_or_else(|rejected| panic!("{name}: {rejected}"));
        let salt = IndexSalt::from_bytes(decode_url_array(vector.text("index_salt")).unwrap());
        let list = evidence.subject_list(&salt).unwrap();
        let hashes: Vec<String> = list.iter().map(|subject| subject.hash.to_string()).collect();
        let list: Vec<(&str, &str)> = list
            .iter()
            .zip(&hashes)
            .map(|(subject, hash)| (subject.field.as_str(), hash.as_str()))
            .collect();
        assert_eq!(list, column(vector, "hash"), "{name}");
        let clear = evidence.subjects().iter();
        let mut clear: Vec<(&str, &str)> = clear
            .map(|subject| (subject.field.as_str(), subject.value.as_str()))
            .collect();
        let mut expected = column(vector, "value");
        clear.sort_unstable();
        expected.sort_unstable();
        assert_eq!(clear, expected, "{name}");
    }
}

#[test]
fn refuses_more_subjects_than_an_entry_holds() {
    for vector in &vectors("subjects/invalid") {
        let rejected = verify(vector).expect_err(&vector.name);
        assert_eq!(
            rejected.fault.code.as_str(),
            vector.text("code"),
            "{}",
            vector.name
        );
        assert_eq!(rejected.fault.pointer, vector.text("pointer"), "{}", vector.name);
    }
}

#[test]
fn a_vector_stands_for_every_field() {
    let vectors = vectors("subjects/valid");
    for field in Field::ALL {
        let stands = |vector: &Vector| {
            column(vector, "value")
                .iter()
                .any(|(name, _)| *name == field.as_str())
        };
        assert!(vectors.iter().any(stands), "{field}");
    }
}

#[test]
fn a_hash_depends_on_field_value_and_salt() {
    let salt = IndexSalt::from_bytes([1; 32]);
    let hash = subject_hash(&salt, Field::Job, "a");
    assert_ne!(hash, subject_hash(&salt, Field::Run, "a"));
    assert_ne!(hash, subject_hash(&salt, Field::Job, "A"));
    assert_ne!(
        hash,
        subject_hash(&IndexSalt::from_bytes([2; 32]), Field::Job, "a")
    );
}

fn clear_subject() -> impl Strategy<Value = ClearSubject> {
    let value = proptest::sample::select(vec!["a", "b", "ä", " a"]);
    (proptest::sample::select(Field::ALL), value).prop_map(|(field, value)| ClearSubject {
        field,
        value: value.to_owned(),
    })
}

proptest! {
    #[test]
    fn a_list_is_the_same_whatever_the_order_and_repetitions(
        subjects in proptest::collection::vec(clear_subject(), 0..24),
        rotation in 0_usize..24,
    ) {
        let salt = IndexSalt::from_bytes([3; 32]);
        let mut shuffled = subjects.clone();
        shuffled.rotate_left(rotation.checked_rem(subjects.len()).unwrap_or(0));
        shuffled.extend(subjects.first().cloned());
        let list = subject_list(&salt, &subjects).unwrap();
        prop_assert_eq!(&list, &subject_list(&salt, &shuffled).unwrap());
        prop_assert!(list.is_sorted_by(|one, next| one < next));
        prop_assert!(list.len() <= SUBJECTS_MAX);
    }
}
