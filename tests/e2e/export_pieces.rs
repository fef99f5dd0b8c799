//! Exports whose proofs of a subject come in several files.

use crate::export::{export_period, export_subjects, log_with_subjects};
use crate::export_expected::{ok, sign, verdict, verify};
use crate::log::LogProcess;
use serde_json::{Value, json};
use std::path::Path;
use verifier::hash::{Hex, sha256};
use verifier::index::TimestampMs;
use verifier::rfc3339;
use verifier::subject_index::SubjectProof;

const AGENT: &str = "did:key:zAgentOne";
/// Two entries in two proofs.
const ONE_EACH: [&str; 2] = ["--entries-per-proof", "1"];

/// The proofs of a subject, in their order.
fn pieces(out: &Path, subject: usize) -> Vec<Vec<u8>> {
    (1..)
        .map_while(|number| std::fs::read(out.join(format!("subject-{subject}-{number}.proof"))).ok())
        .collect()
}

/// The range of each.
fn ranges(pieces: &[Vec<u8>]) -> Vec<(u64, u64)> {
    let range = |file: &Vec<u8>| {
        let range = SubjectProof::decode(file).unwrap().range.unwrap();
        (range.begin().value(), range.end().value())
    };
    pieces.iter().map(range).collect()
}

fn are_joined(ranges: &[(u64, u64)]) -> bool {
    ranges.windows(2).all(|pair| pair[0].1 == pair[1].0)
}

/// The indices of the lines.
fn indices(out: &Path) -> Vec<u64> {
    let text = std::fs::read_to_string(out.join("entries.ndjson")).unwrap();
    let index = |line: &str| {
        serde_json::from_str::<Value>(line).unwrap()["index"]
            .as_u64()
            .unwrap()
    };
    text.lines().map(index).collect()
}

#[test]
fn proofs_of_a_list_that_is_too_long_for_one_follow_each_other_and_are_checked_as_one() {
    let (log, policy) = log_with_subjects();
    let home = tempfile::tempdir().unwrap();
    let (whole, parts) = (home.path().join("whole"), home.path().join("parts"));
    for subjects in [
        vec!["--agent", AGENT],
        vec!["--policy", &policy],
        vec!["--agent", AGENT, "--policy", &policy],
    ] {
        export_subjects(&log, &whole, &subjects);
        export_subjects(&log, &parts, &[&subjects[..], &ONE_EACH].concat());
        let (code, report) = verify(&log, &parts, &subjects);
        assert_eq!((code, &report["reason_code"]), (0, &json!("OK")), "{report}");
        assert_eq!(indices(&parts), indices(&whole), "{subjects:?}");
        let as_of = report["details"]["as_of"].as_u64().unwrap();
        for number in 1..=subjects.len() / 2 {
            assert_eq!(ranges(&pieces(&whole, number)), [(0, as_of)]);
            let ranges = ranges(&pieces(&parts, number));
            assert!(ranges.len() > 1 && are_joined(&ranges), "{ranges:?}");
            assert_eq!((ranges[0].0, ranges.last().unwrap().1), (0, as_of));
        }
        std::fs::remove_dir_all(&whole).unwrap();
        std::fs::remove_dir_all(&parts).unwrap();
    }
}

/// Gives the export these proofs, and signs them as the operator does.
fn sign_pieces(log: &LogProcess, out: &Path, pieces: &[&[u8]]) {
    for (number, piece) in (1..).zip(pieces) {
        std::fs::write(out.join(format!("subject-1-{number}.proof")), piece).unwrap();
    }
    let hashes: Vec<String> = pieces
        .iter()
        .map(|piece| Hex(&sha256(piece)).to_string())
        .collect();
    sign(log, out, |payload| {
        payload["subjects"][0]["proofs_sha256"] = json!(hashes);
    });
}

#[test]
fn an_operator_whose_proofs_leave_a_gap_or_overlap_has_no_export() {
    let (log, _) = log_with_subjects();
    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("parts");
    export_subjects(&log, &out, &[&["--agent", AGENT][..], &ONE_EACH].concat());
    let kept = pieces(&out, 1);
    let pieces: Vec<&[u8]> = kept.iter().map(Vec::as_slice).collect();
    let message = |pieces: &[&[u8]]| {
        sign_pieces(&log, &out, pieces);
        let (code, report) = verify(&log, &out, &[]);
        assert_eq!(
            (code, &report["reason_code"]),
            (3, &json!("MANIFEST_INVALID")),
            "{report}"
        );
        report["message"].as_str().unwrap().to_owned()
    };
    let said = |pieces: &[&[u8]], words: &str| {
        let message = message(pieces);
        assert!(message.contains(words), "{message}");
    };
    let (first, last) = (pieces[0], pieces[pieces.len() - 1]);
    said(
        &[&[first][..], &pieces].concat(),
        "begins at entry 0, and the proof in front of it ends",
    );
    said(&[&[first][..], &pieces[2..]].concat(), "the proof");
    said(&[&pieces[..], &[last]].concat(), "the proof in front of it ends");
    said(&pieces[..pieces.len() - 1], "and not at size");
    said(
        &pieces[1..],
        "nothing shows that what is in front of it was logged before the window",
    );
    said(&[], "payload is not valid");

    sign_pieces(&log, &out, &pieces);
    assert_eq!(verdict(&log, &out, &[]), ok(0, "OK"));
    let second = out.join("subject-1-2.proof");
    std::fs::write(&second, first).unwrap();
    assert_eq!(verdict(&log, &out, &[]), ok(3, "MANIFEST_INVALID"));
    std::fs::remove_file(&second).unwrap();
    let (_, report) = verify(&log, &out, &[]);
    let missing = "the manifest does not hold: subject-1-2.proof, which it names, is missing";
    assert_eq!(report["message"], missing);
}

#[test]
fn a_window_carries_no_proofs_of_what_came_long_before_it_and_none_of_what_came_after_it() {
    let (log, _) = log_with_subjects();
    let home = tempfile::tempdir().unwrap();
    let all = home.path().join("all");
    export_subjects(&log, &all, &["--agent", AGENT]);
    let rows = log
        .client
        .get("/v1/entries?from=0&limit=200")
        .unwrap()
        .json()
        .unwrap();
    let times: Vec<u64> = rows["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["logged_at"].as_u64().unwrap())
        .collect();
    let time = |at: u64| rfc3339::format(TimestampMs::new(at)).unwrap();
    let of_agent = indices(&all);
    let at = |index: u64| times[usize::try_from(index).unwrap()];
    let (_, report) = verify(&log, &all, &[]);
    let covered = report["details"]["as_of"].as_u64().unwrap();
    let (first, last, newest) = (at(0), at(*of_agent.last().unwrap()), at(covered - 1));
    for (number, (from, to)) in [(last, newest), (first, last), (first, newest)]
        .into_iter()
        .enumerate()
    {
        if from >= to {
            // Logged in one millisecond.
            continue;
        }
        let out = home.path().join(number.to_string());
        export_period(&log, &out, [&time(from), &time(to)], &["--agent", AGENT]);
        let (code, report) = verify(
            &log,
            &out,
            &["--from", &time(from), "--to", &time(to), "--agent", AGENT],
        );
        assert_eq!((code, &report["reason_code"]), (0, &json!("OK")), "{report}");
        assert_eq!(report["details"]["window_closed"], true);
        let in_window = |index: &&u64| (from..to).contains(&at(**index));
        let expected: Vec<u64> = of_agent.iter().filter(in_window).copied().collect();
        assert_eq!(indices(&out), expected);
        let before = of_agent.iter().rfind(|index| at(**index) < from);
        // The first entry behind the window shows that it was over.
        let behind = times.iter().position(|time| *time >= to).unwrap();
        let end = u64::try_from(behind).unwrap() + 1;
        assert_eq!(ranges(&pieces(&out, 1)), [(before.copied().unwrap_or(0), end)]);
    }
}
