//! What `ledger-verify export` says of the period and the subjects of an export, and what it is told to expect.

use crate::export::{ALWAYS, export, export_subjects, log_with_subjects};
use crate::log::{LEDGER_VERIFY, LogProcess};
use harness::actors;
use kit::server;
use ledger::signer::EvidenceKey;
use serde_json::{Value, json};
use std::path::Path;

/// The status and report of `ledger-verify export` with more options.
pub(crate) fn verify(log: &LogProcess, out: &Path, more: &[&str]) -> (i32, Value) {
    let (out, vkey) = (out.to_string_lossy(), log.vkey());
    let fixed = ["export", &out, "--log-key", &vkey, "--json"];
    let output = server::run(LEDGER_VERIFY, &[&fixed[..], more].concat());
    let report =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", server::stderr(&output)));
    (output.status.code().unwrap(), report)
}

/// The status and reason.
pub(crate) fn verdict(log: &LogProcess, out: &Path, more: &[&str]) -> (i32, String) {
    let (code, report) = verify(log, out, more);
    (code, report["reason_code"].as_str().unwrap().to_owned())
}

pub(crate) fn ok(code: i32, reason: &str) -> (i32, String) {
    (code, reason.to_owned())
}

/// An export of everything below the size that the log has now.
fn export_all(log: &LogProcess, out: &Path) {
    let key = log.dir.join("operator.key").to_string_lossy().into_owned();
    export(log, out, &[&ALWAYS[..], &["--operator-key", &key]].concat());
}

/// Signs the manifest again as the operator does, after a change.
pub(crate) fn sign(log: &LogProcess, out: &Path, change: impl FnOnce(&mut Value)) {
    let manifest = std::fs::read(out.join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let mut payload = manifest["payload"].clone();
    change(&mut payload);
    let operator = EvidenceKey::read(&log.dir.join("operator.key")).unwrap();
    let signed = operator
        .sign_own("export_manifest", &payload, &actors::now().unwrap())
        .unwrap();
    std::fs::write(out.join("manifest.json"), signed).unwrap();
}

/// Leaves out the first line, and signs what is left as an export of the same period.
fn without_first_line(log: &LogProcess, out: &Path, size: u64) {
    for file in ["entries.ndjson", "entries.sha256"] {
        let text = std::fs::read_to_string(out.join(file)).unwrap();
        let (_, rest) = text.split_once('\n').unwrap();
        std::fs::write(out.join(file), rest).unwrap();
    }
    let hashes = std::fs::read(out.join("entries.sha256")).unwrap();
    let url = format!("/v1/proofs/inclusion?index=1&size={size}");
    let path = log.client.get(&url).unwrap().json().unwrap()["hashes"].clone();
    sign(log, out, |payload| {
        payload["first_index"] = json!(1);
        payload["first_path"] = path;
        payload["lines_sha256"] = json!(verifier::hash::Hex(&verifier::hash::sha256(&hashes)).to_string());
    });
}

#[test]
fn what_the_tree_does_not_show_of_a_window_is_not_called_proved() {
    let mut log = LogProcess::new();
    log.grow_to(6);
    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("window");
    export_all(&log, &out);
    without_first_line(&log, &out, 6);
    let (code, report) = verify(&log, &out, &[]);
    assert_eq!((code, &report["reason_code"]), (0, &json!("OK")), "{report}");
    let message = report["message"].as_str().unwrap();
    assert_eq!(
        message,
        "the period from 2020-01-01T00:00:00Z to 2099-01-01T00:00:00Z: 5 entries, from entry 1 to entry 5, as the log has them, and \
         none between them is left out. That none in front of them or behind them was logged in the period, the operator's signature \
         alone says; the log had no entry behind them at size 6, so that more of the period can follow"
    );
    let details = &report["details"];
    assert_eq!(details["window_closed"], false);
    assert!(
        details["not_proved"]
            .as_str()
            .unwrap()
            .starts_with("that no other entry was logged in the period"),
        "{report}"
    );
}

#[test]
fn an_export_of_another_period_or_of_other_subjects_than_expected_fails() {
    let (log, policy) = log_with_subjects();
    let home = tempfile::tempdir().unwrap();
    let agent = "did:key:zAgentOne";
    let (all, ones) = (home.path().join("all"), home.path().join("ones"));
    export_all(&log, &all);
    export_subjects(&log, &ones, &["--agent", agent]);
    let (_, report) = verify(&log, &ones, &[]);
    assert_eq!(report["details"]["from_ms"], 1_577_836_800_000_u64);
    assert_eq!(report["details"]["to_ms"], 4_070_908_800_000_u64);
    let message = report["message"].as_str().unwrap();
    assert!(
        message.starts_with("the period from 2020-01-01T00:00:00Z to 2099-01-01T00:00:00Z: "),
        "{message}"
    );

    let start = ["--from", "2020-01-01T00:00:00Z"];
    let other = ["--from", "2020-01-01T00:00:01Z"];
    let named = |more: &[&'static str]| [&start[..], more].concat();
    assert_eq!(verdict(&log, &all, &start), ok(0, "OK"));
    assert_eq!(verdict(&log, &all, &other), ok(1, "UNEXPECTED_PERIOD"));
    assert_eq!(
        verdict(&log, &all, &["--to", "2098-01-01T00:00:00Z"]),
        ok(1, "UNEXPECTED_PERIOD")
    );
    // The period goes on.
    assert_eq!(verdict(&log, &all, &ALWAYS), ok(2, "PERIOD_NOT_OVER"));
    assert_eq!(verdict(&log, &ones, &start), ok(1, "UNEXPECTED_SUBJECTS"));
    assert_eq!(verdict(&log, &ones, &named(&["--agent", agent])), ok(0, "OK"));
    assert_eq!(
        verdict(&log, &ones, &["--agent", "did:key:zAgentTwo"]),
        ok(1, "UNEXPECTED_SUBJECTS")
    );
    assert_eq!(
        verdict(&log, &ones, &["--agent", agent, "--policy", &policy]),
        ok(1, "UNEXPECTED_SUBJECTS")
    );
    assert_eq!(
        verdict(&log, &all, &["--agent", agent]),
        ok(1, "UNEXPECTED_SUBJECTS")
    );
    let reversed = ["--from", "2021-01-01T00:00:00Z", "--to", "2021-01-01T00:00:00Z"];
    assert_eq!(verdict(&log, &all, &reversed), ok(64, "USAGE"));
}

#[test]
fn a_manifest_of_a_later_version_is_not_judged_and_one_of_a_reversed_period_does_not_hold() {
    let mut log = LogProcess::new();
    log.grow_to(3);
    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("window");
    export_all(&log, &out);
    sign(&log, &out, |payload| payload["event_version"] = json!("9"));
    assert_eq!(verdict(&log, &out, &[]), ok(2, "UNKNOWN_FORMAT"));
    sign(&log, &out, |payload| {
        payload["event_version"] = json!("1");
        payload["from_ms"] = payload["to_ms"].clone();
    });
    assert_eq!(verdict(&log, &out, &[]), ok(3, "MANIFEST_INVALID"));
}
