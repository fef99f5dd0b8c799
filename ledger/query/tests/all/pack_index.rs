//! Packs of a log with an index: each proves that nothing was left out, and what the store lost is noticed.

use std::sync::Arc;
use std::time::Duration;

use kit::test_ledger::ORIGIN;
use ledger::config::Limits;
use ledger::reader::Reader;
use ledger::rows::{Row, RowKey};
use ledger::store::memory::MemoryStore;
use ledger_query::QueryEngine;
use ledger_query::verdict::PackFault;
use serde_json::{Value, json};
use verifier::check::{PackCheck, check_pack};
use verifier::index::TreeSize;
use verifier::kind::Kind;
use verifier::record::StoredBytes;

use crate::projection_documents::{FollowedLog, token};

/// Entries are covered as soon as they are seen.
fn indexed() -> Limits {
    Limits {
        index_after: Some(Duration::ZERO),
        ..Limits::default()
    }
}

/// Waits until the log ends with an index.root over everything in front of it; the size that it covers.
async fn covered(engine: &QueryEngine) -> TreeSize {
    let mut heads = engine.watch();
    loop {
        let size = heads.borrow_and_update().head.tree.size;
        if let Some(root) = engine.newest_index_root().unwrap()
            && root.index.size_with() == Some(size)
            && root.list.covered().next_index() == root.index
        {
            return root.list.covered();
        }
        heads.changed().await.unwrap();
    }
}

fn checked(engine: &QueryEngine, as_of: TreeSize) -> PackCheck {
    let judged = engine.judged("job", as_of).unwrap().unwrap();
    let found = check_pack(&engine.pack(&judged).unwrap(), &engine.verifier_key(), None);
    let expected = judged.examined().assessment.to_jcs();
    assert_eq!(
        found.assessment.as_deref(),
        Some(expected),
        "as of {as_of}: {:?}",
        found.report
    );
    found
}

fn completeness(found: &PackCheck) -> Value {
    found.report.details.get("completeness").unwrap().clone()
}

#[tokio::test]
async fn a_pack_of_every_covered_size_proves_that_nothing_was_left_out() {
    let followed = FollowedLog::start_with(indexed()).await;
    let first = followed.issue(&token(1), "job", "run").await;
    for number in 0..6 {
        followed.receipt(number, "run", "model-a", "job").await;
        covered(&followed.engine).await;
    }
    let end = covered(&followed.engine).await;
    let index_root = end.next_index();
    for as_of in first.value() + 1..=end.value() {
        let found = checked(&followed.engine, TreeSize::new(as_of));
        let expected = json!({ "proved": true, "as_of": as_of, "index_root": index_root, "basis": "index" });
        assert_eq!(completeness(&found), expected, "as of {as_of}");
    }
    assert_eq!(followed.engine.provable_size().unwrap(), Some(end));
    // Nothing covers the last index.root itself.
    let size = index_root.size_with().unwrap();
    let found = checked(&followed.engine, size);
    assert_eq!(
        completeness(&found),
        json!({ "proved": false, "why": "not_covered" })
    );
    followed.stop().await;
}

#[tokio::test]
async fn a_log_without_an_index_makes_packs_that_say_so() {
    let followed = FollowedLog::start().await;
    followed.issue(&token(1), "job", "run").await;
    assert_eq!(followed.engine.provable_size().unwrap(), None);
    let found = checked(&followed.engine, followed.size());
    assert_eq!(
        completeness(&found),
        json!({ "proved": false, "why": "no_index_root" })
    );
    followed.stop().await;
}

#[tokio::test]
async fn an_erasure_that_was_ordered_later_is_in_the_tree_of_the_checkpoint() {
    let followed = FollowedLog::start_with(indexed()).await;
    followed.issue(&token(1), "job", "run").await;
    let receipt = followed.receipt(1, "run", "model-a", "job").await;
    let before = covered(&followed.engine).await;
    let log = &followed.log;
    let order = log.disposition("erasure_order", &json!({ "job_id": "job" }), "asked");
    let order = followed.send("operator", order).await;
    let end = covered(&followed.engine).await;
    let engine = followed.engine.clone();
    // Waits until the order is carried out.
    followed.stop().await;
    for as_of in before.value()..=end.value() {
        let judged = engine.judged("job", TreeSize::new(as_of)).unwrap().unwrap();
        let evidence = &judged.closure().records[&receipt].evidence;
        assert_eq!(*evidence, StoredBytes::Erased, "as of {as_of}");
        let found = checked(&engine, TreeSize::new(as_of));
        assert_eq!(completeness(&found)["proved"], true, "as of {as_of}");
        let by = found.report.details.get("erased_by").unwrap();
        assert_eq!(*by, json!([order.to_string()]), "as of {as_of}");
    }
}

#[tokio::test]
async fn a_row_that_the_store_lost_is_noticed_where_the_index_has_it() {
    let store = Arc::new(MemoryStore::new());
    let followed = FollowedLog::start_in(store.clone(), indexed()).await;
    followed.issue(&token(1), "job", "run").await;
    followed.receipt(1, "run", "model-a", "job").await;
    let cast = &followed.log.cast;
    let retired = followed
        .send("operator", cast.retire(ORIGIN, &cast.gateway))
        .await;
    let as_of = covered(&followed.engine).await;
    // The rows of subjects are in the index alone; those of a kind are in both.
    let row = Row {
        key: RowKey::of_kind(Kind::IssuerRetired),
        index: retired,
    };
    assert!(store.remove_row(&row));
    // The list of verdicts may have judged the job before; this engine knows nothing of that.
    let engine = QueryEngine::new(Reader::clone(&followed.engine));
    let judged = engine.judged("job", as_of).unwrap().unwrap();
    assert!(!judged.closure().records.contains_key(&retired));
    let fault = engine.pack(&judged).unwrap_err();
    assert!(
        matches!(&fault, PackFault::Read(error) if error.to_string().contains(&format!("entry {retired}")))
    );
    followed.stop().await;
}
