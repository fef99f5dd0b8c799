//! The index that a ledger keeps: when entries are covered, what is proved, and what a restart finds.

use kit::test_ledger::{TestLedger, submit};
use ledger::config::Limits;
use ledger::handle::Ledger;
use ledger::index::{IndexProofError, IndexRoot};
use ledger::reader::Reader;
use ledger::store::memory::{MemoryStore, ReadFault, ReadObject};
use ledger::store::{LogStore, StoredRun};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use verifier::entry::Entry;
use verifier::index::{LeafIndex, TreeSize};
use verifier::kind::Kind;
use verifier::payload::Settings;
use verifier::runs::{MemoryRun, RunRange};
use verifier::subject_index::{IndexProof, IndexQuestion, RecordsOfFile};

/// Entries are covered as soon as they are seen.
pub(crate) fn indexed() -> Limits {
    Limits {
        index_after: Some(Duration::ZERO),
        ..Limits::default()
    }
}

/// The index.root that covers everything in front of it, once the log has it.
pub(crate) async fn covered(ledger: &Ledger) -> IndexRoot {
    let reader = ledger.reader();
    let mut heads = reader.watch();
    loop {
        let size = heads.borrow_and_update().head.tree.size;
        let root = reader.newest_index_root().unwrap();
        let is_last = |root: &IndexRoot| root.index.size_with() == Some(size);
        if let Some(root) = root.filter(is_last)
            && root.list.covered().next_index() == root.index
        {
            return root;
        }
        heads.changed().await.unwrap();
    }
}

pub(crate) fn receipts(log: &TestLedger, numbers: std::ops::Range<u64>) -> Vec<String> {
    numbers.map(|number| log.receipt(number)).collect()
}

pub(crate) async fn with_receipts(log: &TestLedger, ledger: &Ledger, batches: u64) -> IndexRoot {
    for batch in 0..batches {
        log.clock.advance(10);
        for result in submit(ledger, "clawproxy", receipts(log, batch * 7..batch * 7 + 7)).await {
            result.unwrap();
        }
        covered(ledger).await;
    }
    covered(ledger).await
}

fn entries(reader: &Reader) -> Vec<(LeafIndex, Entry)> {
    let size = reader.published().head.tree.size.value();
    let record = |index| reader.entry(LeafIndex::new(index)).unwrap().unwrap();
    (0..size)
        .map(|index| (LeafIndex::new(index), record(index).entry))
        .collect()
}

pub(crate) fn roots(reader: &Reader) -> Vec<IndexRoot> {
    let roots = entries(reader);
    let roots = roots
        .iter()
        .filter_map(|(index, entry)| IndexRoot::of_entry(*index, entry).unwrap());
    roots.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_index_root_ends_a_signed_head_and_covers_more_than_the_one_before() {
    let log = TestLedger::new();
    let ledger = log.open_with(indexed());
    log.register_all(&ledger).await;
    with_receipts(&log, &ledger, 12).await;
    let reader = ledger.reader();
    let roots = roots(reader);
    assert!(roots.len() > 12);
    let entries = entries(reader);
    let mut before = TreeSize::new(0);
    for root in &roots {
        let size = root.index.size_with().unwrap();
        assert_eq!(
            reader.checkpoint_of_size(size).unwrap().unwrap().head.tree.size,
            size
        );
        let covered = root.list.covered();
        let mut newly = entries
            .iter()
            .filter(|(index, _)| !before.contains(*index) && covered.contains(*index));
        assert!(
            newly.any(|(_, entry)| entry.kind != Kind::IndexRoot),
            "{} covers nothing new",
            root.index
        );
        before = covered;
    }
    for pair in roots.windows(2) {
        pair[1].list.check_follows(&pair[0].list).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn few_runs_stay_however_many_batches_come() {
    let log = TestLedger::new();
    let ledger = log.open_with(indexed());
    log.register_all(&ledger).await;
    with_receipts(&log, &ledger, 60).await;
    let most = roots(ledger.reader())
        .iter()
        .map(|root| root.list.runs().len())
        .max();
    assert!(most.unwrap() <= 9, "{most:?} runs");
}

/// Every question that entries of a log suggest, and some that none of them has.
fn questions(entries: &[(LeafIndex, Entry)]) -> Vec<IndexQuestion> {
    let mut questions: Vec<IndexQuestion> = entries
        .iter()
        .filter(|(_, entry)| !matches!(entry.kind, Kind::IndexRoot | Kind::Refused))
        .map(|(_, entry)| IndexQuestion::Evidence(entry.evidence_digest))
        .collect();
    questions.extend([Kind::LogGenesis, Kind::IssuerRegistered, Kind::TokenRevoked].map(IndexQuestion::Kind));
    questions.sort_unstable();
    questions.dedup();
    questions
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_that_of_a_plain_scan_as_of_every_size() {
    let log = TestLedger::new();
    let ledger = log.open_with(indexed());
    log.register_all(&ledger).await;
    let root = with_receipts(&log, &ledger, 5).await;
    for as_of in 1..=root.list.covered().value() {
        scanned_answers(ledger.reader(), TreeSize::new(as_of));
    }
}

/// Compares the proved answer to every question with that of a plain scan.
pub(crate) fn scanned_answers(reader: &Reader, as_of: TreeSize) {
    let entries = entries(reader);
    let salt = reader.index_salt();
    for question in questions(&entries) {
        let lookup = question.lookup(&salt).unwrap();
        let answer = reader.prove_lookups(&[lookup], as_of, 100).unwrap();
        let expected: Vec<LeafIndex> = entries
            .iter()
            .filter(|(index, entry)| as_of.contains(*index) && lookup.fits(entry))
            .map(|(index, _)| *index)
            .collect();
        assert_eq!(answer.needed(), expected, "{question:?} as of {as_of}");
        let proof = IndexProof::new(answer.root.index, &answer.run_proofs).unwrap();
        let file = RecordsOfFile {
            origin: reader.origin(),
            salt: &salt,
            size: answer.head.head.tree.size,
            as_of,
            records: &entries,
        };
        let proved = file.prove(std::slice::from_ref(&question), &proof).unwrap();
        assert_eq!(proved.answer(0).unwrap(), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_covered_and_what_is_too_long_is_not_answered() {
    let log = TestLedger::new();
    let plain = log.open();
    let lookup = IndexQuestion::Kind(Kind::IssuerRegistered)
        .lookup(&plain.reader().index_salt())
        .unwrap();
    let answer = plain.reader().prove_lookups(&[lookup], TreeSize::new(1), 10);
    assert!(matches!(answer, Err(IndexProofError::NoIndex)), "{answer:?}");
    plain.shutdown().await;
    drop(plain);

    let ledger = log.open_with(indexed());
    log.register_all(&ledger).await;
    let root = covered(&ledger).await;
    let beyond = TreeSize::new(root.list.covered().value() + 1);
    let answer = ledger.reader().prove_lookups(&[lookup], beyond, 10);
    assert!(
        matches!(answer, Err(IndexProofError::NotCovered { .. })),
        "{answer:?}"
    );
    let answer = ledger.reader().prove_lookups(&[lookup], root.list.covered(), 1);
    assert!(
        matches!(answer, Err(IndexProofError::TooMany { max: 1 })),
        "{answer:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_had_no_index_gets_one_over_everything() {
    let (log, ledger) = TestLedger::registered().await;
    for result in submit(&ledger, "clawproxy", receipts(&log, 0..50)).await {
        result.unwrap();
    }
    let size = ledger.reader().published().head.tree.size;
    ledger.shutdown().await;
    drop(ledger);
    let ledger = log.open_with(indexed());
    let root = covered(&ledger).await;
    assert_eq!(root.list.covered(), size);
    assert_eq!(root.list.runs().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_from_a_damaged_run_is_an_error_that_names_the_remedy() {
    let store = MemoryStore::new();
    let log = TestLedger::create(Arc::new(store.clone()), Settings::default());
    let ledger = log.open_with(indexed());
    log.register_all(&ledger).await;
    let root = covered(&ledger).await;
    let lookup = IndexQuestion::Kind(Kind::IssuerRegistered)
        .lookup(&ledger.reader().index_salt())
        .unwrap();
    store.fail_reads(ReadObject::RunPart, ReadFault::FlipByte);
    let answer = ledger.reader().prove_lookups(&[lookup], root.list.covered(), 10);
    let error = answer.unwrap_err().to_string();
    assert!(
        error.contains("`ledgerd reindex` builds it again from entries"),
        "{error}"
    );
}

/// The complete runs of a store with the named ones last.
fn runs_of(store: &dyn LogStore) -> BTreeMap<String, u64> {
    let runs = store.runs().unwrap();
    runs.iter()
        .map(|run| (run.descriptor.range.to_string(), run.rows))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_that_are_lost_are_built_again_with_the_same_roots() {
    let log = TestLedger::new();
    let ledger = log.open_with(indexed());
    log.register_all(&ledger).await;
    let root = with_receipts(&log, &ledger, 9).await;
    ledger.shutdown().await;
    drop(ledger);
    for run in log.store.runs().unwrap() {
        log.store.drop_run(run.descriptor.range).unwrap();
    }
    assert!(runs_of(log.store.as_ref()).is_empty());

    let ledger = log.open_with(indexed());
    let size = ledger.reader().published().head.tree.size;
    assert_eq!(ledger.reader().newest_index_root().unwrap(), Some(root.clone()));
    let stored = log.store.runs().unwrap();
    for run in root.list.runs() {
        assert!(stored.iter().any(|stored| stored.descriptor == *run));
    }
    // Nothing was uncovered: nothing is written.
    assert_eq!(ledger.reader().published().head.tree.size, size);
    let lookup = IndexQuestion::Kind(Kind::LogGenesis)
        .lookup(&ledger.reader().index_salt())
        .unwrap();
    let answer = ledger
        .reader()
        .prove_lookups(&[lookup], root.list.covered(), 10)
        .unwrap();
    assert_eq!(answer.needed(), [LeafIndex::new(0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_somebody_put_into_the_store_is_not_named() {
    let log = TestLedger::new();
    let range = RunRange::new(TreeSize::new(0), TreeSize::new(1)).unwrap();
    let (descriptor, _) = MemoryRun::build(range, []).unwrap();
    log.store.finish_run(&StoredRun { descriptor, rows: 0 }).unwrap();
    let ledger = log.open_with(indexed());
    let root = covered(&ledger).await;
    assert_eq!(root.list.covered(), TreeSize::new(1));
    assert_ne!(root.list.runs(), [descriptor]);
}
