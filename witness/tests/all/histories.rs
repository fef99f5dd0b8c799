//! What is cosigned after what: empty trees, the same tree again, two histories, a clock that goes back.

use ledger::clock::Clock;
use ledger::signer::CheckpointSigner;
use verifier::base64::encode_standard;
use verifier::check::{Status, check_fork};
use verifier::checkpoint::Checkpoint;
use verifier::fork::ForkFile;
use verifier::index::TimestampMs;
use verifier::merkle::oracle::root_of;
use verifier::note::UnverifiedNote;

use crate::asked::{Asked, key};
use crate::log::{HandLog, ORIGIN, OTHER_HASH, request};

#[tokio::test]
async fn an_empty_log_is_cosigned_with_the_root_of_the_empty_tree_alone() {
    let log = HandLog::new(1, 0, 2);
    let asked = Asked::new();
    let wrong_root = log.sign(&format!("{ORIGIN}\n0\n{OTHER_HASH}\n"));
    asked
        .add(request(0, "", &wrong_root))
        .await
        .refused(422, "root of the empty tree");
    let empty = log.checkpoint(0);
    assert_eq!(root_of(&[]), log.head(0).root);
    asked
        .add(request(0, &format!("{OTHER_HASH}\n"), &empty))
        .await
        .refused(422, "1 hashes");
    asked.add(request(0, "", &empty)).await.cosigned(&empty);
    assert_eq!(
        asked.latest().await.status,
        200,
        "a size of 0 was cosigned, which is not never"
    );
    asked.add(request(0, "", &empty)).await.cosigned(&empty);
    let with_proof = request(0, &format!("{OTHER_HASH}\n"), &log.checkpoint(2));
    asked.add(with_proof).await.refused(422, "1 hashes");
    asked.add(log.request(0, 2)).await.cosigned(&log.checkpoint(2));
}

#[tokio::test]
async fn the_same_tree_is_cosigned_again_at_the_time_of_now() {
    let log = HandLog::new(1, 0, 5);
    let asked = Asked::new();
    let first = asked.add(log.request(0, 5)).await.cosigned(&log.checkpoint(5));
    assert_eq!(
        asked.add(log.request(5, 5)).await.cosigned(&log.checkpoint(5)),
        first
    );
    asked.clock.advance(7_000);
    assert_eq!(
        asked.add(log.request(5, 5)).await.cosigned(&log.checkpoint(5)),
        first + 7
    );
    let proof = format!("{OTHER_HASH}\n");
    asked
        .add(request(5, &proof, &log.checkpoint(5)))
        .await
        .refused(422, "1 hashes");
}

#[tokio::test]
async fn the_first_pair_of_checkpoints_that_convicts_a_log_is_kept() {
    let (log, fork) = (HandLog::new(1, 0, 20), HandLog::new(1, 1, 20));
    let asked = Asked::new();
    asked.add(log.request(0, 10)).await.cosigned(&log.checkpoint(10));
    assert_eq!(asked.fork(), None);
    asked.add(fork.request(10, 10)).await.refused(422, "FORK");
    let kept = asked.fork().unwrap();
    let key = log.key.verifier_key();
    let file = ForkFile::parse(&kept).unwrap();
    let heads = [file.first(), file.second()]
        .map(|note| Checkpoint::open(note.as_bytes(), key).unwrap().head().clone());
    assert_eq!(heads, [log.head(10), fork.head(10)]);
    let report = check_fork(&kept, key);
    assert_eq!((report.status, report.reason_code), (Status::Fail, "LOG_FORKED"));
    // It stays, whatever comes.
    asked.add(log.request(10, 20)).await.cosigned(&log.checkpoint(20));
    asked.add(fork.request(20, 20)).await.refused(422, "FORK");
    assert_eq!(asked.fork().unwrap(), kept);
}

#[tokio::test]
async fn a_log_with_two_histories_gets_one_of_them_cosigned() {
    let (log, fork) = (HandLog::new(1, 0, 20), HandLog::new(1, 1, 20));
    let asked = Asked::new();
    asked.add(log.request(0, 10)).await.cosigned(&log.checkpoint(10));
    asked.add(fork.request(10, 10)).await.refused(422, "FORK");
    asked
        .add(fork.request(10, 20))
        .await
        .refused(422, "does not show");
    asked.add(fork.request(0, 10)).await.other_size(10);
    // Neither a shorter history nor a proof of another pair of sizes.
    asked.add(log.request(0, 5)).await.other_size(10);
    asked
        .add(request(10, "", &log.checkpoint(5)))
        .await
        .refused(400, "beyond");
    asked
        .add(request(10, &log.proof(5, 20), &log.checkpoint(20)))
        .await
        .refused(422, "does not show");
    asked
        .add(request(10, "", &log.checkpoint(20)))
        .await
        .refused(422, "does not show");
    assert!(asked.latest().await.body.starts_with(&log.checkpoint(10)));
    asked.add(log.request(10, 20)).await.cosigned(&log.checkpoint(20));
}

#[tokio::test]
async fn extension_lines_are_under_the_cosignature() {
    let log = HandLog::new(1, 0, 5);
    let asked = Asked::new();
    let root = encode_standard(log.head(5).root.as_bytes());
    let note = log.sign(&format!("{ORIGIN}\n5\n{root}\nextension\n"));
    let answer = asked.add(request(0, "", &note)).await;
    answer.cosigned(&note);
    let without = format!("{}{}", log.checkpoint(5), answer.body);
    let without = UnverifiedNote::parse(without.as_bytes()).unwrap();
    assert!(key().cosigner_key().verify(&without).is_err());
    asked.add(log.request(5, 5)).await.cosigned(&log.checkpoint(5));
}

#[tokio::test]
async fn a_clock_behind_the_last_cosignature_signs_nothing() {
    let log = HandLog::new(1, 0, 5);
    let asked = Asked::new();
    let now = asked.clock.now().value();
    asked.add(log.request(0, 3)).await.cosigned(&log.checkpoint(3));
    asked.clock.set_wall(TimestampMs::new(now - 1_000));
    asked.add(log.request(3, 5)).await.refused(503, "clock");
    asked.clock.set_wall(TimestampMs::new(0));
    asked.add(log.request(3, 5)).await.refused(503, "clock");
    asked.clock.set_wall(TimestampMs::new(now));
    asked.add(log.request(3, 5)).await.cosigned(&log.checkpoint(5));
}
