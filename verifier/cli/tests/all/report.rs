//! The report for people.

use crate::run::{CheckFiles, RunOutput, run};
use kit::log::log_key;
use kit::pack::sample;

fn report(files: &CheckFiles, pack: &[u8], more: &[&str]) -> RunOutput {
    let file = files.write("job.evidence", pack);
    let key = log_key().to_string();
    let arguments = ["pack", &file, "--log-key", &key];
    run(&[&arguments[..], more].concat())
}

#[test]
fn the_report_of_a_pack_has_a_row_for_each_check_and_no_json() {
    let files = CheckFiles::new();
    let (_, pack) = sample();
    let json = report(&files, &pack, &["--json"]).report();
    let checks = json["details"]["assessment"]["checks"].as_array().unwrap();
    let text = report(&files, &pack, &[]).output;
    for check in checks {
        let id = check["id"].as_str().unwrap();
        let status = check["status"].as_str().unwrap().replace('_', " ");
        let rows = text
            .lines()
            .filter(|line| line.split_whitespace().next() == Some(id));
        let rows: Vec<&str> = rows.collect();
        assert_eq!(rows.len(), 1, "{id}: {text}");
        let first_word = status.split(' ').next().unwrap();
        assert!(rows[0].contains(first_word), "{}", rows[0]);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let finding = "Signed by someone who may not sign it (SIGNER_NOT_TRUSTED).";
    assert!(words.join(" ").contains(finding), "the finding is named: {text}");
    assert!(
        !text.contains("assessment_version") && !text.contains('{'),
        "{text}"
    );
}

#[test]
fn the_report_tells_in_log_order_what_was_logged_and_who_signed_how_much() {
    let files = CheckFiles::new();
    let (log, pack) = sample();
    let text = report(&files, &pack, &[]).output;
    let (_, timeline) = text.split_once("TIMELINE, IN LOG ORDER\n").unwrap();
    let (timeline, signers) = timeline.split_once("WHO SIGNED WHAT\n").unwrap();
    let indices: Vec<usize> = timeline
        .lines()
        .filter_map(|line| line.split_whitespace().next()?.parse().ok())
        .collect();
    assert!(indices.is_sorted() && indices.contains(&1), "{timeline}");
    assert!(timeline.contains("job.event"), "{timeline}");
    let opened = log.record(verifier::index::LeafIndex::new(1)).entry;
    let did = format!("\n  {}", opened.signer);
    assert!(
        signers.contains(&did) && signers.contains("1 job.event"),
        "{signers}"
    );
}

#[test]
fn no_line_of_the_report_is_wider_than_80_columns_but_for_words_that_are() {
    let files = CheckFiles::new();
    let text = report(&files, &sample().1, &[]).output;
    for line in text.lines() {
        let is_one_word = line.split_whitespace().count() <= 2;
        assert!(line.chars().count() <= 80 || is_one_word, "{line}");
        assert_eq!(line.trim_end(), line, "no space at the end");
    }
}

#[test]
fn a_pipe_gets_no_colours_and_who_asks_for_them_gets_them() {
    let files = CheckFiles::new();
    let (_, pack) = sample();
    assert!(!report(&files, &pack, &[]).output.contains('\u{1b}'));
    let file = files.write("job.evidence", &pack);
    let forced = std::process::Command::new(env!("CARGO_BIN_EXE_ledger-verify"))
        .args(["pack", &file, "--log-key", &log_key().to_string()])
        .env("CLICOLOR_FORCE", "1")
        .output()
        .unwrap();
    assert!(String::from_utf8(forced.stdout).unwrap().starts_with("\u{1b}["));
}
