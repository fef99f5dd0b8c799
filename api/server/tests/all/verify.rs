//! What is verified over HTTP leaves no trace on the server.

use crate::process::{LogDirectory, Server, ledgerd, pulse};
use std::fs::{self, File};
use std::path::Path;

/// Whether a file below the directory has these bytes in it.
fn holds(directory: &Path, text: &str) -> bool {
    fs::read_dir(directory).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds(&path, text);
        }
        let bytes = fs::read(&path).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[test]
fn what_was_verified_stands_neither_in_the_log_nor_in_the_diagnostics() {
    let marker = "run-that-nobody-may-remember";
    let place = LogDirectory::with_log();
    let diagnostics = place.path("stderr");
    let mut command = ledgerd();
    command
        .env("LEDGERD_LOG__LEVEL", "trace")
        .args(["serve", "--listen", "127.0.0.1:0", "--dir"])
        .arg(place.log())
        .stderr(File::create(&diagnostics).unwrap());
    let server = Server::from_command(&mut command);
    let post = |content_type: &str, body: &str| {
        let answer = ureq::post(format!("{}/v1/verify", server.url()))
            .config()
            .http_status_as_error(false)
            .build()
            .header("content-type", content_type)
            .send(body)
            .unwrap();
        answer.status().as_u16()
    };
    let document = pulse(marker);
    assert_eq!(post("application/json", &document), 200);
    assert_eq!(
        post("application/x-ndjson", &format!("{document}\n{document}")),
        200
    );
    assert_eq!(
        post("application/json", &document.replace("self_reported", "changed")),
        200
    );
    assert_eq!(post("application/json", marker), 400);
    assert_eq!(post("text/plain", marker), 200);
    assert_eq!(post("application/cbor", marker), 200);
    assert_eq!(post(marker, marker), 415);
    assert_eq!(server.tree_size(), 1);
    server.stop();
    let said = fs::read_to_string(&diagnostics).unwrap();
    assert!(
        said.contains("/v1/verify"),
        "the diagnostics are looked at: {said}"
    );
    assert!(!said.contains(marker), "{said}");
    assert!(!holds(&place.log(), marker));
}
