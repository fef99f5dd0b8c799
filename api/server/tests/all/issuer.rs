use crate::process::{LogDirectory, Server, ledgerd, stderr, stdout};
use kit::documents::gateway_receipt;
use ledger::signer::EvidenceKey;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

fn issuer(place: &LogDirectory, server: &Server, arguments: &[&str]) -> Output {
    let mut command = ledgerd();
    command
        .arg("issuer")
        .args(arguments)
        .args(["--url", server.url()]);
    if arguments.first() != Some(&"list") {
        command
            .arg("--operator-key")
            .arg(place.log().join("operator.key"));
    }
    command.output().unwrap()
}

#[test]
fn registers_lists_and_retires_a_signer() {
    let place = LogDirectory::with_log();
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
    let place = LogDirectory::with_log();
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
            server.url(),
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

/// What does not count for a job, by code.
fn not_counted(server: &Server, code: &str) -> Option<Value> {
    let explained = server.get("/v1/jobs/job-1/explanation");
    let told = explained["not_counted"].as_array().unwrap();
    told.iter().find(|one| one["code"] == code).cloned()
}

#[test]
fn the_command_that_an_explanation_prints_links_the_submitter_when_it_is_pasted_into_a_shell() {
    let place = LogDirectory::with_log();
    let server = place.serve();
    let key = place.path("gateway.key");
    let gateway = EvidenceKey::generate().unwrap();
    gateway.write(&key).unwrap();
    let name = "my gateway";
    let register = [
        "register",
        "--did",
        gateway.did().as_str(),
        "--role",
        "gateway",
        "--name",
        name,
    ];
    let output = issuer(
        &place,
        &server,
        &[&register[..], &["--gateway-id", "gw"]].concat(),
    );
    assert!(output.status.success(), "{}", stderr(&output));
    let draft = gateway_receipt("receipt-1", "run-1")
        .without("binding")
        .with("/gateway_id", "gw");
    let payload = place.write("payload.json", &draft.payload().to_string());
    let receipt = place.path("receipt.json");
    let mut sign = ledgerd();
    sign.args(["sign", "gateway_receipt"])
        .arg(&payload)
        .arg("--key")
        .arg(&key);
    let output = sign.arg("--out").arg(&receipt).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let send = || {
        let mut command = ledgerd();
        command.args(["submit", "--url", server.url(), "--job", "job-1"]);
        assert!(command.arg(&receipt).output().unwrap().status.success());
    };
    send();
    let told = not_counted(&server, "SUBMITTER_NOT_LINKED").unwrap();
    let command = told["command"].as_str().unwrap();
    let binaries = Path::new(env!("CARGO_BIN_EXE_ledgerd")).parent().unwrap();
    let output = Command::new("/bin/sh")
        .args(["-c", command])
        .env("PATH", binaries)
        .env("URL", server.url())
        .env("OPERATOR_KEY", place.log().join("operator.key"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{command}: {}", stderr(&output));
    assert!(
        not_counted(&server, "SUBMITTER_NOT_LINKED").is_some(),
        "it reaches nothing said before"
    );
    send();
    assert!(not_counted(&server, "SUBMITTER_NOT_LINKED").is_none());
    let linked = server.get("/v1/jobs/job-1/assessment");
    assert_eq!(linked["links"]["operator_attested"]["count"], 1, "{linked}");
    let size = server.tree_size();
    send();
    assert_eq!(server.tree_size(), size, "said once more is no news");
}
