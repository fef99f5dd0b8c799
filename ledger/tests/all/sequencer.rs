//! Batches, heads, shutdown, and the pure integration under them.

use kit::cast::ROLES;
use kit::key::TIME;
use kit::test_ledger::{ORIGIN, TestLedger, accepted, submit};
use ledger::config::Limits;
use ledger::error::SubmitError;
use ledger::handle::SubmissionOutcome;
use ledger::integrate::RightEdge;
use proptest::prelude::*;
use std::collections::BTreeMap;
use verifier::checkpoint::Checkpoint;
use verifier::hash::{LeafHash, NodeHash, leaf_hash};
use verifier::index::TreeSize;
use verifier::merkle::consistency::verify_consistency;
use verifier::merkle::oracle::root_of;
use verifier::tile::{TileCoord, decode_tile, tile_width};

fn receipts(log: &TestLedger, numbers: std::ops::Range<u64>) -> Vec<String> {
    numbers.map(|number| log.receipt(number)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_head_is_kept_signed_and_continues_the_one_before() {
    let (log, ledger) = TestLedger::registered().await;
    let mut served = vec![ledger.reader().published().checkpoint];
    for number in 0..20 {
        log.clock.advance(10);
        let results = submit(
            &ledger,
            "clawproxy",
            receipts(&log, number * 30..number * 30 + 30),
        )
        .await;
        served.extend(results.into_iter().map(|result| result.unwrap().checkpoint));
    }
    let key = ledger.reader().verifier_key().clone();
    let opened = |note: &str| Checkpoint::open(note.as_bytes(), &key).unwrap();
    for note in &served {
        let head = opened(note).head().clone();
        let kept = ledger.reader().checkpoint_of_size(head.size).unwrap().unwrap();
        assert_eq!(&kept.checkpoint, note);
    }
    for pair in served.windows(2) {
        let (one, two) = (opened(&pair[0]).head().clone(), opened(&pair[1]).head().clone());
        let proof = ledger.reader().consistency_proof(one.size, two.size).unwrap();
        verify_consistency(one.size, &one.root, two.size, &two.root, &proof).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_close_on_size_and_all_are_acknowledged() {
    let log = TestLedger::new();
    let limits = Limits {
        batch_entries_max: 7,
        ..Limits::default()
    };
    let ledger = log.open_with(limits);
    log.register_all(&ledger).await;
    let before = ledger.metrics().batches;
    let results = submit(&ledger, "clawproxy", receipts(&log, 0..100)).await;
    assert!(results.iter().all(Result::is_ok));
    assert!(ledger.metrics().batches - before >= 15);
    assert_eq!(ledger.metrics().entries, 106);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_is_answered_and_nothing_of_it_is_logged() {
    let log = TestLedger::new();
    let limits = Limits {
        queue_entries_max: 1,
        ..Limits::default()
    };
    let ledger = log.open_with(limits);
    for registration in log.cast.registrations(ORIGIN, &ROLES, TIME) {
        accepted(&ledger, "operator", registration).await;
    }
    let results = submit(&ledger, "clawproxy", receipts(&log, 0..500)).await;
    let logged = results.iter().filter(|result| result.is_ok()).count();
    let turned_away = results
        .iter()
        .filter(|result| matches!(result, Err(SubmitError::Unavailable { .. })))
        .count();
    assert_eq!(logged + turned_away, 500);
    let size = ledger.reader().published().head.tree.size.value();
    assert_eq!(size, 7 + u64::try_from(logged).unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_submitters_get_each_entry_once() {
    let (log, ledger) = TestLedger::registered().await;
    let bodies = receipts(&log, 0..50);
    let tasks = (0..8).map(|_| {
        let (ledger, bodies) = (ledger.clone(), bodies.clone());
        tokio::spawn(async move { submit(&ledger, "clawproxy", bodies).await })
    });
    let mut created = 0;
    let mut indices: BTreeMap<usize, u64> = BTreeMap::new();
    for task in tasks.collect::<Vec<_>>() {
        for (number, result) in task.await.unwrap().into_iter().enumerate() {
            let ack = result.unwrap();
            created += usize::from(ack.outcome == SubmissionOutcome::Created);
            assert_eq!(
                *indices.entry(number).or_insert(ack.index.value()),
                ack.index.value()
            );
        }
    }
    assert_eq!((created, indices.len()), (50, 50));
}

#[tokio::test(flavor = "multi_thread")]
async fn shutdown_finishes_what_is_queued_and_may_be_repeated() {
    let (log, ledger) = TestLedger::registered().await;
    let submitting = {
        let (ledger, bodies) = (ledger.clone(), receipts(&log, 0..200));
        tokio::spawn(async move { submit(&ledger, "clawproxy", bodies).await })
    };
    ledger.shutdown().await;
    ledger.shutdown().await;
    let results = submitting.await.unwrap();
    let late = submit(&ledger, "clawproxy", receipts(&log, 900..901))
        .await
        .remove(0);
    assert!(matches!(late, Err(SubmitError::Unavailable { .. })));
    drop(ledger);
    let ledger = log.open();
    for result in results {
        match result {
            Ok(ack) => {
                let record = ledger.reader().entry(ack.index).unwrap().unwrap();
                assert_eq!(record.bytes, ack.entry);
            }
            Err(error) => assert!(matches!(error, SubmitError::Unavailable { .. })),
        }
    }
}

/// Appends `sizes` in turn and keeps the tiles as a store would.
fn integrate(sizes: &[usize]) -> (RightEdge, BTreeMap<TileCoord, Vec<NodeHash>>, Vec<NodeHash>) {
    let mut edge = RightEdge::default();
    let mut tiles = BTreeMap::new();
    let mut all = Vec::new();
    for size in sizes {
        let leaves: Vec<LeafHash> = (0..*size)
            .map(|n| leaf_hash(&(all.len() + n).to_be_bytes()))
            .collect();
        let (next, touched) = edge.append(&leaves);
        for (coord, bytes) in touched {
            let hashes = decode_tile(&bytes).unwrap();
            if let Some(before) = tiles.insert(coord, hashes.clone()) {
                assert!(hashes.starts_with(&before));
            }
        }
        all.extend(leaves.into_iter().map(NodeHash::from));
        edge = next;
    }
    (edge, tiles, all)
}

fn check_integration(sizes: &[usize]) {
    let (edge, tiles, all) = integrate(sizes);
    assert_eq!(edge.root(), root_of(&all));
    let size = TreeSize::new(u64::try_from(all.len()).unwrap());
    assert_eq!(edge.size(), size);
    let mut level_hashes = all;
    let mut level = 0;
    while !level_hashes.is_empty() {
        for (index, chunk) in level_hashes.chunks(256).enumerate() {
            let coord = TileCoord {
                level,
                index: u64::try_from(index).unwrap(),
            };
            assert_eq!(tiles[&coord], chunk);
            assert_eq!(usize::from(tile_width(coord, size)), chunk.len());
        }
        level_hashes = level_hashes
            .chunks_exact(256)
            .map(|chunk| NodeHash::from(root_of(chunk)))
            .collect();
        level += 1;
    }
    let levels: usize = tiles
        .keys()
        .map(|coord| usize::from(coord.level))
        .max()
        .unwrap_or(0);
    assert!(tiles.is_empty() || levels + 1 == usize::from(level));
}

#[test]
fn integrates_across_the_edges_of_tiles() {
    for sizes in [
        &[1][..],
        &[255, 1],
        &[256],
        &[255, 2],
        &[1, 255, 256],
        &[700, 1, 69, 254],
        &[65_535, 1],
        &[65_537],
        &[65_000, 600, 1],
    ] {
        check_integration(sizes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn integrates_any_batches_to_the_root_of_all_leaves(sizes in prop::collection::vec(1usize..400, 1..8)) {
        check_integration(&sizes);
    }
}
