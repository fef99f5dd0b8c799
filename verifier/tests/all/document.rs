//! Documents and submissions: which bytes are kept, and what a wrapper may hold.

use verifier::code::Code;
use verifier::document::{Document, SUBMISSION_BYTES_MAX, Submission};
use verifier::fault::Fault;
use verifier::json::DOCUMENT_BYTES_MAX;

/// A compact JWS of an unsecured example.
const JWS: &str = "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";

fn faults(result: Result<impl std::fmt::Debug, Fault>) -> (Code, String) {
    let fault = result.unwrap_err();
    (fault.code, fault.pointer)
}

#[test]
fn keeps_the_bytes_from_brace_to_brace() {
    let document = Document::parse(b" \n{ \"a\" : 1.0 }\r\n\t").unwrap();
    assert_eq!(document.raw(), b"{ \"a\" : 1.0 }");
    let other = Document::parse(b"{\"a\":1}").unwrap();
    assert_eq!(document.evidence_digest(), other.evidence_digest());
    assert_ne!(document.raw_digest(), other.raw_digest());
}

#[test]
fn a_document_is_an_object() {
    assert_eq!(
        faults(Document::parse(b"[]")),
        (Code::SchemaInvalid, String::new())
    );
    assert_eq!(
        faults(Document::parse(b"   ")),
        (Code::MalformedJson, String::new())
    );
}

#[test]
fn white_space_does_not_count_to_the_size_of_a_document() {
    let mut body = vec![b' '; DOCUMENT_BYTES_MAX];
    body.extend_from_slice(b"{}");
    assert!(Document::parse(&body).is_ok());
}

#[test]
fn finds_a_token_in_any_string_and_does_not_repeat_it() {
    let leaked = |text: String| {
        let fault = Document::parse(text.as_bytes()).unwrap_err();
        assert!(!format!("{fault}").contains("eyJ"), "{fault}");
        (fault.code, fault.pointer)
    };
    let at = |pointer: &str| (Code::TokenLeaked, pointer.to_owned());
    assert_eq!(
        leaked(format!(r#"{{"a":[0,{{"b/c":"Bearer {JWS}"}}]}}"#)),
        at("/a/1/b~1c")
    );
    assert_eq!(leaked(format!(r#"{{"a":{{"{JWS}":1}}}}"#)), at("/a"));
}

#[test]
fn no_fault_repeats_a_token_that_stands_in_a_name() {
    for text in [
        format!(r#"{{"{JWS}":1,"{JWS}":2}}"#),
        format!(r#"{{"{JWS}":[1e400]}}"#),
        format!(r#"{{"evidence":{{}},"{JWS}":1}}"#),
    ] {
        let fault = Submission::parse(text.as_bytes()).unwrap_err();
        assert!(!fault.to_string().contains("eyJ"), "{fault}");
    }
}

#[test]
fn a_wrapper_gives_the_slice_of_its_evidence() {
    let body = br#" { "context" : {"job_id":"j"}, "evidence" :  { "a" : [ 1 ] }  } "#;
    let submission = Submission::parse(body).unwrap();
    assert_eq!(submission.document.raw(), br#"{ "a" : [ 1 ] }"#);
    assert_eq!(submission.context.unwrap().job_id.as_deref(), Some("j"));
}

#[test]
fn a_document_needs_no_wrapper_and_a_wrapper_no_context() {
    assert_eq!(Submission::parse(br#"{"a":1}"#).unwrap().context, None);
    let wrapped = Submission::parse(br#"{"evidence":{"a":1}}"#).unwrap();
    assert_eq!(
        (wrapped.document.raw(), wrapped.context),
        (&br#"{"a":1}"#[..], None)
    );
}

#[test]
fn a_wrapper_holds_nothing_else() {
    let at = |code: Code, pointer: &str| (code, pointer.to_owned());
    let refused = |text: &str| faults(Submission::parse(text.as_bytes()));
    assert_eq!(
        refused(r#"{"evidence":{},"note":1}"#),
        at(Code::SchemaInvalid, "/note")
    );
    assert_eq!(
        refused(r#"{"no/te":1,"evidence":{}}"#),
        at(Code::SchemaInvalid, "/no~1te")
    );
    assert_eq!(
        refused(r#"{"context":{"job_id":"j"}}"#),
        at(Code::SchemaInvalid, "/evidence")
    );
    assert_eq!(
        refused(r#"{"evidence":{},"evidence":{}}"#),
        at(Code::DuplicateKey, "/evidence")
    );
    assert_eq!(
        refused(r#"{"evidence":{},"context":{"a":1,"a":2}}"#),
        at(Code::DuplicateKey, "/context/a")
    );
    assert_eq!(
        refused(r#"{"evidence":{"a":1,"a":2}}"#),
        at(Code::DuplicateKey, "/a")
    );
    assert_eq!(
        refused(r#"{"evidence":{},"context":{}}"#),
        at(Code::SchemaInvalid, "/context")
    );
    assert_eq!(
        refused(r#"{"evidence":{},"context":null}"#),
        at(Code::SchemaInvalid, "/context")
    );
    assert_eq!(refused(r#"{"evidence":"{}"}"#), at(Code::SchemaInvalid, ""));
    assert_eq!(refused(r#"{"evidence":{}"#), at(Code::MalformedJson, ""));
    assert_eq!(refused(r#"{"evidence":{}} x"#), at(Code::MalformedJson, ""));
    assert_eq!(refused("[]"), at(Code::SchemaInvalid, ""));
}

#[test]
fn the_wrapper_has_room_beside_the_largest_document() {
    let document = format!("{{\"a\":\"{}\"}}", "x".repeat(DOCUMENT_BYTES_MAX - 8));
    assert_eq!(document.len(), DOCUMENT_BYTES_MAX);
    let wrapped = format!("{{\"evidence\":{document},\"context\":{{\"job_id\":\"j\"}}}}");
    assert!(Submission::parse(wrapped.as_bytes()).is_ok());
    let larger = format!("{{\"evidence\":{} }}", document.replacen('x', "xx", 1));
    assert_eq!(faults(Submission::parse(larger.as_bytes())).0, Code::BodyTooLarge);
    assert_eq!(
        faults(Submission::parse(&vec![b' '; SUBMISSION_BYTES_MAX + 1])).0,
        Code::BodyTooLarge
    );
}

#[test]
fn a_deep_wrapper_costs_no_stack() {
    let text = format!("{{\"evidence\":{}", "[".repeat(DOCUMENT_BYTES_MAX));
    assert!(Submission::parse(text.as_bytes()).is_err());
}
