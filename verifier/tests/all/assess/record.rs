//! A stored record against its entry: whatever was changed in either is named, and nothing else is taken for evidence.

use serde_json::json;
use verifier::context::{Context, SubmitterName};
use verifier::digest::{EvidenceDigest, RawDigest};
use verifier::entry::Entry;
use verifier::kind::Kind;
use verifier::record::{Record, RecordContent, RecordError, StoredBytes, StoredRecord};

use super::scenario::{ORIGIN, ScenarioActor, ScenarioLog, passing_job, salt, same};

/// Writes an entry otherwise.
type EntryChange = Box<dyn FnOnce(&mut Entry)>;

/// A model call that was sent with a place in a stream.
fn call() -> Record {
    let mut job = passing_job();
    let index = job.model_call(same);
    job.log.record(index).clone()
}

/// The record as its entry and the stored bytes lead to it.
fn join(record: &Record, context: Option<&str>) -> Result<Record, RecordError> {
    let stored = StoredRecord {
        document: record.evidence.clone(),
        context: context.map(str::as_bytes),
    };
    let entry = Entry::decode(&record.bytes).unwrap();
    Record::join(record.index, record.bytes.clone(), entry, stored, &salt())
}

fn verify(record: &Record) -> Result<RecordContent, RecordError> {
    record.verify(ORIGIN, &salt())
}

/// The record of an entry that somebody wrote otherwise, with everything else as it was.
fn rewritten(record: &Record, change: impl FnOnce(&mut Entry)) -> Record {
    let mut entry = record.entry.clone();
    change(&mut entry);
    Record {
        bytes: entry.encode().unwrap(),
        entry,
        ..record.clone()
    }
}

fn text(record: &Record) -> String {
    record.context.as_ref().unwrap().to_stored()
}

#[test]
fn every_record_of_an_honest_log_is_joined_and_verified() {
    let job = passing_job();
    for index in 0..job.log.size() {
        let record = job.log.record(index);
        let stored = record.context.as_ref().map(Context::to_stored);
        assert_eq!(&join(record, stored.as_deref()).unwrap(), record, "entry {index}");
        let content = verify(record).unwrap();
        let is_word = record.entry.kind == Kind::Context && record.context.is_some();
        assert_eq!(
            matches!(content, RecordContent::Context),
            is_word,
            "entry {index}"
        );
        assert_eq!(
            matches!(content, RecordContent::Evidence(_)),
            !is_word,
            "entry {index}"
        );
    }
}

#[test]
fn a_document_that_the_entry_does_not_commit_to_is_named() {
    let call = call();
    let stored = text(&call);
    let with = |evidence: StoredBytes| Record {
        evidence,
        ..call.clone()
    };
    let StoredBytes::Bytes(bytes) = &call.evidence else {
        panic!("a receipt has a document");
    };
    let mut other = bytes.clone();
    other.push(b' ');
    let other = with(StoredBytes::Bytes(other));
    let missing = with(StoredBytes::Nothing);
    for (record, code) in [
        (&other, "EVIDENCE_DIGEST_MISMATCH"),
        (&missing, "EVIDENCE_MISSING"),
    ] {
        assert_eq!(join(record, Some(&stored)).unwrap_err().code(), code);
        assert_eq!(verify(record).unwrap_err().code(), code);
    }
}

#[test]
fn a_context_is_stored_in_one_spelling_and_is_the_one_that_the_entry_commits_to() {
    let call = call();
    let stored = text(&call);
    let changed = |from: &str, to: &str| {
        assert!(stored.contains(from), "{stored}");
        stored.replacen(from, to, 1)
    };
    let number = format!(
        "\"number\":{}",
        call.context.as_ref().unwrap().stream.as_ref().unwrap().number
    );
    for (context, expected) in [
        (None, RecordError::ContextMissing),
        (Some(changed("{", "{ ")), RecordError::ContextSpelling),
        (Some(changed("job-1", "job-2")), RecordError::ContextSubjects),
        (
            Some(changed(&number, "\"number\":77")),
            RecordError::ContextStream,
        ),
    ] {
        assert_eq!(join(&call, context.as_deref()), Err(expected));
    }
    let rubbish = join(&call, Some("{}")).unwrap_err();
    assert!(matches!(rubbish, RecordError::ContextMalformed(_)), "{rubbish}");
    let without = rewritten(&call, |entry| {
        entry.context_subjects = None;
        entry.stream = None;
    });
    assert_eq!(join(&without, Some(&stored)), Err(RecordError::ContextUnexpected));
}

#[test]
fn an_entry_that_says_of_a_document_what_it_is_not_makes_no_evidence() {
    let call = call();
    let zeros = EvidenceDigest::from_bytes([0; 32]);
    let cases: [(EntryChange, &str); 5] = [
        (
            Box::new(move |entry| entry.evidence_digest = zeros),
            "EVIDENCE_DIGEST_MISMATCH",
        ),
        (
            Box::new(|entry| entry.raw_digest = Some(RawDigest::from_bytes([0; 32]))),
            "EVIDENCE_DIGEST_MISMATCH",
        ),
        (Box::new(|entry| entry.kind = Kind::ReceiptTool), "ENTRY_MISMATCH"),
        (
            Box::new(|entry| entry.signer = ScenarioActor::Stranger.did()),
            "ENTRY_MISMATCH",
        ),
        (Box::new(|entry| entry.subjects.clear()), "SUBJECTS_MISMATCH"),
    ];
    for (change, code) in cases {
        assert_eq!(verify(&rewritten(&call, change)).unwrap_err().code(), code);
    }
    let unsaid = Record {
        entry: rewritten(&call, |entry| entry.signer = ScenarioActor::Stranger.did()).entry,
        ..call.clone()
    };
    assert_eq!(verify(&unsaid), Err(RecordError::EntryBytes));
    let elsewhere = call.verify("other.example/log", &salt());
    assert!(elsewhere.is_ok(), "a receipt of clawsig names no log");
}

#[test]
fn a_document_written_for_another_log_is_rejected() {
    let job = passing_job();
    let own = (0..job.log.size())
        .map(|index| job.log.record(index))
        .find(|record| record.entry.kind == Kind::JobEvent)
        .unwrap();
    let error = own.verify("other.example/log", &salt()).unwrap_err();
    assert_eq!(error.code(), "WRONG_LOG");
}

#[test]
fn what_says_who_may_do_what_is_never_taken_as_erased() {
    let job = passing_job();
    let erased = |kind: Kind| {
        let found = (0..job.log.size())
            .map(|index| job.log.record(index))
            .find(|record| record.entry.kind == kind);
        let record = Record {
            evidence: StoredBytes::Erased,
            context: None,
            ..found.unwrap().clone()
        };
        verify(&record)
    };
    assert_eq!(erased(Kind::ReceiptGateway), Ok(RecordContent::Erased));
    assert_eq!(erased(Kind::IssuerRegistered), Err(RecordError::NotErasable));
}

#[test]
fn a_refusal_keeps_jobs_and_tokens_of_its_context_and_no_place_in_a_stream() {
    let mut log = ScenarioLog::new();
    let context = json!({ "job_id": "job-1" });
    let index = log.refused(&ScenarioActor::Gateway.did(), "clawproxy", &context);
    let refused = log.record(index).clone();
    assert!(matches!(verify(&refused), Ok(RecordContent::Refused(Some(_)))));
    let stored = r#"{"job_id":"job-1","last":false,"number":3,"stream":"s"}"#;
    let joined = join(&refused, Some(stored)).unwrap();
    assert_eq!(joined, refused);
    let renamed = rewritten(&refused, |entry| entry.submitter = SubmitterName::parse("others"));
    assert!(
        verify(&renamed).is_ok(),
        "without a stream, the submitter's name is in no hash"
    );
}
