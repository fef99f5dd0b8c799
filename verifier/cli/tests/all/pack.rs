//! `pack`.

use serde_json::json;
use verifier::check::{PACK_INDEX_NOT_PROVED, PACK_NOT_PROVED};

use crate::run::{CheckFiles, answers, run, verdict};
use kit::cosigners::cosigner;
use kit::log::log_key;
use kit::pack::sample::brought;
use kit::pack::{ASK, PackRequest, check, sample};

#[test]
fn a_pack_ends_with_the_verdict_on_its_job() {
    let (_, pack) = sample();
    let (files, key) = (CheckFiles::new(), log_key().to_string());
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
fn genuine_failed_forged_damaged_and_mistaken_packs_begin_with_lines_of_their_own_and_exit_as_documented() {
    let (_, pack) = sample();
    let (files, key) = (CheckFiles::new(), log_key().to_string());
    for case in brought(&pack, &log_key()) {
        let file = files.write("job.evidence", &case.bytes);
        let text = run(&["pack", &file, "--log-key", &key]);
        let first = text.output.lines().next();
        assert_eq!(first, Some(case.first_line.as_str()), "{}", case.what);
        assert_eq!(text.code, i32::from(case.exit), "{}", case.what);
        let second = text.output.lines().nth(1).unwrap();
        let json = run(&["pack", &file, "--log-key", &key, "--json"]);
        if case.exit == 1 {
            assert!(
                second.starts_with("Verdict on the job: FAIL, decided by "),
                "{second}"
            );
            assert_eq!(json.answers(), answers(1, "genuine", "FAIL"));
        } else {
            let none = "Verdict on the job: none, because it is not genuine (";
            assert!(second.starts_with(none), "{}: {second}", case.what);
            assert_eq!(json.answers(), answers(3, "not_genuine", ""), "{}", case.what);
            assert!(json.report()["verdict"].is_null(), "{}", case.what);
        }
    }
}

#[test]
fn a_pack_without_a_verdict_exits_2_and_is_genuine() {
    let (log, _) = sample();
    let (files, key) = (CheckFiles::new(), log_key().to_string());
    let open = log.pack(PackRequest { job: "job-2", ..ASK });
    let file = files.write("job.evidence", open);
    let outcome = run(&["pack", &file, "--log-key", &key, "--json"]);
    assert_eq!(outcome.answers(), answers(2, "genuine", "INCOMPLETE"));
}

#[test]
fn a_genuine_pack_says_what_it_does_not_prove_and_one_that_is_not_proves_nothing_anyway() {
    let (_, mut pack) = sample();
    let (files, key) = (CheckFiles::new(), log_key().to_string());
    let said = |pack: &[u8]| run(&["pack", &files.write("job.evidence", pack), "--log-key", &key]).output;
    let genuine = said(&pack).replace('\n', " ");
    assert!(
        genuine.contains(&format!("Not proved: {PACK_NOT_PROVED}.")),
        "{genuine}"
    );
    assert_eq!(genuine.matches("left out").count(), 1, "{genuine}");
    pack[100] ^= 1;
    assert!(!said(&pack).contains("left out"));
}

#[test]
fn a_pack_with_an_index_proof_says_what_it_proves_and_what_is_left() {
    let (mut log, _) = sample();
    let size = log.index() + 1;
    let (files, key) = (CheckFiles::new(), log_key().to_string());
    let file = files.write("job.evidence", log.pack(PackRequest { size, ..ASK }));
    let text = run(&["pack", &file, "--log-key", &key]).output.replace('\n', " ");
    let proved = "Proved: that no entry was left out, as the log's index says: of the first 5 entries it has no others for this job, \
        and the log signed it in entry 7.";
    assert!(text.contains(proved), "{text}");
    assert!(
        text.contains(&format!("Not proved: {PACK_INDEX_NOT_PROVED}.")),
        "{text}"
    );
    assert!(!text.contains(PACK_NOT_PROVED), "{text}");
    let json = run(&["pack", &file, "--log-key", &key, "--json"]).report();
    let completeness = json!({ "proved": true, "as_of": 5, "index_root": 7, "basis": "index" });
    assert_eq!(json["details"]["completeness"], completeness);
}

#[test]
fn the_assessment_is_written_byte_for_byte() {
    let (_, pack) = sample();
    let (files, key) = (CheckFiles::new(), log_key().to_string());
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
fn a_damaged_pack_exits_3_and_gives_no_assessment() {
    let (_, mut pack) = sample();
    let (files, key) = (CheckFiles::new(), log_key().to_string());
    pack[100] ^= 1;
    let file = files.write("job.evidence", &pack);
    let outcome = run(&["pack", &file, "--log-key", &key, "--json"]);
    assert_eq!(outcome.verdict(), verdict(3, "FAIL", "PACK_DAMAGED"));
    let outcome = run(&["pack", &file, "--log-key", &key, "--assessment", "-"]);
    assert_eq!((outcome.code, outcome.output.as_str()), (3, ""));
}

#[test]
fn a_policy_that_needs_a_witness_leaves_the_verdict_open() {
    let (_, pack) = sample();
    let (files, key) = (CheckFiles::new(), log_key().to_string());
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
    let (files, key) = (CheckFiles::new(), log_key().to_string());
    let file = files.write("job.evidence", &pack);
    let unasked = run(&["pack", &file, "--log-key", &key, "--json"]);
    let job = unasked.report()["details"]["job_id"].as_str().unwrap().to_owned();
    let asked = run(&["pack", &file, "--log-key", &key, "--job", &job, "--json"]);
    assert_eq!(asked.output, unasked.output);
    let other = run(&["pack", &file, "--log-key", &key, "--job", "another", "--json"]);
    // Its own verdict is that on another job, and says nothing of this one.
    assert_eq!(other.verdict(), verdict(1, "FAIL", "UNEXPECTED_JOB"));
    assert_eq!(other.answers(), answers(1, "genuine", "FAIL"));
    let told = run(&["pack", &file, "--log-key", &key, "--job", "another"]).output;
    let second = told.lines().nth(1).unwrap();
    assert_eq!(
        second,
        "Verdict on the job: none, because this pack is of another job than the one asked for (UNEXPECTED_JOB)"
    );
    let joined = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        joined.contains(&format!(
            "This pack is of the job {job:?}, and \"another\" was asked for."
        )),
        "{told}"
    );
    let mut damaged = pack.clone();
    damaged[100] ^= 1;
    let file = files.write("damaged.evidence", damaged);
    let other = run(&["pack", &file, "--log-key", &key, "--job", "another", "--json"]);
    assert_eq!(other.verdict(), verdict(3, "FAIL", "PACK_DAMAGED"));
}

#[test]
fn a_pack_that_convicts_the_operator_exits_as_a_subject_proof_does_and_says_nothing_of_the_job() {
    let (mut log, _) = sample();
    let covered = log.log.size();
    let size = log.index_of(covered, |rows| rows.retain(|row| row.index().value() != 1)) + 1;
    let (files, key) = (CheckFiles::new(), log_key().to_string());
    let file = files.write("job.evidence", log.pack(PackRequest { size, ..ASK }));
    let json = run(&["pack", &file, "--log-key", &key, "--json"]);
    assert_eq!(json.verdict(), verdict(1, "FAIL", "INDEX_OMITS"));
    assert_eq!(json.answers(), answers(1, "genuine", "FAIL"));
    assert_eq!(json.report()["details"]["assessment"], serde_json::Value::Null);
    let text = run(&["pack", &file, "--log-key", &key]).output;
    let none =
        "Verdict on the job: none, because what the log's operator signed contradicts itself (INDEX_OMITS)";
    assert_eq!(text.lines().nth(1), Some(none), "{text}");
}
