//! `--policy` of `proof`, `pack`, `audit` and `consistency`.

use serde_json::{Value, json};

use crate::run::{CheckFiles, RunOutput, answers, run, verdict};
use kit::cosigners::{cosigned, cosigner};
use kit::log::{TestLog, job_event, log_key};
use kit::pack::{ASK, JobLog, PackRequest};

/// Two of three witnesses, two of which are of one organization.
const TWO: &str = "#organization alpha a b\ngroup two 2 a b c\nquorum two\n";

/// Files of one log whose newest checkpoint some witnesses cosigned, and a policy of three witnesses.
struct PolicyCase {
    files: CheckFiles,
    policy: String,
    key: String,
}

impl PolicyCase {
    fn new(cosigners: &[u8], lines: &str) -> Self {
        let files = CheckFiles::new();
        let document = job_event(4, "job-1");
        let mut log = TestLog::new();
        let index = log.push_document(&document);
        log.fill(7);
        let (note, _) = cosigned(&log.checkpoint(7), cosigners);
        let mut proof = log.proof(index);
        proof.checkpoint.clone_from(&note);
        files.write("entry.proof", proof.to_string());
        files.write("evidence.json", document);
        files.write("checkpoint", note);
        files.write("genesis.json", log.genesis_file());
        for (path, bytes) in log.resources() {
            files.write(&path.to_string(), bytes);
        }
        files.write("old", log.checkpoint(3));
        files.write("consistency", log.consistency_answer(3, 7));
        let witnesses = format!(
            "witness a {}\nwitness b {}\nwitness c {}\n",
            cosigner(8),
            cosigner(9),
            cosigner(130)
        );
        let policy = files.write("policy", format!("log {}\n{witnesses}{lines}", log_key()));
        Self {
            files,
            policy,
            key: log_key().to_string(),
        }
    }

    fn path(&self, name: &str) -> String {
        self.files.path().join(name).to_str().unwrap().to_owned()
    }

    /// The three commands on this log, each with what goes in front of the options that they share.
    fn commands(&self) -> [Vec<String>; 3] {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        [
            words(&[
                "proof",
                &self.path("entry.proof"),
                "--evidence",
                &self.path("evidence.json"),
            ]),
            words(&[
                "consistency",
                &self.path("old"),
                &self.path("checkpoint"),
                &self.path("consistency"),
            ]),
            words(&["audit", self.files.path().to_str().unwrap()]),
        ]
    }

    fn run(&self, command: &[String], more: &[&str]) -> RunOutput {
        let mut arguments: Vec<&str> = command.iter().map(String::as_str).collect();
        arguments.extend(["--log-key", &self.key]);
        arguments.extend(more);
        run(&arguments)
    }

    fn with_policy(&self, command: &[String]) -> (RunOutput, String) {
        let json = self.run(command, &["--policy", &self.policy, "--json"]);
        let told = self.run(command, &["--policy", &self.policy]);
        assert_eq!(told.code, json.code);
        let words: Vec<&str> = told.output.split_whitespace().collect();
        (json, words.join(" "))
    }
}

#[test]
fn each_command_says_who_cosigned_and_exits_0_with_the_quorum_alone() {
    for (cosigners, code, says) in [
        (
            &[][..],
            2,
            "Witnesses: signed by the log only; the quorum of the policy is not met (0 of 2 organizations).",
        ),
        (
            &[8, 9],
            2,
            "Witnesses: cosigned by alpha (a, b), the quorum of the policy is not met (1 of 2 organizations); \
             the newest cosignature is from 2023-11-14T22:13:20Z.",
        ),
        (
            &[8, 130],
            0,
            "Witnesses: witnessed by 2 organizations: alpha (a) and c; the newest cosignature is from 2023-11-14T22:13:20Z.",
        ),
    ] {
        let case = PolicyCase::new(cosigners, TWO);
        for command in case.commands() {
            let (json, told) = case.with_policy(&command);
            let expected = match code {
                0 => verdict(0, "PASS", "OK"),
                _ => verdict(2, "INCOMPLETE", "QUORUM_NOT_REACHED"),
            };
            assert_eq!(json.verdict(), expected, "{command:?}");
            assert_eq!(json.answers().1, "genuine", "{command:?}");
            assert!(told.contains(says), "{command:?}: {told}");
        }
    }
}

#[test]
fn the_state_of_the_witnesses_is_all_that_a_met_policy_adds() {
    let case = PolicyCase::new(&[8, 130], TWO);
    for command in case.commands() {
        let alone = case.run(&command, &["--json"]).report();
        let mut held = case.run(&command, &["--json", "--policy", &case.policy]).report();
        let details = held["details"].as_object_mut().unwrap();
        let state = details.remove("witnesses").unwrap();
        assert_eq!(state["organizations"], json!(["alpha", "c"]), "{command:?}");
        let checked = details["checked"].as_array_mut().unwrap();
        assert_eq!(checked.pop(), Some(json!("quorum")), "{command:?}");
        if checked.is_empty() {
            details.remove("checked");
        }
        assert_eq!(held, alone, "{command:?}");
    }
}

#[test]
fn a_forged_cosignature_and_a_log_of_another_policy_exit_3() {
    let case = PolicyCase::new(&[8, 130], TWO);
    let (forged, _) = cosigned(&TestLog::new().checkpoint(1), &[9]);
    let forged = forged.lines().last().unwrap();
    let checkpoint = std::fs::read_to_string(case.path("checkpoint")).unwrap();
    let proof = std::fs::read_to_string(case.path("entry.proof")).unwrap();
    case.files.write("checkpoint", format!("{checkpoint}{forged}\n"));
    case.files.write("entry.proof", format!("{proof}{forged}\n"));
    for command in case.commands() {
        let (json, told) = case.with_policy(&command);
        assert_eq!(
            json.verdict(),
            verdict(3, "FAIL", "COSIGNATURE_INVALID"),
            "{command:?}"
        );
        assert!(!told.contains("Witnesses:"), "{command:?}: {told}");
    }
    let case = PolicyCase::new(&[], "quorum none\n");
    let other = "log example.com/log42+faf97cfd+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c\nquorum none\n";
    case.files.write("policy", other);
    for command in case.commands() {
        let (json, _) = case.with_policy(&command);
        assert_eq!(
            json.verdict(),
            verdict(3, "FAIL", "LOG_NOT_IN_POLICY"),
            "{command:?}"
        );
    }
}

#[test]
fn a_policy_that_is_refused_exits_64_and_names_line_and_reason() {
    for (lines, says) in [
        (
            "group g 4 a b c\nquorum g\n",
            "line 5 of the policy: a threshold that is not between 1",
        ),
        (
            "#organization alpha a b\ngroup g 3 a b c\nquorum g\n",
            "line 6 of the policy: a threshold that cannot be reached",
        ),
        (
            "#organization alpha a d\nquorum a\n",
            "line 5 of the policy: an organization with a witness that was not defined before",
        ),
        (
            "witness d other.example+00000000+AAAA\nquorum d\n",
            "line 5 of the policy: not a verifier key of a witness (type 0x04 or 0x06)",
        ),
    ] {
        let case = PolicyCase::new(&[], lines);
        for command in case.commands() {
            let outcome = case.run(&command, &["--policy", &case.policy, "--json"]);
            assert_eq!(outcome.verdict(), verdict(64, "ERROR", "USAGE"), "{command:?}");
            assert!(outcome.errors.contains(says), "{command:?}: {}", outcome.errors);
        }
    }
}

#[test]
fn the_assessment_of_a_pack_is_the_same_whatever_witnesses_say_of_its_checkpoint() {
    let mut log = JobLog::new();
    log.fill(7);
    let case = PolicyCase::new(&[], TWO);
    let pack = |cosigners| {
        let job = "job-2";
        let pack = log.pack(PackRequest {
            job,
            cosigners,
            ..ASK
        });
        let command = vec!["pack".to_owned(), case.files.write("job.evidence", pack)];
        let alone = case.run(&command, &["--assessment", "-"]).output;
        let held = case.run(&command, &["--assessment", "-", "--policy", &case.policy]);
        assert_eq!(held.output, alone);
        case.with_policy(&command)
    };
    // A pack wants its cosigners by the text of their keys.
    let (json, told) = pack(&[8, 9]);
    assert_eq!(json.verdict(), verdict(2, "INCOMPLETE", "QUORUM_NOT_REACHED"));
    assert_eq!(json.answers(), answers(2, "genuine", "INCOMPLETE"));
    let assessment = &json.report()["details"]["assessment"];
    assert_ne!(assessment["code"], "QUORUM_NOT_REACHED");
    assert!(
        told.contains(
            "Witnesses: cosigned by alpha (a, b), the quorum of the policy is not met (1 of 2 organizations)"
        ),
        "{told}"
    );
    let (json, told) = pack(&[130, 8]);
    assert_eq!(
        json.report()["reason_code"],
        json.report()["details"]["assessment"]["code"]
    );
    assert!(
        told.contains("Witnesses: witnessed by 2 organizations: alpha (a) and c"),
        "{told}"
    );
    let (json, told) = pack(&[]);
    assert_eq!(json.report()["details"]["witnesses"]["state"], "log_only");
    assert!(told.contains("Witnesses: signed by the log only"), "{told}");
    assert_ne!(json.report()["details"]["assessment"], Value::Null);
}
