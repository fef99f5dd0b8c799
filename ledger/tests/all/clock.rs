//! The clock rule: `logged_at` never goes back, and a clock in doubt pauses sequencing.

use ledger::clock::Clock as _;
use ledger::error::SubmitError;
use ledger::handle::{Ack, Ledger};
use ledger::testing::{Receipt, TestLog, submit};
use verifier::index::TimestampMs;

async fn registered() -> (TestLog, Ledger) {
    let log = TestLog::new().unwrap();
    let ledger = log.open().unwrap();
    log.register_all(&ledger).await.unwrap();
    (log, ledger)
}

async fn send(log: &TestLog, ledger: &Ledger, number: u64) -> Result<Ack, SubmitError> {
    let document = Receipt::new(number).sign(&log.actors.gateway).unwrap();
    submit(ledger, "clawproxy", vec![document]).await.remove(0)
}

fn is_paused(result: &Result<Ack, SubmitError>) -> bool {
    matches!(result, Err(SubmitError::Unavailable { .. }))
}

fn later(time: TimestampMs, ms: i64) -> TimestampMs {
    TimestampMs::new(time.value().checked_add_signed(ms).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_a_little_behind_repeats_the_last_time() {
    let (log, ledger) = registered().await;
    let first = send(&log, &ledger, 1).await.unwrap();
    log.clock.set_wall(later(log.clock.now(), -2000));
    let second = send(&log, &ledger, 2).await.unwrap();
    assert_eq!(second.logged_at, first.logged_at);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_more_than_two_seconds_behind_pauses_until_it_agrees() {
    let (log, ledger) = registered().await;
    let first = send(&log, &ledger, 1).await.unwrap();
    log.clock.set_wall(later(first.logged_at, -2001));
    assert!(is_paused(&send(&log, &ledger, 2).await));
    assert!(ledger.metrics().clock_paused);
    log.clock.advance(1);
    let second = send(&log, &ledger, 2).await.unwrap();
    assert_eq!(second.logged_at, first.logged_at);
    assert!(!ledger.metrics().clock_paused);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_steps_pauses_until_the_operator_confirms() {
    let (log, ledger) = registered().await;
    let stepped = later(log.clock.now(), 60_001);
    log.clock.set_wall(stepped);
    assert!(is_paused(&send(&log, &ledger, 1).await));
    assert!(is_paused(&send(&log, &ledger, 1).await));
    ledger.confirm_clock();
    assert_eq!(send(&log, &ledger, 1).await.unwrap().logged_at, stepped);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_is_taken_back_needs_no_confirmation() {
    let (log, ledger) = registered().await;
    let before = log.clock.now();
    log.clock.set_wall(later(before, 3_600_000));
    assert!(is_paused(&send(&log, &ledger, 1).await));
    log.clock.set_wall(before);
    assert_eq!(send(&log, &ledger, 1).await.unwrap().logged_at, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmed_clock_behind_the_log_repeats_the_last_time_until_it_caught_up() {
    let (log, ledger) = registered().await;
    let first = send(&log, &ledger, 1).await.unwrap();
    log.clock.set_wall(later(first.logged_at, -100_000));
    assert!(is_paused(&send(&log, &ledger, 2).await));
    ledger.confirm_clock();
    assert_eq!(send(&log, &ledger, 2).await.unwrap().logged_at, first.logged_at);
    log.clock.advance(100_500);
    let caught_up = send(&log, &ledger, 3).await.unwrap();
    assert_eq!(caught_up.logged_at, later(first.logged_at, 500));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_after_a_restart_is_noticed_from_the_log_alone() {
    let (log, ledger) = registered().await;
    ledger.shutdown().await;
    log.clock.set_wall(later(log.clock.now(), -10_000));
    let ledger = log.open().unwrap();
    assert!(is_paused(&send(&log, &ledger, 1).await));
    log.clock.advance(10_000);
    assert!(send(&log, &ledger, 1).await.is_ok());
}
