//! A follower publishes what the log's key signed, the store holds and the past allows, and nothing else.

use crate::reader::filled;
use kit::test_ledger::{ORIGIN, TestLedger, accepted, submit};
use ledger::error::ReadError;
use ledger::handle::Ledger;
use ledger::recovery::{FollowError, Follower, follow};
use ledger::signer::{CheckpointSigner, LogKey};
use std::sync::Arc;
use verifier::checkpoint::{TreeHead, checkpoint_text, signed_checkpoint};
use verifier::hash::RootHash;
use verifier::index::{LeafIndex, TreeSize};

fn follower(log: &TestLedger, checkpoint: &str) -> Follower {
    let clock = Arc::clone(&log.clock);
    follow(
        Arc::clone(&log.store),
        TestLedger::key().verifier_key(),
        checkpoint,
        clock,
    )
    .unwrap()
}

/// A checkpoint that the log's key signs, whatever the log holds.
fn signed(size: u64, root: [u8; 32]) -> String {
    let key = TestLedger::key();
    let head = TreeHead {
        size: TreeSize::new(size),
        root: RootHash::from_bytes(root),
    };
    let text = checkpoint_text(ORIGIN, &head);
    signed_checkpoint(&text, key.verifier_key(), &key.sign(text.as_bytes()))
}

async fn send(log: &TestLedger, ledger: &Ledger, number: u64) {
    log.clock.advance(1_000);
    accepted(ledger, "clawproxy", log.receipt(number)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shows_what_was_published_and_follows_what_is() {
    let (log, ledger) = filled(300, 1, 100).await;
    let writer = ledger.reader();
    let follower = follower(&log, &writer.published().checkpoint);
    let reader = follower.reader();
    let first = writer.published();
    assert_eq!(reader.published(), first);
    assert_eq!(reader.issuers(), writer.issuers());
    assert_eq!(reader.settings(), writer.settings());
    assert_eq!(
        reader.entries(LeafIndex::new(250), 10).unwrap(),
        writer.entries(LeafIndex::new(250), 10).unwrap()
    );

    send(&log, &ledger, 9_000).await;
    let retirement = log.cast.retire(ORIGIN, &log.cast.gateway);
    assert!(submit(&ledger, "operator", vec![retirement]).await[0].is_ok());
    // It shows nothing that was not given to it, whatever the store holds.
    assert_eq!(reader.published(), first);
    assert_eq!(reader.entry(first.head.tree.size.next_index()).unwrap(), None);

    let second = writer.published();
    assert_eq!(follower.publish(&second.checkpoint).unwrap(), second);
    assert_eq!(reader.published(), second);
    assert_eq!(
        follower.publish(&second.checkpoint).unwrap(),
        second,
        "again is no change"
    );
    assert_eq!(reader.issuers(), writer.issuers(), "a retirement came with it");
    let last = second.head.tree.size.last_index().unwrap();
    assert_eq!(reader.entry(last).unwrap(), writer.entry(last).unwrap());
    assert_eq!(
        reader.tlog_proof(last, None).unwrap(),
        writer.tlog_proof(last, None).unwrap()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_to_go_back() {
    let (log, ledger) = filled(10, 1, 100).await;
    let older = ledger.reader().published();
    send(&log, &ledger, 9_000).await;
    let newer = ledger.reader().published();
    let follower = follower(&log, &newer.checkpoint);
    let refused = follower.publish(&older.checkpoint);
    assert!(
        matches!(refused, Err(FollowError::Rollback { .. })),
        "{refused:?}"
    );
    assert_eq!(follower.reader().published(), newer);
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_a_second_history_that_the_key_signed() {
    let (log, ledger) = filled(10, 1, 100).await;
    let published = ledger.reader().published();
    let size = published.head.tree.size.value();
    let follower = follower(&log, &published.checkpoint);
    let same_size = follower.publish(&signed(size, [9; 32]));
    assert!(
        matches!(same_size, Err(FollowError::Fork { .. })),
        "{same_size:?}"
    );
    send(&log, &ledger, 9_000).await;
    let larger = follower.publish(&signed(size + 1, [9; 32]));
    assert!(
        matches!(larger, Err(FollowError::Read(ReadError::Corrupt { .. }))),
        "{larger:?}"
    );
    assert_eq!(follower.reader().published(), published);
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_what_is_not_signed_or_not_stored() {
    let (log, ledger) = filled(10, 1, 100).await;
    let published = ledger.reader().published();
    let size = published.head.tree.size.value();
    let follower = follower(&log, &published.checkpoint);
    let unsigned = published
        .checkpoint
        .replacen(&size.to_string(), &(size + 1).to_string(), 1);
    let unsigned = follower.publish(&unsigned);
    assert!(
        matches!(unsigned, Err(FollowError::Checkpoint(_))),
        "{unsigned:?}"
    );
    let ahead = follower.publish(&signed(size + 5, [9; 32]));
    assert!(matches!(ahead, Err(FollowError::Read(_))), "{ahead:?}");
    assert_eq!(follower.reader().published(), published);
    let other = LogKey::from_seed(ORIGIN, [2; 32]).unwrap();
    let opened = follow(
        Arc::clone(&log.store),
        other.verifier_key(),
        &published.checkpoint,
        Arc::clone(&log.clock) as _,
    );
    assert!(opened.is_err());
}
