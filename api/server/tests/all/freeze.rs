//! `freeze` closes a log, and what its submitters see then.

use crate::process::{LogDirectory, ORIGIN, Server, ledgerd, pulse, stderr, stdout};
use serde_json::Value;
use std::process::Output;

const SUCCESSOR: &str = "log.example/next";

fn freeze(place: &LogDirectory, server: &Server, arguments: &[&str]) -> Output {
    ledgerd()
        .args(["freeze", "--reason", "moved", "--url", server.url()])
        .args(arguments)
        .arg("--operator-key")
        .arg(place.log().join("operator.key"))
        .output()
        .unwrap()
}

#[test]
fn says_what_would_happen_and_does_nothing_without_yes() {
    let place = LogDirectory::with_log();
    let server = place.serve();
    let output = freeze(&place, &server, &["--successor", SUCCESSOR]);
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    for part in [ORIGIN, "1 entry", SUCCESSOR, "moved", "Nothing was sent", "--yes"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!(server.tree_size(), 1);
    assert_eq!(server.get("/v1/log")["frozen"], Value::Null);
}

#[test]
fn closes_the_log_once_and_says_with_which_entry() {
    let place = LogDirectory::with_log();
    let server = place.serve();
    let output = freeze(&place, &server, &["--successor", SUCCESSOR, "--yes"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let said = stdout(&output);
    assert!(said.contains("closing") && said.contains(ORIGIN), "{said}");
    let frozen = server.get("/v1/log")["frozen"].clone();
    assert!(
        said.contains(&format!("closed by entry {}", frozen["index"])),
        "{said}"
    );
    assert_eq!(
        (&frozen["reason"], &frozen["successor"]),
        (&"moved".into(), &SUCCESSOR.into())
    );
    let again = freeze(&place, &server, &["--yes"]);
    assert_eq!(again.status.code(), Some(1));
    let said = stderr(&again);
    assert!(
        said.contains("410 LOG_FROZEN") && said.contains(SUCCESSOR),
        "{said}"
    );
}

#[test]
fn a_successor_that_cannot_be_a_log_is_a_wrong_command_line() {
    let place = LogDirectory::with_log();
    let server = place.serve();
    let output = freeze(&place, &server, &["--successor", "two words", "--yes"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("the name of a log"),
        "{}",
        stderr(&output)
    );
    // The log itself is known to the server alone.
    let output = freeze(&place, &server, &["--successor", ORIGIN, "--yes"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("/payload/successor"),
        "{}",
        stderr(&output)
    );
    assert_eq!(server.get("/v1/log")["frozen"], Value::Null);
}

#[test]
fn a_document_that_comes_too_late_is_refused_at_once_and_kept_and_what_was_logged_is_known() {
    let place = LogDirectory::with_log();
    let server = place.serve();
    let known = pulse("run-1");
    let file = place.write("known.json", &known);
    let submit = |arguments: &[&str], file: &std::path::Path| {
        ledgerd()
            .args(["submit", "--url", server.url(), "--retry-for", "600"])
            .args(arguments)
            .arg(file)
            .output()
            .unwrap()
    };
    assert!(submit(&[], &file).status.success());
    assert!(
        freeze(&place, &server, &["--successor", SUCCESSOR, "--yes"])
            .status
            .success()
    );
    let spool = place.path("spool");
    let spool = ["--spool", spool.to_str().unwrap()];
    // Alone and in a batch. Ten minutes would be spent on what is worth a repetition.
    for (name, documents) in [
        ("late.json", pulse("run-2")),
        (
            "late.ndjson",
            format!("{}\n{known}\n{}", pulse("run-3"), pulse("run-4")),
        ),
    ] {
        let late = place.write(name, &documents);
        let output = submit(&spool, &late);
        assert_eq!(output.status.code(), Some(1));
        let said = stderr(&output);
        assert!(said.contains("LOG_FROZEN") && said.contains(SUCCESSOR), "{said}");
        assert!(
            said.contains("it is kept in ") && said.contains("refused"),
            "{said}"
        );
    }
    let again = submit(&[], &file);
    assert!(again.status.success(), "{}", stderr(&again));
    assert!(stdout(&again).contains("already logged"), "{}", stdout(&again));
}
