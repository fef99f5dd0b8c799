//! `pack`.

use crate::log::log_key;
use crate::pack_build::{ASK, check, cosigner, sample};
use crate::run::{Files, run, verdict};

#[test]
fn a_pack_ends_with_the_verdict_on_its_job() {
    let (_, pack) = sample();
    let (files, key) = (Files::new(), log_key().to_string());
    let expected = check(&pack);
    let file = files.write("job.evidence", &pack);
    let outcome = run(&["pack", &file, "--log-key", &key, "--json"]);
    let report = outcome.report();
    assert_eq!(report["status"], expected.report.status.as_str());
    assert_eq!(report["reason_code"], expected.report.reason_code);
    let code = match expected.report.status.as_str() {
        "PASS" => 0,
        "FAIL" => 1,
        _ => 2,
    };
    assert_eq!(outcome.code, code);
    assert_eq!(report["details"]["as_of"], ASK.as_of);
}

#[test]
fn a_pack_report_begins_with_what_it_does_not_prove() {
    let (_, mut pack) = sample();
    let (files, key) = (Files::new(), log_key().to_string());
    for damaged in [false, true] {
        pack[100] ^= u8::from(damaged);
        let file = files.write("job.evidence", &pack);
        let said = run(&["pack", &file, "--log-key", &key]).output;
        let first = said.lines().next().unwrap();
        assert!(
            first.starts_with("not proved: that no entry was left out"),
            "{said}"
        );
        assert!(first.contains("can turn a FAIL into a PASS"), "{said}");
        assert_eq!(said.matches("left out").count(), 1, "{said}");
        let report = run(&["pack", &file, "--log-key", &key, "--json"]).report();
        let detail = report["details"]["not_proved"].as_str().unwrap();
        assert!(first.ends_with(detail), "{detail}");
    }
}

#[test]
fn the_assessment_is_written_byte_for_byte() {
    let (_, pack) = sample();
    let (files, key) = (Files::new(), log_key().to_string());
    let expected = check(&pack).assessment.unwrap();
    let file = files.write("job.evidence", &pack);
    let outcome = run(&["pack", &file, "--log-key", &key, "--assessment", "-"]);
    assert_eq!(outcome.output, expected);
    let target = files.path().join("assessment.json");
    run(&[
        "pack",
        &file,
        "--log-key",
        &key,
        "--assessment",
        target.to_str().unwrap(),
    ]);
    assert_eq!(std::fs::read_to_string(&target).unwrap(), expected);
}

#[test]
fn a_damaged_pack_exits_1_and_gives_no_assessment() {
    let (_, mut pack) = sample();
    let (files, key) = (Files::new(), log_key().to_string());
    pack[100] ^= 1;
    let file = files.write("job.evidence", &pack);
    let outcome = run(&["pack", &file, "--log-key", &key, "--json"]);
    assert_eq!(outcome.verdict(), verdict(1, "FAIL", "PACK_DAMAGED"));
    let outcome = run(&["pack", &file, "--log-key", &key, "--assessment", "-"]);
    assert_eq!((outcome.code, outcome.output.as_str()), (1, ""));
}

#[test]
fn a_policy_that_needs_a_witness_leaves_the_verdict_open() {
    let (_, pack) = sample();
    let (files, key) = (Files::new(), log_key().to_string());
    let file = files.write("job.evidence", &pack);
    let policy = files.write("policy", format!("witness w {}\nquorum w\n", cosigner(8)));
    let outcome = run(&["pack", &file, "--log-key", &key, "--policy", &policy, "--json"]);
    if check(&pack).report.status.as_str() != "FAIL" {
        assert_eq!(outcome.verdict(), verdict(2, "INCOMPLETE", "QUORUM_NOT_REACHED"));
    }
    let policy = files.write("broken", "quorum\n");
    assert_eq!(
        run(&["pack", &file, "--log-key", &key, "--policy", &policy]).code,
        64
    );
}

#[test]
fn a_pack_of_another_job_passes_no_gate() {
    let (_, pack) = sample();
    let (files, key) = (Files::new(), log_key().to_string());
    let file = files.write("job.evidence", &pack);
    let unasked = run(&["pack", &file, "--log-key", &key, "--json"]);
    let job = unasked.report()["details"]["job_id"].as_str().unwrap().to_owned();
    let asked = run(&["pack", &file, "--log-key", &key, "--job", &job, "--json"]);
    assert_eq!(asked.output, unasked.output);
    let other = run(&["pack", &file, "--log-key", &key, "--job", "another", "--json"]);
    let code = if unasked.code == 1 {
        unasked.verdict()
    } else {
        verdict(1, "FAIL", "UNEXPECTED_JOB")
    };
    assert_eq!(other.verdict(), code);
}
