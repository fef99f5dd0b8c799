//! The end of a log: what is taken, what is answered, and what comes behind log.frozen.

use crate::index::{covered, indexed, roots, with_receipts};
use kit::documents::{self, Draft, wrap};
use kit::test_ledger::{ORIGIN, TestLedger, accepted, checked, faults, refusal, submit, submit_one};
use ledger::clock::Clock as _;
use ledger::cosigning::QuorumRule;
use ledger::error::SubmitError;
use ledger::freeze::LogFrozen;
use ledger::fsck::codes;
use ledger::handle::{Ack, Ledger, SubmissionOutcome};
use ledger::store::memory::MemoryStore;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use verifier::code::Code;
use verifier::entry::Entry;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::kind::Kind;
use verifier::payload::Settings;

pub(crate) const SUCCESSOR: &str = "ledger.example/test-2";

pub(crate) fn size(ledger: &Ledger) -> u64 {
    ledger.reader().published().head.tree.size.value()
}

/// What the operator signs to close a log that has at least so many entries.
pub(crate) fn freeze(log: &TestLedger, at_size: u64) -> String {
    documents::freeze(ORIGIN, at_size, "moved")
        .with("/successor", SUCCESSOR)
        .sign(&log.cast.operator)
}

async fn close(log: &TestLedger, ledger: &Ledger) -> Ack {
    accepted(ledger, "operator", freeze(log, size(ledger))).await
}

pub(crate) fn is_closed_by(result: &Result<Ack, SubmitError>, index: LeafIndex) -> bool {
    let expected = LogFrozen {
        index,
        successor: Some(SUCCESSOR.to_owned()),
    };
    *result == Err(SubmitError::Frozen(expected))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_in_front_is_logged_and_what_comes_behind_in_the_same_batch_is_not() {
    let (log, ledger) = TestLedger::registered().await;
    let before = size(&ledger);
    let context = wrap(&log.receipt(0), &json!({ "job_id": "job-1" }));
    let bodies = vec![
        log.receipt(0),
        freeze(&log, before),
        log.receipt(1),
        log.receipt(0),
        context,
    ];
    let results = submit(&ledger, "gateway", bodies).await;
    assert_eq!(results[0].as_ref().unwrap().index.value(), before);
    let frozen = results[1].as_ref().unwrap();
    assert_eq!((frozen.index.value(), frozen.kind), (before + 1, Kind::LogFrozen));
    assert!(is_closed_by(&results[2], frozen.index), "{:?}", results[2]);
    let known = results[3].as_ref().unwrap();
    assert_eq!(
        (known.outcome, known.index.value()),
        (SubmissionOutcome::Known, before)
    );
    assert!(is_closed_by(&results[4], frozen.index), "{:?}", results[4]);
    assert_eq!(size(&ledger), before + 2);
    assert!(ledger.metrics().frozen);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_new_is_refused_for_good_and_nothing_is_logged_of_it() {
    let (log, ledger) = TestLedger::registered().await;
    let first = accepted(&ledger, "gateway", log.receipt(0)).await;
    let document = freeze(&log, size(&ledger));
    let frozen = accepted(&ledger, "operator", document.clone()).await;
    let closed = size(&ledger);
    // By a registered signer, who is kept an entry of the refusal of otherwise.
    let without_name = json!({ "did": log.cast.agent.did().as_str(), "role": "gateway" });
    let bodies = vec![
        log.receipt(1),
        Draft::own(ORIGIN, "issuer_registration", without_name).sign(&log.cast.operator),
        log.erasure_of(first.evidence_digest),
        documents::freeze(ORIGIN, closed, "again").sign(&log.cast.operator),
        documents::pulse(ORIGIN, "run", log.cast.agent.did().as_str()).sign(&log.cast.agent),
    ];
    for (number, result) in submit(&ledger, "gateway", bodies).await.iter().enumerate() {
        assert!(is_closed_by(result, frozen.index), "{number}: {result:?}");
    }
    let known = accepted(&ledger, "operator", document).await;
    assert_eq!(
        (known.outcome, known.index),
        (SubmissionOutcome::Known, frozen.index)
    );
    assert_eq!(
        accepted(&ledger, "gateway", log.receipt(0)).await.index,
        first.index
    );
    assert_eq!(size(&ledger), closed);
    let text = submit_one(&ledger, "gateway", log.receipt(1))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        text.contains(SUCCESSOR) && text.contains(&format!("entry {}", frozen.index)),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_operator_closes_a_log_and_only_one_that_is_as_large_as_the_operator_saw_it() {
    let (log, ledger) = TestLedger::registered().await;
    let before = size(&ledger);
    let by_gateway = documents::freeze(ORIGIN, before, "mine").sign(&log.cast.orchestrator);
    let (code, logged, _) = refusal(submit_one(&ledger, "gateway", by_gateway).await);
    assert_eq!((code, logged), (Code::RoleMismatch, None));
    let (code, logged, _) = refusal(submit_one(&ledger, "operator", freeze(&log, before + 1)).await);
    assert_eq!((code, logged), (Code::AtSizeAhead, None));
    assert_eq!(size(&ledger), before);
    accepted(&ledger, "gateway", log.receipt(0)).await;
    // A smaller size is an older view of the same log.
    let frozen = accepted(&ledger, "operator", freeze(&log, before)).await;
    assert_eq!(frozen.index.value(), before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_index_root_covers_the_end_of_the_log_and_no_other_ever_follows() {
    let log = TestLedger::new();
    let ledger = log.open_with(indexed());
    log.register_all(&ledger).await;
    with_receipts(&log, &ledger, 9).await;
    let frozen = close(&log, &ledger).await;
    let last = covered(&ledger).await;
    assert_eq!(Some(last.index), frozen.index.next());
    let head = ledger.reader().published();
    assert_eq!(head.head.tree.size.next_index().value(), last.index.value() + 1);
    for _ in 0..3 {
        let ledger = log.open_with(indexed());
        let known = accepted(&ledger, "gateway", log.receipt(0)).await;
        assert_eq!(known.outcome, SubmissionOutcome::Known);
        let refused = submit_one(&ledger, "gateway", log.receipt(999)).await;
        assert!(is_closed_by(&refused, frozen.index), "{refused:?}");
        ledger.shutdown().await;
        assert_eq!(ledger.reader().published().head, head.head);
        assert_eq!(roots(ledger.reader()).last(), Some(&last));
    }
    assert_eq!(faults(log.store.as_ref()), Vec::<&str>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_was_proposed_before_the_end_is_not_named_behind_it() {
    for round in 0..12 {
        let log = TestLedger::new();
        let ledger = log.open_with(indexed());
        log.register_all(&ledger).await;
        // The indexer covers these while the log is being closed.
        let mut bodies: Vec<String> = (0..round * 5).map(|number| log.receipt(number)).collect();
        bodies.push(freeze(&log, 0));
        let results = submit(&ledger, "operator", bodies).await;
        let frozen = results.last().unwrap().as_ref().unwrap().index;
        let last = covered(&ledger).await;
        assert_eq!(Some(last.index), frozen.next());
        ledger.shutdown().await;
        assert_eq!(faults(log.store.as_ref()), Vec::<&str>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_stopped_right_behind_its_end_gets_its_last_index_root_at_the_next_start() {
    let (log, ledger) = TestLedger::registered().await;
    accepted(&ledger, "gateway", log.receipt(0)).await;
    let frozen = close(&log, &ledger).await;
    ledger.shutdown().await;
    drop(ledger);
    // Neither a clock in doubt nor witnesses that are behind keep it open.
    log.clock
        .set_wall(TimestampMs::new(log.clock.now().value() - 3_600_000));
    let ledger = log.open_with(indexed());
    let last = covered(&ledger).await;
    assert_eq!(Some(last.index), frozen.index.next());
    let entry = ledger.reader().entry(last.index).unwrap().unwrap().entry;
    assert_eq!(entry.logged_at, frozen.logged_at);
    let age_max = Duration::from_secs(1);
    let policy = kit::test_ledger::quorum_of(1, &[21]);
    ledger
        .reader()
        .begin_cosigning(policy, QuorumRule::FailClosed { age_max });
    let refused = submit_one(&ledger, "gateway", log.receipt(1)).await;
    assert!(is_closed_by(&refused, frozen.index), "{refused:?}");
    let confirmation = json!({
        "tree_size": size(&ledger), "clock": kit::key::TIME, "reason": "the clock was wrong",
    });
    let confirmation = Draft::own(ORIGIN, "log_clock", confirmation).sign(&log.cast.operator);
    let refused = submit_one(&ledger, "operator", confirmation).await;
    assert!(is_closed_by(&refused, frozen.index), "{refused:?}");
    assert_eq!(Some(size(&ledger)), last.index.size_with().map(TreeSize::value));
    ledger.shutdown().await;
    assert_eq!(faults(log.store.as_ref()), Vec::<&str>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn fsck_names_every_entry_behind_the_end_except_the_index_root_that_covers_it() {
    let store = MemoryStore::new();
    let log = TestLedger::create(Arc::new(store.clone()), Settings::default());
    let ledger = log.open_with(indexed());
    log.register_all(&ledger).await;
    let frozen = close(&log, &ledger).await;
    let last = covered(&ledger).await;
    let root = ledger.reader().entry(last.index).unwrap().unwrap().entry;
    ledger.shutdown().await;
    drop(ledger);
    let another = Entry {
        covered: last.index.size_with(),
        ..root
    };
    log.log_entries(&[another]);
    let report = checked(&store, None);
    let found: Vec<_> = report
        .faults
        .iter()
        .filter(|fault| fault.code == codes::ENTRY_AFTER_FREEZE)
        .collect();
    assert_eq!(found.len(), 1, "{:?}", report.faults);
    assert_eq!(found[0].object, format!("entry {}", last.index.value() + 1));
    assert!(
        found[0]
            .detail
            .contains(&format!("closed with entry {}", frozen.index)),
        "{found:?}"
    );
}
