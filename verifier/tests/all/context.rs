//! Contexts, submitter names, stream hashes and ids.

use verifier::code::Code;
use verifier::context::{Context, SubmitterName, stream_hash};
use verifier::id::check_id;
use verifier::subject::{ClearSubject, Field};
use verifier::{hash, json, rfc3339};

use crate::vectors::root;

const HASH: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn read(text: &str) -> Result<Context, (Code, String)> {
    let value = json::parse(text.as_bytes()).unwrap();
    Context::from_json(&value, "/context").map_err(|fault| (fault.code, fault.pointer))
}

/// Texts that are contexts, and texts that are not, with code and pointer.
fn cases() -> (Vec<String>, Vec<(String, Code, &'static str)>) {
    let id = "x".repeat(257);
    let jws = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhIn0.c2ln";
    let good = vec![
        r#"{"job_id":"job-1"}"#.to_owned(),
        format!(r#"{{"token_hash":"{HASH}"}}"#),
        r#"{"stream":"s","number":0}"#.to_owned(),
        format!(r#"{{"last":true,"number":7,"stream":"s","token_hash":"{HASH}","job_id":"ü"}}"#),
    ];
    let bad = vec![
        ("{}".to_owned(), Code::SchemaInvalid, "/context"),
        ("[]".to_owned(), Code::SchemaInvalid, "/context"),
        (r#"{"job":"j"}"#.to_owned(), Code::SchemaInvalid, "/context/job"),
        (
            r#"{"job_id":1}"#.to_owned(),
            Code::SchemaInvalid,
            "/context/job_id",
        ),
        (r#"{"job_id":""}"#.to_owned(), Code::InvalidId, "/context/job_id"),
        (
            format!(r#"{{"job_id":"{id}"}}"#),
            Code::InvalidId,
            "/context/job_id",
        ),
        (
            r#"{"job_id":"a\u202eb"}"#.to_owned(),
            Code::InvalidId,
            "/context/job_id",
        ),
        (
            format!(r#"{{"job_id":"{jws}"}}"#),
            Code::TokenLeaked,
            "/context/job_id",
        ),
        (
            format!(r#"{{"token_hash":"{}"}}"#, HASH.to_uppercase()),
            Code::SchemaInvalid,
            "/context/token_hash",
        ),
        (
            r#"{"stream":"s"}"#.to_owned(),
            Code::SchemaInvalid,
            "/context/number",
        ),
        (
            r#"{"number":1}"#.to_owned(),
            Code::SchemaInvalid,
            "/context/stream",
        ),
        (
            r#"{"job_id":"j","last":true}"#.to_owned(),
            Code::SchemaInvalid,
            "/context/last",
        ),
        (
            r#"{"stream":"s","number":-1}"#.to_owned(),
            Code::SchemaInvalid,
            "/context/number",
        ),
        (
            r#"{"stream":"s","number":1.5}"#.to_owned(),
            Code::SchemaInvalid,
            "/context/number",
        ),
        (
            r#"{"stream":"s","number":1,"last":1}"#.to_owned(),
            Code::SchemaInvalid,
            "/context/last",
        ),
        (
            r#"{"stream":"\u0000","number":1}"#.to_owned(),
            Code::InvalidId,
            "/context/stream",
        ),
    ];
    (good, bad)
}

#[test]
fn reads_contexts_strictly() {
    let (good, bad) = cases();
    for text in good {
        assert!(read(&text).is_ok(), "{text}");
    }
    for (text, code, pointer) in bad {
        assert_eq!(read(&text), Err((code, pointer.to_owned())), "{text}");
    }
}

#[test]
fn published_schema_and_the_typed_reader_agree_on_contexts() {
    let text = std::fs::read(root().join("schemas/submission-v1.schema.json")).unwrap();
    let schema: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let wrapped = |context: &str| -> serde_json::Value {
        serde_json::from_str(&format!(r#"{{"evidence":{{}},"context":{context}}}"#)).unwrap()
    };
    let (good, bad) = cases();
    for text in good {
        assert!(validator.is_valid(&wrapped(&text)), "{text}");
    }
    for (text, code, _) in bad {
        assert_eq!(
            validator.is_valid(&wrapped(&text)),
            code == Code::TokenLeaked,
            "{text}"
        );
    }
}

#[test]
fn what_is_stored_reads_back_as_the_same_context() {
    for text in cases().0 {
        let context = read(&text).unwrap();
        assert_eq!(read(&context.to_stored()).unwrap(), context);
    }
    let stored = read(&format!(r#"{{"stream":"s","token_hash":"{HASH}","number":3}}"#))
        .unwrap()
        .to_stored();
    assert_eq!(
        stored,
        format!(r#"{{"last":false,"number":3,"stream":"s","token_hash":"{HASH}"}}"#)
    );
}

#[test]
fn job_and_token_are_its_subjects() {
    let context = read(&format!(
        r#"{{"job_id":"j","token_hash":"{HASH}","stream":"s","number":0}}"#
    ))
    .unwrap();
    let expected = [(Field::Job, "j"), (Field::Token, HASH)];
    assert_eq!(
        context.subjects(),
        expected.map(|(field, value)| ClearSubject {
            field,
            value: value.to_owned()
        })
    );
}

#[test]
fn submitter_names_are_short_and_plain() {
    for good in ["a", "gw-1", "0._-z", &"x".repeat(64)] {
        assert_eq!(SubmitterName::parse(good).unwrap().as_str(), good);
    }
    for bad in ["", "A", "a b", "ä", "a/b", &"x".repeat(65)] {
        assert_eq!(SubmitterName::parse(bad), None, "{bad}");
    }
}

#[test]
fn a_stream_is_its_owners() {
    assert_eq!(stream_hash("gw-1", "s"), hash::sha256(b"gw-1\0s"));
    assert_ne!(stream_hash("gw-1", "s"), stream_hash("gw", "-1s"));
}

#[test]
fn ids_are_short_and_visible() {
    for good in [
        "a",
        "job 1/2",
        "ü€😀",
        &"x".repeat(256),
        " a ",
        "...",
        "a\u{E000}",
    ] {
        assert!(check_id(good, "/a").is_ok(), "{good:?}");
    }
    let long = "ü".repeat(129);
    for bad in [
        "",
        &long,
        "\0",
        "\u{1f}",
        "\u{7f}",
        "\u{9f}",
        "\u{61c}",
        "\u{200e}",
        "\u{200f}",
        "\u{202a}",
        "\u{202e}",
        "\u{2066}",
        "\u{2069}",
        ".",
        "..",
        "a\u{200D}b",
        "\u{AD}",
        "\u{34F}",
        "\u{3164}",
        "\u{E0041}",
        "\u{FE0F}",
        "\u{2028}",
        "\u{FFFB}",
        "\u{FDD0}",
        "\u{10FFFF}",
        "\u{2800}",
    ] {
        let fault = check_id(bad, "/a").unwrap_err();
        assert_eq!(
            (fault.code, fault.pointer.as_str()),
            (Code::InvalidId, "/a"),
            "{bad:?}"
        );
    }
}

#[test]
fn times_are_full_and_read_to_the_millisecond() {
    let read = |text: &str| rfc3339::parse(text).map(verifier::index::TimestampMs::value);
    assert_eq!(read("1970-01-01T00:00:00Z"), Some(0));
    assert_eq!(read("2026-02-12T01:00:00.1239+01:00"), Some(1_770_854_400_123));
    assert_eq!(read("2026-02-12t00:00:00z"), Some(1_770_854_400_000));
    for bad in [
        "",
        "2026-02-12",
        "2026-02-12T00:00:00",
        "2026-02-12 00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2016-12-31T23:59:60Z",
        "1969-12-31T23:59:59Z",
        "2026-02-12T00:00Z",
    ] {
        assert_eq!(read(bad), None, "{bad}");
    }
}
