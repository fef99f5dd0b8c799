//! A log with witnesses that do what they should.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kit::cosigners::FIRST_ML_DSA;
use kit::test_ledger::{TestLedger, accepted};
use kit::witness_server::{GoodWitness, WitnessServer};
use ledger::config::Limits;
use ledger::cosigning::QuorumRule;
use ledger_witnesses::pusher::Pusher;
use verifier::index::TreeSize;
use verifier::kind::Kind;

use crate::support::{NOW_S, Watched, good, log_key, policy, timing, until};

/// The first line of each request.
fn olds(server: &WitnessServer) -> Vec<String> {
    let first = |body: String| body.lines().next().unwrap().to_owned();
    server.bodies().into_iter().map(first).collect()
}

/// The size in the checkpoint of a request.
fn size_of(body: &str) -> u64 {
    let (_, note) = body.split_once("\n\n").unwrap();
    note.lines().nth(1).unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn three_witnesses_cosign_each_head_across_the_edge_of_a_tile() {
    let seeds: [&[u8]; 3] = [&[21], &[22], &[FIRST_ML_DSA]];
    let servers = seeds.map(good);
    let all: Vec<u8> = seeds.concat();
    let asked: Vec<_> = servers.iter().zip(seeds).collect();
    let mut log = Watched::start_with(&policy(3, &asked), 247).await;
    log.until_quorum(254).await;
    for size in 255..=257 {
        assert_eq!(log.grow().await, size);
        log.until_quorum(size).await;
        assert_eq!(log.cosigned_by(&all), (all.clone(), 4));
    }
    for server in &servers {
        assert_eq!(olds(server), ["old 0", "old 254", "old 255", "old 256"]);
    }
    log.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_a_witness_says_from_where_it_needs_a_proof() {
    let server = good(&[21]);
    let policy = policy(1, &[(&server, &[21])]);
    let mut log = Watched::start(&policy).await;
    log.until_quorum(7).await;
    log.pusher.stop().await;
    // What was remembered of the witness is lost.
    log.pusher = Pusher::start(log.ledger.reader(), &policy, QuorumRule::FailOpen, timing()).unwrap();
    until("a proof from size 7", || server.bodies().len() == 3).await;
    assert_eq!(olds(&server), ["old 0", "old 0", "old 7"]);
    assert_eq!(log.grow().await, 8);
    log.until_quorum(8).await;
    assert_eq!(olds(&server)[3..], ["old 7"]);
    log.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_costs_one_push_however_much_the_log_has_grown() {
    let is_down = Arc::new(AtomicBool::new(true));
    let down = Arc::clone(&is_down);
    let cosigned = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&cosigned);
    let mut witness = GoodWitness::new(log_key(), &[21], NOW_S);
    let server = WitnessServer::start(move |body| {
        if down.load(Ordering::SeqCst) {
            return (503, Vec::new());
        }
        seen.lock().unwrap().push(size_of(body));
        witness.answer(body)
    });
    let mut log = Watched::start(&policy(1, &[(&server, &[21])])).await;
    let failed = |log: &Watched| log.state(21).and_then(|state| state.last_error);
    until("a failure", || failed(&log) == Some("WITNESS_STATUS_5XX")).await;
    for _ in 0..20 {
        log.grow().await;
    }
    let newest = |server: &WitnessServer| server.bodies().last().map(|body| size_of(body));
    until("the newest head", || newest(&server) == Some(27)).await;
    is_down.store(false, Ordering::SeqCst);
    log.until_quorum(27).await;
    until("the success", || failed(&log).is_none()).await;
    assert_eq!(*cosigned.lock().unwrap(), [27]);
    log.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_serves_request_after_request() {
    let server = good(&[21]);
    let mut log = Watched::start(&policy(1, &[(&server, &[21])])).await;
    for _ in 0..5 {
        let size = log.grow().await;
        log.until_quorum(size).await;
    }
    assert!(server.bodies().len() >= 5);
    assert_eq!(server.connections(), 1);
    log.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_stops_while_a_witness_keeps_a_request_waiting() {
    let (arrived, arrival) = channel();
    let (release, released) = channel::<()>();
    let server = WitnessServer::start(move |_| {
        // Both fail once the test is over.
        let _ = arrived.send(());
        let _ = released.recv();
        (500, Vec::new())
    });
    let log = Watched::start(&policy(1, &[(&server, &[21])])).await;
    tokio::task::spawn_blocking(move || arrival.recv().unwrap())
        .await
        .unwrap();
    let reader = log.ledger.reader().downgrade();
    log.end().await;
    assert!(reader.upgrade().is_none(), "somebody keeps the log open");
    drop(release);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_log_with_an_index_only_heads_that_end_in_an_index_root_are_sent() {
    let (log, ledger) = TestLedger::registered().await;
    ledger.shutdown().await;
    drop(ledger);
    let indexed = Limits {
        index_after: Some(Duration::ZERO),
        ..Limits::default()
    };
    let ledger = log.open_with(indexed);
    accepted(&ledger, "gateway", log.receipt(0)).await;
    let has_root = || ledger.reader().newest_index_root().unwrap().is_some();
    until("an index.root", has_root).await;
    let server = good(&[21]);
    let log = Watched::on(log, ledger.clone(), &policy(1, &[(&server, &[21])]), 1);
    for number in 1..6 {
        let receipt = log.log.receipt(number);
        let index = accepted(&ledger, "gateway", receipt).await.index.value();
        until("a quorum of it and its index.root", || log.quorum() > index + 1).await;
    }
    let reader = ledger.reader();
    for body in server.bodies() {
        let last = TreeSize::new(size_of(&body)).last_index().unwrap();
        assert_eq!(reader.entry(last).unwrap().unwrap().entry.kind, Kind::IndexRoot);
    }
    log.end().await;
}
