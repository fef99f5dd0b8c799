//! A job that was judged is not judged again, and nothing that was erased is answered from memory.

use serde_json::json;
use std::sync::Arc;
use verifier::assess::{Kept, assess};
use verifier::index::{LeafIndex, TreeSize};

use ledger::reader::{JudgedJob, Reader};

use crate::erasure::said;
use crate::projection_documents::{Followed, token};

fn judged(reader: &Reader, size: TreeSize) -> Arc<JudgedJob> {
    reader.judged("job", size).unwrap().unwrap()
}

fn evidence(job: &JudgedJob, index: LeafIndex) -> &Kept {
    &job.closure().records[&index].evidence
}

#[tokio::test]
async fn a_job_is_judged_once_for_each_size_and_the_verdict_is_that_of_its_closure() {
    let followed = Followed::start().await;
    followed.issue(&token(1), "job", "run").await;
    let before = followed.size();
    followed.receipt(1, "run", "model-a", "job").await;
    let reader = followed.ledger.reader();
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
    followed.ledger.shutdown().await;
}

#[tokio::test]
async fn what_was_erased_is_not_answered_from_memory() {
    let followed = Followed::start().await;
    followed.issue(&token(1), "job", "run").await;
    let receipt = followed.receipt(1, "run", "model-a", "job").await;
    let (reader, size) = (followed.ledger.reader().clone(), followed.size());
    let before = judged(&reader, size);
    assert!(matches!(evidence(&before, receipt), Kept::Bytes(_)));
    let order = said(
        &followed.log.actors.operator,
        "erasure_order",
        &json!({ "job_id": "job" }),
        "asked",
    );
    followed.send("operator", order).await;
    // Waits until the order is carried out.
    followed.ledger.shutdown().await;
    let after = judged(&reader, size);
    assert_eq!(*evidence(&after, receipt), Kept::Erased);
    assert_ne!(after.examined().assessment, before.examined().assessment);
    assert_eq!(Arc::strong_count(&before), 1, "nobody else holds the bytes");
}
