use crate::process::{LogDirectory, ledgerd, stderr, stdout};
use kit::documents::gateway_receipt;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Output;
use verifier::document::Document;
use verifier::evidence::Evidence;
use verifier::kind::Kind;

fn key(arguments: &[&str]) -> Output {
    ledgerd().arg("key").args(arguments).output().unwrap()
}

fn new_key(place: &LogDirectory, name: &str) -> (String, String) {
    let file = place.path(name).display().to_string();
    let output = key(&["new", &file]);
    assert!(output.status.success(), "{}", stderr(&output));
    (file, stdout(&output).trim().to_owned())
}

fn sign(envelope_type: &str, payload: &Path, key: &str, more: &[&str]) -> Output {
    let mut command = ledgerd();
    command.args(["sign", envelope_type]).arg(payload);
    command.args(["--key", key]).args(more).output().unwrap()
}

/// What a gateway states.
fn receipt() -> String {
    gateway_receipt("r-1", "run-1").payload().to_string()
}

#[test]
fn a_new_key_is_its_owners_alone_and_is_never_overwritten() {
    let place = LogDirectory::empty();
    let (file, did) = new_key(&place, "gateway.key");
    assert!(did.starts_with("did:key:z6Mk"), "{did}");
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(stdout(&key(&["did", &file])).trim(), did);
    let again = key(&["new", &file]);
    assert!(!again.status.success() && again.stdout.is_empty());
    assert_eq!(stdout(&key(&["did", &file])).trim(), did);
}

#[test]
fn a_signed_payload_is_evidence_of_its_kind() {
    let place = LogDirectory::empty();
    let (file, did) = new_key(&place, "some.key");
    let event = r#"{"job_id":"job-1","action":"opened","at":"2026-02-11T08:00:00Z","title":"t"}"#;
    for (envelope_type, payload, origin, kind) in [
        ("gateway_receipt", &*receipt(), None, Kind::ReceiptGateway),
        ("job_event", event, Some("example.com/log"), Kind::JobEvent),
    ] {
        let payload = place.write("payload.json", payload);
        let origin: Vec<&str> = origin.iter().flat_map(|origin| ["--origin", origin]).collect();
        let output = sign(envelope_type, &payload, &file, &origin);
        assert!(output.status.success(), "{}", stderr(&output));
        let document = Document::parse(&output.stdout).unwrap();
        let evidence = Evidence::verify(&document, "example.com/log").unwrap();
        assert_eq!(
            (evidence.kind(), evidence.envelope().signer().as_str()),
            (kind, did.as_str())
        );
    }
}

#[test]
fn a_signed_document_is_never_signed_again_over() {
    let place = LogDirectory::empty();
    let (file, _) = new_key(&place, "gateway.key");
    let payload = place.write("payload.json", &receipt());
    let out = place.path("receipt.json");
    let to = ["--out", out.to_str().unwrap()];
    assert!(sign("gateway_receipt", &payload, &file, &to).status.success());
    let signed = std::fs::read(&out).unwrap();
    let again = sign("gateway_receipt", &payload, &file, &to);
    assert!(!again.status.success());
    assert!(
        stderr(&again).contains("never signed again"),
        "{}",
        stderr(&again)
    );
    assert_eq!(std::fs::read(&out).unwrap(), signed);
}

#[test]
fn what_the_log_would_refuse_is_not_signed_and_the_place_is_named() {
    let place = LogDirectory::empty();
    let (file, _) = new_key(&place, "gateway.key");
    let cases = [(
        "gateway_receipt",
        receipt().replace("\"gateway\"", "\"gateway\u{200b}\""),
        "INVALID_ID",
    )];
    for (envelope_type, payload, named) in cases {
        let payload = place.write("payload.json", &payload);
        let out = place.path("document.json");
        let output = sign(envelope_type, &payload, &file, &["--out", out.to_str().unwrap()]);
        assert!(!output.status.success());
        assert!(stderr(&output).contains(named), "{named}: {}", stderr(&output));
        assert!(!out.exists());
    }
}
