//! The clock rule: `logged_at` never goes back, and a clock in doubt pauses sequencing.

use kit::documents::Draft;
use kit::test_ledger::{ORIGIN, TestLedger, refusal, submit, submit_one};
use ledger::clock::Clock as _;
use ledger::error::SubmitError;
use ledger::handle::{Ack, Ledger};
use ledger::signer::EvidenceKey;
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use verifier::code::Code;
use verifier::index::TimestampMs;
use verifier::kind::Kind;

const TEN_YEARS_MS: i64 = 10 * 365 * 24 * 3_600_000;

async fn send(log: &TestLedger, ledger: &Ledger, number: u64) -> Result<Ack, SubmitError> {
    submit_one(ledger, "clawproxy", log.receipt(number)).await
}

fn is_paused(result: &Result<Ack, SubmitError>) -> bool {
    matches!(result, Err(SubmitError::Unavailable { .. }))
}

fn confirmation(signer: &EvidenceKey, tree_size: u64, clock: TimestampMs) -> String {
    let nanos = i128::from(clock.value()) * 1_000_000;
    let clock = OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap();
    let payload = json!({
        "tree_size": tree_size,
        "clock": clock.format(&Rfc3339).unwrap(),
        "reason": "the clock was wrong",
    });
    Draft::own(ORIGIN, "log_clock", payload).sign(signer)
}

async fn confirm(log: &TestLedger, ledger: &Ledger, clock: TimestampMs) -> Result<Ack, SubmitError> {
    let document = confirmation(&log.cast.operator, ledger.metrics().tree_size, clock);
    submit_one(ledger, "operator", document).await
}

fn later(time: TimestampMs, ms: i64) -> TimestampMs {
    TimestampMs::new(time.value().checked_add_signed(ms).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_a_little_behind_repeats_the_last_time() {
    let (log, ledger) = TestLedger::registered().await;
    let first = send(&log, &ledger, 1).await.unwrap();
    log.clock.set_wall(later(log.clock.now(), -2000));
    let second = send(&log, &ledger, 2).await.unwrap();
    assert_eq!(second.logged_at, first.logged_at);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_more_than_two_seconds_behind_pauses_until_it_agrees() {
    let (log, ledger) = TestLedger::registered().await;
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
    let (log, ledger) = TestLedger::registered().await;
    let stepped = later(log.clock.now(), 60_001);
    log.clock.set_wall(stepped);
    assert!(is_paused(&send(&log, &ledger, 1).await));
    assert!(is_paused(&send(&log, &ledger, 1).await));
    let confirmed = confirm(&log, &ledger, stepped).await.unwrap();
    assert_eq!((confirmed.kind, confirmed.logged_at), (Kind::LogClock, stepped));
    assert!(!ledger.metrics().clock_paused);
    assert_eq!(send(&log, &ledger, 1).await.unwrap().logged_at, stepped);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_is_taken_back_needs_no_confirmation() {
    let (log, ledger) = TestLedger::registered().await;
    let before = log.clock.now();
    log.clock.set_wall(later(before, 3_600_000));
    assert!(is_paused(&send(&log, &ledger, 1).await));
    log.clock.set_wall(before);
    assert_eq!(send(&log, &ledger, 1).await.unwrap().logged_at, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmed_clock_behind_the_log_repeats_the_last_time_until_it_caught_up() {
    let (log, ledger) = TestLedger::registered().await;
    let first = send(&log, &ledger, 1).await.unwrap();
    log.clock.set_wall(later(first.logged_at, -100_000));
    assert!(is_paused(&send(&log, &ledger, 2).await));
    let confirmed = confirm(&log, &ledger, log.clock.now()).await.unwrap();
    assert_eq!(confirmed.logged_at, first.logged_at);
    assert_eq!(send(&log, &ledger, 2).await.unwrap().logged_at, first.logged_at);
    log.clock.advance(100_500);
    let caught_up = send(&log, &ledger, 3).await.unwrap();
    assert_eq!(caught_up.logged_at, later(first.logged_at, 500));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_ten_years_ahead_goes_on_after_a_confirmation_and_a_restart() {
    let (log, ledger) = TestLedger::registered().await;
    let first = send(&log, &ledger, 1).await.unwrap();
    log.clock.set_wall(later(first.logged_at, -TEN_YEARS_MS));
    assert!(is_paused(&send(&log, &ledger, 2).await));
    confirm(&log, &ledger, log.clock.now()).await.unwrap();
    ledger.shutdown().await;
    let ledger = log.open();
    assert_eq!(send(&log, &ledger, 2).await.unwrap().logged_at, first.logged_at);
    // The confirmed time is what the clock is held against from now on.
    log.clock.set_wall(later(first.logged_at, -TEN_YEARS_MS - 2_001));
    assert!(is_paused(&send(&log, &ledger, 3).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_log_stands_the_operator_says_again_how_far_time_has_come() {
    let (log, ledger) = TestLedger::registered().await;
    let first = send(&log, &ledger, 1).await.unwrap();
    log.clock.set_wall(later(first.logged_at, -100_000));
    confirm(&log, &ledger, log.clock.now()).await.unwrap();
    log.clock.advance(50_000);
    let again = confirm(&log, &ledger, log.clock.now()).await.unwrap();
    assert_eq!((again.kind, again.logged_at), (Kind::LogClock, first.logged_at));
    assert_eq!(send(&log, &ledger, 2).await.unwrap().logged_at, first.logged_at);
    log.clock.advance(50_000);
    let caught_up = confirm(&log, &ledger, log.clock.now()).await;
    assert_eq!(refusal(caught_up).0, Code::ClockNotInDoubt);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmation_is_for_one_size_of_the_log_and_for_the_time_that_the_server_shows() {
    let (log, ledger) = TestLedger::registered().await;
    let first = send(&log, &ledger, 1).await.unwrap();
    log.clock.set_wall(later(first.logged_at, -100_000));
    let now = log.clock.now();
    let size = ledger.metrics().tree_size;
    let refusals = [
        (&log.cast.operator, size - 1, now, Code::ConfirmationStale),
        (&log.cast.operator, size, later(now, 60_001), Code::ClockDiffers),
        (&log.cast.gateway, size, now, Code::RoleMismatch),
        (&log.cast.agent, size, now, Code::SignerNotTrusted),
    ];
    for (signer, size, time, code) in refusals {
        let document = confirmation(signer, size, time);
        let answer = submit_one(&ledger, "operator", document).await;
        assert_eq!(refusal(answer).0, code);
    }
    assert_eq!(ledger.metrics().tree_size, size, "nothing was logged meanwhile");
    assert!(is_paused(&send(&log, &ledger, 2).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_agrees_cannot_be_confirmed() {
    let (log, ledger) = TestLedger::registered().await;
    let size = ledger.metrics().tree_size;
    let answer = confirm(&log, &ledger, log.clock.now()).await;
    assert_eq!(refusal(answer).0, Code::ClockNotInDoubt);
    assert_eq!(ledger.metrics().tree_size, size);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_a_confirmation_is_logged_while_the_clock_is_in_doubt() {
    let (log, ledger) = TestLedger::registered().await;
    log.clock.set_wall(later(log.clock.now(), -100_000));
    let size = ledger.metrics().tree_size;
    let receipt = log.receipt(1);
    let confirmed = confirmation(&log.cast.operator, size, log.clock.now());
    let answers = submit(&ledger, "clawproxy", vec![receipt.clone(), confirmed, receipt]).await;
    assert!(is_paused(&answers[0]));
    assert_eq!(answers[1].as_ref().unwrap().kind, Kind::LogClock);
    assert!(answers[2].is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_after_a_restart_is_noticed_from_the_log_alone() {
    let (log, ledger) = TestLedger::registered().await;
    ledger.shutdown().await;
    log.clock.set_wall(later(log.clock.now(), -10_000));
    let ledger = log.open();
    assert!(is_paused(&send(&log, &ledger, 1).await));
    log.clock.advance(10_000);
    assert!(send(&log, &ledger, 1).await.is_ok());
}
