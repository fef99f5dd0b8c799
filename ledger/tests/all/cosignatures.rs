//! Cosignatures of published heads: which are kept, where they are shown, when a quorum is there.

use kit::cosigners::{FIRST_ML_DSA, cosigner};
use kit::test_ledger::{TestLedger, accepted, cosign, cosignature_of, quorum_of};
use ledger::cosigning::{KeepError, QuorumRule};
use ledger::handle::Ledger;
use ledger::reader::Reader;
use verifier::index::{LeafIndex, TreeSize};
use verifier::note::UnverifiedNote;
use verifier::quorum::QuorumPolicy;

const TIME_S: u64 = 1_700_000_000;
const EVERY: TreeSize = TreeSize::new(u64::MAX);
/// Two witnesses with Ed25519 keys, one with ML-DSA-44.
const WITNESSES: [u8; 3] = [21, 22, FIRST_ML_DSA];

/// Two of three.
fn policy() -> QuorumPolicy {
    quorum_of(2, &WITNESSES)
}

/// Which witnesses have a line under a note that holds, and how many lines it has in all.
fn under(note: &str) -> (Vec<u8>, usize) {
    let note = UnverifiedNote::parse(note.as_bytes()).unwrap();
    let seeds = WITNESSES.into_iter();
    let holding = seeds.filter(|seed| cosigner(*seed).open(&note).is_ok());
    (holding.collect(), note.lines().len())
}

async fn opened() -> (TestLedger, Ledger, Reader) {
    let (log, ledger) = TestLedger::registered().await;
    let reader = ledger.reader().clone();
    reader.begin_cosigning(policy(), QuorumRule::FailOpen);
    (log, ledger, reader)
}

#[tokio::test]
async fn cosignatures_are_shown_under_the_newest_checkpoint_in_every_answer() {
    let (log, ledger, reader) = opened().await;
    let ack = accepted(&ledger, "gateway", log.receipt(0)).await;
    let head = reader.published();
    assert_eq!(under(&head.checkpoint), (vec![], 1));
    cosign(&reader, &head, &WITNESSES, TIME_S);
    assert_eq!(under(&reader.published().checkpoint), (WITNESSES.to_vec(), 4));
    let proof = reader.tlog_proof(ack.index, None).unwrap();
    let (_, checkpoint) = proof.split_once("\n\n").unwrap();
    assert_eq!(under(checkpoint), (WITNESSES.to_vec(), 4));
}

#[tokio::test]
async fn a_quorum_is_there_once_enough_witnesses_signed_one_head() {
    let (log, ledger, reader) = opened().await;
    let cosigning = reader.cosigning().unwrap();
    let first = reader.published();
    cosign(&reader, &first, &[21], TIME_S);
    accepted(&ledger, "gateway", log.receipt(0)).await;
    let second = reader.published();
    // Two witnesses, but of two heads.
    cosign(&reader, &second, &[22], TIME_S);
    assert_eq!(cosigning.quorum(), None);
    cosign(&reader, &second, &[FIRST_ML_DSA], TIME_S);
    assert_eq!(cosigning.quorum().unwrap().size, second.head.tree.size);
    // A quorum that an older head gets later does not take the place of a newer one.
    cosign(&reader, &first, &[22], TIME_S);
    assert_eq!(cosigning.quorum().unwrap().size, second.head.tree.size);
}

#[tokio::test]
async fn cosignatures_of_a_head_that_was_overtaken_are_kept_with_it_alone() {
    let (log, ledger, reader) = opened().await;
    let first = reader.published();
    cosign(&reader, &first, &[21], TIME_S);
    accepted(&ledger, "gateway", log.receipt(0)).await;
    cosign(&reader, &first, &[22], TIME_S);
    assert_eq!(under(&reader.published().checkpoint), (vec![], 1));
    let kept = log.store.cosignatures(EVERY, 9).unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].size, first.head.tree.size);
    let size = first.head.tree.size;
    let shown = reader.checkpoint_of_size(size).unwrap().unwrap();
    assert_eq!(shown.head, first.head);
    assert_eq!(under(&shown.checkpoint), (vec![21, 22], 3));
    let listed = reader.checkpoints(EVERY, 9).unwrap();
    let counts: Vec<usize> = listed.iter().map(|head| under(&head.checkpoint).1).collect();
    assert_eq!(counts[..3], [1, 3, 1]);
    let proof = reader.tlog_proof(LeafIndex::ZERO, Some(&shown)).unwrap();
    let (_, checkpoint) = proof.split_once("\n\n").unwrap();
    assert_eq!(under(checkpoint), (vec![21, 22], 3));
}

#[tokio::test]
async fn a_newer_cosignature_takes_the_place_of_the_one_by_the_same_key() {
    let (_log, _ledger, reader) = opened().await;
    let head = reader.published();
    cosign(&reader, &head, &[21, 22, 21], TIME_S);
    cosign(&reader, &head, &[21], TIME_S + 60);
    assert_eq!(under(&reader.published().checkpoint), (vec![21, 22], 3));
    let cosigning = reader.cosigning().unwrap();
    assert_eq!(cosigning.newest_time_s(&cosigner(21)), TIME_S + 60);
    assert_eq!(cosigning.newest_time_s(&cosigner(22)), TIME_S);
}

#[tokio::test]
async fn cosignatures_of_another_head_or_by_others_are_refused() {
    let (log, ledger, reader) = opened().await;
    let first = reader.published();
    accepted(&ledger, "gateway", log.receipt(0)).await;
    let second = reader.published();
    for cosignature in [
        cosignature_of(21, &first.checkpoint, TIME_S),
        cosignature_of(23, &second.checkpoint, TIME_S),
    ] {
        assert!(matches!(
            reader.keep_cosignatures(&second, &[cosignature]),
            Err(KeepError::Foreign { .. })
        ));
    }
    assert_eq!(under(&reader.published().checkpoint), (vec![], 1));
    assert_eq!(log.store.cosignatures(EVERY, 9).unwrap(), []);
}

#[tokio::test]
async fn a_log_without_witnesses_keeps_none() {
    let (_log, ledger) = TestLedger::registered().await;
    let head = ledger.reader().published();
    let cosignature = cosignature_of(21, &head.checkpoint, TIME_S);
    assert!(matches!(
        ledger.reader().keep_cosignatures(&head, &[cosignature]),
        Err(KeepError::NotCosigned)
    ));
}

#[tokio::test]
async fn what_was_kept_is_there_after_a_restart() {
    let (log, ledger, reader) = opened().await;
    let quorum = reader.published();
    cosign(&reader, &quorum, &[21, 22], TIME_S);
    accepted(&ledger, "gateway", log.receipt(0)).await;
    let newest = reader.published();
    cosign(&reader, &newest, &[FIRST_ML_DSA], TIME_S + 1);
    ledger.shutdown().await;
    drop((ledger, reader));

    let ledger = log.open();
    let reader = ledger.reader();
    let cosigning = reader.begin_cosigning(policy(), QuorumRule::FailOpen);
    let found = cosigning.quorum().unwrap();
    assert_eq!(found.size, quorum.head.tree.size);
    assert_eq!(found.at.value(), TIME_S * 1_000);
    assert_eq!(cosigning.newest_time_s(&cosigner(FIRST_ML_DSA)), TIME_S + 1);
    assert_eq!(under(&reader.published().checkpoint), (vec![FIRST_ML_DSA], 2));
}

#[tokio::test]
async fn a_policy_with_other_witnesses_leaves_what_is_kept_and_counts_its_own() {
    let (log, ledger, reader) = opened().await;
    let head = reader.published();
    cosign(&reader, &head, &[21, 22], TIME_S);
    ledger.shutdown().await;
    drop((ledger, reader));

    let ledger = log.open();
    let reader = ledger.reader();
    let other = format!("witness w {}\nquorum w\n", cosigner(31));
    let cosigning = reader.begin_cosigning(
        QuorumPolicy::parse(other.as_bytes()).unwrap(),
        QuorumRule::FailOpen,
    );
    assert_eq!(cosigning.quorum(), None);
    cosign(reader, &head, &[31], TIME_S);
    assert_eq!(cosigning.quorum().unwrap().size, head.head.tree.size);
    assert_eq!(under(&reader.published().checkpoint), (vec![21, 22], 4));
}
