use crate::process::{Place, Server, ledgerd, stderr, stdout};
use ledger::signer::EvidenceKey;
use std::process::Output;

fn issuer(place: &Place, server: &Server, arguments: &[&str]) -> Output {
    let mut command = ledgerd();
    command.arg("issuer").args(arguments).args(["--url", &server.url]);
    if arguments.first() != Some(&"list") {
        command
            .arg("--operator-key")
            .arg(place.log().join("operator.key"));
    }
    command.output().unwrap()
}

#[test]
fn registers_lists_and_retires_a_signer() {
    let place = Place::with_log();
    let server = place.serve();
    let gateway = EvidenceKey::generate().unwrap();
    let did = gateway.did().as_str();
    let register = [
        "register",
        "--did",
        did,
        "--role",
        "gateway",
        "--name",
        "clawproxy",
        "--submitter",
        "clawproxy",
    ];
    let output = issuer(
        &place,
        &server,
        &[&register[..], &["--gateway-id", "clawproxy"]].concat(),
    );
    assert!(output.status.success(), "{}", stderr(&output));
    let listed = stdout(&issuer(&place, &server, &["list"]));
    assert!(listed.contains(did) && listed.contains("clawproxy"), "{listed}");
    let output = issuer(
        &place,
        &server,
        &["retire", "--did", did, "--reason", "the key was rotated"],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stdout(&issuer(&place, &server, &["list"])).contains("the key was rotated"));
    assert_eq!(server.tree_size(), 3);
}

#[test]
fn a_key_that_is_not_the_operators_registers_nobody() {
    let place = Place::with_log();
    let server = place.serve();
    EvidenceKey::generate()
        .unwrap()
        .write(&place.path("stranger"))
        .unwrap();
    let output = ledgerd()
        .args([
            "issuer",
            "register",
            "--role",
            "gateway",
            "--name",
            "g",
            "--url",
            &server.url,
        ])
        .args([
            "--did",
            EvidenceKey::generate().unwrap().did().as_str(),
            "--operator-key",
        ])
        .arg(place.path("stranger"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("SIGNER_NOT_TRUSTED"),
        "{}",
        stderr(&output)
    );
    assert_eq!(server.tree_size(), 1);
}
