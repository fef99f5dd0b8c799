//! `omission`.

use crate::run::{CheckFiles, RunOutput, answers, run};
use crate::vectors::{Vector, vector, vectors};

fn checked(vector: &Vector, more: &[&str]) -> RunOutput {
    let files = CheckFiles::new();
    let (answer, genesis) = vector.write(&files);
    let proof = files.write("entry.proof", vector.text("proof"));
    let fixed = [
        "omission",
        &proof,
        &answer,
        "--genesis",
        &genesis,
        "--log-key",
        vector.text("vkey"),
    ];
    run(&[&fixed[..], more].concat())
}

#[test]
fn an_entry_that_is_there_exits_0_one_that_is_left_out_1_and_one_that_is_not_asked_for_2() {
    for vector in &vectors("omission/valid") {
        let outcome = checked(vector, &["--json"]);
        let code = vector.text("code");
        assert_eq!(outcome.report()["reason_code"], code, "{}", vector.name);
        let expected = match code {
            "OK" => answers(0, "genuine", "PASS"),
            "INDEX_OMITS" | "LOG_FORKED" => answers(1, "genuine", "FAIL"),
            _ => answers(2, "genuine", "INCOMPLETE"),
        };
        assert_eq!(outcome.answers(), expected, "{}", vector.name);
    }
}

#[test]
fn files_of_which_one_does_not_hold_exit_3() {
    for vector in &vectors("omission/invalid") {
        let outcome = checked(vector, &["--json"]);
        assert_eq!(
            outcome.report()["reason_code"],
            vector.text("code"),
            "{}",
            vector.name
        );
        assert_eq!(
            outcome.answers(),
            answers(3, "not_genuine", ""),
            "{}",
            vector.name
        );
    }
}

#[test]
fn the_report_says_that_the_operator_is_at_fault() {
    let told = checked(&vector("omission/valid", "left_out"), &[]).output;
    assert!(
        told.starts_with(
            "Proof and answer: genuine, under key example.com/log+53a2bf87\nVerdict: FAIL (INDEX_OMITS)\n  Entry 9 is one of"
        ),
        "{told}"
    );
    let words: Vec<&str> = told.split_whitespace().collect();
    assert!(
        words.join(" ").contains("The log's operator is at fault."),
        "{told}"
    );
}

#[test]
fn the_entry_may_be_in_a_file_of_its_own() {
    let left_out = vector("omission/valid", "left_out");
    let proof = left_out.text("proof");
    let (before, rest) = proof.split_once("extra ").unwrap();
    let (entry, behind) = rest.split_once('\n').unwrap();
    let files = CheckFiles::new();
    let (answer, genesis) = left_out.write(&files);
    let without = files.write("entry.proof", format!("{before}{behind}"));
    let entry = files.write("entry", entry);
    let fixed = [
        "omission",
        &without,
        &answer,
        "--genesis",
        &genesis,
        "--log-key",
        left_out.text("vkey"),
        "--json",
    ];
    assert_eq!(run(&fixed).report()["reason_code"], "ENTRY_NOT_SUPPLIED");
    assert_eq!(run(&fixed).answers(), answers(2, "unknown", ""));
    let with = run(&[&fixed[..], &["--entry", &entry]].concat());
    assert_eq!(with.answers(), answers(1, "genuine", "FAIL"));
}

#[test]
fn files_in_the_wrong_order_are_named() {
    let left_out = vector("omission/valid", "left_out");
    let files = CheckFiles::new();
    let (answer, genesis) = left_out.write(&files);
    let proof = files.write("entry.proof", left_out.text("proof"));
    let key = left_out.text("vkey");
    let outcome = run(&[
        "omission",
        &answer,
        &proof,
        "--genesis",
        &genesis,
        "--log-key",
        key,
    ]);
    assert_eq!(outcome.code, 3);
    let named = r#"not a tlog-proof, but a subject-proof: use "ledger-verify subject""#;
    assert!(outcome.output.contains(named), "{}", outcome.output);
}
