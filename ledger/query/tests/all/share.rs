//! What one caller may take of the server.

use ledger_query::share::{Caller, PoolFull, WorkError, WorkGate};
use std::net::IpAddr;
use std::sync::mpsc;

fn caller(last: u8) -> Caller {
    Caller::peer(IpAddr::from([192, 0, 2, last]))
}

#[tokio::test]
async fn whoever_asks_for_much_waits_behind_itself() {
    let gate = WorkGate::new("works", 2, 4);
    let first = gate.enter(&caller(1)).await.unwrap();
    let second = caller(1);
    let mut waits = Box::pin(gate.enter(&second));
    assert!(
        futures_poll(&mut waits).await.is_none(),
        "one caller has one turn of two"
    );
    let other = gate.enter(&caller(2)).await.unwrap();
    drop(first);
    let second = waits.await.unwrap();
    drop((other, second));
    assert_eq!(gate.numbers().held, 0);
}

#[tokio::test]
async fn nobody_waits_beyond_the_places() {
    let gate = WorkGate::new("works", 1, 1);
    let running = gate.enter(&caller(1)).await.unwrap();
    let more = gate.enter(&caller(1)).await.err();
    assert!(
        matches!(more, Some(WorkError::Full(PoolFull::Share("works")))),
        "{more:?}"
    );
    let second = caller(2);
    let mut waits = Box::pin(gate.enter(&second));
    assert!(futures_poll(&mut waits).await.is_none());
    let more = gate.enter(&caller(3)).await.err();
    assert!(
        matches!(more, Some(WorkError::Full(PoolFull::Pool("works")))),
        "{more:?}"
    );
    drop(running);
    assert!(waits.await.is_ok());
}

#[tokio::test]
async fn work_is_told_that_its_caller_left_and_keeps_its_turn_to_the_end() {
    let gate = WorkGate::new("works", 1, 1);
    let (started, has_started) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let (ended, has_ended) = mpsc::channel();
    let mut asking = Box::pin(gate.run(move |wanted| {
        started.send(()).unwrap();
        may_go_on.recv().unwrap();
        ended.send(wanted.is_wanted()).unwrap();
    }));
    while has_started.try_recv().is_err() {
        assert!(futures_poll(&mut asking).await.is_none());
    }
    drop(asking);
    assert_eq!(gate.numbers().held, 1, "the thread is still taken");
    go_on.send(()).unwrap();
    assert!(!has_ended.recv().unwrap());
    while gate.numbers().held > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(gate.abandoned(), 1);
}

/// What a future has to say after one look at it.
async fn futures_poll<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    tokio::select! {
        biased;
        output = future => Some(output),
        () = tokio::task::yield_now() => None,
    }
}

fn peer(address: &str) -> Option<Caller> {
    address.parse().ok().map(Caller::peer)
}

#[test]
fn the_addresses_of_one_subscriber_are_one_caller() {
    assert_eq!(peer("2001:db8:1:2::3"), peer("2001:db8:1:2:ffff::4"));
    assert_ne!(peer("2001:db8:1:2::3"), peer("2001:db8:1:3::3"));
    assert_eq!(peer("::ffff:192.0.2.1"), peer("192.0.2.1"));
    assert_ne!(peer("192.0.2.1"), peer("192.0.2.2"));
}
