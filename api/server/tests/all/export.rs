//! `export`: files that the offline verifier checks.

use crate::process::{LogDirectory, Server, ledgerd, pulses, stderr};
use std::fs;
use std::process::Output;
use verifier::check::export::{ExportFiles, VerifiedExport};
use verifier::check::{Details, Report};
use verifier::note::VerifierKey;

fn export(place: &LogDirectory, server: &Server, out: &str, arguments: &[&str]) -> Output {
    ledgerd()
        .args(["export", "--url", server.url(), "--out"])
        .arg(place.path(out))
        .args(arguments)
        .output()
        .unwrap()
}

fn submit(place: &LogDirectory, server: &Server, lines: &str) {
    let file = place.write("lines.ndjson", lines);
    let output = ledgerd()
        .args(["submit", "--url", server.url()])
        .arg(file)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
}

/// Exports everything that was ever logged.
fn window(place: &LogDirectory, server: &Server) {
    let key = place.log().join("operator.key");
    let key = key.to_str().unwrap();
    let output = export(
        place,
        server,
        "window",
        &[
            "--from",
            "2020-01-01T00:00:00Z",
            "--to",
            "2099-01-01T00:00:00Z",
            "--operator-key",
            key,
        ],
    );
    assert!(output.status.success(), "{}", stderr(&output));
}

fn check(place: &LogDirectory, server: &Server, entries: &[u8]) -> Report {
    let read = |name: &str| fs::read(place.path("window").join(name)).unwrap();
    let vkey = server.get("/v1/log")["vkey"].as_str().unwrap().to_owned();
    let (manifest, hashes, genesis) = (
        read("manifest.json"),
        read("entries.sha256"),
        read("genesis.json"),
    );
    let files = ExportFiles {
        manifest: &manifest,
        hashes: &hashes,
        genesis: &genesis,
    };
    let mut export = match VerifiedExport::open(&files, &VerifierKey::parse(&vkey).unwrap()) {
        Ok(export) => export,
        Err(finding) => return finding.into_report(Details::default()),
    };
    for line in entries.split_inclusive(|byte| *byte == b'\n') {
        if let Err(finding) = export.line(line.strip_suffix(b"\n").unwrap_or(line)) {
            return export.refuse(finding);
        }
    }
    export.finish()
}

#[test]
fn a_window_holds_every_entry_and_names_what_was_changed() {
    let place = LogDirectory::with_log();
    let server = place.serve();
    submit(&place, &server, &pulses(9));
    window(&place, &server);
    let entries = fs::read(place.path("window").join("entries.ndjson")).unwrap();
    let lines: Vec<&[u8]> = entries.split_inclusive(|byte| *byte == b'\n').collect();
    assert_eq!(lines.len(), 10);
    let report = check(&place, &server, &entries);
    assert_eq!(
        (report.reason_code, report.message.contains("10 entries")),
        ("OK", true),
        "{report:?}"
    );

    for (number, line) in lines.iter().enumerate() {
        let mut fewer = lines.clone();
        fewer.remove(number);
        let report = check(&place, &server, &fewer.concat());
        assert_eq!(report.reason_code, "EXPORT_LINE_MISSING");
        assert!(
            report
                .message
                .contains(&format!("line {}, of entry {number},", number + 1)),
            "{}",
            report.message
        );

        let mut more = lines.clone();
        more.insert(number, line);
        let report = check(&place, &server, &more.concat());
        assert_eq!(report.reason_code, "EXPORT_LINE_ADDED", "{}", report.message);

        let altered = String::from_utf8(line.to_vec()).unwrap().replacen('a', "b", 1);
        let mut other = lines.clone();
        other[number] = altered.as_bytes();
        let report = check(&place, &server, &other.concat());
        assert_eq!(report.reason_code, "EXPORT_LINE_ALTERED", "{}", report.message);
        assert!(
            report.message.contains(&format!("entry {number},")),
            "{}",
            report.message
        );
    }
}

#[test]
fn a_manifest_that_was_changed_or_is_not_the_operators_fails() {
    let place = LogDirectory::with_log();
    let server = place.serve();
    submit(&place, &server, &pulses(3));
    window(&place, &server);
    let path = place.path("window").join("manifest.json");
    let manifest = fs::read_to_string(&path).unwrap();
    let code = |text: &str| {
        fs::write(&path, text).unwrap();
        check(&place, &server, b"").reason_code
    };
    assert_eq!(code(&manifest), "EXPORT_LINE_MISSING");
    assert_eq!(
        code(&manifest.replace("\"last_index\":3", "\"last_index\":2")),
        "MANIFEST_INVALID"
    );
    assert_eq!(
        code(&manifest.replace("\"issued_at\":\"2", "\"issued_at\":\"3")),
        "MANIFEST_SIGNATURE_INVALID"
    );
    assert_eq!(code("{}"), "MANIFEST_INVALID");
}

#[test]
fn nothing_is_exported_of_an_empty_window_or_an_unknown_job() {
    let place = LogDirectory::with_log();
    let server = place.serve();
    let key = place.log().join("operator.key");
    let key = key.to_str().unwrap();
    let past = [
        "--from",
        "2001-01-01T00:00:00Z",
        "--to",
        "2002-01-01T00:00:00Z",
        "--operator-key",
        key,
    ];
    let output = export(&place, &server, "window", &past);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("nothing was logged"),
        "{}",
        stderr(&output)
    );
    let output = export(&place, &server, "packs", &["--job", "nobody"]);
    assert!(stderr(&output).contains("NOT_FOUND"), "{}", stderr(&output));
    assert_eq!(export(&place, &server, "packs", &[]).status.code(), Some(2));
}

#[test]
fn a_period_without_time_in_it_or_that_is_still_to_come_is_not_signed() {
    let place = LogDirectory::with_log();
    let server = place.serve();
    let key = place.log().join("operator.key");
    let key = key.to_str().unwrap();
    let errors = |from: &str, to: &str| {
        let times = ["--from", from, "--to", to, "--operator-key", key];
        // With a subject there may be no entries; without one there must be some.
        for subject in [&[][..], &["--agent", "did:key:zNobody"]] {
            let output = export(&place, &server, "window", &[&times[..], subject].concat());
            assert_eq!(output.status.code(), Some(1));
            assert!(!place.path("window").exists());
            let (from, errors) = (format!("--from {from}"), stderr(&output));
            assert!(errors.contains(&from), "{errors}");
        }
    };
    errors("2021-01-01T00:00:00Z", "2020-01-01T00:00:00Z");
    errors("2021-01-01T00:00:00Z", "2021-01-01T00:00:00Z");
    errors("2998-01-01T00:00:00Z", "2999-01-01T00:00:00Z");
}
