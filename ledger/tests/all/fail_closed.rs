//! A log that takes no evidence while its witnesses are behind.

use std::time::Duration;

use kit::documents::Draft;
use kit::test_ledger::{ORIGIN, TestLedger, accepted, cosign, quorum_of, submit_one};
use ledger::clock::Clock as _;
use ledger::cosigning::{QuorumRule, QuorumTooOld};
use ledger::error::SubmitError;
use ledger::handle::Ledger;
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use verifier::index::TimestampMs;
use verifier::kind::Kind;

const WITNESS: u8 = 21;
const AGE_MAX: Duration = Duration::from_secs(600);
const AGE_MAX_MS: u64 = 600_000;

/// With one witness, whose cosignature is enough.
fn fail_closed(ledger: &Ledger) {
    let rule = QuorumRule::FailClosed { age_max: AGE_MAX };
    ledger.reader().begin_cosigning(quorum_of(1, &[WITNESS]), rule);
}

/// The witness cosigns the newest head.
fn cosign_newest(log: &TestLedger, ledger: &Ledger) {
    let reader = ledger.reader();
    let now_s = log.clock.now().value() / 1_000;
    cosign(reader, &reader.published(), &[WITNESS], now_s);
}

async fn too_old(ledger: &Ledger, submitter: &str, document: String) -> Option<Duration> {
    match submit_one(ledger, submitter, document).await {
        Err(SubmitError::QuorumTooOld(QuorumTooOld { age, age_max })) => {
            assert_eq!(age_max, AGE_MAX);
            age
        }
        other => panic!("{other:?}"),
    }
}

fn size(ledger: &Ledger) -> u64 {
    ledger.reader().published().head.tree.size.value()
}

#[tokio::test]
async fn entries_are_taken_while_the_quorum_is_young_enough_and_not_before_or_after() {
    let (log, ledger) = TestLedger::registered().await;
    fail_closed(&ledger);
    let before = size(&ledger);
    assert_eq!(too_old(&ledger, "gateway", log.receipt(0)).await, None);
    cosign_newest(&log, &ledger);
    accepted(&ledger, "gateway", log.receipt(0)).await;
    log.clock.advance(AGE_MAX_MS);
    accepted(&ledger, "gateway", log.receipt(1)).await;
    log.clock.advance(1);
    let age = too_old(&ledger, "gateway", log.receipt(2)).await;
    assert_eq!(age, Some(AGE_MAX + Duration::from_millis(1)));
    assert_eq!(size(&ledger), before + 2);
    cosign_newest(&log, &ledger);
    accepted(&ledger, "gateway", log.receipt(2)).await;
}

#[tokio::test]
async fn a_document_that_the_log_has_is_answered_with_its_entry_also_while_it_is_closed() {
    let (log, ledger) = TestLedger::registered().await;
    let first = accepted(&ledger, "gateway", log.receipt(0)).await;
    fail_closed(&ledger);
    let again = accepted(&ledger, "gateway", log.receipt(0)).await;
    assert_eq!(again.index, first.index);
}

#[tokio::test]
async fn what_would_be_logged_as_refused_is_to_be_sent_again_too() {
    let (log, ledger) = TestLedger::registered().await;
    fail_closed(&ledger);
    // Signed by an agent, who may not register anybody: of a signer who is registered the refusal is an entry.
    let payload = json!({ "did": log.cast.agent.did().as_str(), "role": "gateway", "name": "mine" });
    let document = Draft::own(ORIGIN, "issuer_registration", payload).sign(&log.cast.gateway);
    let before = size(&ledger);
    too_old(&ledger, "gateway", document.clone()).await;
    assert_eq!(size(&ledger), before);
    cosign_newest(&log, &ledger);
    let refused = submit_one(&ledger, "gateway", document).await;
    assert!(
        matches!(
            refused,
            Err(SubmitError::Refused {
                refused_entry: Some(_),
                ..
            })
        ),
        "{refused:?}"
    );
}

#[tokio::test]
async fn the_operator_can_confirm_a_clock_in_doubt_also_while_the_log_is_closed() {
    let (log, ledger) = TestLedger::registered().await;
    fail_closed(&ledger);
    let stepped = TimestampMs::new(log.clock.now().value() + 3_600_000);
    log.clock.set_wall(stepped);
    let nanos = i128::from(stepped.value()) * 1_000_000;
    let clock = OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap();
    let payload = json!({
        "tree_size": size(&ledger),
        "clock": clock.format(&Rfc3339).unwrap(),
        "reason": "the clock was wrong",
    });
    let document = Draft::own(ORIGIN, "log_clock", payload).sign(&log.cast.operator);
    assert_eq!(accepted(&ledger, "operator", document).await.kind, Kind::LogClock);
}

#[tokio::test]
async fn the_stored_quorum_of_an_older_process_does_not_open_the_log() {
    let (log, ledger) = TestLedger::registered().await;
    fail_closed(&ledger);
    cosign_newest(&log, &ledger);
    accepted(&ledger, "gateway", log.receipt(0)).await;
    cosign_newest(&log, &ledger);
    ledger.shutdown().await;
    drop(ledger);
    // The database may have been set back to an older copy: only the witnesses know.
    let ledger = log.open();
    fail_closed(&ledger);
    let cosigning = ledger.reader().cosigning().unwrap();
    assert!(cosigning.quorum().is_some() && cosigning.witnessed_checkpoint().is_some());
    assert_eq!(too_old(&ledger, "gateway", log.receipt(1)).await, None);
    cosign_newest(&log, &ledger);
    accepted(&ledger, "gateway", log.receipt(1)).await;
}

#[tokio::test]
async fn a_head_that_is_signed_again_and_again_does_not_cover_what_came_behind_it() {
    let (log, ledger) = TestLedger::registered().await;
    fail_closed(&ledger);
    let stuck = ledger.reader().published();
    cosign_newest(&log, &ledger);
    accepted(&ledger, "gateway", log.receipt(0)).await;
    for _ in 0..2 {
        log.clock.advance(AGE_MAX_MS / 2);
        let now_s = log.clock.now().value() / 1_000;
        cosign(ledger.reader(), &stuck, &[WITNESS], now_s);
        accepted(&ledger, "gateway", log.receipt(log.clock.now().value())).await;
    }
    log.clock.advance(1_000);
    cosign(
        ledger.reader(),
        &stuck,
        &[WITNESS],
        log.clock.now().value() / 1_000,
    );
    let age = too_old(&ledger, "gateway", log.receipt(9)).await;
    assert_eq!(age, Some(AGE_MAX + Duration::from_secs(1)));
    cosign_newest(&log, &ledger);
    accepted(&ledger, "gateway", log.receipt(9)).await;
}

#[tokio::test]
async fn one_witness_that_signs_again_does_not_renew_a_quorum_of_two() {
    let (log, ledger) = TestLedger::registered().await;
    let rule = QuorumRule::FailClosed { age_max: AGE_MAX };
    let reader = ledger.reader();
    reader.begin_cosigning(quorum_of(2, &[WITNESS, 22]), rule);
    let head = reader.published();
    let now_s = || log.clock.now().value() / 1_000;
    cosign(reader, &head, &[WITNESS, 22], now_s());
    let began = log.clock.now();
    log.clock.advance(AGE_MAX_MS);
    cosign(reader, &head, &[WITNESS], now_s());
    assert_eq!(reader.cosigning().unwrap().quorum().unwrap().at, began);
    log.clock.advance(1_000);
    let age = too_old(&ledger, "gateway", log.receipt(0)).await;
    assert_eq!(age, Some(AGE_MAX + Duration::from_secs(1)));
    cosign(reader, &head, &[22], now_s());
    accepted(&ledger, "gateway", log.receipt(0)).await;
}
