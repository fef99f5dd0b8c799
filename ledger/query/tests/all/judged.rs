//! A job that was judged is not judged again, and nothing that was erased is answered from memory.

use kit::documents::{disposition, wrap};
use kit::test_ledger::ORIGIN;
use ledger::signer::EvidenceKey;
use serde_json::json;
use std::sync::Arc;
use verifier::assess::{assess, examine};
use verifier::check::check_pack;
use verifier::index::{LeafIndex, TreeSize};
use verifier::record::StoredBytes;

use ledger_query::QueryEngine;
use ledger_query::verdict::JudgedJob;

use crate::projection_documents::{FollowedLog, token};

fn judged(reader: &QueryEngine, size: TreeSize) -> Arc<JudgedJob> {
    reader.judged("job", size).unwrap().unwrap()
}

fn evidence(job: &JudgedJob, index: LeafIndex) -> &StoredBytes {
    &job.closure().records[&index].evidence
}

#[tokio::test]
async fn a_job_is_judged_once_for_each_size_and_the_verdict_is_that_of_its_closure() {
    let followed = FollowedLog::start().await;
    followed.issue(&token(1), "job", "run").await;
    let before = followed.size();
    followed.receipt(1, "run", "model-a", "job").await;
    let reader = &followed.engine;
    let (older, newer) = (judged(reader, before), judged(reader, followed.size()));
    for job in [&older, &newer] {
        let size = job.closure().as_of.size;
        assert!(Arc::ptr_eq(job, &judged(reader, size)));
        let closure = reader.closure("job", size).unwrap().unwrap();
        assert_eq!(*job.closure(), closure);
        assert_eq!(job.examined().assessment, assess(&closure));
    }
    assert!(!Arc::ptr_eq(&older, &newer));
    assert!(reader.judged("nobody", before).unwrap().is_none());
    followed.stop().await;
}

#[tokio::test]
async fn what_was_erased_is_not_answered_from_memory() {
    let followed = FollowedLog::start().await;
    followed.issue(&token(1), "job", "run").await;
    let receipt = followed.receipt(1, "run", "model-a", "job").await;
    let (reader, size) = (followed.engine.clone(), followed.size());
    let before = judged(&reader, size);
    assert!(matches!(evidence(&before, receipt), StoredBytes::Bytes(_)));
    let order = followed
        .log
        .disposition("erasure_order", &json!({ "job_id": "job" }), "asked");
    followed.send("operator", order).await;
    // Waits until the order is carried out.
    followed.stop().await;
    let after = judged(&reader, size);
    assert_eq!(*evidence(&after, receipt), StoredBytes::Erased);
    assert_ne!(after.examined().assessment, before.examined().assessment);
    assert_eq!(Arc::strong_count(&before), 1, "nobody else holds the bytes");
}

#[tokio::test]
async fn a_pack_of_any_size_says_by_which_order_something_went_and_its_reader_agrees() {
    let followed = FollowedLog::start().await;
    followed.issue(&token(1), "job", "run").await;
    let receipt = followed.receipt(1, "run", "model-a", "job").await;
    let first = followed.size();
    let second = EvidenceKey::generate().unwrap();
    let log = &followed.log;
    let registration = log.cast.register(ORIGIN, &second, "second", &["operator"]);
    followed.send("operator", registration).await;
    // A hold that was released, a stranger's word, and a word that counts for the job of the order.
    let target = json!({ "job_id": "job" });
    for kind in ["legal_hold", "legal_hold_release"] {
        followed
            .send("operator", log.disposition(kind, &target, "case"))
            .await;
    }
    let document = followed.engine.entry(receipt).unwrap().unwrap();
    let document = String::from_utf8(document.evidence.unwrap()).unwrap();
    for (submitter, job) in [("stranger", "job-3"), ("clawproxy", "job-2")] {
        let body = wrap(&document, &json!({ "job_id": job }));
        followed.send(submitter, body).await;
    }
    let order = disposition(ORIGIN, "erasure_order", &json!({ "job_id": "job-2" }), "asked").sign(&second);
    let order = followed.send("operator", order).await;
    let reader = followed.engine.clone();
    let last = followed.size();
    // Waits until the order is carried out.
    followed.stop().await;
    for size in first.value()..=last.value() {
        let judged = judged(&reader, TreeSize::new(size));
        assert_eq!(*evidence(&judged, receipt), StoredBytes::Erased);
        let pack = reader.pack(&judged).unwrap();
        let found = check_pack(&pack, &reader.verifier_key(), None);
        assert_eq!(
            found.assessment.as_deref(),
            Some(judged.examined().assessment.to_jcs()),
            "as of {size}: {:?}",
            found.report
        );
        let by = found.report.details.get("erased_by").unwrap();
        assert_eq!(*by, json!([order.to_string()]), "as of {size}");
    }
}

#[tokio::test]
async fn whoever_asks_for_the_newest_verdict_gets_one_that_is_as_new_as_the_question() {
    let followed = FollowedLog::start().await;
    followed.issue(&token(1), "job", "run").await;
    let asked_at = followed.size();
    let reader = &followed.engine;
    let first = reader.judged_since("job", asked_at).unwrap().unwrap();
    followed.receipt(1, "run", "model-a", "job").await;
    let waited = reader.judged_since("job", asked_at).unwrap().unwrap();
    assert!(
        Arc::ptr_eq(&first, &waited),
        "the log grew while the question waited"
    );
    let later = reader.judged_since("job", followed.size()).unwrap().unwrap();
    assert_eq!(later.closure().as_of.size, followed.size());
    let earlier = reader.judged_since("job", asked_at).unwrap().unwrap();
    assert!(Arc::ptr_eq(&later, &earlier), "a newer one is as good");
    let asked = |as_of| reader.judged_as_asked("job", as_of, asked_at).unwrap().unwrap();
    assert!(Arc::ptr_eq(&later, &asked(None)));
    let of_its_size = asked(Some(asked_at)).closure().as_of.size;
    assert_eq!(of_its_size, asked_at, "a size that is named is the answer's");
    followed.stop().await;
}

#[tokio::test]
async fn a_job_keeps_its_verdict_while_others_grow_and_loses_it_with_the_first_entry_of_its_business() {
    let followed = FollowedLog::start().await;
    followed.issue(&token(1), "job", "run").await;
    followed.receipt(1, "run", "model-a", "job").await;
    followed.issue(&token(2), "other", "other-run").await;
    let reader = &followed.engine;
    for number in 2..8 {
        match number {
            4 => followed.receipt(number, "run", "model-b", "job").await,
            6 => followed.revoke(&token(1)).await,
            _ => followed.receipt(number, "other-run", "model-a", "other").await,
        };
        let job = judged(reader, followed.size());
        let closure = reader.closure("job", followed.size()).unwrap().unwrap();
        assert_eq!(*job.closure(), closure, "after {number}");
        assert_eq!(*job.examined(), examine(&closure), "after {number}");
    }
    followed.stop().await;
}
