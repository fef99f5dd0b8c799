use crate::process::{LogDirectory, ORIGIN, ledgerd, stderr, stdout};
use ledger::signer::EvidenceKey;
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn prints_the_log_key_and_the_operator_and_hides_the_private_keys() {
    let place = LogDirectory::empty();
    let output = ledgerd()
        .args(["init", "--origin", ORIGIN, "--dir"])
        .arg(place.log())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let printed = stdout(&output);
    assert!(printed.contains(&format!("vkey {ORIGIN}+")), "{printed}");
    assert!(printed.contains("operator did:key:z6Mk"), "{printed}");
    for key in ["log.key", "operator.key"] {
        let mode = fs::metadata(place.log().join(key)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{key}");
    }
}

#[test]
fn refuses_a_directory_that_is_not_empty() {
    let place = LogDirectory::with_log();
    let before = fs::read(place.log().join("log.key")).unwrap();
    let output = ledgerd()
        .args(["init", "--origin", ORIGIN, "--dir"])
        .arg(place.log())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("is not empty"), "{}", stderr(&output));
    assert_eq!(fs::read(place.log().join("log.key")).unwrap(), before);
}

#[test]
fn a_new_log_takes_the_place_of_a_removed_one_whose_copy_is_then_refused() {
    let place = LogDirectory::with_log();
    fs::rename(place.log(), place.path("removed")).unwrap();
    let output = ledgerd()
        .args(["init", "--origin", ORIGIN, "--dir"])
        .arg(place.log())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));

    fs::remove_dir_all(place.log()).unwrap();
    fs::rename(place.path("removed"), place.log()).unwrap();
    let output = ledgerd()
        .args(["serve", "--listen", "127.0.0.1:0", "--dir"])
        .arg(place.log())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("another history"), "{}", stderr(&output));
}

#[test]
fn refuses_an_origin_that_no_key_can_be_named_after() {
    let place = LogDirectory::empty();
    let output = ledgerd()
        .args(["init", "--origin", "two words", "--dir"])
        .arg(place.log())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(!place.log().exists());
}

#[test]
fn takes_the_operators_own_key_and_copies_it_nowhere() {
    let place = LogDirectory::empty();
    let operator = EvidenceKey::generate().unwrap();
    operator.write(&place.path("operator")).unwrap();
    let output = ledgerd()
        .args(["init", "--origin", ORIGIN, "--dir"])
        .arg(place.log())
        .arg("--operator-key")
        .arg(place.path("operator"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stdout(&output).contains(operator.did().as_str()));
    assert!(!place.log().join("operator.key").exists());
}
