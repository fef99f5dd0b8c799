//! What a witness remembers, and what it does where it cannot.

use std::fs;

use ledger::signer::{CheckpointSigner, WitnessKey};
use tempfile::TempDir;
use verifier::cosignature::CosignerKey;
use witness::checkpoint::OriginHash;
use witness::store::{StoreFault, WitnessStore};

use crate::asked::{Asked, key};
use crate::log::{HandLog, ORIGIN};

fn open(dir: &TempDir, key: &CosignerKey) -> Result<WitnessStore, StoreFault> {
    WitnessStore::open(&dir.path().join("witness.redb"), key).map_err(|error| error.fault)
}

/// A stopped witness that has cosigned a tree of 8.
async fn stopped() -> TempDir {
    let asked = Asked::new();
    let log = HandLog::new(1, 0, 8);
    asked.add(log.request(0, 8)).await.cosigned(&log.checkpoint(8));
    asked.stopped()
}

#[tokio::test]
async fn what_was_cosigned_is_there_after_a_restart() {
    let log = HandLog::new(1, 0, 9);
    let asked = Asked::new();
    let answer = asked.add(log.request(0, 8)).await;
    let asked = asked.restarted(&[log.key.verifier_key().clone()]);
    assert_eq!(asked.latest().await.body, log.checkpoint(8) + &answer.body);
    asked.add(log.request(0, 9)).await.other_size(8);
    asked.add(log.request(8, 9)).await.cosigned(&log.checkpoint(9));
}

#[tokio::test]
async fn a_second_process_is_refused() {
    let asked = Asked::new();
    let second = WitnessStore::open(&asked.memory(), key().cosigner_key()).map_err(|error| error.to_string());
    assert!(second.unwrap_err().contains("a witness runs once"));
}

#[tokio::test]
async fn a_missing_memory_is_not_made_anew_and_a_present_one_is_not_overwritten() {
    let dir = stopped().await;
    let path = dir.path().join("witness.redb");
    let again = WitnessStore::create(&path, key().cosigner_key()).map_err(|error| error.fault);
    assert!(matches!(again, Err(StoreFault::Exists)));
    fs::remove_file(&path).unwrap();
    assert!(matches!(
        open(&dir, key().cosigner_key()),
        Err(StoreFault::Missing)
    ));
    assert!(!path.exists());
}

#[tokio::test]
async fn the_memory_of_another_witness_is_refused() {
    let dir = stopped().await;
    let other = WitnessKey::from_seed("witness.example/w2", [2; 32]).unwrap();
    let refused = open(&dir, other.cosigner_key());
    assert!(matches!(refused, Err(StoreFault::OtherWitness { .. })));
}

#[tokio::test]
async fn a_damaged_row_is_found_by_its_cosignature_when_the_witness_starts() {
    let dir = stopped().await;
    let path = dir.path().join("witness.redb");
    let content = fs::read(&path).unwrap();
    let text = format!("{ORIGIN}\n8\n");
    let places: Vec<usize> = (0..content.len() - text.len())
        .filter(|place| content[*place..].starts_with(text.as_bytes()))
        .collect();
    assert!(!places.is_empty());
    let mut damaged = content.clone();
    for place in places {
        damaged[place + text.len() - 2] = b'7';
    }
    fs::write(&path, damaged).unwrap();
    let refused = open(&dir, key().cosigner_key()).unwrap_err().to_string();
    assert!(refused.contains("does not hold"), "{refused}");
}

#[tokio::test]
async fn a_file_that_is_cut_off_or_overwritten_is_an_error_in_words() {
    let dir = stopped().await;
    let path = dir.path().join("witness.redb");
    let content = fs::read(&path).unwrap();
    for damaged in [
        &content[..1_000],
        &content[..content.len() / 2],
        b"not a database at all".as_slice(),
    ] {
        fs::write(&path, damaged).unwrap();
        let refused = open(&dir, key().cosigner_key()).unwrap_err();
        assert!(matches!(refused, StoreFault::Damaged(_)), "{refused:?}");
    }
}

#[tokio::test]
async fn a_refused_step_changes_nothing_and_a_step_is_of_one_log() {
    let dir = stopped().await;
    let store = open(&dir, key().cosigner_key()).unwrap();
    let hash = OriginHash::of(ORIGIN);
    let before = store.latest(hash).unwrap();
    assert!(before.is_some());
    let refused = store.step(hash, |latest| {
        assert_eq!(latest, before.as_ref());
        Err::<witness::checkpoint::WitnessedCheckpoint, _>("no")
    });
    assert_eq!(refused.unwrap(), Err("no"));
    assert_eq!(store.latest(hash).unwrap(), before);
    assert_eq!(store.latest(OriginHash::of("example.com/other")).unwrap(), None);
}
