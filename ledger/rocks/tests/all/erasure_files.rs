//! The bytes of erased evidence are in no file.

use ledger::erasure::ErasureStatus;
use ledger::handle::{Ack, Ledger};
use ledger::store::{OrderedErasure, Removal};
use ledger::testing::sample::run;
use ledger::testing::{ISSUED_AT, ORIGIN, TestLog, submit, wrap};
use ledger_rocks::{Compression, RocksStore};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use verifier::index::LeafIndex;
use verifier::payload::Settings;

/// Submits one document, which is taken.
async fn accepted(ledger: &Ledger, submitter: &str, body: String) -> Ack {
    let acks = submit(ledger, submitter, vec![body]).await;
    acks.into_iter().next().unwrap().unwrap()
}

/// The operator's order to erase what an answer is about.
fn order_about(log: &TestLog, ack: &Ack) -> String {
    let payload = json!({
        "event_version": "1", "log_origin": ORIGIN, "reason": "asked",
        "evidence_digest": ack.evidence_digest,
    });
    log.actors
        .operator
        .sign_own("erasure_order", &payload, ISSUED_AT)
        .unwrap()
}

/// Every file below a directory that holds the bytes.
fn files_with(dir: &Path, bytes: &[u8]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for file in std::fs::read_dir(dir).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, bytes));
        } else {
            // The engine deletes files that it no longer uses while this looks around.
            let content = std::fs::read(&path).unwrap_or_default();
            if content.windows(bytes.len()).any(|window| window == bytes) {
                found.push(path);
            }
        }
    }
    found
}

fn holds(files: &[PathBuf], extension: &str) -> bool {
    files
        .iter()
        .any(|file| file.extension().is_some_and(|found| found == extension))
}

#[test]
fn no_file_holds_what_was_erased() {
    let dir = tempfile::tempdir().unwrap();
    let store =
        || Arc::new(RocksStore::open_or_create_with(&dir.path().join("db"), Compression::Off).unwrap());
    run(async {
        let store = store();
        let log = TestLog::create(store.clone(), Settings::default()).unwrap();
        let ledger = log.open().unwrap();
        log.register_all(&ledger).await.unwrap();
        let artifact = |name: &str| {
            let payload = json!({
                "event_version": "1", "log_origin": ORIGIN, "label": "other", "sha256": "ab".repeat(32),
                "size": 7, "media_type": "text/plain", "name": name,
            });
            log.actors
                .orchestrator
                .sign_own("evidence_artifact", &payload, ISSUED_AT)
                .unwrap()
        };
        let before = accepted(&ledger, "orchestrator", artifact("a-name-that-stays")).await;
        let body = wrap(
            &artifact("a-name-that-goes"),
            &json!({ "job_id": "a-job-that-goes" }),
        );
        let ack = accepted(&ledger, "orchestrator", body).await;
        accepted(&ledger, "orchestrator", artifact("another-name-that-stays")).await;
        assert!(
            holds(&files_with(dir.path(), b"a-name-that-goes"), "log"),
            "the search finds it"
        );

        // Into table files, of which older ones lie below: the bytes are in two places.
        store.raw_flush().unwrap();
        assert!(
            holds(&files_with(dir.path(), b"a-job-that-goes"), "sst"),
            "the search finds it"
        );
        let order = order_about(&log, &ack);
        let order = accepted(&ledger, "operator", order).await;
        ledger.shutdown().await;

        assert_eq!(
            ledger.reader().erasure_status(order.index).unwrap(),
            ErasureStatus::Done
        );
        for gone in ["a-name-that-goes", "a-job-that-goes"] {
            assert_eq!(
                files_with(dir.path(), gone.as_bytes()),
                Vec::<PathBuf>::new(),
                "{gone}"
            );
        }
        assert!(holds(&files_with(dir.path(), b"a-name-that-stays"), "sst"));
        let record = ledger.reader().entry(before.index).unwrap().unwrap();
        assert!(record.evidence.is_some());
        assert!(log.store.head().unwrap().unwrap().erased_to.contains(order.index));
    });
}

#[test]
fn a_second_erasure_with_nothing_written_since_finds_its_files_gone() {
    let dir = tempfile::tempdir().unwrap();
    let store = RocksStore::open_or_create_with(&dir.path().join("db"), Compression::Off).unwrap();
    let log = TestLog::create(Arc::new(store), Settings::default()).unwrap();
    let nothing = OrderedErasure {
        order: LeafIndex::new(0),
        covered: Vec::new(),
        remains: Vec::new(),
        is_last: true,
    };
    for _ in 0..3 {
        assert_eq!(log.store.erase(&nothing).unwrap(), Removal::Done);
    }
    assert_eq!(log.store.head().unwrap().unwrap().erased_to.value(), 1);
}
