//! An entry and an answer of the index without it: what both show together, and who is at fault.

use verifier::check::{Authenticity, OmissionFiles, Report, Status, check_omission};
use verifier::note::VerifierKey;

use crate::vectors::{Vector, unhex, vectors};

/// Both files of a vector.
struct Pair {
    proof: Vec<u8>,
    answer: Vec<u8>,
    genesis: Vec<u8>,
    key: VerifierKey,
}

impl Pair {
    fn of(vector: &Vector) -> Self {
        Self {
            proof: vector.text("proof").as_bytes().to_vec(),
            answer: unhex(vector.text("file_hex")),
            genesis: vector.text("genesis").as_bytes().to_vec(),
            key: VerifierKey::parse(vector.text("vkey")).unwrap(),
        }
    }

    fn named(name: &str) -> Self {
        let all = vectors("omission/valid");
        Self::of(all.iter().find(|vector| vector.name == name).unwrap())
    }

    fn check(&self) -> Report {
        self.check_files(&self.proof, &self.answer)
    }

    fn check_files(&self, proof: &[u8], answer: &[u8]) -> Report {
        let files = OmissionFiles {
            proof,
            entry: None,
            answer,
            genesis: &self.genesis,
        };
        check_omission(&files, &self.key)
    }
}

#[test]
fn files_that_hold_are_genuine_and_their_code_says_what_they_show_together() {
    for vector in &vectors("omission/valid") {
        let report = Pair::of(vector).check();
        let code = vector.text("code");
        assert_eq!(report.reason_code, code, "{}: {}", vector.name, report.message);
        let status = match code {
            "OK" => Status::Pass,
            "INDEX_OMITS" | "LOG_FORKED" => Status::Fail,
            _ => Status::Incomplete,
        };
        assert_eq!(report.status, status, "{}", vector.name);
        assert_eq!(
            report.answers.authenticity,
            Authenticity::Genuine,
            "{}",
            vector.name
        );
        assert_eq!(report.answers.verdict, Some(status));
    }
}

#[test]
fn files_that_do_not_hold_accuse_nobody_and_are_named() {
    for vector in &vectors("omission/invalid") {
        let report = Pair::of(vector).check();
        assert_eq!(
            report.reason_code,
            vector.text("code"),
            "{}: {}",
            vector.name,
            report.message
        );
        assert_eq!(
            report.answers.authenticity,
            Authenticity::NotGenuine,
            "{}",
            vector.name
        );
        let file = if vector.name.starts_with("proof") {
            "the proof: "
        } else {
            "the answer: "
        };
        assert!(
            report.message.starts_with(file),
            "{}: {}",
            vector.name,
            report.message
        );
    }
}

#[test]
fn an_omission_names_entry_question_and_index_and_says_whose_fault_it_is() {
    let one_tree = Pair::named("left_out").check().message;
    assert_eq!(
        one_tree,
        "Entry 9 is one of the entries of the job \"j1\", and the index that the log signed in entry 11 leaves it out, as of size 11. It \
         says: 3 entries of the job \"j1\" are in the log: entries 1, 2, 5, and no others, as of size 11. Both are of one tree, so that \
         the index is false. The log's operator is at fault."
    );
    assert!(
        Pair::named("left_out_as_of_tree")
            .check()
            .message
            .contains("Both are of one tree")
    );
    for name in [
        "left_out_earlier_tree",
        "left_out_later_tree",
        "left_out_by_another_history",
    ] {
        let report = Pair::named(name).check();
        assert!(
            report.message.contains(
                "If both are of one history, the index is false; otherwise the log has two histories."
            ),
            "{name}: {}",
            report.message
        );
        assert!(!report.details.has_checked("consistency"), "{name}");
    }
}

#[test]
fn a_changed_byte_of_either_file_never_accuses_the_operator() {
    let pair = Pair::named("left_out");
    let is_accused = |report: &Report| report.answers.verdict == Some(Status::Fail);
    assert!(is_accused(&pair.check()));
    for at in 0..pair.proof.len() {
        let mut changed = pair.proof.clone();
        changed[at] ^= 1 << (at % 8);
        let report = pair.check_files(&changed, &pair.answer);
        assert!(!is_accused(&report), "byte {at} of the proof: {}", report.message);
        assert!(!is_accused(&pair.check_files(&pair.proof[..at], &pair.answer)));
    }
    for at in 0..pair.answer.len() {
        let mut changed = pair.answer.clone();
        changed[at] ^= 1 << (at % 8);
        let report = pair.check_files(&pair.proof, &changed);
        assert!(
            !is_accused(&report),
            "byte {at} of the answer: {}",
            report.message
        );
        assert!(!is_accused(&pair.check_files(&pair.proof, &pair.answer[..at])));
    }
}

#[test]
fn files_in_the_wrong_order_are_refused() {
    let pair = Pair::named("left_out");
    let report = pair.check_files(&pair.answer, &pair.proof);
    assert_eq!(report.reason_code, "PROOF_MALFORMED");
}
