//! Answers of the reader, each checked with the offline verifier against the log's key alone.

use kit::documents::wrap;
use kit::test_ledger::{TestLedger, accepted, submit};
use std::collections::BTreeSet;

use ledger::error::ReadError;
use ledger::handle::Ledger;
use ledger::reader::Reader;
use serde_json::json;
use verifier::checkpoint::Checkpoint;
use verifier::entry::entry_leaf_hash;
use verifier::hash::leaf_hash;
use verifier::index::{LeafIndex, TimestampMs, TreeSize};
use verifier::kind::Kind;
use verifier::merkle::consistency::verify_consistency;
use verifier::merkle::inclusion::verify_inclusion;
use verifier::proof::TlogProof;
use verifier::subject::Field;
use verifier::tile::{TileCoord, bundle_width, decode_bundle, decode_tile, tile_width};

/// A log with issuers and `receipts` receipts, of which number n stands in job `job-<n % jobs>`. Each
/// submission is a batch, and so a head, of its own.
pub(crate) async fn filled(receipts: u64, jobs: u64, batch: u64) -> (TestLedger, Ledger) {
    let (log, ledger) = TestLedger::registered().await;
    for first in (0..receipts).step_by(usize::try_from(batch).unwrap()) {
        log.clock.advance(1_000);
        let bodies = (first..(first + batch).min(receipts))
            .map(|number| {
                let document = log.receipt(number);
                wrap(&document, &json!({ "job_id": format!("job-{}", number % jobs) }))
            })
            .collect();
        for result in submit(&ledger, "clawproxy", bodies).await {
            result.unwrap();
        }
    }
    (log, ledger)
}

fn index(value: u64) -> LeafIndex {
    LeafIndex::new(value)
}

fn size_of(reader: &Reader) -> TreeSize {
    reader.published().head.tree.size
}

#[tokio::test]
async fn every_entry_comes_with_a_proof_that_verifies_offline() {
    let (_log, ledger) = filled(300, 5, 100).await;
    let reader = ledger.reader();
    for at in 0..size_of(reader).value() {
        let record = reader.entry(index(at)).unwrap().unwrap();
        assert_eq!(record.leaf_hash, leaf_hash(&record.bytes));
        let proof = TlogProof::parse(reader.tlog_proof(index(at), None).unwrap().as_bytes()).unwrap();
        assert_eq!(proof.extra.as_deref(), Some(record.bytes.as_slice()));
        proof
            .verify(&entry_leaf_hash(&record.bytes), &reader.verifier_key())
            .unwrap();
    }
}

#[tokio::test]
async fn proofs_hold_for_sizes_that_were_never_published() {
    let (_log, ledger) = filled(300, 5, 300).await;
    let reader = ledger.reader();
    let published = reader.published().head.tree;
    for size in [1, 2, 3, 7, 100, 255, 256, 257, 300] {
        let first = TreeSize::new(size);
        let proof = reader.consistency_proof(first, published.size).unwrap();
        // The root of the smaller tree follows from its last leaf and that leaf's audit path.
        let last = first.last_index().unwrap();
        let path = reader.inclusion_proof(last, first).unwrap();
        let leaf = reader.entry(last).unwrap().unwrap().leaf_hash;
        let root = path
            .iter()
            .fold(verifier::hash::NodeHash::from(leaf), |right, left| {
                verifier::hash::node_hash(left, &right)
            });
        verify_consistency(first, &root.into(), published.size, &published.root, &proof).unwrap();
        verify_inclusion(last, first, &leaf, &path, &root.into()).unwrap();
    }
}

#[tokio::test]
async fn what_lies_beyond_the_head_is_none_or_beyond() {
    let (_log, ledger) = filled(3, 1, 3).await;
    let reader = ledger.reader();
    let size = size_of(reader);
    let beyond = TreeSize::new(size.value() + 1);
    assert!(reader.entry(size.next_index()).unwrap().is_none());
    assert!(reader.entries(size.next_index(), 10).unwrap().is_empty());
    assert!(reader.checkpoint_of_size(beyond).unwrap().is_none());
    let errors = [
        reader.tlog_proof(size.next_index(), None).unwrap_err(),
        reader.inclusion_proof(index(0), beyond).unwrap_err(),
        reader.consistency_proof(size, beyond).unwrap_err(),
        reader
            .subject(Field::Job, "job-0", None, beyond, false, 10)
            .unwrap_err(),
        reader.jobs(None, beyond, 10).unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, ReadError::Beyond { .. }), "{error}");
    }
}

#[tokio::test]
async fn tiles_and_bundles_have_every_width_that_the_head_implies_and_no_other() {
    let (_log, ledger) = filled(300, 5, 100).await;
    let reader = ledger.reader();
    let size = size_of(reader);
    for coord in [(0, 0), (0, 1), (1, 0), (0, 2), (2, 0)] {
        let coord = TileCoord {
            level: coord.0,
            index: coord.1,
        };
        let widest = tile_width(coord, size);
        for width in [1, 17, 255, 256] {
            let tile = reader.tile(coord, width).unwrap();
            assert_eq!(tile.is_some(), width <= widest, "{coord:?} {width}");
            if let Some(bytes) = tile {
                assert_eq!(decode_tile(&bytes).unwrap().len(), usize::from(width));
            }
        }
        assert!(reader.tile(coord, 0).unwrap().is_none());
    }
    for bundle in 0..3 {
        let widest = bundle_width(bundle, size);
        for width in [1, 17, 256] {
            let bytes = reader.entry_bundle(bundle, width).unwrap();
            assert_eq!(bytes.is_some(), width <= widest);
            if let Some(bytes) = bytes {
                let entries = decode_bundle(&bytes).unwrap();
                let first = reader.entry(index(bundle * 256)).unwrap().unwrap();
                assert_eq!(entries.len(), usize::from(width));
                assert_eq!(entries[0], first.bytes);
            }
        }
    }
}

#[tokio::test]
async fn pages_of_a_subject_join_without_gap_in_both_directions() {
    let (_log, ledger) = filled(50, 2, 25).await;
    let reader = ledger.reader();
    let as_of = size_of(reader);
    for newest_first in [false, true] {
        let mut found = Vec::new();
        let mut from = None;
        loop {
            let page = reader
                .subject(Field::Job, "job-1", from, as_of, newest_first, 7)
                .unwrap();
            found.extend(page.items);
            from = page.next;
            if from.is_none() {
                break;
            }
        }
        assert_eq!(found.len(), 25);
        assert!(found.is_sorted_by(|a, b| if newest_first { a > b } else { a < b }));
    }
    assert!(
        reader
            .subject(Field::Job, "job-9", None, as_of, false, 7)
            .unwrap()
            .items
            .is_empty()
    );
}

#[tokio::test]
async fn every_job_is_listed_once_by_its_last_entry_below_the_size() {
    let (log, ledger) = filled(40, 7, 10).await;
    let reader = ledger.reader();
    let as_of = size_of(reader);
    let list = || {
        let mut jobs = Vec::new();
        let mut from = None;
        loop {
            let page = reader.jobs(from, as_of, 3).unwrap();
            jobs.extend(page.items);
            from = page.next;
            if from.is_none() {
                return jobs;
            }
        }
    };
    let jobs = list();
    assert_eq!(
        jobs.iter()
            .map(|job| job.job_id.as_str())
            .collect::<BTreeSet<_>>()
            .len(),
        7
    );
    assert_eq!(jobs.len(), 7);
    assert_eq!(jobs[0].job_id, "job-4");
    assert!(jobs.is_sorted_by(|a, b| a.last_index > b.last_index));

    // New activity of an old job leaves the list of the earlier size as it was.
    let document = log.receipt(1_000);
    let body = wrap(&document, &json!({ "job_id": "job-0" }));
    accepted(&ledger, "clawproxy", body).await;
    assert_eq!(list(), jobs);
    assert_eq!(
        reader.jobs(None, size_of(reader), 1).unwrap().items[0].job_id,
        "job-0"
    );
}

#[tokio::test]
async fn lookups_by_digest_leaf_and_kind_find_the_entry() {
    let (_log, ledger) = filled(10, 1, 10).await;
    let reader = ledger.reader();
    let as_of = size_of(reader);
    let last = as_of.last_index().unwrap();
    let record = reader.entry(last).unwrap().unwrap();
    assert_eq!(reader.by_evidence(&record.entry.evidence_digest).unwrap(), [last]);
    assert_eq!(reader.by_leaf(&record.leaf_hash).unwrap(), Some(last));
    assert_eq!(reader.by_leaf(&leaf_hash(b"no entry")).unwrap(), None);
    let receipts = reader
        .by_kind(Kind::ReceiptGateway, None, as_of, true, 100)
        .unwrap();
    assert_eq!(receipts.items.len(), 10);
    assert_eq!(receipts.items[0], last);
}

#[tokio::test]
async fn a_context_that_came_later_is_found_by_the_evidence() {
    let (log, ledger) = filled(1, 1, 1).await;
    let reader = ledger.reader();
    let first = size_of(reader).last_index().unwrap();
    let document = log.receipt(0);
    let body = wrap(&document, &json!({ "job_id": "another" }));
    let ack = accepted(&ledger, "clawproxy", body).await;
    assert_eq!(ack.kind, Kind::Context);
    assert_eq!(
        reader.by_evidence(&ack.evidence_digest).unwrap(),
        [first, ack.index]
    );
    let record = reader.entry(ack.index).unwrap().unwrap();
    assert!(record.evidence.is_none());
    assert_eq!(record.context.unwrap().job_id.as_deref(), Some("another"));
}

#[tokio::test]
async fn heads_of_the_past_open_with_the_key_and_are_found_by_size_and_time() {
    let (_log, ledger) = filled(50, 1, 5).await;
    let reader = ledger.reader();
    let newest = reader.published();
    let heads = reader.checkpoints(newest.head.tree.size, 1_000).unwrap();
    assert!(heads.len() > 10);
    assert_eq!(heads[0], newest);
    for head in &heads {
        let opened = Checkpoint::open(head.checkpoint.as_bytes(), &reader.verifier_key()).unwrap();
        assert_eq!(opened.head(), &head.head.tree);
        assert_eq!(
            reader.checkpoint_of_size(head.head.tree.size).unwrap().as_ref(),
            Some(head)
        );
    }
    for head in &heads {
        // Batches that share a time are common; the newest of them is the answer.
        let expected = heads.iter().find(|later| later.head.time == head.head.time);
        assert_eq!(reader.checkpoint_at(head.head.time).unwrap().as_ref(), expected);
    }
    assert_eq!(reader.checkpoint_at(newest.head.time).unwrap(), Some(newest));
    assert_eq!(reader.checkpoint_at(TimestampMs::new(0)).unwrap(), None);
}
