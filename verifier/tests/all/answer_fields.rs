//! What an answer says of a field: the form of its values, and the role in which entries name them.

use verifier::kind::Kind;
use verifier::subject::Field;
use verifier::subject_index::IndexQuestion;

use crate::answer_text::{POLICY, TOKEN, about, answer, said};

#[test]
fn of_a_text_that_no_entry_can_have_nothing_is_denied() {
    let upper = "AB".repeat(32);
    let hex = TOKEN;
    for (field, value, kinds, expected) in [
        (
            Field::Token,
            upper.as_str(),
            &[Kind::TokenRevoked][..],
            "64 lower-case hex digits; this is the hash abab",
        ),
        (Field::Token, "hello", &[], "64 lower-case hex digits"),
        (Field::Revocation, &upper, &[], "this is the hash abab"),
        (
            Field::Revocation,
            "hello",
            &[Kind::TokenRevoked],
            "64 lower-case hex digits",
        ),
        (Field::Evidence, &upper, &[], "this is the hash abab"),
        (Field::Artifact, &upper, &[], "this is the hash abab"),
        (
            Field::Halt,
            &upper,
            &[Kind::TokenRevoked],
            "this is the hash abab",
        ),
        (
            Field::Policy,
            hex,
            &[Kind::PolicyWithdrawn],
            "this is the hash q6ur",
        ),
        (
            Field::Policy,
            "x",
            &[Kind::PolicyFrozen],
            "43 characters of canonical base64url",
        ),
        (Field::Scope, hex, &[Kind::TokenIssued], "this is the hash q6ur"),
        (
            Field::Gateway,
            "did:key:zNobody",
            &[],
            "the did:key of an Ed25519 key",
        ),
        (
            Field::Issuer,
            "did:web:example.com",
            &[],
            "the did:key of an Ed25519 key",
        ),
    ] {
        let question = about(field, value, kinds);
        let fault = question.check_value().unwrap_err();
        assert!(fault.expected.contains(expected), "{field}: {}", fault.expected);
        assert!(IndexQuestion::from_json(&question.to_json()).is_err(), "{field}");
        let text = said(&question, &[]);
        assert!(!text.contains("never"), "{text}");
        assert!(
            text.contains("A value of this field is") && text.contains(expected),
            "{text}"
        );
        assert!(!answer(&question, &[]).on_its_page().contains("never"));
    }
}

#[test]
fn what_callers_and_jobs_name_as_they_like_can_be_asked_for_in_any_spelling() {
    let hex = TOKEN;
    let receipts = [Kind::ReceiptGateway, Kind::Decision];
    for (field, kinds) in [
        (Field::Policy, &[][..]),
        (Field::Policy, &receipts),
        (Field::Scope, &receipts),
    ] {
        let question = about(field, hex, kinds);
        question.check_value().unwrap();
        let text = said(&question, &[]);
        assert!(text.contains("Only receipts and approvals can name a"), "{text}");
        assert!(text.contains("this is the hash q6ur"), "{text}");
    }
    let policy = about(Field::Policy, POLICY, &[]);
    assert!(!said(&policy, &[]).contains("Only receipts"));
    // A job can have any id, and a token none but its hash.
    let halt = about(Field::Halt, &TOKEN.to_uppercase(), &[]);
    halt.check_value().unwrap();
    let text = said(&halt, &[]);
    assert!(
        text.starts_with(r#"The job "ABAB"#) && !text.contains("revoked"),
        "{text}"
    );
    assert!(
        text.contains("This says nothing of a token, whose hash is 64 lower-case"),
        "{text}"
    );
}
