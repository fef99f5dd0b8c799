//! Lookups of subjects in a log with an index: they are answered from runs, and are those of a plain scan.

use crate::index::{covered, indexed};
use kit::documents::wrap;
use kit::test_ledger::{TestLedger, checked, compare_subject_rows, faults, scanned, submit};
use ledger::config::Limits;
use ledger::error::{OpenError, ReadError};
use ledger::fsck::codes;
use ledger::handle::Ledger;
use ledger::reader::Reader;
use ledger::recovery::{Follower, follow};
use ledger::rows::{Row, RowKey, Space};
use ledger::signer::CheckpointSigner;
use ledger::store::memory::{MemoryStore, ReadFault, ReadObject};
use ledger::store::{LogStore, LookupOrder, StoreUpkeep};
use serde_json::json;
use std::sync::Arc;
use verifier::digest::{EvidenceDigest, RawDigest};
use verifier::entry::Entry;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::kind::Kind;
use verifier::payload::Settings;
use verifier::subject::{Field, IndexSalt, Subject, SubjectHash, subject_hash};

/// Sends receipts of some jobs, three of them in one batch, each with a context.
async fn send(log: &TestLedger, ledger: &Ledger, batch: u64) {
    log.clock.advance(10);
    let receipts = (batch * 3..batch * 3 + 3).map(|number| {
        let context = json!({ "job_id": format!("job-{}", number % 4), "stream": "s", "number": number });
        wrap(&log.receipt(number), &context)
    });
    for result in submit(ledger, "clawproxy", receipts.collect()).await {
        result.unwrap();
    }
}

/// Waits until the store was told that it need not keep what is covered.
async fn released(log: &TestLedger, covered: TreeSize) {
    while log.store.head().unwrap().unwrap().rows_released < covered {
        tokio::task::yield_now().await;
    }
}

/// A log with an index whose store dropped every row that runs have.
async fn released_log() -> (TestLedger, Ledger, MemoryStore) {
    let store = MemoryStore::new();
    let log = TestLedger::create(Arc::new(store.clone()), Settings::default());
    let ledger = log.open_with(indexed());
    log.register_all(&ledger).await;
    for batch in 0..6 {
        send(&log, &ledger, batch).await;
        covered(&ledger).await;
    }
    let root = covered(&ledger).await;
    released(&log, root.list.covered()).await;
    (log, ledger, store)
}

fn entry(kind: Kind, number: u64, mut subjects: Vec<Subject>, time: TimestampMs) -> Entry {
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&number.to_be_bytes());
    digest[31] = 1;
    subjects.sort_unstable();
    subjects.dedup();
    Entry {
        kind,
        evidence_digest: EvidenceDigest::from_bytes(digest),
        signer: "did:key:nobody".to_owned(),
        logged_at: time,
        subjects,
        submitter: None,
        stream: None,
        covered: None,
        raw_digest: Some(RawDigest::from_bytes(digest)),
        context_subjects: None,
        refused: None,
        index_runs: None,
    }
}

fn subject(field: Field, value: &str) -> Subject {
    let salt = IndexSalt::from_bytes(kit::test_ledger::SALT);
    Subject {
        field,
        hash: subject_hash(&salt, field, value),
    }
}

fn time(log: &TestLedger) -> TimestampMs {
    log.store.head().unwrap().unwrap().newest.head.time
}

/// Entries of one agent, of jobs long and short, and each with subjects of its own.
fn many(count: u64, time: TimestampMs) -> Vec<Entry> {
    let kinds = [
        Kind::ReceiptGateway,
        Kind::ReceiptTool,
        Kind::Decision,
        Kind::Artifact,
    ];
    let entries = (0..count).map(|number| {
        let kind = kinds[usize::try_from(number % 7 % 4).unwrap()];
        let mut subjects = vec![
            subject(Field::Agent, "agent"),
            subject(Field::Job, &format!("job-{}", number * number % 11)),
            subject(Field::Run, &format!("run-{}", number / 5)),
            subject(Field::Receipt, &format!("receipt-{number}")),
            subject(Field::Approval, &format!("approval-{number}")),
        ];
        if number % 2 == 0 {
            subjects.push(subject(Field::Artifact, &format!("artifact-{number}")));
        }
        entry(kind, number, subjects, time)
    });
    entries.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn lookups_are_those_of_a_scan_at_each_size_that_is_covered() {
    let log = TestLedger::new();
    let ledger = log.open_with(indexed());
    log.register_all(&ledger).await;
    for batch in 0..14 {
        send(&log, &ledger, batch).await;
        // Some of the log is covered, or all of it.
        compare_subject_rows(ledger.reader(), 1);
        if batch % 3 != 0 {
            covered(&ledger).await;
            compare_subject_rows(ledger.reader(), 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lookups_in_runs_of_many_blocks_are_those_of_a_scan() {
    let log = TestLedger::new();
    log.log_entries(&many(14_000, time(&log)));
    let ledger = log.open_with(indexed());
    log.register_all(&ledger).await;
    let root = covered(&ledger).await;
    // More than 128 blocks of 64 pages.
    assert!(root.list.runs()[0].pages > 8_192, "{:?}", root.list.runs());
    released(&log, root.list.covered()).await;
    compare_subject_rows(ledger.reader(), 97);
    send(&log, &ledger, 0).await;
    compare_subject_rows(ledger.reader(), 397);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_is_not_asked_for_what_it_need_not_keep() {
    let (_log, ledger, store) = released_log().await;
    let rows = store.scan_rows(None, 4_096).unwrap().rows;
    let covered = ledger.reader().index_covered();
    assert!(rows.iter().any(|row| row.key.space == Space::Raw));
    assert!(
        !rows
            .iter()
            .any(|row| row.key.space.is_in_runs() && covered.contains(row.index))
    );
    compare_subject_rows(ledger.reader(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_goes_on_from_the_runs_also_where_they_are_lost() {
    let (log, ledger, store) = released_log().await;
    ledger.shutdown().await;
    drop(ledger);
    for lost in [false, true] {
        if lost {
            for run in log.store.runs().unwrap() {
                log.store.drop_run(run.descriptor.range).unwrap();
            }
        }
        let ledger = log.open_with(indexed());
        compare_subject_rows(ledger.reader(), 1);
        send(&log, &ledger, 10 + u64::from(lost)).await;
        covered(&ledger).await;
        compare_subject_rows(ledger.reader(), 1);
        ledger.shutdown().await;
    }
    assert_eq!(checked(&store, Some(&log.high_water())).faults, Vec::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_is_switched_off_and_on_again_answers_all_along() {
    let (log, ledger, store) = released_log().await;
    ledger.shutdown().await;
    drop(ledger);
    for round in 0..2 {
        // Without an index its runs stay, since the store dropped rows that they have.
        for run in log.store.runs().unwrap() {
            log.store.drop_run(run.descriptor.range).unwrap();
        }
        let ledger = log.open_with(Limits::default());
        let before = ledger.reader().index_covered();
        for batch in 0..3 {
            send(&log, &ledger, 20 + 10 * round + batch).await;
            compare_subject_rows(ledger.reader(), 1);
        }
        assert_eq!(ledger.reader().index_covered(), before);
        ledger.shutdown().await;
        drop(ledger);
        assert_eq!(faults(&store), Vec::<&str>::new());

        let ledger = log.open_with(indexed());
        compare_subject_rows(ledger.reader(), 1);
        let root = covered(&ledger).await;
        released(&log, root.list.covered()).await;
        compare_subject_rows(ledger.reader(), 1);
        ledger.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_whose_index_was_switched_off_says_how_far_it_reached_and_proves_that_much() {
    let log = TestLedger::new();
    let ledger = log.open_with(indexed());
    log.register_all(&ledger).await;
    let root = covered(&ledger).await;
    let reach = ledger.reader().index_covered();
    assert!(reach >= root.list.covered());
    ledger.shutdown().await;
    drop(ledger);
    let ledger = log.open();
    assert!(ledger.reader().index_covered() >= reach);
    send(&log, &ledger, 0).await;
    let covered = ledger.reader().index_covered();
    assert!(covered < ledger.reader().published().head.tree.size);
    let reader = ledger.reader();
    assert!(reader.prove_lookups(&[], covered, 10).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_without_an_index_keeps_every_row_and_needs_no_runs() {
    let (log, ledger) = TestLedger::registered().await;
    send(&log, &ledger, 0).await;
    ledger.shutdown().await;
    drop(ledger);
    assert_eq!(log.store.head().unwrap().unwrap().rows_released, TreeSize::new(0));
    let ledger = log.open();
    compare_subject_rows(ledger.reader(), 1);
    assert_eq!(ledger.reader().index_covered(), TreeSize::new(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_dropped_rows_which_no_index_root_covers_is_not_opened() {
    let (log, ledger) = TestLedger::registered().await;
    send(&log, &ledger, 0).await;
    let size = ledger.reader().published().head.tree.size;
    ledger.shutdown().await;
    drop(ledger);
    log.store.release_rows(size).unwrap();
    for limits in [Limits::default(), indexed()] {
        let refused = log
            .open_store(Arc::clone(&log.store), limits)
            .expect_err("rows are missing");
        assert!(matches!(refused, OpenError::Refused(_)), "{refused}");
    }
    assert_eq!(faults(log.store.as_ref()), [codes::ROW_MISSING]);
}

fn follower(log: &TestLedger, store: &MemoryStore, reader: &Reader) -> Result<Follower, OpenError> {
    let key = TestLedger::key().verifier_key().clone();
    let clock = Arc::clone(&log.clock);
    follow(
        Arc::new(store.clone()),
        &key,
        &reader.published().checkpoint,
        clock,
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_answers_from_the_runs_of_the_store_or_not_at_all() {
    let (log, ledger, store) = released_log().await;
    let follower_of_all = follower(&log, &store, ledger.reader()).unwrap();
    compare_subject_rows(follower_of_all.reader(), 1);

    send(&log, &ledger, 30).await;
    let root = covered(&ledger).await;
    released(&log, root.list.covered()).await;
    // The store need not keep rows any more that the runs of the published head do not have.
    let key = RowKey::new(
        Space::Subject(Field::Job),
        *subject(Field::Job, "job-1").hash.as_bytes(),
    );
    let size = follower_of_all.reader().published().head.tree.size;
    let order = LookupOrder::Ascending;
    let rows = follower_of_all
        .reader()
        .rows(&key, LeafIndex::ZERO, size, order, 10);
    assert!(matches!(rows, Err(ReadError::Storage(_))), "{rows:?}");
    follower_of_all
        .publish(&ledger.reader().published().checkpoint)
        .unwrap();
    compare_subject_rows(follower_of_all.reader(), 1);

    ledger.shutdown().await;
    for run in log.store.runs().unwrap() {
        log.store.drop_run(run.descriptor.range).unwrap();
    }
    let refused = follower(&log, &store, ledger.reader()).expect_err("there are no runs");
    assert!(matches!(refused, OpenError::Refused(_)), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_cannot_be_read_is_an_error_and_never_a_shorter_list() {
    let (log, ledger, store) = released_log().await;
    ledger.shutdown().await;
    drop(ledger);
    let damaged = store.reopen();
    let ledger = log
        .open_store(Arc::new(damaged.clone()), Limits::default())
        .unwrap();
    let key = RowKey::new(
        Space::Subject(Field::Job),
        *subject(Field::Job, "job-1").hash.as_bytes(),
    );
    let size = ledger.reader().published().head.tree.size;
    for fault in [ReadFault::Fail, ReadFault::Lose] {
        damaged.fail_reads(ReadObject::RunPart, fault);
        let rows = ledger
            .reader()
            .rows(&key, LeafIndex::ZERO, size, LookupOrder::Ascending, 10);
        assert!(matches!(rows, Err(ReadError::Storage(_))), "{fault:?}: {rows:?}");
        damaged.heal();
    }
    compare_subject_rows(ledger.reader(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_missing_in_spite_of_the_runs_and_wrong_ones_are_found() {
    let (log, ledger, store) = released_log().await;
    let covered = ledger.reader().index_covered();
    ledger.shutdown().await;
    drop(ledger);
    assert_eq!(checked(&store, Some(&log.high_water())).faults, Vec::new());
    // A row below the covered size that is there, and right, is no fault; one that no entry asks for is.
    let job = subject(Field::Job, "job-1");
    let entries = store
        .entries(&(0..covered.value()).map(LeafIndex::new).collect::<Vec<_>>())
        .unwrap();
    let of_job = entries
        .iter()
        .flatten()
        .map(|bytes| Entry::decode(bytes).unwrap());
    let of_job = of_job
        .enumerate()
        .find(|(_, entry)| entry.every_subject().any(|named| *named == job));
    let index = LeafIndex::new(u64::try_from(of_job.unwrap().0).unwrap());
    let right = Row::new(Space::Subject(Field::Job), *job.hash.as_bytes(), index);
    store.insert_row(right);
    assert_eq!(faults(&store), Vec::<&str>::new());
    let wrong = Row::new(Space::Subject(Field::Job), [9; 32], index);
    store.insert_row(wrong);
    assert_eq!(faults(&store), [codes::ROW_EXTRA]);
    assert!(store.remove_row(&wrong));
    // Rows of other spaces are in no run.
    let rows = store.scan_rows(None, 4_096).unwrap().rows;
    let raw = *rows.iter().find(|row| row.key.space == Space::Raw).unwrap();
    assert!(store.remove_row(&raw));
    assert_eq!(faults(&store), [codes::ROW_MISSING]);
}

/// A subject with the first 16 bytes of another one's hash.
fn sharing(subject: &Subject) -> Subject {
    let mut hash = *subject.hash.as_bytes();
    hash[16..].fill(0xaa);
    Subject {
        hash: SubjectHash::from_bytes(hash),
        ..*subject
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_shares_16_bytes_of_a_hash_is_of_no_lookup_and_no_damage() {
    let log = TestLedger::new();
    let (job, run) = (subject(Field::Job, "job"), subject(Field::Run, "run"));
    let at = time(&log);
    let of = |number: u64, subjects| entry(Kind::ReceiptGateway, number, subjects, at);
    let first = log.log_entries(&[
        of(1, vec![sharing(&job), sharing(&run)]),
        of(2, vec![job]),
        of(3, vec![sharing(&job)]),
        of(4, vec![sharing(&job), job]),
        of(5, vec![sharing(&job), sharing(&run)]),
    ]);
    let expected = [first.value() + 1, first.value() + 3].map(LeafIndex::new);
    for limits in [indexed(), Limits::default()] {
        let ledger = log.open_with(limits);
        let reader = ledger.reader();
        let size = reader.published().head.tree.size;
        for newest_first in [false, true] {
            let page = |field, value: &str, limit| {
                let page = reader
                    .subject(field, value, None, size, newest_first, limit)
                    .unwrap();
                page.items
            };
            let mut of_job = page(Field::Job, "job", 10);
            of_job.sort_unstable();
            assert_eq!(of_job, expected);
            let first = if newest_first { expected[1] } else { expected[0] };
            assert_eq!(page(Field::Job, "job", 1), [first]);
            assert_eq!(page(Field::Run, "run", 10), Vec::new());
        }
        let span = reader.job_span("job", size).unwrap().unwrap();
        assert_eq!([span.0.index, span.1.index], expected);
        let entries = reader.entries_of_job(&job.hash, size).unwrap();
        assert_eq!(
            entries.iter().map(|(index, _)| *index).collect::<Vec<_>>(),
            expected
        );
        ledger.shutdown().await;
    }
    assert!(scanned(log.open().reader()).len() > 6);
}
