//! The keys that sign the heads of a log: added, retired, kept out of the way of a second history.

use std::path::PathBuf;
use std::sync::Arc;

use kit::test_ledger::{ORIGIN, TestLedger, accepted, checked, refusal, submit, submit_one};
use ledger::config::Limits;
use ledger::error::OpenError;
use ledger::handle::Ledger;
use ledger::high_water::HighWaterFile;
use ledger::recovery;
use ledger::signer::{CheckpointSigner as _, HeldKeys, LogKey, MlDsaKey};
use verifier::checkpoint::Checkpoint;
use verifier::code::Code;
use verifier::index::TreeSize;
use verifier::key_history::{KeyAction, KeyChange, LogVerifierKey};
use verifier::kind::Kind;
use verifier::note::UnverifiedNote;
use verifier::payload::LogKeyChange;

/// A log whose keys are files in a directory.
struct KeyedLog {
    log: TestLedger,
    dir: tempfile::TempDir,
}

impl KeyedLog {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("keys")).unwrap();
        TestLedger::key().write(&dir.path().join("log.key")).unwrap();
        let log = TestLedger::new();
        Self { log, dir }
    }

    fn first_key(&self) -> PathBuf {
        self.dir.path().join("log.key")
    }

    fn held(&self) -> HeldKeys {
        HeldKeys::read(&self.first_key(), &self.dir.path().join("keys")).unwrap()
    }

    fn try_open(&self) -> Result<Ledger, OpenError> {
        recovery::open(
            Arc::clone(&self.log.store),
            self.held(),
            Box::new(HighWaterFile::new(self.log.high_water())),
            self.log.clock.clone(),
            Limits::default(),
        )
    }

    fn open(&self) -> Ledger {
        self.try_open().unwrap()
    }

    /// Puts the file of an Ed25519 key into the directory.
    fn bring(&self, key: &LogKey) {
        let name = format!("keys/{:08x}.key", key.verifier_key().id());
        key.write(&self.dir.path().join(name)).unwrap();
    }

    /// Logs that the second key comes, and that the first one goes.
    async fn rotate(&self, ledger: &Ledger) {
        let (old, new) = (key(0), key(1));
        for document in [
            self.change(KeyAction::Add, &public(&new), &old),
            self.change(KeyAction::Retire, &public(&old), &new),
        ] {
            accepted(ledger, "operator", document).await;
        }
    }

    fn change(&self, action: KeyAction, key: &LogVerifierKey, by: &LogKey) -> String {
        let said = LogKeyChange {
            change: KeyChange {
                action,
                key: key.clone(),
                by: by.verifier_key().clone(),
            },
            reason: "rotation".to_owned(),
        };
        let held = HeldKeys::from(Arc::new(LogKey::from_seed(ORIGIN, seed_of(by)).unwrap()));
        let operator = &self.log.cast.operator;
        operator
            .sign_key_change(&said, &held, "2026-02-11T08:00:00Z")
            .unwrap()
    }
}

/// The seeds of the keys of these tests.
const SEEDS: [[u8; 32]; 3] = [[1; 32], [2; 32], [3; 32]];

fn key(number: usize) -> LogKey {
    LogKey::from_seed(ORIGIN, SEEDS[number]).unwrap()
}

fn seed_of(key: &LogKey) -> [u8; 32] {
    let is_it =
        |seed: &&[u8; 32]| LogKey::from_seed(ORIGIN, **seed).unwrap().verifier_key() == key.verifier_key();
    *SEEDS.iter().find(is_it).unwrap()
}

fn public(key: &LogKey) -> LogVerifierKey {
    LogVerifierKey::Ed25519(key.verifier_key().clone())
}

/// Which of the keys have signed a checkpoint.
fn signers(checkpoint: &str, keys: &[LogKey]) -> Vec<bool> {
    let opens = |key: &LogKey| Checkpoint::open(checkpoint.as_bytes(), key.verifier_key()).is_ok();
    keys.iter().map(opens).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_keys_sign_every_head_from_the_addition_to_the_retirement_and_one_before_and_after() {
    let keyed = KeyedLog::new();
    let (old, new) = (key(0), key(1));
    let keys = [key(0), key(1)];
    let ledger = keyed.open();
    keyed.bring(&new);
    let head = || ledger.reader().published().checkpoint;
    assert_eq!(signers(&head(), &keys), [true, false]);

    let added = accepted(
        &ledger,
        "operator",
        keyed.change(KeyAction::Add, &public(&new), &old),
    )
    .await;
    assert_eq!(added.kind, Kind::LogKey);
    assert_eq!(signers(&head(), &keys), [true, true]);
    assert_eq!(
        signers(&added.proof, &keys),
        [false, false],
        "a proof is no checkpoint"
    );
    assert_eq!(&ledger.reader().verifier_key(), new.verifier_key());

    accepted(
        &ledger,
        "operator",
        keyed.change(KeyAction::Retire, &public(&old), &new),
    )
    .await;
    assert_eq!(signers(&head(), &keys), [false, true]);
    let of_size = |size| {
        let head = ledger
            .reader()
            .checkpoint_of_size(TreeSize::new(size))
            .unwrap()
            .unwrap();
        signers(&head.checkpoint, &keys)
    };
    assert_eq!(
        [of_size(1), of_size(2), of_size(3)],
        [[true, false], [true, true], [false, true]]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_rotation_the_log_opens_without_the_retired_key_and_not_without_the_new_one() {
    let keyed = KeyedLog::new();
    let new = key(1);
    let ledger = keyed.open();
    keyed.bring(&new);
    keyed.rotate(&ledger).await;
    let head = ledger.reader().published();
    ledger.shutdown().await;

    let hidden = keyed.first_key().with_extension("gone");
    std::fs::rename(keyed.first_key(), &hidden).unwrap();
    let ledger = keyed.open();
    assert_eq!(ledger.reader().published(), head);
    let of_overlap = ledger
        .reader()
        .checkpoint_of_size(TreeSize::new(2))
        .unwrap()
        .unwrap();
    assert_eq!(signers(&of_overlap.checkpoint, &[key(0), key(1)]), [true, true]);
    ledger.shutdown().await;

    std::fs::rename(&hidden, keyed.first_key()).unwrap();
    std::fs::remove_dir_all(keyed.dir.path().join("keys")).unwrap();
    let Err(OpenError::Refused(reason)) = keyed.try_open() else {
        panic!("opened without the key in force");
    };
    assert!(reason.contains(&new.verifier_key().label()), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_the_keys_in_force_do_not_allow_is_refused_and_logs_nothing() {
    let keyed = KeyedLog::new();
    let (old, new, third) = (key(0), key(1), key(2));
    let ledger = keyed.open();
    let refused = async |document| refusal(submit_one(&ledger, "operator", document).await);
    let add = |key: &LogKey, by: &LogKey| keyed.change(KeyAction::Add, &public(key), by);
    let retire = |key: &LogKey, by: &LogKey| keyed.change(KeyAction::Retire, &public(key), by);

    let not_held = (Code::KeyNotHeld, None, None);
    assert_eq!(refused(add(&new, &old)).await, not_held);
    keyed.bring(&new);
    keyed.bring(&third);
    let not_allowed = (Code::KeyChangeRefused, None, None);
    for (what, document) in [
        ("by a key that is not in force", add(&third, &new)),
        ("a key that is there already", add(&old, &old)),
        ("a key that is not there is retired", retire(&new, &old)),
        ("the only key retires itself", retire(&old, &old)),
    ] {
        assert_eq!(refused(document).await, not_allowed, "{what}");
    }
    assert_eq!(ledger.reader().published().head.tree.size, TreeSize::new(1));

    accepted(&ledger, "operator", add(&new, &old)).await;
    accepted(&ledger, "operator", retire(&old, &new)).await;
    assert_eq!(
        refused(add(&third, &old)).await,
        not_allowed,
        "a retired key signs no change"
    );
    assert_eq!(
        refused(add(&old, &new)).await,
        not_allowed,
        "a retired key does not come back"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_keys_cannot_retire_each_other_in_one_batch() {
    let keyed = KeyedLog::new();
    let (old, new) = (key(0), key(1));
    let ledger = keyed.open();
    keyed.bring(&new);
    accepted(
        &ledger,
        "operator",
        keyed.change(KeyAction::Add, &public(&new), &old),
    )
    .await;
    let each = vec![
        keyed.change(KeyAction::Retire, &public(&old), &new),
        keyed.change(KeyAction::Retire, &public(&new), &old),
    ];
    let results = submit(&ledger, "operator", each).await;
    let logged = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!(logged, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_operator_changes_keys_and_only_with_the_signature_of_a_key() {
    let keyed = KeyedLog::new();
    let (old, new) = (key(0), key(1));
    let ledger = keyed.open();
    keyed.bring(&new);
    let document = keyed.change(KeyAction::Add, &public(&new), &old);
    let forged: serde_json::Value = serde_json::from_str(&document).unwrap();
    let mut forged = forged;
    forged["counter_signature_b64u"] = forged["signature_b64u"].clone();
    let (code, ..) = refusal(submit_one(&ledger, "operator", forged.to_string()).await);
    assert_eq!(code, Code::SignatureInvalid);

    let said = LogKeyChange {
        change: KeyChange {
            action: KeyAction::Add,
            key: public(&new),
            by: old.verifier_key().clone(),
        },
        reason: "mine".to_owned(),
    };
    let held = HeldKeys::from(Arc::new(key(0)));
    let stranger = &keyed.log.cast.gateway;
    let document = stranger
        .sign_key_change(&said, &held, "2026-02-11T08:00:00Z")
        .unwrap();
    let (code, ..) = refusal(submit_one(&ledger, "operator", document).await);
    assert_eq!(code, Code::SignerNotTrusted);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_second_key_every_head_has_a_line_of_each_kind_that_is_the_same_after_a_restart() {
    let keyed = KeyedLog::new();
    let second = MlDsaKey::from_seed(ORIGIN, [9; 32]).unwrap();
    second.write(&keyed.dir.path().join("keys/second.key")).unwrap();
    let cosigner = second.cosigner_key().clone();
    let ledger = keyed.open();
    let add = keyed.change(
        KeyAction::Add,
        &LogVerifierKey::MlDsa44(cosigner.clone()),
        &key(0),
    );
    accepted(&ledger, "operator", add).await;
    let head = ledger.reader().published();
    let note = UnverifiedNote::parse(head.checkpoint.as_bytes()).unwrap();
    assert_eq!(signers(&head.checkpoint, &[key(0)]), [true]);
    assert_eq!(cosigner.verify(&note).unwrap(), head.head.time.value() / 1000);
    ledger.shutdown().await;

    let ledger = keyed.open();
    assert_eq!(ledger.reader().published(), head);
    accepted(
        &ledger,
        "operator",
        keyed.change(
            KeyAction::Retire,
            &LogVerifierKey::MlDsa44(cosigner.clone()),
            &key(0),
        ),
    )
    .await;
    let after = UnverifiedNote::parse(ledger.reader().published().checkpoint.as_bytes()).unwrap();
    assert!(cosigner.verify(&after).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn fsck_verifies_each_head_with_the_key_that_was_in_force() {
    let keyed = KeyedLog::new();
    let new = key(1);
    let ledger = keyed.open();
    keyed.bring(&new);
    keyed.rotate(&ledger).await;
    let settings =
        kit::documents::Draft::own(ORIGIN, "log_settings", serde_json::json!({ "late_limit_s": 7 }));
    accepted(&ledger, "operator", settings.sign(&keyed.log.cast.operator)).await;
    ledger.shutdown().await;
    let report = checked(keyed.log.store.as_ref(), Some(&keyed.log.high_water()));
    assert_eq!(report.faults, []);
}

#[test]
fn files_that_are_no_key_of_the_log_are_left_out_and_none_of_them_keeps_it_closed() {
    let keyed = KeyedLog::new();
    let keys = keyed.dir.path().join("keys");
    for (name, content) in [("empty.key", ""), ("noise.key", "PRIVATE"), ("notes.txt", "none")] {
        std::fs::write(keys.join(name), content).unwrap();
    }
    std::fs::create_dir(keys.join("folder.key")).unwrap();
    let other = LogKey::from_seed("other.example/log", [5; 32]).unwrap();
    other.write(&keys.join("other.key")).unwrap();
    let held = keyed.held();
    assert_eq!(held.origin(), ORIGIN);
    assert_eq!(held.ed25519_keys(), [key(0).verifier_key().clone()]);
    for number in 0..65 {
        std::fs::write(keys.join(format!("{number}.key")), "").unwrap();
    }
    assert!(HeldKeys::read(&keyed.first_key(), &keys).is_err());
}
