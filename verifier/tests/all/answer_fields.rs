//! What an answer says of a field: the form of its values, and the role in which entries name them.

use verifier::kind::Kind;
use verifier::subject::Field;
use verifier::subject_index::IndexQuestion;

use crate::answer_text::{DID, POLICY, TOKEN, about, answer, said};

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

#[test]
fn a_key_is_named_in_the_role_that_is_asked_for_and_may_sign_in_others() {
    let role = "What names or signs with it in another role is not asked for here.";
    let gateway = about(Field::Gateway, DID, &[]);
    assert_eq!(
        said(&gateway, &[]),
        format!(
            r#"No entry that names the key "{DID}" as its gateway is in the log, as of size 1,000. {role}"#
        )
    );
    assert_eq!(
        said(&gateway, &[5]),
        format!(
            r#"1 entry that names the key "{DID}" as its gateway is in the log: entry 5, and no other, as of size 1,000. {role}"#
        )
    );
    assert_eq!(
        said(&about(Field::Gateway, DID, &[Kind::ReceiptTool]), &[5, 6]),
        format!(
            r#"2 entries of kind receipt.tool that name the key "{DID}" as their gateway are in the log: entries 5, 6, and no others, as of size 1,000. {role}"#
        )
    );
    let issuer = about(Field::Issuer, DID, &[]);
    assert_eq!(
        said(&issuer, &[]),
        format!(
            r#"No entry that names the key "{DID}" as its issuer, registers it or retires it is in the log, as of size 1,000. {role}"#
        )
    );
    for field in [Field::Agent, Field::Gateway, Field::Issuer] {
        for found in [&[][..], &[5]] {
            let text = said(&about(field, DID, &[]), found);
            assert!(!text.contains("signed by") && text.ends_with(role), "{text}");
        }
    }
    let document = said(&about(Field::Evidence, TOKEN, &[]), &[]);
    assert!(
        document.ends_with("The entry of that document itself is not asked for here."),
        "{document}"
    );
}

#[test]
fn a_sentence_that_finds_nothing_does_not_say_that_it_happened() {
    let kinds = [Kind::TokenRevoked, Kind::Bundle];
    assert_eq!(
        said(&about(Field::Revocation, TOKEN, &kinds), &[]),
        format!(
            r#"No entry of kind token.revoked or bundle that revokes the token "{TOKEN}" is in the log, as of size 1,000."#
        )
    );
    assert_eq!(
        said(&about(Field::Halt, "job-1", &[Kind::JobEvent]), &[]),
        r#"No entry of kind job.event that halts or revokes the job "job-1" is in the log, as of size 1,000."#
    );
}
