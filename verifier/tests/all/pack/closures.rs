//! Packs whose parts do not belong together, with a checksum that fits.

use ed25519_dalek::SigningKey;
use serde_cbor::Value;
use serde_json::json;
use verifier::base64;
use verifier::check::{Status, check_pack};
use verifier::kind::Kind;
use verifier::note::VerifierKey;

use super::edit::{array, changed, code_of, kinds, member, record_of};
use kit::documents::Draft;
use kit::key::Key;
use kit::log::{ORIGIN, job_event};
use kit::pack::{ASK, JobLog, PackRequest, check, sample};

fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => panic!("not a text: {other:?}"),
    }
}

#[test]
fn another_assessment_is_noticed() {
    let (_, pack) = sample();
    let code = code_of(&changed(&pack, member::ASSESSMENT, |assessment| {
        *assessment = Value::Text(text(assessment) + " ");
    }));
    assert_eq!(code, "ASSESSMENT_MISMATCH");
}

#[test]
fn another_key_opens_nothing() {
    let (_, pack) = sample();
    let public = SigningKey::from_bytes(&[77; 32]).verifying_key().to_bytes();
    for (name, code) in [
        (ORIGIN, "CHECKPOINT_NOT_SIGNED_BY_KEY"),
        ("other.example/log", "WRONG_LOG"),
    ] {
        let key = VerifierKey::new(name, public).unwrap();
        let found = check_pack(&pack, &key, None);
        assert_eq!(
            (found.report.reason_code, found.report.status),
            (code, Status::Fail)
        );
        let renamed = changed(&pack, member::VKEY, |vkey| *vkey = Value::Text(key.to_string()));
        assert_eq!(code_of(&renamed), code);
        assert_eq!(
            check_pack(&renamed, &key, None).report.reason_code,
            "CHECKPOINT_NOT_SIGNED_BY_KEY"
        );
    }
}

#[test]
fn another_checkpoint_of_the_same_log_does_not_fit() {
    let (log, pack) = sample();
    for size in [5, 6] {
        let other = changed(&pack, member::CHECKPOINT, |note| {
            *note = Value::Text(log.log.checkpoint(size));
        });
        assert_eq!(code_of(&other), "INCLUSION_FAILED", "size {size}");
    }
    let smaller = changed(&pack, member::CHECKPOINT, |note| {
        *note = Value::Text(log.log.checkpoint(4));
    });
    assert_eq!(code_of(&smaller), "CHECKPOINT_MALFORMED");
}

/// A signature line (`— name base64`) with one bit of its signature changed.
fn with_another_signature(line: &str) -> String {
    let (name, signature) = line.rsplit_once(' ').unwrap();
    let mut signature = base64::decode_standard(signature).unwrap();
    *signature.last_mut().unwrap() ^= 1;
    format!("{name} {}", base64::encode_standard(&signature))
}

#[test]
fn signature_lines_stand_in_one_order_and_each_must_verify() {
    let mut log = JobLog::new();
    log.fill(7);
    let pack = log.pack(PackRequest {
        cosigners: &[8, 9],
        ..ASK
    });
    let lines = |change: fn(&mut Vec<String>)| {
        code_of(&changed(&pack, member::CHECKPOINT, |note| {
            let (head, lines) = text(note)
                .rsplit_once("\n\n")
                .map(|(a, b)| (a.to_owned(), b.to_owned()))
                .unwrap();
            let mut lines: Vec<String> = lines.lines().map(str::to_owned).collect();
            change(&mut lines);
            *note = Value::Text(format!("{head}\n\n{}\n", lines.join("\n")));
        }))
    };
    assert_eq!(lines(|lines| lines.swap(1, 2)), "COSIGNATURE_INVALID");
    assert_eq!(lines(|lines| lines.swap(0, 1)), "COSIGNATURE_INVALID");
    assert_eq!(lines(|lines| drop(lines.pop())), "COSIGNATURE_INVALID");
    assert_eq!(lines(|lines| lines.push(lines[0].clone())), "COSIGNATURE_INVALID");
    assert_eq!(
        lines(|lines| lines[1] = with_another_signature(&lines[1])),
        "COSIGNATURE_INVALID"
    );
    let keys =
        |change: fn(&mut Vec<Value>)| code_of(&changed(&pack, member::COSIGNERS, |keys| change(array(keys))));
    assert_eq!(keys(|keys| keys.swap(0, 1)), "PACK_DAMAGED");
    assert_eq!(keys(|keys| drop(keys.pop())), "COSIGNATURE_INVALID");
    assert_eq!(keys(Vec::clear), "COSIGNATURE_INVALID");
}

#[test]
fn a_later_version_is_not_called_damaged() {
    let (_, pack) = sample();
    let later = changed(&pack, member::VERSION, |version| *version = Value::Integer(3));
    let report = super::check(&later).report;
    assert_eq!(
        (report.status, report.reason_code),
        (Status::Incomplete, "UNKNOWN_FORMAT")
    );
    let none = changed(&pack, member::VERSION, |version| {
        *version = Value::Text("1".to_owned());
    });
    assert_eq!(code_of(&none), "PACK_DAMAGED");
}

#[test]
fn another_job_or_size_has_another_closure() {
    let (_, pack) = sample();
    let job = changed(&pack, member::JOB, |job| *job = Value::Text("job-2".to_owned()));
    assert!(matches!(
        code_of(&job),
        "CLOSURE_MISMATCH" | "ASSESSMENT_MISMATCH"
    ));
    for (as_of, code) in [
        (4, "INCLUSION_FAILED"),
        (6, "INCLUSION_FAILED"),
        (8, "CHECKPOINT_MALFORMED"),
        (0, "CHECKPOINT_MALFORMED"),
    ] {
        let other = changed(&pack, member::AS_OF, |size| *size = Value::Integer(as_of));
        assert_eq!(code_of(&other), code, "as of {as_of}");
    }
}

#[test]
fn what_stands_beside_an_entry_is_what_it_commits_to() {
    let (_, pack) = sample();
    assert!(
        kinds(&pack).iter().any(|(index, _)| *index == 2),
        "the receipt is in the closure"
    );
    let record = |index: u64, change: &dyn Fn(&mut Vec<Value>)| {
        code_of(&changed(&pack, member::RECORDS, |records| {
            change(record_of(records, index));
        }))
    };
    let event = Value::Bytes(job_event(4, "job-1"));
    assert_eq!(record(2, &|it| it[2] = event.clone()), "RAW_DIGEST_MISMATCH");
    assert_eq!(record(2, &|it| it[2] = Value::Null), "RAW_DIGEST_MISMATCH");
    assert_eq!(record(2, &|it| it[3] = Value::Null), "CONTEXT_MISMATCH");
    assert_eq!(record(1, &|it| it[2] = Value::Null), "ERASURE_NOT_ORDERED");
    assert_eq!(record(0, &|it| it[2] = Value::Null), "GENESIS_INVALID");
    assert_eq!(record(0, &|it| it[2] = event.clone()), "GENESIS_INVALID");
    for other in [
        r#"{"job_id":"job-2","last":true,"number":0,"stream":"s"}"#,
        r#"{"job_id":"job-1","last":false,"number":0,"stream":"s"}"#,
        r#"{"job_id":"job-1","last":true,"number":1,"stream":"s"}"#,
        r#"{"job_id":"job-1","last":true,"number":0,"stream":"t"}"#,
        r#"{"job_id":"job-1","stream":"s","number":0,"last":true}"#,
        r#"{"job_id":"job-1"}"#,
        "{}",
        "",
    ] {
        let code = record(2, &|it| it[3] = Value::Text(other.to_owned()));
        assert_eq!(code, "CONTEXT_MISMATCH", "{other}");
    }
    assert_eq!(
        record(1, &|it| it[3] = Value::Text("{}".to_owned())),
        "CONTEXT_MISMATCH"
    );
}

#[test]
fn records_are_those_that_something_needs() {
    let (log, pack) = sample();
    for further in [3, 5, 6] {
        let surplus = log.pack_beside(ASK, &[further]);
        assert_eq!(code_of(&surplus), "RECORD_SUPERFLUOUS", "entry {further}");
    }
    for (index, _) in kinds(&pack) {
        let dropped = changed(&pack, member::RECORDS, |records| {
            array(records).retain(
                |record| !matches!(record, Value::Array(it) if it[0] == Value::Integer(index.into())),
            );
        });
        assert_eq!(code_of(&dropped), "INCLUSION_FAILED", "entry {index}");
    }
    let swapped = changed(&pack, member::RECORDS, |records| array(records).swap(0, 1));
    assert_eq!(code_of(&swapped), "PACK_DAMAGED");
    let twice = changed(&pack, member::RECORDS, |records| {
        let first = array(records)[0].clone();
        array(records).insert(0, first);
    });
    assert_eq!(code_of(&twice), "PACK_DAMAGED");
}

#[test]
fn a_refusal_is_no_evidence_with_the_digest_that_a_context_is_about() {
    let mut log = JobLog::new();
    let about = json!({ "evidence_digest": "00".repeat(32), "job_id": "job-1" });
    let context = Draft::own(ORIGIN, "submission_context", about).sign(&Key::new(4));
    log.document(context.as_bytes(), None);
    // The last assessed entry is refused, with that digest.
    log.fill(6);
    let pack = log.pack(PackRequest {
        as_of: 6,
        size: 6,
        ..ASK
    });
    assert!(kinds(&pack).contains(&(5, Kind::Refused)));
    let found = check(&pack);
    assert!(found.assessment.is_some(), "{:?}", found.report);
}

#[test]
fn lookups_and_answers_are_those_of_the_closure() {
    let (_, pack) = sample();
    let lookups = {
        let mut count = 0;
        changed(&pack, member::ANSWERS, |answers| count = array(answers).len());
        count
    };
    assert!(lookups > 0, "the closure asks something");
    for position in 0..lookups {
        let dropped = changed(&pack, member::ANSWERS, |answers| {
            drop(array(answers).remove(position));
        });
        assert!(
            matches!(code_of(&dropped), "CLOSURE_MISMATCH" | "RECORD_SUPERFLUOUS"),
            "lookup {position}"
        );
        let indices = {
            let mut count = 0;
            changed(&pack, member::ANSWERS, |answers| {
                count = array(&mut array(&mut array(answers)[position])[1]).len();
            });
            count
        };
        for index in 0..indices {
            let shorter = changed(&pack, member::ANSWERS, |answers| {
                drop(array(&mut array(&mut array(answers)[position])[1]).remove(index));
            });
            assert!(
                matches!(code_of(&shorter), "CLOSURE_MISMATCH" | "RECORD_SUPERFLUOUS"),
                "index {index} of lookup {position}"
            );
        }
        let longer = changed(&pack, member::ANSWERS, |answers| {
            array(&mut array(&mut array(answers)[position])[1]).push(Value::Integer(4));
        });
        assert_ne!(code_of(&longer), "OK", "lookup {position}");
        for other in ["index", "proved"] {
            let other = changed(&pack, member::ANSWERS, |answers| {
                array(&mut array(answers)[position])[2] = Value::Text(other.to_owned());
            });
            assert_eq!(code_of(&other), "PACK_DAMAGED");
        }
    }
    let again = changed(&pack, member::ANSWERS, |answers| {
        let last = array(answers).last().unwrap().clone();
        array(answers).push(last);
    });
    assert_eq!(code_of(&again), "CLOSURE_MISMATCH");
}
