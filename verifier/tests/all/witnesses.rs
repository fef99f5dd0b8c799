//! Reports that are held to a policy of witnesses.

use kit::cosigners::{LOG_ITSELF, cosignature, cosigned, cosigner};
use kit::log::{TestLog, job_event, log_key};
use serde_json::{Value, json};
use verifier::check::{ProofFiles, Report, Status, WitnessGate, check_consistency, check_proof};
use verifier::note::UnverifiedNote;
use verifier::quorum::QuorumPolicy;

use crate::check::{lists, verdict};

const TWO_OF_THREE: &str = "group two 2 a b c\nquorum two\n";

/// A policy of three witnesses, of the seeds 8, 9 and 130, and further lines.
fn policy(lines: &str) -> QuorumPolicy {
    let text = format!(
        "log {}\nwitness a {}\nwitness b {}\nwitness c {}\n{lines}",
        log_key(),
        cosigner(8),
        cosigner(9),
        cosigner(130)
    );
    QuorumPolicy::parse(text.as_bytes()).unwrap()
}

/// A log with a document as its entry 1.
fn log() -> (TestLog, Vec<u8>) {
    let document = job_event(4, "job-1");
    let mut log = TestLog::new();
    log.push_document(&document);
    log.fill(7);
    (log, document)
}

/// The report on the proof of entry 1 under a note, held to a policy.
fn held_under(note: &str, policy: &QuorumPolicy) -> Report {
    let (log, document) = log();
    let mut proof = log.proof(1);
    note.clone_into(&mut proof.checkpoint);
    let proof = proof.to_string();
    let files = ProofFiles {
        proof: proof.as_bytes(),
        evidence: Some(&document),
        entry: None,
        genesis: None,
    };
    let key = log_key();
    let report = check_proof(&files, &key);
    WitnessGate { key: &key, policy }.hold_proof(report, proof.as_bytes())
}

fn note(seeds: &[u8]) -> String {
    let (log, _) = log();
    cosigned(&log.checkpoint(7), seeds).0
}

fn held(seeds: &[u8], lines: &str) -> Report {
    held_under(&note(seeds), &policy(lines))
}

fn witnesses(report: &Report) -> &Value {
    report.details.get("witnesses").unwrap()
}

#[test]
fn a_report_says_who_cosigned_and_passes_with_the_quorum_alone() {
    let incomplete = (Status::Incomplete, "QUORUM_NOT_REACHED");
    let none = held(&[], TWO_OF_THREE);
    assert_eq!(verdict(&none), incomplete);
    assert_eq!(
        witnesses(&none)["sentence"],
        "signed by the log only; the quorum of the policy is not met (0 of 2 organizations)"
    );
    let one = held(&[9], TWO_OF_THREE);
    assert_eq!(verdict(&one), incomplete);
    assert_eq!(
        witnesses(&one)["sentence"],
        "cosigned by b, the quorum of the policy is not met (1 of 2 organizations); \
         the newest cosignature is from 2023-11-14T22:13:20Z"
    );
    let two = held(&[130, 8], TWO_OF_THREE);
    assert_eq!(verdict(&two), (Status::Pass, "OK"));
    assert!(lists(&two, "checked", "quorum"));
    let expected = json!({
        "state": "witnessed",
        "sentence": "witnessed by 2 organizations: a and c; the newest cosignature is from 2023-11-14T22:13:20Z",
        "quorum_met": true,
        "reached": 2,
        "needed": 2,
        "counted": "organizations",
        "organizations": ["a", "c"],
        "newest_s": 1_700_000_000,
        "cosignatures": [
            {"witness": "a", "key": cosigner(8).label(), "organization": "a", "time_s": 1_700_000_000},
            {"witness": "c", "key": cosigner(130).label(), "organization": "c", "time_s": 1_700_000_000},
        ],
    });
    assert_eq!(witnesses(&two), &expected);
}

#[test]
fn two_keys_of_one_organization_are_told_with_its_name_and_count_once() {
    let labelled = format!("#organization alpha a b\n{TWO_OF_THREE}");
    let report = held(&[8, 9], &labelled);
    assert_eq!(verdict(&report), (Status::Incomplete, "QUORUM_NOT_REACHED"));
    assert_eq!(witnesses(&report)["state"], "quorum_not_reached");
    let sentence = witnesses(&report)["sentence"].as_str().unwrap();
    assert!(
        sentence.starts_with(
            "cosigned by alpha (a, b), the quorum of the policy is not met (1 of 2 organizations)"
        ),
        "{sentence}"
    );
    let report = held(&[8, 9, 130], &labelled);
    assert_eq!(verdict(&report), (Status::Pass, "OK"));
    assert_eq!(witnesses(&report)["organizations"], json!(["alpha", "c"]));
}

#[test]
fn a_policy_that_needs_no_witness_says_that_the_log_alone_signed() {
    let report = held(&[], "quorum none\n");
    assert_eq!(verdict(&report), (Status::Pass, "OK"));
    assert_eq!(witnesses(&report)["state"], "log_only");
    assert_eq!(witnesses(&report)["newest_s"], Value::Null);
    let report = held(&[8], "quorum none\n");
    assert_eq!(witnesses(&report)["state"], "witnessed");
}

#[test]
fn the_newest_of_the_counted_cosignatures_is_told() {
    let plain = note(&[]);
    let parsed = UnverifiedNote::parse(plain.as_bytes()).unwrap();
    let line = |seed, time_s| cosignature(seed, parsed.danger_text(), time_s).to_string();
    // Nobody knows the witness of seed 10, so that its time says nothing.
    let note = [
        plain.clone(),
        line(8, 1_000),
        line(130, 3_000),
        line(9, 2_000),
        line(10, 9_000),
    ]
    .concat();
    let report = held_under(&note, &policy(TWO_OF_THREE));
    assert_eq!(witnesses(&report)["newest_s"], 3_000);
    let report = held_under(&note, &policy("quorum b\n"));
    assert_eq!(witnesses(&report)["newest_s"], 2_000);
    // Beyond the calendar the number is there.
    let note = [plain.clone(), line(8, (1 << 63) - 1)].concat();
    let report = held_under(&note, &policy("quorum a\n"));
    let sentence = witnesses(&report)["sentence"].as_str().unwrap();
    assert!(
        sentence.contains("second 9223372036854775807 since 1970"),
        "{sentence}"
    );
}

#[test]
fn a_known_line_that_does_not_hold_makes_it_not_genuine_and_an_unknown_one_nothing() {
    let other = note(&[]).replace("\n7\n", "\n8\n");
    let parsed = UnverifiedNote::parse(other.as_bytes()).unwrap();
    let bad = |seed| format!("{}{}", note(&[8, 9]), cosignature(seed, parsed.danger_text(), 5));
    for seed in [8, 130] {
        let report = held_under(&bad(seed), &policy(TWO_OF_THREE));
        assert_eq!(verdict(&report), (Status::Fail, "COSIGNATURE_INVALID"), "{seed}");
        assert_eq!(report.answers.exit_status(), 3);
    }
    for seed in [10, 131] {
        let report = held_under(&bad(seed), &policy(TWO_OF_THREE));
        assert_eq!(verdict(&report), (Status::Pass, "OK"), "{seed}");
    }
}

#[test]
fn the_log_is_no_witness_of_itself_and_its_second_line_holds_where_the_policy_names_its_key() {
    let itself = cosigner(LOG_ITSELF);
    let witness = format!("witness me {itself}\nquorum me\n");
    let witness = QuorumPolicy::parse(witness.as_bytes()).unwrap();
    let report = held_under(&note(&[LOG_ITSELF]), &witness);
    assert_eq!(verdict(&report), (Status::Incomplete, "QUORUM_NOT_REACHED"));
    assert_eq!(witnesses(&report)["state"], "log_only");

    let named = policy(&format!("log {itself}\nquorum a\n"));
    for seeds in [&[8, LOG_ITSELF][..], &[8]] {
        assert_eq!(verdict(&held_under(&note(seeds), &named)), (Status::Pass, "OK"));
    }
    let other = note(&[]).replace("\n7\n", "\n8\n");
    let parsed = UnverifiedNote::parse(other.as_bytes()).unwrap();
    let bad = format!(
        "{}{}",
        note(&[8]),
        cosignature(LOG_ITSELF, parsed.danger_text(), 5)
    );
    assert_eq!(
        verdict(&held_under(&bad, &named)),
        (Status::Fail, "CHECKPOINT_SIGNATURE_INVALID")
    );
}

#[test]
fn a_policy_that_demands_both_lines_of_the_log_takes_no_checkpoint_without_the_second_one() {
    let demand = format!("log {}\n#log-lines both\nquorum a\n", cosigner(LOG_ITSELF));
    let both = policy(&demand);
    assert_eq!(
        verdict(&held_under(&note(&[8, LOG_ITSELF]), &both)),
        (Status::Pass, "OK")
    );
    let report = held_under(&note(&[8]), &both);
    assert_eq!(verdict(&report), (Status::Fail, "SECOND_LINE_MISSING"));
    assert_eq!(report.answers.exit_status(), 3);
}

#[test]
fn a_demand_for_both_lines_that_is_misspelt_or_asks_for_no_key_is_refused_with_its_line() {
    let line = |lines: &str| {
        let policy = format!("log {}\n{lines}quorum none\n", log_key());
        QuorumPolicy::parse(policy.as_bytes()).map_err(|error| error.line)
    };
    let second = format!("log {}\n", cosigner(LOG_ITSELF));
    assert!(line(&format!("{second}#log-lines both\n")).is_ok());
    assert_eq!(line("#log-lines both\n"), Err(2), "no second key");
    for comment in [
        "#log-lines",
        "#log-lines either",
        "#Log-Lines both",
        "#log-line both",
        "#log-lines both now",
    ] {
        assert_eq!(line(&format!("{second}{comment}\n")), Err(3), "{comment}");
    }
    assert_eq!(
        line(&format!("{second}#log-lines both\n#log-lines both\n")),
        Err(4),
        "twice"
    );
}

#[test]
fn a_log_that_the_policy_does_not_name_is_not_genuine() {
    let other = "log example.com/log42+faf97cfd+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c\nquorum none\n";
    let policy = QuorumPolicy::parse(other.as_bytes()).unwrap();
    let report = held_under(&note(&[]), &policy);
    assert_eq!(verdict(&report), (Status::Fail, "LOG_NOT_IN_POLICY"));
    assert_eq!(report.answers.exit_status(), 3);
}

#[test]
fn what_fails_or_cannot_be_judged_keeps_its_reason() {
    let (log, _) = log();
    let key = log_key();
    let policy = policy(TWO_OF_THREE);
    let gate = WitnessGate {
        key: &key,
        policy: &policy,
    };
    let mut proof = log.proof(1);
    let files = |proof: &[u8], evidence: &[u8]| {
        let files = ProofFiles {
            proof,
            evidence: Some(evidence),
            entry: None,
            genesis: None,
        };
        gate.hold_proof(check_proof(&files, &key), proof)
    };
    let another = files(proof.to_string().as_bytes(), &job_event(4, "job-2"));
    assert_eq!(verdict(&another), (Status::Fail, "EVIDENCE_DIGEST_MISMATCH"));
    assert_eq!(another.details.get("witnesses"), None);
    proof.extra = None;
    let open = files(proof.to_string().as_bytes(), b"{}");
    assert_eq!(verdict(&open), (Status::Incomplete, "ENTRY_NOT_SUPPLIED"));
    assert_eq!(open.answers.verdict, None);
    assert_eq!(witnesses(&open)["state"], "log_only");
    let none = files(b"no proof", b"{}");
    assert_eq!(none.reason_code, "PROOF_MALFORMED");
}

#[test]
fn of_two_checkpoints_the_newer_one_counts() {
    let (log, _) = log();
    let key = log_key();
    let policy = policy(TWO_OF_THREE);
    let gate = WitnessGate {
        key: &key,
        policy: &policy,
    };
    let proof = log.consistency_answer(3, 7);
    let check = |old: &str, new: &str| {
        let report = check_consistency(old.as_bytes(), new.as_bytes(), &proof, &key);
        gate.hold_consistency(report, new.as_bytes())
    };
    let (old, new) = (log.checkpoint(3), log.checkpoint(7));
    let cosigned = |note: &str| cosigned(note, &[8, 9]).0;
    assert_eq!(
        verdict(&check(&cosigned(&old), &new)),
        (Status::Incomplete, "QUORUM_NOT_REACHED")
    );
    assert_eq!(verdict(&check(&old, &cosigned(&new))), (Status::Pass, "OK"));
    let answer = json!({ "checkpoint": cosigned(&new) }).to_string();
    assert_eq!(verdict(&check(&old, &answer)), (Status::Pass, "OK"));
    // A log that forked stays convicted, with any cosignatures.
    let mut forked = TestLog::new();
    forked.fill(7);
    let fork = check(&forked.checkpoint(7), &cosigned(&new));
    assert_eq!(verdict(&fork), (Status::Fail, "LOG_FORKED"));
    assert_eq!(fork.answers.exit_status(), 1);
}
