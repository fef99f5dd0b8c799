//! Proved answers over HTTP: checked by the offline verifier, with nothing but the log's key and its genesis.

use crate::documents::token_hash;
use crate::support::{ApiAnswer, ApiLog};
use serde_json::{Value, json};
use verifier::check::{Report, SubjectExpectation, check_subject};
use verifier::digest::EvidenceDigest;
use verifier::index::LeafIndex;
use verifier::kind::Kind;
use verifier::subject::Field;
use verifier::subject_index::{IndexQuestion, SUBJECT_PROOF_MEDIA_TYPE};

/// A log with an index, a job and a token, all of it covered.
pub(crate) async fn indexed_log() -> ApiLog {
    let log = ApiLog::start_indexed().await;
    log.logged(&log.job_event("job-1", "opened")).await;
    let issued = log
        .logged(&log.issuance(&token_hash('a'), "job-1", "run-1"))
        .await;
    as_of(&log, size_with(&issued)).await;
    log
}

/// The size of the log with an entry that was just logged. The published one may have an index.root more, which nothing covers yet.
pub(crate) fn size_with(receipt: &Value) -> u64 {
    receipt["index"].as_u64().unwrap() + 1
}

/// The entries of the job as of a size.
async fn as_of(log: &ApiLog, size: u64) -> ApiAnswer {
    let answer = log
        .get(&format!("/v1/subjects/job/job-1/proof?as_of={size}"))
        .await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    answer
}

fn checked(log: &ApiLog, answer: &ApiAnswer) -> Report {
    checked_file(log, &answer.body)
}

/// What the offline verifier says of a file.
pub(crate) fn checked_file(log: &ApiLog, file: &[u8]) -> Report {
    let reader = log.state.engine();
    let genesis = reader.entry(LeafIndex::ZERO).unwrap().unwrap();
    let expected = SubjectExpectation::default();
    let key = reader.verifier_key();
    check_subject(file, &genesis.evidence.unwrap(), &key, &expected).report
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_a_file_that_the_offline_verifier_passes() {
    let log = indexed_log().await;
    let answer = log.get("/v1/subjects/job/job-1/proof").await;
    assert_eq!(answer.header("content-type"), SUBJECT_PROOF_MEDIA_TYPE);
    let report = checked(&log, &answer);
    assert_eq!(report.reason_code, "OK", "{}", report.message);
    assert_eq!(report.details.get("entries_count").unwrap(), 2);
    let never = format!("/v1/subjects/token/{}/proof?kinds=token.revoked", token_hash('a'));
    let report = checked(&log, &log.get(&never).await);
    assert!(report.message.contains("was never revoked"), "{}", report.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_in_json_says_the_same_in_words() {
    let log = indexed_log().await;
    let address = "/v1/subjects/job/job-1/proof?kinds=token.issued,job.event";
    let answer = log.get_as(address, "application/json").await.json();
    let report = checked(&log, &log.get(address).await);
    assert_eq!(answer["entries"], *report.details.get("entries").unwrap());
    assert_eq!(answer["question"], *report.details.get("question").unwrap());
    // Ascending by code, in whatever order they came.
    assert_eq!(answer["question"][3], json!(["token.issued", "job.event"]));
    let sentence = answer["sentence"].as_str().unwrap();
    assert!(
        report.message.starts_with("2 entries of the job"),
        "{}",
        report.message
    );
    assert!(sentence.starts_with("2 entries of the job"), "{sentence}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_size_is_waited_for_and_earlier_ones_are_answered_as_of_then() {
    let log = indexed_log().await;
    let closed = log.logged(&log.job_event("job-1", "closed")).await;
    let now = size_with(&closed);
    for (size, entries) in [(now, 3), (now - 1, 2)] {
        let report = checked(&log, &as_of(&log, size).await);
        assert_eq!(
            report.details.get("entries_count").unwrap(),
            entries,
            "as of {size}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_is_refused_with_the_part_that_is_wrong() {
    let log = indexed_log().await;
    let overlong = format!("/v1/subjects/job/{}/proof", "x".repeat(4097));
    let upper_case = format!("/v1/subjects/token/{}/proof", "AB".repeat(32));
    let upper_case_revocation = upper_case.replace("/token/", "/revocation/");
    for (address, parameter) in [
        ("/v1/subjects/nonce/n/proof", "field"),
        ("/v1/subjects/kind/token.revoked/proof", "field"),
        ("/v1/subjects/color/red/proof", "field"),
        (overlong.as_str(), "value"),
        (upper_case.as_str(), "value"),
        (upper_case_revocation.as_str(), "value"),
        ("/v1/subjects/revocation/hello/proof", "value"),
        ("/v1/subjects/artifact/hello/proof", "value"),
        ("/v1/subjects/gateway/did:key:zNobody/proof", "value"),
        ("/v1/subjects/policy/x/proof?kinds=policy.withdrawn", "value"),
        ("/v1/subjects/evidence/abc/proof", "value"),
        ("/v1/subjects/job/j/proof?kinds=no.kind", "kinds"),
        ("/v1/subjects/job/j/proof?kinds=index.root", "kinds"),
        ("/v1/subjects/job/j/proof?as_of=0", "as_of"),
    ] {
        let answer = log.get(address).await;
        assert_eq!(answer.status, 422, "{parameter}");
        assert_eq!(answer.code(), "INVALID_PARAMETER");
        assert_eq!(answer.json()["parameter"], parameter);
    }
    let ahead = log.get("/v1/subjects/job/j/proof?as_of=999999").await;
    assert_eq!((ahead.status, ahead.code().as_str()), (409, "POSITION_AHEAD"));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_entries_of_a_listed_kind_are_proved_and_other_kinds_are_no_question() {
    let log = indexed_log().await;
    let answer = log.get("/v1/kinds/issuer.registered/proof").await;
    assert_eq!(answer.header("content-type"), SUBJECT_PROOF_MEDIA_TYPE);
    let report = checked(&log, &answer);
    assert_eq!(
        report.details.get("question").unwrap(),
        &json!(["kind", "issuer.registered"])
    );
    let listed = log
        .get("/v1/events?kinds=issuer.registered&limit=200")
        .await
        .json();
    let listed = listed["events"].as_array().unwrap();
    assert_eq!(report.details.get("entries_count").unwrap(), listed.len());
    let none = checked(&log, &log.get("/v1/kinds/log.frozen/proof").await);
    assert!(
        none.message
            .starts_with("No entry of kind log.frozen is in the log"),
        "{}",
        none.message
    );
    for kind in ["job.event", "index.root", "no.kind"] {
        let refused = log.get(&format!("/v1/kinds/{kind}/proof")).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (422, "INVALID_PARAMETER")
        );
        assert_eq!(refused.json()["parameter"], "kind");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_a_document_is_in_the_log_is_proved_by_its_digest() {
    let log = indexed_log().await;
    let receipt = log.logged(&log.job_event("job-1", "closed")).await;
    let (index, digest) = (&receipt["index"], receipt["evidence_digest"].as_str().unwrap());
    let address = format!("/v1/evidence/{digest}/proof?as_of={}", size_with(&receipt));
    let report = checked(&log, &log.get(&address).await);
    assert_eq!(report.details.get("entries").unwrap(), &json!([index]));
    let absent = "ab".repeat(32);
    let none = checked(&log, &log.get(&format!("/v1/evidence/{absent}/proof")).await);
    assert!(
        none.message.starts_with("No entry of the document"),
        "{}",
        none.message
    );
    let other = log.get("/v1/evidence/abc/proof").await;
    assert_eq!(other.status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_question_is_answered_at_its_address() {
    let log = indexed_log().await;
    let id = "job/1 ü?&%2F";
    let receipt = log.logged(&log.job_event(id, "opened")).await;
    let digest = receipt["evidence_digest"].as_str().unwrap();
    let of_job = |kinds: &[Kind]| IndexQuestion::Subject {
        field: Field::Job.into(),
        value: id.to_owned(),
        kinds: kinds.to_vec(),
    };
    for question in [
        IndexQuestion::Kind(Kind::LogFrozen),
        IndexQuestion::Evidence(EvidenceDigest::parse_hex(digest).unwrap()),
        of_job(&[]),
        of_job(&[Kind::TokenIssued, Kind::JobEvent]),
    ] {
        let address = format!("{}as_of={}", question.address().unwrap(), size_with(&receipt));
        let report = checked(&log, &log.get(&address).await);
        assert_eq!(report.details.get("question").unwrap(), &question.to_json());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_without_an_index_says_that_it_has_none() {
    let log = ApiLog::start().await;
    let answer = log.get("/v1/subjects/job/job-1/proof").await;
    assert_eq!((answer.status, answer.code().as_str()), (409, "INDEX_BEHIND"));
    assert_eq!(log.state.engine().newest_index_root().unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_size_that_stays_uncovered_is_refused_after_a_second_with_the_size_that_is_covered() {
    let log = indexed_log().await;
    let reader = log.state.engine();
    let mut heads = reader.watch();
    // Nothing comes after the index.root that covers everything in front of it, so that nothing covers itself.
    let covered = loop {
        let size = heads.borrow_and_update().head.tree.size;
        let root = reader.newest_index_root().unwrap().unwrap();
        if root.index.size_with() == Some(size) {
            break root.list.covered();
        }
        heads.changed().await.unwrap();
    };
    let size = log.size();
    let answer = log
        .get(&format!("/v1/subjects/job/job-1/proof?as_of={size}"))
        .await;
    assert_eq!((answer.status, answer.code().as_str()), (409, "INDEX_BEHIND"));
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    assert!(
        detail.contains(&format!("covers the first {covered} entries")),
        "{detail}"
    );
    assert_eq!(answer.header("retry-after"), "1");
}
