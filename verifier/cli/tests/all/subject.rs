//! `subject`.

use kit::log::log_key;
use kit::pack::sample;
use serde_json::Value;

use crate::run::{CheckFiles, RunOutput, answers, run, verdict};
use crate::vectors::{Vector, vector, vectors};

#[test]
fn what_is_no_question_is_a_wrong_command_line() {
    let job = vector("subject-proof/valid", "job");
    for question in [
        "{}",
        "[]",
        r#"["subject"]"#,
        r#"["subject","job","j1"]"#,
        r#"["subject","job","j1","token.issued"]"#,
        r#"["subject","job","j1",[1]]"#,
        r#"["subject","job","j1",[],[]]"#,
        r#"["subject","jobs","j1",[]]"#,
        r#"["subject","nonce","n1",[]]"#,
        r#"["subject","kind","log.frozen",[]]"#,
        r#"["subject","job","j1",["token"]]"#,
        r#"["subject","job","j1",["index.root"]]"#,
        r#"["kind","receipt.gateway"]"#,
        r#"["kind",7]"#,
        r#"["evidence","ab"]"#,
        r#"["question","job"]"#,
        r#"["subject","revocation","hello",[]]"#,
        r#"["subject","policy","x",["policy.withdrawn"]]"#,
        r#"["subject","job","j1",[]"#,
    ] {
        let outcome = checked(&job, &["--question", question, "--json"]);
        assert_eq!(outcome.code, 64, "{question}");
    }
}

#[test]
fn a_range_is_enough_only_where_all_that_matters_is_in_it() {
    let part = vector("subject-proof/valid", "range_over_two_runs");
    let whole = vector("subject-proof/valid", "job");
    let asked = r#"["subject","job","j1",[]]"#;
    let held = |file: &Vector, more: &[&str]| {
        let outcome = checked(file, &[&["--question", asked, "--json"], more].concat());
        outcome.report()["reason_code"].as_str().unwrap().to_owned()
    };
    assert_eq!(held(&part, &[]), "RANGE_TOO_SHORT");
    assert_eq!(held(&part, &["--since", "2"]), "RANGE_TOO_SHORT");
    assert_eq!(held(&part, &["--since", "2", "--to", "10"]), "OK");
    assert_eq!(held(&part, &["--since", "1", "--to", "10"]), "RANGE_TOO_SHORT");
    assert_eq!(held(&part, &["--after", "5"]), "AFTER_NOT_COVERED");
    assert_eq!(held(&whole, &["--since", "2", "--to", "10"]), "OK");
    assert_eq!(held(&whole, &["--to", "12"]), "RANGE_TOO_SHORT");
    assert_eq!(checked(&part, &["--since", "2", "--after", "5"]).code, 64);
    // An answer that ends where the caller's own does says nothing new.
    for since in ["11", "12", "200"] {
        assert_eq!(held(&whole, &["--since", since]), "ANSWER_TOO_OLD");
        assert_eq!(held(&part, &["--since", since, "--none"]), "ANSWER_TOO_OLD");
    }
    for to in ["2", "7"] {
        assert_eq!(checked(&whole, &["--since", "7", "--to", to]).code, 64);
    }
    // Only the entries of the part that matters are held against --none, and one of them is enough.
    assert_eq!(held(&whole, &["--since", "6", "--to", "9", "--none"]), "OK");
    assert_eq!(held(&whole, &["--since", "10", "--none"]), "OK");
    assert_eq!(held(&whole, &["--since", "9", "--none"]), "ENTRIES_FOUND");
    assert_eq!(held(&part, &["--none"]), "ENTRIES_FOUND");
    assert_eq!(held(&part, &["--since", "3", "--to", "5", "--none"]), "OK");
    assert_eq!(held(&part, &["--after", "5", "--none"]), "ENTRIES_FOUND");
    let none = checked(&whole, &["--since", "10", "--none", "--json"]);
    let message = none.report()["message"].as_str().unwrap().to_owned();
    assert!(
        message.starts_with(r#"No entry of the job "j1" is in the range of entry 10 alone, as of size 11."#),
        "{message}"
    );
    let told = checked(&part, &[]);
    assert_eq!(told.code, 0);
    let words: Vec<&str> = told.output.split_whitespace().collect();
    let words = words.join(" ");
    assert!(
        words.contains(
            r#"3 entries of the job "j1" are in the range from entry 2 to entry 9: entries 2, 5, 9, and no others, as of size 11. This says nothing of entries outside that range."#
        ),
        "{words}"
    );
}

/// The outcome for a vector with further options.
fn checked(vector: &Vector, more: &[&str]) -> RunOutput {
    let files = CheckFiles::new();
    let (file, genesis) = vector.write(&files);
    let fixed = [
        "subject",
        &file,
        "--genesis",
        &genesis,
        "--log-key",
        vector.text("vkey"),
    ];
    run(&[&fixed[..], more].concat())
}

#[test]
fn valid_files_end_with_their_answer_in_a_sentence() {
    for vector in &vectors("subject-proof/valid") {
        let outcome = checked(vector, &["--json"]);
        assert_eq!(outcome.verdict(), verdict(0, "PASS", "OK"), "{}", vector.name);
        assert_eq!(outcome.answers(), answers(0, "genuine", "PASS"));
        let report = outcome.report();
        let details = &report["details"];
        assert_eq!(details["entries"], vector.members["answer"], "{}", vector.name);
        assert_eq!(details["question"], vector.members["question"]);
        assert_eq!(details["as_of"], vector.members["as_of"]);
        let range = vector.members.get("range").unwrap_or(&Value::Null);
        assert_eq!(&details["range"], range, "{}", vector.name);
        assert_eq!(details["basis"], "index");
        let size = format!("as of size {}.", details["as_of"]);
        let basis = "Basis: the index that the log signed in entry 11.";
        let message = report["message"].as_str().unwrap();
        assert!(
            message.contains(&size) && message.ends_with(basis),
            "{}: {message}",
            vector.name
        );
    }
}

#[test]
fn invalid_files_exit_by_who_is_at_fault_and_say_the_code() {
    for vector in &vectors("subject-proof/invalid") {
        let outcome = checked(vector, &["--json"]);
        let code = vector.text("code");
        assert_eq!(outcome.report()["reason_code"], code, "{}", vector.name);
        let expected = match code {
            "UNKNOWN_FORMAT" => answers(2, "unknown", ""),
            "INDEX_OMITS" | "INDEX_FALSE" => answers(1, "genuine", "FAIL"),
            _ => answers(3, "not_genuine", ""),
        };
        assert_eq!(outcome.answers(), expected, "{}: {code}", vector.name);
    }
}

#[test]
fn the_report_begins_with_both_answers_and_says_what_is_not_proved() {
    let never = vector("subject-proof/valid", "never_revoked");
    let told = checked(&never, &[]).output;
    let begin = "Subject proof: genuine, under key example.com/log+53a2bf87\nVerdict: PASS\n";
    assert!(told.starts_with(begin), "{told}");
    let words: Vec<&str> = told.split_whitespace().collect();
    let words = words.join(" ");
    let token = never.members["question"][2].as_str().unwrap();
    let sentence = format!("The token \"{token}\" was never revoked, as of size 11. ");
    assert!(words.contains(&sentence), "{told}");
    assert!(
        words.contains("Not proved: that the index is right, which only"),
        "{told}"
    );
    // The question is shown as the command line takes it.
    let question = format!(r#"["subject","token","{token}",["token.revoked"]]"#);
    assert!(told.contains(&question), "{told}");
}

#[test]
fn entries_after_one_are_told_apart_from_those_up_to_there() {
    let job = vector("subject-proof/valid", "job");
    let none = checked(&job, &["--after", "9", "--none", "--json"]);
    assert_eq!(none.verdict(), verdict(0, "PASS", "OK"));
    assert_eq!(none.report()["details"]["entries_after_count"], 0);
    let message = none.report()["message"].as_str().unwrap().to_owned();
    assert!(
        message
            .starts_with(r#"No entry of the job "j1" is after entry 9: the last is entry 9, as of size 11."#),
        "{message}"
    );
    let some = checked(&job, &["--after", "5", "--json"]);
    assert_eq!(some.verdict(), verdict(0, "PASS", "OK"));
    assert_eq!(some.report()["details"]["entries_after_count"], 1);
    let unwanted = checked(&job, &["--after", "5", "--none", "--json"]);
    assert_eq!(unwanted.verdict(), verdict(1, "FAIL", "ENTRIES_FOUND"));
    assert_eq!(unwanted.answers(), answers(1, "genuine", "FAIL"));
    let beyond = checked(&job, &["--after", "10", "--json"]);
    assert_eq!(beyond.verdict(), verdict(2, "INCOMPLETE", "AFTER_NOT_COVERED"));
    assert_eq!(beyond.answers(), answers(2, "genuine", "INCOMPLETE"));
}

#[test]
fn the_answer_to_another_question_or_as_of_an_earlier_size_passes_no_gate() {
    let job = vector("subject-proof/valid", "job");
    let asked = r#"["subject", "job", "j1", []]"#;
    let same = checked(&job, &["--question", asked, "--as-of", "11", "--json"]);
    assert_eq!(same.verdict(), verdict(0, "PASS", "OK"));
    let other = checked(&job, &["--question", r#"["subject","job","j2",[]]"#, "--json"]);
    assert_eq!(other.verdict(), verdict(1, "FAIL", "UNEXPECTED_QUESTION"));
    let old = checked(&job, &["--as-of", "12", "--json"]);
    assert_eq!(old.verdict(), verdict(2, "INCOMPLETE", "ANSWER_TOO_OLD"));
    // Kinds may be in any order, as in the address that answers with the file.
    let by_kind = vector("subject-proof/valid", "job_by_kind");
    let question = r#"["subject","job","j1",["receipt.gateway","receipt.gateway"]]"#;
    let same = checked(&by_kind, &["--question", question, "--json"]);
    assert_eq!(same.verdict(), verdict(0, "PASS", "OK"));
    assert_eq!(checked(&job, &["--question", "job j1"]).code, 64);
    assert_eq!(checked(&job, &["--after", "-1"]).code, 64);
}

#[test]
fn another_kind_of_file_is_named_with_the_command_that_reads_it() {
    let job = vector("subject-proof/valid", "job");
    let (files, key) = (CheckFiles::new(), log_key().to_string());
    let (answer, genesis) = job.write(&files);
    let pack = files.write("job.evidence", sample().1);
    for (file, named) in [
        (
            &pack,
            r#"not a subject-proof, but a pack: use "ledger-verify pack""#,
        ),
        (
            &genesis,
            r#"not a subject-proof, but JSON: use "ledger-verify evidence""#,
        ),
    ] {
        let outcome = run(&["subject", file, "--genesis", &genesis, "--log-key", &key]);
        assert_eq!(outcome.code, 3);
        assert!(outcome.output.contains(named), "{}", outcome.output);
    }
    for command in ["pack", "proof"] {
        let outcome = run(&[command, &answer, "--log-key", &key]);
        assert_eq!(outcome.code, 3);
        let named = r#"but a subject-proof: use "ledger-verify subject""#;
        assert!(outcome.output.contains(named), "{}", outcome.output);
    }
    assert_eq!(run(&["subject", &answer, "--log-key", &key]).code, 64);
}

#[test]
fn a_damaged_file_is_refused_and_nothing_panics() {
    let job = vector("subject-proof/valid", "job");
    let files = CheckFiles::new();
    let (_, genesis) = job.write(&files);
    let whole = job.file();
    for at in (0..whole.len()).step_by(61) {
        let mut changed = whole.clone();
        changed[at] ^= 1 << (at % 8);
        for bytes in [&changed[..], &whole[..at]] {
            let file = files.write("damaged.proof", bytes);
            let outcome = run(&[
                "subject",
                &file,
                "--genesis",
                &genesis,
                "--log-key",
                job.text("vkey"),
            ]);
            assert!(matches!(outcome.code, 2 | 3), "byte {at}: {}", outcome.output);
            assert_eq!(outcome.errors, "", "byte {at}");
        }
    }
}
