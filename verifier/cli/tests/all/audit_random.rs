//! `audit --random`.

use kit::cosigners::{cosigned, cosigner};
use kit::log::{job_event, log_key};
use kit::pack::JobLog;
use kit::shown::{ShownAnswers, shown};
use verifier::index::LeafIndex;

use crate::audit::serve;
use crate::run::{CheckFiles, RunOutput, answers, run, verdict};

/// What a server shows of a log whose index has no row of entry `hidden`.
fn shown_without(hidden: u64) -> ShownAnswers {
    let mut log = JobLog::new();
    for seed in 6..9 {
        log.document(&job_event(seed, "job/1 ü"), None);
    }
    let covered = log.log.size();
    let root = log.index_of(covered, |rows| {
        rows.retain(|row| row.index() != LeafIndex::new(hidden));
    });
    shown(&log, root)
}

/// What a server shows of a log whose index is right.
fn sound() -> ShownAnswers {
    shown_without(u64::MAX)
}

fn audit(shown: ShownAnswers, more: &[&str]) -> RunOutput {
    let address = serve(shown.into_iter().collect(), None);
    let key = log_key().to_string();
    let fixed = ["audit", &address, "--log-key", &key, "--random", "100", "--json"];
    run(&[&fixed[..], more].concat())
}

#[test]
fn a_right_index_passes_and_the_seed_draws_the_same_entries_again() {
    let outcome = audit(sound(), &[]);
    assert_eq!(outcome.verdict(), verdict(0, "PASS", "OK"), "{}", outcome.output);
    let details = &outcome.report()["details"];
    assert_eq!(details["basis"], "sampled");
    assert_eq!(details["entries_drawn"], 7);
    assert_eq!(details["covered"], 7);
    let seed = details["seed"].as_str().unwrap();
    assert_eq!(seed.len(), 64);
    let again = audit(sound(), &["--seed", seed]);
    assert_eq!(again.report()["details"], *details);
}

#[test]
fn an_entry_that_is_left_out_is_named_and_the_written_files_convict_the_operator() {
    let out = CheckFiles::new();
    let directory = out.path().to_str().unwrap();
    let shown = shown_without(5);
    let genesis = out.write("genesis.json", shown["/v1/entries/0"].clone());
    let outcome = audit(shown.clone(), &["--out", directory]);
    assert_eq!(
        outcome.verdict(),
        verdict(1, "FAIL", "INDEX_OMITS"),
        "{}",
        outcome.output
    );
    let report = outcome.report();
    assert!(
        report["message"].as_str().unwrap().contains("Entry 5 "),
        "{report}"
    );
    let fault = &report["details"]["faults"][0];
    assert_eq!(fault["entry"], 5);
    let [proof, answer] = [0, 1].map(|place| fault["files"][place].as_str().unwrap().to_owned());
    let key = log_key().to_string();
    let document: serde_json::Value = serde_json::from_slice(&std::fs::read(&genesis).unwrap()).unwrap();
    let genesis = out.write("genesis.document", document["evidence"].as_str().unwrap());
    let omission = run(&[
        "omission",
        &proof,
        &answer,
        "--genesis",
        &genesis,
        "--log-key",
        &key,
        "--json",
    ]);
    assert_eq!(
        omission.verdict(),
        verdict(1, "FAIL", "INDEX_OMITS"),
        "{}",
        omission.output
    );

    // A second report does not write over the first one's files.
    let again = audit(shown, &["--out", directory]);
    assert_eq!(again.code, 1);
    assert!(again.output.contains("could not be written"), "{}", again.output);
}

#[test]
fn a_log_that_no_longer_shows_what_was_kept_of_it_does_not_pass() {
    let files = CheckFiles::new();
    let mut other = JobLog::new();
    other.fill(6);
    let kept = files.write("kept.checkpoint", other.log.checkpoint(6));
    let outcome = audit(
        sound(),
        &["--since", &kept, "--out", files.path().to_str().unwrap()],
    );
    assert_eq!(outcome.verdict(), verdict(3, "FAIL", "CONSISTENCY_FAILED"));
    let file = files.path().join("history.fork");
    let explained = run(&[
        "fork",
        file.to_str().unwrap(),
        "--log-key",
        &log_key().to_string(),
        "--json",
    ]);
    assert_eq!(explained.answers(), answers(2, "genuine", "INCOMPLETE"));
    assert_eq!(explained.report()["reason_code"], "CONSISTENCY_NOT_SHOWN");
    let own = files.write("own.checkpoint", sound()["/log/checkpoint"].clone());
    assert_eq!(audit(sound(), &["--since", &own]).code, 0);
    other.fill(20);
    let newer = files.write("newer.checkpoint", other.log.checkpoint(20));
    let outcome = audit(sound(), &["--since", &newer]);
    assert_eq!(outcome.verdict(), verdict(2, "INCOMPLETE", "CHECKPOINT_OLDER"));
}

#[test]
fn a_policy_holds_the_audited_checkpoint_to_its_quorum() {
    let files = CheckFiles::new();
    let policy = files.write("policy", format!("witness a {}\nquorum a\n", cosigner(8)));
    let outcome = audit(sound(), &["--policy", &policy]);
    assert_eq!(outcome.verdict(), verdict(2, "INCOMPLETE", "QUORUM_NOT_REACHED"));
    let mut shown = sound();
    let note = String::from_utf8(shown["/log/checkpoint"].clone()).unwrap();
    let (note, _) = cosigned(&note, &[8]);
    shown.insert("/log/checkpoint".to_owned(), note.into_bytes());
    let outcome = audit(shown, &["--policy", &policy]);
    assert_eq!(outcome.verdict(), verdict(0, "PASS", "OK"));
    assert_eq!(outcome.report()["details"]["witnesses"]["state"], "witnessed");
}

#[test]
fn a_server_without_an_index_or_with_a_missing_answer_leaves_the_audit_incomplete() {
    let mut shown = sound();
    shown.retain(|address, _| !address.starts_with("/v1/subjects/"));
    let outcome = audit(shown, &[]);
    assert_eq!(outcome.verdict(), verdict(2, "INCOMPLETE", "INDEX_NOT_SHOWN"));
    let mut shown = sound();
    shown.retain(|address, _| !address.contains("as_of"));
    let outcome = audit(shown, &[]);
    assert_eq!(outcome.verdict(), verdict(2, "INCOMPLETE", "RESOURCE_UNREADABLE"));
}

#[test]
fn an_entry_that_the_checkpoint_implies_and_that_is_not_there_fails() {
    let mut shown = sound();
    shown.remove("/v1/entries/4").unwrap();
    let outcome = audit(shown, &[]);
    assert_eq!(outcome.verdict(), verdict(3, "FAIL", "RESOURCE_MISSING"));
    let mut shown = sound();
    let other = shown["/v1/entries/3"].clone();
    shown.insert("/v1/entries/4".to_owned(), other);
    let outcome = audit(shown, &[]);
    assert_eq!(outcome.verdict(), verdict(3, "FAIL", "INCLUSION_FAILED"));
}

#[test]
fn a_directory_answers_no_questions_and_the_options_go_with_random() {
    let files = CheckFiles::new();
    let (key, directory) = (log_key().to_string(), files.path().to_str().unwrap().to_owned());
    let fixed = ["audit", &directory, "--log-key", &key];
    assert_eq!(run(&[&fixed[..], &["--random", "3"]].concat()).code, 64);
    assert_eq!(run(&[&fixed[..], &["--since", "x"]].concat()).code, 64);
    assert_eq!(run(&[&fixed[..], &["--random", "0"]].concat()).code, 64);
}

#[test]
fn a_kept_checkpoint_of_the_same_size_and_another_root_convicts_whatever_the_server_answers() {
    let files = CheckFiles::new();
    let mut other = JobLog::new();
    other.fill(8);
    let kept = files.write("kept.checkpoint", other.log.checkpoint(8));
    let out = CheckFiles::new();
    let outcome = audit(
        sound(),
        &["--since", &kept, "--out", out.path().to_str().unwrap()],
    );
    assert_eq!(outcome.verdict(), verdict(1, "FAIL", "LOG_FORKED"));
    let file = out.path().join("history.fork");
    let file = file.to_str().unwrap();
    assert!(outcome.output.contains(file), "{}", outcome.output);
    let explained = run(&["fork", file, "--log-key", &log_key().to_string(), "--json"]);
    assert_eq!(explained.answers(), answers(1, "genuine", "FAIL"));
    assert_eq!(explained.report()["reason_code"], "LOG_FORKED");
}

#[test]
fn a_server_that_hides_documents_and_contexts_does_not_pass() {
    let mut shown = sound();
    let address = "/v1/entries/5";
    let mut answer: serde_json::Value = serde_json::from_slice(&shown[address]).unwrap();
    let members = answer.as_object_mut().unwrap();
    assert!(members.remove("evidence").is_some());
    members.remove("context");
    shown.insert(address.to_owned(), answer.to_string().into_bytes());
    let outcome = audit(shown, &[]);
    assert_eq!(outcome.verdict(), verdict(2, "INCOMPLETE", "ROWS_NOT_ASKED"));
    let report = outcome.report();
    assert!(!report["message"].as_str().unwrap().contains("leaves out none"));
    assert_eq!(
        report["details"]["value_not_shown_entries"],
        serde_json::json!([5])
    );
}

#[test]
fn the_directory_for_proofs_of_a_fault_is_made_before_the_audit() {
    let out = CheckFiles::new();
    let directory = out.path().join("new").join("faults");
    let outcome = audit(shown_without(5), &["--out", directory.to_str().unwrap()]);
    assert_eq!(outcome.verdict(), verdict(1, "FAIL", "INDEX_OMITS"));
    assert!(directory.join("fault-1-entry-5.proof").exists());
    let file = out.write("file", "");
    assert_eq!(audit(sound(), &["--out", &file]).code, 64);
}

#[test]
fn a_kept_file_that_is_no_checkpoint_of_the_log_is_named_and_says_nothing_about_the_log() {
    let files = CheckFiles::new();
    let contents = [
        String::new(),
        log_key().to_string(),
        "other.example\n6\nAAAA\n".to_owned(),
    ];
    for content in contents {
        let kept = files.write("kept.checkpoint", content);
        let outcome = audit(sound(), &["--since", &kept]);
        assert_eq!(outcome.code, 64, "{}", outcome.output);
        assert!(outcome.output.contains("kept.checkpoint"), "{}", outcome.output);
    }
}
