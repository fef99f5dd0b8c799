//! The bytes of erased evidence are in no file.

use kit::documents::{artifact, wrap};
use kit::files::files_with;
use kit::test_ledger::{ORIGIN, TestLedger, accepted, run};
use ledger::erasure::ErasureStatus;
use ledger::store::{OrderedErasure, Removal};
use ledger_rocks::{Compression, RocksStore};
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use verifier::index::LeafIndex;
use verifier::payload::Settings;

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
        let (log, ledger) = TestLedger::registered_on(store.clone()).await;
        let artifact = |name: &str| {
            let draft = artifact(ORIGIN, "job", name, "text/plain", b"content").without("job_id");
            draft.sign(&log.cast.orchestrator)
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
        let order = log.erasure_of(ack.evidence_digest);
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
    let log = TestLedger::create(Arc::new(store), Settings::default());
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
